"""Say which proxy or which file of certificates keeps a client from being made.

The libraries below the SDKs read these variables by themselves, and end in a traceback that
names none of them. What this module does not do: look at anything before something has failed,
as a wrong proxy does no harm on a machine that needs no network.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from helpers.redaction import public
from helpers.settings import Certificates, SettingsError

PROXIES = ("http", "https", "socks5", "socks5h")


@contextmanager
def readable_network() -> Iterator[None]:
    """Turn what is raised inside because of a proxy or a certificate into one sentence.

    Raises:
        SettingsError: it names the variable. Without such a cause the exception passes.
    """
    try:
        yield
    except SettingsError:
        raise
    except Exception:  # the libraries raise many kinds, of which some are their own
        problem = network_problem()
        if problem is None:
            raise
        raise SettingsError(problem) from None


def network_problem() -> str | None:
    """What is wrong with the proxies or the certificates that are set, and the way out."""
    return next((said for said in [*_certificates(), *_proxies()]), None)


def proxy_problem(url: str) -> str | None:
    """What is wrong with the address of a proxy, if anything.

    >>> proxy_problem("socks://127.0.0.1:1080")
    'it has to begin with http, https, socks5 or socks5h'
    >>> proxy_problem("proxy.example:8080") is None
    True
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in PROXIES:
        return f"it has to begin with {', '.join(PROXIES[:-1])} or {PROXIES[-1]}"
    try:
        has_server = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_server = False
    if not has_server:
        return "it has no server and port that can be read"
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        return "it needs a package: run `python -m uv pip install socksio`"
    return None


def _proxies() -> Iterator[str]:
    for scheme, url in getproxies().items():
        problem = proxy_problem(url) if scheme in ("http", "https", "all") else None
        if problem:
            yield (
                f"The proxy in {scheme.upper()}_PROXY, or in the system's settings, is "
                f"{public(url)!r}: {problem}. Mend or unset it."
            )


def _certificates() -> Iterator[str]:
    for name, path in Certificates().model_dump().items():
        problem = _certificate_problem(path) if path else None
        if problem:
            yield f"{name.upper()} is {str(path)!r}: {problem}. Mend or unset it."


def _certificate_problem(path: Path) -> str | None:
    if not path.exists():
        return "there is no such file"
    if path.is_dir():
        return None  # some of the libraries take a folder
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl's own errors are of this kind as well
        return f"it holds no certificates that can be read ({error.strerror or error})"
    return None
