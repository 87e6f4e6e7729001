"""Create `.venv` and install what `requirements.lock` lists. Run by `make install`.

Uses the standard library only, since nothing else is there yet: a virtual environment, uv
fetched into it by pip, then uv for the rest (about ten times faster than pip). What fails
ends in one sentence that says what to do; the whole output is in `.venv/install.log`.

`python tools/install.py --here` makes no environment and installs into the Python that runs it:
for a container or Binder, where the whole machine is the environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NEEDED_GB = 4


class Target(NamedTuple):
    """The Python that is installed into, and its folder."""

    python: Path
    prefix: Path

    @property
    def log(self) -> Path:
        return self.prefix / "install.log"


IN_VENV = Target(PYTHON, VENV)
HERE = Target(Path(sys.executable), Path(sys.prefix))

# What a line of pip's or uv's output gives away about the cause.
CAUSES = [
    (
        r"No space left|not enough space|os error 28|Errno 28",
        f"the disk is full. Free {NEEDED_GB} GB and run the same command again.",
    ),
    (
        r"dns error|error sending request|client error \(Connect\)|Failed to fetch"
        r"|NewConnectionError|NameResolutionError|Temporary failure in name resolution"
        r"|Network is unreachable"
        r"|ConnectTimeout|tcp connect error|from versions: none",
        "the package index did not answer. Check the network (or HTTPS_PROXY) and run the same "
        "command again.",
    ),
    (
        r"ensurepip is not available|No module named ensurepip",
        "this Python cannot make virtual environments. On Debian or Ubuntu: "
        "`sudo apt install python3-venv`, then run the same command again.",
    ),
    (
        r"externally-managed-environment|externally managed",
        "this Python belongs to the operating system. Without `--here` the installer makes an "
        "environment of its own.",
    ),
]


class SetupError(Exception):
    """One sentence for the person in front of the terminal."""


def main(arguments: list[str]) -> None:
    try:
        if arguments not in ([], ["--here"]):
            raise SetupError(f"{' '.join(arguments)} is not known; the only option is `--here`.")
        check_python(sys.version_info[:2])
        check_disk(shutil.disk_usage(ROOT).free)
        install(HERE if arguments else IN_VENV)
    except SetupError as error:
        sys.exit(f"Set-up stopped: {error}")


def check_python(version: tuple[int, ...]) -> None:
    if not (3, 11) <= version < (3, 14):
        found = ".".join(map(str, version))
        raise SetupError(
            f"Python 3.11, 3.12 or 3.13 is needed and this is {found}. Install one of them, or "
            "name it: `make install PYTHON=python3.12`."
        )


def check_disk(free_bytes: int) -> None:
    free = free_bytes / 1e9
    if free < NEEDED_GB:
        raise SetupError(
            f"{NEEDED_GB} GB of free disk are needed and {free:.1f} GB are left on the disk of "
            f"{ROOT}. Free some and run the same command again."
        )


def install(target: Target) -> None:
    if target == IN_VENV:
        say("1/3  a virtual environment in .venv")
        if not PYTHON.exists():
            VENV.mkdir(exist_ok=True)
            target.log.write_text("", encoding="utf-8")
            run([sys.executable, "-m", "venv", str(VENV)], target)
    else:
        say(f"1/3  into {target.prefix}")
    python = str(target.python)
    run([python, "-m", "pip", "install", locked("uv")], target)

    say("2/3  the packages of requirements.lock (about 1.9 GB on disk)")
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    run([*uv, "--requirement", "requirements.lock", *torch_options(os.environ)], target)

    say("3/3  the workshop's own package")
    run([*uv, "--no-deps", "--no-build-isolation", "--editable", "."], target)
    keep_jupyterlab_quiet(target.prefix)
    (target.prefix / ".ready").touch()
    if target == IN_VENV:
        say("Ready. `make lab` opens the first lesson; `make test` checks everything.")
    else:
        say("Ready. `python tools/lab.py` opens the first lesson.")


def keep_jupyterlab_quiet(prefix: Path) -> None:
    """No question about news and no look for updates: the workshop runs without a network."""
    settings = prefix / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    text = json.dumps({"@jupyterlab/apputils-extension:notification": quiet}, indent=2)
    (settings / "overrides.json").write_text(text, encoding="utf-8")


def torch_options(environment: os._Environ[str] | dict[str, str]) -> list[str]:
    """Where torch comes from: a wheel at hand, else the build for this machine's processor.

    Plain `torch` on Linux would bring several gigabytes of CUDA libraries.
    """
    options: list[str] = []
    wheel_at_hand = False
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-"
    for place in environment.get("PIP_FIND_LINKS", "").split():
        options += ["--find-links", place]
        if Path(place).is_dir():
            wheels = [path.name for path in Path(place).glob("torch-*+cpu-*.whl")]
            wheel_at_hand |= any(tag in name and suits_platform(name) for name in wheels)
    if not wheel_at_hand and sys.platform == "linux":
        options += ["--torch-backend", "auto" if shutil.which("nvidia-smi") else "cpu"]
    return options


def suits_platform(wheel: str) -> bool:
    machine = sysconfig.get_platform().rsplit("-", 1)[-1]
    return machine in wheel


def locked(name: str) -> str:
    """`name==version` as requirements.lock has it."""
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line.split(";")[0].strip()
    raise SetupError(f"requirements.lock names no {name}. Restore the file: `git checkout .`.")


def run(command: list[str], target: Target) -> None:
    """Run a command with its output in the log; a failure becomes one sentence."""
    result = subprocess.run(
        command, cwd=ROOT, text=True, encoding="utf-8", errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if target.prefix.is_dir():
        with target.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{result.stdout}\n")
    if result.returncode != 0:
        raise SetupError(explain(result.stdout, target.log))


def explain(output: str, log: Path) -> str:
    for pattern, sentence in CAUSES:
        if re.search(pattern, output):
            return sentence
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "no output"
    return f"{last} (the whole output is in {log})."


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
