"""What an embedding model offers here, and what one adds whose requests cost money."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """What every embedding model here can do."""

    name: str

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed passages; returns shape (n, dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Embed one question; returns shape (dimension,)."""


@runtime_checkable
class Metered(Protocol):
    """What the cache asks of an embedder before it spends money with it."""

    width: int | None
    """The dimension, or None as long as no vector of an unknown model has been seen."""

    def refuse(self, texts: Sequence[str]) -> None:
        """Raise for the first text that the service would reject."""

    def portions(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """The texts in order, cut into what one request may hold."""
