"""The wheels of a room pack: which a learner needs on another system and Python, and fetch them.

uv says which wheels belong to the versions in requirements.lock and pip fetches them, with its
cache, proxy and certificates. What this module does not do: build a package that has no wheel;
none of those that a learner needs lacks one.
"""

import os
import re
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import install
from packaging.utils import parse_wheel_filename

# Where PyTorch 2.13 has builds, in uv's words; macOS from version 14 on.
PLATFORMS = {
    "linux-x86_64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "macos-arm64": "aarch64-apple-darwin",
    "windows-amd64": "x86_64-pc-windows-msvc",
}


@dataclass(frozen=True, slots=True)
class Wheel:
    """One file to fetch."""

    name: str
    url: str
    sha256: str

    @property
    def file(self) -> str:
        return unquote(self.url.rsplit("/", 1)[-1])


def releases(lock: str, python: str) -> list[str]:
    """Where within a Python the lock changes to other versions of a package.

    >>> releases("a==1 ; python_full_version < '3.11.5'\\na==2 ; python_full_version >= '3.11.5'",
    ...          "3.11")
    ['3.11', '3.11.5']
    """
    named = set(re.findall(r"python_full_version \S+ '(\d+\.\d+\.\d+)'", lock))
    return [python, *sorted(version for version in named if version.startswith(f"{python}."))]


def find_wheels(platform: str, release: str) -> list[Wheel]:
    """The wheels of what a learner needs, in the versions of requirements.lock."""
    return choose(resolve(platform, release, torch_options(platform, release)))


def prove(wheels: Path, platform: str, python: str) -> None:
    """Resolve once more out of the folder alone, as the oldest and the newest such Python will.

    Raises:
        SetupError: a package is missing.
    """
    for release in (f"{python}.0", f"{python}.99"):
        resolve(platform, release, ["--offline", "--no-index", "--find-links", str(wheels)])


def resolve(platform: str, release: str, options: list[str]) -> dict[str, list[dict[str, object]]]:
    """What uv would install there, as a pylock.toml says it."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "pylock.toml"
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--group", "pack",
            "--constraint", "requirements.lock", "--only-binary", ":all:", "--python-version",
            release, "--python-platform", PLATFORMS[platform], "--no-python-downloads", "--quiet",
            "--format", "pylock.toml", "--output-file", str(answer), *options,
        ]  # fmt: skip
        # PyTorch needs macOS 14, and uv would look for wheels that also suit an older one.
        install.run(command, variables={"MACOSX_DEPLOYMENT_TARGET": "14.0"})
        return tomllib.loads(answer.read_text(encoding="utf-8"))


def torch_options(platform: str, release: str) -> list[str]:
    """torch for the processor alone: with CUDA's libraries a pack would be several times as big."""
    options = install.find_links(os.environ)
    system, machine = platform.split("-")
    python = ".".join(release.split(".")[:2])
    if system == "linux" and not install.torch_at_hand(os.environ, python, machine):
        options += ["--torch-backend", "cpu"]
    return options


def choose(lock: dict[str, list[dict[str, object]]]) -> list[Wheel]:
    """One wheel for each package of a pylock.toml; each that it lists suits."""
    chosen = []
    for package in lock["packages"]:
        wheels = [
            Wheel(str(package["name"]), str(wheel["url"]), str(wheel["hashes"]["sha256"]))
            for wheel in package["wheels"]  # type: ignore[attr-defined]
        ]
        # A compiled one is faster than the one for any machine.
        chosen.append(min(wheels, key=lambda wheel: wheel.file.endswith("-none-any.whl")))
    return chosen


def fetch(wheels: list[Wheel], folder: Path, release: str) -> None:
    """Let pip fetch wheels, which may be for another system than this one."""
    tags = {tag for wheel in wheels for tag in parse_wheel_filename(wheel.file)[3]}
    foreign = [
        option
        for platform in sorted({tag.platform for tag in tags} - {"any"})
        for option in ("--platform", platform)
    ]
    tag = "cp" + "".join(release.split(".")[:2])
    with tempfile.TemporaryDirectory() as temporary:
        listed = Path(temporary) / "requirements.txt"
        lines = [f"{wheel.name} @ {wheel.url} --hash=sha256:{wheel.sha256}" for wheel in wheels]
        listed.write_text("\n".join(lines), encoding="utf-8")
        install.run([
            sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
            "--python-version", release, "--implementation", "cp", "--abi", tag, *foreign,
            "--dest", str(folder), "--requirement", str(listed),
        ])  # fmt: skip
