"""Errors in the two vendors' shapes, so that their SDKs raise their own exceptions."""

import json
from typing import Any
from uuid import uuid4

from flask import Response
from werkzeug import Request

ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_OPENAI_PATHS = ("/v1/embeddings", "/v1/files", "/v1/fine_tuning", "/v1/chat")
OPENAI_TYPES = {402: "insufficient_quota", 429: "rate_limit_error"}


class ApiError(Exception):
    """A request that is answered with an error status and one sentence.

    `retry_after` are seconds after which another attempt may be made; `param` and `code` are
    for OpenAI's shape only.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        retry_after: float | None = None,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after
        self.param, self.code = param, code


def anthropic_body(status: int, message: str, request_id: str) -> dict[str, Any]:
    """The shape of Anthropic's API.

    >>> anthropic_body(404, "no such path", "req_1")["error"]["type"]
    'not_found_error'
    """
    kind = ANTHROPIC_TYPES.get(status, "api_error")
    return {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id,
    }


def openai_body(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """The shape of OpenAI's API."""
    kind = "server_error" if status >= 500 else OPENAI_TYPES.get(status, "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def wants_openai_shape(request: Request) -> bool:
    """By the path; where both vendors have it, by the header that only Anthropic's SDK sends."""
    if request.path.startswith(_OPENAI_PATHS):
        return True
    return (
        not request.path.startswith("/v1/messages") and "anthropic-version" not in request.headers
    )


def new_request_id() -> str:
    """A request's id as it is shown to who asked, for the log."""
    return f"req_{uuid4().hex[:24]}"


def error_response(request: Request, error: ApiError, request_id: str) -> Response:
    """The error as the vendor whose SDK asks would send it."""
    if wants_openai_shape(request):
        body = openai_body(error.status, error.message, param=error.param, code=error.code)
    else:
        body = anthropic_body(error.status, error.message, request_id)
    response = Response(json.dumps(body), error.status, mimetype="application/json")
    response.headers["request-id"] = response.headers["x-request-id"] = request_id
    if error.retry_after is not None:
        response.headers["retry-after-ms"] = str(round(error.retry_after * 1000))
        response.headers["retry-after"] = f"{error.retry_after:g}"
    return response
