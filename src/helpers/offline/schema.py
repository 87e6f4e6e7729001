"""What a request may contain, as pydantic models; anything else is refused with a reason.

Fields whose effect an extractive reader cannot have (tools, structured output, thinking) are
refused rather than ignored in silence.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from helpers.offline.errors import ApiError

Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Citations(_Strict):
    enabled: bool = False


class TextBlock(_Strict):
    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]
    cache_control: Any = None
    citations: Any = None


class SearchResultBlock(_Strict):
    type: Literal["search_result"]
    source: str
    title: str
    content: Annotated[list[TextBlock], Field(min_length=1)]
    citations: Citations = Citations()
    cache_control: Any = None


class PlainText(_Strict):
    type: Literal["text"]
    media_type: Literal["text/plain"]
    data: str


class ContentSource(_Strict):
    type: Literal["content"]
    content: str | Annotated[list[TextBlock], Field(min_length=1)]


class DocumentBlock(_Strict):
    type: Literal["document"]
    source: Annotated[PlainText | ContentSource, Field(discriminator="type")]
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None
    cache_control: Any = None


Block = Annotated[TextBlock | SearchResultBlock | DocumentBlock, Field(discriminator="type")]


class Turn(_Strict):
    role: Literal["user", "assistant"]
    content: str | Annotated[list[Block], Field(min_length=1)]

    def blocks(self) -> list[TextBlock | SearchResultBlock | DocumentBlock]:
        if isinstance(self.content, str):
            return [TextBlock(type="text", text=self.content)] if self.content else []
        return self.content


class CountRequest(_Strict):
    """The body of `POST /v1/messages/count_tokens`: all that a model is given to read."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[Turn], Field(min_length=1)]
    system: str | list[TextBlock] | None = None
    thinking: Any = None
    tools: Any = None
    tool_choice: Any = None
    output_config: Any = None
    cache_control: Any = None

    @field_validator("thinking", "tools", "tool_choice", "output_config")
    @classmethod
    def _cannot(cls, value: Any) -> Any:
        if value in (None, [], {}) or value == {"type": "disabled"}:
            return value
        raise ValueError("the offline reader only copies from its context and cannot do this")

    def system_text(self) -> str:
        if isinstance(self.system, list):
            return "\n\n".join(block.text for block in self.system)
        return self.system or ""


class MessagesRequest(CountRequest):
    """The body of `POST /v1/messages`."""

    max_tokens: Annotated[int, Field(ge=1)]
    stream: bool = False
    metadata: Any = None
    stop_sequences: list[str] | None = None
    service_tier: Literal["auto", "standard_only"] | None = None


class EmbeddingsRequest(_Strict):
    """The body of `POST /v1/embeddings`."""

    model: Annotated[str, Field(min_length=1)]
    input: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=2048)]
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Literal[384] | None = None
    user: str | None = None


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
        raise ApiError(400, f"{path}: {message}") from None
