"""Where vectors are kept and searched: one protocol, five engines behind it.

`open_store(url)` gives memory, Qdrant, PostgreSQL, Weaviate or Pinecone; what is written against
`VectorStore` runs on each. What this package does not do: make vectors (`embedding`) or decide
what is a row (`chunking`).
"""

from helpers.stores.opening import open_store, store_of_settings
from helpers.stores.protocol import Match, StoreError, Value, VectorStore, Where

__all__ = [
    "Match",
    "StoreError",
    "Value",
    "VectorStore",
    "Where",
    "open_store",
    "store_of_settings",
]
