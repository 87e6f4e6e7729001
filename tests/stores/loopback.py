"""What the servers of the store tests share: HTTP on loopback with JSON in and out."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np


class Refused(Exception):  # noqa: N818
    """The server answers with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class JsonServer:
    """A server whose `answer` a subclass writes; it can be told to drop connections.

    Attributes:
        seen: each request, as (method, path, body, headers).
        drops: how many of the next requests get no answer, only a closed connection.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, object, dict[str, str]]] = []
        self.drops = 0
        self.lock = threading.RLock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, body: object) -> object:
        """What to send back; raise `Refused` for an error."""
        raise NotImplementedError

    def error(self, refused: Refused) -> object:
        """The body of an error."""
        return {"message": str(refused)}

    def _handler(service) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body leave together

            def handle_any(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                status = 200
                with service.lock:
                    service.seen.append((self.command, self.path, body, dict(self.headers)))
                    if service.drops:
                        service.drops -= 1
                        self.close_connection = True
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    try:
                        answer = service.answer(self.command, self.path, body)
                    except Refused as refused:
                        answer, status = service.error(refused), refused.status
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def cosine(a: list[float], b: list[float]) -> float:
    first, second = np.asarray(a, dtype=np.float32), np.asarray(b, dtype=np.float32)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def same_kind(a: object, b: object) -> bool:
    """Whether both are texts, both truth values or both numbers."""
    return kind(a) is kind(b)


def kind(value: object) -> type:
    return bool if isinstance(value, bool) else str if isinstance(value, str) else float
