"""One server or one client for all stores of this process that use the same folder.

The first store opens it, the last one closes it. What this module does not do: share between
processes.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Resource = TypeVar("Resource")


@dataclass
class _Shared(Generic[Resource]):
    resource: Resource
    lock: threading.RLock = field(default_factory=threading.RLock)
    users: int = 0


class Pool(Generic[Resource]):
    """Resources by name, each open as long as somebody uses it.

    >>> pool = Pool(str.upper, lambda resource: print("closed", resource))
    >>> pool.take("a")[0], pool.take("a")[0]
    ('A', 'A')
    >>> pool.give_back("a")
    >>> pool.give_back("a")
    closed A
    """

    def __init__(self, open_: Callable[[str], Resource], close: Callable[[Resource], None]) -> None:
        self._open, self._close_one = open_, close
        self._shared: dict[str, _Shared[Resource]] = {}
        self._lock = threading.Lock()

    def take(self, name: str) -> "tuple[Resource, threading.RLock]":
        """The resource, and the lock under which its users work."""
        with self._lock:
            if name not in self._shared:
                self._shared[name] = _Shared(self._open(name))
            shared = self._shared[name]
            shared.users += 1
            return shared.resource, shared.lock

    def give_back(self, name: str) -> None:
        """Say that a user is done."""
        with self._lock:
            shared = self._shared[name]
            shared.users -= 1
            if not shared.users:
                del self._shared[name]
                self._close_one(shared.resource)
