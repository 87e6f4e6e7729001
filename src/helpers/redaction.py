"""Keep keys out of everything that is shown or kept."""

import json
import re
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST = 240  # characters of a service's own words; some answer with a whole web page


def redact(text: str, *secrets: str) -> str:
    """The text without the secrets, however a service or a library writes them back.

    >>> redact("key sk-12345678 (sk-12345...) at http://me:pass@host", "sk-12345678")
    'key [key] ([key]) at http://host'
    """
    for secret in filter(None, secrets):
        for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe="")):
            text = text.replace(form, "[key]")
        text = re.sub(re.escape(secret[:8]) + r"[^\s'\",;)]*", "[key]", text)
    return re.sub(r"//[^/@\s]+@", "//", text)


def public(url: str) -> str:
    """The URL without a user's name and password, as it may stand in messages and names.

    >>> public("http://me:pass@127.0.0.1:11434/v1/")
    'http://127.0.0.1:11434/v1'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


def short(text: str) -> str:
    """The text on one line and not longer than a reader wants.

    >>> short("two\\nlines.")
    'two lines'
    """
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
