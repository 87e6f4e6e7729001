"""Pinecone, through its own client: an index that exists, and a namespace in it.

Pinecone's index is approximate, and what has been written shows in searches and counts only
after a moment. What this module does not do: make an index, which is a decision about region and
money. Make one at https://app.pinecone.io with the metric cosine.
"""

import json
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from helpers.portions import portions
from helpers.redaction import public
from helpers.stores.base import COLLECTION, BaseStore, needs, ranked
from helpers.stores.checks import Batch
from helpers.stores.filters import COMPARE, Condition, pack, packed_name, unpack
from helpers.stores.protocol import Match, StoreError, Value, Vectors

WIDEST = 20_000  # numbers in a vector. Source: Pinecone's client
LONGEST_ID = 512  # characters, once what is not ASCII is written with % signs
MOST_MATCHES = 10_000  # of one query
IDS_AT_ONCE = 50  # they travel in a URL
ROWS_AT_ONCE = 1000
BYTES_AT_ONCE = 1_500_000  # a request may have 2 MB. Source of all four: Pinecone's limits


class PineconeStore(BaseStore):
    """A vector store in Pinecone.

    Rows are written 1.5 MB at a time, so an `add` that fails in the middle leaves those before.

    Args:
        index: the name of an index that exists.
        dimension: how many numbers a vector has.
        collection: the namespace.
        host: the index's own address, if it is not to be looked up by name.
        api_key: needed unless a host is given.

    Raises:
        StoreError: the package or the key is missing, there is no such index, or it has another
            dimension.
    """

    way_out: ClassVar[str] = "Check PINECONE_API_KEY, the name of the index, and the network"

    widest: ClassVar[int | None] = WIDEST

    def __init__(
        self,
        index: str,
        *,
        dimension: int,
        collection: str = COLLECTION,
        host: str | None = None,
        api_key: str | None = None,
    ) -> None:
        super().__init__(f"pinecone:{index}", dimension=dimension, collection=collection)
        if not index:
            raise StoreError("'pinecone:' names no index; use 'pinecone:INDEX'")
        if not api_key and not host:
            raise StoreError(f"{self.url} needs a key; put PINECONE_API_KEY into .env")
        self._secrets = (api_key or "",)
        with needs("pinecone"), self._readable_errors():
            from pinecone import Pinecone

            self._client = Pinecone(api_key=api_key or "no-key-needed")
            self._index = self._client.index(host=host) if host else self._client.index(name=index)
        try:
            with self._working():
                size = self._index.describe_index_stats().dimension
                if size not in (None, dimension):
                    at = f" at {public(host)}" if host else ""
                    raise StoreError(
                        f"{self.url}{at} holds vectors of {size} numbers, not {dimension}; use "
                        "another index, or the embedder it was made for"
                    )
        except BaseException:
            self.close()
            raise

    def _write(self, batch: Batch) -> None:
        rows = [
            {"id": ascii_id(key), "values": vector, "metadata": pack(payload)}
            for key, vector, payload in zip(
                batch.ids, batch.vectors.tolist(), batch.payloads, strict=True
            )
        ]
        sent = portions(
            rows, lambda row: len(json.dumps(row)), most_items=ROWS_AT_ONCE, most_size=BYTES_AT_ONCE
        )
        for part in sent:
            self._index.upsert(vectors=part, namespace=self.collection)

    def _nearest(self, queries: Vectors, k: int, conditions: list[Condition]) -> list[list[Match]]:
        if k > MOST_MATCHES:
            raise StoreError(f"k is {k}; Pinecone gives at most {MOST_MATCHES:,}")
        answers = [
            self._index.query(
                vector=query.tolist(),
                top_k=k,
                filter=as_filter(conditions),
                include_metadata=True,
                namespace=self.collection,
            )
            for query in queries
        ]
        return [
            ranked(
                (unquote(match.id), match.score, unpack(match.metadata or {}))
                for match in answer.matches
            )
            for answer in answers
        ]

    def _remove(self, ids: list[str]) -> int:
        removed = 0
        for start in range(0, len(ids), IDS_AT_ONCE):
            part = [ascii_id(key) for key in ids[start : start + IDS_AT_ONCE]]
            there = list(self._index.fetch(ids=part, namespace=self.collection).vectors)
            if there:
                self._index.delete(ids=there, namespace=self.collection)
            removed += len(there)
        return removed

    def _count(self, conditions: list[Condition]) -> int:
        chosen = as_filter(conditions)
        if chosen is None:
            space = self._index.describe_index_stats().namespaces.get(self.collection)
            return space.vector_count if space else 0
        # A filtered count is not among Pinecone's calls, so the rows are fetched, page by page.
        total, page = 0, None
        while True:
            answer = self._index.fetch_by_metadata(
                filter=chosen, namespace=self.collection, pagination_token=page
            )
            total += len(answer.vectors)
            page = answer.pagination.next if answer.pagination else None
            if not page:
                return total

    def _close(self) -> None:
        self._index.close()
        self._client.close()

    def _foreign(self) -> tuple[type[Exception], ...]:
        from pinecone.errors.exceptions import PineconeError

        return (PineconeError, OSError)


def ascii_id(key: str) -> str:
    """The id in ASCII, as Pinecone wants it; `unquote` gives it back.

    Raises:
        StoreError: it is too long for Pinecone.

    >>> ascii_id("refunds#3"), ascii_id("100 % für dich")
    ('refunds#3', '100 %25 f%C3%BCr dich')
    """
    text = quote(key, safe=" !\"#$&'()*+,/:;<=>?@[\\]^`{|}")
    if len(text) > LONGEST_ID:
        raise StoreError(
            f"the id {key[:40]!r}… has {len(text)} characters once it is ASCII; "
            f"Pinecone takes {LONGEST_ID}. Hash it"
        )
    return text


def as_filter(conditions: list[Condition]) -> dict[str, Any] | None:
    """The conditions in Pinecone's words.

    >>> from helpers.stores.filters import parse
    >>> as_filter(parse({"area": "API", "year": {"gte": 2025}}))
    {'$and': [{'t_area': {'$eq': 'API'}}, {'n_year': {'$gte': 2025}}]}
    """
    parts: list[dict[str, Any]] = []
    for condition in conditions:
        if condition.operator in COMPARE:
            name = packed_name(condition.field, 0)
            parts.append({name: {f"${condition.operator}": condition.value}})
        elif condition.operator == "in":
            parts.append({"$or": [_equals(condition.field, one) for one in condition.value]})
        else:
            parts.append(_equals(condition.field, condition.value))
    return {"$and": parts} if parts else None


def _equals(field: str, value: Value) -> dict[str, Any]:
    return {packed_name(field, value): {"$eq": value}}
