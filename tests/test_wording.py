"""A reply is plain text, and each sentence carries the number of its source."""

import pytest

from helpers.assistant import house_reply
from helpers.assistant.wording import in_plain_words, plain
from helpers.chunking import Chunk
from helpers.grounding import Answer, Citation, ask

LIMITS = "| Limit | Free | Pro |\n|---|---|---|\n"


def answer(*quotes: tuple[str, str, str]) -> Answer:
    """An answer of quotes, each a line with what was cited for it and its source."""
    text, citations = "", []
    for line, cited, source in quotes:
        text = f"{text}\n{line}".strip()
        citations.append(Citation(cited, source, 0, verified=bool(source), at=len(text)))
    return Answer(text, citations, refused=False, model="m", usage={})


def quote(line: str, source: str = "a.md") -> tuple[str, str, str]:
    return line, line, source


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ('see [Refunds](refunds.md#how-long) or [Plans](plans.md "title")', "see Refunds or Plans"),
        ("**Note:** press *Save*, then `Ctrl+S`.", "Note: press Save, then Ctrl+S."),
        ("![a map](map.png) and <https://a.example>", "a map and https://a.example"),
        (
            "a_name_with_marks * 3 [not a link] 5 < 6 & 7",
            "a_name_with_marks * 3 [not a link] 5 < 6 & 7",
        ),
        ("R&amp;D \\* \\[x\\]", "R&D * [x]"),
        ("Wait <seconds> before that.", "Wait <seconds> before that."),
        ("", ""),
    ],
)
def test_a_line_is_what_a_reader_sees(markdown, seen):
    assert plain(markdown) == seen


def test_each_sentence_has_the_number_of_its_source():
    found = answer(
        quote("Ask **first**.", "b.md"), quote("See [x](y.md).", "a.md"), quote("C.", "b.md")
    )
    assert in_plain_words(found) == "Ask first. [1]\nSee x. [2]\nC. [1]"


def test_a_number_behind_bold_words_leaves_them_bold_words():
    assert in_plain_words(answer(quote("**Pro costs €19.**"))) == "Pro costs €19. [1]"
    assert in_plain_words(answer(quote("Press *Save*"), quote("`x`"))) == "Press Save [1]\nx [1]"


def test_two_sources_of_one_sentence_and_a_full_stop_behind_the_mark():
    twice = [
        Citation("a", "a.md", 0, verified=True, at=14),
        Citation("b", "b.md", 1, verified=True, at=14),
    ]
    found = Answer("It takes 5 day. More.", twice, refused=False, model="m", usage={})
    assert in_plain_words(found) == "It takes 5 day [1][2]. More."


def test_a_row_is_a_sentence_and_its_header_has_no_number():
    header = ("| Limit | Free | Pro |", LIMITS, "limits.md")
    rows = [
        quote("| Items | 250 | 20,000 |", "limits.md"),
        quote("| **Bins** | | 500 |", "limits.md"),
    ]
    assert in_plain_words(answer(header, *rows)) == (
        "Items (Free: 250; Pro: 20,000) [1]\nBins (Pro: 500) [1]"
    )
    other = ("| Plan | A | B |", "| Plan | A | B |\n| --- | --- | --- |\n", "b.md")
    both = answer(header, rows[0], other, quote("| Pro | 1 | 2 |", "b.md"))
    assert in_plain_words(both) == "Items (Free: 250; Pro: 20,000) [1]\nPro (A: 1; B: 2) [2]"


def test_rows_without_pipes_around_them_and_without_a_header():
    header = ("Plan | Price", "Plan | Price\n--- | ---\n", "a.md")
    assert in_plain_words(answer(header, quote("Pro | €24"))) == "Pro (Price: €24) [1]"
    assert in_plain_words(answer(quote("| Pro | €24 |"))) == "Pro (€24) [1]"


def test_the_dash_of_the_next_item_makes_no_header():
    cited = "Ask first.\n\n- "  # the unit of citing reaches to the next piece
    assert in_plain_words(answer(("Ask first.", cited, "a.md"))) == "Ask first. [1]"


def test_without_proof_there_is_no_number():
    assert in_plain_words(answer(quote("One.", ""))) == "One."
    assert in_plain_words(answer(quote("| Pro | €24 |", ""))) == "Pro (€24)"


def test_a_logged_answer_that_knows_no_places_is_numbered_behind_the_cited_words():
    said = "Refunds take 5 days. Ask first."
    cited = [Citation("Refunds take 5 days. ", "a.md", 0, verified=True)]
    found = Answer(said, cited, refused=False, model="m", usage={})
    assert in_plain_words(found) == "Refunds take 5 days. [1] Ask first."
    paraphrased = Answer("Five days.", cited, refused=False, model="m", usage={})
    assert in_plain_words(paraphrased) == "Five days. [1]"


def test_paragraphs_and_headings_of_a_longer_answer_stay_apart():
    found = answer(quote("## Refunds"), quote("They take **5** days."))
    text = in_plain_words(
        Answer(f"{found.text}\n\n- one\n- two", found.citations[1:], False, "m", {})
    )
    assert text == "Refunds\nThey take 5 days. [1]\n\n- one\n- two"


def test_a_table_in_a_whole_reply():
    text = f"{LIMITS}| Items | 250 | 20,000 |\n| Locations | 1 | 10 |\n"
    passage = Chunk(text, 0, len(text), "plan-limits.md", "Plan limits")
    reply = house_reply("other", ask("How many locations do I get on Pro?", [passage]))
    assert "our handbook says:\nLocations (Free: 1; Pro: 10) [1]\n" in reply
    assert "|" not in reply
    assert "[1] plan-limits.md" in reply


class TestPlaces:
    """Where in the answer's text the words of a citation end."""

    PASSAGES = (
        Chunk("Refunds take 5 days. ", 0, 21, "a.md"),
        Chunk("Refunds of cards take 5 days. ", 0, 30, "b.md"),
    )

    def test_in_blocks(self):
        found = ask("How long do refunds take?", self.PASSAGES)
        assert [found.text[: c.at].splitlines()[-1] for c in found.citations] == [
            "Refunds take 5 days.", "Refunds of cards take 5 days."
        ]  # fmt: skip

    def test_in_marks(self, configured):
        configured(WORKSHOP_OFFLINE="1", WORKSHOP_CITATIONS="markers")
        found = ask("How long do refunds take?", self.PASSAGES)
        assert len(found.citations) == 2
        assert [found.text[: c.at].splitlines()[-1] for c in found.citations] == [
            "Refunds take 5 days.", "Refunds of cards take 5 days."
        ]  # fmt: skip
