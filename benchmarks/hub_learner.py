"""One learner of benchmarks/hub.py: a server, a kernel, and a lesson run cell by cell.

Speaks the hub's REST API and a kernel's websocket, as JupyterLab does. It shows nothing and
draws nothing: what a browser costs runs on the learner's own machine.
"""

import asyncio
import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

LESSON = "solutions/01_embeddings_and_search.ipynb"
PATIENCE = 900  # seconds, for a server or for one cell


@dataclass
class Run:
    """What became of one learner; times are seconds since the class began."""

    server_up: float
    done: float
    cells: int
    passed: int
    as_stored: int  # cells that printed what the notebook has stored

    @property
    def finished(self) -> bool:
        return self.passed == self.cells


async def run_lesson(address: str, token: str, name: str, began: float) -> Run:
    """Log a new user in, start the server, and run every cell from the start."""
    hub, server = f"{address}/hub/api", f"{address}/user/{name}"
    await ask("POST", f"{hub}/users/{name}", token)
    await ask("POST", f"{hub}/users/{name}/server", token)
    while not (await ask("GET", f"{hub}/users/{name}", token))["server"]:
        await asyncio.sleep(0.5)
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"the server of {name} did not start in {PATIENCE} s")
    server_up = time.perf_counter() - began

    notebook = (await ask("GET", f"{server}/api/contents/{LESSON}", token))["content"]
    wanted = {"path": LESSON, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    session = await ask("POST", f"{server}/api/sessions", token, wanted)
    channels = f"{server}/api/kernels/{session['kernel']['id']}/channels"
    request = HTTPRequest(channels.replace("http", "ws", 1), headers=authorised(token))
    kernel = await websocket_connect(request, max_message_size=2**26)

    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    passed = as_stored = 0
    for cell in cells:
        ok, printed = await asyncio.wait_for(execute(kernel, cell["source"]), PATIENCE)
        passed += ok
        as_stored += printed == stored_text(cell)
    return Run(server_up, time.perf_counter() - began, len(cells), passed, as_stored)


async def execute(kernel: WebSocketClientConnection, source: str) -> tuple[bool, str]:
    """Run one cell; whether it ended without an error, and what it printed."""
    message = uuid4().hex
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    header = {
        "msg_id": message, "msg_type": "execute_request", "session": uuid4().hex,
        "username": "", "version": "5.4",
    }  # fmt: skip
    asked = {
        "channel": "shell", "header": header, "parent_header": {}, "metadata": {},
        "content": content,
    }  # fmt: skip
    await kernel.write_message(json.dumps(asked))
    status, idle, printed = "", False, ""
    while not (status and idle):
        answer = await kernel.read_message()
        if answer is None:
            raise ConnectionError(f"the kernel went away while it ran: {source[:60]!r}")
        reply: dict[str, Any] = json.loads(answer)
        if reply["parent_header"].get("msg_id") != message:
            continue
        if reply["msg_type"] == "execute_reply":
            status = reply["content"]["status"]
        elif reply["msg_type"] == "stream" and reply["content"]["name"] == "stdout":
            printed += reply["content"]["text"]
        elif reply["msg_type"] == "status":
            idle = reply["content"]["execution_state"] == "idle"
    return status == "ok", printed


def stored_text(cell: dict[str, Any]) -> str:
    streams = [output for output in cell["outputs"] if output.get("name") == "stdout"]
    return "".join(output["text"] for output in streams)


async def ask(method: str, url: str, token: str, body: object = None) -> Any:
    """A REST call; the JSON of its answer, None where there is none."""
    request = HTTPRequest(
        url, method=method, headers=authorised(token), request_timeout=PATIENCE,
        body=json.dumps(body or {}) if method == "POST" else None,
    )  # fmt: skip
    response = await AsyncHTTPClient(max_clients=100).fetch(request)
    return json.loads(response.body) if response.body else None


def authorised(token: str) -> dict[str, str]:
    return {"Authorization": f"token {token}"}


def wait_until(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the address answers.

    Raises:
        RuntimeError: the process has ended, or five minutes have gone by.
    """
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{url} does not answer; the hub's log is above")
