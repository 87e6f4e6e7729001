"""The calls of Weaviate that the store makes, on loopback: REST for the schema, gRPC for rows.

The messages are those of Weaviate's own protocol, from its client's package. It refuses what
Weaviate refuses: a name that is no GraphQL name, a filter on a property that no row has had, a
filter of another type than the property. It is exact, which Weaviate is not.
"""

import operator
import re
import struct
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from loopback import JsonServer, Refused, cosine
from weaviate.proto.v1 import (
    aggregate_pb2,
    base_pb2,
    batch_delete_pb2,
    batch_pb2,
    properties_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

CLASS_NAME = re.compile(r"[A-Z][_0-9A-Za-z]{0,254}")
PROPERTY_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,230}")
TYPES = {"text": str, "number": float, "boolean": bool}
Sign = base_pb2.Filters.Operator
COMPARE = {
    Sign.OPERATOR_EQUAL: operator.eq,
    Sign.OPERATOR_GREATER_THAN: operator.gt,
    Sign.OPERATOR_GREATER_THAN_EQUAL: operator.ge,
    Sign.OPERATOR_LESS_THAN: operator.lt,
    Sign.OPERATOR_LESS_THAN_EQUAL: operator.le,
}
HNSW = {  # what Weaviate fills in
    "cleanupIntervalSeconds": 300,
    "dynamicEfMin": 100,
    "dynamicEfMax": 500,
    "dynamicEfFactor": 8,
    "ef": -1,
    "efConstruction": 128,
    "filterStrategy": "sweeping",
    "flatSearchCutoff": 40000,
    "maxConnections": 32,
    "skip": False,
    "vectorCacheMaxObjects": 10**12,
}


class WeaviateServer(JsonServer):
    """Collections and their rows; `schema` holds what was posted."""

    def __init__(self) -> None:
        self.schema: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.grpc_drops = 0
        self.calls: list[object] = []
        super().__init__()
        size = [("grpc.max_receive_message_length", 10 * 2**20)]
        self.grpc = grpc.server(ThreadPoolExecutor(4), options=size)
        weaviate_pb2_grpc.add_WeaviateServicer_to_server(Calls(self), self.grpc)
        self.grpc_port = self.grpc.add_insecure_port("127.0.0.1:0")
        self.grpc.start()

    def close(self) -> None:
        self.grpc.stop(0).wait()
        super().close()

    def error(self, refused: Refused) -> object:
        return {"error": [{"message": str(refused)}]}

    def answer(self, method: str, path: str, body: Any) -> object:
        parts = path.removeprefix("/v1/").split("/")
        if path == "/v1/meta":
            return {"hostname": self.url, "version": "1.34.0", "modules": {}}
        if (method, path) == ("POST", "/v1/schema"):
            return self.make(body)
        if parts[0] == "schema" and len(parts) > 1:
            if parts[1] not in self.schema:
                raise Refused(404, "class not found")
            if (method, parts[2:]) == ("POST", ["properties"]):
                return self.add_property(self.schema[parts[1]], body)
            if (method, parts[2:]) == ("GET", []):
                return self.schema[parts[1]]
        raise Refused(404, f"no such call: {method} {path}")

    def make(self, body: dict[str, Any]) -> object:
        name = body["class"]
        if not CLASS_NAME.fullmatch(name) or name in self.schema:
            raise Refused(422, f"bad or existing class name {name!r}")
        ((_, vector),) = body["vectorConfig"].items()
        if vector["vectorizer"] != {"none": {}}:
            raise Refused(422, f"vectorizer {vector['vectorizer']}")
        if vector["vectorIndexConfig"]["distance"] != "cosine":
            raise Refused(422, "this server only knows cosine")
        properties = body.pop("properties", [])
        vector["vectorIndexConfig"] = HNSW | vector["vectorIndexConfig"]
        self.schema[name] = body | {"properties": []}
        self.rows[name] = {}
        for one in properties:
            self.add_property(self.schema[name], one)
        return self.schema[name]

    def add_property(self, schema: dict[str, Any], body: dict[str, Any]) -> object:
        name, kind = body["name"], body["dataType"][0]
        known = [one["name"] for one in schema["properties"]]
        if not PROPERTY_NAME.fullmatch(name) or name in ("id", "vector") or name in known:
            raise Refused(422, f"bad or existing property name {name!r}")
        if kind == "text" and body.get("tokenization") != "field":
            raise Refused(422, "without tokenization 'field' a text would be cut into words")
        defaults = {"indexFilterable": True, "indexSearchable": False}
        schema["properties"].append(defaults | body)
        assert kind in TYPES
        return body

    def types(self, collection: str) -> dict[str, type]:
        properties = self.schema[collection]["properties"]
        return {one["name"]: TYPES[one["dataType"][0]] for one in properties}

    def matching(self, collection: str, filters: base_pb2.Filters | None) -> dict[str, dict]:
        if collection not in self.schema:
            raise Refused(404, f"class {collection} not found")
        rows = self.rows[collection]
        if filters is None:
            return dict(rows)
        types = self.types(collection)
        return {key: row for key, row in rows.items() if passes(key, row, filters, types)}


def passes(key: str, row: dict[str, Any], wanted: base_pb2.Filters, types: dict) -> bool:
    """Whether a row passes a filter."""
    if wanted.operator in (Sign.OPERATOR_AND, Sign.OPERATOR_OR):
        results = [passes(key, row, one, types) for one in wanted.filters]
        return all(results) if wanted.operator == Sign.OPERATOR_AND else any(results)
    name = wanted.target.property
    if name == "_id":
        assert wanted.operator == Sign.OPERATOR_CONTAINS_ANY
        return key in wanted.value_text_array.values
    if name not in types:
        raise Refused(422, f"no such prop with name {name!r} found")
    field = wanted.WhichOneof("test_value")
    given = {"value_text": str, "value_number": float, "value_boolean": bool}.get(field)
    if given is not types[name]:
        raise Refused(422, f"{name} is {types[name].__name__}, the filter has {field}")
    found = row["properties"].get(name)
    return found is not None and COMPARE[wanted.operator](found, getattr(wanted, field))


class Calls(weaviate_pb2_grpc.WeaviateServicer):
    """The four calls about rows."""

    def __init__(self, server: WeaviateServer) -> None:
        self.server = server

    def _enter(self, request: object, context: grpc.ServicerContext) -> None:
        self.server.calls.append(request)
        if self.server.grpc_drops:
            self.server.grpc_drops -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "dropped")

    def _matching(self, request: Any, context: grpc.ServicerContext) -> dict[str, dict]:
        filters = request.filters if request.HasField("filters") else None
        try:
            return self.server.matching(request.collection, filters)
        except Refused as refused:
            context.abort(grpc.StatusCode.UNKNOWN, str(refused))
            raise

    def BatchObjects(self, request, context):  # noqa: N802
        with self.server.lock:
            self._enter(request, context)
            errors = []
            for place, row in enumerate(request.objects):
                message = self._store(row)
                if message:
                    error = batch_pb2.BatchObjectsReply.BatchError(index=place, error=message)
                    errors.append(error)
            return batch_pb2.BatchObjectsReply(took=0.001, errors=errors)

    def _store(self, row: batch_pb2.BatchObject) -> str:
        values = dict(row.properties.non_ref_properties.items())
        vector = floats(row.vector_bytes or row.vectors[0].vector_bytes)
        rows, types = self.server.rows[row.collection], self.server.types(row.collection)
        known = next(iter(rows.values()), None)
        if known and len(known["vector"]) != len(vector):
            return f"vector lengths don't match: {len(known['vector'])} vs {len(vector)}"
        for name, value in values.items():
            if types.get(name) is not type(value):
                return f"invalid type of property {name!r}: {value!r}"
        rows[str(uuid.UUID(row.uuid))] = {"properties": values, "vector": vector}
        return ""

    def Search(self, request, context):  # noqa: N802
        with self.server.lock:
            self._enter(request, context)
            assert request.metadata.distance
            near = request.near_vector
            query = floats(near.vector_bytes or near.vectors[0].vector_bytes)
            rows = self._matching(request, context)
            scored = [(1 - cosine(row["vector"], query), key) for key, row in rows.items()]
            results = [
                search_get_pb2.SearchResult(
                    properties=self._properties(request.collection, rows[key]["properties"]),
                    metadata=search_get_pb2.MetadataResult(
                        id=key,
                        id_as_bytes=uuid.UUID(key).bytes,
                        distance=distance,
                        distance_present=True,
                    ),
                )
                for distance, key in sorted(scored)[: request.limit]
            ]
            return search_get_pb2.SearchReply(took=0.001, results=results)

    def _properties(self, collection: str, values: dict) -> search_get_pb2.PropertiesResult:
        fields = {}
        for name, kind in self.server.types(collection).items():
            value = values.get(name)
            if value is None:
                fields[name] = properties_pb2.Value(null_value=0)
            elif kind is str:
                fields[name] = properties_pb2.Value(text_value=value)
            elif kind is bool:
                fields[name] = properties_pb2.Value(bool_value=value)
            else:
                fields[name] = properties_pb2.Value(number_value=value)
        return search_get_pb2.PropertiesResult(
            non_ref_props=properties_pb2.Properties(fields=fields), target_collection=collection
        )

    def BatchDelete(self, request, context):  # noqa: N802
        with self.server.lock:
            self._enter(request, context)
            found = self._matching(request, context)
            for key in found:
                del self.server.rows[request.collection][key]
            return batch_delete_pb2.BatchDeleteReply(matches=len(found), successful=len(found))

    def Aggregate(self, request, context):  # noqa: N802
        with self.server.lock:
            self._enter(request, context)
            assert request.objects_count
            count = len(self._matching(request, context))
            single = aggregate_pb2.AggregateReply.Single(objects_count=count)
            return aggregate_pb2.AggregateReply(took=0.001, single_result=single)


def floats(content: bytes) -> list[float]:
    return list(struct.unpack(f"<{len(content) // 4}f", content))
