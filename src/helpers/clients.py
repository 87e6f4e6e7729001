"""The vendors' own SDK objects, wired to their service or to the embedded provider.

With a key in the settings the client talks to the service. Without one it is the same class
with the embedded provider mounted in place of the network, so no port is opened and the
lesson's cell does not change. `WORKSHOP_PROVIDER` puts the one provider that a class shares in
place of that in this process.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.network import readable_network
from helpers.redaction import public
from helpers.settings import Settings, get_settings

if TYPE_CHECKING:
    import anthropic
    import httpx2
    import openai
    from flask import Flask

# Never resolved: requests to it are handed to the application in this process.
INSIDE = "http://offline.invalid"


def anthropic_client() -> "anthropic.Anthropic":
    """An Anthropic client: live with a key or a base URL, else the embedded provider.

    Raises:
        SettingsError: a setting cannot be used, or a proxy or a file of certificates.
    """
    import anthropic

    settings = get_settings()
    if settings.claude_is_live:
        key, base_url = settings.anthropic_api_key, settings.anthropic_base_url
    else:
        key, base_url = settings.token, settings.shared_provider
    if settings.claude_is_live or base_url:
        # Not made by the SDK: what is left of one that failed prints a traceback of its own.
        with readable_network():
            network = anthropic.DefaultHttpxClient()
        return anthropic.Anthropic(api_key=_key(key), base_url=base_url, http_client=network)
    http_client = anthropic.DefaultHttpxClient(transport=_mounted_provider(settings.home))
    return anthropic.Anthropic(api_key="offline", base_url=INSIDE, http_client=http_client)


def openai_client() -> "openai.OpenAI":
    """An OpenAI client: live with a key or a base URL, else the embedded provider.

    Raises:
        SettingsError: a setting cannot be used, or a proxy or a file of certificates.
    """
    settings = get_settings()
    if settings.openai_is_live:
        return _openai(settings.openai_api_key, settings.openai_base_url)
    return embedded_openai_client()


def embedded_openai_client() -> "openai.OpenAI":
    """An OpenAI client of the embedded provider, key or not: for experiments that train a dozen
    models, which would cost money elsewhere."""
    import openai

    settings = get_settings()
    if settings.shared_provider:
        return _openai(settings.token, f"{settings.shared_provider}/v1")
    http_client = openai.DefaultHttpxClient(transport=_mounted_provider(settings.home))
    return openai.OpenAI(api_key="offline", base_url=f"{INSIDE}/v1", http_client=http_client)


def who_trains(settings: Settings | None = None) -> str:
    """One line for the top of a notebook: where its fine-tuning jobs run.

    >>> who_trains(Settings(WORKSHOP_OFFLINE=True))
    'this machine: the embedded provider tunes a small model here, costs nothing'
    """
    settings = settings or get_settings()
    if not settings.openai_is_live:
        if shared := settings.shared_provider:
            return f"the class's provider at {public(shared)}: tunes a small model, costs nothing"
        return "this machine: the embedded provider tunes a small model here, costs nothing"
    where = public(settings.openai_base_url) if settings.openai_base_url else "OpenAI"
    return f"{settings.openai_model}, at {where}; jobs and calls cost money"


def who_answers(settings: Settings | None = None) -> str:
    """One line for the top of a notebook: which model answers in it.

    >>> who_answers(Settings(WORKSHOP_OFFLINE=True))
    'offline-reader: copies sentences from the context, is not a language model, costs nothing'
    """
    settings = settings or get_settings()
    if not settings.claude_is_live:
        shared = settings.shared_provider
        where = f" at {public(shared)}, the class's provider" if shared else ""
        return (
            f"offline-reader{where}: copies sentences from the context, is not a language model, "
            "costs nothing"
        )
    base = settings.anthropic_base_url
    where = public(base) if base else "Anthropic's API; calls cost money"
    return f"{settings.claude_model}, at {where}"


def _openai(secret: object, base_url: str | None) -> "openai.OpenAI":
    import openai

    with readable_network():
        network = openai.DefaultHttpxClient()
    return openai.OpenAI(api_key=_key(secret), base_url=base_url, http_client=network)


def _key(secret: object) -> str:
    """A local server asks for no key, but the SDKs insist on one."""
    return secret.get_secret_value() if hasattr(secret, "get_secret_value") else "no-key-needed"


def _mounted_provider(home: Path) -> "httpx2.WSGITransport":
    """The embedded provider in place of a network, as a transport for either SDK."""
    import httpx2

    return httpx2.WSGITransport(app=_provider(home))


@lru_cache(maxsize=2)
def _provider(home: Path) -> "Flask":
    from helpers.offline import create_app

    return create_app(home, fault=get_settings().fault)
