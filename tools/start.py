"""Start the workshop out of a room pack, without a network. Run by the pack's `start` scripts.

The first time this proves that the copy of the pack is whole, finds a Python that the pack has
packages for, and lets tools/install.py install them beside this file. After that, and every
other time, it opens the first lesson. Standard library only, and readable for old Pythons, so
that they can be told which one is needed. What this module does not do: build a pack; that is
tools/pack.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACK = Path(__file__).resolve().parents[2]
SUMS = "SHA256SUMS"  # one line a file, as `sha256sum` writes and reads them
CONTENTS = "pack.json"
WHEELS = "wheels"
WORKSHOP = "workshop"
HELP = "workshop/docs/troubleshooting.md#the-room-pack-does-not-start"
SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
DESCRIBE = "import sys; print('%d.%d' % sys.version_info[:2], sys.maxsize > 2**32)"
IS_HERE = """import pathlib, sys, helpers
sys.exit(pathlib.Path(helpers.__path__[0]).resolve() != pathlib.Path(sys.argv[1]).resolve())"""


class PackError(Exception):
    """What the person in front of the laptop is told."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"{sentence} More: {HELP}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="start", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--install-only", action="store_true", help="do not open the lesson")
    options = parser.parse_args(arguments)
    try:
        if not is_installed(PACK) and not install(PACK):
            return 1
    except PackError as error:
        print(f"The workshop cannot start: {error}", file=sys.stderr)
        return 1
    if options.install_only:
        return 0
    # JupyterLab has Ctrl+C as well, and asks before it stops; leaving here would end it at once.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call([str(venv_python(PACK)), "tools/lab.py"], cwd=PACK / WORKSHOP)


def install(pack: Path) -> bool:
    """Check everything, then install; whether that went well. tools/install.py says what did not.

    Raises:
        PackError: the disk, the files or the Python will not do.
    """
    check_disk(pack)
    if not is_ready(pack):  # a folder that was moved later holds the learner's own work
        print("Looking whether the copy of this folder is whole ...", flush=True)
        check_files(pack)
    python = find_python(json.loads((pack / CONTENTS).read_text(encoding="utf-8")))
    shutil.rmtree(pack / WORKSHOP / ".venv", ignore_errors=True)
    command = [*python, "tools/install.py", "--wheels", str(pack / WHEELS)]
    return subprocess.call(command, cwd=pack / WORKSHOP) == 0


def venv_python(pack: Path) -> Path:
    return pack / WORKSHOP / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_ready(pack: Path) -> bool:
    """Whether an installation was completed, here or where the folder lay before."""
    return (pack / WORKSHOP / ".venv" / ".ready").exists()


def is_installed(pack: Path) -> bool:
    """Whether the installation is complete and was made where the folder lies now."""
    package = pack / WORKSHOP / "src" / "helpers"
    command = [str(venv_python(pack)), "-c", IS_HERE, str(package)]
    try:
        return is_ready(pack) and subprocess.run(command, check=False).returncode == 0
    except OSError:
        return False


def check_disk(pack: Path) -> None:
    """A memory stick is often read-only, or cannot hold the links of a virtual environment."""
    trial = pack / WORKSHOP / ".trial"
    try:
        trial.unlink(missing_ok=True)
        if os.name == "nt":
            trial.touch()
        else:
            trial.symlink_to(CONTENTS)
        trial.unlink()
    except OSError as error:
        raise PackError(
            f"nothing can be installed in {pack} ({error.strerror}). Copy the whole folder to this "
            "laptop's own disk and start it there."
        ) from None


def check_files(pack: Path) -> None:
    """Compare every file with its checksum.

    Raises:
        PackError: files are missing or changed, or the list of checksums itself is cut off.
    """
    try:
        *lines, end = (pack / SUMS).read_text(encoding="utf-8").splitlines() or [""]
    except OSError:
        lines, end = [], ""
    if end != last_line(len(lines)):
        raise PackError(f"{SUMS} is missing or incomplete. Copy the folder again.")
    broken = [name for sha256, name in (line.split("  ", 1) for line in lines)
              if not (pack / name).is_file() or digest(pack / name) != sha256]  # fmt: skip
    if broken:
        others = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise PackError(
            f"{broken[0]}{others} did not arrive whole. Copy the folder again, with its own size "
            "free on the disk."
        )


def write_sums(pack: Path) -> None:
    """Write the list of checksums that `check_files` reads."""
    files = sorted(path for path in pack.rglob("*") if path.is_file() and path != pack / SUMS)
    lines = [f"{digest(path)}  {path.relative_to(pack).as_posix()}" for path in files]
    text = "\n".join([*lines, last_line(len(lines))]) + "\n"
    (pack / SUMS).write_text(text, encoding="utf-8", newline="\n")


def last_line(count: int) -> str:
    """Without it, a list that was cut off would prove too little."""
    return f"# {count} files, end of the list"


def digest(path: Path) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha256.update(block)
    return sha256.hexdigest()


def find_python(contents: dict[str, list[str]]) -> list[str]:
    """The command of a Python on this laptop that the pack holds packages for.

    Args:
        contents: what pack.json says: `platforms` such as "linux-x86_64", `pythons` such as "3.12".

    Raises:
        PackError: the pack is for another system, or no such Python is there.
    """
    if this_platform() not in contents["platforms"]:
        raise PackError(
            f"this folder has the packages for {' and '.join(contents['platforms'])}, and this "
            f"laptop is {this_platform()}. Ask for a pack that was built for it."
        )
    found: list[str] = []
    for command in candidates(contents["pythons"]):
        version = describe(command)
        if version in contents["pythons"]:
            return command
        if version and version not in found:
            found.append(version)
    raise PackError(
        f"it needs Python {' or '.join(contents['pythons'])} (64 bit) and found "
        f"{' and '.join(found) or 'none'}. Install one of them, from the installers that came "
        "with this folder or from python.org, and start again."
    )


def this_platform() -> str:
    """System and processor as pack.json spells them, such as "macos-arm64"."""
    return f"{SYSTEMS.get(sys.platform, sys.platform)}-{platform.machine().lower()}"


def candidates(versions: list[str]) -> Iterator[list[str]]:
    yield [sys.executable]
    for version in reversed(versions):
        if os.name == "nt":
            yield ["py", f"-{version}"]
        yield [f"python{version}"]


def describe(command: list[str]) -> str:
    """The version behind a command, such as "3.12"; "" where there is none that can be used."""
    path = shutil.which(command[0])
    if path is None:
        return ""
    result = subprocess.run(
        [path, *command[1:], "-c", DESCRIBE], capture_output=True, text=True, check=False
    )
    version, _, is_64_bit = result.stdout.strip().partition(" ")
    return version if is_64_bit == "True" else ""


if __name__ == "__main__":
    sys.exit(main())
