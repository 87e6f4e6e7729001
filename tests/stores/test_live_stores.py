"""The same store code against real services, as far as the environment names them.

A store's URL in one of the variables below, and `WORKSHOP_LIVE_TESTS=1`, let a test run. It
writes a few rows into a collection of its own, `workshop_test`, and deletes them again. Keys are
read from `PINECONE_API_KEY`, `WEAVIATE_API_KEY` and `QDRANT_API_KEY`.
"""

import os
import time
from urllib.parse import parse_qs

import numpy as np
import pytest
from engines import DIMENSION, unit

from helpers.stores import open_store
from helpers.stores.pinecone import PineconeStore
from helpers.stores.qdrant import QdrantStore
from helpers.stores.weaviate import WeaviateStore

VARIABLES = {
    "postgresql": "WORKSHOP_TEST_POSTGRESQL",  # postgresql://USER:PASSWORD@HOST/DATABASE
    "qdrant": "WORKSHOP_TEST_QDRANT",  # qdrant:http://HOST:6333
    "weaviate": "WORKSHOP_TEST_WEAVIATE",  # weaviate:http://HOST:8080?grpc=50051
    "pinecone": "WORKSHOP_TEST_PINECONE",  # pinecone:INDEX, of 8 dimensions, metric cosine
}
OWN = {"dimension": DIMENSION, "collection": "workshop_test"}


@pytest.fixture(params=list(VARIABLES))
def store(request):
    variable = VARIABLES[request.param]
    url = os.environ.get(variable)
    if not url or os.environ.get("WORKSHOP_LIVE_TESTS") != "1":
        pytest.skip(f"asks a real service only with WORKSHOP_LIVE_TESTS=1 and {variable}")
    address, _, query = url.partition(":")[2].partition("?")
    key = os.environ.get(f"{request.param.upper()}_API_KEY")
    if request.param == "postgresql":
        sign = "&" if query else "?"
        opened = open_store(f"{url}{sign}collection=workshop_test", dimension=DIMENSION)
    elif request.param == "qdrant":
        opened = QdrantStore(address, api_key=key, **OWN)
    elif request.param == "weaviate":
        port = int(parse_qs(query).get("grpc", ["50051"])[0])
        opened = WeaviateStore(address, grpc_port=port, api_key=key, **OWN)
    else:
        opened = PineconeStore(address, api_key=key, **OWN)
    with opened:
        opened.delete(list("abcde"))
        yield opened
        opened.delete(list("abcde"))


def soon(ask, expected) -> None:
    """Pinecone shows what was written after a moment."""
    deadline = time.monotonic() + 60
    while ask() != expected and time.monotonic() < deadline:
        time.sleep(1)
    assert ask() == expected


def test_rows_are_written_found_filtered_and_deleted(store):
    payloads = [{"area": "Billing", "year": 2024 + n, "ü.x": n % 2 == 0} for n in range(5)]
    store.add(list("abcde"), np.eye(5, DIMENSION), payloads)
    query = np.array([5, 4, 3, 2, 1, 0, 0, 0])

    def found(where=None):
        return [match.id for match in store.search(query, 10, where)]

    soon(found, list("abcde"))
    soon(store.count, 5)
    assert store.search(query, 1)[0].payload == payloads[0]
    assert store.search(query, 1)[0].score == pytest.approx(5 / np.sqrt(55), abs=1e-4)
    soon(lambda: found({"year": {"gte": 2025, "lt": 2028}}), list("bcd"))
    soon(lambda: found({"year": {"in": [2024, 2028]}, "area": "Billing"}), list("ae"))
    soon(lambda: found({"ü.x": False}), list("bd"))
    soon(lambda: store.count({"year": {"gt": 2025}}), 3)
    assert found({"missing": 1}) == []
    store.add(["a"], unit(1), [{"area": "New"}])
    soon(lambda: found({"area": "New"}), ["a"])
    assert store.delete(["a", "b", "unknown"]) == 2
    soon(lambda: sorted(found()), list("cde"))
