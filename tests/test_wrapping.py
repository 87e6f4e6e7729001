"""Long lines are broken between words, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.wrapping import WIDTH, wrapped


def test_a_line_that_fits_stays_as_it_is():
    table = "a   b\n\n  c\td   \n" + "x" * WIDTH
    assert wrapped(table) == table


def test_words_stay_whole_and_the_rest_is_indented():
    lines = wrapped("  ✗ " + "word " * 60).splitlines()
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[0].startswith("  ✗ word")
    assert all(line.startswith("    word") for line in lines[1:])
    assert " ".join(lines).split() == ["✗", *["word"] * 60]


def test_a_word_that_is_too_long_stays_whole():
    address = "https://stockwren.example/" + "x" * 120
    assert address in wrapped(f"See {address} for more.").split()


def test_something_with_a_text_is_taken_at_its_text():
    assert wrapped(ValueError("no")) == "no"


def test_a_width_that_nobody_can_read_is_refused():
    with pytest.raises(ValueError, match="width is 5; lines of fewer than 20"):
        wrapped("x", width=5)


@given(st.text(alphabet=st.sampled_from("ab-\n é\t"), max_size=400))
def test_no_word_is_lost_or_cut(text):
    assert wrapped(text, width=20).split() == text.split()
