"""Four ways to cut. Each says where it may cut; `packing` does the rest."""

import re
from collections.abc import Sequence
from itertools import pairwise

from helpers.chunking.packing import Chunk, TokenisedText, pack, stretches
from helpers.markdown import Piece, pieces


def by_tokens(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut every `size` tokens, between words, wherever that falls.

    Only a word that is longer than `size` by itself is cut inside.

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
    tokenised = TokenisedText(text)
    return _chunks(tokenised, [tokenised.word_starts], size, overlap, source)


def by_sentences(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Fill each chunk with whole sentences, table rows, list items and lines of code.

    Only a sentence that is longer than `size` is cut inside, between words. Arguments and
    errors as for `by_tokens`.

    >>> [chunk.text for chunk in by_sentences("One. Two three four. Five.", size=5)]
    ['One. ', 'Two three four. ', 'Five.']
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text)
    sentences = [piece.start for piece in pieces(text)]
    return _chunks(tokenised, [sentences, tokenised.word_starts], size, overlap, source)


def recursively(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut between paragraphs; what is too long between lines, then sentences, then words.

    Neighbours that fit together share a chunk. Arguments and errors as for `by_tokens`.

    >>> [chunk.text for chunk in recursively("One two.\\n\\nThree.\\n\\nFour five six.", size=5)]
    ['One two.\\n\\nThree.\\n\\n', 'Four five six.']
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text)
    paragraphs = [match.end() for match in re.finditer(r"\n[ \t\r]*\n\s*", text)]
    lines = [match.end() for match in re.finditer(r"\n", text)]
    sentences = [piece.start for piece in pieces(text)]
    levels = [paragraphs, lines, sentences, tokenised.word_starts]
    return _chunks(tokenised, levels, size, overlap, source)


def by_markdown(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut at headings, then between blocks, then between rows, items, lines and sentences.

    A table row, a list item and a line of code are never cut, even when one alone is longer
    than `size`. Each chunk knows the headings it stands under; where a table had to be
    divided, its header is in the `context` of the parts that lack it. Overlap is made of whole
    pieces and never reaches over a heading. Arguments and errors as for `by_tokens`.

    >>> [(chunk.text, chunk.heading) for chunk in by_markdown("# A\\nOne.\\n## B\\nTwo.", size=9)]
    [('# A\\nOne.\\n', 'A'), ('## B\\nTwo.', 'A › B')]
    """
    check_arguments(text, size, overlap)
    tokenised = TokenisedText(text)
    found = pieces(text)
    sections = _section_starts(found)
    blocks = [match.end() for match in re.finditer(r"\n[ \t\r]*\n\s*", text)]
    starts = [piece.start for piece in found]
    levels = [sections, _outside_code(blocks, found), starts, _words_in_sentences(tokenised, found)]
    spans = pack(
        tokenised,
        stretches(tokenised, levels, size),
        size=size,
        overlap=overlap,
        overlap_starts=starts,
        breaks=sections,
    )
    headings, headers = _Headings(found), _Headers(found)
    return [Chunk(text[a:b], a, b, source, headings.at(a, b), headers.at(a)) for a, b in spans]


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
        tokenised, starts, size=size, overlap=overlap, overlap_starts=tokenised.word_starts
    )
    return [Chunk(tokenised.text[start:end], start, end, source) for start, end in spans]


def _section_starts(found: Sequence[Piece]) -> list[int]:
    """Where a heading begins a section; a heading right below another belongs to it."""
    return [
        piece.start
        for before, piece in zip([None, *found[:-1]], found, strict=True)
        if piece.kind == "heading" and (before is None or before.kind != "heading")
    ]


def _outside_code(places: Sequence[int], found: Sequence[Piece]) -> list[int]:
    """Places that do not lie between two lines of the same code block."""
    code = [
        (left.start, right.start)
        for left, right in pairwise(found)
        if left.kind == right.kind == "code" and left.context == right.context
    ]
    return [place for place in places if not any(start < place <= end for start, end in code)]


def _words_in_sentences(tokenised: TokenisedText, found: Sequence[Piece]) -> list[int]:
    """Starts of words at which a piece may be cut: only in running text."""
    allowed = []
    sentences = iter([piece for piece in found if piece.kind == "sentence"])
    current = next(sentences, None)
    for start in tokenised.word_starts:
        while current is not None and start >= current.end:
            current = next(sentences, None)
        if current is not None and current.start < start:
            allowed.append(start)
    return allowed


class _Headings:
    """The path of headings above each place."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self.entries: list[tuple[int, str]] = []
        path: list[tuple[int, str]] = []
        for piece in found:
            if piece.kind == "heading":
                level = len(piece.text) - len(piece.text.lstrip("#"))
                path = [entry for entry in path if entry[0] < level]
                path.append((level, piece.text.lstrip("#").strip()))
                self.entries.append((piece.start, " › ".join(title for _, title in path)))

    def at(self, start: int, end: int) -> str:
        """The path at the end of the chunk's own leading headings."""
        above = [path for place, path in self.entries if place <= start]
        inside = [path for place, path in self.entries if start < place < end]
        return (inside or above or [""])[-1]


class _Headers:
    """The table header above each row."""

    def __init__(self, found: Sequence[Piece]) -> None:
        self.rows = [(p.start, p.end, p.context) for p in found if p.kind == "row" and p.context]

    def at(self, start: int) -> str:
        """The header that a chunk lacks which begins at `start`, or nothing."""
        return next((header for a, b, header in self.rows if a <= start < b), "")
