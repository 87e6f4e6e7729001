"""The reader copies, cites and refuses; it never writes a word of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import load_handbook
from helpers.embedding import load_embedder
from helpers.offline.reader import Passage, read

FACTS = [
    Passage("Refunds take 5 business days."),
    Passage("Enterprise has SSO and a 99.9 % SLA."),
    Passage("Pro is limited to 100 API requests a minute."),
]


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What is the rate limit on Pro?", 2),
        ("How long do refunds take?", 0),
        ("Which plan has SSO?", 1),
    ],
)
def test_the_right_fact_is_quoted_whole(embedder, question, passage):
    (quote,) = read(question, FACTS, embedder)
    assert quote.passage == passage
    assert quote.text == FACTS[passage].text


@pytest.mark.parametrize(
    "question",
    ["Who founded the company?", "What is the capital of France?", "How do I boil an egg?", "  "],
)
def test_what_the_facts_do_not_say_is_refused(embedder, question):
    assert read(question, FACTS, embedder) == []


def test_nothing_to_read_is_refused(embedder):
    assert read("What is the rate limit?", [], embedder) == []
    assert read("What is the rate limit?", [Passage(""), Passage("# Rate limit")], embedder) == []


def test_a_row_comes_with_its_header(embedder):
    table = "| Plan | Requests a minute |\n|---|---|\n| Free | 10 |\n| Pro | 100 |\n"
    header, row = read("How many requests a minute on Pro?", [Passage(table)], embedder)
    assert (header.text, row.text) == ("| Plan | Requests a minute |", "| Pro | 100 |")


def test_the_order_of_passages_does_not_change_the_answer(embedder):
    for question in ("What is the rate limit on Pro?", "Who founded the company?"):
        forward = [quote.text for quote in read(question, FACTS, embedder)]
        backward = [quote.text for quote in read(question, FACTS[::-1], embedder)]
        assert forward == backward


pages = load_handbook()[:8]
questions = st.sampled_from(
    ["How long?", "What does it cost?", "SW-4012", "?", "the of and", "Wer hat das gegründet?"]
) | st.text(max_size=40)
snippets = st.builds(
    lambda page, start, length: page.text[start : start + length],
    st.sampled_from(pages),
    st.integers(0, 3000),
    st.integers(0, 400),
)


@settings(deadline=None, max_examples=25)
@given(questions, st.lists(snippets, max_size=3))
def test_every_quote_stands_verbatim_in_its_passage(question, texts):
    passages = [Passage(text, "page") for text in texts]
    for quote in read(question, passages, load_embedder()):
        assert quote.text == texts[quote.passage][quote.start : quote.end] != ""
