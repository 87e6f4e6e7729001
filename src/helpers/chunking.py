"""Cut a document into chunks: pieces small enough to embed and to show to a model.

Sizes are counted in the embedding model's own tokens, because the model reads tokens and
stops reading after 256 of them. A chunk's text is always an exact slice of its document, so
an answer can be traced back to the character.
"""

from dataclasses import dataclass

from helpers.tokens import encode


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of a document: `text == document[start:end]`.

    `source` says which document. `heading` and `context` are what a reader needs to
    understand the slice alone (where it stands; the header of a divided table); they are
    never mixed into `text`.
    """

    text: str
    start: int
    end: int
    source: str = ""
    heading: str = ""
    context: str = ""


def by_tokens(text: str, *, size: int, overlap: int = 0, source: str = "") -> list[Chunk]:
    """Cut every `size` tokens, wherever that falls; each chunk repeats `overlap` tokens.

    Cuts fall between words. Only a word that is longer than `size` by itself is cut inside.
    Together the chunks cover every character of the text.

    Args:
        text: the document.
        size: most tokens in a chunk, 1 or more.
        overlap: most tokens at a chunk's start that also end the chunk before it.
        source: a name kept in each chunk, such as the file.

    Raises:
        TypeError: `text` is not a string.
        ValueError: `size` is below 1, or `overlap` is negative or not below `size`.

    >>> [chunk.text for chunk in by_tokens("one two three four", size=2)]
    ['one two ', 'three four']
    """
    _check(text, size, overlap)
    starts, weights = _words(text, size)
    chunks: list[Chunk] = []
    first = 0
    while first < len(starts):
        after = first
        tokens = 0
        while after < len(starts) and (after == first or tokens + weights[after] <= size):
            tokens += weights[after]
            after += 1
        end = starts[after] if after < len(starts) else len(text)
        chunks.append(Chunk(text[starts[first] : end], starts[first], end, source))
        if after == len(starts):
            break
        room = size - weights[after]  # the next chunk must bring at least one new word
        first = _step_back(weights, first, after, min(overlap, room))
    return chunks


def _step_back(weights: list[int], first: int, after: int, overlap: int) -> int:
    """Where the next chunk begins: whole words back from `after`, at most `overlap` tokens."""
    begin, repeated = after, 0
    while begin - 1 > first and repeated + weights[begin - 1] <= overlap:
        begin -= 1
        repeated += weights[begin]
    return begin


def _words(text: str, size: int) -> tuple[list[int], list[int]]:
    """Where each word starts in the text, and how many tokens it has.

    The first word starts at 0 so that nothing before it is lost. A word of more than `size`
    tokens counts as several.
    """
    if not text:
        return [], []
    encoding = encode(text)
    starts: list[int] = []
    weights: list[int] = []
    previous = None
    for word, (start, _) in zip(encoding.word_ids, encoding.offsets, strict=True):
        if word != previous or weights[-1] >= size:
            starts.append(start)
            weights.append(0)
        weights[-1] += 1
        previous = word
    if not starts:  # nothing but white space
        return [0], [0]
    starts[0] = 0
    return starts, weights


def _check(text: str, size: int, overlap: int) -> None:
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}; read the file into a string first")
    if size < 1:
        raise ValueError(f"size is {size}; a chunk needs at least 1 token")
    if not 0 <= overlap < size:
        raise ValueError(
            f"overlap is {overlap} and size is {size}; overlap must be at least 0 and below "
            "size, or the cutting would never move on"
        )
