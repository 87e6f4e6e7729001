"""Whose turn it is to train: one at a time, and whoever has waited longest is next.

Each learner's queue stands in the line once, however many jobs it has, and goes to its end after
each job. So the line is fair between learners, not between jobs.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A line. Safe for several threads."""

    def __init__(self) -> None:
        self._line: deque[object] = deque()
        self._busy = False
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, who: object, *, timeout: float) -> Iterator[bool]:
        """Wait for the turn; whether it came. If it did not, the place in the line is kept.

        >>> turns = Turns()
        >>> with turns.turn("a", timeout=0) as first, turns.turn("b", timeout=0) as second:
        ...     first, second, turns.before("b")
        (True, False, 1)
        """

        def is_next() -> bool:
            return not self._busy and self._line[0] is who

        with self._changed:
            if who not in self._line:
                self._line.append(who)
            came = self._changed.wait_for(is_next, timeout)
            self._busy = self._busy or came
        try:
            yield came
        finally:
            if came:
                with self._changed:
                    self._busy = False
                    self._line.popleft()
                    self._changed.notify_all()

    def before(self, who: object) -> int:
        """How many stand in the line before it."""
        with self._changed:
            return self._line.index(who) if who in self._line else len(self._line)

    def leave(self, who: object) -> None:
        """Leave the line, when there is nothing to wait for any more."""
        with self._changed:
            if who in self._line:
                self._line.remove(who)
                self._changed.notify_all()
