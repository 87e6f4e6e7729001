"""Set-up: the three lists of dependencies agree, and what fails ends in one sentence."""

import ast
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import install
import lab
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
HASHED = (ROOT / "requirements.hashes").read_text(encoding="utf-8")
GROUPS = PROJECT["dependency-groups"]
DIRECT = [
    wanted
    for wanted in [*PROJECT["project"]["dependencies"], *GROUPS["pack"], *GROUPS["dev"]]
    if wanted != {"include-group": "pack"}
]
PYTHONS = ("3.11.9", "3.12.5", "3.13.1")


def locked() -> list[Requirement]:
    lines = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("wanted", DIRECT)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_lock_has_each_dependency_in_an_allowed_version(wanted, python, system):
    requirement = Requirement(wanted)
    markers = {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": system,
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "nt" if system == "win32" else "posix",
        "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system],
    }
    found = [
        entry
        for entry in locked()
        if canonicalize_name(entry.name) == canonicalize_name(requirement.name)
        and (entry.marker is None or entry.marker.evaluate(markers))
    ]
    needed = requirement.marker is None or requirement.marker.evaluate(markers)
    assert len(found) == needed, f"{wanted}: {found}"
    if not needed:
        return
    (version,) = (specifier.version for specifier in found[0].specifier)
    assert requirement.specifier.contains(version)


def test_every_line_of_the_lock_is_one_exact_version():
    for entry in locked():
        assert [specifier.operator for specifier in entry.specifier] == ["=="], str(entry)
        assert entry.url is None


def test_the_hashed_lock_has_the_same_versions_and_a_hash_of_each():
    entries = re.split(r"^(?=[a-z0-9])", HASHED, flags=re.M)[1:]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    versions = [entry.partition("\\")[0].strip() for entry in entries]
    assert versions == [line for line in LOCK.splitlines() if line[0] not in "#"]


def test_a_package_can_be_taken_out_of_the_hashed_lock():
    left = install.without("torch", HASHED)
    assert left.count("==") == HASHED.count("==") - 1
    assert left.count("--hash") < HASHED.count("--hash")
    assert "\ntorch==" not in left
    assert "\ntornado==" in left


def test_the_lock_names_no_host_and_no_cuda():
    assert not re.search(r"https?://|--index|--find-links", LOCK + HASHED)
    assert not re.search(r"^(nvidia|cuda|triton)", LOCK, re.M)


def test_environment_yml_lists_nothing_twice():
    *conda, pip = ENVIRONMENT["dependencies"]
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}
    python, name = conda
    assert name == "pip"
    wanted = SpecifierSet(PROJECT["project"]["requires-python"])
    assert SpecifierSet(python.removeprefix("python")) == wanted


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_another_python_is_refused_in_one_sentence(version):
    with pytest.raises(install.SetupError, match=r"is needed and this is \d\.\d+\. Install one"):
        install.check_python(version)


def test_an_old_python_can_read_the_installer_and_so_be_refused():
    source = (ROOT / "tools" / "install.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))
    assert "from __future__ import annotations" in source


def test_a_full_disk_is_refused_in_one_sentence():
    with pytest.raises(install.SetupError, match=r"4 GB of free disk are needed and 0\.5 GB"):
        install.check_disk(int(0.5e9))


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: No space left on device (os error 28)", "the disk is full"),
        ("Caused by: dns error\nfailed to lookup address", "the package index did not answer"),
        ("error: Hash mismatch for `tqdm==4.70.0`", "is not the file that this project locked"),
        ("Could not find a version that satisfies (from versions: none)", "did not answer"),
        ("The virtual environment was not created: ensurepip is not available", "python3-venv"),
        ("client error (Connect)\n  cause: invalid peer certificate: UnknownIssuer", "certificate"),
        ("SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] failed\n(from versions: none)", "proxy"),
        ("torch has no wheels with a matching platform tag (e.g., `win_arm64`)", "no build"),
        ("has no wheels with a matching Python ABI tag (e.g., `cp314`)", "no build"),
        ("anthropic was not found in the provided package locations", "Copy the room pack again"),
        ("Because there is no version of soupsieve==4.1.2 and", "a company's own index may lack"),
        ("line one\nwhat went wrong\n", "what went wrong (the whole output is in"),
        ("", "no output (the whole output is in"),
    ],
)
def test_what_failed_is_told_in_one_sentence(output, sentence):
    told = install.explain(output, Path("install.log"))
    assert sentence in told
    assert "\n" not in told


def test_without_a_network_the_install_stops_in_one_line(tmp_path):
    for name in ("requirements.lock", "requirements.hashes", "pyproject.toml", "tools/install.py"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    kept |= nowhere | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    result = subprocess.run(
        [sys.executable, "tools/install.py"], cwd=tmp_path, env=kept, text=True,
        capture_output=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("Set-up stopped: the package index did not answer.")
    assert not (tmp_path / ".venv" / ".ready").exists()


def test_torch_comes_from_a_wheel_at_hand(tmp_path):
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    machine = install.sysconfig.get_platform().rsplit("-", 1)[-1]
    (tmp_path / f"torch-2.13.0+cpu-{tag}-{tag}-linux_{machine}.whl").touch()
    found = install.torch_options({"PIP_FIND_LINKS": str(tmp_path)})
    assert found == ["--find-links", str(tmp_path)]


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere torch from the index is the CPU build"
)
def test_torch_is_the_cpu_build_without_a_gpu(monkeypatch):
    monkeypatch.setattr(install.shutil, "which", lambda _: None)
    assert install.torch_options({}) == ["--torch-backend", "cpu"]
    monkeypatch.setattr(install.shutil, "which", lambda _: "nvidia-smi")
    assert install.torch_options({}) == ["--torch-backend", "auto"]


def test_lab_as_root_prints_the_address_instead_of_opening_a_browser():
    chosen = lab.options({"DISPLAY": ":0", "PORT": "9001"}, is_root=True, listen="127.0.0.1")
    assert {"--allow-root", "--no-browser", "--port=9001"} <= set(chosen)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in chosen


def test_lab_on_a_desktop_opens_a_browser():
    chosen = lab.options({"DISPLAY": ":0"}, is_root=False, listen="127.0.0.1")
    assert "--no-browser" not in chosen


def test_lab_binds_as_it_says(tmp_path):
    mark = tmp_path / "mark"
    assert lab.where_to_listen({}, marks=(str(mark),)) == "127.0.0.1"
    mark.touch()
    assert lab.where_to_listen({}, marks=(str(mark),)) == "0.0.0.0"
    here = lab.where_to_listen({"LISTEN": "127.0.0.1"}, marks=(str(mark),))
    assert here == "127.0.0.1"
    assert f"--ServerApp.ip={here}" in lab.options({}, is_root=True, listen=here)
    assert "Only this machine" in lab.announcement(here, 8888, tmp_path)
    assert "publish port 8888" in lab.announcement("0.0.0.0", 8888, tmp_path)
    assert "listens on 10.0.0.5." in lab.announcement("10.0.0.5", 8888, tmp_path)
    running = {"port": 8888, "base_url": "/", "token": "t"}
    lesson = "/lab/tree/notebooks/00_start_here.ipynb"
    assert lab.address("0.0.0.0", running) == f"http://127.0.0.1:8888{lesson}?token=t"
    assert lab.address("10.0.0.5", running | {"token": ""}) == f"http://10.0.0.5:8888{lesson}"


# Stands in for JupyterLab: says where it is as that does, and asks before it stops.
ASKS = """import json, os, signal, sys, time
from pathlib import Path
def asked(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("Shut down (y/[n])? ", end="", flush=True)
    if sys.stdin.readline().strip() == "y":
        time.sleep(1)
        Path("stopped").touch()
        sys.exit(0)
signal.signal(signal.SIGINT, asked)
print("a message of the server", file=sys.stderr, flush=True)
about = {"port": 8899, "base_url": "/", "pid": os.getpid(), "token": os.environ["JUPYTER_TOKEN"]}
Path(os.environ["JUPYTER_RUNTIME_DIR"], "jpserver-1.json").write_text(json.dumps(about))
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def terminal(tmp_path):
    """Runs tools/lab.py of a copy of the project on a terminal, with a server that asks."""
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab" / "__init__.py").touch()
    (tmp_path / "jupyterlab" / "__main__.py").write_text(ASKS, encoding="utf-8")
    (tmp_path / "tools").mkdir()
    script = tmp_path / "tools" / "lab.py"
    script.write_bytes((ROOT / "tools" / "lab.py").read_bytes())
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "JUPYTER_RUNTIME_DIR": str(tmp_path),
        "JUPYTER_TOKEN": "another",
    }
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    process, screen = pty.fork()
    if process == 0:
        os.execve(sys.executable, [sys.executable, str(script)], environment)
    yield screen
    os.close(screen)
    os.kill(process, signal.SIGTERM)
    os.waitpid(process, 0)


def read_until(screen: int, words: str) -> str:
    """What is on the screen up to these words, or to its end."""
    shown = ""
    while words not in shown:
        try:
            new = os.read(screen, 4096).decode()
        except OSError:  # Linux says so when nobody writes to it any more
            break
        if not new:
            break
        shown += new
    return shown.replace("\r\n", "\n")


def test_ctrl_c_lets_the_server_ask_and_stop_by_itself(terminal, tmp_path):
    lines = read_until(terminal, "token=").splitlines()
    assert re.fullmatch(r"http://127\.0\.0\.1:8899/lab/tree/\S+", lines[-1])
    assert "a message of the server" not in "".join(lines)
    os.write(terminal, b"\x03")
    assert "Shut down (y/[n])?" in read_until(terminal, "?")
    os.write(terminal, b"y\n")
    assert "JupyterLab has stopped." in read_until(terminal, "stopped.")
    assert (tmp_path / "stopped").exists()


def test_a_server_that_does_not_start_says_why(tmp_path):
    log = tmp_path / "lab.log"
    log.write_text("first\n" * 50 + "ImportError: no luck\n", encoding="utf-8")
    assert lab.failure(log).splitlines()[-3:] == [
        "ImportError: no luck", "", f"JupyterLab did not start; all it said is in {log}."
    ]  # fmt: skip
