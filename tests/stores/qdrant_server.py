"""The REST calls of Qdrant that the store makes, on loopback, answered by Qdrant's own code.

Each body is read into the model of Qdrant's client for it, so a body that a server could not
read fails here too.
"""

from typing import Any

from loopback import JsonServer, Refused
from qdrant_client import QdrantClient, models


class QdrantServer(JsonServer):
    """A client in memory behind HTTP."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:", force_disable_check_same_thread=True)
        super().__init__()

    def close(self) -> None:
        super().close()
        self.client.close()

    def error(self, refused: Refused) -> object:
        return {"status": {"error": str(refused)}, "time": 0.0}

    def answer(self, method: str, path: str, body: Any) -> object:
        name, *rest = path.partition("?")[0].removeprefix("/collections/").split("/")
        try:
            result = self.result(method, name, "/".join(rest), body)
        except ValueError as error:
            raise Refused(400, str(error)) from None
        return {"result": result, "status": "ok", "time": 0.0}

    def result(self, method: str, name: str, call: str, body: Any) -> object:
        client, done = self.client, {"operation_id": 1, "status": "completed"}
        if (method, call) == ("GET", "exists"):
            return {"exists": client.collection_exists(name)}
        if (method, call) == ("PUT", ""):
            given = models.CreateCollection.model_validate(body)
            return client.create_collection(name, vectors_config=given.vectors)
        if (method, call) == ("GET", ""):
            return client.get_collection(name).model_dump(mode="json")
        if (method, call) == ("PUT", "points"):
            client.upsert(name, models.PointsList.model_validate(body).points)
            return done
        if (method, call) == ("POST", "points"):
            asked = models.PointRequest.model_validate(body)
            found = client.retrieve(name, asked.ids, with_payload=asked.with_payload)
            return [record.model_dump(mode="json") for record in found]
        if (method, call) == ("POST", "points/query"):
            query = models.QueryRequest.model_validate(body)
            nearest = query.query.nearest if hasattr(query.query, "nearest") else query.query
            found = client.query_points(
                name, query=nearest, query_filter=query.filter, limit=query.limit
            )
            return found.model_dump(mode="json")
        if (method, call) == ("POST", "points/delete"):
            client.delete(name, models.PointIdsList.model_validate(body).points)
            return done
        if (method, call) == ("POST", "points/count"):
            count = models.CountRequest.model_validate(body)
            return client.count(name, count_filter=count.filter).model_dump()
        raise Refused(404, f"no such call: {method} {name} {call}")
