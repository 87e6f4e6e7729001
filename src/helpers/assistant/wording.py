"""An answer as a customer reads it: plain words, each sentence with the numbers of its sources.

Answers are quotes of Markdown pages, so they hold links, bold words and rows of tables. A mail
shows none of these. Marks inside a line are read by markdown-it-py; a row becomes a sentence. What
this module does not do: choose or change words.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

from helpers.grounding import Answer
from helpers.markdown import cells

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Private characters that enclose a source's number while a line is read.
_OPEN, _CLOSE = "\ue000", "\ue001"
_NUMBERED = re.compile(rf"{_OPEN}(\d+){_CLOSE}")
_NUMBERS = re.compile(rf"(?<![ \t])(?:[ \t]*{_OPEN}\d+{_CLOSE})+")
_RULE = re.compile(r"(?=.*\|)(?=.*-)[|:\- \t\r\n]+", re.S)  # a dash alone begins the next item
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+")


def sources_of(answer: Answer) -> list[str]:
    """The sources whose words were verified, in the order in which they are cited."""
    return list(dict.fromkeys(c.source for c in answer.citations if c.verified))


def in_plain_words(answer: Answer) -> str:
    """The answer without Markdown, `[1]` behind each sentence that rests on the first source.

    >>> from helpers.grounding import Citation
    >>> cited = Citation("It takes **5 days**.", "refunds.md", 0, verified=True, at=20)
    >>> in_plain_words(Answer("It takes **5 days**.", [cited], False, "m", {}))
    'It takes 5 days. [1]'
    """
    lines = _with_numbers(answer).strip().splitlines()
    return "\n".join(_sentences(lines, _headers(answer)))


def plain(markdown: str) -> str:
    """A line of Markdown as the words that a reader sees.

    >>> plain("See [Refunds](refunds.md) or **Settings → `Billing`**.")
    'See Refunds or Settings → Billing.'
    """
    (inline,) = _parser().parseInline(markdown)
    return "".join(
        "\n" if token.type in ("softbreak", "hardbreak") else token.content
        for token in inline.children or []
    )


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def _with_numbers(answer: Answer) -> str:
    """The text with each source's number, enclosed, where the words end that rest on it."""
    text = answer.text.translate({ord(_OPEN): None, ord(_CLOSE): None})
    if len(text) != len(answer.text):
        return text  # a text with private characters of its own: places would be wrong
    number_of = {source: number for number, source in enumerate(sources_of(answer), start=1)}
    places = {
        (_end(answer.text, c.at, c.cited_text), number_of[c.source])
        for c in answer.citations
        if c.verified
    }
    for place, number in sorted(places, reverse=True):
        # The space keeps marks such as ** at the end of a word; it goes when the line is read.
        text = f"{text[:place]} {_OPEN}{number}{_CLOSE}{text[place:]}"
    return text


def _end(text: str, at: int | None, cited: str) -> int:
    """Where the number goes; where that was not noted, behind the cited words or the answer."""
    if at is not None:
        return min(at, len(text))
    found = text.find(cited.strip())
    return found + len(cited.strip()) if found >= 0 else len(text.rstrip())


def _headers(answer: Answer) -> set[str]:
    """Lines of the answer that are headers of tables: what was cited has the rule below them."""
    cited = [citation.cited_text.strip().partition("\n") for citation in answer.citations]
    return {line.strip() for line, _, rest in cited if _RULE.fullmatch(rest)}


def _sentences(lines: Sequence[str], headers: set[str]) -> Iterator[str]:
    """Each line in plain words with its numbers; rows as sentences of their own."""
    header: list[str] = []
    waiting: list[str] = []  # numbers that stood on a header, for the row below it
    for line in lines:
        bare = _NUMBERED.sub("", line).strip()
        row = cells(bare) if "|" in bare else []
        if bare in headers:
            header, waiting = row, _NUMBERED.findall(line)
        elif len(row) > 1:
            yield _numbered(_row(header, row), [*waiting, *_NUMBERED.findall(line)])
            waiting = []
        elif bare:
            yield _line(_HEADING.sub("", line))
        else:
            yield ""


def _line(line: str) -> str:
    """The line in plain words, its numbers where they stood."""
    return _NUMBERS.sub(
        lambda found: f" {_brackets(_NUMBERED.findall(found[0]))}", plain(line)
    ).rstrip()


def _numbered(text: str, numbers: Sequence[str]) -> str:
    return f"{text} {_brackets(numbers)}".rstrip()


def _brackets(numbers: Sequence[str]) -> str:
    """The numbers in brackets, each once, in order."""
    return "".join(f"[{number}]" for number in sorted(set(map(int, numbers))))


def _row(header: Sequence[str], row: Sequence[str]) -> str:
    """A row as one line: its first cell, then the others, by the names of their columns if known.

    >>> _row(["Limit", "Free", "Pro"], ["Items", "250", "20,000"])
    'Items (Free: 250; Pro: 20,000)'
    """
    first, *others = map(plain, row)
    names = map(plain, header[1:]) if len(header) == len(row) else repeat("")
    told = "; ".join(
        f"{name}: {cell}" if name else cell
        for name, cell in zip(names, others, strict=False)
        if cell
    )
    return f"{first} ({told})" if first and told else first or told
