"""The routes. Each reads a request, calls one function, and shapes what comes back."""

import base64
from pathlib import Path
from uuid import uuid4

import numpy as np
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from helpers.embedding import CachedEmbedder, MiniLM
from helpers.offline import models
from helpers.offline.errors import ApiError, anthropic_body, openai_body
from helpers.offline.faults import HEADER, NO_FAULT, read_fault
from helpers.offline.messages import answer, error_event, input_tokens, stream
from helpers.offline.requests import json_body
from helpers.offline.schema import CountRequest, EmbeddingsRequest, MessagesRequest, parse
from helpers.offline.tuning.routes import openai_model, openai_models, openai_routes
from helpers.offline.tuning.store import Store
from helpers.tokens import count_tokens


def build(home: Path, *, body_limit: int, fault: str) -> Flask:
    """The application; see `helpers.offline.create_app`."""
    app = Flask("helpers.offline")
    app.config["MAX_CONTENT_LENGTH"] = body_limit
    app.json.sort_keys = False  # type: ignore[attr-defined]
    embedder = CachedEmbedder(MiniLM(), home / "embeddings.sqlite")
    fault_for_all = read_fault(fault)
    store = Store(home)
    app.register_blueprint(openai_routes(store, embedder))

    @app.before_request
    def number_the_request() -> None:
        g.request_id = f"req_{uuid4().hex[:24]}"

    @app.before_request
    def fail_on_request() -> None:
        g.fault = NO_FAULT
        asked = request.headers.get(HEADER)
        try:
            chosen = fault_for_all if asked is None else read_fault(asked)
        except ValueError as error:
            raise ApiError(400, f"{HEADER}: {error}") from None
        g.fault = (
            chosen
            if chosen.strikes(request.headers.get("x-stainless-retry-count", "0"))
            else NO_FAULT
        )
        g.fault.before_answering()

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["request-id"] = g.request_id
        response.headers["x-request-id"] = g.request_id
        return response

    @app.post("/v1/messages")
    def create_message() -> Response:
        asked = parse(MessagesRequest, json_body())
        message = answer(asked, embedder)
        if asked.stream:
            broken_off = error_event(anthropic_body(529, "Overloaded", g.request_id))
            events = g.fault.upon(stream(message), broken_off)
            return Response(events, mimetype="text/event-stream")
        return jsonify(message)

    @app.post("/v1/messages/count_tokens")
    def count_message_tokens() -> Response:
        return jsonify(input_tokens=input_tokens(parse(CountRequest, json_body())))

    @app.post("/v1/embeddings")
    def create_embeddings() -> Response:
        asked = parse(EmbeddingsRequest, json_body())
        vectors = embedder.embed_documents(asked.input)
        tokens = sum(count_tokens(text) for text in asked.input)
        data = [
            {"object": "embedding", "index": index, "embedding": _encode(vector, asked)}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return jsonify(object="list", data=data, model=models.EMBEDDING_MODEL, usage=usage)

    @app.get("/v1/models")
    def list_models() -> Response:
        if _wants_openai_shape():
            return jsonify(object="list", data=openai_models(store))
        return jsonify(models.anthropic_page([models.READER_INFO], request.args))

    @app.get("/v1/models/<name>")
    def retrieve_model(name: str) -> Response:
        if _wants_openai_shape():
            return jsonify(openai_model(store, name))
        return jsonify(models.find(name, [models.READER_INFO]))

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        response = _error(error.status, error.message, param=error.param, code=error.code)
        if error.retry_after is not None:
            response.headers["retry-after-ms"] = str(round(error.retry_after * 1000))
            response.headers["retry-after"] = f"{error.retry_after:g}"
        return response

    @app.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:
            return _error(404, f"{request.method} {request.path}: no such endpoint here")
        if status == 413:
            return _error(413, f"the request body is larger than {body_limit:,} bytes")
        return _error(status, error.description or error.name)

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        app.logger.exception("The embedded provider failed")
        return _error(500, f"the embedded provider failed: {type(error).__name__}: {error}")

    return app


_OPENAI_PATHS = ("/v1/embeddings", "/v1/files", "/v1/fine_tuning", "/v1/chat")


def _wants_openai_shape() -> bool:
    """By the path; where both vendors have it, by the header that only Anthropic's SDK sends."""
    if request.path.startswith(_OPENAI_PATHS):
        return True
    return (
        not request.path.startswith("/v1/messages") and "anthropic-version" not in request.headers
    )


def _error(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> Response:
    if _wants_openai_shape():
        body = openai_body(status, message, param=param, code=code)
    else:
        body = anthropic_body(status, message, g.request_id)
    response = jsonify(body)
    response.status_code = status
    return response


def _encode(vector: np.ndarray, asked: EmbeddingsRequest) -> str | list[float]:
    if asked.encoding_format == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    return [float(value) for value in vector]
