"""What the vendors' clients send to Pinecone, Weaviate and a Qdrant server, and what comes of
errors there. That the answers are right is asked in `test_conformance`."""

import traceback

import numpy as np
import pytest
from engines import unit
from pinecone_server import PineconeServer
from qdrant_server import QdrantServer
from weaviate.proto.v1 import base_pb2
from weaviate_server import WeaviateServer

from helpers.stores import StoreError
from helpers.stores.pinecone import PineconeStore
from helpers.stores.qdrant import QdrantStore
from helpers.stores.weaviate import WeaviateStore

KEY = "planted-key-0123456789"
PAYLOAD = {"area": "Billing", "year": 2026, "a.b": True}
WHERE = {"area": {"in": ["Billing", 7]}, "year": {"gte": 2025}}


def told(call) -> str:
    with pytest.raises(StoreError) as caught:
        call()
    printed = "".join(traceback.format_exception(caught.value))
    assert KEY not in printed
    return str(caught.value)


class TestPinecone:
    @pytest.fixture
    def server(self):
        server = PineconeServer(2)
        yield server
        server.close()

    @pytest.fixture
    def store(self, server):
        with PineconeStore("index", dimension=2, host=server.url, api_key=KEY) as store:
            server.seen.clear()
            yield store

    def test_rows(self, server, store):
        store.add(["für dich"], [[3, 4]], [PAYLOAD])
        ((method, path, body, headers),) = server.seen
        assert (method, path, headers["Api-Key"]) == ("POST", "/vectors/upsert", KEY)
        (row,) = body["vectors"]
        assert row["id"] == "f%C3%BCr dich"
        assert row["values"] == pytest.approx([0.6, 0.8])
        assert row["metadata"] == {"t_area": "Billing", "n_year": 2026, "b_x_612e62": True}
        assert body["namespace"] == "handbook"

    def test_a_search(self, server, store):
        store.add(["a"], [[1, 0]], [PAYLOAD])
        assert store.search([1, 0], 3, WHERE)[0].payload == PAYLOAD
        _, path, body, _ = server.seen[-1]
        assert path == "/query"
        assert body == {
            "topK": 3,
            "vector": [1.0, 0.0],
            "namespace": "handbook",
            "includeMetadata": True,
            "includeValues": False,
            "filter": {
                "$and": [
                    {"$or": [{"t_area": {"$eq": "Billing"}}, {"n_area": {"$eq": 7}}]},
                    {"n_year": {"$gte": 2025}},
                ]
            },
        }

    def test_rows_travel_in_requests_of_a_bounded_size(self, server):
        server.dimension = 1536
        with PineconeStore("index", dimension=1536, host=server.url) as store:
            store.add([str(n) for n in range(100)], unit(100, dimension=1536))
            long = [{"text": "字" * 10_000}] * 40
            store.add([str(n) for n in range(40)], unit(40, dimension=1536), long)
        sizes = [len(body["vectors"]) for _, path, body, _ in server.seen if "upsert" in path]
        assert sum(sizes) == 140
        assert len(sizes) > 3

    def test_ids_to_delete_are_looked_up_first(self, server, store):
        store.add([str(n) for n in range(120)], unit(120, dimension=2))
        server.seen.clear()
        assert store.delete([str(n) for n in range(60, 180)]) == 60
        deleted = [body["ids"] for _, path, body, _ in server.seen if path == "/vectors/delete"]
        assert sum(map(len, deleted)) == 60

    def test_a_filtered_count_reads_page_after_page(self, server, store):
        store.add([str(n) for n in range(250)], unit(250, dimension=2), [{"n": 1}] * 250)
        assert store.count({"n": 1}) == 250
        pages = [path for _, path, _, _ in server.seen if "fetch_by_metadata" in path]
        assert len(pages) == 3

    def test_errors(self, server, store):
        server.dimension = 3
        message = told(lambda: store.add(["a"], [[1, 0]]))
        assert "does not match 3" in message
        assert "PINECONE_API_KEY" in message
        assert "10,000" in told(lambda: store.search([1, 0], 10_001))
        assert "Hash it" in told(lambda: store.add(["é" * 200], [[1, 0]]))

    def test_an_index_of_another_dimension(self, server):
        call = lambda: PineconeStore("index", dimension=5, host=server.url, api_key=KEY)  # noqa: E731
        assert "2 numbers, not 5" in told(call)


class TestWeaviate:
    @pytest.fixture
    def server(self):
        server = WeaviateServer()
        yield server
        server.close()

    @pytest.fixture
    def open_(self, server):
        opened = []

        def store(**options):
            options = {"dimension": 2, "grpc_port": server.grpc_port, "api_key": KEY} | options
            opened.append(WeaviateStore(server.url, **options))
            return opened[-1]

        yield store
        for one in opened:
            one.close()

    def test_the_schema(self, server, open_):
        store = open_()
        assert server.seen[-1][3]["authorization"] == f"Bearer {KEY}"
        assert server.schema["Handbook"]["description"] == "Unit vectors of 2 numbers"
        store.add(["a"], [[1, 0]], [PAYLOAD])
        properties = {one["name"]: one for one in server.schema["Handbook"]["properties"]}
        kinds = {name: one["dataType"] for name, one in properties.items()}
        assert kinds == {
            "key": ["text"],
            "t_area": ["text"],
            "n_year": ["number"],
            "b_x_612e62": ["boolean"],
        }
        assert properties["t_area"]["tokenization"] == "field"
        assert properties["t_area"]["indexFilterable"]

    def test_the_schema_is_read_by_a_second_store(self, server, open_):
        open_().add(["a"], [[1, 0]], [PAYLOAD])
        server.seen.clear()
        second = open_()
        second.add(["b"], [[0, 1]], [PAYLOAD])
        assert [one for one in server.seen if one[0] == "POST"] == []
        assert second.count({"area": "Billing"}) == 2

    def test_a_search(self, server, open_):
        store = open_()
        store.add(["a"], [[1, 0]], [PAYLOAD])
        assert store.search([1, 0], 3, WHERE)[0].payload == PAYLOAD
        request = server.calls[-1]
        assert (request.collection, request.limit) == ("Handbook", 3)
        sign = base_pb2.Filters.Operator
        assert request.filters.operator == sign.OPERATOR_AND
        area, year = request.filters.filters
        assert (area.target.property, area.value_text) == ("t_area", "Billing")
        assert area.operator == sign.OPERATOR_EQUAL
        assert (year.target.property, year.value_number) == ("n_year", 2025.0)
        assert year.operator == sign.OPERATOR_GREATER_THAN_EQUAL

    def test_a_field_that_no_row_has_is_not_asked_for(self, server, open_):
        store = open_()
        store.add(["a"], [[1, 0]])
        calls = len(server.calls)
        assert store.search([1, 0], 3, {"area": "Billing"}) == []
        assert store.count({"area": {"in": ["Billing"]}}) == 0
        assert len(server.calls) == calls

    def test_rows_travel_500_at_a_time(self, server, open_):
        open_().add([str(n) for n in range(1100)], unit(1100, dimension=2))
        sizes = [len(call.objects) for call in server.calls if hasattr(call, "objects")]
        assert sizes == [500, 500, 100]

    def test_errors(self, server, open_):
        store = open_()
        store.add(["a"], [[1, 0]])
        server.schema["Handbook"]["properties"].clear()
        assert "invalid type" in told(lambda: store.add(["b", "c"], [[1, 0], [0, 1]]))
        del server.schema["Handbook"]
        message = told(lambda: store.search([1, 0], 1))
        assert "not found" in message
        assert "?grpc=PORT" in message

    def test_a_collection_that_holds_something_else(self, server, open_):
        open_()
        server.schema["Handbook"]["description"] = "Cat pictures"
        assert "'Cat pictures'" in told(open_)


class TestQdrantServer:
    @pytest.fixture
    def server(self):
        server = QdrantServer()
        yield server
        server.close()

    @pytest.fixture
    def open_(self, server):
        opened = []

        def store(**options):
            opened.append(QdrantStore(server.url, **({"dimension": 2, "api_key": KEY} | options)))
            return opened[-1]

        yield store
        for one in opened:
            one.close()

    def test_rows_and_a_search(self, server, open_):
        store = open_()
        store.add(["a"], [[3, 4]], [PAYLOAD])
        _, _, body, headers = server.seen[-1]
        assert headers["api-key"] == KEY
        (point,) = body["points"]
        assert point["vector"] == pytest.approx([0.6, 0.8])
        assert point["payload"]["key"] == "a"
        assert point["payload"]["n_year"] == 2026
        assert store.search([1, 0], 3, WHERE)[0].payload == PAYLOAD
        assert server.seen[-1][2]["params"]["exact"] is False
        store.exact = True
        store.search([1, 0], 3)
        assert server.seen[-1][2]["params"]["exact"] is True

    def test_errors(self, server, open_):
        store = open_()
        server.client.delete_collection("handbook")
        message = told(lambda: store.search([1, 0], 1))
        assert "not found" in message
        assert "Check the address" in message


class TestQdrantFolder:
    def test_a_folder_that_another_client_has_open(self, tmp_path):
        from qdrant_client import QdrantClient

        other = QdrantClient(path=str(tmp_path / "rows"))
        message = told(lambda: QdrantStore(str(tmp_path / "rows"), dimension=2))
        assert "already accessed" in message
        assert "no other process" in message
        other.close()
        with QdrantStore(str(tmp_path / "rows"), dimension=2) as store:
            store.add(["a"], [[1, 0]])
        assert np.allclose(store.dimension, 2)

    def test_two_collections_in_one_folder(self, tmp_path):
        folder = str(tmp_path / "rows")
        with (
            QdrantStore(folder, dimension=2) as first,
            QdrantStore(folder, dimension=3, collection="other") as second,
        ):
            first.add(["a"], [[1, 0]])
            second.add(["a", "b"], np.eye(2, 3))
            assert (first.count(), second.count()) == (1, 2)
            first.close()
            assert second.count() == 2
        with QdrantStore(folder, dimension=2) as again:
            assert again.count() == 1
