"""What requests to OpenAI's endpoints may contain; anything else is refused with a reason."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from helpers.offline.tuning.trainer import AUTO_BATCH, AUTO_EPOCHS


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Hyperparameters(_Strict):
    """Bounds that keep a job on a laptop within reason."""

    n_epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] | None = "auto"
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1, le=256)] | None = "auto"
    learning_rate_multiplier: (
        Literal["auto"] | Annotated[float, Field(gt=0, le=10, strict=False)] | None
    ) = "auto"

    def filled_in(self) -> dict[str, Any]:
        """With the values that `auto` stands for."""
        auto = {
            "n_epochs": AUTO_EPOCHS,
            "batch_size": AUTO_BATCH,
            "learning_rate_multiplier": 1.0,
        }
        return {
            name: value if (chosen := getattr(self, name)) in ("auto", None) else chosen
            for name, value in auto.items()
        }


class Supervised(_Strict):
    hyperparameters: Hyperparameters | None = None


class Method(_Strict):
    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: Supervised | None = None
    dpo: Any = None
    reinforcement: Any = None

    @field_validator("type")
    @classmethod
    def _only_supervised(cls, value: str) -> str:
        if value != "supervised":
            raise ValueError(f"{value!r} is not supported here; only 'supervised' is")
        return value


class JobRequest(_Strict):
    """The body of `POST /v1/fine_tuning/jobs`."""

    model: Annotated[str, Field(min_length=1)]
    training_file: Annotated[str, Field(min_length=1)]
    validation_file: str | None = None
    method: Method | None = None
    hyperparameters: Hyperparameters | None = None  # the older way to say the same
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    suffix: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9-]*$")] | None = None
    metadata: (
        Annotated[
            dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
            Field(max_length=16),
        ]
        | None
    ) = None
    integrations: list[Any] | None = None

    @field_validator("model")
    @classmethod
    def _from_the_base(cls, value: str) -> str:
        if value.startswith("ft:"):
            raise ValueError("a tuned model cannot be tuned further here; name a base model")
        return value

    @field_validator("integrations")
    @classmethod
    def _no_integrations(cls, value: list[Any] | None) -> list[Any] | None:
        if value:
            raise ValueError("integrations need a network; the embedded provider has none")
        return value

    def chosen(self) -> dict[str, Any]:
        """The hyperparameters, wherever they stand."""
        new = (
            self.method.supervised.hyperparameters
            if self.method and self.method.supervised
            else None
        )
        return (new or self.hyperparameters or Hyperparameters()).filled_in()


class ChatText(_Strict):
    type: Literal["text"]
    text: str


class ChatTurn(_Strict):
    role: Literal["system", "developer", "user", "assistant"]
    content: list[ChatText] | None = None
    name: str | None = None
    refusal: str | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _as_parts(cls, value: Any) -> Any:
        return [{"type": "text", "text": value}] if isinstance(value, str) else value

    @property
    def is_system(self) -> bool:
        return self.role in ("system", "developer")

    def text(self) -> str:
        return "\n".join(part.text for part in self.content or [])


class StreamOptions(_Strict):
    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(_Strict):
    """The body of `POST /v1/chat/completions`."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[ChatTurn], Field(min_length=1)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    logprobs: bool | None = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2, strict=False)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None
    user: str | None = None
    metadata: dict[str, str] | None = None
    store: Literal[False] | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _a_question(self) -> "ChatRequest":
        if not any(turn.role == "user" and turn.text().strip() for turn in self.messages):
            raise ValueError("messages: at least one message of the user must have text")
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs: only with logprobs set to true")
        return self

    def stops(self) -> list[str]:
        return [stop for stop in self.stop or [] if stop]
