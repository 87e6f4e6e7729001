"""Panels and highlights: what they draw, and that text from data stays text."""

import re

import numpy as np
import pytest
from notebook_text import typed

from helpers import doctor
from helpers.assistant import Assistant, Triage
from helpers.chunking import Chunk, by_tokens
from helpers.costs import Usage
from helpers.data import Signals, load_handbook, load_questions, load_scenarios
from helpers.decision import NAMES
from helpers.failures import ServiceError
from helpers.finetuning import findings
from helpers.finetuning.jobs import Prediction
from helpers.grounding import Answer, Citation
from helpers.highlights import draw_chunks, draw_citations
from helpers.retrieval import Retriever
from helpers.theme import BADGE, TINTS
from helpers.widgets import (
    chat_panel,
    chunk_explorer,
    cost_worksheet,
    decision_panel,
    scenario_cards,
)

TEXT = "One <b>two</b> three & four."


def plain(html: str) -> str:
    inside = html[html.index('<div tabindex="0"') :]
    numbers_gone = re.sub(rf'<span style="{re.escape(BADGE)}[^>]*>[^<]*</span>', "", inside)
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


def test_dollar_signs_are_not_set_as_mathematics():
    money = "Is it $5 or $10?"
    passage = Chunk(money, 0, len(money), money, money)
    cited = Citation(money, money, 0, verified=True, start=0)
    said = Answer(money, [cited], refused=False, model="m", usage={})
    assert money in typed(draw_chunks(money, [passage], title=money).html)
    # The answer, the passage's source, its heading, and the passage.
    assert typed(draw_citations(said, [passage]).html).count(money) == 4


def answer(*citations):
    return Answer("It <b>is</b>.", list(citations), refused=False, model="m", usage={})


class TestCitations:
    PASSAGES = (Chunk("  ", 0, 2, "empty"), Chunk(TEXT, 0, len(TEXT), "p<i>", "Head"))

    def test_cited_words_are_marked_in_the_passage_and_all_is_escaped(self):
        found = answer(Citation("<b>two</b> three", "p", 0, verified=True, start=4))
        drawn = draw_citations(found, self.PASSAGES)
        assert plain(drawn.html).startswith(TEXT[:20])
        assert "&lt;b&gt;two&lt;/b&gt; three</mark><sup>[1]</sup>" in drawn.html
        assert "It &lt;b&gt;is&lt;/b&gt;." in drawn.html
        assert "<b>two" not in drawn.html
        assert "p<i>" not in drawn.html
        assert repr(drawn) == "It <b>is</b>.\n1 citations, 1 verified"

    def test_what_does_not_stand_there_is_listed_with_a_cross(self):
        found = answer(
            Citation("One", "p", 0, verified=True, start=0),
            Citation("<Five>", "p", 6, verified=False),
        )
        html = draw_citations(found, self.PASSAGES).html
        assert "✗ [2] does not stand in passage 7: “&lt;Five&gt;”" in html

    def test_two_citations_may_overlap(self):
        found = answer(
            Citation("One <b>two", "p", 0, verified=True, start=0),
            Citation("two</b> three", "p", 0, verified=True, start=7),
        )
        assert "two</mark><sup>[1][2]</sup>" in draw_citations(found, self.PASSAGES).html

    def test_a_table_header_is_named(self):
        found = answer(Citation("| Plan |", "p", 0, verified=True))
        assert "[1] is the header of a divided table" in draw_citations(found, self.PASSAGES).html


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
    row, question, own, page, _busy, scores, drawing = panel.children
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


def shown(panel):
    """All HTML of a panel."""
    return " ".join(child.value for child in every(panel) if type(child).__name__ == "HTML")


def every(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def control(panel, name):
    return next(c for c in every(panel) if name in (getattr(c, "description", "") or ""))


class TestDecisionPanel:
    NOTHING = Signals(
        knowledge_changes_often=False, sources_needed=False,
        behaviour_wrong_despite_facts=False, labelled_examples=0, prompt_tried=False,
    )  # fmt: skip

    def test_untouched_it_gives_no_verdict(self):
        panel = decision_panel()
        assert "→" not in shown(panel)
        assert "decides" not in shown(panel)
        assert "The verdict comes with the first answer" in shown(panel)
        control(panel, "nothing of this").click()
        assert f"→ {NAMES['retrieval']}" in shown(panel)
        assert control(panel, "nothing of this").layout.display == "none"

    def test_what_is_set_at_first_has_a_verdict(self):
        assert f"→ {NAMES['retrieval']}" in shown(decision_panel(self.NOTHING))

    def test_each_control_moves_the_verdict(self):
        panel = decision_panel()
        control(panel, "Format, tone").value = True
        assert f"→ {NAMES['neither']}" in shown(panel)
        control(panel, "A careful prompt").value = True
        control(panel, "Clean labelled").value = 300
        assert f"→ {NAMES['fine_tuning']}" in shown(panel)
        control(panel, "changes often").value = True
        assert f"→ {NAMES['both']}" in shown(panel)


class TestScenarioCards:
    CARDS = tuple(load_scenarios())

    def test_a_right_and_a_wrong_choice(self):
        panel = scenario_cards(self.CARDS)
        assert "0 of 15 cards sorted" in shown(panel)
        choice = control(panel, "cure")
        choice.value = "fine_tuning"
        assert "✗ The reference says retrieval" in shown(panel)
        choice.value = "retrieval"
        assert "✓ retrieval" in shown(panel)
        assert "1 of 15 cards sorted, 1 as the reference does" in shown(panel)
        control(panel, "next card").click()
        assert choice.value is None
        assert "2 of 15" in shown(panel)
        control(panel, "previous card").click()
        assert choice.value == "retrieval"

    def test_the_ends_have_no_further_card(self):
        panel = scenario_cards(self.CARDS[:2])
        assert control(panel, "previous card").disabled
        control(panel, "next card").click()
        assert control(panel, "next card").disabled

    def test_text_stays_text_and_no_card_is_refused(self):
        card = self.CARDS[0].model_copy(
            update={"title": "<b>x", "story": "<script>1</script>", "why": "<i>y"}
        )
        panel = scenario_cards([card])
        control(panel, "cure").value = "both"
        assert "&lt;script&gt;" in shown(panel)
        for tag in ("<b>x", "<script>", "<i>y"):
            assert tag not in shown(panel)
        with pytest.raises(ValueError, match="no cards to sort"):
            scenario_cards([])


class Fixed(Triage):
    def sort(self, message):
        return Prediction("<b>bug", 0.8)


class TestChat:
    def test_a_message_is_answered_with_its_trace_and_stays_text(self):
        panel = chat_panel(Assistant(Fixed("<i>model"), None), start="<script>1</script>")
        html = shown(panel)
        assert "not in the handbook" in html
        assert "How it came about" in html
        assert "&lt;script&gt;" in html
        for tag in ("<script>", "<b>bug", "<i>model"):
            assert tag not in html
        control(panel, "message").value = "  "
        control(panel, "Send").click()
        assert "Write a message first" in shown(panel)

    def test_a_failure_is_shown_and_the_button_comes_back(self):
        class Broken(Triage):
            def sort(self, message):
                raise ServiceError("no <network>")

        panel = chat_panel(Assistant(Broken("m"), None), start="Hello")
        assert "✗ no &lt;network&gt;" in shown(panel)
        assert not control(panel, "Send").disabled


def test_the_worksheet_adds_up_and_begins_with_no_price():
    usage = Usage(1000, question=50, context=950, answer=100, changes=2, changed=0, trained=1e5)
    panel = cost_worksheet(usage)
    assert shown(panel).count("0.00") == 6
    next(c for c in every(panel) if getattr(c, "description", "") == "input").value = 1.5
    control(panel, "training").value = 10
    plain = re.sub(r"<td [^>]*>", "<td>", shown(panel))
    assert "<td>1.50</td><td>0.00</td><td>1.50</td>" in plain
    assert "<td>0.00</td><td>2.00</td><td>2.00</td>" in plain


def styles(html: str) -> list[str]:
    return re.findall(r'style="([^"]*)"', html)


FOLLOWS_THE_THEME = r"(var\(--jp-|color-mix\(in srgb,var\(--jp-|rgba\(|inherit|currentColor)"


def fixed_colours(html: str) -> list[str]:
    """Styles with a colour of their own, and grounds whose text has whatever colour the page has.

    A tint lets the ground below through, so it leaves the text's colour as it is.
    """
    found = []
    for style in styles(html):
        colours = dict(re.findall(r"(?:^|;)(background|color):([^;]*)", style))
        fixed = [c for c in colours.values() if not re.match(FOLLOWS_THE_THEME, c)]
        ground = colours.get("background", "rgba(")
        if fixed or not (ground.startswith("rgba(") or "color" in colours):
            found.append(style)
    return found


class TestThemes:
    """White text on a white ground is what a fixed colour gives in the other theme."""

    def test_what_is_fixed_is_found(self):
        assert fixed_colours('<p style="margin:1px;color:#A33600">')
        assert fixed_colours('<p style="background:var(--jp-layout-color2,#FFF)">')
        assert not fixed_colours('<p style="background:rgba(0,0,0,0.1)">')

    def test_every_panel_follows_the_theme(self, panel):
        cards = scenario_cards(load_scenarios())
        control(cards, "cure").value = "fine_tuning"
        decided = decision_panel(TestDecisionPanel.NOTHING)
        chat = chat_panel(Assistant(Fixed("m"), None), start="Hello")
        costs = cost_worksheet(Usage(1000, 50, 950, 100, 2, 0, 1e5))
        for drawn in (panel[0], cards, decided, chat, costs):
            assert fixed_colours(shown(drawn)) == []
        assert styles(shown(chat))

    def test_chunks_and_citations_follow_the_theme(self):
        both = chunks((0, 8), (4, len(TEXT)))
        drawn = draw_chunks(TEXT, both, title="t", marked=[(5, 6)], retrieved=both).html
        found = answer(
            Citation("One", "p", 0, verified=True, start=0),
            Citation("<Five>", "p", 6, verified=False),
        )
        drawn += draw_citations(found, [Chunk(TEXT, 0, len(TEXT), "p")]).html
        assert len(styles(drawn)) > 6
        assert fixed_colours(drawn) == []

    def test_the_doctor_and_the_validator_follow_the_theme(self):
        doctor_says = doctor.Report(
            [doctor.Finding("a", status, "b") for status in ("ok", "note", "problem")]
        )
        report = findings.Report("file")
        for level in ("error", "warning"):
            report.add(findings.Finding(1, "duplicate", level, "m", "f"))
        drawn = doctor_says._repr_html_() + report._repr_html_()
        assert len(re.findall("color:", drawn)) == 5
        assert fixed_colours(drawn) == []


def test_every_panel_says_when_the_kernel_is_busy(panel):
    made = [
        panel[0], decision_panel(), scenario_cards(load_scenarios()),
        chat_panel(Assistant(Fixed("m"), None)), cost_worksheet(Usage(1, 1, 1, 1, 1, 1, 1)),
    ]  # fmt: skip
    for drawn in made:
        assert shown(drawn).count("The kernel is busy") == 1
        waiting = [part for part in every(drawn) if "workshop-follows" in part._dom_classes]
        assert waiting, "nothing is dimmed while it is out of date"
