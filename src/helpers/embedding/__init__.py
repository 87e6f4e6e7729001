"""Turn text into vectors: one model behind two calls, with a cache on disk.

`load_embedder()` gives the local MiniLM; `load_embedder("voyage:voyage-4")` and its like give
a hosted model. Vectors are float32 and of unit length, so that a dot product is a cosine. What
this package does not do: search (`search`) or keep an index.
"""

from functools import lru_cache
from pathlib import Path

from helpers.embedding.cache import CachedEmbedder
from helpers.embedding.errors import EmbedderError
from helpers.embedding.minilm import MiniLM
from helpers.embedding.protocol import Embedder, Vectors
from helpers.embedding.shared import SharedMiniLM
from helpers.embedding.vendors import VENDORS, open_hosted
from helpers.settings import get_settings

__all__ = ["CachedEmbedder", "Embedder", "EmbedderError", "MiniLM", "Vectors", "load_embedder"]

CACHE = "embeddings.sqlite"


def load_embedder(name: str | None = None) -> Embedder:
    """The embedder of that name, with its cache; by default the one in the settings.

    Args:
        name: `local:all-MiniLM-L6-v2`, or a vendor and its model: `openai:text-embedding-3-small`,
            `voyage:voyage-4`, `cohere:embed-v4.0`. A hosted model reads its key and base URL from
            the settings and costs money; what is in the cache is not asked for again. With
            `WORKSHOP_PROVIDER` the local model is the one that the class shares.

    Raises:
        EmbedderError: no such embedder, or a hosted one without its key or its package, or with
            `WORKSHOP_OFFLINE=1`. Later, each call raises it when the service gives no vectors.
        ModelFilesError: the local model's files are missing or damaged.

    >>> load_embedder("local:all-MiniLM-L6-v2").dimension
    384
    """
    settings = get_settings()
    name = name or settings.embedder
    if name == MiniLM.name:
        if settings.shared_provider:
            token = settings.token.get_secret_value() if settings.token else "no-key-needed"
            shared = SharedMiniLM(settings.shared_provider, token=token)
            return CachedEmbedder(shared, settings.home / CACHE)
        return _local(settings.home)
    vendor, _, model = name.partition(":")
    if vendor not in VENDORS or not model:
        hosted = ", ".join(f"'{vendor}:MODEL'" for vendor in VENDORS)
        raise EmbedderError(
            f"unknown embedder {name!r}; known: {MiniLM.name!r}, {hosted}. "
            "For example 'openai:text-embedding-3-small'."
        )
    return CachedEmbedder(open_hosted(vendor, model, settings), settings.home / CACHE)


@lru_cache(maxsize=4)
def _local(home: Path) -> Embedder:
    return CachedEmbedder(MiniLM(), home / CACHE)
