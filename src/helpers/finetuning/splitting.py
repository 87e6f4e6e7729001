"""Split tickets into train, validation and test, without near duplicates on two sides."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.data import Ticket
from helpers.embedding import Embedder
from helpers.finetuning.cleaning import near_groups

ALIKE = 0.85  # tickets of at least this cosine stay on one side


@dataclass(frozen=True, slots=True)
class Splits:
    """60 % to train on, 15 % to watch while training, 25 % for the final figure."""

    train: list[Ticket]
    validation: list[Ticket]
    test: list[Ticket]


def split(tickets: Sequence[Ticket], embedder: Embedder, *, seed: int = 0) -> Splits:
    """Every label in the same share on each side, and tickets that are alike together.

    The same tickets and seed give the same split.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    group_of = list(range(len(tickets)))
    for group in near_groups(tickets, embedder, cosine=ALIKE):
        for index in group:
            group_of[index] = group[0]
    folds = StratifiedGroupKFold(n_splits=20, shuffle=True, random_state=seed)
    labels = [ticket.label for ticket in tickets]
    parts: list[list[int]] = [
        held.tolist() for _, held in folds.split(group_of, labels, groups=group_of)
    ]

    def pick(first: int, last: int) -> list[Ticket]:
        return [tickets[index] for index in sorted(i for part in parts[first:last] for i in part)]

    return Splits(train=pick(0, 12), validation=pick(12, 15), test=pick(15, 20))
