"""A server on loopback that speaks as much of the Messages API as a test wants it to."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Any]  # a status and a JSON body, or raw text


class MessagesService:
    """Answers with what `reply(method, path, body)` gives, and remembers what it was asked."""

    def __init__(self) -> None:
        self.reply: Callable[[str, str, Any], Reply] = lambda *_: (404, {})
        self.seen: list[tuple[str, str, Any, dict[str, str]]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                path = self.path.split("?")[0]
                service.seen.append((self.command, path, body, dict(self.headers)))
                status, content = service.reply(self.command, path, body)
                raw = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(raw.encode())

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        serve.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening; a second time does nothing."""
        self._server.shutdown()
        self._server.server_close()


def message(text: str, **more: Any) -> dict[str, Any]:
    """A message as the API writes it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "some-model",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 3},
    } | more


def error(kind: str, words: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": words}}


def model_info(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-02-01T00:00:00Z",
        "lifecycle": "active",
        "line": "sonnet",
    } | more
