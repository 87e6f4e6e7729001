"""Splitting few tickets: every label on every side, or a sentence that says what is missing."""

import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpers.data import LABELS, Ticket
from helpers.finetuning.splitting import split


class Apart:
    """An embedder for which no two texts are alike but those with the same first word."""

    def embed_documents(self, texts):
        first = [text.split()[0] for text in texts]
        known = sorted(set(first))
        return np.eye(len(known))[[known.index(word) for word in first]]


def some(counts, alike=1):
    """So many tickets of each label, of which so many at a time are nearly the same."""
    return [
        Ticket(
            id=f"{label}{n}",
            channel="chat",
            subject="",
            label=label,
            body=f"{label}{n // alike} {n} {label}",
        )
        for label, count in counts.items()
        for n in range(count)
    ]


@given(st.dictionaries(st.sampled_from(LABELS), st.integers(4, 40), min_size=1), st.integers(0, 9))
@example({"bug": 6, "other": 8}, 7)  # parts of two and three tickets
def test_few_tickets_are_split_with_every_label_on_every_side(counts, seed):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        parts = split(some(counts), Apart(), seed=seed)
    for side in (parts.train, parts.validation, parts.test):
        assert {ticket.label for ticket in side} == set(counts)
    assert len(parts.train) + len(parts.validation) + len(parts.test) == sum(counts.values())
    assert len(parts.train) > max(len(parts.validation), len(parts.test))


@pytest.mark.parametrize(("each", "sides"), [(4, (8, 4, 4)), (5, (12, 4, 4)), (10, (24, 8, 8))])
def test_shares_are_as_near_as_so_few_can_be_cut(each, sides):
    parts = split(some(dict.fromkeys(LABELS, each)), Apart())
    assert (len(parts.train), len(parts.validation), len(parts.test)) == sides


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "^0 tickets, none of whose labels has 4, cannot be split into train, validation and"),
        (some({"bug": 3, "billing": 2}), "^5 tickets, none of whose labels has 4, cannot"),
        (
            some({"bug": 30, "billing": 1}),
            "'billing' has too few tickets \\(1\\), .* have at least 4 tickets of",
        ),
        (
            some({"bug": 30, "billing": 6}, alike=6),
            "'billing' has too few tickets \\(6\\), or too few that",
        ),
    ],
)
def test_what_cannot_be_split_is_said_with_the_way_out(rows, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(ValueError, match=message):
            split(rows, Apart())
