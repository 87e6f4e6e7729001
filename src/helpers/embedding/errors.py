"""Say in one sentence what went wrong at a service and what to do, and never show a key."""

import re
from typing import TYPE_CHECKING

from helpers.base_urls import better_base_url
from helpers.network import network_problem
from helpers.redaction import redact, short

if TYPE_CHECKING:
    from helpers.embedding.hosted import HostedEmbedder

LOCAL = "or use 'local:all-MiniLM-L6-v2', which needs no service"


class EmbedderError(ValueError):
    """An embedder cannot be had, or gave no vectors; the message says what to do."""


def explain(
    error: Exception, asked: "HostedEmbedder", *, secret: str, longest: int
) -> EmbedderError:
    """What an SDK's exception means, and the way out.

    Args:
        error: what the SDK raised.
        asked: the embedder whose request failed.
        secret: the key, to be kept out of the message.
        longest: characters of the longest text in the request.
    """
    who = asked.vendor if asked.is_default else f"The server at {asked.where}"
    key, url = asked.variables
    otherwise = asked.otherwise
    said = short(redact(_words(error), secret))
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None) or 0
    at = f"{who} ({status}: {said})" if said else f"{who} ({status})"
    network = None if status else network_problem()
    better = None if asked.is_default else better_base_url(url, asked.where)
    try_this = f" (try {better})" if better else ""
    too_long = re.search("token|too long|length", said)
    if network:
        message = f"{who} cannot be reached. {network.removesuffix('.')}, {otherwise}."
    elif isinstance(error, asked.unreachable):
        root = _root(error)
        cause = short(redact(str(root) or type(root).__name__, secret))
        message = (
            f"{who} cannot be reached ({cause}). "
            f"Check the network, HTTPS_PROXY and {url}, {otherwise}."
        )
    elif status in (401, 403):
        message = (
            f"{at} does not accept the key. Check {key} in .env or the environment, {otherwise}."
        )
    elif status == 404 or (status in (400, 422) and asked.model in said and not too_long):
        message = (
            f"{at} has no embedding model {asked.model!r}. Check the name and {url}{try_this}; "
            f"{asked.vendor} is known to have {', '.join(map(repr, asked.dimensions))}."
        )
    elif status in (400, 413, 422):
        message = (
            f"{at} refuses the request. If a text is too long for the model, cut it into chunks: "
            f"the longest here has {longest:,} characters."
        )
    elif status in (402, 429):
        message = (
            f"{at} takes no more requests for now. What has arrived is in the cache: wait a "
            f"minute and run the same again, or look at your account's limits, {otherwise}."
        )
    elif status >= 400:
        message = (
            f"{at} failed. What has arrived is in the cache: run the same again later, {otherwise}."
        )
    else:
        message = (
            f"{who} gave an answer without embeddings "
            f"({type(error).__name__}: {said}). Check {url}, {otherwise}."
        )
    return EmbedderError(message)


def _words(error: Exception) -> str:
    """The service's own message out of the exceptions of three SDKs, or the SDK's."""
    body = getattr(error, "body", None) or getattr(error, "json_body", None)
    while isinstance(body, dict):
        body = next((body[name] for name in ("message", "detail", "error") if name in body), None)
    return str(body or next(iter(error.args), ""))


def _root(error: BaseException) -> BaseException:
    """The exception that began it; an SDK's own says only that there was one."""
    cause = error.__cause__ or error.__context__
    return _root(cause) if cause else error
