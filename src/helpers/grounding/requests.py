"""From question and passages to the arguments of `client.messages.create`.

*Blocks* are the vendor's form: one `search_result` a passage with citations switched on, each
sentence and table row a text block of its own, since a block is the smallest thing that can be
cited. *Markers* are for servers that drop such blocks without a word: one text with numbered
sources, and the model is asked to name the number and quote the words.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from helpers.chunking import Chunk
from helpers.markdown import cells, pieces
from helpers.settings import get_settings

Style = Literal["blocks", "markers"]
DONT_KNOW = "I don't know"
INSTRUCTIONS = (
    "Answer the question from the search results only, in one or two sentences. "
    f"If they do not contain the answer, reply with exactly: {DONT_KNOW}."
)
HOW_TO_CITE = (
    "The search results are the numbered sources. Behind each sentence of your answer put the "
    "number of its source and the words of the source that prove it, copied exactly, like this: "
    '[2: "the words as they stand there"].'
)


def build_request(
    question: str,
    passages: Sequence[Chunk],
    *,
    style: Style = "blocks",
    instructions: str = INSTRUCTIONS,
    max_tokens: int = 500,
) -> dict[str, Any]:
    """The arguments of `client.messages.create`.

    Args:
        question: one question.
        passages: what the answer may rest on; empty ones are left out.
        style: `blocks`, or `markers` for servers that do not know them.
        instructions: the system prompt; empty for none.
        max_tokens: where the answer is cut at the latest.

    Raises:
        ValueError: the question is empty, or `max_tokens` is below 1.
    """
    if not question.strip():
        raise ValueError("the question is empty; ask something")
    if max_tokens < 1:
        raise ValueError(f"max_tokens is {max_tokens}; an answer needs at least 1")
    sent = not_empty(passages)
    system = instructions
    content: str | list[dict[str, Any]]
    if style == "blocks":
        # Without passages the tag says that nothing in the message is context to copy from.
        asked = question if sent else numbered_sources(question, [])
        content = [*map(search_result, sent), {"type": "text", "text": asked}]
    else:
        content = numbered_sources(question, sent)
        system = f"{instructions} {HOW_TO_CITE}".strip() if sent else instructions
    request = {
        "model": get_settings().claude_model,
        "max_tokens": max_tokens,
        "messages": [{"role": "user", "content": content}],
    }
    return request | {"system": system} if system else request


def not_empty(passages: Sequence[Chunk]) -> list[Chunk]:
    """The passages that are sent; their numbers in a citation count these."""
    return [passage for passage in passages if passage.text.strip()]


def search_result(passage: Chunk) -> dict[str, Any]:
    """One passage as a block that can be cited sentence by sentence.

    What the passage needs to be understood (the header of a divided table) is the first part.
    """
    return {
        "type": "search_result",
        "source": passage.source,
        "title": passage.heading or passage.source,
        "content": [{"type": "text", "text": part} for part in parts_sent(passage)],
        "citations": {"enabled": True},
    }


def parts_sent(passage: Chunk) -> list[str]:
    """The parts of a passage in the order in which they are sent."""
    return [
        *([as_header(passage.context)] if passage.context else []),
        *citable_parts(passage.text),
    ]


def as_header(context: str) -> str:
    """The header of a divided table with the rule that makes it one.

    >>> as_header("| Plan | Price |")
    '| Plan | Price |\\n|---|---|\\n'
    """
    return f"{context}\n|{'---|' * len(cells(context))}\n"


def citable_parts(text: str) -> list[str]:
    """The text cut before each sentence, row, item and line of code; joined they give it back.

    >>> citable_parts("Ask first. They take 5 days.")
    ['Ask first. ', 'They take 5 days.']
    """
    starts = [piece.start for piece in pieces(text)][1:]
    return [text[begin:end] for begin, end in zip([0, *starts], [*starts, len(text)], strict=True)]


def numbered_sources(question: str, passages: Sequence[Chunk]) -> str:
    """Question and passages as one text; each source has a number and its title as a heading.

    >>> print(numbered_sources("How long?", [Chunk("Five days.", 0, 10, "refunds")]))
    <sources>
    [1] ## refunds
    Five days.
    </sources>
    <BLANKLINE>
    <question>How long?</question>
    """
    if not passages:
        return f"<question>{question}</question>"
    shown = [
        f"[{number}] ## {passage.heading or passage.source}\n{_inside_tags(passage)}"
        for number, passage in enumerate(passages, start=1)
    ]
    sources = "\n\n".join(shown)
    return f"<sources>\n{sources}\n</sources>\n\n<question>{question}</question>"


def _inside_tags(passage: Chunk) -> str:
    """The passage's text, unable to close the tag that it stands in."""
    text = "".join(parts_sent(passage)).strip()
    return re.sub(r"<(?=/?(?:sources|question)\b)", "< ", text, flags=re.I)
