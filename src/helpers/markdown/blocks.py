"""The blocks of a Markdown text: headings, paragraphs, list items, tables and code.

The structure is markdown-it-py's: CommonMark with tables, and front matter on top. Its tokens
name lines; here they become slices of the text. What this module does not do: cut sentences.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BlockKind = Literal["heading", "text", "item", "table", "code"]
Slice = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a text.

    Attributes:
        lines: slices of the text, without the marks of the quotes and lists around it. Those of
            code lie between its fences. The first of a table is its header; the rule under that
            is left out. A heading and an item are one slice, of one line or several.
        heading: the title of the heading above, or a heading's own.
        level: 1 to 6 for a heading; 0 for one inside a quote or a list item, since it stands
            above nothing outside of that.
    """

    kind: BlockKind
    lines: tuple[Slice, ...]
    heading: str = ""
    level: int = 0


def blocks(text: str) -> list[Block]:
    """The blocks in order; together they hold all text but marks such as fences and rules.

    >>> text = "Guide\\n=====\\n\\nOne.\\n"
    >>> [(b.kind, [text[start:end] for start, end in b.lines], b.heading) for b in blocks(text)]
    [('heading', ['Guide\\n====='], 'Guide'), ('text', ['One.'], 'Guide')]
    """
    return [block for block in _Walk(text).blocks() if block.lines]


def cells(row: str) -> list[str]:
    r"""The cells of a table's row, with or without pipes around it; `\|` is no border.

    >>> cells("| Plan | a \\| b |")
    ['Plan', 'a \\| b']
    >>> cells("Plan | Price")
    ['Plan', 'Price']
    """
    found = _PIPE.split(row.strip())
    if found[0] == "":
        del found[0]
    if found and found[-1] == "":
        del found[-1]
    return [cell.strip() for cell in found]


_PIPE = re.compile(r"(?<!\\)\|")
_LINE_END = re.compile(r"\r\n?|\n")  # what markdown-it-py takes for the end of a line
_FRONT_MATTER = re.compile(r"-{3,}[ \t]*(?:\r\n?|\n)[ \t]*\S")
_ITEM_MARK = re.compile(r"[-*+]|\d{1,9}[.)]")
_CODE_TAGS = ("<pre", "<script", "<style", "<textarea")
_CONTAINERS = ("blockquote_open", "list_item_open")
_KINDS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "text",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "front_matter": "code",
    "html_block": "text",
    "definition": "text",
    "hr": "text",
}


@lru_cache(maxsize=2)
def _parser(*, front_matter: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    # Definitions of links get tokens of their own, so that their words are not lost.
    parser = MarkdownIt("commonmark", {"inline_definitions": True}).enable("table")
    if front_matter:
        parser.use(front_matter_plugin)
    parser.core.ruler.enableOnly(["normalize", "block"])  # what stands in a line is not needed
    return parser


def _tokens(text: str) -> "list[Token]":
    # The plugin alone would take "- a---b" for front matter, too, and what stands between two
    # lines that are drawn across the page.
    front_matter = _FRONT_MATTER.match(text) is not None
    return _parser(front_matter=front_matter).parse(text)


@dataclass(slots=True)
class _Container:
    """The text itself, a quote or a list item, while the walk is inside it."""

    mark: Literal["", "quote", "item"]
    first: int  # its first line
    after: int  # the line behind its last
    heading: str  # the title above what comes next
    empty: bool = True


class _Walk:
    """One way through the parser's tokens, from lines to slices."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = [match.span() for match in _LINE_END.finditer(text)]
        starts = [0, *(after for _, after in breaks)]
        self.lines = list(zip(starts, [*(end for end, _ in breaks), len(text)], strict=True))
        self.around = [_Container("", 0, len(self.lines), "")]
        self.unread = 0  # the first line that no token has named yet

    def blocks(self) -> Iterator[Block]:
        tokens = _tokens(self.text)
        for place, token in enumerate(tokens):
            if token.type in _KINDS and token.map:
                yield self._skipped(token.map[0])
                yield self._block(token, tokens[place + 1].content if token.nesting else "")
                self.around[-1].empty = False
                self.unread = token.map[1]
            elif token.type in _CONTAINERS and token.map:
                yield self._skipped(token.map[0])
                self._enter(token.type, *token.map)
            elif token.type in ("blockquote_close", "list_item_close"):
                yield self._skipped(self.around[-1].after)
                self.around.pop()
        yield self._skipped(len(self.lines))

    def _enter(self, opening: str, first: int, after: int) -> None:
        outside = self.around[-1]
        outside.empty = False
        mark: Literal["quote", "item"] = "quote" if opening == "blockquote_open" else "item"
        self.around.append(_Container(mark, first, after, outside.heading))

    def _block(self, token: "Token", content: str) -> Block:
        """The block of a token; `content` is the title where it opens a heading."""
        inside = self.around[-1]
        kind = _KINDS[token.type]
        lines = self._slices(_lines_inside(token))
        level = 0
        if kind == "heading":
            inside.heading = " ".join(content.split())
            level = int(token.tag[1:]) if len(self.around) == 1 else 0
        elif token.type == "html_block" and token.content.lstrip().lower().startswith(_CODE_TAGS):
            kind = "code"
        elif token.type == "paragraph_open" and inside.mark == "item" and inside.empty:
            kind = "item"
        if kind in ("heading", "item") and lines:
            lines = [(lines[0][0], lines[-1][1])]
        return Block(kind, tuple(lines), inside.heading, level)

    def _skipped(self, until: int) -> Block:
        """Lines without a token: empty ones, and those nested deeper than the parser looks."""
        lines = self._slices(range(self.unread, until))
        self.unread = max(self.unread, until)
        return Block("text", tuple(lines), self.around[-1].heading)

    def _slices(self, numbers: Iterable[int]) -> list[Slice]:
        """Lines without the marks and white space around their words; empty ones are left out."""
        found = [trimmed(self.text, *self._unmarked(number)) for number in numbers]
        return [(start, end) for start, end in found if start < end]

    def _unmarked(self, number: int) -> Slice:
        """A line behind the marks of all quotes and items that the walk is inside of."""
        start, end = self.lines[number]
        for container in self.around:
            if container.mark:
                while start < end and self.text[start] in " \t":
                    start += 1
            if container.mark == "quote" and self.text.startswith(">", start, end):
                start += 1
            elif container.mark == "item" and number == container.first:
                mark = _ITEM_MARK.match(self.text, start, end)
                start = mark.end() if mark else start
        return start, end


def _lines_inside(token: "Token") -> Iterable[int]:
    """The numbers of the lines that hold a block's words or code."""
    first, after = token.map or (0, 0)
    if token.type == "fence":  # whether its last line closes it, only the content tells
        count = token.content.count("\n") + int(token.content[-1:] not in ("\n", ""))
        return range(first + 1, first + 1 + count)
    if token.type == "front_matter":
        return range(first + 1, after - 1)
    if token.type == "table_open":
        return [first, *range(first + 2, after)]
    if token.type == "hr":
        return ()
    return range(first, after)


def trimmed(text: str, start: int, end: int) -> Slice:
    """The slice without the white space around it; empty where there is nothing else."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
