"""The reader copies, cites and refuses; it never writes a word of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.data import load_handbook
from helpers.embedding import load_embedder
from helpers.offline.reader import Passage, points_elsewhere, read

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


def texts(question, passages, embedder):
    return [quote.text for quote in read(question, passages, embedder)]


@pytest.mark.parametrize("turn", [1, -1])
def test_the_best_passage_answers_first_where_it_answers(embedder, turn):
    best = Passage("5.1 Refunds take 5 business days at most, counted from approval.", "Refunds")
    passages = [
        best,
        Passage("A bank may take long, so a refund of 26 June took how long it did.", "Incident"),
        Passage("When the refund follows is in [Refunds](refunds.md).", "Support"),
    ][::turn]
    first, second = read("How long do refunds take?", passages, embedder)
    assert first.text == best.text
    assert second.text.startswith("A bank")


def test_a_sentence_that_only_links_is_no_answer(embedder):
    only = "All about how long refunds take is in [How long refunds take](refunds.md)."
    told = "The money is back after 5 business days."
    (quote,) = read(
        "How long do refunds take?", [Passage(only), Passage(told, "Refunds")], embedder
    )
    assert quote.text == told


@pytest.mark.parametrize(
    "sentence",
    [
        "Which ways of paying exist is set out in [Payment methods](payment-methods.md).",
        "6.2 More on this in [Importing items](importing-items.md).",
        "See [Lots and expiry dates](lots-and-expiry.md).",
        "For the buyer's view, with screens, read [Purchase orders](purchase-orders.md).",
        "The [importing guide](importing-items.md) describes the columns.",
        "They have a page of their own: [API rate limits](api.md#sw-4290-or-sw-4291).",
        "Step by step: [Upgrading and downgrading](upgrading-and-downgrading.md).",
        "**Note:** Details are in [Privacy](privacy.md), and for the region see [Regions](r.md).",
    ],
)
def test_this_only_says_where_to_look(sentence):
    assert points_elsewhere(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Refunds take 5 business days.",
        "It is sent back the same way; see [Refunds](refunds.md).",
        "Subscribe to `stock.changed` instead; see [Webhooks](webhooks.md).",
        "Decided within 2 business days; when the money follows is in [Refunds](refunds.md).",
        "This is the most frequent cause of a variance in the next [stock count](counts.md).",
        "To close accounts automatically, add [SCIM provisioning](scim-provisioning.md).",
        "Money goes back the way it came, so keep the account until a [refund](r.md) has arrived.",
    ],
)
def test_this_says_something_and_links_as_well(sentence):
    assert not points_elsewhere(sentence)


def test_a_question_in_two_parts_gets_two_sentences(embedder):
    question = "How long do refunds take, and what is the rate limit on Pro?"
    assert sorted(texts(question, FACTS, embedder)) == [FACTS[2].text, FACTS[0].text]


def test_a_second_sentence_that_fits_as_well_is_quoted_too(embedder):
    same = [Passage("A trial lasts 14 days."), Passage("The trial of Pro lasts 14 days.")]
    assert len(texts("How long does the trial last?", same, embedder)) == 2
    twice = [Passage("A trial lasts 14 days."), Passage("A trial lasts 14 days.")]
    assert texts("How long does the trial last?", twice, embedder) == ["A trial lasts 14 days."]


def test_two_rows_of_a_table_share_their_header(embedder):
    table = "| Seat | Price |\n|---|---|\n| Pro, monthly | €24 |\n| Pro, yearly | €20 |\n"
    found = texts("What is the price of a Pro seat?", [Passage(table)], embedder)
    assert found.count("| Seat | Price |") == 1
    assert len(found) == 3


@pytest.mark.parametrize(
    "line", ["How long do refunds take?", "**How long do refunds take?**", "Refunds take:",
             "*How long refunds take*"]
)  # fmt: skip
def test_a_question_or_a_caption_is_no_answer(embedder, line):
    passage = Passage(f"{line}\n\nRefunds take 5 business days.")
    assert texts("How long do refunds take?", [passage], embedder) == [
        "Refunds take 5 business days."
    ]


def test_list_items_and_lines_of_code_are_answers(embedder):
    passage = Passage("Ways to ask:\n\n- by e-mail to billing\n- in the app\n\n"
                      "```\ncurl https://api.example/v2/items\n```\n")  # fmt: skip
    assert texts("Can I ask by e-mail?", [passage], embedder)[0] == "by e-mail to billing"
    assert texts("What is the curl call for items in the api?", [passage], embedder)[0] == (
        "curl https://api.example/v2/items"
    )


def test_title_and_heading_help_to_find_a_sentence(embedder):
    passages = [
        Passage("It takes 5 days.", "Refunds"),
        Passage("It takes 9 days.", "Returns of rented scanners"),
    ]
    assert texts("How long does a refund take?", passages, embedder)[0] == "It takes 5 days."


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


@settings(max_examples=25)
@given(questions, st.lists(snippets, max_size=3))
def test_every_quote_stands_verbatim_in_its_passage(question, texts):
    passages = [Passage(text, "page") for text in texts]
    for quote in read(question, passages, load_embedder()):
        assert quote.text == texts[quote.passage][quote.start : quote.end] != ""
