"""What is stored: a row for each chunk, under an id that follows from its content.

What this module does not do: embed, or write to a store.
"""

import hashlib
import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from helpers.chunking import by_markdown
from helpers.retrieval import searchable
from helpers.stores import Value, VectorStore
from helpers.stores.postgresql import PostgresStore
from helpers.stores.qdrant import QdrantStore

SLOT = "slot"  # the payload's number by which a store is listed part by part
SLOTS = 2**32
PART = 1000  # rows in a part, on average; Pinecone sends no more than 4 MB at once
MOST = 2 * PART  # slots come from a hash, so no part grows much above the average


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk as it goes into the store; `text` is what is embedded."""

    id: str
    text: str
    payload: dict[str, Value]


def cut(source: str, text: str, *, size: int, overlap: int, embedder: str) -> list[Row]:
    """The rows of a document, in its order; a stretch of nothing but spaces makes none.

    The id is a hash of the embedder's name, the document's name, and the chunk's place and text:
    whatever changes the vector or the payload makes another row.

    Args:
        source: the document's name.
        text: the document.
        size: most tokens in a chunk.
        overlap: most tokens that a chunk repeats from the one before it.
        embedder: the name of the model.

    Raises:
        ValueError: `size` is below 1, or `overlap` is negative or not below `size`.

    >>> row = cut("a.md", "# A\\nOne.", size=9, overlap=0, embedder="any")[0]
    >>> row.id, row.payload["start"], row.payload["heading"]
    ('10029deb2c68db1f168fefc93ac8c2e9', 0, 'A')
    """
    rows = []
    for chunk in by_markdown(text, size=size, overlap=overlap, source=source):
        if not chunk.text.strip():
            continue
        embedded = searchable(chunk, breadcrumbs=True)
        content = json.dumps([embedder, source, chunk.start, chunk.end, embedded]).encode()
        key = hashlib.sha256(content).hexdigest()[:32]
        payload: dict[str, Value] = {
            "source": source,
            "heading": chunk.heading,
            "context": chunk.context,
            "start": chunk.start,
            "end": chunk.end,
            "text": chunk.text,
            SLOT: int(key[:8], 16),
        }
        rows.append(Row(key, embedded, payload))
    return rows


def known_ids(store: VectorStore) -> frozenset[str]:
    """Ids of the rows that this package has put into a store; other rows are left alone.

    Weaviate and Pinecone search an approximate index, which may leave rows out. That costs time
    and no data: such a row is embedded and written once more, under the same id.

    Raises:
        StoreError: the engine does not answer.
    """
    if isinstance(store, PostgresStore | QdrantStore):
        store.exact = True  # so that an index leaves no row out
    parts = -(-store.count() // PART)
    bounds = [SLOTS * part // parts for part in range(parts + 1)] if parts else []
    anywhere = np.ones(store.dimension)
    return frozenset(
        match.id
        for low, high in pairwise(bounds)
        for match in store.search(anywhere, MOST, where={SLOT: {"gte": low, "lt": high}})
    )
