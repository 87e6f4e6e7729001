"""Thousands of malformed requests: never a status 500, never a hang, never HTML, no lost memory."""

import gc
import json
import socket

import psutil
import pytest
from facts import FACTS, LIMIT, document, question
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import PATIENCE

from helpers.offline.faults import HEADER

EXAMPLES = 2400  # requests, over the three tests below

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["<script>alert(1)</script>", "\x00", "\ud800", "user", "text", "a" * 5000])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
VALID = [
    {
        "model": "m",
        "max_tokens": 20,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "search_result",
                        "source": "s",
                        "title": "t",
                        "content": [{"type": "text", "text": fact} for fact in FACTS],
                        "citations": {"enabled": True},
                    },
                    document("Refunds take 5 days."),
                    question(LIMIT),
                ],
            }
        ],
    },
    {
        "model": "m",
        "max_tokens": 20,
        "stop_sequences": ["x"],
        "messages": [{"role": "user", "content": f"Facts: {FACTS[0]}\n\nQuestion: How long?"}],
        "output_config": {
            "format": {
                "type": "json_schema",
                "schema": {"type": "object", "properties": {"days": {"type": "integer"}}},
            }
        },
    },
    {"model": "m", "input": FACTS, "encoding_format": "float"},
    {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Answer with one of: money, weather."},
            {"role": "user", "content": [{"type": "text", "text": "It rains."}]},
        ],
        "logprobs": True,
        "top_logprobs": 2,
        "temperature": 0.5,
        "stop": ["x"],
    },
    {
        "model": "m",
        "training_file": "file-none",
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2}}},
        "metadata": {"a": "b"},
    },
]
PATHS = ["/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings", "/v1/chat/completions",
         "/v1/fine_tuning/jobs", "/v1/fine_tuning/jobs/x/cancel", "/v1/files"]  # fmt: skip


def items_of(value):
    """Keys or indices of a JSON value with what stands there."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def places(value):
    """Every dictionary and list inside, with a key or index of it."""
    for key, inner in items_of(value):
        yield value, key
        yield from places(inner)


@st.composite
def spoilt(draw):
    """A valid request with up to three of its parts replaced, removed, or added to."""
    body = json.loads(json.dumps(draw(st.sampled_from(VALID))))
    for _ in range(draw(st.integers(1, 3))):
        if not (found := list(places(body))):
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del holder[key]
        elif action == "add" and isinstance(holder, dict):
            holder[draw(st.text(max_size=10))] = draw(values)
        else:
            holder[key] = draw(values)
    return body


def assert_answered(answer):
    """An answer in one of the provider's forms, and no failure of its own."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["request-id"]
    assert answer.mimetype in ("application/json", "text/event-stream")
    if answer.mimetype == "application/json" and answer.status_code >= 400:
        assert answer.json["error"]["message"]


quiet = settings(suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def http(app):
    return app.test_client()


@pytest.fixture(scope="module", autouse=True)
def memory_comes_back(http):
    http.post("/v1/messages", json=VALID[0])  # loads the model
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    yield
    gc.collect()
    assert (process.memory_info().rss - before) / 2**20 < 100


@settings(quiet, max_examples=EXAMPLES // 2)
@given(body=spoilt(), path=st.sampled_from(PATHS), stream=st.booleans())
def test_spoilt_requests(http, body, path, stream):
    if isinstance(body, dict) and stream:
        body["stream"] = True
    text = json.dumps(body).encode("utf-8", "surrogatepass")
    assert_answered(http.post(path, data=text, headers={"anthropic-version": "2026-10-21"}))


@settings(quiet, max_examples=EXAMPLES // 4)
@given(body=st.binary(max_size=60) | values.map(lambda v: json.dumps(v).encode()))
def test_bodies_that_are_no_request(http, body):
    answer = http.post("/v1/messages", data=body)
    assert_answered(answer)
    assert answer.status_code == 400


@settings(quiet, max_examples=EXAMPLES // 4)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    path=st.text("abc/%.<>\"'&?=;:{}\x00é\u202e", max_size=30),
    fault=st.text("abc;=_0123456789.- ", max_size=20) | st.just(""),
    attempt=st.text("0123456789x-", max_size=8),
)
def test_strange_paths_methods_and_headers(http, method, path, fault, attempt):
    headers = {HEADER: fault, "x-stainless-retry-count": attempt}
    answer = http.open("/v1/" + path, method=method, headers=headers)
    assert answer.status_code < 500
    assert answer.mimetype in ("application/json", "text/html", "text/plain")
    assert "<script" not in answer.text or answer.mimetype == "application/json"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}x",
        b"GET /v1/models HTTP/1.1\r\n" + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models HTTP/9.9\r\nHost: x\r\n\r\n",
    ],
)
def test_broken_http_does_not_stop_the_server(address, raw):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
    assert b" 500 " not in answer[:40]
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /v1/models HTTP/1.0\r\n\r\n")
        assert b"200 OK" in connection.recv(100)
