"""What every vector store offers, whatever engine is behind it. What this module does not do:
store anything.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vectors = NDArray[np.float32]
Value = str | int | float | bool
Payload = Mapping[str, Value]
Where = Mapping[str, Value | Mapping[str, Any]]


class StoreError(ValueError):
    """A store cannot be had, or cannot do what was asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Match:
    """What was found: the id, the cosine with the query, and the payload.

    The score is rounded to six digits: float32 is good for no more, and beyond them engines differ.
    """

    id: str
    score: float
    payload: dict[str, Value]


class VectorStore(AbstractContextManager["VectorStore"], Protocol):
    """Vectors with an id and a payload, searched by cosine.

    Vectors have shape (dimension,) or (n, dimension) and are scaled to unit length. An id is a
    text of 1 to 512 bytes; a payload is flat: names with texts, numbers or truth values. A
    number comes back equal, though perhaps as `int` where a `float` went in.

    Conditions: `{"area": "Billing"}`, `{"area": {"in": ["Billing", "API"]}}` and, for numbers,
    `{"year": {"gte": 2025, "lt": 2027}}`. All must hold. A payload without the field does not
    match, and neither does a value of another kind: 1 is not "1" and not True.

    All methods raise `StoreError`: input of the wrong shape or kind, a closed store, or an
    engine that does not answer.
    """

    url: str
    """Engine and place for people to read: without password, and without most options."""
    dimension: int
    """How many numbers a vector has."""

    def add(
        self, ids: Sequence[str], vectors: ArrayLike, payloads: Sequence[Payload] | None = None
    ) -> None:
        """Add rows, or replace those whose id is known. Of an id given twice the last counts."""

    def search(self, vector: ArrayLike, k: int, where: Where | None = None) -> list[Match]:
        """The k nearest, best first, equal scores in order of id; fewer if there are fewer."""

    def search_many(
        self, vectors: ArrayLike, k: int, where: Where | None = None
    ) -> list[list[Match]]:
        """The same for several queries; one list each."""

    def delete(self, ids: Sequence[str]) -> int:
        """Remove rows; returns how many were there. An unknown id is no error."""

    def count(self, where: Where | None = None) -> int:
        """How many rows there are, or match."""

    def close(self) -> None:
        """Let go of files, connections and servers. May be called twice."""
