"""Three vendors of embedding models: their limits, and one call through each one's own SDK.

Limits and dimensions are those of the vendors' API references as of November 2026. An SDK is
imported when its embedder is made.
"""

import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from helpers.embedding.errors import LOCAL, EmbedderError
from helpers.embedding.hosted import RETRIES, TIMEOUT, HostedEmbedder, Kind
from helpers.settings import Settings


class OpenAIEmbedder(HostedEmbedder):
    """OpenAI, or any server that speaks its API at OPENAI_BASE_URL. Knows no kinds of text."""

    scheme = "openai"
    vendor = "OpenAI"
    variables = ("OPENAI_API_KEY", "OPENAI_BASE_URL")
    default_url = "https://api.openai.com/v1"
    dimensions: ClassVar[Mapping[str, int]] = {
        "text-embedding-3-small": 1536,
        "text-embedding-3-large": 3072,
        "text-embedding-ada-002": 1536,
    }
    texts_per_request = 2048
    tokens_per_request = 300_000

    def __init__(self, model: str, *, key: str, base_url: str | None) -> None:
        super().__init__(model, key=key, base_url=base_url)
        import openai

        if not self.is_default:
            # A model on someone's own machine is slow, and some servers take no more at once.
            self.texts_per_request = 32
        self.unreachable = (openai.APIConnectionError,)
        self._client = openai.OpenAI(
            api_key=key,
            base_url=base_url or self.default_url,
            max_retries=RETRIES,
            timeout=TIMEOUT,
        )

    def _request(self, texts: list[str], kind: Kind) -> list[Any]:
        answer = self._client.embeddings.create(model=self.model, input=texts)
        rows = sorted(answer.data, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(len(rows))):
            raise self._wrong("vectors whose indexes are not 0, 1, 2 and so on")
        return [row.embedding for row in rows]


class VoyageEmbedder(HostedEmbedder):
    """Voyage AI."""

    scheme = "voyage"
    vendor = "Voyage"
    variables = ("VOYAGE_API_KEY", "VOYAGE_BASE_URL")
    default_url = "https://api.voyageai.com/v1"
    source = ".[voyage]"
    dimensions: ClassVar[Mapping[str, int]] = {
        "voyage-4-large": 1024,
        "voyage-4": 1024,
        "voyage-4-lite": 1024,
        "voyage-code-3": 1024,
        "voyage-finance-2": 1024,
        "voyage-law-2": 1024,
    }
    texts_per_request = 1000
    tokens_per_request = 120_000
    _larger_requests: ClassVar[Mapping[str, int]] = {
        "voyage-4": 320_000,
        "voyage-4-lite": 1_000_000,
    }

    def __init__(self, model: str, *, key: str, base_url: str | None) -> None:
        super().__init__(model, key=key, base_url=base_url)
        from voyageai.client import Client
        from voyageai.error import APIConnectionError, Timeout
        from voyageai.local.helpers import is_local_model

        if is_local_model(model):
            raise EmbedderError(
                f"{model!r} is no hosted model: Voyage's package would download it and run it "
                f"here. Take one of {', '.join(map(repr, self.dimensions))}, {LOCAL}."
            )
        self.tokens_per_request = self._larger_requests.get(model, self.tokens_per_request)
        self.unreachable = (APIConnectionError, Timeout)
        # The SDK counts the first attempt among its retries.
        self._client = Client(
            api_key=key, base_url=base_url, max_retries=RETRIES + 1, timeout=TIMEOUT
        )

    def _request(self, texts: list[str], kind: Kind) -> list[Any]:
        answer = self._client.embed(texts, model=self.model, input_type=kind, truncation=False)
        return list(answer.embeddings)


class CohereEmbedder(HostedEmbedder):
    """Cohere."""

    scheme = "cohere"
    vendor = "Cohere"
    variables = ("COHERE_API_KEY", "COHERE_BASE_URL")
    default_url = "https://api.cohere.com"
    source = ".[cohere]"
    dimensions: ClassVar[Mapping[str, int]] = {
        "embed-v4.0": 1536,
        "embed-english-v3.0": 1024,
        "embed-english-light-v3.0": 384,
        "embed-multilingual-v3.0": 1024,
        "embed-multilingual-light-v3.0": 384,
    }
    texts_per_request = 96
    tokens_per_request = 128_000

    def __init__(self, model: str, *, key: str, base_url: str | None) -> None:
        super().__init__(model, key=key, base_url=base_url)
        import cohere
        import httpx

        self.unreachable = (httpx.TransportError,)
        self._client = cohere.ClientV2(
            api_key=key, base_url=base_url, max_retries=RETRIES, timeout=TIMEOUT
        )

    def _request(self, texts: list[str], kind: Kind) -> list[Any]:
        answer = self._client.embed(
            model=self.model,
            texts=texts,
            input_type="search_query" if kind == "query" else "search_document",
            embedding_types=["float"],
            truncate="NONE",
        )
        return list(answer.embeddings.float_ or [])


VENDORS: Mapping[str, type[HostedEmbedder]] = {
    embedder.scheme: embedder for embedder in (OpenAIEmbedder, VoyageEmbedder, CohereEmbedder)
}


def open_hosted(scheme: str, model: str, settings: Settings) -> HostedEmbedder:
    """The hosted embedder, with key and base URL from the settings.

    Raises:
        EmbedderError: the settings forbid it, or the key or the vendor's package is missing.
    """
    embedder = VENDORS[scheme]
    wanted = f"{scheme}:{model}"
    variable, url_variable = embedder.variables
    secret, base_url = {
        "openai": (settings.openai_api_key, settings.openai_base_url),
        "voyage": (settings.voyage_api_key, settings.voyage_base_url),
        "cohere": (settings.cohere_api_key, settings.cohere_base_url),
    }[scheme]
    if settings.offline:
        raise EmbedderError(
            f"{wanted!r} is a hosted model, and WORKSHOP_OFFLINE=1 keeps everything on this "
            f"machine. Unset it, {LOCAL}."
        )
    # A server of one's own asks for no key, but the SDKs insist on one.
    key = secret.get_secret_value() if secret else "no-key-needed" if base_url else ""
    if not key:
        raise EmbedderError(
            f"{wanted!r} needs {variable}, which is not set. Put it into .env (see .env.example), "
            f"or set {url_variable} to a server that needs none, {LOCAL}."
        )
    try:
        return embedder(model, key=key, base_url=base_url)
    except ImportError as error:
        raise EmbedderError(
            f"{wanted!r} needs a package that cannot be imported ({error}). In the project's "
            f'folder run `{sys.executable} -m pip install -e "{embedder.source}"`, {LOCAL}.'
        ) from error
