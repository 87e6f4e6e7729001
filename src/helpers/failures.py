"""Say in one sentence what went wrong at a service and what to do, and never show a key.

The SDKs raise a dozen exceptions, with the vendor's words in JSON. Here each becomes a
`ServiceError` with what happened, why, and the way out. What this module does not do: try
again; the SDKs do that themselves, twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from helpers.base_urls import better_base_url
from helpers.redaction import public, redact, short
from helpers.settings import Settings, get_settings

HERE = "WORKSHOP_OFFLINE=1 in .env answers on this machine instead"


class ServiceError(RuntimeError):
    """A service did not answer; the message says why and what to do."""


@contextmanager
def readable_failures(service: str = "anthropic") -> Iterator[None]:
    """Turn what an SDK raises into a `ServiceError`; everything else passes.

    Args:
        service: "anthropic" or "openai".

    The SDK's exception is not chained: it can hold the key, and a traceback would show it.

    Raises:
        ServiceError: the service did not answer, or not to the end.
    """
    settings = get_settings()
    try:
        yield
    except Exception as error:
        message = explain(error, service, settings)
        if message is None:
            raise
        raise ServiceError(message) from None


def explain(error: BaseException, service: str, settings: Settings) -> str | None:
    """What an exception means, for the person at the keyboard; None where it is no failure of a
    service."""
    if service == "anthropic":
        key, variable, url = settings.anthropic_api_key, "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"
        live, base, default = settings.claude_is_live, settings.anthropic_base_url, "Anthropic"
    else:
        key, variable, url = settings.openai_api_key, "OPENAI_API_KEY", "OPENAI_BASE_URL"
        live, base, default = settings.openai_is_live, settings.openai_base_url, "OpenAI"
    name = (f"The service at {public(base)}" if base else default) if live else "The provider here"
    if not live and settings.shared_provider:
        key, variable, url = settings.token, "WORKSHOP_TOKEN", "WORKSHOP_PROVIDER"
        live, base = True, settings.shared_provider
        name = f"The class's provider at {public(base)}"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None)
    if "APITimeoutError" in kinds or "TimeoutException" in kinds:
        return f"{name} did not answer in time. Run the cell again, or ask for a shorter answer."
    if kinds & {"RemoteProtocolError", "ReadError", "ConnectionResetError"}:
        return f"{name} broke off in the middle of the answer. Run the cell again."
    if kinds & {"APIConnectionError", "TransportError"}:
        check = f"Check the network, HTTPS_PROXY and {url}" if base else "Check the network"
        return f"{name} cannot be reached. {check}; {HERE}."
    if "APIStatusError" not in kinds or not isinstance(status, int):
        return None
    said = short(redact(_words(error), *settings.secrets()))
    number = f"{status}: {said}"
    if status == 401 and live and key is None:
        return f"{name} asks for a key ({number}). Put {variable} into .env; {HERE}."
    if status in (401, 403):
        return f"{name} does not accept the key ({number}). Check {variable} in .env; {HERE}."
    if status == 402 or "credit balance" in said.lower() or "insufficient_quota" in str(error):
        return f"{name} has no credit left for this key ({number}). Add some there; {HERE}."
    if status == 404:
        return f"{name} does not have what was asked for ({number}). {_where_else(url, base)}"
    if status == 429:
        return (
            f"{name} allows no more requests for now ({number}), and trying again did not help. "
            f"Wait {_wait(error)} and run the cell once more."
        )
    if status == 413:
        return f"{name} refuses so large a request ({number}). Send fewer or shorter passages."
    if status >= 500:
        overloaded = "is overloaded" if status == 529 or "overloaded" in said.lower() else "failed"
        return (
            f"{name} {overloaded} ({number}), and trying again did not help. Wait a minute and "
            "run the cell once more."
        )
    if "overloaded" in said.lower():  # in the middle of a stream, which began with status 200
        return f"{name} is overloaded and broke off the answer. Run the cell again in a minute."
    return f"{name} refuses the request ({number})."


def _where_else(variable: str, base: str | None) -> str:
    """What to set when a service knows nothing of a model, a file, or a whole address."""
    better = better_base_url(variable, base) if base else None
    if better:
        return f"Its address may be wrong: try {variable}={public(better)} in .env."
    if variable == "ANTHROPIC_BASE_URL":
        return (
            "If it is the model, set WORKSHOP_CLAUDE_MODEL to one that `python -m helpers.doctor` "
            "names."
        )
    return (
        "If it is the model, set WORKSHOP_OPENAI_MODEL to one that is offered there; a file, a job "
        "or a tuned model can be gone as well."
    )


def _words(error: BaseException) -> str:
    """The service's own message, out of the SDK's exception."""
    body: Any = getattr(error, "body", None)
    while isinstance(body, dict):
        body = next((body[name] for name in ("message", "error", "detail") if name in body), None)
    return str(body or next(iter(error.args), ""))


def _wait(error: BaseException) -> str:
    headers = getattr(getattr(error, "response", None), "headers", {})
    seconds = str(headers.get("retry-after", ""))
    return f"{seconds} seconds" if seconds.replace(".", "", 1).isdigit() else "a minute"
