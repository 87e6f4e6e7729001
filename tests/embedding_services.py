"""The embedding calls of OpenAI, Voyage and Cohere on this machine, for the tests.

One server speaks all three, so that the vendors' own SDKs can be pointed at it. It rejects what
the real services reject and counts a token for each byte, the most that a tokenizer can make.
Vectors follow from the text, the model and the kind, and are not of unit length.
"""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

PATHS = {
    "/openai/v1/embeddings": "openai",
    "/voyage/v1/embeddings": "voyage",
    "/cohere/v2/embed": "cohere",
}
TEXTS = {"openai": 2048, "voyage": 1000, "cohere": 96}
TOKENS = {"openai": 300_000, "voyage": 320_000, "cohere": 128_000}


@dataclass
class Seen:
    """One request as it arrived."""

    vendor: str
    key: str
    body: dict

    @property
    def texts(self) -> list[str]:
        return self.body["texts" if self.vendor == "cohere" else "input"]


@dataclass
class Reply:
    """An answer prepared by a test; a dictionary is sent as JSON."""

    status: int
    body: object = None
    content_type: str = "application/json"

    def encoded(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


def vector(text: str, model: str, kind: str, width: int) -> np.ndarray:
    """The vector that the server gives for a text."""
    seed = hashlib.sha256(f"{model}\n{kind}\n{text}".encode()).digest()
    return np.random.default_rng(list(seed)).normal(size=width).astype(np.float32)


def error(vendor: str, status: int, message: str) -> Reply:
    """An error in the shape of the vendor."""
    shapes = {
        "openai": {"error": {"message": message, "type": "invalid_request_error", "code": None}},
        "voyage": {"detail": message},
        "cohere": {"id": "1", "message": message},
    }
    return Reply(status, shapes[vendor])


class Services:
    """The server, what it has seen, and what it shall say next."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.seen: list[Seen] = []
        self.script: list[Reply | None] = []  # one for each request; None means vectors
        self.always: Reply | None = None
        self.change = lambda answer: answer  # applied to each answer with vectors
        self.width = 8

    def url(self, vendor: str) -> str:
        version = "" if vendor == "cohere" else "/v1"
        return f"http://127.0.0.1:{self.server.server_port}/{vendor}{version}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def reply(self, request: Seen) -> Reply:
        prepared = self.script.pop(0) if self.script else self.always
        return prepared or self.rejection(request) or Reply(200, self.change(self.vectors(request)))

    def rejection(self, request: Seen) -> Reply | None:
        vendor, texts = request.vendor, request.texts
        if len(texts) > TEXTS[vendor]:
            return error(vendor, 400, f"at most {TEXTS[vendor]} texts - received {len(texts)}")
        if sum(len(text.encode()) for text in texts) > TOKENS[vendor] and len(texts) > 1:
            return error(vendor, 400, f"max {TOKENS[vendor]} tokens per request")
        if not all(texts):
            return error(vendor, 400, "input cannot be an empty string")
        return None

    def vectors(self, request: Seen) -> dict:
        model, kind = request.body["model"], request.body.get("input_type", "")
        rows = [vector(text, model, kind, self.width) for text in request.texts]
        if request.vendor == "cohere":
            assert request.body["embedding_types"] == ["float"]
            return {
                "response_type": "embeddings_by_type",
                "id": "1",
                "embeddings": {"float": [row.tolist() for row in rows]},
                "texts": request.texts,
            }
        encoded = [
            base64.b64encode(row.tobytes()).decode()
            if request.body.get("encoding_format") == "base64"
            else row.tolist()
            for row in rows
        ]
        data = [
            {"object": "embedding", "embedding": row, "index": index}
            for index, row in enumerate(encoded)
        ]
        if request.vendor == "openai":  # the index says where a vector belongs, not its place
            data = data[1::2] + data[::2]
        usage = {"prompt_tokens": len(rows), "total_tokens": len(rows)}
        return {"object": "list", "data": data, "model": model, "usage": usage}

    def _handler(services) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = (self.headers["Authorization"] or "").removeprefix("Bearer ")
                vendor = PATHS.get(self.path)
                if vendor is None:
                    reply = Reply(404, {"detail": f"no such path: {self.path}"})
                else:
                    request = Seen(vendor, key, body)
                    services.seen.append(request)
                    reply = services.reply(request)
                content = reply.encoded()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
