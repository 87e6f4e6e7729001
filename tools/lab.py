"""Open JupyterLab on the first lesson. Run by `make lab`.

The last line printed is the address, alone. What the server has to say goes into a file, so that
nothing comes after that line. Where no browser can be opened (root in a container, no display),
the address is all there is. Settings of the shell: `PORT=9000 make lab` asks for another port, and
a port in use is passed over; `LISTEN=127.0.0.1 make lab` in a container whose port nobody
publishes.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIRST = "notebooks/00_start_here.ipynb"
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")  # Docker's, Podman's
THIS_MACHINE, EVERYWHERE = "127.0.0.1", "0.0.0.0"


def where_to_listen(environment: Mapping[str, str], *, marks: tuple[str, ...]) -> str:
    """The address to bind: a container's port is reached from outside, any other from here only."""
    in_container = any(Path(mark).exists() for mark in marks)
    return environment.get("LISTEN") or (EVERYWHERE if in_container else THIS_MACHINE)


def options(environment: Mapping[str, str], *, is_root: bool, listen: str) -> list[str]:
    """JupyterLab's options for this machine."""
    chosen = [
        f"--ServerApp.root_dir={ROOT}",
        f"--ServerApp.ip={listen}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--LabApp.extension_manager=readonly",  # the other kind asks PyPI
    ]
    has_display = sys.platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if is_root:
        chosen.append("--allow-root")
    if is_root or not has_display:
        chosen.append("--no-browser")
    if environment.get("PORT"):
        chosen.append(f"--port={environment['PORT']}")
    return chosen


def main() -> int:
    is_root = getattr(os, "geteuid", lambda: 1)() == 0
    listen = where_to_listen(os.environ, marks=CONTAINER_MARKS)
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    command = [sys.executable, "-m", "jupyterlab"]
    command += options(os.environ, is_root=is_root, listen=listen)
    log = log_file()
    print("JupyterLab is starting …", flush=True)
    with log.open("w", encoding="utf-8") as said:
        # By the environment, because every user of the machine can read a command line.
        environment = os.environ | {"JUPYTER_TOKEN": token}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=said)
    pressed = leave_signals_to(server)
    running = until_running(server, token)
    if running:
        print(announcement(listen, running["port"], log))
        print(address(listen, running), flush=True)
    code = server.wait()
    print("JupyterLab has stopped." if running or pressed else failure(log), flush=True)
    return 0 if pressed else code


def leave_signals_to(server: "subprocess.Popen[bytes]") -> list[int]:
    """Go on waiting when Ctrl+C is pressed; the list that is returned counts how often.

    The server gets Ctrl+C as well: it asks whether to stop, and stops its kernels itself. Leaving
    at once, as `subprocess.call` does, would kill it while it asks.
    """
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # `docker stop`
    return pressed


def log_file() -> Path:
    """Where the server's own messages go: the workshop's folder, or a temporary one."""
    import tempfile

    folder = ROOT / ".workshop"
    try:
        folder.mkdir(exist_ok=True)
        (folder / "lab.log").touch()
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="workshop-"))
    return folder / "lab.log"


def until_running(server: "subprocess.Popen[bytes]", token: str) -> dict[str, Any] | None:
    """What the server wrote about itself when it was ready; None when it ended before."""
    from jupyter_core.paths import jupyter_runtime_dir

    while server.poll() is None:
        for path in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
            try:
                found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue  # another server's, which it is writing or removing
            # A learner's own configuration may set another token.
            if token == found.get("token") or server.pid == found.get("pid"):
                return found
        time.sleep(0.2)
    return None


def announcement(listen: str, port: int, log: Path) -> str:
    """Who can reach it, how to stop it, and where its messages are."""
    who = {
        THIS_MACHINE: "Only this machine can reach it.",
        EVERYWHERE: f"It listens on every address of this container: publish port {port} to reach"
        " it from outside.",
    }.get(listen, f"It listens on {listen}.")
    return f"{who} Ctrl+C here stops it. Its messages are in {log}. Open in a browser:\n"


def address(listen: str, running: Mapping[str, Any]) -> str:
    """The first lesson's address, from what the server wrote about itself."""
    host = THIS_MACHINE if listen == EVERYWHERE else listen
    token = f"?token={running['token']}" if running["token"] else ""
    return f"http://{host}:{running['port']}{running['base_url']}lab/tree/{FIRST}{token}"


def failure(log: Path) -> str:
    """The end of what a server said that never ran."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([*lines[-15:], "", f"JupyterLab did not start; all it said is in {log}."])


if __name__ == "__main__":
    sys.exit(main())
