"""Cleaning: each step does one thing, and nothing is lost on the way."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import Ticket, load_ticket_notes, load_tickets
from helpers.embedding import load_embedder
from helpers.finetuning.cleaning import (
    clean,
    cut_long,
    drop_empty,
    drop_exact_duplicates,
    drop_near_duplicates,
    mask,
    near_groups,
    repair,
    resolve_conflicts,
)
from helpers.finetuning.splitting import split
from helpers.tokens import count_tokens


def ticket(number: int, body: str, label: str = "other") -> Ticket:
    return Ticket(id=f"t{number}", channel="email", subject="", body=body, label=label)


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("MÃ¼ller fÃ¤hrt", "Müller fährt"),
        ("donâ€™t", "don't"),
        ("a\u200bb\ufeff", "ab"),
        ("too    many\t\tspaces", "too many spaces"),
        ("one\n\n\n\n\ntwo  \n three", "one\n\ntwo\nthree"),
        ("Café is fine", "Café is fine"),
    ],
)
def test_repair(text, repaired):
    assert repair(text) == repaired


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ann.o'x+1@shop-1.example!", "write to ann.o'<email>!"),
        ("ann@shop.example", "<email>"),
        ("+44 1632 960123", "<phone>"),
        ("call 01632 960 123 today", "call <phone> today"),
        ("+49 (30) 23125-118", "<phone>"),
        ("SWI-2026-004417", "SWI-2026-004417"),
        ("SW-4012 at 12:30:05", "SW-4012 at 12:30:05"),
        ("20,000 rows, 4006381333931", "20,000 rows, 4006381333931"),
        ("2026-10-19 14:31", "2026-10-19 14:31"),
        ("(555) 123-4567", "<phone>"),
        ("or 555-123-4567!", "or <phone>!"),
        ("+1 (415) 555-2671 ext. 4", "<phone>"),
        ("1-800-356-9377", "<phone>"),
        ("06 12 34 56 78 ou 01.23.45.67.89", "<phone> ou <phone>"),
        ("tel: 0612345678", "tel: <phone>"),
        ("0044 20 7946 0958", "<phone>"),
        ("089/1234567", "<phone>"),
        ("Order 0045 1234 5678", "Order 0045 1234 5678"),
        ("Order 5551234567", "Order 5551234567"),
        ("code 0123 4567 8901 2345", "code 0123 4567 8901 2345"),
        ("invoice 2026-004417 of 03-09-2026", "invoice 2026-004417 of 03-09-2026"),
        ("0.123456789 of 2 000 000", "0.123456789 of 2 000 000"),
        ("ISBN 0-306-40615-2", "ISBN 0-306-40615-2"),
        ("192.168.10.12", "192.168.10.12"),
        ("to DE89 3704 0044 0532 0130 00, please", "to <iban>, please"),
        ("DE89 3704 0044 0532 0130 00 is it", "<iban> is it"),
        ("gb82west12345698765432", "<iban>"),
        ("DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
        ("SW40 1234 5678 9012 3456", "SW40 1234 5678 9012 3456"),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize("body", ["", " \n", "-", "…", "Sent from my iPhone", "(no text)", "??"])
def test_tickets_without_a_word_are_set_aside(body):
    kept, aside = drop_empty([ticket(1, body), ticket(2, "no stock")])
    assert [t.id for t in kept] == ["t2"]
    assert [s.reason for s in aside] == ["no text"]


def test_a_long_text_keeps_its_beginning_and_its_end():
    text = "the start " + "filler " * 900 + "the end"
    cut = cut_long(text)
    assert cut.startswith("the start")
    assert cut.endswith("the end")
    assert count_tokens(cut) <= 230
    assert cut_long("short") == "short"


def test_the_first_of_exact_duplicates_stays():
    rows = [ticket(1, "Hello, world."), ticket(2, "hello world"), ticket(3, "other")]
    kept, aside = drop_exact_duplicates(rows)
    assert [t.id for t in kept] == ["t1", "t3"]
    assert aside[0].reason == "same words as t1"


def test_the_majority_decides_a_conflict_and_a_tie_goes_to_a_person():
    rows = [ticket(1, "a", "bug"), ticket(2, "a", "bug"), ticket(3, "a", "other"),
            ticket(4, "b", "bug"), ticket(5, "b", "billing"), ticket(6, "c")]  # fmt: skip
    kept, aside = resolve_conflicts(rows, [[0, 1, 2], [3, 4]])
    assert [t.id for t in kept] == ["t1", "t2", "t6"]
    assert {s.ticket.id for s in aside} == {"t3", "t4", "t5"}
    assert aside[1].reason == "the same text is labelled billing, bug"


def test_the_first_of_near_duplicates_stays():
    body = "The label printer on the second floor stops after three labels every morning."
    rows = [ticket(1, body), ticket(2, f"{body} Any news?"), ticket(3, "Something else entirely.")]
    groups = near_groups(rows, load_embedder())
    assert groups == [[0, 1]]
    kept, aside = drop_near_duplicates(rows, groups)
    assert [t.id for t in kept] == ["t1", "t3"]
    assert aside[0].reason == "nearly the same as t1"


bodies = st.lists(
    st.sampled_from(["", "Refund please", "refund, please", "It is broken since noon", "?"])
    | st.text(max_size=30),
    max_size=8,
)


@settings(max_examples=25)
@given(bodies)
def test_nothing_is_lost(texts):
    rows = [ticket(number, body) for number, body in enumerate(texts)]
    cleaned = clean(rows, load_embedder())
    there = [t.id for t in cleaned.tickets] + [s.ticket.id for s in cleaned.set_aside]
    assert sorted(there) == sorted(t.id for t in rows)
    assert len(there) == len(set(there))


@pytest.fixture(scope="module")
def cleaned():
    return clean(load_tickets(), load_embedder())


def test_no_planted_duplicate_or_conflict_survives(cleaned):
    notes = load_ticket_notes()
    kept = {t.id for t in cleaned.tickets}
    for note in notes.values():
        if note.planted in ("exact_duplicate", "conflict"):
            assert not {note.id, note.of} <= kept
        if note.planted == "empty":
            assert note.id not in kept


def test_a_split_is_stratified_apart_and_repeatable(cleaned):
    embedder = load_embedder()
    parts = split(cleaned.tickets, embedder)
    sides = [parts.train, parts.validation, parts.test]
    total = len(cleaned.tickets)
    assert sum(map(len, sides)) == total
    for side, share in zip(sides, (0.60, 0.15, 0.25), strict=True):
        assert abs(len(side) / total - share) < 0.03
        for label, count in Counter(t.label for t in cleaned.tickets).items():
            found = sum(t.label == label for t in side) / len(side)
            assert abs(found - count / total) < 0.04
    ids = [{t.id for t in side} for side in sides]
    assert len(set().union(*ids)) == total
    groups = near_groups(cleaned.tickets, embedder, cosine=0.85)
    for group in groups:
        assert sum(bool({cleaned.tickets[i].id for i in group} & side) for side in ids) == 1
    assert split(cleaned.tickets, embedder) == parts
