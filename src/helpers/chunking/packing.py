"""The part that all strategies share: cut where allowed, and fill each chunk as far as it goes.

A strategy says where a text may be cut, from coarse to fine: paragraphs, sentences, words. A
stretch that fits is kept whole; one that does not is cut at the next finer places. The stretches
are then packed into chunks from left to right.
"""

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.tokens import UnknownWordsWarning, find_starts, unknown_words


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
    """A text with its tokens: how many lie in a stretch, and where words begin.

    Warns of a text of which the embedding model knows too few words; `source` names it.
    """

    def __init__(self, text: str, source: str = "") -> None:
        self.text = text
        starts = find_starts(text)
        self.token_starts, self.word_starts = starts.tokens, starts.words
        if problem := unknown_words(text, starts):
            message = f"{source or 'the text'}: {problem}"
            warnings.warn(message, UnknownWordsWarning, stacklevel=3)

    def tokens_before(self, position: int) -> int:
        return bisect_left(self.token_starts, position)

    def count(self, start: int, end: int) -> int:
        """Tokens that begin in `text[start:end]`."""
        return self.tokens_before(end) - self.tokens_before(start)


def stretches(tokenised: TokenisedText, levels: Sequence[Sequence[int]], size: int) -> list[int]:
    """Starts of the stretches to pack: as coarse as they can be and still fit.

    The text is cut at every place of the first level. A stretch that has more than `size` tokens
    is cut at the places of the next level, and so on; one that no level can cut stays too long.

    Args:
        levels: places to cut, from coarse to fine.
        size: most tokens in a stretch.
    """
    if not tokenised.text:
        return []
    tokens = np.array(tokenised.token_starts, dtype=np.int64)
    bounds = np.array([0, len(tokenised.text)])
    for depth, level in enumerate(levels):
        places = np.array(level, dtype=np.int64)
        places = places[(places > 0) & (places < len(tokenised.text))]
        if depth and places.size:
            too_long = np.diff(np.searchsorted(tokens, bounds)) > size
            places = places[too_long[np.searchsorted(bounds, places, side="right") - 1]]
        bounds = np.sort(np.concatenate([bounds, places]))
        bounds = bounds[np.diff(bounds, prepend=-1) > 0]  # np.unique is slower on sorted numbers
    return list(map(int, bounds[:-1].tolist()))


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
    tokens_at_end = np.searchsorted(tokenised.token_starts, ends).tolist()
    forced = sorted(set(breaks) & set(starts))
    chunks: list[tuple[int, int]] = []
    index = 0
    begin = 0
    while index < len(starts):
        room = tokenised.tokens_before(begin) + size
        after = max(index + 1, bisect_right(tokens_at_end, room))
        next_break = bisect_right(forced, starts[index])
        if next_break < len(forced):
            after = min(after, bisect_left(starts, forced[next_break]))
        chunks.append((begin, ends[after - 1]))
        index = after
        if index < len(starts):
            begin = starts[index]
            place = bisect_left(forced, begin)
            if place == len(forced) or forced[place] != begin:
                room = size - tokenised.count(begin, ends[index])
                earliest = max(chunks[-1][0] + 1, _back(tokenised, begin, min(overlap, room)))
                place = bisect_left(overlap_starts, earliest)
                if place < len(overlap_starts):
                    begin = min(begin, overlap_starts[place])
    return chunks


def _back(tokenised: TokenisedText, position: int, count: int) -> int:
    """The first place from which at most `count` tokens lead up to the position."""
    if count <= 0:
        return position
    tokens = tokenised.token_starts
    first = max(0, tokenised.tokens_before(position) - count)
    # Several tokens can begin at one character; the whole character must fit.
    if first and tokens[first - 1] == tokens[first]:
        first = bisect_right(tokens, tokens[first])
    return tokens[first] if first < len(tokens) else position
