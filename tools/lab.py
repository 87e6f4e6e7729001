"""Open JupyterLab on the first lesson. Run by `make lab`.

Where no browser can be opened (root in a container, no display), the address is printed
instead. `PORT=9000 make lab` asks for another port; a port in use is passed over.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST = "notebooks/00_start_here.ipynb"
CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")  # Docker's, Podman's


def options(environment: "os._Environ[str] | dict[str, str]", *, is_root: bool) -> list[str]:
    """JupyterLab's options for this machine."""
    chosen = [
        f"--ServerApp.root_dir={ROOT}",
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
    if any(Path(mark).exists() for mark in CONTAINER_MARKS):
        chosen.append("--ip=0.0.0.0")  # a container's port is reached from outside
    if environment.get("PORT"):
        chosen.append(f"--port={environment['PORT']}")
    return chosen


def main() -> int:
    is_root = getattr(os, "geteuid", lambda: 1)() == 0
    chosen = options(os.environ, is_root=is_root)
    if "--no-browser" in chosen:
        print("JupyterLab is starting. Open the address with `?token=` below in a browser;")
        print("Ctrl+C here stops it.", flush=True)
    try:
        return subprocess.call([sys.executable, "-m", "jupyterlab", *chosen], cwd=ROOT)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
