"""Count and cut text in the tokens of the embedding model.

A token is a word or a piece of one; the model knows about thirty thousand. Every size in this
workshop is counted in them, because the model reads tokens and stops after 256.
"""

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


def first_tokens(text: str, count: int) -> str:
    """The longest beginning of the text that has at most `count` tokens.

    >>> first_tokens("one two three", 2)
    'one two'
    """
    offsets = encode(text).offsets
    if len(offsets) <= count:
        return text
    return text[: offsets[count - 1][1]] if count > 0 else ""


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
