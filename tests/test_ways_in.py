"""The ways in: what each of them runs is run here, in a fresh clone.

The packages are already there, in a copy of this environment, so nothing is downloaded and every
network connection of pip and uv is refused. WORKSHOP_INSTALL_TESTS=1 runs the same commands from an
empty environment, with a network.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml
from waiting import PATIENCE, answer_of

ROOT = Path(__file__).resolve().parent.parent
FROM_NOTHING = os.environ.get("WORKSHOP_INSTALL_TESTS") == "1"
OFFLINE = {
    "UV_OFFLINE": "1",
    "UV_NO_BUILD_ISOLATION": "1",
    "PIP_NO_INDEX": "1",
    "PIP_NO_BUILD_ISOLATION": "0",
}
DOCKERFILE = ROOT / "deploy" / "container" / "Dockerfile"
IS_HERE = (
    "import helpers; from helpers.data import load_handbook; from pathlib import Path; "
    "load_handbook(); print(Path(helpers.__file__).resolve().parents[2])"
)

pytestmark = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("git") or not (ROOT / ".git").exists(),
    reason="clones with git and runs commands in bash",
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own with every file that git knows here, as it is now."""
    folder = tmp_path_factory.mktemp("ways") / "clone"
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@workshop.example"]
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-q", "--no-verify", "-m", "all"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def environment(clone: Path) -> Path:
    """The environment that commands find as `python`: a copy of this one."""
    target = clone.parent / "environment"
    if FROM_NOTHING:
        venv.create(target, with_pip=True)
        return target
    prefix = Path(sys.prefix)

    def link(source: str, copy: str) -> None:
        """Packages are never written in place, so a second name for the same file is enough."""
        if not Path(source).is_relative_to(prefix / "lib"):
            shutil.copy2(source, copy)
            return
        try:
            os.link(source, copy)
        except OSError:
            shutil.copy2(source, copy)

    left_out = shutil.ignore_patterns(".ready", "install.log", "__pycache__")
    shutil.copytree(prefix, target, symlinks=True, ignore=left_out, copy_function=link)
    return target


@pytest.fixture
def run(environment: Path):
    """Run commands in bash; before that, the workshop's own package is not installed."""
    python = environment / "bin" / "python"
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
    }
    variables |= {"PATH": f"{python.parent}{os.pathsep}{variables['PATH']}"}
    if not FROM_NOTHING:
        variables |= OFFLINE

    def run(commands: str, folder: Path) -> str:
        result = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{commands}"], cwd=folder, env=variables, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout[-3000:]
        return result.stdout

    run("python -m pip uninstall --yes rag-or-fine-tuning", environment)
    return run


def imported_from(run, folder: Path, python: str = "python") -> Path:
    """Where `helpers` comes from; it finds its data there as well."""
    return Path(run(f'cd / && "{python}" -c "{IS_HERE}"', folder).split()[-1])


def devcontainer() -> dict:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def test_a_codespace_installs_and_finds_its_python(clone, environment, run):
    settings = devcontainer()
    if not FROM_NOTHING:
        (clone / ".venv").symlink_to(environment)
        (environment / ".ready").unlink(missing_ok=True)
    run(settings["onCreateCommand"], clone)
    wanted = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    python = wanted.replace("${containerWorkspaceFolder}", str(clone))
    assert imported_from(run, clone, python) == clone
    for name in settings["customizations"]["codespaces"]["openFiles"]:
        assert (clone / name).exists()
    assert (clone / ".venv" / ".ready").exists(), "`make lab` would install again"
    if not FROM_NOTHING:
        (clone / ".venv").unlink()


def test_binder_builds(clone, run):
    run("./.binder/postBuild", clone)
    assert imported_from(run, clone) == clone
    described = yaml.safe_load((clone / ".binder" / "environment.yml").read_text(encoding="utf-8"))
    assert {"python=3.12", "pip"} == set(described["dependencies"])


def test_condas_pip_part_installs(clone, run):
    described = yaml.safe_load((clone / "environment.yml").read_text(encoding="utf-8"))
    lines = described["dependencies"][-1]["pip"]
    run(f"python -m pip install {' '.join(lines)}", clone)
    assert imported_from(run, clone) == clone


def colab_cell() -> str:
    text = (ROOT / "docs" / "ways-in.md").read_text(encoding="utf-8")
    return re.search(r"```\n(!git clone.*?)```", text, re.DOTALL)[1]


def test_the_colab_cell_installs(clone, run, tmp_path):
    address = "https://github.com/OWNER/REPOSITORY"
    cell = colab_cell()
    assert address in cell
    assert {line[0] for line in cell.splitlines()} == {"!", "%"}
    commands = re.sub(r"^[!%]", "", cell, flags=re.MULTILINE)
    run(commands.replace(address, clone.as_uri()), tmp_path)
    assert imported_from(run, clone) == tmp_path / "workshop"


def test_what_colab_brings_is_not_installed_over_it():
    excluded = (ROOT / "tools" / "colab-excludes.txt").read_text(encoding="utf-8")
    names = {line for line in excluded.splitlines() if not line.startswith("#")}
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f'"{name}>=' in wanted for name in names)


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def test_the_container_installs_and_serves_from_what_it_copies(clone, environment, run, tmp_path):
    image = tmp_path / "image"
    image.mkdir()
    for instruction, arguments in instructions():
        if instruction == "COPY":
            copy(clone, arguments, image)
        if instruction == "RUN" and "python" in arguments:
            if "jupyterhub" in arguments and not FROM_NOTHING:
                continue  # only in the environment of a server
            run(arguments.replace("${JUPYTERHUB}", defaults()["JUPYTERHUB"]), image)
    assert imported_from(run, clone) == image

    (command,) = (json.loads(rest) for name, rest in instructions() if name == "CMD")
    assert command[0] == "python"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [environment / "bin" / "python", *command[1:]], cwd=image,
        env=os.environ | {"PORT": str(port), "JUPYTER_TOKEN": "ways-in"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        lesson = f"http://127.0.0.1:{port}/api/contents/notebooks/00_start_here.ipynb?token=ways-in"
        found = answer_of(lesson, lambda: server.poll() is None)
        assert found["name"] == "00_start_here.ipynb"
    finally:
        os.killpg(server.pid, 15)
        server.wait(PATIENCE)


def copy(source: Path, arguments: str, target: Path) -> None:
    """What COPY does with files, and with folders that keep their name."""
    *names, place = [word for word in arguments.split() if not word.startswith("--")]
    for name in names:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / place, dirs_exist_ok=True)
        else:
            aim = target / place / name if place.endswith("./") else target / place
            aim.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, aim)


def defaults() -> dict[str, str]:
    return dict(rest.split("=", 1) for name, rest in instructions() if name == "ARG")
