"""Send the question, and give back the answer whole or word by word."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helpers.chunking import Chunk
from helpers.clients import INSIDE, anthropic_client
from helpers.failures import ServiceError, readable_failures
from helpers.grounding.answers import Answer, read_answer
from helpers.grounding.requests import INSTRUCTIONS, Style, build_request
from helpers.settings import get_settings

if TYPE_CHECKING:
    from anthropic import Anthropic


def ask(
    question: str,
    passages: Sequence[Chunk],
    *,
    client: "Anthropic | None" = None,
    instructions: str = INSTRUCTIONS,
    max_tokens: int = 500,
) -> Answer:
    """The answer to the question from these passages, with verified citations.

    Raises:
        ValueError: the question is empty.
        ServiceError: the service did not answer; the message says why and what to do.
    """
    client = client or anthropic_client()
    style = citation_style(client)
    request = build_request(
        question, passages, style=style, instructions=instructions, max_tokens=max_tokens
    )
    with readable_failures():
        message = client.messages.create(**request)
    return read_answer(message, passages, style)


class AnswerStream:
    """An answer that arrives in pieces: iterate over it, then look at `answer`.

    >>> answer_stream = stream("How long?", [Chunk("It takes five days.", 0, 19)])
    >>> "".join(answer_stream) == answer_stream.answer.text
    True
    """

    def __init__(
        self, client: "Anthropic", request: dict[str, Any], passages: Sequence[Chunk], style: Style
    ) -> None:
        self._client, self._request = client, request
        self._passages, self._style = passages, style
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        with readable_failures(), self._client.messages.stream(**self._request) as events:
            yield from events.text_stream
            message = events.get_final_message()
        if message.stop_reason is None:  # the SDK takes a silent end for the end of the answer
            raise ServiceError("The answer ended in the middle: nothing says it was complete. "
                               "Run the cell again.")  # fmt: skip
        self._answer = read_answer(message, self._passages, self._style)

    @property
    def answer(self) -> Answer:
        """The whole answer with its citations, once the last piece has come.

        Raises:
            RuntimeError: not all pieces have been read.
        """
        if self._answer is None:
            raise RuntimeError("the answer is not complete; iterate over the stream first")
        return self._answer


def stream(
    question: str,
    passages: Sequence[Chunk],
    *,
    client: "Anthropic | None" = None,
    instructions: str = INSTRUCTIONS,
    max_tokens: int = 500,
) -> AnswerStream:
    """As `ask`, in pieces; nothing is sent before the first piece is asked for.

    Raises:
        ValueError: the question is empty.
    """
    client = client or anthropic_client()
    style = citation_style(client)
    request = build_request(
        question, passages, style=style, instructions=instructions, max_tokens=max_tokens
    )
    return AnswerStream(client, request, passages, style)


def count_tokens(
    question: str,
    passages: Sequence[Chunk],
    *,
    client: "Anthropic | None" = None,
    instructions: str = INSTRUCTIONS,
) -> int:
    """How many tokens the model would have to read, without asking it.

    Raises:
        ValueError: the question is empty.
        ServiceError: the service did not answer.
    """
    client = client or anthropic_client()
    request = build_request(
        question, passages, style=citation_style(client), instructions=instructions
    )
    del request["max_tokens"]
    with readable_failures():
        return client.messages.count_tokens(**request).input_tokens


def citation_style(client: "Anthropic") -> Style:
    """Whether this client's server takes blocks that can be cited.

    Anthropic's own and the embedded provider do. Another server is asked once for its models:
    where none is said to support citations, passages travel as numbered text. The setting
    `WORKSHOP_CITATIONS` decides without asking.
    """
    wanted = get_settings().citations
    if wanted != "auto":
        return wanted
    address = str(client.base_url)
    host = urlsplit(address).hostname or ""
    if address.startswith(INSIDE) or host == "anthropic.com" or host.endswith(".anthropic.com"):
        return "blocks"
    return _asked(address, client)


_STYLES: dict[str, Style] = {}  # by address, so that each server is asked once


def _asked(address: str, client: "Anthropic") -> Style:
    import anthropic

    if address not in _STYLES:
        model = get_settings().claude_model
        try:
            models = list(client.with_options(max_retries=0, timeout=5).models.list(limit=100))
        except anthropic.APIConnectionError:
            return "markers"  # not remembered: the question itself will say what is wrong
        except Exception:  # many servers have no such list, or one of another shape
            models = []
        known = [info for info in models if info.id == model] or models
        able = any(info.capabilities and info.capabilities.citations.supported for info in known)
        _STYLES[address] = "blocks" if able else "markers"
    return _STYLES[address]
