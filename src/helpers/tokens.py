"""Count and cut text in the tokens of the embedding model.

A token is a word or a piece of one; the model knows about thirty thousand. Every size in this
workshop is counted in them, because the model reads tokens and stops after 256.

A word that it can make of no pieces, or of more than 100 letters, is one token, `[UNK]`, whatever
it says. Scripts without spaces between words, such as Thai, become one such word; to cut them all
the same, `find_starts` counts their letters.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from helpers.model_files import model_folder

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

UNKNOWN = "[UNK]"
LONGEST_WORD = 100  # letters; the model takes a longer word for unknown without looking at it
MANY_UNKNOWN = 0.1  # of a text's letters, from which on it is worth a warning


class UnknownWordsWarning(UserWarning):
    """The embedding model knows too few words of a text to tell it from others."""


def encode(text: str) -> "Encoding":
    """The text's tokens with their character offsets, without the two markers of the model."""
    return _tokenizer().encode(text, add_special_tokens=False)


def count_tokens(text: str) -> int:
    """How many tokens the text has for the model. A word that it does not know is one.

    >>> count_tokens("Refunds take 5 business days."), count_tokens("ฉันชอบกินข้าว" * 300)
    (7, 1)
    """
    return len(encode(text))


def encode_for_model(text: str, longest: int) -> list[int]:
    """The ids that the model reads: at most `longest`, its markers at both ends among them.

    >>> encode_for_model("Refunds take 5 business days.", 6)   # [CLS] ref-unds take 5 [SEP]
    [101, 25416, 26698, 2202, 1019, 102]
    """
    ids = _tokenizer().encode(text).ids
    return ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]


def first_tokens(text: str, count: int) -> str:
    """The longest beginning of the text that has at most `count` tokens.

    >>> first_tokens("one two three", 2)
    'one two'
    """
    offsets = encode(text).offsets
    if len(offsets) <= count:
        return text
    return text[: offsets[count - 1][1]] if count > 0 else ""


@dataclass(frozen=True, slots=True)
class Starts:
    """Where things begin in a text, as character offsets, ascending.

    A word that the model does not know counts as many tokens as it has letters; with more than
    100 of them, each letter counts as a word, so that it can be cut. `unknown` holds the start
    and the end of every unknown word.
    """

    tokens: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)


def find_starts(text: str) -> Starts:
    """Where tokens and words begin.

    A long text is cut at line ends, where no token can cross, and its parts are tokenised at
    the same time.

    >>> starts = find_starts("two refunds")   # two, ref-unds
    >>> starts.tokens, starts.words
    ([0, 4, 7], [0, 4])
    >>> find_starts("go ลาว").tokens   # go, and three letters that the model does not know
    [0, 3, 4, 5]
    """
    starts = Starts()
    parts = list(_parts(text))
    if len(parts) == 1:  # starts no threads, so that forking later stays safe
        encodings = [encode(text)]
    else:
        encodings = _tokenizer().encode_batch(parts, add_special_tokens=False)
    begin = 0
    for part, encoding in zip(parts, encodings, strict=True):
        _add(starts, text, begin, encoding)
        begin += len(part)
    return starts


def _add(starts: Starts, text: str, begin: int, encoding: "Encoding") -> None:
    """Add what begins in a part of the text, which itself begins at `begin`."""
    unknown_id = _tokenizer().token_to_id(UNKNOWN)
    previous = None
    for (start, end), word, token in zip(
        encoding.offsets, encoding.word_ids, encoding.ids, strict=True
    ):
        if word != previous:
            starts.words.append(begin + start)
            previous = word
        if token == unknown_id:
            _add_unknown(starts, text, begin + start, begin + end)
        else:
            starts.tokens.append(begin + start)


def _add_unknown(starts: Starts, text: str, begin: int, end: int) -> None:
    counts = [_letters(character) for character in text[begin:end]]
    for place, count in enumerate(counts, start=begin):
        starts.tokens.extend([place] * count)
    if sum(counts) > LONGEST_WORD:
        starts.words.extend(place for place in range(begin + 1, end) if _may_begin(text, place))
    starts.unknown.append((begin, end))


@lru_cache(maxsize=10_000)
def _letters(character: str) -> int:
    """How many letters the model makes of a character; of a Korean syllable, two or three."""
    parts = unicodedata.normalize("NFD", character)
    return max(1, sum(unicodedata.category(part) != "Mn" for part in parts))


def _may_begin(text: str, place: int) -> bool:
    """Whether a cut here parts no letter from its marks, and no picture made of several."""
    joined = place > 0 and text[place - 1] == "\u200d"
    return not joined and unicodedata.category(text[place]) not in ("Mn", "Mc", "Me", "Cf")


def unknown_words(text: str, starts: Starts | None = None) -> str:
    """What to know about a text of which the model knows too few words, or nothing.

    Args:
        text: the text.
        starts: what `find_starts` has found in it, where that is known.

    >>> unknown_words("Refunds take 5 days."), unknown_words("ราคา")[:44]
    ('', '100% of its letters are in words that the lo')
    """
    found = (starts or find_starts(text)).unknown
    if not found:
        return ""
    share = sum(end - start for start, end in found) / len("".join(text.split()))
    if share <= MANY_UNKNOWN:
        return ""
    start, end = max(found, key=lambda place: place[1] - place[0])
    example = text[start : min(end, start + 12)] + ("…" if end > start + 12 else "")
    return (
        f"{share:.0%} of its letters are in words that the local embedding model does not know, "
        f"such as {example!r}. It reads each as {UNKNOWN}, so such texts look alike to it, and "
        "they are cut by length; WORKSHOP_EMBEDDER names a model that knows the language"
    )


def _parts(text: str, size: int = 50_000) -> Iterator[str]:
    """The text in parts of about `size` characters that end in a line break."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + size) + 1 or len(text)
        yield text[start:end]
        start = end


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
