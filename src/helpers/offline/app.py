"""The routes. Each reads a request, calls one function, and shapes what comes back."""

import base64
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from helpers.embedding import CachedEmbedder, MiniLM
from helpers.offline import READER
from helpers.offline.errors import ApiError, anthropic_body, openai_body
from helpers.offline.messages import answer, input_tokens, stream
from helpers.offline.schema import CountRequest, EmbeddingsRequest, MessagesRequest, parse
from helpers.tokens import count_tokens

EMBEDDING_MODEL = "all-MiniLM-L6-v2"
STARTED = int(time.time())


def build(home: Path, body_limit: int) -> Flask:
    """The application; see `helpers.offline.create_app`."""
    app = Flask("helpers.offline")
    app.config["MAX_CONTENT_LENGTH"] = body_limit
    app.json.sort_keys = False  # type: ignore[attr-defined]
    embedder = CachedEmbedder(MiniLM(), home / "embeddings.sqlite")

    @app.before_request
    def number_the_request() -> None:
        g.request_id = f"req_{uuid4().hex[:24]}"

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["request-id"] = g.request_id
        response.headers["x-request-id"] = g.request_id
        return response

    @app.post("/v1/messages")
    def create_message() -> Response:
        asked = parse(MessagesRequest, _body())
        message = answer(asked, embedder)
        if asked.stream:
            return Response(stream(message), mimetype="text/event-stream")
        return jsonify(message)

    @app.post("/v1/messages/count_tokens")
    def count_message_tokens() -> Response:
        return jsonify(input_tokens=input_tokens(parse(CountRequest, _body())))

    @app.post("/v1/embeddings")
    def create_embeddings() -> Response:
        asked = parse(EmbeddingsRequest, _body())
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        vectors = embedder.embed_documents(texts)
        tokens = sum(count_tokens(text) for text in texts)
        data = [
            {"object": "embedding", "index": index, "embedding": _encode(vector, asked)}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return jsonify(object="list", data=data, model=EMBEDDING_MODEL, usage=usage)

    @app.get("/v1/models")
    def list_models() -> Response:
        models = _models()
        return jsonify(
            object="list",
            data=models,
            has_more=False,
            first_id=models[0]["id"],
            last_id=models[-1]["id"],
        )

    @app.get("/v1/models/<name>")
    def retrieve_model(name: str) -> Response:
        for model in _models():
            if model["id"] == name:
                return jsonify(model)
        known = ", ".join(model["id"] for model in _models())
        raise ApiError(404, f"model: {name!r} is not here; the embedded provider has {known}")

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> tuple[Response, int]:
        return _error(error.status, error.message)

    @app.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> tuple[Response, int]:
        status = error.code or 500
        if status == 404:
            return _error(404, f"{request.method} {request.path}: no such endpoint here")
        if status == 413:
            return _error(413, f"the request body is larger than {body_limit:,} bytes")
        return _error(status, error.description or error.name)

    @app.errorhandler(Exception)
    def fail(error: Exception) -> tuple[Response, int]:
        app.logger.exception("The embedded provider failed")
        return _error(500, f"the embedded provider failed: {type(error).__name__}: {error}")

    return app


def _body() -> Any:
    try:
        return request.get_json(force=True)
    except HTTPException as error:
        if error.code == 413:
            raise
        raise ApiError(400, "the request body is not valid JSON") from None
    except RecursionError:
        raise ApiError(400, "the request body is nested too deeply") from None


def _wants_openai_shape() -> bool:
    return request.path == "/v1/embeddings" or (
        "anthropic-version" not in request.headers and not request.path.startswith("/v1/messages")
    )


def _error(status: int, message: str) -> tuple[Response, int]:
    if _wants_openai_shape():
        return jsonify(openai_body(status, message)), status
    return jsonify(anthropic_body(status, message, g.request_id)), status


def _models() -> list[dict[str, Any]]:
    """The models of the vendor whose SDK asks."""
    if _wants_openai_shape():
        return [
            {"id": EMBEDDING_MODEL, "object": "model", "created": STARTED, "owned_by": "offline"}
        ]
    return [
        {
            "id": READER,
            "type": "model",
            "display_name": "Offline extractive reader (not a language model)",
            "created_at": "1970-01-01T00:00:00Z",
            "lifecycle": "active",
        }
    ]


def _encode(vector: np.ndarray, asked: EmbeddingsRequest) -> str | list[float]:
    if asked.encoding_format == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    return [float(value) for value in vector]
