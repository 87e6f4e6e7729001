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


_HEADING = re.compile(r" {0,3}#{1,6}\s+\S")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)")
_QUOTE = re.compile(r"\s*>\s?")
# A full stop ends a sentence when white space follows and the next word starts like one.
_STOP = re.compile(r"(?<![.!?])[.!?]++[\"')\]*_`]*+(?=\s++[\"'(\[*_`]*+[A-Z0-9À-Þ])")
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
    heading = header = fence = ""
    lines = [(start, end, text[start:end]) for start, end in _lines(text)]
    for number, (start, end, line) in enumerate(lines):
        if fence:
            if _closes(line, fence):
                fence = ""
            elif line.strip():
                yield _piece(text, start, end, "code", heading)
            continue
        fence = _opens(line)
        is_row = line.lstrip().startswith("|") and not _is_rule(line)
        if not (is_row or _is_rule(line)):
            header = ""
        if fence or not line.strip() or _is_rule(line):
            continue
        if _HEADING.match(line):
            heading = line.strip().lstrip("#").strip()
            yield _piece(text, start, end, "heading")
        elif is_row and number + 1 < len(lines) and _is_rule(lines[number + 1][2]):
            header = line.strip()
            yield _piece(text, start, end, "header")
        elif is_row:  # without a header where a text begins in the middle of a table
            yield _piece(text, start, end, "row", header)
        elif item := _ITEM.match(line):
            yield _piece(text, start + item.end(), end, "item", heading)
        else:
            quote = _QUOTE.match(line)
            for first, last in _sentences(text, start + (quote.end() if quote else 0), end):
                yield _piece(text, first, last, "sentence", heading)


def _is_rule(line: str) -> bool:
    """The line under a table's header, or a line drawn across the page."""
    bare = "".join(line.split())
    if set(bare) <= set("|:-") and "-" in bare:
        return "|" in bare or bare.count("-") >= 3
    return len(bare) >= 3 and bare in ("*" * len(bare), "_" * len(bare))


def _opens(line: str) -> str:
    """The fence that a line opens, such as three backticks, or nothing."""
    bare = line.strip()
    for mark in ("`", "~"):
        length = len(bare) - len(bare.lstrip(mark))
        if length >= 3 and not (mark == "`" and mark in bare[length:]):
            return mark * length
    return ""


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and bare == fence[0] * len(bare)


def _piece(text: str, start: int, end: int, kind: Kind, context: str = "") -> Piece:
    """The slice without the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Piece(text[start:end], start, end, kind, context)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):  # str.splitlines would also cut at characters inside words
        end = text.find("\n", start) + 1 or len(text)
        yield start, end
        start = end


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for stop in _STOP.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(first, stop.end() - 10), stop.end()):
            continue
        yield first, stop.end()
        first = stop.end()
    if text[first:end].strip():
        yield first, end
