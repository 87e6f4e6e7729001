"""Read an answer, and compare every citation with the passage that it names.

A citation whose words do not stand in its passage is kept and flagged (`verified` is False):
dropping it in silence would hide exactly what a reader must know.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helpers.chunking import Chunk
from helpers.grounding.requests import DONT_KNOW, Style, not_empty, parts_sent

if TYPE_CHECKING:
    from anthropic.types import Message, TextBlock


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that the answer rests on, and the passage they were said to stand in.

    `passage` counts the passages that were sent, from 0. `start` is where the words begin in
    its text, or None when they do not stand there. `verified` says whether they stand in what
    was sent, character by character. `at` is the place in the answer's text right behind the words
    that rest on it, or None where that is not known.
    """

    cited_text: str
    source: str
    passage: int
    verified: bool
    start: int | None = None
    at: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `usage` counts the tokens that were read and written.

    `complete` is False when the answer was cut off, by `max_tokens` or by a broken connection.
    """

    text: str
    citations: list[Citation]
    refused: bool
    model: str
    usage: dict[str, int]
    complete: bool = True

    @property
    def grounded(self) -> bool:
        """Whether the answer cites something and every citation is verified."""
        return bool(self.citations) and all(citation.verified for citation in self.citations)


def read_answer(message: "Message", passages: Sequence[Chunk], style: Style = "blocks") -> Answer:
    """Text and citations of a message, each citation compared with its passage."""
    sent = not_empty(passages)
    blocks = [block for block in message.content if block.type == "text"]
    text = "".join(block.text for block in blocks)
    if style == "blocks":
        citations = list(_from_blocks(blocks, sent))
    else:
        citations = list(_from_markers(text, sent))
        text = _MARKER.sub("", text)
    citations = [_placed(citation, text) for citation in citations]
    text = text.strip()
    return Answer(
        text=text,
        citations=citations,
        refused=not citations and text.lower().replace("’", "'").startswith(DONT_KNOW.lower()),
        model=message.model,
        usage={
            "input_tokens": message.usage.input_tokens,
            "output_tokens": message.usage.output_tokens,
        },
        complete=message.stop_reason in ("end_turn", "stop_sequence", "refusal"),
    )


def _from_blocks(blocks: "Sequence[TextBlock]", sent: Sequence[Chunk]) -> Iterator[Citation]:
    end = 0
    for block in blocks:
        end += len(block.text)
        for citation in block.citations or []:
            if citation.type != "search_result_location":
                continue
            passage, source = citation.search_result_index, citation.source
            begin = None
            if 0 <= passage < len(sent):
                before = parts_sent(sent[passage])[: citation.start_block_index]
                begin = len("".join(before))
            found = _compared(citation.cited_text, source, passage, sent, begin)
            yield replace(found, at=end)


# Marks such as [2], [1, 3] and [2: "its words"], with straight or curly quotation marks.
_MARKER = re.compile(
    r"(?<![ \t])[ \t]*\[(?P<numbers>\d+(?:\s*,\s*\d+)*)"
    r"(?:\s*:\s*[\"“”](?P<words>[^\n]{0,1000}?)[\"“”])?\s*\](?!\()"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


def _from_markers(text: str, sent: Sequence[Chunk]) -> Iterator[Citation]:
    """A mark with words cites them; a mark alone cites the sentence in front of it."""
    sentence = ""
    end = removed = 0
    for mark in _MARKER.finditer(text):
        between = text[end : mark.start()].strip()
        if between:
            sentence = _SENTENCE_END.split(between)[-1].strip()
        at = mark.start() - removed
        end = mark.end()
        removed += end - mark.start()
        for number in mark["numbers"].split(","):
            passage = int(number) - 1
            source = sent[passage].source if 0 <= passage < len(sent) else ""
            found = _compared(mark["words"] or sentence, source, passage, sent, None)
            yield replace(found, at=at)


def _placed(citation: Citation, text: str) -> Citation:
    """The citation with its place in the text without white space around; right behind a word."""
    before = text[: citation.at].rstrip()
    return replace(citation, at=max(0, len(before) - len(text) + len(text.lstrip())))


def _compared(
    cited_text: str, source: str, passage: int, sent: Sequence[Chunk], begin: int | None
) -> Citation:
    """The citation, after a look whether its words stand in its passage.

    Args:
        begin: where the words should begin in what was sent, if that is known.
    """
    if not (0 <= passage < len(sent) and cited_text.strip()):
        return Citation(cited_text, source, passage, verified=False)
    whole = "".join(parts_sent(sent[passage]))
    found = begin if begin is not None and whole.startswith(cited_text, begin) else None
    if found is None:
        found = whole.find(cited_text)
    in_front = len(whole) - len(sent[passage].text)  # the header of a divided table
    start = found - in_front if found >= in_front else None
    return Citation(cited_text, source, passage, verified=found >= 0, start=start)
