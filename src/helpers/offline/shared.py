"""One provider for a class: each learner's token opens an application of the learner's own.

Every application has a folder of its own, with its files, jobs and models, so what belongs to one
learner does not exist for another. They share the machine only: the embedding model, the models in
memory, and the turns to train. What this module does not do: decide who may come in (`tokens`) or
how much one may ask (`limits`).
"""

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response
from pydantic import BaseModel, Field
from werkzeug import Request
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import ClosingIterator

from helpers.offline import create_app
from helpers.offline.errors import ApiError, error_response, new_request_id
from helpers.offline.limits import OF_A_CLASS, Guesses, Limits, Requests
from helpers.offline.machine import Machine
from helpers.offline.schema import parse
from helpers.offline.tokens import INSTRUCTOR, learner_of
from helpers.progress import FILE, PATH, State, keep, load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KEPT_MODELS = 8  # tuned models in memory, for all learners together


class SharedProvider:
    """A WSGI application in front of one embedded provider for each learner.

    Args:
        home: a folder; each learner's is below it.
        secret: of the class, from `tokens.read_secret`.
        limits: what each learner may take.
    """

    def __init__(self, home: Path, secret: str, *, limits: Limits = OF_A_CLASS) -> None:
        self._home, self._secret, self._limits = home, secret, limits
        self._machine = Machine.at(home, kept_models=KEPT_MODELS)
        self._guesses = Guesses()
        self._requests = Requests(limits.requests) if limits.requests else None
        self._applications: dict[str, Flask] = {}
        self._mutex = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/health":
            return Response("ok\n", mimetype="text/plain")(environ, start)
        try:
            learner = self._learner(request)
            if self._requests:
                self._requests.begin(learner)
        except ApiError as error:
            return error_response(request, error, new_request_id())(environ, start)
        try:
            if request.path == PATH:
                answer = self._progress(request, learner)(environ, start)
            else:
                answer = self._application(learner)(environ, start)
        except BaseException:
            self._end(learner)
            raise
        return ClosingIterator(answer, lambda: self._end(learner))

    def _progress(self, request: Request, learner: str) -> Response:
        """Keep a learner's result, or tell the instructor what all have, without saying who."""
        try:
            if request.method == "PUT":
                sent = parse(Sent, _small_json(request))
                keep(self._folder(learner) / FILE, sent.exercise, sent.state)
                return Response(status=204)
            if learner != INSTRUCTOR:
                raise ApiError(403, "only the instructor's token sees how the class stands")
        except ApiError as error:
            return error_response(request, error, new_request_id())
        found = [load(path) for path in sorted(self._home.glob(f"learners/*/{FILE}"))]
        return Response(json.dumps({"learners": found}), mimetype="application/json")

    def _end(self, learner: str) -> None:
        if self._requests:
            self._requests.end(learner)

    def _learner(self, request: Request) -> str:
        token = request.headers.get("x-api-key") or (
            request.authorization.token if request.authorization else None
        )
        learner = learner_of(self._secret, token or "")
        return self._guesses.check(request.remote_addr or "", token or "", learner)

    def _application(self, learner: str) -> Flask:
        with self._mutex:
            if learner not in self._applications:
                self._applications[learner] = create_app(
                    self._folder(learner), limits=self._limits, machine=self._machine
                )
            return self._applications[learner]

    def _folder(self, learner: str) -> Path:
        # Windows takes no folder by the name of a device, such as "con".
        return self._home / "learners" / f"of-{learner}"


class Sent(BaseModel):
    """What an exercise check sends."""

    exercise: str = Field(pattern=r"^Exercise [0-9]\.[0-9]$")
    state: State


def _small_json(request: Request) -> object:
    request.max_content_length = 1000
    try:
        return request.get_json(force=True)
    except HTTPException as error:
        raise ApiError(error.code or 400, "a small JSON object is expected") from None
