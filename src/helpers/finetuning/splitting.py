"""Split tickets into train, validation and test, without near duplicates on two sides."""

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from helpers.data import Ticket
from helpers.embedding import Embedder
from helpers.finetuning.cleaning import near_groups

ALIKE = 0.85  # tickets of at least this cosine stay on one side
FOLDS = 20  # parts of 5 %, of which the three sides are made
LEAST = 4  # tickets of a label: two to train on, and one on each other side
ENOUGH = f"have at least {LEAST} tickets of each label that are not nearly the same"


@dataclass(frozen=True, slots=True)
class Splits:
    """60 % to train on, 15 % to watch while training, 25 % for the final figure."""

    train: list[Ticket]
    validation: list[Ticket]
    test: list[Ticket]


def split(tickets: Sequence[Ticket], embedder: Embedder, *, seed: int = 0) -> Splits:
    """Every label in the same share on each side, and tickets that are alike together.

    The same tickets and seed give the same split. Where a label has fewer than twenty tickets, the
    shares are as near to 60, 15 and 25 % as so few can be cut.

    Raises:
        ValueError: the tickets are too few, or too much alike, for all three sides; it names the
            label that would be missing on one.
    """
    group_of = list(range(len(tickets)))
    for group in near_groups(tickets, embedder, cosine=ALIKE):
        for index in group:
            group_of[index] = group[0]
    parts = _folds([ticket.label for ticket in tickets], group_of, seed)
    if len(parts) < FOLDS:  # a ticket more or less in a part matters: the largest are to train on
        parts.sort(key=len, reverse=True)
    test = max(1, round(0.25 * len(parts)))
    validation = max(1, round(0.15 * len(parts)))
    train = len(parts) - validation - test

    def pick(first: int, last: int) -> list[Ticket]:
        return [tickets[index] for index in sorted(i for part in parts[first:last] for i in part)]

    watched = train + validation
    splits = Splits(pick(0, train), pick(train, watched), pick(watched, len(parts)))
    _check(splits, tickets)
    return splits


def _folds(labels: Sequence[str], group_of: Sequence[int], seed: int) -> list[list[int]]:
    """Indices in parts of the same mixture, as many as the rarest label can be spread over."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups: dict[str, set[int]] = {label: set() for label in labels}
    for label, group in zip(labels, group_of, strict=True):
        groups[label].add(group)
    rarest = min(map(len, groups.values()), default=0)
    if max(Counter(labels).values(), default=0) < LEAST:
        raise ValueError(
            f"{len(labels)} tickets, none of whose labels has {LEAST}, cannot be split into train, "
            f"validation and test; {ENOUGH}"
        )
    folds = StratifiedGroupKFold(max(LEAST, min(FOLDS, rarest)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A label with very few tickets is not in every part; `_check` says what comes of it.
        warnings.simplefilter("ignore", UserWarning)
        return [held.tolist() for _, held in folds.split(group_of, labels, groups=group_of)]


def _check(splits: Splits, tickets: Sequence[Ticket]) -> None:
    """Whether every label can be learned and measured, and there is something to watch by."""
    counts = Counter(ticket.label for ticket in tickets)
    for name, side in (("train", splits.train), ("test", splits.test)):
        missing = sorted(counts.keys() - {ticket.label for ticket in side})
        if missing:
            raise ValueError(
                f"{missing[0]!r} has too few tickets ({counts[missing[0]]}), or too few that "
                f"differ: {name} would have none of them; {ENOUGH}, or leave the label out"
            )
    if not splits.validation:
        raise ValueError(
            f"{len(tickets)} tickets are too few, or too much alike: validation would have none; "
            f"{ENOUGH}"
        )
