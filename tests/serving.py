"""Serve a WSGI application on loopback, as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cheroot.wsgi import Server


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of a server that runs inside the block."""
    server = Server(("127.0.0.1", 0), app, numthreads=8)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()
