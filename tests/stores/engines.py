"""The engines under test, each with an address and what it can do."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import numpy as np
import psycopg
from loopback import JsonServer

from helpers.stores import VectorStore, open_store
from helpers.stores.postgresql import PostgresStore

DIMENSION = 8
# Each is started where `conftest` says. A store in memory is a new one each time; the others can
# be opened twice, and those with a connection can lose it.
CONNECTED = ["qdrant-server", "postgresql", "weaviate", "pinecone"]
SHARED = ["qdrant-folder", *CONNECTED]
NAMES = ["memory", "qdrant", *SHARED]
_numbers = itertools.count()


@dataclass
class Engine:
    """One engine.

    Attributes:
        address: of a store, without its collection.
        shared: a second store of that address sees the same rows.
        lasting: rows outlive the process.
        exclusive: a folder that one process has open is closed to others.
        drop: makes the connection of a store drop, if it has one.
        most: how many rows a test may add without taking too long.
    """

    address: str
    shared: bool = True
    lasting: bool = True
    exclusive: bool = False
    drop: Callable[[VectorStore], None] | None = None
    most: int = 3_000
    opened: list[VectorStore] = field(default_factory=list)

    def url(self, collection: str) -> str:
        sign = "&" if "?" in self.address else "?"
        return f"{self.address}{sign}collection={quote(collection, safe='')}"

    def open(self, collection: str | None = None, dimension: int = DIMENSION) -> VectorStore:
        """A store of its own for a test, or one with the name of a collection."""
        name = fresh_name() if collection is None else collection
        store = open_store(self.url(name), dimension=dimension)
        self.opened.append(store)
        return store

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()


def fresh_name() -> str:
    return f"rows_{next(_numbers)}"


def unit(count: int, *, seed: int = 0, dimension: int = DIMENSION) -> np.ndarray:
    """Random unit vectors, shape (count, dimension)."""
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def brute_force(
    ids: list[str], vectors: np.ndarray, query: np.ndarray, k: int
) -> list[tuple[str, float]]:
    """What a search must find: ids and cosines, by sorting all of them."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    scores = (vectors.astype(float) @ query.astype(float)) / lengths
    found = sorted(
        zip(ids, scores.round(6).tolist(), strict=True), key=lambda one: (-one[1], one[0])
    )
    return found[:k]


def dropping(server: JsonServer) -> Callable[[VectorStore], None]:
    """Let the server hang up on the next request."""

    def drop(_: VectorStore) -> None:
        server.drops = 1

    return drop


def terminate(store: VectorStore) -> None:
    """Kill the server's process for a store's connection, as an administrator would."""
    assert isinstance(store, PostgresStore)
    ours = store._link.run(lambda connection: connection.info.backend_pid)
    with psycopg.connect(store._link._address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
