"""The calls of Pinecone's data plane that the store makes, on loopback.

It refuses what Pinecone refuses and keeps numbers as float64, as Pinecone does. It is exact,
which Pinecone is not, and what is written shows at once.
"""

import json
import operator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import JsonServer, Refused, cosine, same_kind

LARGEST_REQUEST = 2_000_000  # bytes
PAGE = 100
COMPARE = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}


class PineconeServer(JsonServer):
    """One index, with its namespaces."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.spaces: dict[str, dict[str, dict[str, Any]]] = {}
        super().__init__()

    def answer(self, method: str, path: str, body: Any) -> object:
        parts = urlsplit(path)
        if (method, parts.path) == ("GET", "/vectors/fetch"):
            query = parse_qs(parts.query)
            return self.fetch(query["ids"], query["namespace"][0])
        calls = {
            "/describe_index_stats": self.stats,
            "/vectors/upsert": self.upsert,
            "/query": self.query,
            "/vectors/delete": self.delete,
            "/vectors/fetch_by_metadata": self.fetch_by_metadata,
        }
        if method != "POST" or parts.path not in calls:
            raise Refused(404, f"no such call: {method} {path}")
        return calls[parts.path](body or {})

    def stats(self, body: dict) -> object:
        counts = {name: {"vectorCount": len(rows)} for name, rows in self.spaces.items()}
        total = sum(count["vectorCount"] for count in counts.values())
        return {
            "namespaces": counts,
            "dimension": self.dimension,
            "indexFullness": 0,
            "totalVectorCount": total,
        }

    def upsert(self, body: dict) -> object:
        rows = body["vectors"]
        if len(rows) > 1000 or len(json.dumps(body)) > LARGEST_REQUEST:
            raise Refused(413, "request too large")
        for row in rows:
            if not (0 < len(row["id"]) <= 512 and row["id"].isascii()):
                raise Refused(400, f"bad vector id: {row['id']}")
            self._check(row["values"])
            for name, value in row.get("metadata", {}).items():
                if name.startswith("$") or not isinstance(value, str | bool | int | float):
                    raise Refused(400, f"bad metadata: {name}")
        space = self.spaces.setdefault(body["namespace"], {})
        for row in rows:
            metadata = {
                name: value if isinstance(value, str | bool) else float(value)
                for name, value in row.get("metadata", {}).items()
            }
            space[row["id"]] = {"id": row["id"], "values": row["values"], "metadata": metadata}
        return {"upsertedCount": len(rows)}

    def query(self, body: dict) -> object:
        self._check(body["vector"])
        if not 1 <= body["topK"] <= 10_000:
            raise Refused(400, "topK must be between 1 and 10000")
        assert body["includeMetadata"] is True
        rows = self._matching(body["namespace"], body.get("filter"))
        scored = [(cosine(row["values"], body["vector"]), row) for row in rows]
        scored.sort(key=lambda pair: -pair[0])
        matches = [
            {"id": row["id"], "score": score, "values": [], "metadata": row["metadata"]}
            for score, row in scored[: body["topK"]]
        ]
        return {"matches": matches, "namespace": body["namespace"], "usage": {"readUnits": 1}}

    def delete(self, body: dict) -> object:
        if body["namespace"] not in self.spaces:
            raise Refused(404, "Namespace not found")
        for key in body["ids"]:
            self.spaces[body["namespace"]].pop(key, None)
        return {}

    def fetch(self, ids: list[str], namespace: str) -> object:
        space = self.spaces.get(namespace, {})
        found = {key: space[key] for key in ids if key in space}
        return {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}}

    def fetch_by_metadata(self, body: dict) -> object:
        rows = self._matching(body["namespace"], body["filter"])
        start = int(body.get("paginationToken") or 0)
        answer = {
            "vectors": {row["id"]: row for row in rows[start : start + PAGE]},
            "namespace": body["namespace"],
            "usage": {"readUnits": 1},
        }
        if start + PAGE < len(rows):
            answer["pagination"] = {"next": str(start + PAGE)}
        return answer

    def _check(self, vector: list[float]) -> None:
        if len(vector) != self.dimension:
            raise Refused(400, f"vector dimension {len(vector)} does not match {self.dimension}")
        if not any(vector):
            raise Refused(400, "a vector needs a value that is not zero")

    def _matching(self, namespace: str, wanted: dict | None) -> list[dict[str, Any]]:
        rows = list(self.spaces.get(namespace, {}).values())
        return [row for row in rows if wanted is None or passes(row["metadata"], wanted)]


def passes(metadata: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether metadata passes a filter."""
    return all(_passes(metadata, name, value) for name, value in wanted.items())


def _passes(metadata: dict[str, Any], name: str, value: Any) -> bool:
    if name in ("$and", "$or"):
        if not value:
            raise Refused(400, f"{name} needs conditions")
        return (all if name == "$and" else any)(passes(metadata, one) for one in value)
    if name.startswith("$") or not isinstance(value, dict) or len(value) != 1:
        raise Refused(400, f"bad filter: {name}: {value}")
    ((sign, wanted),) = value.items()
    if name not in metadata:
        return False
    found = metadata[name]
    if sign == "$eq":
        return same_kind(found, wanted) and found == wanted
    if sign in COMPARE and same_kind(wanted, 1):
        return same_kind(found, 1) and COMPARE[sign](found, wanted)
    raise Refused(400, f"bad operator: {sign}")
