"""Grounding: requests that can be cited sentence by sentence, citations that are verified."""

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.chunking import Chunk, by_tokens
from helpers.data import load_handbook
from helpers.grounding import ask, build_request, citable_parts, read_answer


@pytest.fixture(scope="module")
def refunds():
    (page,) = (page for page in load_handbook() if page.name == "refunds")
    return by_tokens(page.text, size=200, source=page.name)


@given(st.text(max_size=300))
def test_parts_joined_are_the_text(text):
    assert "".join(citable_parts(text)) == text


def test_an_answer_is_cited_and_verified(refunds):
    answer = ask("How long do refunds take?", refunds)
    assert "5 business days" in answer.text
    assert not answer.refused
    assert answer.model == "offline-reader"
    assert answer.usage["input_tokens"] > 100
    (citation,) = answer.citations
    assert citation.verified
    assert citation.source == "refunds"
    assert citation.cited_text in refunds[citation.passage].text
    assert len(citation.cited_text) < len(refunds[citation.passage].text) / 2


def test_a_refusal_is_recognised(refunds):
    answer = ask("Who founded the company?", refunds)
    assert answer.refused
    assert answer.citations == []


def test_no_passages_are_refused():
    assert ask("How long do refunds take?", []).refused


def test_an_empty_question_is_an_error(refunds):
    with pytest.raises(ValueError, match="the question is empty"):
        build_request("  ", refunds)


def test_empty_passages_are_not_sent():
    request = build_request("Why?", [Chunk("  \n", 0, 3), Chunk("A fact.", 3, 10)])
    assert [block["type"] for block in request["messages"][0]["content"]] == [
        "search_result",
        "text",
    ]


def message(cited_text: str, index: int) -> anthropic.types.Message:
    citation = {
        "type": "search_result_location",
        "cited_text": cited_text,
        "search_result_index": index,
        "source": "s",
        "start_block_index": 0,
        "end_block_index": 1,
        "title": None,
    }
    return anthropic.types.Message.model_validate(
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [{"type": "text", "text": "Yes.", "citations": [citation]}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
    )


@pytest.mark.parametrize(
    ("cited_text", "index", "verified"),
    [("A fact.", 0, True), ("A  fact.", 0, False), ("Invented.", 0, False), ("A fact.", 7, False)],
)
def test_a_citation_that_does_not_stand_there_is_flagged_and_kept(cited_text, index, verified):
    answer = read_answer(message(cited_text, index), [Chunk("A fact. More.", 0, 13)])
    assert [citation.verified for citation in answer.citations] == [verified]
