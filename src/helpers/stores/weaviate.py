"""Weaviate, through its own client: REST for the schema, gRPC for rows and searches.

Searches read Weaviate's HNSW index and may miss neighbours. Texts in filters are compared as a
whole, but Weaviate ignores spaces around them. What this module does not do: let Weaviate embed
texts, or start a server.
"""

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from helpers.redaction import public
from helpers.stores.base import COLLECTION, BaseStore, needs, ranked, uuid_of
from helpers.stores.checks import Batch
from helpers.stores.filters import Condition, kind, pack, packed_name, unpack
from helpers.stores.protocol import Match, StoreError, Value, Vectors

if TYPE_CHECKING:
    from weaviate.collections.classes.filters import FilterReturn

ROWS_AT_ONCE = 500
KEY = "key"  # the property that keeps a row's id: Weaviate's own are UUIDs
DESCRIPTION = "Unit vectors of {} numbers"  # Weaviate keeps no dimension, so it stands here


class WeaviateStore(BaseStore):
    """A vector store in Weaviate 1.27 or later.

    Rows are written 500 at a time, so an `add` that fails in the middle leaves those before.

    Args:
        server: the URL of its REST interface.
        dimension: how many numbers a vector has.
        collection: the collection's name; Weaviate writes it with a capital.
        grpc_port: the port of its gRPC interface, on the same host.
        api_key: if the server asks for one.

    Raises:
        StoreError: the package is missing, the server does not answer, or the collection holds
            something else.
    """

    way_out: ClassVar[str] = "Check that Weaviate runs there, and its gRPC port with '?grpc=PORT'"

    def __init__(
        self,
        server: str,
        *,
        dimension: int,
        collection: str = COLLECTION,
        grpc_port: int = 50051,
        api_key: str | None = None,
    ) -> None:
        super().__init__(f"weaviate:{public(server)}", dimension=dimension, collection=collection)
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StoreError(f"{self.url!r} has no server; use 'weaviate:http://HOST:8080'")
        self._secrets = (api_key or "",)
        secure = parts.scheme == "https"
        with needs("weaviate-client"), self._readable_errors():
            import weaviate

            self._client = weaviate.connect_to_custom(
                http_host=parts.hostname,
                http_port=parts.port or (443 if secure else 8080),
                http_secure=secure,
                grpc_host=parts.hostname,
                grpc_port=grpc_port,
                grpc_secure=secure,
                auth_credentials=api_key,
                skip_init_checks=True,  # one of them asks PyPI for a newer version
            )
        try:
            with self._working():
                self._rows = self._make_collection()
                self._properties: set[str] = set()
                self._read_schema()
        except BaseException:
            self.close()
            raise

    def _make_collection(self) -> Any:
        from weaviate.classes.config import Configure, VectorDistances

        name = self.collection.capitalize()
        if not self._client.collections.exists(name):
            index = Configure.VectorIndex.hnsw(distance_metric=VectorDistances.COSINE)
            try:
                self._client.collections.create(
                    name,
                    description=DESCRIPTION.format(self.dimension),
                    properties=[_property(KEY, "t")],
                    vector_config=Configure.Vectors.self_provided(vector_index_config=index),
                )
            except self._foreign():
                if not self._client.collections.exists(name):
                    raise  # else somebody else was a moment faster
        return self._client.collections.use(name)

    def _read_schema(self) -> None:
        config = self._rows.config.get(simple=True)
        wanted = DESCRIPTION.format(self.dimension)
        if config.description != wanted:
            raise StoreError(
                f"{self.url} is described as {config.description!r}, not as {wanted!r}; use the "
                "embedder it was filled with, or another collection with '?collection=NAME'"
            )
        self._properties = {one.name for one in config.properties}

    def _write(self, batch: Batch) -> None:
        from weaviate.classes.data import DataObject

        for part in batch.portions(ROWS_AT_ONCE):
            objects = [
                DataObject(
                    properties={KEY: key, **pack(payload)},
                    uuid=uuid_of(key),
                    vector=vector.tolist(),
                )
                for key, vector, payload in zip(part.ids, part.vectors, part.payloads, strict=True)
            ]
            self._add_properties({name for row in objects for name in row.properties})
            result = self._rows.data.insert_many(objects)
            if result.has_errors:
                first = next(iter(result.errors.values()))
                raise StoreError(f"{self.url}: {len(result.errors)} rows failed: {first.message}")

    def _add_properties(self, names: set[str]) -> None:
        """Declare them: left alone, Weaviate would cut texts into words and compare those."""
        if names <= self._properties:
            return
        self._read_schema()
        for name in sorted(names - self._properties):
            try:
                self._rows.config.add_property(_property(name, name[0]))
            except self._foreign():
                self._read_schema()
                if name not in self._properties:
                    raise
        self._properties |= names

    def _nearest(self, queries: Vectors, k: int, conditions: list[Condition]) -> list[list[Match]]:
        from weaviate.classes.query import MetadataQuery

        possible, chosen = self._filter(conditions)
        if not possible:
            return [[] for _ in queries]
        answers = [
            self._rows.query.near_vector(
                query.tolist(),
                limit=k,
                filters=chosen,
                return_metadata=MetadataQuery(distance=True),
            )
            for query in queries
        ]
        return [
            ranked(
                (row.properties[KEY], 1 - row.metadata.distance, unpack(row.properties))
                for row in answer.objects
            )
            for answer in answers
        ]

    def _remove(self, ids: list[str]) -> int:
        from weaviate.classes.query import Filter

        removed = 0
        for start in range(0, len(ids), ROWS_AT_ONCE):
            rows = [uuid_of(key) for key in ids[start : start + ROWS_AT_ONCE]]
            result = self._rows.data.delete_many(where=Filter.by_id().contains_any(rows))
            removed += result.successful
        return removed

    def _count(self, conditions: list[Condition]) -> int:
        possible, chosen = self._filter(conditions)
        if not possible:
            return 0
        return int(self._rows.aggregate.over_all(filters=chosen, total_count=True).total_count)

    def _close(self) -> None:
        self._client.close()

    def _foreign(self) -> tuple[type[Exception], ...]:
        from weaviate.exceptions import WeaviateBaseError

        return (WeaviateBaseError, OSError)

    def _filter(self, conditions: list[Condition]) -> "tuple[bool, FilterReturn | None]":
        """Whether anything can match, and the conditions in Weaviate's words.

        Weaviate refuses to compare a property that no row has ever had.
        """
        from weaviate.classes.query import Filter

        parts = []
        for condition in conditions:
            several = condition.operator == "in"
            values = condition.value if several else (condition.value,)
            names = {packed_name(condition.field, value) for value in values}
            if not names <= self._properties:
                self._read_schema()
            known = [value for value in values if self._knows(condition.field, value)]
            if not known:
                return False, None
            parts.append(Filter.any_of([_compared(condition, value) for value in known]))
        return True, Filter.all_of(parts) if parts else None

    def _knows(self, field: str, value: Value) -> bool:
        return packed_name(field, value) in self._properties


def _compared(condition: Condition, value: Value) -> Any:
    from weaviate.classes.query import Filter

    subject = Filter.by_property(packed_name(condition.field, value))
    exact = float(value) if kind(value) == "n" else value  # the property is a float64
    compare = {
        "gt": subject.greater_than,
        "gte": subject.greater_or_equal,
        "lt": subject.less_than,
        "lte": subject.less_or_equal,
    }.get(condition.operator, subject.equal)
    return compare(exact)


def _property(name: str, of: str) -> Any:
    from weaviate.classes.config import DataType, Property, Tokenization

    if of == "t":
        return Property(
            name=name,
            data_type=DataType.TEXT,
            tokenization=Tokenization.FIELD,
            index_searchable=False,
        )
    return Property(name=name, data_type=DataType.BOOL if of == "b" else DataType.NUMBER)
