"""Qdrant: its code in this process, kept in memory or in a folder, or a server.

In this process it searches exactly, reading every vector; a server builds an HNSW index by
itself when a collection grows past some 10,000 vectors. What this module does not do: tune that
index, or let two processes open one folder, which Qdrant refuses.
"""

import atexit
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from helpers.redaction import public
from helpers.stores.base import COLLECTION, BaseStore, needs, ranked, uuid_of
from helpers.stores.checks import Batch
from helpers.stores.filters import COMPARE, Condition, kind, pack, packed_name, unpack
from helpers.stores.protocol import Match, StoreError, Value, Vectors
from helpers.stores.sharing import Pool

if TYPE_CHECKING:
    from qdrant_client import QdrantClient
    from qdrant_client.models import Filter

Result = TypeVar("Result")
ROWS_AT_ONCE = 500
WAIT = 0.2  # seconds before the one new attempt when a server did not answer
WIDEST = 65_535  # numbers in a vector. Source: Qdrant's documentation, "Fundamentals"
# host:port, a login, or another protocol; but C:\\folder is one of Windows.
LIKE_A_SERVER = re.compile(r"[\w.-]+:\d+($|/)|(?>[^/\\@]{2,}?:)[^@]*@|[\w+]*:?//")
KEY = "key"  # where a point keeps its id: Qdrant's own are numbers or UUIDs


class QdrantStore(BaseStore):
    """A vector store in Qdrant.

    Rows are written 500 at a time, so an `add` that fails in the middle leaves those before.

    Args:
        where: empty for memory, a folder, or the URL of a server.
        dimension: how many numbers a vector has.
        collection: the collection's name.
        api_key: of a server that asks for one.
        exact: let a server read every vector instead of its index.

    Raises:
        StoreError: the package is missing, the folder is in use by another process, the server
            does not answer, or the collection has another dimension.
    """

    way_out: ClassVar[str] = (
        "Check the address, and that no other process has the folder open; a server takes "
        "several, as 'qdrant:http://HOST:6333'"
    )

    widest: ClassVar[int | None] = WIDEST

    def __init__(
        self,
        where: str = "",
        *,
        dimension: int,
        collection: str = COLLECTION,
        api_key: str | None = None,
        exact: bool = False,
    ) -> None:
        self.is_server = where.startswith(("http://", "https://"))
        if not self.is_server and LIKE_A_SERVER.match(where):
            raise StoreError(
                f"{public(f'qdrant:{where}')!r} looks like a server and has no http:// in front; "
                "use 'qdrant:http://HOST:6333', or a folder"
            )
        shown = public(where) if self.is_server else where
        super().__init__(f"qdrant:{shown}", dimension=dimension, collection=collection)
        self.exact = exact
        self._secrets = (api_key or "",)
        self._folder = str(Path(where).expanduser().resolve()) if where else ""
        with needs("qdrant-client"), self._readable_errors():
            from qdrant_client import QdrantClient

            if self.is_server:
                self._client = QdrantClient(url=where, api_key=api_key, check_compatibility=False)
            elif where:
                self._client, self._lock = _FOLDERS.take(self._folder)
            else:
                self._client = QdrantClient(":memory:")
        try:
            self._make_collection()
        except BaseException:
            self.close()
            raise

    def _make_collection(self) -> None:
        from qdrant_client.models import Distance, VectorParams

        with self._working():
            if not self._client.collection_exists(self.collection):
                params = VectorParams(size=self.dimension, distance=Distance.COSINE)
                try:
                    self._client.create_collection(self.collection, vectors_config=params)
                except self._foreign():
                    if not self._client.collection_exists(self.collection):
                        raise  # else somebody else was a moment faster
            vectors = self._client.get_collection(self.collection).config.params.vectors
        size = getattr(vectors, "size", None)
        if size != self.dimension:
            raise StoreError(
                f"{self.url} holds vectors of {size} numbers, not {self.dimension}; use the "
                "embedder it was filled with, or another collection with '?collection=NAME'"
            )

    def _write(self, batch: Batch) -> None:
        from qdrant_client.models import PointStruct

        for part in batch.portions(ROWS_AT_ONCE):
            rows = zip(part.ids, part.vectors.tolist(), part.payloads, strict=True)
            points = [
                PointStruct(id=uuid_of(key), vector=vector, payload={KEY: key} | pack(payload))
                for key, vector, payload in rows
            ]
            self._ask(partial(self._client.upsert, self.collection, points))

    def _nearest(self, queries: Vectors, k: int, conditions: list[Condition]) -> list[list[Match]]:
        from qdrant_client.models import SearchParams

        # In this process every search is exact, and it warns when it is told so.
        params = SearchParams(exact=self.exact) if self.is_server else None
        chosen = as_filter(conditions)
        search = partial(
            self._client.query_points,
            self.collection,
            limit=k,
            query_filter=chosen,
            search_params=params,
            with_payload=True,
        )
        answers = [self._ask(partial(search, query)) for query in queries]
        return [
            ranked(
                (point.payload[KEY], point.score, unpack(point.payload))
                for point in answer.points
                if point.payload
            )
            for answer in answers
        ]

    def _remove(self, ids: list[str]) -> int:
        removed = 0
        for start in range(0, len(ids), ROWS_AT_ONCE):
            points: list[Any] = [uuid_of(key) for key in ids[start : start + ROWS_AT_ONCE]]
            look = partial(self._client.retrieve, self.collection, points, with_payload=False)
            removed += len(self._ask(look))
            self._ask(partial(self._client.delete, self.collection, points))
        return removed

    def _count(self, conditions: list[Condition]) -> int:
        chosen = as_filter(conditions)
        count = partial(self._client.count, self.collection, count_filter=chosen, exact=True)
        return self._ask(count).count

    def _ask(self, call: Callable[[], Result]) -> Result:
        """Make a call, and once more if a server hung up or did not answer."""
        from qdrant_client.http.exceptions import ResponseHandlingException

        try:
            return call()
        except ResponseHandlingException:
            time.sleep(WAIT)
            return call()

    def _close(self) -> None:
        if self._folder and not self.is_server:
            _FOLDERS.give_back(self._folder)
        else:
            self._client.close()

    def _foreign(self) -> tuple[type[Exception], ...]:
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException

        return (ApiException, QdrantException, RuntimeError, ValueError, OSError)


def as_filter(conditions: Sequence[Condition]) -> "Filter | None":
    """The conditions in Qdrant's words."""
    from qdrant_client.models import FieldCondition, Filter, Range

    if not conditions:
        return None
    must: list[Any] = []
    for condition in conditions:
        if condition.operator in COMPARE:
            key = packed_name(condition.field, 0)
            limit = Range(**{condition.operator: condition.value})
            must.append(FieldCondition(key=key, range=limit))
        elif condition.operator == "in":
            must.append(Filter(should=[_equals(condition.field, one) for one in condition.value]))
        else:
            must.append(_equals(condition.field, condition.value))
    return Filter(must=must)


def _equals(field: str, value: Value) -> Any:
    from qdrant_client.models import FieldCondition, MatchValue, Range

    key = packed_name(field, value)
    if kind(value) == "n":  # Qdrant compares whole numbers only; 1 and 1.0 are to be the same
        return FieldCondition(key=key, range=Range(gte=value, lte=value))
    return FieldCondition(key=key, match=MatchValue(value=value))


def _open_folder(folder: str) -> "QdrantClient":
    from qdrant_client import QdrantClient

    return QdrantClient(path=folder, force_disable_check_same_thread=True)


_FOLDERS: "Pool[QdrantClient]" = Pool(_open_folder, lambda client: client.close())
# Whoever opens a store closes it, except at the end of a notebook, where nobody does.
atexit.register(_FOLDERS.close_all)
