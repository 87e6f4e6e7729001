"""Build the room pack: one folder from which laptops without a network install and run everything.

`make pack` puts into `room-pack/` the workshop as it was last committed, the wheels that a
learner needs, a `start` script for each system, and a checksum for every file. One pack can
serve several Pythons and systems: `make pack PYTHONS="3.11 3.12" FOR="windows-amd64 macos-arm64"`.

What this module does not do: choose the wheels, which is tools/pack_wheels.py, and install, which
tools/start.py and tools/install.py do on the laptop.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import start
from install import ROOT, SetupError, say
from pack_wheels import PLATFORMS, fetch, find_wheels, prove, releases

PYTHONS = ("3.11", "3.12", "3.13")
SCRIPTS = {"start.sh": "start.sh", "start.command": "start.sh", "start.bat": "start.bat"}


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    began = time.monotonic()
    try:
        build(options.output.resolve(), options.platforms, options.pythons)
    except SetupError as error:
        print(f"No pack was built: {error}", file=sys.stderr)
        return 1
    files = [path for path in options.output.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    seconds = time.monotonic() - began
    say(f"Ready: {options.output}, {len(files)} files, {size:,.0f} MB, {seconds:.0f} seconds.")
    say("Copy the whole folder. A laptop needs a Python of its own: put installers beside it.")
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make pack", description=(__doc__ or "").split("\n")[0])
    here = start.this_platform()
    parser.add_argument(
        "--for", dest="platforms", nargs="+", choices=PLATFORMS, metavar="SYSTEM", default=[here],
        help=f"systems of the laptops, of {', '.join(PLATFORMS)}; this one ({here}) by default",
    )  # fmt: skip
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    parser.add_argument(
        "--python", dest="pythons", nargs="+", choices=PYTHONS, metavar="VERSION", default=[own],
        help=f"Pythons of the laptops, of {', '.join(PYTHONS)}; this one ({own}) by default",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, default=ROOT / "room-pack")
    return parser.parse_args(arguments)


def build(pack: Path, platforms: list[str], pythons: list[str]) -> None:
    """Write the pack, in place of an earlier one.

    Raises:
        SetupError: the folder holds something else, there is no git, or a package has no wheel.
    """
    empty(pack)
    say("1/3  the workshop as it was last committed")
    commit = add_workshop(ROOT, pack / start.WORKSHOP)
    say(f"2/3  the wheels for Python {', '.join(pythons)} on {', '.join(platforms)}")
    (pack / start.WHEELS).mkdir()
    for platform in platforms:
        for python in pythons:
            for release in releases((ROOT / "requirements.lock").read_text("utf-8"), python):
                wheels = find_wheels(platform, release)
                fetch(wheels, pack / start.WHEELS, release)
            prove(pack / start.WHEELS, platform, python)
            say(f"     {platform}, Python {python}: {len(wheels)} packages")
    say("3/3  the start scripts and the checksums")
    add_scripts(pack)
    contents = {"commit": commit, "platforms": platforms, "pythons": sorted(pythons, key=minor)}
    (pack / start.CONTENTS).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
    start.write_sums(pack)


def minor(version: str) -> int:
    return int(version.partition(".")[2])


def empty(pack: Path) -> None:
    """Remove an earlier pack, and nothing that is none."""
    if pack.exists() and any(pack.iterdir()) and not (pack / start.WHEELS).is_dir():
        raise SetupError(f"{pack} is not empty and no room pack. Name another --output.")
    shutil.rmtree(pack, ignore_errors=True)
    pack.mkdir(parents=True)


def add_workshop(project: Path, target: Path) -> str:
    """Put the files of the last commit there, so that no key and no notes come along.

    Returns:
        The commit.
    """
    try:
        commit = git(project, "rev-parse", "HEAD").strip()
        changed = git(project, "status", "--porcelain", "--untracked-files=no").splitlines()
    except (OSError, subprocess.CalledProcessError):
        raise SetupError(
            f"{project} is no git checkout with a commit, and only what is committed is packed. "
            "Get the workshop with `git clone`."
        ) from None
    if changed:
        names = ", ".join(line[3:] for line in changed[:5])
        say(f"     Note: {len(changed)} changed files are packed as committed, such as {names}.")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "workshop.zip"
        git(project, "archive", "--format=zip", f"--output={archive}", "HEAD")
        with zipfile.ZipFile(archive) as file:
            file.extractall(target)
    return commit


def git(project: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project, check=True, capture_output=True, text=True,
        encoding="utf-8",
    ).stdout  # fmt: skip


def add_scripts(pack: Path) -> None:
    """The scripts that a learner starts, with the line ends that their system wants."""
    templates = ROOT / "tools" / "room_pack"
    for name, template in SCRIPTS.items():
        text = (templates / template).read_text(encoding="utf-8")
        line_end = "\r\n" if name.endswith(".bat") else "\n"
        (pack / name).write_text(text, encoding="utf-8", newline=line_end)
        (pack / name).chmod(0o755)
    text = (templates / "README.txt").read_text(encoding="utf-8")
    (pack / "README.txt").write_text(text, encoding="utf-8", newline="\r\n")


if __name__ == "__main__":
    sys.exit(main())
