"""Random Markdown, and what markdown-it-py finds in it, to compare ours with."""

import re
from dataclasses import dataclass, field

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

# Lines with everything that begins or ends a block, behind the marks of lists and quotes.
_MARKS = st.sampled_from(["> ", ">", "- ", "* ", "1. ", "12) ", " ", "  ", "    ", "\t"])
_WORDS = ["", "", "", "x", "x. X!", "x? X", "x\u2028x", "\\# x", "...", "* x", "1) x", "`x`"]
_HEADINGS = ["# x", "## x ##", "#", "###### x", "===", "---", "----", "- - -", "***"]
_CODE = ["```", "```sh", "~~~", "````", "<pre>", "</pre>"]
_TABLES = ["| x | x |", "x | x", "|---|---|", "--- | :-:", "| - | - |", "|---|", "|", "x |"]
_OTHERS = ["| x \\| x |", "<!-- x", "x -->", "<div>", "</div> x", "<x", "[x]: x", "[x]: <x> 'x"]
_BODIES = st.sampled_from([*_WORDS, *_HEADINGS, *_CODE, *_TABLES, *_OTHERS, "x'"])
_LINE = st.tuples(
    st.lists(_MARKS, max_size=3).map("".join), _BODIES, st.sampled_from(["\n"] * 5 + ["\r\n", "\r"])
)
ANY_MARKDOWN = st.lists(_LINE.map("".join), max_size=14).map("".join)


@dataclass
class Parsed:
    """Line, counted from 0, and content of what the parser finds."""

    headings: list[tuple[int, str, int]] = field(default_factory=list)  # level 0 if nested
    code: list[tuple[int, str]] = field(default_factory=list)  # lines that are not empty
    headers: list[tuple[int, list[str]]] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)  # with their header's cells


def as_parsed(text: str) -> Parsed:
    """Headings, code and tables as the parser's tokens have them."""
    parser = MarkdownIt("commonmark").enable("table")
    first, second, *_ = [*re.split(r"\r\n?|\n", text), ""]
    if re.fullmatch(r"---+\s*", first) and second.strip():
        parser.use(front_matter_plugin)  # which by itself takes more for front matter
    found = Parsed()
    tokens = parser.parse(text)
    for place, token in enumerate(tokens):
        first = token.map[0] if token.map else 0
        if token.type == "heading_open":
            title = " ".join(tokens[place + 1].content.split())
            found.headings.append((first, title, 0 if token.level else int(token.tag[1])))
        elif token.type in ("fence", "front_matter"):
            found.code += _lines(token, first + 1)
        elif token.type == "code_block" or (
            token.type == "html_block" and token.content.lstrip().startswith("<pre>")
        ):
            found.code += _lines(token, first)
        elif token.type == "thead_open":
            found.headers.append((first, []))
        elif token.type == "th_open":
            # The parser takes the backslash away before a pipe that is no border.
            found.headers[-1][1].append(tokens[place + 1].content.replace("|", "\\|"))
        elif token.type == "tr_open" and first != found.headers[-1][0]:
            found.rows.append((first, found.headers[-1][1]))
    return found


def line_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each line, without its line break."""
    breaks = [match.span() for match in re.finditer(r"\r\n?|\n", text)]
    starts = [0, *(end for _, end in breaks)]
    return list(zip(starts, [*(start for start, _ in breaks), len(text)], strict=True))


def _lines(token: Token, first: int) -> list[tuple[int, str]]:
    lines = enumerate(token.content.split("\n"), start=first)
    return [(number, line.strip()) for number, line in lines if line.strip()]
