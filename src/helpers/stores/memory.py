"""Vectors in this process: one matrix, one product, and the best k of the scores.

Exact, and the fastest there is up to some hundred thousand vectors, because one product reads
the matrix once at the speed of the memory. What this module does not do: keep anything when the
process ends, or find neighbours without reading every vector.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from helpers.search import top_k
from helpers.stores.base import COLLECTION, TIE, BaseStore, ranked
from helpers.stores.checks import Batch
from helpers.stores.filters import Condition, kind
from helpers.stores.protocol import Match, Value, Vectors

Rows = NDArray[np.intp]
GROUP = 256  # scores of which only the greatest is looked at first
SCORES_AT_ONCE = 2**24  # 64 MB: as many queries are answered together as fit
FEW = 8  # a filter that leaves less than one row in so many copies them before the product


class MemoryStore(BaseStore):
    """A vector store in memory.

    >>> store = MemoryStore(dimension=2)
    >>> store.add(["a", "b"], [[1, 0], [0, 1]], [{"area": "API"}, {"area": "Billing"}])
    >>> store.search([1, 0.1], k=1)
    [Match(id='a', score=0.995037, payload={'area': 'API'})]
    >>> [match.id for match in store.search([1, 0.1], k=1, where={"area": "Billing"})]
    ['b']
    """

    def __init__(self, *, dimension: int, collection: str = COLLECTION) -> None:
        super().__init__("memory:", dimension=dimension, collection=collection)
        self._ids: list[str] = []
        self._payloads: list[dict[str, Value]] = []
        self._row_of: dict[str, int] = {}
        self._space = np.empty((0, dimension), dtype=np.float32)
        self._columns: dict[str, tuple[list[Value], NDArray[np.int32]]] = {}

    @property
    def _vectors(self) -> Vectors:
        return self._space[: len(self._ids)]

    def _write(self, batch: Batch) -> None:
        known = len(self._ids)
        fresh = [place for place, key in enumerate(batch.ids) if key not in self._row_of]
        self._make_room(known + len(fresh))
        for row, place in enumerate(fresh, start=known):
            self._row_of[batch.ids[place]] = row
        self._ids += [batch.ids[place] for place in fresh]
        self._payloads += [{} for _ in fresh]
        rows = [self._row_of[key] for key in batch.ids]
        self._space[rows] = batch.vectors
        for row, payload in zip(rows, batch.payloads, strict=True):
            self._payloads[row] = payload
        self._columns.clear()

    def _make_room(self, needed: int) -> None:
        """Twice the space when it is full, so that n single adds copy at most 2n rows in all."""
        if needed > len(self._space):
            space = np.empty((max(needed, 2 * len(self._space)), self.dimension), dtype=np.float32)
            space[: len(self._ids)] = self._vectors
            self._space = space

    def _remove(self, ids: list[str]) -> int:
        """The last row moves into the gap, so that the matrix stays in one piece."""
        known = [key for key in ids if key in self._row_of]
        for key in known:
            row, last = self._row_of.pop(key), len(self._ids) - 1
            last_id, last_payload = self._ids.pop(), self._payloads.pop()
            if row != last:
                self._space[row] = self._space[last]
                self._ids[row], self._payloads[row] = last_id, last_payload
                self._row_of[last_id] = row
        self._columns.clear()
        return len(known)

    def _nearest(self, queries: Vectors, k: int, conditions: list[Condition]) -> list[list[Match]]:
        rows = self._allowed(conditions) if conditions else None
        few = rows is not None and len(rows) * FEW < len(self._ids)
        vectors = self._vectors[rows] if few else self._vectors
        pick = slice(None) if rows is None or few else rows
        return [self._best(scores[pick], rows, k) for scores in products(queries, vectors)]

    def _best(self, scores: Vectors, rows: Rows | None, k: int) -> list[Match]:
        """The k best; `rows` says which row a score belongs to, None that it is its place."""
        places = contenders(scores, k)
        found = places if rows is None else rows[places]
        rows_found = zip(found.tolist(), scores[places].tolist(), strict=True)
        best = ranked((self._ids[row], score, self._payloads[row]) for row, score in rows_found)
        return [Match(one.id, one.score, dict(one.payload)) for one in best[:k]]

    def _allowed(self, conditions: list[Condition]) -> Rows:
        """The rows whose payload fulfils all conditions.

        A condition is tried once for each different value, not for each row.
        """
        allowed = np.ones(len(self._ids), dtype=bool)
        for condition in conditions:
            values, codes = self._column(condition.field)
            passes = [condition.holds(value) for value in values] + [False]
            allowed &= np.array(passes)[codes]
        return np.flatnonzero(allowed)

    def _column(self, field: str) -> tuple[list[Value], NDArray[np.int32]]:
        """The different values of a field, and for each row which of them it has: -1 for none.

        Made when a field is first asked for, and thrown away when rows change.
        """
        if field not in self._columns:
            code_of: dict[tuple[str, Value], int] = {}
            codes = [
                code_of.setdefault((kind(payload[field]), payload[field]), len(code_of))
                if field in payload
                else -1
                for payload in self._payloads
            ]
            values = [value for _, value in code_of]
            self._columns[field] = values, np.array(codes, dtype=np.int32)
        return self._columns[field]

    def _count(self, conditions: list[Condition]) -> int:
        return len(self._allowed(conditions)) if conditions else len(self._ids)

    def _close(self) -> None:
        self._ids, self._payloads, self._row_of = [], [], {}
        self._space = np.empty((0, self.dimension), dtype=np.float32)
        self._columns.clear()


def products(queries: Vectors, vectors: Vectors) -> Iterator[Vectors]:
    """The scores of each query, shape (n,) each: a product for one, for several in blocks.

    Args:
        queries: shape (q, d).
        vectors: shape (n, d), in one piece of memory.
    """
    if len(queries) == 1:
        yield vectors @ queries[0]
        return
    step = max(1, SCORES_AT_ONCE // max(1, len(vectors)))
    for start in range(0, len(queries), step):
        yield from queries[start : start + step] @ vectors.T


def contenders(scores: Vectors, k: int) -> Rows:
    """Places of the k best scores, and of those that only a rounding error keeps out.

    The greatest score of each group of 256 is cheap to find, and at least k scores reach the
    k-th greatest of these: what lies below need not be looked at again.

    >>> contenders(np.array([0.1, 0.9, 0.5], dtype=np.float32), k=2).tolist()
    [1, 2]
    """
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, dtype=np.intp)
    groups = len(scores) // GROUP
    if groups > k:
        greatest = scores[: groups * GROUP].reshape(groups, GROUP).max(axis=1)
        reached = np.partition(greatest, groups - k)[groups - k]
        places = np.flatnonzero(scores >= reached - TIE)
    else:
        places = np.arange(len(scores))
    kept = scores[places]
    least = kept[top_k(kept, k)[-1]]
    return np.asarray(places[kept >= least - TIE])
