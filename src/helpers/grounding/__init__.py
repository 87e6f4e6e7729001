"""Ask a model to answer from given passages only, and prove where the answer came from.

`requests` puts question and passages into a request, in blocks that can be cited or as
numbered text; `answers` reads what comes back and compares every citation with its passage;
`asking` sends, waits and streams. `ask()` is all three.
"""

from helpers.grounding.answers import Answer, Citation, read_answer
from helpers.grounding.asking import AnswerStream, ask, count_tokens, stream
from helpers.grounding.requests import (
    DONT_KNOW,
    INSTRUCTIONS,
    Style,
    build_request,
    citable_parts,
    not_empty,
    search_result,
)

__all__ = [
    "DONT_KNOW",
    "INSTRUCTIONS",
    "Answer",
    "AnswerStream",
    "Citation",
    "Style",
    "ask",
    "build_request",
    "citable_parts",
    "count_tokens",
    "not_empty",
    "read_answer",
    "search_result",
    "stream",
]
