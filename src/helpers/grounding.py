"""Ask a model to answer from given passages only, and prove where the answer came from.

The passages travel as `search_result` blocks with citations switched on, each sentence and
table row a block of its own, since a block is the smallest thing that can be cited. Every
citation that comes back is compared with the passage: `verified` tells whether the cited
words really stand there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.chunking import Chunk
from helpers.clients import anthropic_client
from helpers.markdown import pieces
from helpers.settings import get_settings

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.types import Message

DONT_KNOW = "I don't know"
INSTRUCTIONS = (
    "Answer the question from the search results only, in one or two sentences. "
    f"If they do not contain the answer, reply with exactly: {DONT_KNOW}."
)


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that the answer rests on, and the passage they were said to stand in."""

    cited_text: str
    source: str
    passage: int  # index into the passages that were sent
    verified: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `usage` counts the tokens that were read and written."""

    text: str
    citations: list[Citation]
    refused: bool
    model: str
    usage: dict[str, int]


def ask(question: str, passages: Sequence[Chunk], *, client: "Anthropic | None" = None) -> Answer:
    """The answer to the question from these passages, with verified citations.

    Raises:
        ValueError: the question is empty.
        anthropic.APIError: the service did not answer.
    """
    message = (client or anthropic_client()).messages.create(**build_request(question, passages))
    return read_answer(message, passages)


def build_request(question: str, passages: Sequence[Chunk]) -> dict[str, Any]:
    """The arguments of `client.messages.create`.

    Raises:
        ValueError: the question is empty.
    """
    if not question.strip():
        raise ValueError("the question is empty; ask something")
    return {
        "model": get_settings().claude_model,
        "max_tokens": 500,
        "system": INSTRUCTIONS,
        "messages": [
            {
                "role": "user",
                "content": [
                    *(search_result(passage) for passage in passages if passage.text.strip()),
                    {"type": "text", "text": question},
                ],
            }
        ],
    }


def search_result(passage: Chunk) -> dict[str, Any]:
    """One passage as a block that can be cited sentence by sentence."""
    return {
        "type": "search_result",
        "source": passage.source,
        "title": passage.heading or passage.source,
        "content": [{"type": "text", "text": part} for part in citable_parts(passage.text)],
        "citations": {"enabled": True},
    }


def citable_parts(text: str) -> list[str]:
    """The text cut before each sentence, row, item and line of code; joined they give it back.

    >>> citable_parts("Ask first. They take 5 days.")
    ['Ask first. ', 'They take 5 days.']
    """
    starts = [piece.start for piece in pieces(text)][1:]
    return [text[begin:end] for begin, end in zip([0, *starts], [*starts, len(text)], strict=True)]


def read_answer(message: "Message", passages: Sequence[Chunk]) -> Answer:
    """Text and citations of a message, each citation compared with its passage."""
    sent = [passage for passage in passages if passage.text.strip()]
    blocks = [block for block in message.content if block.type == "text"]
    citations = [
        Citation(
            cited_text=citation.cited_text,
            source=citation.source,
            passage=citation.search_result_index,
            verified=citation.search_result_index < len(sent)
            and citation.cited_text in sent[citation.search_result_index].text,
        )
        for block in blocks
        for citation in block.citations or []
        if citation.type == "search_result_location"
    ]
    text = "".join(block.text for block in blocks).strip()
    return Answer(
        text=text,
        citations=citations,
        refused=not citations and text.lower().replace("’", "'").startswith(DONT_KNOW.lower()),
        model=message.model,
        usage={
            "input_tokens": message.usage.input_tokens,
            "output_tokens": message.usage.output_tokens,
        },
    )
