"""Four ways to cut. Each says where it may cut; `packing` does the rest."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from helpers.chunking.packing import Chunk, TokenisedText, pack, stretches
from helpers.markdown import Piece, pieces


def by_tokens(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut every `size` tokens, between words, wherever that falls.

    Only a word that is longer than `size` by itself is cut inside. Of a word that the model does
    not know, each letter counts as a token; a text of many such words is warned of.

    Args:
        text: the document.
        size: most tokens in a chunk, 1 or more.
        overlap: most tokens at a chunk's start that also end the chunk before it; whole words.
        source: a name kept in each chunk, such as the file.

    Raises:
        TypeError: `text` is not a string.
        ValueError: `size` is below 1, or `overlap` is negative or not below `size`.

    >>> [chunk.text for chunk in by_tokens("one two three four", size=2)]
    ['one two ', 'three four']
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text, source)
    return _chunks(tokenised, [tokenised.word_starts], size, overlap, source)


def by_sentences(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Fill each chunk with whole sentences, table rows, list items and lines of code.

    Only a sentence that is longer than `size` is cut inside, between words. Arguments and
    errors as for `by_tokens`.

    >>> [chunk.text for chunk in by_sentences("One. Two three four. Five.", size=5)]
    ['One. ', 'Two three four. ', 'Five.']
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text, source)
    sentences = _starts(text, pieces(text))
    return _chunks(tokenised, [sentences, tokenised.word_starts], size, overlap, source)


def recursively(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut between paragraphs; what is too long between lines, then sentences, then words.

    Neighbours that fit together share a chunk. Arguments and errors as for `by_tokens`.

    >>> [chunk.text for chunk in recursively("One two.\\n\\nThree.\\n\\nFour five six.", size=5)]
    ['One two.\\n\\nThree.\\n\\n', 'Four five six.']
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text, source)
    lines = [match.end() for match in re.finditer(r"\n", text)]
    sentences = _starts(text, pieces(text))
    levels = [_paragraphs(text), lines, sentences, tokenised.word_starts]
    return _chunks(tokenised, levels, size, overlap, source)


def by_markdown(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut at headings, then between blocks, then between rows, items, lines and sentences.

    A table row, a list item and a line of code are never cut, even when one alone is longer
    than `size`. Each chunk knows the headings it stands under; where a table had to be
    divided, its header is in the `context` of the parts that lack it. Overlap is made of whole
    pieces and never reaches over a heading. A heading inside a quote or a list item belongs to
    that and begins nothing. Arguments and errors as for `by_tokens`.

    >>> [(chunk.text, chunk.heading) for chunk in by_markdown("# A\\nOne.\\n## B\\nTwo.", size=9)]
    [('# A\\nOne.\\n', 'A'), ('## B\\nTwo.', 'A › B')]
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text, source)
    found = pieces(text)
    starts = _starts(text, found)
    sections = _section_starts(text, found, starts)
    levels = [
        sections,
        _outside_code(_paragraphs(text), found),
        starts,
        _words_in_sentences(tokenised, found),
    ]
    spans = pack(
        tokenised,
        stretches(tokenised, levels, size),
        size=size,
        overlap=overlap,
        overlap_starts=[
            s for s, piece in zip(starts, found, strict=True) if piece.kind != "heading"
        ],
        breaks=sections,
    )
    headings = _Headings(found)
    headers = {start: p.context for start, p in zip(starts, found, strict=True) if p.kind == "row"}
    return [
        Chunk(text[start:end], start, end, source, headings.at(end), headers.get(start, ""))
        for start, end in spans
    ]


def check_arguments(text: object, size: int, overlap: int) -> None:
    """Refuse what no strategy can work with; see `by_tokens` for the errors."""
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}; read the file into a string first")
    if size < 1:
        raise ValueError(f"size is {size}; a chunk needs at least 1 token")
    if not 0 <= overlap < size:
        raise ValueError(
            f"overlap is {overlap} and size is {size}; overlap must be at least 0 and below "
            "size, or the cutting would never move on"
        )


def _chunks(
    tokenised: TokenisedText,
    levels: Sequence[Sequence[int]],
    size: int,
    overlap: int,
    source: str,
) -> list[Chunk]:
    starts = stretches(tokenised, [*levels, tokenised.token_starts], size)
    spans = pack(
        tokenised,
        starts,
        size=size,
        overlap=overlap,
        overlap_starts=tokenised.word_starts,
        breaks=_around_cut_words(tokenised, starts, levels),
    )
    return [Chunk(tokenised.text[start:end], start, end, source) for start, end in spans]


def _around_cut_words(
    tokenised: TokenisedText, starts: Sequence[int], levels: Sequence[Sequence[int]]
) -> list[int]:
    """Starts in and around words that were cut inside.

    Part of a word may have more tokens alone than within it, so it shares no chunk.
    """
    allowed = set(tokenised.word_starts).union(*levels) | {0}
    breaks: list[int] = []
    for place, start in enumerate(starts):
        if start not in allowed:
            breaks += starts[place - 1 : place + 2]
    return breaks


def _starts(text: str, found: Sequence[Piece]) -> list[int]:
    """Where to cut before each piece: at its line's start, unless another one stands there.

    So the marks of its item, its quote and its indentation stay with it.
    """
    starts = []
    end = 0
    for piece in found:
        line = max(text.rfind("\n", end, piece.start), text.rfind("\r", end, piece.start)) + 1
        starts.append(line or (piece.start if end else 0))
        end = piece.end
    return starts


def _paragraphs(text: str) -> list[int]:
    """Where a line begins that stands behind an empty one."""
    return [match.end() for match in re.finditer(r"\n[ \t\r]*\n(?:[ \t\r]*\n)*", text)]


def _section_starts(text: str, found: Sequence[Piece], starts: Sequence[int]) -> list[int]:
    """Where a heading begins a section; a heading right below another belongs to it."""
    sections = [
        start
        for place, (start, piece) in enumerate(zip(starts, found, strict=True))
        if piece.level and (place == 0 or not found[place - 1].level)
    ]
    if sections and not text[: sections[0]].strip():
        return sections[1:]
    return sections


def _outside_code(places: Sequence[int], found: Sequence[Piece]) -> list[int]:
    """Places that do not lie between two lines of the same code block."""
    inside = [
        (left.end, right.start)
        for left, right in pairwise(found)
        if left.kind == right.kind == "code" and left.block == right.block
    ]
    begins = [begin for begin, _ in inside]

    def outside(place: int) -> bool:
        before = bisect_right(begins, place) - 1
        return before < 0 or place > inside[before][1]

    return [place for place in places if outside(place)]


def _words_in_sentences(tokenised: TokenisedText, found: Sequence[Piece]) -> list[int]:
    """Starts of words at which a piece may be cut: only in running text."""
    sentences = [(piece.start, piece.end) for piece in found if piece.kind == "sentence"]
    begins = [begin for begin, _ in sentences]

    def allowed(start: int) -> bool:
        before = bisect_right(begins, start) - 1
        return before >= 0 and begins[before] < start < sentences[before][1]

    return [start for start in tokenised.word_starts if allowed(start)]


class _Headings:
    """The path of headings above each place."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self.places: list[int] = []
        self.paths: list[str] = [""]
        path: list[tuple[int, str]] = []
        for piece in found:
            if piece.level:
                path = [entry for entry in path if entry[0] < piece.level]
                path.append((piece.level, piece.title))
                self.places.append(piece.start)
                self.paths.append(" › ".join(title for _, title in path if title))

    def at(self, end: int) -> str:
        """The path of the last heading before `end`; a chunk has headings only at its start."""
        return self.paths[bisect_left(self.places, end)]
