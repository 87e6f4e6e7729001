"""The text of a Markdown document that a reader sees once its HTML is rendered.

Markdown says what is HTML and what is code that only shows some: `markdown-it-py` knows. HTML says
what ends where, however badly it is written: `justhtml` builds the same tree as a browser. And
CSS says what an element's style hides: `tinycss2` reads it. What this module does not do: style
sheets, scripts, and text that is hidden by its place on the page or by the colour of its ground.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from justhtml import Node
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

# What a browser does not show, or only when something else fails.
_UNSEEN = frozenset(
    "area audio base canvas datalist head iframe link meta noembed noframes noscript object param "
    "rp script style template title video".split()
)
_LITERAL = frozenset({"plaintext", "xmp"})  # elements in which no `&lt;` stands for anything
_HIDING = {
    "display": {"none"},
    "visibility": {"hidden", "collapse"},
    "content-visibility": {"hidden"},
    "color": {"transparent"},
    "font-size": {"0"},
    "opacity": {"0"},
}
_LONE_AMPERSAND = re.compile(r"&(?!#|[A-Za-z][A-Za-z0-9]*;)")
_TAG_BEGINS = re.compile(r"<(?=[A-Za-z/?!])(?!!--)")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def visible_text(text: str) -> str:
    """The text without comments, tags, and elements that are not shown.

    Code stays as it is, Markdown's own marks too, and `&lt;` outside of code becomes `<`. An
    element that is never closed reaches as far as it would in a browser.

    >>> visible_text("Ask <div hidden><p>365 days</p> or</div>`<b>` first.")
    'Ask `<b>` first.'
    """
    if "<" not in text and "&" not in text:
        return text
    from justhtml import JustHTML

    root = JustHTML(_as_html(text), fragment=True, sanitize=False).root
    return "".join(_seen(root))


def _seen(root: "Node") -> Iterator[str]:
    """The text of a tree in order, without recursion: a hostile tree may be deep."""
    from justhtml import Element, Text

    left: list[tuple[Any, bool]] = [(root, False)]
    while left:
        node, literal = left.pop()
        if isinstance(node, Text):
            data = node.data or ""
            yield html.unescape(data) if literal else data
        elif not (isinstance(node, Element) and _is_hidden(node.name, node.attrs or {})):
            inside = literal or node.name in _LITERAL
            left.extend((child, inside) for child in reversed(node.children or []))


def _is_hidden(name: str, attributes: dict[str, str | None]) -> bool:
    if name in _UNSEEN or "hidden" in attributes:
        return True
    if name == "dialog" and "open" not in attributes:
        return True
    return _hides(attributes.get("style") or "")


def _hides(style: str) -> bool:
    """Whether one of the declarations hides the element."""
    import tinycss2

    for found in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if found.type == "declaration":
            value = next((part for part in found.value if part.type != "whitespace"), None)
            if _as_word(value) in _HIDING.get(found.lower_name, ()):
                return True
    return False


def _as_word(value: Any) -> str:
    """A value as it stands in `_HIDING`: a word, or 0 of any unit."""
    if value is None:
        return ""
    if value.type == "ident":
        return str(value.lower_value)
    return "0" if getattr(value, "value", None) == 0 else ""


# --- Markdown as HTML, with every character of it ------------------------------------------------


def _as_html(text: str) -> str:
    """The Markdown with all that is no HTML escaped, so that a parser of HTML gives it back."""
    parts = []
    done = 0
    for start, end in sorted(_shown_as_written(text)):
        if start >= done:
            parts += [text[done:start], html.escape(text[start:end], quote=False)]
            done = end
    escaped = _LONE_AMPERSAND.sub("&amp;", "".join([*parts, text[done:]]))
    return _without_unclosed_tags(escaped)


def _without_unclosed_tags(text: str) -> str:
    """Escape each `<` that begins no tag, because its paragraph ends before any `>`."""
    blanks = [match.start() for match in _BLANK_LINE.finditer(text)]
    closings = [match.start() for match in re.finditer(">", text)]

    def escape(match: re.Match[str]) -> str:
        place = bisect_left(blanks, match.start())
        end = blanks[place] if place < len(blanks) else len(text)
        closing = bisect_left(closings, match.start())
        return "<" if closing < len(closings) and closings[closing] < end else "&lt;"

    return _TAG_BEGINS.sub(escape, text)


def _shown_as_written(text: str) -> Iterator[tuple[int, int]]:
    """The places of code, and of addresses in angle brackets."""
    lines = text.split("\n")
    begins = _line_starts(lines)
    tokens: list[Token] = []
    _parser().block.parse(text, _parser(), {}, tokens)
    reached: dict[int, int] = {}  # how far the cells of each line of a table have come
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        first, last = token.map
        if token.type in ("fence", "code_block"):
            yield begins[first], min(begins[last], len(text))
        elif token.type == "inline" and tokens[index - 1].type in ("th_open", "td_open"):
            at = lines[first].find(token.content, reached.get(first, 0))
            reached[first] = at + len(token.content) if at >= 0 else len(lines[first])
            yield from _places_in(token.content, [begins[first] + at if at >= 0 else -1])
        elif token.type == "inline":
            yield from _places_in(token.content, _line_places(token.content, lines, begins, first))


def _line_starts(lines: list[str]) -> list[int]:
    """Where each line begins, and where one behind the last would."""
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def _line_places(content: str, lines: list[str], begins: list[int], first: int) -> list[int]:
    """Where each line of a block's content begins in the document.

    The content lacks what stands before it there, such as `> `. A line that cannot be found
    gives -1, and what looks like a tag in it is taken for one.
    """
    places = []
    for number, wanted in enumerate(content.split("\n"), start=first):
        at = lines[number].rfind(wanted) if number < len(lines) else -1
        places.append(begins[number] + at if at >= 0 else -1)
    return places


def _places_in(content: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """Places in the document of the code and the addresses in a block's content, line by line."""
    starts = _line_starts(content.split("\n"))
    for start, end in _found_in(content):
        line = bisect_right(starts, start) - 1
        while line < len(places) and starts[line] < end:
            if places[line] >= 0:
                shift = places[line] - starts[line]
                yield max(start, starts[line]) + shift, min(end, starts[line + 1] - 1) + shift
            line += 1


def _found_in(content: str) -> list[tuple[int, int]]:
    """Code and addresses in the content of a block."""
    if "`" not in content and "<" not in content:
        return []
    found: list[tuple[str, int, int]] = []
    _parser().inline.parse(content, _parser(), {"found": found}, [])
    # The text of a picture is parsed by itself, and its places count from its own start.
    return [(start, end) for source, start, end in found if source == content]


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    """A parser of Markdown that notes where it finds code and addresses."""
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import autolink, backtick

    parser = MarkdownIt("commonmark").enable("table")
    parser.inline.ruler.at("backticks", _noting(backtick))
    parser.inline.ruler.at("autolink", _noting(autolink))
    return parser


def _noting(
    rule: Callable[["StateInline", bool], bool],
) -> Callable[["StateInline", bool], bool]:
    def noted(state: "StateInline", silent: bool) -> bool:
        start = state.pos
        found = rule(state, silent)
        if found and not silent:
            state.env["found"].append((state.src, start, state.pos))
        return found

    return noted
