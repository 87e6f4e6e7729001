"""From blocks to pieces: rows, items and lines of code stay whole, running text is cut."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from helpers.markdown.blocks import Block, blocks, trimmed

Kind = Literal["sentence", "item", "header", "row", "code", "heading"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A slice of a text: `text == document[start:end]`.

    Attributes:
        context: the header of a row, or the title of the heading above.
        title: of a heading, without its marks.
        level: of a heading, 1 to 6; 0 for one inside a quote or a list item.
        block: the number of the block that it is in, such as one table; blocks count from 0.
    """

    text: str
    start: int
    end: int
    kind: Kind
    context: str = ""
    title: str = ""
    level: int = 0
    block: int = 0


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
    return [
        Piece(text[start:end], start, end, kind, context, block=number)
        if kind != "heading"
        else Piece(text[start:end], start, end, kind, "", context, block.level, number)
        for number, block in enumerate(blocks(text))
        for kind, start, end, context in _cut(text, block, is_first=number == 0)
    ]


def _cut(text: str, block: Block, *, is_first: bool) -> Iterator[tuple[Kind, int, int, str]]:
    """Kind, start, end and context of each piece of a block."""
    if block.kind == "table":
        (start, end), *rows = block.lines
        yield "header", start, end, ""
        for first, last in rows:
            yield "row", first, last, text[start:end]
    elif block.kind == "text":
        for start, end in block.lines:
            if is_first and text[start] == "|":
                yield from _row_alone(text, start, end)
            else:
                for first, last in _sentences(text, start, end):
                    yield "sentence", first, last, block.heading
    else:
        for start, end in block.lines:
            yield block.kind, start, end, block.heading


def _row_alone(text: str, start: int, end: int) -> Iterator[tuple[Kind, int, int, str]]:
    """A row without a header, where a text begins in the middle of a table, as a chunk may."""
    if not set(text[start:end]) <= set("|:- \t"):  # the rule under the header that is missing
        yield "row", start, end, ""


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for stop in _STOP.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(first, stop.end() - 10), stop.end()):
            continue
        yield trimmed(text, first, stop.end())
        first = stop.end()
    if first < end:
        yield trimmed(text, first, end)
