"""The routes. Each reads a request, calls one function, and shapes what comes back."""

import base64
from pathlib import Path

import numpy as np
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from helpers.offline import models
from helpers.offline.errors import (
    ApiError,
    anthropic_body,
    error_response,
    new_request_id,
    wants_openai_shape,
)
from helpers.offline.faults import HEADER, NO_FAULT, read_fault
from helpers.offline.limits import Limits
from helpers.offline.machine import Machine
from helpers.offline.messages import answer, error_event, input_tokens, stream
from helpers.offline.requests import json_body
from helpers.offline.schema import CountRequest, EmbeddingsRequest, MessagesRequest, parse
from helpers.offline.tuning.routes import openai_model, openai_models, openai_routes
from helpers.offline.tuning.store import Store
from helpers.tokens import count_tokens


def build(home: Path, *, limits: Limits | None, fault: str, machine: Machine | None) -> Flask:
    """The application; see `helpers.offline.create_app`."""
    limits, machine = limits or Limits(), machine or Machine.at(home)
    app = Flask("helpers.offline")
    app.config["MAX_CONTENT_LENGTH"] = limits.body
    app.json.sort_keys = False  # type: ignore[attr-defined]
    embedder = machine.embedder
    fault_for_all = read_fault(fault)
    store = Store(home)
    app.register_blueprint(openai_routes(store, machine, limits))

    @app.before_request
    def number_the_request() -> None:
        g.request_id = new_request_id()

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
        if wants_openai_shape(request):
            return jsonify(object="list", data=openai_models(store))
        return jsonify(models.anthropic_page([models.READER_INFO], request.args))

    @app.get("/v1/models/<name>")
    def retrieve_model(name: str) -> Response:
        if wants_openai_shape(request):
            return jsonify(openai_model(store, name))
        return jsonify(models.find(name, [models.READER_INFO]))

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return error_response(request, error, g.request_id)

    @app.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> Response:
        status = error.code or 500
        problem = error.description or error.name
        if status == 404:
            problem = f"{request.method} {request.path}: no such endpoint here"
        if status == 413:
            problem = f"the request body is larger than {request.max_content_length:,} bytes"
        return refuse(ApiError(status, problem))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        app.logger.exception("The embedded provider failed")
        problem = f"the embedded provider failed: {type(error).__name__}: {error}"
        return refuse(ApiError(500, problem))

    return app


def _encode(vector: np.ndarray, asked: EmbeddingsRequest) -> str | list[float]:
    if asked.encoding_format == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    return [float(value) for value in vector]
