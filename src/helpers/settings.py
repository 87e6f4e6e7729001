"""One `Settings` object, read from the environment and from `.env` in the project's folder.

No other module reads environment variables, so this file is the whole list of what can be
set. A value loses the spaces and line ends around it; with nothing left it counts as not set.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]
ENV_FILE = ROOT / ".env"
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060"  # come along when a key is copied from a web page


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

    @model_validator(mode="before")
    @classmethod
    def _nothing_around(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A secret out of a file ends in a line end, a copied key in a space: neither belongs."""
        stripped = {
            name: _stripped(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}

    @field_validator("*")
    @classmethod
    def _can_be_sent(cls, value: object) -> object:
        """Keys travel in the head of a request, which has room for plain ASCII only."""
        if isinstance(value, SecretStr):
            _check_key(value.get_secret_value())
        return value

    @field_validator("anthropic_base_url", "openai_base_url", "voyage_base_url", "cohere_base_url")
    @classmethod
    def _has_a_scheme(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"https?://[^/\s]\S*", value):
            return value
        raise ValueError("an address with http:// or https:// in front is expected")

    @field_validator("provider")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"https?://[^/\s]+/*", value):
            return value and value.rstrip("/")
        raise ValueError("an address such as http://192.168.1.20:8765 is expected")

    @field_validator("home")
    @classmethod
    def _is_one_folder(cls, value: Path) -> Path:
        """The same folder from wherever a notebook or a command is started."""
        return from_root(value)

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


class Certificates(BaseSettings):
    """Where the libraries below the SDKs are told to find certificates; `.env` does not count."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    ssl_cert_file: Path | None = Field(None, validation_alias="SSL_CERT_FILE")
    requests_ca_bundle: Path | None = Field(None, validation_alias="REQUESTS_CA_BUNDLE")
    curl_ca_bundle: Path | None = Field(None, validation_alias="CURL_CA_BUNDLE")


def from_root(folder: str | Path) -> Path:
    """A folder that stands in a setting: `~` is the user's home, `x` is `x` in the project.

    Raises:
        ValueError: it begins with the home of a user who is not known.

    >>> from_root("vectors") == ROOT / "vectors"
    True
    """
    try:
        return ROOT / Path(folder).expanduser()
    except RuntimeError:
        raise ValueError(f"{str(folder)!r} names a user who is not known here") from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: a variable has a value of the wrong kind, or `.env` cannot be read.
    """
    file = Settings.model_config.get("env_file")
    if isinstance(file, str | Path):
        _check_text(Path(file))
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(map(str, first["loc"])) or "a setting"
        problem = first["msg"].removeprefix("Value error, ")
        raise SettingsError(
            f"{name}: {problem}. Mend or unset it in the environment or in .env."
        ) from None


def _check_text(path: Path) -> None:
    """Raise where a file is there and cannot be read, or is not what it is read as: UTF-8."""
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        text = "\0"
    # Letters in UTF-16 are pairs of bytes: read as UTF-8, every other one is a NUL.
    if "\0" in text:
        raise SettingsError(
            f"{path} is not UTF-8 text, as files of Windows PowerShell often are not. Save it as "
            "UTF-8: editors ask for the encoding in their dialog 'Save as'."
        )


def _check_key(key: str) -> None:
    """Raise for the first character that cannot be sent; it is no secret, the others are."""
    for place, character in enumerate(key, start=1):
        if not "!" <= character <= "~":
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            raise ValueError(f"character {place} is {name}, which no key has. Copy the key again")


def _stripped(value: str) -> str:
    """The value without blank and invisible characters around it.

    >>> _stripped(" sk-1\\r\\n")
    'sk-1'
    """
    before = None
    while value != before:
        before, value = value, value.strip().strip(UNSEEN)
    return value
