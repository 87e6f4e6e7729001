"""Read a request's body."""

from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from helpers.offline.errors import ApiError


def json_body() -> Any:
    """The body as JSON.

    Raises:
        ApiError: it is no JSON, or is nested too deeply.
    """
    try:
        return request.get_json(force=True)
    except HTTPException as error:
        if error.code == 413:
            raise
        raise ApiError(400, "the request body is not valid JSON") from None
    except RecursionError:
        raise ApiError(400, "the request body is nested too deeply") from None
