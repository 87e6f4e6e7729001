"""The models that the embedded provider has, in the shape of the vendor whose SDK asks."""

import time
from collections.abc import Mapping
from typing import Any

from helpers.offline import READER
from helpers.offline.errors import ApiError
from helpers.offline.messages import MAX_INPUT_TOKENS
from helpers.offline.schema import MAX_OUTPUT_TOKENS

JsonObject = dict[str, Any]
EMBEDDING_MODEL = "all-MiniLM-L6-v2"
STARTED = int(time.time())
_NO = {"supported": False}
_YES = {"supported": True}

READER_INFO: JsonObject = {
    "id": READER,
    "type": "model",
    "display_name": "Offline extractive reader (not a language model)",
    "created_at": "1970-01-01T00:00:00Z",
    "lifecycle": "active",
    "deprecated_at": None,
    "retires_at": None,
    "line": None,
    "max_input_tokens": MAX_INPUT_TOKENS,
    "max_tokens": MAX_OUTPUT_TOKENS,
    "capabilities": {
        "batch": _NO,
        "citations": _YES,
        "code_execution": _NO,
        "context_management": _NO,
        "effort": dict.fromkeys(("low", "medium", "high", "max"), _NO) | _NO,
        "image_input": _NO,
        "pdf_input": _NO,
        "server_tools": _NO | {"code_execution": _NO, "web_search": _NO},
        "structured_outputs": _YES,
        "thinking": _NO | {"types": {"adaptive": _NO, "enabled": _NO}},
    },
}
EMBEDDER_INFO: JsonObject = {
    "id": EMBEDDING_MODEL,
    "object": "model",
    "created": STARTED,
    "owned_by": "offline",
}


def find(name: str, models: list[JsonObject]) -> JsonObject:
    """The model of that name.

    Raises:
        ApiError: there is none; the message names those there are.
    """
    for model in models:
        if model["id"] == name:
            return model
    known = ", ".join(model["id"] for model in models)
    raise ApiError(404, f"model: {name!r} is not here; the embedded provider has {known}")


def anthropic_page(models: list[JsonObject], query: Mapping[str, str]) -> JsonObject:
    """One page of the list, as Anthropic's API pages it.

    Args:
        query: `limit` (1 to 1000), and `after_id` or `before_id`.

    Raises:
        ApiError: `limit` is no such number.

    >>> anthropic_page([READER_INFO], {"after_id": "offline-reader"})["data"]
    []
    """
    limit = query.get("limit", "20")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:5]) <= 1000):
        raise ApiError(400, f"limit: {limit[:20]!r} is not a whole number from 1 to 1000")
    ids = [model["id"] for model in models]
    start, end = 0, len(models)
    if query.get("after_id") in ids:
        start = ids.index(query["after_id"]) + 1
    if query.get("before_id") in ids:
        end = ids.index(query["before_id"])
    page = models[start:end][: int(limit)]
    return {
        "data": page,
        "has_more": len(page) < end - start,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }
