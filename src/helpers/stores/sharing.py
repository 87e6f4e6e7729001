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

    def close_all(self) -> None:
        """Close what is still open, as Python ends: later its modules are half gone.

        >>> pool = Pool(str.upper, lambda resource: print("closed", resource))
        >>> _ = pool.take("a")
        >>> pool.close_all()
        closed A
        """
        with self._lock:
            left, self._shared = self._shared, {}
        for shared in left.values():
            self._close_one(shared.resource)

    def give_back(self, name: str) -> None:
        """Say that a user is done."""
        with self._lock:
            shared = self._shared.get(name)
            if shared is None:  # closed already, with all others
                return
            shared.users -= 1
            if not shared.users:
                del self._shared[name]
                self._close_one(shared.resource)
