"""One `Settings` object, read from the environment and from `.env` in the project's folder.

No other module reads environment variables, so this file is the whole list of what can be
set. An empty value counts as not set.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
ENV_FILE = ROOT / ".env"


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names it."""


class Settings(BaseSettings):
    """Everything that can be configured, with its environment variable."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(None, validation_alias="ANTHROPIC_BASE_URL")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    voyage_api_key: SecretStr | None = Field(None, validation_alias="VOYAGE_API_KEY")
    voyage_base_url: str | None = Field(None, validation_alias="VOYAGE_BASE_URL")
    cohere_api_key: SecretStr | None = Field(None, validation_alias="COHERE_API_KEY")
    cohere_base_url: str | None = Field(None, validation_alias="COHERE_BASE_URL")
    together_api_key: SecretStr | None = Field(None, validation_alias="TOGETHER_API_KEY")
    qdrant_api_key: SecretStr | None = Field(None, validation_alias="QDRANT_API_KEY")
    weaviate_api_key: SecretStr | None = Field(None, validation_alias="WEAVIATE_API_KEY")
    pinecone_api_key: SecretStr | None = Field(None, validation_alias="PINECONE_API_KEY")
    claude_model: str = Field("claude-sonnet-4-6", validation_alias="WORKSHOP_CLAUDE_MODEL")
    openai_model: str = Field("gpt-4.1-mini-2025-04-14", validation_alias="WORKSHOP_OPENAI_MODEL")
    embedder: str = Field("local:all-MiniLM-L6-v2", validation_alias="WORKSHOP_EMBEDDER")
    store: str = Field("memory:", validation_alias="WORKSHOP_STORE")
    citations: Literal["auto", "blocks", "markers"] = Field(
        "auto", validation_alias="WORKSHOP_CITATIONS"
    )
    provider: str | None = Field(None, validation_alias="WORKSHOP_PROVIDER")
    token: SecretStr | None = Field(None, validation_alias="WORKSHOP_TOKEN")
    progress: bool = Field(True, validation_alias="WORKSHOP_PROGRESS")
    fault: str = Field("", validation_alias="WORKSHOP_FAULT")
    quick: bool = Field(False, validation_alias="WORKSHOP_QUICK")
    offline: bool = Field(False, validation_alias="WORKSHOP_OFFLINE")
    home: Path = Field(ROOT / ".workshop", validation_alias="WORKSHOP_HOME")

    @field_validator("provider")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"https?://[^/\s]+/*", value):
            return value and value.rstrip("/")
        raise ValueError("an address such as http://192.168.1.20:8765 is expected")

    def secrets(self) -> list[str]:
        """Every key that is set, for whoever has to keep them out of a text."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]

    @property
    def claude_is_live(self) -> bool:
        """Whether messages go to a service rather than to the embedded provider."""
        return not self.offline and bool(self.anthropic_api_key or self.anthropic_base_url)

    @property
    def shared_provider(self) -> str | None:
        """Where the class's provider is, which takes the place of the one in this process."""
        return None if self.offline else self.provider

    @property
    def openai_is_live(self) -> bool:
        """Whether OpenAI calls go to a service rather than to the embedded provider."""
        return not self.offline and bool(self.openai_api_key or self.openai_base_url)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: a variable has a value of the wrong kind.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, first["loc"])) or "a setting"
        raise SettingsError(
            f"{name}: {first['msg']}. Mend or unset it in the environment or in .env."
        ) from None
