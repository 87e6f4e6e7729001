"""Clean raw tickets: small steps, each a function from tickets to tickets, nothing lost.

Every step returns what it keeps and what it sets aside, with the reason; `clean` runs them in
order and adds up. A step never invents: it repairs, masks, cuts, or sets aside.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.data import Ticket
from helpers.embedding import Embedder
from helpers.finetuning.masking import mask_accounts, mask_phones
from helpers.tokens import count_tokens, encode

NEAR_COSINE = 0.95  # at this cosine two tickets say the same
NEAR_SHINGLES = 0.6  # and at this share of common four-word runs


@dataclass(frozen=True, slots=True)
class SetAside:
    """A ticket that a step took out, and why."""

    ticket: Ticket
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left, what was set aside, and how many tickets each step changed or took."""

    tickets: list[Ticket]
    set_aside: list[SetAside]
    report: dict[str, int]


Outcome = tuple[list[Ticket], list[SetAside]]


def clean(tickets: Sequence[Ticket], embedder: Embedder) -> Cleaned:
    """All steps in order: repair, drop empties, mask, cut, resolve conflicts, drop duplicates."""
    steps: list[tuple[str, Callable[[list[Ticket]], Outcome]]] = [
        ("repaired encoding and spaces", _changing(repair)),
        ("empty", drop_empty),
        ("masked e-mail or phone", _changing(mask)),
        ("cut over-long text", _changing(cut_long)),
        ("conflicting labels", lambda rows: resolve_conflicts(rows, near_groups(rows, embedder))),
        ("exact duplicate", drop_exact_duplicates),
        ("near duplicate", lambda rows: drop_near_duplicates(rows, near_groups(rows, embedder))),
    ]
    kept, aside, report = list(tickets), [], {}
    for name, step in steps:
        before = {ticket.id: ticket for ticket in kept}
        kept, taken = step(kept)
        aside += taken
        report[name] = len(taken) + sum(ticket != before[ticket.id] for ticket in kept)
    return Cleaned(kept, aside, report)


def _changing(change: Callable[[str], str]) -> Callable[[list[Ticket]], Outcome]:
    """A step that changes text and sets nothing aside."""

    def step(tickets: list[Ticket]) -> Outcome:
        changed = [
            ticket.model_copy(
                update={"subject": change(ticket.subject), "body": change(ticket.body)}
            )
            for ticket in tickets
        ]
        return changed, []

    return step


def repair(text: str) -> str:
    """Undo a wrong decoding, drop invisible characters, and even out white space.

    >>> repair("CafÃ©  closed\\u200b ")
    'Café closed'
    """
    import ftfy

    text = ftfy.fix_text(text)
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff\ufffd\x00]", "", text)
    text = re.sub(r"[ \t\u00a0]+", " ", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


# What was taken for nothing is never looked at again (`*+`): "(no subject)" twelve times over could
# be read in thousands of ways, and all were tried before a word behind it counted.
_NOTHING = re.compile(
    r"(?:sent from my \w+|get outlook for \w+|\(?no (?:subject|text|body)\)?|[\W\d_])*+", re.I
)


def drop_empty(tickets: list[Ticket]) -> Outcome:
    """Set tickets aside that hold no word of their writer."""
    return _partition(
        tickets, lambda ticket: _NOTHING.fullmatch(ticket.text) is None, "empty", "no text"
    )


# Lengths are limited, as in real addresses, so that no text takes quadratic time.
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b")


def mask(text: str) -> str:
    """Put `<email>`, `<iban>` and `<phone>` in place of addresses, accounts and numbers.

    >>> mask("Call +44 1632 960123 or write to ann@shop.example.")
    'Call <phone> or write to <email>.'
    """
    return mask_phones(mask_accounts(_EMAIL.sub("<email>", text)))


def cut_long(text: str, *, limit: int = 220) -> str:
    """Keep the beginning and the end of a text of more than `limit` tokens.

    The embedding model reads 256 tokens. What matters in a ticket stands before a pasted log
    or after it, so three quarters of the limit go to the beginning and one to the end.
    """
    if count_tokens(text) <= limit:
        return text
    offsets = encode(text).offsets
    head, tail = 3 * limit // 4, limit // 4
    return f"{text[: offsets[head - 1][1]]}\n[…]\n{text[offsets[-tail][0] :]}"


def drop_exact_duplicates(tickets: list[Ticket]) -> Outcome:
    """Keep the first of the tickets whose words are the same; case and signs do not count."""
    first: dict[str, str] = {}
    for ticket in tickets:
        first.setdefault(_bare(ticket.text), ticket.id)
    kept = [ticket for ticket in tickets if first[_bare(ticket.text)] == ticket.id]
    aside = [
        SetAside(ticket, "exact duplicate", f"same words as {first[_bare(ticket.text)]}")
        for ticket in tickets
        if first[_bare(ticket.text)] != ticket.id
    ]
    return kept, aside


def resolve_conflicts(tickets: list[Ticket], groups: list[list[int]]) -> Outcome:
    """Where the same text has two labels, the majority wins; a tie is set aside for a person."""
    aside: dict[int, SetAside] = {}
    for group in groups:
        votes = Counter(tickets[index].label for index in group).most_common()
        if len(votes) == 1:
            continue
        tie = votes[0][1] == votes[1][1]
        for index in group:
            if tie or tickets[index].label != votes[0][0]:
                found = ", ".join(sorted({label for label, _ in votes}))
                aside[index] = SetAside(
                    tickets[index], "conflicting labels", f"the same text is labelled {found}"
                )
    kept = [ticket for index, ticket in enumerate(tickets) if index not in aside]
    return kept, [aside[index] for index in sorted(aside)]


def drop_near_duplicates(tickets: list[Ticket], groups: list[list[int]]) -> Outcome:
    """Keep the first ticket of each group that says the same."""
    aside: dict[int, SetAside] = {}
    for first, *again in groups:
        for index in again:
            reason = f"nearly the same as {tickets[first].id}"
            aside[index] = SetAside(tickets[index], "near duplicate", reason)
    kept = [ticket for index, ticket in enumerate(tickets) if index not in aside]
    return kept, [aside[index] for index in sorted(aside)]


def near_groups(
    tickets: Sequence[Ticket],
    embedder: Embedder,
    *,
    cosine: float = NEAR_COSINE,
    shingles: float = NEAR_SHINGLES,
) -> list[list[int]]:
    """Groups of two or more tickets that say the same, as lists of indices.

    Two tickets belong together when their embeddings or their four-word runs are nearly the
    same, and so do all that hang together through others.
    """
    if not tickets:
        return []
    vectors = embedder.embed_documents([ticket.text for ticket in tickets])
    runs = [_shingles(ticket.text) for ticket in tickets]
    parent = list(range(len(tickets)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    # Only pairs that are at least alike can share most of their words.
    similarity = vectors @ vectors.T
    for left, right in np.argwhere(np.triu(similarity, k=1) > min(cosine, 0.7)):
        overlap = len(runs[left] & runs[right]) / (len(runs[left] | runs[right]) or 1)
        if similarity[left, right] > cosine or overlap > shingles:
            parent[root(int(right))] = root(int(left))
    groups: dict[int, list[int]] = {}
    for index in range(len(tickets)):
        groups.setdefault(root(index), []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def _shingles(text: str, length: int = 4) -> set[tuple[str, ...]]:
    words = _bare(text).split()
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _partition(
    tickets: list[Ticket], keep: Callable[[Ticket], bool], step: str, reason: str
) -> Outcome:
    kept = [ticket for ticket in tickets if keep(ticket)]
    aside = [SetAside(ticket, step, reason) for ticket in tickets if not keep(ticket)]
    return kept, aside
