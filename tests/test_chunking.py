"""Chunks always cover the text, and each is an exact slice of it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.chunking import by_tokens
from helpers.tokens import count_tokens, encode, first_tokens

SCRIPTS = [
    "Refunds take 5 business days. Ask billing@stockwren.example first.\r\n",
    "価格表は次のとおりです。返金には5営業日かかります。",
    "ราคาของแผนโปรคือยี่สิบสี่ยูโร",
    "سعر الخطة هو أربعة وعشرون يورو",
    "😀👩‍👩‍👧‍👦 naïve café ﬃ İstanbul ẞ",
    "x" * 130,
    "| a | b |\n|---|---|\n| `SW-4012` | 401 |\n",
    " \t\n  ",
]
texts = st.lists(
    st.sampled_from(SCRIPTS) | st.text(max_size=80), max_size=6
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(texts, st.integers(1, 40), st.data())
def test_chunks_cover_the_text_exactly(text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    chunks = by_tokens(text, size=size, overlap=overlap, source="page")
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in chunks)
    assert all(chunk.source == "page" for chunk in chunks)
    covered = 0
    for chunk in chunks:
        assert chunk.start <= covered < chunk.end
        covered = chunk.end
    assert covered == len(text)


@settings(deadline=None, max_examples=100)
@given(texts, st.integers(1, 40))
def test_size_is_kept_unless_a_single_word_is_longer(text, size):
    for chunk in by_tokens(text, size=size):
        if count_tokens(chunk.text) > size:
            assert len(set(encode(chunk.text).word_ids)) == 1


def test_overlap_is_as_asked():
    text = " ".join(f"w{number}" for number in range(200))
    chunks = by_tokens(text, size=40, overlap=10)
    for before, after in pairwise(chunks):
        repeated = text[after.start : before.end]
        assert 10 - 2 <= count_tokens(repeated) <= 10  # whole words of two or three tokens


def test_without_overlap_the_chunks_are_the_text():
    text = "".join(SCRIPTS)
    assert "".join(chunk.text for chunk in by_tokens(text, size=9)) == text


def test_empty_text_has_no_chunks():
    assert by_tokens("", size=10) == []


@pytest.mark.parametrize(
    ("text", "size", "overlap", "error", "message"),
    [
        ("a", 0, 0, ValueError, "size is 0"),
        ("a", -5, 0, ValueError, "size is -5"),
        ("a", 10, 10, ValueError, "overlap is 10 and size is 10"),
        ("a", 10, -1, ValueError, "overlap is -1"),
        (b"a", 10, 0, TypeError, "text is bytes"),
        (None, 10, 0, TypeError, "text is NoneType"),
    ],
)
def test_wrong_input_is_named(text, size, overlap, error, message):
    with pytest.raises(error, match=message):
        by_tokens(text, size=size, overlap=overlap)


def test_first_tokens():
    assert first_tokens("one two three", 2) == "one two"
    assert first_tokens("one two three", 9) == "one two three"
    assert first_tokens("one", 0) == ""
