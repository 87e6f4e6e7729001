"""Take Markdown apart into the smallest pieces that say something by themselves.

A piece is a sentence, a list item, a table row or a line of code, and it is an exact slice
of the text. Plain text is Markdown without marks, so it works the same. What this module does
not do: render, or understand nested structures; it reads line by line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["sentence", "item", "header", "row", "code", "heading"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text == document[start:end]`; `context` is the header of a row, or the heading above."""

    text: str
    start: int
    end: int
    kind: Kind
    context: str = ""


_FENCE = re.compile(r"\s*(```|~~~)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+\S")
_ITEM = re.compile(r"\s*([-*+]|\d{1,3}[.)])\s+(?=\S)")
_QUOTE = re.compile(r"\s*>\s?")
_RULE = re.compile(r"\s*\|?\s*:?-{3,}:?[\s:|-]*$|\s*([*_]\s*){3,}$")
# A full stop ends a sentence when white space follows and the next word starts like one.
_STOP = re.compile(r"[.!?]+[\"')\]*_`]*(?=\s+[\"'(\[*_`]*[A-Z0-9À-Þ])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|fig|mr|mrs|ms|dr|st|incl|min|max)|\b[A-Z])\.$",
    re.IGNORECASE,
)


def pieces(text: str) -> list[Piece]:
    """Every sentence, list item, table header and row, line of code and heading, in order.

    >>> [(p.kind, p.text) for p in pieces("# Refunds\\n\\nAsk first. They take 5 days.")]
    [('heading', '# Refunds'), ('sentence', 'Ask first.'), ('sentence', 'They take 5 days.')]
    """
    return list(_pieces(text))


def _pieces(text: str) -> Iterator[Piece]:
    heading = header = ""
    fence = ""
    lines = list(_lines(text))
    for number, (start, end) in enumerate(lines):
        line = text[start:end]
        mark = _FENCE.match(line)
        if mark and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        elif not line.strip():
            header = ""
        elif fence:
            yield _piece(text, start, end, "code", heading)
        elif _HEADING.match(line):
            heading = line.strip().lstrip("#").strip()
            yield _piece(text, start, end, "heading")
        elif _RULE.match(line):
            pass  # the line under a table's header, or a horizontal rule
        elif line.lstrip().startswith("|"):
            if number + 1 < len(lines) and _RULE.match(text[slice(*lines[number + 1])]):
                header = line.strip()
                yield _piece(text, start, end, "header")
            else:  # without a header where a chunk begins in the middle of a table
                yield _piece(text, start, end, "row", header)
        elif item := _ITEM.match(line):
            yield _piece(text, start + item.end(), end, "item", heading)
        else:
            quote = _QUOTE.match(line)
            for first, last in _sentences(text, start + (quote.end() if quote else 0), end):
                yield _piece(text, first, last, "sentence", heading)


def _piece(text: str, start: int, end: int, kind: Kind, context: str = "") -> Piece:
    """The slice without the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Piece(text[start:end], start, end, kind, context)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for stop in _STOP.finditer(text, start, end):
        if _ABBREVIATION.search(text, first, stop.end()):
            continue
        yield first, stop.end()
        first = stop.end()
    if text[first:end].strip():
        yield first, end
