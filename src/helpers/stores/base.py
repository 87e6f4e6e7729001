"""What the stores have in common: input is checked and scaled here, so that an engine only sees
rows it can take. What this module does not do: keep anything.
"""

import math
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from helpers.redaction import redact, short
from helpers.stores.checks import Batch, check_collection, checked_batch, checked_ids, unit_rows
from helpers.stores.filters import Condition, parse
from helpers.stores.protocol import Match, Payload, StoreError, Value, Vectors, Where

COLLECTION = "handbook"
DIGITS = 6  # of a score
TIE = 5e-7  # scores no further apart count as equal


class BaseStore(ABC):
    """The frame of a store; an engine fills in the five methods at the end.

    One call at a time: a lock makes a store safe to use from several threads.

    Raises:
        StoreError: a dimension below 1 or above what the engine takes, or a name of a collection
            that an engine would refuse.
    """

    widest: ClassVar[int | None] = None  # the most numbers that a vector may have
    way_out: ClassVar[str] = "Check that it runs and that the address is right"

    def __init__(self, url: str, *, dimension: int, collection: str = COLLECTION) -> None:
        if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < 1:
            raise StoreError(f"dimension is {dimension!r}; pass the embedder's, such as 384")
        if self.widest is not None and dimension > self.widest:
            raise StoreError(
                f"{url} keeps vectors of up to {self.widest:,} numbers, and these have "
                f"{dimension:,}; embed with fewer dimensions, or use another store"
            )
        self.url = url if collection == COLLECTION else f"{url}?collection={collection}"
        self.dimension = dimension
        self.collection = check_collection(collection)
        self._lock = threading.RLock()
        self._closed = False
        self._secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}, dimension {self.dimension}>"

    def add(
        self, ids: Sequence[str], vectors: ArrayLike, payloads: Sequence[Payload] | None = None
    ) -> None:
        """Add rows, or replace those whose id is known."""
        batch = checked_batch(ids, vectors, payloads, self.dimension)
        with self._working():
            if batch.ids:
                self._write(batch)

    def search(self, vector: ArrayLike, k: int, where: Where | None = None) -> list[Match]:
        """The k nearest, best first."""
        query = np.asarray(vector)
        if query.ndim != 1:
            raise StoreError(f"the query has shape {query.shape}; expected ({self.dimension},)")
        return self.search_many(query[None], k, where)[0]

    def search_many(
        self, vectors: ArrayLike, k: int, where: Where | None = None
    ) -> list[list[Match]]:
        """The k nearest of each query; one list each."""
        queries = unit_rows(vectors, self.dimension)
        if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 0:
            raise StoreError(f"k is {k!r}; it must be a whole number, 0 or more")
        conditions = parse(where)
        with self._working():
            if k == 0 or not len(queries) or _impossible(conditions):
                return [[] for _ in queries]
            return self._nearest(queries, min(int(k), 2**31 - 1), conditions)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove rows; returns how many were there."""
        different = list(dict.fromkeys(checked_ids(ids)))
        with self._working():
            return self._remove(different) if different else 0

    def count(self, where: Where | None = None) -> int:
        """How many rows there are, or match."""
        conditions = parse(where)
        with self._working():
            return 0 if _impossible(conditions) else self._count(conditions)

    def close(self) -> None:
        """Let go of files, connections and servers."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise StoreError(f"{self.url} is closed; open it again with open_store")
            with self._readable_errors():
                yield

    @contextmanager
    def _readable_errors(self) -> Iterator[None]:
        """Turn the engine's own exceptions into a `StoreError`, without keys and passwords."""
        try:
            yield
        except StoreError:
            raise
        except self._foreign() as error:
            # Not chained: a driver's exception may hold the password, and a traceback shows it.
            said = short(redact(str(error) or type(error).__name__, *self._secrets))
            raise StoreError(f"{self.url}: {said}. {self.way_out}.") from None

    def _foreign(self) -> tuple[type[Exception], ...]:
        """The exceptions that the engine's driver raises."""
        return ()

    @abstractmethod
    def _write(self, batch: Batch) -> None: ...

    @abstractmethod
    def _nearest(
        self, queries: Vectors, k: int, conditions: list[Condition]
    ) -> list[list[Match]]: ...

    @abstractmethod
    def _remove(self, ids: list[str]) -> int: ...

    @abstractmethod
    def _count(self, conditions: list[Condition]) -> int: ...

    @abstractmethod
    def _close(self) -> None: ...


def ranked(found: Iterable[tuple[str, float, dict[str, Value]]]) -> list[Match]:
    """Matches out of ids, scores and payloads: best first, equal scores in order of id.

    Two rows with the same vector may score a rounding error apart, so scores that close count as
    equal, and get the same one.

    >>> [match.id for match in ranked([("b", 0.5, {}), ("a", 0.4999999, {}), ("c", 0.9, {})])]
    ['c', 'a', 'b']
    """
    matches: list[Match] = []
    best = math.inf
    for key, score, payload in sorted(found, key=lambda row: -row[1]):
        if best - score > TIE:
            best = score
        matches.append(Match(key, round(float(best), DIGITS) + 0.0, payload))  # no -0.0
    return sorted(matches, key=lambda match: (-match.score, match.id))


def uuid_of(key: str) -> str:
    """The UUID of a row, for engines whose own ids are UUIDs; the same for the same id.

    >>> uuid_of("refunds#3")
    '01e8c173-bbee-5d78-82bd-b3bc1050eade'
    """
    return str(uuid.uuid5(uuid.NAMESPACE_OID, key))


@contextmanager
def needs(package: str) -> Iterator[None]:
    """Say how to install a package that is imported inside and is not there."""
    try:
        yield
    except ImportError as error:
        raise StoreError(
            f"this store needs a package that cannot be imported ({error}). "
            f"Run `python -m uv pip install {package}`."
        ) from error


def _impossible(conditions: list[Condition]) -> bool:
    """Whether nothing can match: a value out of an empty list."""
    return any(condition.operator == "in" and not condition.value for condition in conditions)
