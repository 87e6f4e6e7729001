"""The part that all strategies share: cut where allowed, and fill each chunk as far as it goes.

A strategy says where a text may be cut, from coarse to fine: paragraphs, sentences, words. A
stretch that fits is kept whole; one that does not is cut at the next finer places. The stretches
are then packed into chunks from left to right.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers.tokens import encode


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a document: `text == document[start:end]`.

    `source` says which document. `heading` and `context` are what a reader needs to
    understand the slice alone (the headings it stands under; the header of a divided table);
    they are never mixed into `text`.
    """

    text: str
    start: int
    end: int
    source: str = ""
    heading: str = ""
    context: str = ""


class TokenisedText:
    """A text with its tokens: how many lie in a stretch, and where words begin."""

    def __init__(self, text: str) -> None:
        encoding = encode(text) if text else None
        self.text = text
        self.token_starts = [start for start, _ in encoding.offsets] if encoding else []
        words = encoding.word_ids if encoding else []
        self.word_starts = [
            start
            for start, word, previous in zip(self.token_starts, words, [None, *words], strict=False)
            if word != previous
        ]

    def tokens_before(self, position: int) -> int:
        return bisect_left(self.token_starts, position)

    def count(self, start: int, end: int) -> int:
        """Tokens that begin in `text[start:end]`."""
        return self.tokens_before(end) - self.tokens_before(start)


def stretches(tokenised: TokenisedText, levels: Sequence[Sequence[int]], size: int) -> list[int]:
    """Starts of the stretches to pack: as coarse as they can be and still fit.

    Args:
        levels: places to cut, ascending, from coarse to fine.
        size: most tokens in a stretch, unless no finer cut is left.
    """
    found: list[int] = []

    def cut(start: int, end: int, level: int) -> None:
        if level == len(levels) or (level and tokenised.count(start, end) <= size):
            found.append(start)
            return
        places = levels[level]
        inner = places[bisect_left(places, start + 1) : bisect_left(places, end)]
        for begin, finish in zip([start, *inner], [*inner, end], strict=True):
            if begin == start and finish == end:
                cut(begin, finish, level + 1)
            else:
                cut(begin, finish, max(level + 1, 1))

    if tokenised.text:
        cut(0, len(tokenised.text), 0)
    return found


def pack(
    tokenised: TokenisedText,
    starts: Sequence[int],
    *,
    size: int,
    overlap: int,
    overlap_starts: Sequence[int],
    breaks: Iterable[int] = (),
) -> list[tuple[int, int]]:
    """Start and end of each chunk: stretches from left to right, as many as fit.

    Args:
        starts: where stretches start; the first is 0.
        overlap: most tokens that a chunk repeats from the one before it.
        overlap_starts: where a repeated part may begin, ascending.
        breaks: starts at which a new chunk begins in any case, without overlap.
    """
    ends = [*starts[1:], len(tokenised.text)]
    forced = set(breaks)
    chunks: list[tuple[int, int]] = []
    index = 0
    begin = 0
    while index < len(starts):
        first = index
        while index < len(starts) and (
            index == first
            or (starts[index] not in forced and tokenised.count(begin, ends[index]) <= size)
        ):
            index += 1
        chunks.append((begin, ends[index - 1]))
        if index < len(starts):
            begin = starts[index]
            if begin not in forced:
                room = size - tokenised.count(begin, ends[index])
                earliest = max(chunks[-1][0] + 1, _back(tokenised, begin, min(overlap, room)))
                place = bisect_left(overlap_starts, earliest)
                if place < len(overlap_starts):
                    begin = min(begin, overlap_starts[place])
    return chunks


def _back(tokenised: TokenisedText, position: int, count: int) -> int:
    """The place that lies `count` tokens before the position."""
    if count <= 0:
        return position
    return tokenised.token_starts[max(0, tokenised.tokens_before(position) - count)]
