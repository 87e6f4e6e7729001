"""Refuse every connection that leaves this machine, in each Python that starts with this folder
on PYTHONPATH: the notebook tests prove with it that nothing needs a network.
"""

import ipaddress
import socket
from typing import Any


class NetworkRefusedError(OSError):
    """Something wanted to reach another machine."""


def _is_local(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guard(address: Any) -> None:
    if isinstance(address, tuple) and not _is_local(address[0]):
        raise NetworkRefusedError(f"a connection to {address[0]} was refused: tests run offline")


class _GuardedSocket(socket.socket):
    def connect(self, address: Any) -> None:
        _guard(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        _guard(address)
        return super().connect_ex(address)

    def sendto(self, data: Any, *rest: Any) -> int:
        _guard(rest[-1])
        return super().sendto(data, *rest)


_getaddrinfo = socket.getaddrinfo


def _guarded_getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
    if not _is_local(host):
        raise NetworkRefusedError(f"looking up {host} was refused: tests run offline")
    return _getaddrinfo(host, *rest, **more)


socket.socket = _GuardedSocket  # type: ignore[misc]
socket.getaddrinfo = _guarded_getaddrinfo
