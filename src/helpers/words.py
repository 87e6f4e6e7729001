"""Text as the words that carry its meaning, for evidence and search by words."""

import re
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)*")
# White space is read from its beginning only, or a long run of it would be read again and again.
_WITH_SPACES = re.compile(r"(?<!\s)\s*+\S++")
_STOP_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does for from get had has have "
    "how i if in into is it its just long me much many may might my no not of on or our should so "
    "than that the their them then there these they this to too up us was we were what when where "
    "which who whom whose why will with would you your".split()
)


def stems(text: str) -> list[str]:
    """Stems of the words, in order, without words such as "the"; `SW-4012` stays one word.

    >>> stems("How long do the refunds take? See SW-4012.")
    ['refund', 'take', 'see', 'sw-4012']
    """
    words = _WORD.findall(re.sub("['’]", "", text.lower()))
    return [_stem(word) for word in words if word not in _STOP_WORDS]


def words_with_spaces(text: str) -> list[str]:
    r"""The text cut in front of each word's white space; joined, the parts give it back.

    >>> words_with_spaces("Five days\n\nat most. ")
    ['Five', ' days', '\n\nat', ' most. ']
    """
    parts = _WITH_SPACES.findall(text)
    behind = text[sum(map(len, parts)) :]
    return [*parts[:-1], parts[-1] + behind] if parts else [text] if text else []


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
