"""Panels and highlights: what they draw, and that text from data stays text."""

import re

import numpy as np
import pytest

from helpers.chunking import Chunk, by_tokens
from helpers.data import load_handbook, load_questions
from helpers.highlights import TINTS, draw_chunks
from helpers.retrieval import Retriever
from helpers.widgets import chunk_explorer

TEXT = "One <b>two</b> three & four."


def plain(html: str) -> str:
    inside = html[html.index('<div tabindex="0"') :]
    numbers_gone = re.sub(r'<span style="background:#333333[^>]*>[^<]*</span>', "", inside)
    tags_gone = re.sub(r"<[^>]+>", "", numbers_gone)
    return tags_gone.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def chunks(*places):
    return [Chunk(TEXT[a:b], a, b, "p") for a, b in places]


def test_the_text_is_whole_and_escaped():
    drawn = draw_chunks(TEXT, chunks((0, 10), (10, len(TEXT))), title="<i>")
    assert plain(drawn.html) == TEXT
    assert "<b>two" not in drawn.html
    assert "<i>" not in drawn.html
    assert repr(drawn) == f"<i>: 2 chunks of {len(TEXT)} characters"


def test_neighbours_differ_and_are_numbered():
    html = draw_chunks(TEXT, chunks((0, 4), (4, 8), (8, len(TEXT)))).html
    assert [html.count(tint) for tint in TINTS] == [2, 1]
    assert re.findall(r"padding:0 4px\">(\d+)", html) == ["1", "2", "3"]


def test_overlap_marks_and_stars():
    both = chunks((0, 8), (4, len(TEXT)))
    html = draw_chunks(TEXT, both, marked=[(5, 6)], retrieved=[both[1]]).html
    assert "dotted" in html
    assert "underline" in html
    assert ">2★<" in html
    assert ">1<" in html


def test_places_beyond_the_text_are_left_out():
    assert plain(draw_chunks(TEXT, [], marked=[(500, 600)]).html) == TEXT


class Counting:
    """A quick embedder: letters counted."""

    name, dimension = "letters", 26

    def embed_documents(self, texts):
        counts = [[text.lower().count(chr(97 + i)) + 0.01 for i in range(26)] for text in texts]
        vectors = np.array(counts, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text):
        return self.embed_documents([text])[0]


@pytest.fixture(scope="module")
def panel():
    pages, questions = load_handbook()[:6], load_questions(split="dev")
    names = {f"{page.name}.md" for page in pages}
    asked = [q for q in questions if q.spans and all(s.file in names for s in q.spans)]
    retrievers = {}
    for size in (100, 200):
        for overlap in (0, size // 5):
            cut = [
                chunk
                for page in pages
                for chunk in by_tokens(
                    page.text, size=size, overlap=overlap, source=f"{page.name}.md"
                )
            ]
            retrievers["by_tokens", size, overlap] = Retriever(cut, Counting())
    return chunk_explorer(retrievers, pages, asked), asked


def parts(panel):
    row, question, own, page, scores, drawing = panel.children
    return {control.description: control for control in (*row.children, question, own, page)} | {
        "scores": scores,
        "drawing": drawing,
    }


def test_the_explorer_draws_at_once_and_follows_every_control(panel):
    found = parts(panel[0])
    before = found["drawing"].value
    assert "IoU" in found["scores"].value
    found["size"].value = 100
    assert found["drawing"].value != before
    before = found["drawing"].value
    found["overlap"].value = "some"
    assert "dotted" in found["drawing"].value != before
    another = next(q for q in panel[1] if q.spans[0].file != found["page"].value)
    found["question"].value = another.question
    assert found["page"].value == another.spans[0].file
    assert "underline" in found["drawing"].value


def test_a_question_of_ones_own_has_no_score_and_is_not_html(panel):
    found = parts(panel[0])
    found["ask"].value = "<script>alert(1)</script> refunds"
    assert "no known answer" in found["scores"].value
    assert "<script>" not in found["drawing"].value
