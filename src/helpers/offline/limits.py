"""What one learner may take of a machine that many share, and how often a stranger may guess.

`Limits` are numbers; `Requests` counts what was asked within a minute and is answered right now,
`Guesses` counts wrong tokens. What this module does not do: look at a request (`shared`,
`tuning.routes`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from helpers.offline.errors import ApiError

Clock = Callable[[], float]
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one learner; None is no limit. Without a class there is only OpenAI's own for a file."""

    body: int = 32 * 2**20  # bytes of a request
    file: int = 512 * 2**20  # bytes of an uploaded file
    stored: int | None = None  # bytes of files and models together
    jobs: int | None = None  # that are not finished
    requests: int | None = None  # a minute; then also `Requests.AT_ONCE`


# Lesson 05 sends about 700 requests a minute and keeps 13 models of 85 MB with their checkpoints.
OF_A_CLASS = Limits(file=32 * 2**20, stored=2 * 2**30, jobs=4, requests=1200)


class Requests:
    """A bucket for each learner: full with a minute's worth, and filling again all the time.

    And a few requests at the same time, or one who asks for slow answers takes every thread.
    """

    AT_ONCE = 4

    def __init__(self, a_minute: int, clock: Clock = time.monotonic) -> None:
        self._a_minute, self._clock = a_minute, clock
        self._now: Counter[str] = Counter()
        self._buckets: dict[str, tuple[float, float]] = {}  # what is left, and when
        self._mutex = threading.Lock()

    def begin(self, learner: str) -> None:
        """Count a request, which is to `end`.

        Raises:
            ApiError: 429, the learner has asked too often.

        >>> requests = Requests(2, clock=lambda: 0.0)
        >>> for _ in range(2):
        ...     requests.begin("learner-01")
        ...     requests.end("learner-01")
        >>> requests.begin("learner-01")
        Traceback (most recent call last):
        helpers.offline.errors.ApiError: more than 2 requests in a minute; wait a second and go on
        """
        now = self._clock()
        with self._mutex:
            left, then = self._buckets.get(learner, (float(self._a_minute), now))
            left = min(self._a_minute, left + (now - then) * self._a_minute / MINUTE)
            problem = ""
            if left < 1:
                problem = f"more than {self._a_minute} requests in a minute"
            elif self._now[learner] >= self.AT_ONCE:
                problem = f"more than {self.AT_ONCE} requests at the same time"
            else:
                left -= 1
                self._now[learner] += 1
            self._buckets[learner] = (left, now)
        if problem:
            raise ApiError(429, f"{problem}; wait a second and go on", retry_after=1,
                           code="rate_limit_exceeded")  # fmt: skip

    def end(self, learner: str) -> None:
        """A request that began is answered, or given up."""
        with self._mutex:
            self._now[learner] -= 1


class Guesses:
    """Addresses that sent wrong tokens: after some of them they wait, whatever they send.

    Many learners can share an address, behind a hub or a router. A token that was right from an
    address before is therefore right on, while somebody else there guesses.
    """

    MOST = 10  # wrong ones in a minute
    KEPT = 10_000  # addresses, so that memory stays bounded

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, list[float]] = {}
        self._right: set[tuple[str, str]] = set()
        self._mutex = threading.Lock()

    def check(self, address: str, token: str, learner: str | None) -> str:
        """Count a token that is nobody's; gives the learner of one that is somebody's.

        Raises:
            ApiError: 401, the token is nobody's; 429, the address guessed too often.
        """
        now = self._clock()
        with self._mutex:
            if learner is not None and (address, token) in self._right:
                return learner
            wrong = [at for at in self._wrong.get(address, []) if now - at < MINUTE]
            if len(wrong) >= self.MOST:
                wait = MINUTE - (now - wrong[0])
                raise ApiError(429, f"too many wrong tokens from {address}; wait a minute",
                               retry_after=wait, code="rate_limit_exceeded")  # fmt: skip
            if learner is not None:
                if len(self._right) >= self.KEPT:
                    self._right.clear()
                self._right.add((address, token))
                return learner
            if len(self._wrong) >= self.KEPT:
                self._wrong.clear()
            self._wrong[address] = [*wrong, now]
        raise ApiError(
            401,
            "the token is wrong or missing: WORKSHOP_TOKEN is what the instructor gave you, "
            "such as learner-07.abcd-efgh-ijkl-mnop",
            code="invalid_api_key",
        )
