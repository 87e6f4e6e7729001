"""What a request may contain, as pydantic models; anything else is refused with a reason.

Every documented field is known here. A field whose effect an extractive reader cannot have
(tools, thinking, effort) is refused the way a model without that feature refuses it, never
ignored in silence.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from helpers.offline import READER
from helpers.offline.errors import ApiError

Model = TypeVar("Model", bound=BaseModel)
MAX_OUTPUT_TOKENS = 64_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CacheControl(_Strict):
    """Accepted; nothing is cached, as with a prompt below the vendor's minimum."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] = "5m"


class Citations(_Strict):
    enabled: bool = False


class TextBlock(_Strict):
    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]
    cache_control: CacheControl | None = None
    citations: list[dict[str, Any]] | None = None  # of an earlier answer that is sent back


class SearchResultBlock(_Strict):
    type: Literal["search_result"]
    source: str
    title: str
    content: Annotated[list[TextBlock], Field(min_length=1)]
    citations: Citations = Citations()
    cache_control: CacheControl | None = None


class PlainText(_Strict):
    type: Literal["text"]
    media_type: Literal["text/plain"]
    data: str


class ContentSource(_Strict):
    type: Literal["content"]
    content: Annotated[list[TextBlock], Field(min_length=1)]

    @field_validator("content", mode="before")
    @classmethod
    def _as_blocks(cls, value: Any) -> Any:
        return _text_blocks(value)


class DocumentBlock(_Strict):
    type: Literal["document"]
    source: Annotated[PlainText | ContentSource, Field(discriminator="type")]
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None
    cache_control: CacheControl | None = None


Block = Annotated[TextBlock | SearchResultBlock | DocumentBlock, Field(discriminator="type")]


class Turn(_Strict):
    role: Literal["user", "assistant", "system"]
    content: Annotated[list[Block], Field(min_length=1)]

    @field_validator("content", mode="before")
    @classmethod
    def _as_blocks(cls, value: Any) -> Any:
        return _text_blocks(value)

    @model_validator(mode="after")
    def _context_is_the_users(self) -> "Turn":
        if self.role != "user" and any(block.type != "text" for block in self.content):
            raise ValueError(f"a turn of the {self.role} holds text blocks only")
        return self

    def text(self) -> str:
        return "\n\n".join(block.text for block in self.content if isinstance(block, TextBlock))


class Metadata(_Strict):
    user_id: Annotated[str, Field(max_length=256)] | None = None


class JsonFormat(_Strict):
    type: Literal["json_schema"]
    json_schema: dict[str, Any] = Field(alias="schema")


class OutputConfig(_Strict):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonFormat | None = None

    @field_validator("effort")
    @classmethod
    def _no_effort(cls, value: Any) -> Any:
        return _unsupported(value, "the effort parameter")


class Diagnostics(_Strict):
    previous_message_id: str | None = None


class CountRequest(_Strict):
    """The body of `POST /v1/messages/count_tokens`: all that a model is given to read."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[Turn], Field(min_length=1)]
    system: list[TextBlock] | None = None
    cache_control: CacheControl | None = None
    output_config: OutputConfig | None = None
    speed: Literal["standard", "fast"] | None = None
    thinking: dict[str, Any] | None = None
    tool_choice: dict[str, Any] | None = None
    tools: list[Any] | None = None

    @field_validator("system", mode="before")
    @classmethod
    def _as_blocks(cls, value: Any) -> Any:
        return _text_blocks(value) if value else None

    @field_validator("speed")
    @classmethod
    def _no_hurry(cls, value: Any) -> Any:
        return _unsupported(None if value == "standard" else value, "fast mode")

    @field_validator("thinking")
    @classmethod
    def _no_thinking(cls, value: Any) -> Any:
        return _unsupported(None if value == {"type": "disabled"} else value, "thinking")

    @field_validator("tool_choice", "tools")
    @classmethod
    def _no_tools(cls, value: Any) -> Any:
        return _unsupported(None if value in ([], {"type": "none"}) else value, "tool use")

    @model_validator(mode="after")
    def _whole_conversation(self) -> "CountRequest":
        if self.messages[-1].role == "assistant":
            raise ValueError(
                f"{READER} does not support assistant message prefill. The conversation must "
                "end with a user message."
            )
        if not any(turn.role == "user" for turn in self.messages):
            raise ValueError("messages: at least one message must be of the user")
        cited = {
            bool(block.citations and block.citations.enabled)
            for turn in self.messages
            for block in turn.content
            if not isinstance(block, TextBlock)
        }
        if len(cited) > 1:
            raise ValueError("citations must be enabled on all documents and results or on none")
        if True in cited and self.output_config and self.output_config.format:
            raise ValueError("citations cannot be used together with output_config.format")
        return self

    def system_text(self) -> str:
        """The system prompt, and turns of the system's role."""
        texts = [turn.text() for turn in self.messages if turn.role == "system"]
        return "\n\n".join([*(block.text for block in self.system or []), *texts])


class MessagesRequest(CountRequest):
    """The body of `POST /v1/messages`."""

    max_tokens: Annotated[int, Field(ge=1, le=MAX_OUTPUT_TOKENS)]
    stream: bool = False
    metadata: Metadata | None = None
    stop_sequences: list[str] | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    diagnostics: Diagnostics | None = None
    container: Any = None
    inference_geo: str | None = None

    @field_validator("stop_sequences")
    @classmethod
    def _visible(cls, value: list[str] | None) -> list[str] | None:
        if any(not stop.strip() for stop in value or []):
            raise ValueError("each stop sequence must contain non-whitespace")
        return value

    @field_validator("container")
    @classmethod
    def _no_container(cls, value: Any) -> Any:
        return _unsupported(value, "containers")

    @field_validator("inference_geo")
    @classmethod
    def _no_geo(cls, value: Any) -> Any:
        return _unsupported(value, "a choice of region: it runs on this machine")


def _text_blocks(value: Any) -> Any:
    """A string is short for one text block; so an error names the block, not a union."""
    return [{"type": "text", "text": value}] if isinstance(value, str) else value


def _unsupported(value: Any, feature: str) -> None:
    if value is not None:
        raise ValueError(f"{READER} does not support {feature}")


class EmbeddingsRequest(_Strict):
    """The body of `POST /v1/embeddings`."""

    model: Annotated[str, Field(min_length=1)]
    input: Annotated[
        list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=2048)
    ]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Literal[384] | None = None
    user: str | None = None

    @field_validator("input", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


def parse(model: type[Model], body: Any) -> Model:
    """The body as `model`, or a 400 that names the field the way the vendors do."""
    if not isinstance(body, dict):
        raise ApiError(400, "the request body must be a JSON object")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "Extra inputs are not permitted"
        elif first["type"] == "union_tag_invalid":
            known = first["ctx"]["expected_tags"]
            message = f"{READER} does not support {first['ctx']['tag']!r} here; it reads {known}"
        raise ApiError(400, f"{path}: {message}" if path else message) from None
