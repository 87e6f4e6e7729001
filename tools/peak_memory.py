"""How much memory this process and all that it starts take, at their peak."""

import threading
from contextlib import suppress
from typing import Self

import psutil

EVERY = 1.0  # seconds between two looks


class PeakMemory:
    """Looks again and again inside a `with`; `peak` is the largest sum that was seen, in bytes.

    A page that several processes share is counted once on Linux (PSS), and elsewhere not at all.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._ended = threading.Event()
        self._looks = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._looks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._looks.join()

    def _look(self) -> None:
        this = psutil.Process()
        while not self._ended.wait(EVERY):
            family = [this, *this.children(recursive=True)]
            self.peak = max(self.peak, sum(map(memory_of, family)))


def memory_of(process: psutil.Process) -> int:
    """Bytes that belong to the process; none when it has ended, or is somebody else's."""
    with suppress(psutil.Error):
        taken = process.memory_full_info()
        return int(getattr(taken, "pss", taken.uss))
    return 0
