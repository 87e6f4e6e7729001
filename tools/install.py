"""Create `.venv` and install what `requirements.lock` lists. Run by `make install`.

Uses the standard library only, since nothing else is there yet: a virtual environment, uv
fetched into it by pip, then uv for the rest (about ten times faster than pip). A package that is
not the file that was locked, by its hash, is refused. With `--wheels
FOLDER` everything comes out of that folder and no network is used: so the room pack installs,
with what a learner needs and without the maintainers' tools. What fails ends in one sentence
that says what to do; the whole output is in `.venv/install.log`.

`--here` makes no environment and installs into the Python that runs it: for a container or Binder,
where the whole machine is the environment.
"""

from __future__ import annotations

import argparse
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
CACHE = VENV / ".uv-cache"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
HASHED = "requirements.hashes"  # requirements.lock, with the hash of every file
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

# What a line of pip's or uv's output gives away about the cause, what to say, and where more is.
CAUSES = [
    (
        r"No space left|not enough space|os error 28|Errno 28",
        f"the disk is full. Free {NEEDED_GB} GB and run the same command again.",
        "docs/troubleshooting.md#disk-full",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer",
        "the certificate of the package index is not trusted here, as happens behind a company's "
        "proxy.",
        "docs/troubleshooting.md#certificate-not-trusted",
    ),
    (
        r"no wheels with a matching (platform|Python)",
        "a package has no build for this computer's processor, system or Python.",
        "docs/troubleshooting.md#no-build-for-this-computer",
    ),
    (
        r"provided package locations|there is no version of",
        "a package is missing where this computer takes its packages from. Copy the room pack "
        "again; a company's own index may lack the version.",
        "docs/troubleshooting.md#the-room-pack-does-not-start",
    ),
    (
        r"dns error|error sending request|client error \(Connect\)|Failed to fetch"
        r"|NewConnectionError|NameResolutionError|Temporary failure in name resolution"
        r"|Network is unreachable"
        r"|ConnectTimeout|tcp connect error|from versions: none",
        "the package index did not answer. Check the network (or HTTPS_PROXY) and run the same "
        "command again.",
        "docs/troubleshooting.md#no-network-or-a-proxy",
    ),
    (
        r"Hash mismatch",
        "a package is not the file that this project locked. Delete uv's cache (`uv cache clean`) "
        "and run the same command again.",
        "docs/troubleshooting.md#hash-mismatch",
    ),
    (
        r"ensurepip is not available|No module named ensurepip",
        "this Python cannot make virtual environments. On Debian or Ubuntu: "
        "`sudo apt install python3-venv`, then run the same command again.",
        "docs/troubleshooting.md#venv-is-missing",
    ),
    (
        r"externally-managed-environment|externally managed",
        "this Python belongs to the operating system. Without `--here` the installer makes an "
        "environment of its own.",
        "docs/ways-in.md",
    ),
]


class SetupError(Exception):
    """What the person in front of the terminal is told; `more` is where to read about it."""

    def __init__(self, sentence: str, more: str = "") -> None:
        super().__init__(f"{sentence} More: {more}" if more else sentence)


def main() -> None:
    parser = argparse.ArgumentParser(description="Create .venv with what the workshop needs.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--wheels", type=Path, help="install from this folder, without a network")
    way.add_argument("--here", action="store_true", help="into the Python that runs this")
    options = parser.parse_args()
    try:
        check_python(sys.version_info[:2])
        check_disk(shutil.disk_usage(ROOT).free)
        install(HERE if options.here else IN_VENV, options.wheels and options.wheels.resolve())
    except SetupError as error:
        sys.exit(f"Set-up stopped: {error}")


def check_python(version: tuple[int, ...]) -> None:
    if not (3, 11) <= version < (3, 14):
        found = ".".join(map(str, version))
        raise SetupError(
            f"Python 3.11, 3.12 or 3.13 is needed and this is {found}. Install one of them, or "
            "name it: `make install PYTHON=python3.12`.",
            "docs/troubleshooting.md#python-is-missing-or-too-new",
        )


def check_disk(free_bytes: int) -> None:
    free = free_bytes / 1e9
    if free < NEEDED_GB:
        raise SetupError(
            f"{NEEDED_GB} GB of free disk are needed and {free:.1f} GB are left on the disk of "
            f"{ROOT}. Free some and run the same command again.",
            "docs/troubleshooting.md#disk-full",
        )


def install(target: Target, wheels: Path | None = None) -> None:
    if target == HERE:
        say(f"1/3  into {target.prefix}")
    else:
        say("1/3  a virtual environment in .venv")
        if not PYTHON.exists():
            VENV.mkdir(exist_ok=True)
            target.log.write_text("", encoding="utf-8")
            # A folder of wheels brings pip along, so that a Python without `ensurepip` will do.
            run([sys.executable, "-m", "venv", *(["--without-pip"] if wheels else []), str(VENV)])
    python = str(target.python)
    run([python, *pip_install_uv(wheels)], target)

    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    if target == HERE:
        # Who uses a container may often not write what Python compiles: every start would do it.
        uv.append("--compile-bytecode")
    if wheels:
        say("2/3  the packages of the room pack (about 1.7 GB on disk)")
        uv += offline_options(wheels)
        run([*uv, "--requirement", "pyproject.toml", "--group", "pack",
             "--constraint", "requirements.lock"], target)  # fmt: skip
    else:
        say("2/3  the packages of requirements.lock (about 2.4 GB on disk)")
        # A build of torch for the processor alone is another file than the one that is locked.
        own_torch = torch_options(os.environ)
        if own_torch:
            run([*uv, locked("torch"), "--no-deps", *own_torch], target)
        hashed = target.prefix / HASHED
        text = (ROOT / HASHED).read_text(encoding="utf-8")
        hashed.write_text(without("torch", text) if own_torch else text, encoding="utf-8")
        # The lock names every package, so none has to be found by what another one asks for.
        run([*uv, "--no-deps", "--require-hashes", "--requirement", str(hashed)], target)

    say("3/3  the workshop's own package")
    run([*uv, "--no-deps", "--no-build-isolation", "--editable", "."], target)
    shutil.rmtree(CACHE, ignore_errors=True)
    keep_jupyterlab_quiet(target.prefix)
    (target.prefix / ".ready").touch()
    if target == HERE:
        say("Ready. `python tools/lab.py` opens the first lesson.")
    elif not wheels:
        say("Ready. `make lab` opens the first lesson; `make test` checks everything.")


def pip_install_uv(wheels: Path | None) -> list[str]:
    """The arguments of a Python that install uv; out of a folder with the pip that lies there."""
    if wheels is None:
        return ["-m", "pip", "install", locked("uv")]
    pip, _ = wheel_in(wheels, "pip"), wheel_in(wheels, "uv")
    return [str(pip / "pip"), "install", "--isolated", "--no-index", "--find-links", str(wheels),
            "pip", "uv"]  # fmt: skip


def offline_options(wheels: Path) -> list[str]:
    """uv takes everything from the folder, whatever the machine's own settings say."""
    # Its cache lies on the same disk as .venv: there it costs no space, and goes at the end.
    return ["--offline", "--no-config", "--no-index", "--find-links", str(wheels),
            "--cache-dir", str(CACHE)]  # fmt: skip


def wheel_in(wheels: Path, name: str) -> Path:
    for path in sorted(wheels.glob(f"{name}-*.whl")):
        return path
    raise SetupError(
        f"{wheels} holds no {name}. Copy the room pack again.",
        "docs/troubleshooting.md#the-room-pack-does-not-start",
    )


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
    options = find_links(environment)
    machine = sysconfig.get_platform().rsplit("-", 1)[-1]
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.platform == "linux" and not torch_at_hand(environment, python, machine):
        options += ["--torch-backend", "auto" if shutil.which("nvidia-smi") else "cpu"]
    return options


def find_links(environment: os._Environ[str] | dict[str, str]) -> list[str]:
    """pip's PIP_FIND_LINKS as options for uv, which does not read it."""
    places = environment.get("PIP_FIND_LINKS", "").split()
    return [option for place in places for option in ("--find-links", place)]


def torch_at_hand(
    environment: os._Environ[str] | dict[str, str], python: str, machine: str
) -> bool:
    """Whether a folder of PIP_FIND_LINKS holds torch without CUDA for this Python and processor."""
    tag = f"cp{python.replace('.', '')}-"
    return any(
        tag in path.name and machine in path.name
        for place in environment.get("PIP_FIND_LINKS", "").split()
        for path in Path(place).glob("torch-*+cpu-*.whl")
    )


def locked(name: str) -> str:
    """`name==version` as requirements.lock has it."""
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line.split(";")[0].strip()
    raise SetupError(f"requirements.lock names no {name}. Restore the file: `git checkout .`.")


def without(name: str, hashed: str) -> str:
    """The text of a lock with hashes without one package."""
    return re.sub(rf"^{name}==.*\n(?:    .*\n)*", "", hashed, flags=re.M)


def run(
    command: list[str], target: Target = IN_VENV, variables: dict[str, str] | None = None
) -> None:
    """Run a command with its output in the log; a failure becomes one sentence."""
    result = subprocess.run(
        command, cwd=ROOT, text=True, encoding="utf-8", errors="replace",
        env={**os.environ, **(variables or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if target.prefix.is_dir():
        with target.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n{result.stdout}\n")
    if result.returncode != 0:
        raise SetupError(explain(result.stdout, target.log))


def explain(output: str, log: Path = IN_VENV.log) -> str:
    for pattern, sentence, more in CAUSES:
        if re.search(pattern, output):
            return f"{sentence} More: {more}"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "no output"
    return f"{last} (the whole output is in {log})."


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
