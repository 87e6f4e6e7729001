"""Count and cut text in the tokens of the embedding model.

A token is a word or a piece of one; the model knows about thirty thousand. Every size in this
workshop is counted in them, because the model reads tokens and stops after 256.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from helpers.model_files import model_folder

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


def encode(text: str) -> "Encoding":
    """The text's tokens with their character offsets, without the two markers of the model."""
    return _tokenizer().encode(text, add_special_tokens=False)


def count_tokens(text: str) -> int:
    """How many tokens the text has.

    >>> count_tokens("Refunds take 5 business days.")
    7
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


def token_and_word_starts(text: str) -> tuple[list[int], list[int]]:
    """Where each token begins, and where each word begins, as character offsets.

    A long text is cut at line ends, where no token can cross, and its parts are tokenised at
    the same time.

    >>> token_and_word_starts("two refunds")   # two, ref-unds
    ([0, 4, 7], [0, 4])
    """
    tokens: list[int] = []
    words: list[int] = []
    parts = list(_parts(text))
    if len(parts) == 1:  # starts no threads, so that forking later stays safe
        encodings = [encode(text)]
    else:
        encodings = _tokenizer().encode_batch(parts, add_special_tokens=False)
    begin = 0
    for part, encoding in zip(parts, encodings, strict=True):
        previous = None
        for (start, _), word in zip(encoding.offsets, encoding.word_ids, strict=True):
            tokens.append(begin + start)
            if word != previous:
                words.append(begin + start)
                previous = word
        begin += len(part)
    return tokens, words


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
