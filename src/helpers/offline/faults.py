"""Failures on request, so that lessons and tests can show what a service does on a bad day.

A fault is asked for by the header `x-offline-fault`, or for all requests by the setting
`WORKSHOP_FAULT`: a name, then what to vary.

    rate_limit; times=2; retry-after=0.2     429 for the first two attempts
    slow_start; seconds=1.5                  the answer begins late
    broken_stream; after=5                   the connection breaks after five events

The SDKs count their attempts in a header, so `times` needs no memory here. A real service
ignores the header.
"""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from helpers.offline.errors import ApiError

HEADER = "x-offline-fault"
LONGEST = 30.0  # seconds that a request can be made to wait
STATUSES = {
    "invalid_key": (401, "invalid x-api-key"),
    "no_credit": (402, "Your credit balance is too low. Please go to Plans & Billing."),
    "unknown_model": (404, "model: this model does not exist or is no longer available"),
    "rate_limit": (429, "This request would exceed your rate limit. Please try again later."),
    "server_error": (500, "Internal server error"),
    "overloaded": (529, "Overloaded"),
}
OTHERS = ("slow_start", "broken_stream", "stream_error", "silent_end")
_OPTIONS = {"times": 1e9, "retry-after": 60.0, "seconds": LONGEST, "after": 1e6}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong."""

    name: str
    times: float = float("inf")
    retry_after: float | None = None
    seconds: float = 1.0
    after: int = 4

    def strikes(self, attempt: str) -> bool:
        """Whether this attempt fails; the SDKs count from "0"."""
        return int(attempt) < self.times if re.fullmatch(r"[0-9]{1,6}", attempt) else True

    def before_answering(self) -> None:
        """Wait, or refuse.

        Raises:
            ApiError: the fault is one of `STATUSES`.
        """
        if self.name == "slow_start":
            time.sleep(self.seconds)
        elif self.name in STATUSES:
            status, message = STATUSES[self.name]
            raise ApiError(status, message, retry_after=self.retry_after)

    def upon(self, events: Iterable[bytes], error_event: bytes) -> Iterator[bytes]:
        """The events of a stream, as far as the fault lets them through.

        Raises:
            ConnectionResetError: as `broken_stream`, which a server answers by hanging up.
        """
        for number, event in enumerate(events):
            if number == self.after and self.name == "broken_stream":
                raise ConnectionResetError("the stream was broken on request")
            if number == self.after and self.name == "stream_error":
                yield error_event
                return
            if number == self.after and self.name == "silent_end":
                return
            yield event


NO_FAULT = Fault("", times=0)


def read_fault(text: str) -> Fault:
    """A fault as the header writes it.

    Raises:
        ValueError: no such fault or option, or a value outside its limits.

    >>> read_fault("rate_limit; times=2").times
    2.0
    """
    if not text.strip():
        return NO_FAULT
    name, *parts = (part.strip() for part in text.split(";"))
    if name not in STATUSES and name not in OTHERS:
        known = ", ".join([*STATUSES, *OTHERS])
        raise ValueError(f"there is no fault {name[:40]!r}; there are {known}")
    options: dict[str, float] = {}
    for part in filter(None, parts):
        option, _, value = (piece.strip() for piece in part.partition("="))
        if option not in _OPTIONS or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
            known = ", ".join(_OPTIONS)
            raise ValueError(f"{part[:40]!r} in a fault is not one of {known} with a number")
        if float(value) > _OPTIONS[option]:
            raise ValueError(f"{option} in a fault is at most {_OPTIONS[option]:g}")
        options[option] = float(value)
    return Fault(
        name,
        times=options.get("times", float("inf")),
        retry_after=options.get("retry-after"),
        seconds=options.get("seconds", 1.0),
        after=int(options.get("after", 4)),
    )
