"""Keep keys out of everything that is shown or kept."""

import json
import re
from urllib.parse import quote

LONGEST = 240  # characters of a service's own words; some answer with a whole web page

_RUN = re.compile(r"[^\s'\"<>]+")
_SCHEME = re.compile(r"(\w[\w+.-]*:){1,2}//|\w[\w+.-]*:")  # a store's URL can have two of them


def redact(text: str, *secrets: str) -> str:
    """The text without the secrets, however a service or a library writes them back.

    >>> redact("key sk-12345678 (sk-12345...) at http://me:pass@host", "sk-12345678")
    'key [key] ([key]) at http://host'
    >>> redact("no host http://me:p/a@ss@host")
    'no host http://host'
    """
    for secret in filter(None, secrets):
        for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
            text = text.replace(form, "[key]")
        text = re.sub(re.escape(secret[:8]) + r"[^\s'\",;)]*", "[key]", text)
    return _RUN.sub(_without_login, text)


def _without_login(run: re.Match[str]) -> str:
    """A run of characters without what stands between its first `//` and its last `@`."""
    before, slashes, behind = run[0].partition("//")
    return f"{before}{slashes}{behind.rpartition('@')[2]}"


def public(url: str) -> str:
    """The URL without a user's name and password, as it may stand in messages and names.

    >>> public("http://me:pass@127.0.0.1:11434/v1/")
    'http://127.0.0.1:11434/v1'

    Nothing in front of the last @ is shown, as people write URLs that are none:

    >>> public("postgresql:me:pass@host/db"), public("http://me:pa/s?@s@host?key=1")
    ('postgresql:host/db', 'http://host')
    """
    scheme = _SCHEME.match(url)
    start = scheme[0] if scheme else ""
    place = re.split(r"[?#]", url.removeprefix(start).rpartition("@")[2])[0]
    return start + place.rstrip("/")


def short(text: str) -> str:
    """The text on one line and not longer than a reader wants.

    >>> short("two\\nlines.")
    'two lines'
    """
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
