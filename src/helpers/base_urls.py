"""What a base URL has to end in: some SDKs put the version behind it themselves, others do not.

What this module does not do: ask a server. A gateway may serve its API under any path, so this is
advice for whoever gets no answer, and no error.
"""

import re

_ENDPOINT = re.compile(
    r"/(messages|chat/completions|completions|responses|embeddings|embed|models|files)/*$"
)
_VERSION = re.compile(r"/v\d+/*$")
_WITHOUT_VERSION = ("ANTHROPIC_BASE_URL", "COHERE_BASE_URL")


def better_base_url(variable: str, url: str) -> str | None:
    """What the base URL probably should be, or None where it looks right.

    Args:
        variable: the setting that it stands in, such as "OPENAI_BASE_URL".
        url: its value.

    >>> better_base_url("ANTHROPIC_BASE_URL", "http://127.0.0.1:11434/v1/")
    'http://127.0.0.1:11434'
    >>> better_base_url("OPENAI_BASE_URL", "http://127.0.0.1:11434")
    'http://127.0.0.1:11434/v1'
    >>> better_base_url("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1") is None
    True
    """
    as_it_is = url.rstrip("/")
    better = _ENDPOINT.sub("", as_it_is)
    if variable in _WITHOUT_VERSION:
        better = _VERSION.sub("", better)
    elif not re.search(r"[^/]/v\d", better):
        better += "/v1"
    return better if better != as_it_is else None
