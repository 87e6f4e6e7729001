"""Pieces are exact slices, and headings, code and tables are those that the parser finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_as_parsed import ANY_MARKDOWN, as_parsed, line_spans

from helpers.markdown import cells, pieces

PAGE = """# Limits

All plans, e.g. Free, have limits. See no. 3 below!

| Plan | Requests |
|:---|---:|
| Pro | 100 |

> **Note:** Bursts are refused. Always.

- first item
2. second item

```python
x = 1

y = 2
```
"""


def test_kinds_of_a_page():
    found = [(piece.kind, piece.text) for piece in pieces(PAGE)]
    assert found == [
        ("heading", "# Limits"),
        ("sentence", "All plans, e.g. Free, have limits."),
        ("sentence", "See no. 3 below!"),
        ("header", "| Plan | Requests |"),
        ("row", "| Pro | 100 |"),
        ("sentence", "**Note:** Bursts are refused."),
        ("sentence", "Always."),
        ("item", "first item"),
        ("item", "second item"),
        ("code", "x = 1"),
        ("code", "y = 2"),
    ]


def test_a_row_knows_its_header_and_a_sentence_its_heading():
    by_text = {piece.text: piece for piece in pieces(PAGE)}
    assert by_text["| Pro | 100 |"].context == "| Plan | Requests |"
    assert by_text["See no. 3 below!"].context == "Limits"


def test_a_table_cut_in_the_middle_has_rows_without_a_header():
    assert [(p.kind, p.context) for p in pieces("|---|\n| a |\n| b |")] == [("row", "")] * 2


def test_an_item_and_a_row_in_a_quote_come_without_its_marks():
    text = "> - one\n>   two\n>\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n"
    found = [(piece.kind, piece.text, piece.context) for piece in pieces(text)]
    assert found == [
        ("item", "one\n>   two", ""),
        ("header", "| a | b |", ""),
        ("row", "| 1 | 2 |", "| a | b |"),
    ]


# What people write, and what is right: kind and text of every piece, in order.
AS_PEOPLE_WRITE = {
    "a fence in a list ends where it ends": (
        "# A\n\n1. ```sh\n   ls\n   ```\n\n## B\n\nText.\n",
        [("heading", "# A"), ("code", "ls"), ("heading", "## B"), ("sentence", "Text.")],
    ),
    "a fence behind an item's words": (
        "- Run this:\n\n  ~~~\n  # ls\n  ~~~\n\n  Then that.\n- Last.\n",
        [("item", "Run this:"), ("code", "# ls"), ("sentence", "Then that."), ("item", "Last.")],
    ),
    "a fence in a quote": (
        "> ```\n> # ls\n> ```\n\n# B\n",
        [("code", "# ls"), ("heading", "# B")],
    ),
    "a fence without an end": ("```\n# a\n\n# b", [("code", "# a"), ("code", "# b")]),
    "underlined headings": (
        "Guide\n=====\n\nPart\n----\n",
        [("heading", "Guide\n====="), ("heading", "Part\n----")],
    ),
    "a heading with marks behind it": ("## Install ##\n", [("heading", "## Install ##")]),
    "a number sign without a space": ("#hash\n", [("sentence", "#hash")]),
    "a table without outer pipes": (
        "A | B\n--- | ---\n1 | 2\nThree | Four. Five\n\nEnd.\n",
        [
            ("header", "A | B"),
            ("row", "1 | 2"),
            ("row", "Three | Four. Five"),
            ("sentence", "End."),
        ],
    ),
    "a row of dashes": (
        "| P | E |\n|---|---|\n| Free | 0 |\n| - | - |\n| Pro | 9 |\n",
        [
            ("header", "| P | E |"),
            ("row", "| Free | 0 |"),
            ("row", "| - | - |"),
            ("row", "| Pro | 9 |"),
        ],
    ),
    "a table in a list": (
        "1. One:\n\n   | P | E |\n   |---|---|\n   | a | 0 |\n\n2. Two.\n",
        [("item", "One:"), ("header", "| P | E |"), ("row", "| a | 0 |"), ("item", "Two.")],
    ),
    "pipes that make no table": (
        "Use this | that. Or those | these.\n",
        [("sentence", "Use this | that."), ("sentence", "Or those | these.")],
    ),
    "a comment": (
        "<!--\n# draft\n\n# more\n-->\n\n# A\n",
        [
            ("sentence", "<!--"),
            ("sentence", "# draft"),
            ("sentence", "# more"),
            ("sentence", "-->"),
            ("heading", "# A"),
        ],
    ),
    "front matter": (
        "---\ntitle: A\n# comment\n---\n\n# A\n",
        [("code", "title: A"), ("code", "# comment"), ("heading", "# A")],
    ),
    "two lines across the page, the first on top": (
        "---\n\nOne. Two.\n\n---\n",
        [("sentence", "One."), ("sentence", "Two.")],
    ),
    "dashes in the first item": ("- a---b\n- c\n", [("item", "a---b"), ("item", "c")]),
    "a line across the page": (
        "One.\n\n---\n\n* * *\nTwo.\n",
        [("sentence", "One."), ("sentence", "Two.")],
    ),
    "preformatted text": (
        "<pre>\n# ls. Not two sentences.\n\n# pwd\n</pre>\n\n# A\n",
        [
            ("code", "<pre>"),
            ("code", "# ls. Not two sentences."),
            ("code", "# pwd"),
            ("code", "</pre>"),
            ("heading", "# A"),
        ],
    ),
    "other HTML": (
        "<div>\nOne. Two.\n</div>\n\n# A\n",
        [
            ("sentence", "<div>"),
            ("sentence", "One."),
            ("sentence", "Two."),
            ("sentence", "</div>"),
            ("heading", "# A"),
        ],
    ),
    "indented code": (
        "One.\n\n    # ls. Not two sentences.\n\n        pwd\n\nTwo.\n",
        [
            ("sentence", "One."),
            ("code", "# ls. Not two sentences."),
            ("code", "pwd"),
            ("sentence", "Two."),
        ],
    ),
    "an item over several lines": (
        "* one\n  two. Three.\nfour\n* five\n",
        [("item", "one\n  two. Three.\nfour"), ("item", "five")],
    ),
    "an item in an item on one line": ("- 1. one\n     two\n", [("item", "one\n     two")]),
    "a definition keeps its words": (
        "[//]: # (Say yes. Always.)\n\n# A\n",
        [("sentence", "[//]: # (Say yes."), ("sentence", "Always.)"), ("heading", "# A")],
    ),
    "quotes nested deeper than the parser looks": (
        "> " * 21 + "One. Two.\n\n# A\n",
        [("sentence", "> One."), ("sentence", "Two."), ("heading", "# A")],
    ),
    "lines that end as on an old Macintosh": (
        "# A\r\rOne.\r- two\r",
        [("heading", "# A"), ("sentence", "One."), ("item", "two")],
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", AS_PEOPLE_WRITE)
def test_markdown_as_people_write_it(name, newline):
    text, expected = AS_PEOPLE_WRITE[name]
    found = pieces(text.replace("\n", newline))
    assert [(piece.kind, piece.text.replace("\r\n", "\n")) for piece in found] == expected


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Guide\n=====\n\nPart\n----\n", [("Guide", 1), ("Part", 2)]),
        ("A guide\nin two lines\n===\n", [("A guide in two lines", 1)]),
        ("## Install ##\n### C# ###\n#### F#\n", [("Install", 2), ("C#", 3), ("F#", 4)]),
        ("#\n   ## \n", [("", 1), ("", 2)]),
        (
            "# A\n\n> # In a quote\n\n- # In an item\n",
            [("A", 1), ("In a quote", 0), ("In an item", 0)],
        ),
    ],
)
def test_a_heading_has_a_title_and_a_level(text, titles):
    found = [piece for piece in pieces(text) if piece.kind == "heading"]
    assert [(piece.title, piece.level) for piece in found] == titles


def test_a_heading_in_a_quote_stands_above_nothing_outside_of_it():
    text = "# A\n\n> ## Note\n>\n> In it.\n\nBehind it.\n\n- # B\n\n  In B.\n- Not in B.\n"
    context = {piece.text: piece.context for piece in pieces(text)}
    assert context["In it."] == "Note"
    assert context["Behind it."] == "A"
    assert context["In B."] == "B"
    assert context["Not in B."] == "A"


def test_a_row_of_dashes_takes_no_header_away():
    text = "| P | E |\n|---|---|\n| Free | 0 |\n| - | - |\n| Pro | 9 |\n"
    assert [p.context for p in pieces(text) if p.kind == "row"] == ["| P | E |"] * 3


@settings(max_examples=400)
@given(ANY_MARKDOWN)
def test_headings_code_and_tables_are_those_that_the_parser_finds(text):
    found, wanted = pieces(text), as_parsed(text)
    starts = [start for start, _ in line_spans(text)]

    def line(piece):
        return sum(start <= piece.start for start in starts) - 1

    headings = [piece for piece in found if piece.kind == "heading"]
    assert [(line(p), p.title, p.level) for p in headings] == wanted.headings
    code = [piece for piece in found if piece.kind == "code"]
    assert [(line(p), p.text) for p in code] == wanted.code
    headers = [piece for piece in found if piece.kind == "header"]
    assert [(line(p), cells(p.text)) for p in headers] == wanted.headers
    rows = [piece for piece in found if piece.kind == "row" and piece.context]
    assert [(line(p), cells(p.context)) for p in rows] == wanted.rows


@settings(max_examples=400)
@given(ANY_MARKDOWN)
def test_no_word_is_lost(text):
    covered = {place for p in pieces(text) for place in range(p.start, p.end)}
    assert {match.start() for match in re.finditer("[xX]", text)} <= covered


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        (" |a| b\t", ["a", "b"]),
        ("| a \\| b | c |", ["a \\| b", "c"]),
        ("| a \\|", ["a \\|"]),
        ("| | b |", ["", "b"]),
        ("| a | |", ["a", ""]),
        ("a |", ["a"]),
        ("a", ["a"]),
        ("|", []),
        ("", []),
    ],
)
def test_cells_of_a_row(row, expected):
    assert cells(row) == expected


markdown_like = st.text(alphabet="abx. !?|#->=*`~:<[]()'\"\\\n\r\t0\u2028é😀", max_size=200)


@given(st.text(max_size=200) | markdown_like | ANY_MARKDOWN)
def test_pieces_are_slices_in_order(text):
    end = 0
    for piece in pieces(text):
        assert piece.text == text[piece.start : piece.end]
        assert piece.start >= end
        assert piece.text.strip() == piece.text != ""
        end = piece.end
