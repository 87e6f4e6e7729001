"""Waiting in tests: for what happens and not for a time, with minutes of patience.

A machine that does other work as well must not make a test fail, so a deadline here only ends a
test that would never end.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

PATIENCE = 600  # seconds, whatever is waited for

Result = TypeVar("Result")


def wait_for(condition: Callable[[], Result], what: str = "it", every: float = 0.02) -> Result:
    """What the condition gives, as soon as that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(every)
    return found


def answer_of(url: str, alive: Callable[[], bool] = lambda: True) -> Any:
    """What a server that is just starting answers, as JSON or as text."""

    def asked() -> bytes | None:
        assert alive(), f"what should answer at {url} has ended"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as response:
                return response.read() or b"null"
        except urllib.error.HTTPError:
            raise  # an answer, and another one than expected
        except OSError:  # nobody listens yet
            return None

    text = wait_for(asked, url, every=0.25).decode()
    try:
        return json.loads(text)
    except ValueError:
        return text
