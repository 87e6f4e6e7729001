"""The room pack: what goes into it, and what a laptop is told when it cannot start.

Nothing is downloaded here. `make pack` and the installation from it are too big for every test
run; CONTRIBUTING.md says how to try them without a network.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import install
import pack
import pack_wheels
import pytest
import start
from start import PackError

ROOT = Path(__file__).resolve().parent.parent
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
TORCH = "torch-2.13.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl"
# In place of tools/install.py: says how it was called and leaves what the start script looks for.
INSTALLER = """import pathlib, sys
pathlib.Path("called.txt").write_text("|".join(sys.argv[1:]), encoding="utf-8")
pathlib.Path(".venv").mkdir()
pathlib.Path(".venv/.ready").touch()
"""


@pytest.fixture
def room_pack(tmp_path):
    """A small pack that is whole, in a folder whose name is not easy; its installer only notes."""
    folder = tmp_path / "Übung für die Gäste 教室"
    tools = folder / "workshop" / "tools"
    tools.mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "start.py", tools)
    (tools / "install.py").write_text(INSTALLER, encoding="utf-8")
    wheels = folder / "wheels"
    wheels.mkdir()
    (wheels / "numpy-2.5.5-cp312-cp312-win_amd64.whl").write_bytes(b"numbers" * 1000)
    (wheels / "six-1.17.0-py2.py3-none-any.whl").write_bytes(b"")
    contents = {"commit": "0" * 40, "platforms": [start.this_platform()], "pythons": [OWN]}
    (folder / "pack.json").write_text(json.dumps(contents), encoding="utf-8")
    pack.add_scripts(folder)
    start.write_sums(folder)
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


class TestTheStart:
    def test_a_whole_copy_is_whole(self, room_pack):
        start.check_files(room_pack)

    def test_the_list_is_what_sha256sum_writes(self, room_pack):
        line = (room_pack / "SHA256SUMS").read_text(encoding="utf-8").splitlines()[-2]
        sha256, name = line.split("  ")
        assert name == "workshop/tools/start.py"
        assert sha256 == start.digest(ROOT / "tools" / "start.py")
        assert start.digest(room_pack / "wheels" / "six-1.17.0-py2.py3-none-any.whl") == (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
        )

    def test_a_truncated_file_is_named(self, room_pack):
        path = room_pack / "wheels" / "numpy-2.5.5-cp312-cp312-win_amd64.whl"
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(PackError, match=r"^wheels/numpy-2\.5\.5\S* did not arrive whole\."):
            start.check_files(room_pack)

    def test_a_missing_file_is_named_and_others_are_counted(self, room_pack):
        (room_pack / "wheels" / "numpy-2.5.5-cp312-cp312-win_amd64.whl").unlink()
        (room_pack / "workshop" / "tools" / "install.py").write_text("", encoding="utf-8")
        with pytest.raises(PackError, match=r"^wheels/numpy-\S+ and 1 more did not arrive whole"):
            start.check_files(room_pack)

    @pytest.mark.parametrize("kept", [0, 1, 3])
    def test_a_list_of_checksums_that_was_cut_off_proves_nothing(self, room_pack, kept):
        sums = room_pack / "SHA256SUMS"
        lines = sums.read_text(encoding="utf-8").splitlines(keepends=True)
        sums.write_text("".join(lines[:kept]), encoding="utf-8")
        with pytest.raises(PackError, match="SHA256SUMS is missing or incomplete"):
            start.check_files(room_pack)
        sums.unlink()
        with pytest.raises(PackError, match="SHA256SUMS is missing or incomplete"):
            start.check_files(room_pack)

    def test_more_files_than_listed_do_no_harm(self, room_pack):
        (room_pack / ".DS_Store").write_bytes(b"left by a file manager")
        start.check_files(room_pack)

    def test_a_pack_for_another_system_says_so(self):
        contents = {"platforms": ["amiga-m68k", "beos-ppc"], "pythons": [OWN]}
        with pytest.raises(PackError, match=r"for amiga-m68k and beos-ppc, and this laptop is \w+"):
            start.find_python(contents)

    def test_the_python_that_runs_is_taken_when_it_suits(self):
        contents = {"platforms": [start.this_platform()], "pythons": ["3.1", OWN]}
        assert start.find_python(contents) == [sys.executable]

    def test_without_the_right_python_both_versions_are_named(self):
        contents = {"platforms": [start.this_platform()], "pythons": ["3.1", "3.2"]}
        with pytest.raises(PackError, match=rf"needs Python 3\.1 or 3\.2 .* and found {OWN}\. "):
            start.find_python(contents)

    @pytest.mark.skipif(os.name == "nt", reason="the other Python is a script here")
    def test_another_python_on_the_laptop_is_found(self, tmp_path, monkeypatch):
        other = tmp_path / "python3.1"
        other.write_text("#!/bin/sh\necho 3.1 True\n", encoding="utf-8")
        other.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        contents = {"platforms": [start.this_platform()], "pythons": ["3.1", "3.2"]}
        assert start.find_python(contents) == ["python3.1"]
        other.write_text("#!/bin/sh\necho 3.1 False\n", encoding="utf-8")  # 32 bit
        with pytest.raises(PackError, match=r"\(64 bit\) and found"):
            start.find_python(contents)

    @pytest.mark.parametrize("says", ["Read-only file system", "Operation not permitted"])
    def test_a_disk_that_takes_no_files_or_no_links_is_refused(self, room_pack, monkeypatch, says):
        def refuse(*_: object) -> None:
            raise OSError(1, says)

        monkeypatch.setattr(Path, "touch" if os.name == "nt" else "symlink_to", refuse)
        with pytest.raises(PackError, match=rf"{says}.*Copy the whole folder to this laptop's own"):
            start.check_disk(room_pack)

    def test_each_message_leads_to_the_page(self):
        message = str(PackError("No."))
        assert message == f"No. More: {start.HELP}"
        assert (ROOT / start.HELP.partition("#")[0].removeprefix("workshop/")).exists()

    def test_an_old_python_can_read_the_script_and_so_be_told(self):
        import ast

        source = (ROOT / "tools" / "start.py").read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 8))
        assert "from __future__ import annotations" in source


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
class TestTheScript:
    def run(self, room_pack: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}/bin"}
        return subprocess.run(
            ["sh", str(room_pack / "start.sh"), *arguments], cwd="/", env=environment,
            text=True, capture_output=True, check=False, encoding="utf-8",
        )  # fmt: skip

    def test_it_installs_out_of_the_folder_of_wheels(self, room_pack):
        result = self.run(room_pack, "--install-only")
        assert result.returncode == 0, result.stderr
        called = (room_pack / "workshop" / "called.txt").read_text(encoding="utf-8")
        assert called == f"--wheels|{room_pack / 'wheels'}"

    def test_it_ends_in_one_sentence_and_installs_nothing_when_a_file_is_broken(self, room_pack):
        (room_pack / "README.txt").write_text("half", encoding="utf-8")
        result = self.run(room_pack)
        assert result.returncode == 1
        (line,) = result.stderr.strip().splitlines()
        assert line.startswith("The workshop cannot start: README.txt did not arrive whole.")
        assert not (room_pack / "workshop" / "called.txt").exists()

    def test_a_folder_that_was_moved_is_installed_again_with_the_learners_work(self, room_pack):
        assert self.run(room_pack, "--install-only").returncode == 0
        (room_pack / "workshop" / "called.txt").unlink()
        (room_pack / "README.txt").write_text("my notes", encoding="utf-8")
        moved = room_pack.rename(room_pack.with_name("moved"))
        result = self.run(moved, "--install-only")
        assert result.returncode == 0, result.stderr
        called = (moved / "workshop" / "called.txt").read_text(encoding="utf-8")
        assert called == f"--wheels|{moved / 'wheels'}"

    def test_without_any_python_it_says_so(self, room_pack, tmp_path):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
        result = subprocess.run(
            [shutil.which("sh") or "/bin/sh", str(room_pack / "start.sh")], text=True,
            env={"PATH": str(tmp_path / "bin")}, capture_output=True, check=False,
        )  # fmt: skip
        assert result.returncode == 1
        assert "no Python 3 was found" in result.stderr


class TestTheContents:
    def test_only_what_is_committed_is_packed(self, tmp_path, capsys):
        project = tmp_path / "project"
        project.mkdir()
        git(project, "init", "--quiet")
        (project / "lesson.py").write_text("committed", encoding="utf-8")
        (project / "ünï.txt").write_text("ü", encoding="utf-8")
        git(project, "add", ".")
        git(project, "commit", "--quiet", "--message", "one")
        (project / ".env").write_text("a key", encoding="utf-8")
        (project / "lesson.py").write_text("not yet", encoding="utf-8")
        commit = pack.add_workshop(project, tmp_path / "packed")
        names = {path.name for path in (tmp_path / "packed").iterdir()}
        assert names == {"lesson.py", "ünï.txt"}
        assert (tmp_path / "packed" / "lesson.py").read_text(encoding="utf-8") == "committed"
        assert len(commit) == 40
        assert (
            "1 changed files are packed as committed, such as lesson.py" in capsys.readouterr().out
        )

    def test_a_folder_without_git_is_refused(self, tmp_path):
        with pytest.raises(install.SetupError, match="is no git checkout"):
            pack.add_workshop(tmp_path, tmp_path / "packed")

    def test_a_folder_of_somebody_else_is_not_emptied(self, tmp_path):
        (tmp_path / "thesis.txt").touch()
        with pytest.raises(install.SetupError, match="is not empty and no room pack"):
            pack.empty(tmp_path)
        assert (tmp_path / "thesis.txt").exists()

    def test_an_earlier_pack_is_replaced(self, room_pack):
        pack.empty(room_pack)
        assert list(room_pack.iterdir()) == []

    def test_scripts_have_the_line_ends_of_their_system(self, room_pack):
        assert b"\r\n" in (room_pack / "start.bat").read_bytes()
        assert b"\r" not in (room_pack / "start.sh").read_bytes()
        assert (room_pack / "start.command").read_bytes() == (room_pack / "start.sh").read_bytes()
        if os.name != "nt":
            assert os.access(room_pack / "start.command", os.X_OK)

    def test_both_versions_are_packed_where_the_lock_changes_within_a_python(self):
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        lock += "soupsieve==4.1.2 ; python_full_version >= '3.11.5'\n"
        assert pack_wheels.releases(lock, "3.11") == ["3.11", "3.11.5"]
        assert pack_wheels.releases("six==1 ; python_full_version < '3.12'", "3.12") == ["3.12"]

    def test_a_compiled_wheel_comes_before_one_for_any_machine(self):
        names = ["regex-1-py3-none-any.whl", "regex-1-cp311-cp311-macosx_11_0_arm64.whl", TORCH]
        one, two, torch = (
            {"url": f"https://index.example/{name}", "hashes": {"sha256": "ab"}} for name in names
        )
        lock = {
            "packages": [
                {"name": "regex", "wheels": [one, two]},
                {"name": "torch", "wheels": [torch]},
            ]
        }
        regex, chosen = pack_wheels.choose(lock)
        assert regex.file == "regex-1-cp311-cp311-macosx_11_0_arm64.whl"
        assert chosen.file == "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"

    def test_pip_fetches_for_the_other_system_and_compares_checksums(self, tmp_path, monkeypatch):
        seen = {}

        def note(command: list[str]) -> None:
            seen["command"] = command
            seen["listed"] = Path(command[-1]).read_text(encoding="utf-8")

        monkeypatch.setattr(install, "run", note)
        url = "https://index.example/numpy-2.5.5-cp312-cp312-win_amd64.whl"
        pack_wheels.fetch([pack_wheels.Wheel("numpy", url, "ab")], tmp_path, "3.12")
        assert seen["listed"] == f"numpy @ {url} --hash=sha256:ab"
        command = " ".join(seen["command"])
        assert (
            "--python-version 3.12 --implementation cp --abi cp312 --platform win_amd64" in command
        )

    @pytest.mark.parametrize("platform", pack_wheels.PLATFORMS)
    def test_torch_is_the_build_for_the_processor(self, platform, monkeypatch, tmp_path):
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
        on_linux = platform.startswith("linux")
        cpu = ["--torch-backend", "cpu"] if on_linux else []
        assert pack_wheels.torch_options(platform, "3.11") == ["--find-links", str(tmp_path), *cpu]
        (tmp_path / TORCH.replace("%2B", "+")).touch()
        at_hand = platform == "linux-x86_64"
        assert ("--torch-backend" in pack_wheels.torch_options(platform, "3.11")) == (
            on_linux and not at_hand
        )
        assert ("--torch-backend" in pack_wheels.torch_options(platform, "3.12")) == on_linux

    def test_several_pythons_and_systems_share_one_pack(self, tmp_path, monkeypatch, capsys):
        asked = []

        def find(platform: str, python: str) -> list[pack_wheels.Wheel]:
            asked.append((platform, python))
            return [pack_wheels.Wheel("six", "https://index.example/six-1-py3-none-any.whl", "ab")]

        def fetch(wheels: list[pack_wheels.Wheel], folder: Path, python: str) -> None:
            (folder / f"{wheels[0].name}-{python}.whl").touch()

        monkeypatch.setattr(pack, "find_wheels", find)
        monkeypatch.setattr(pack, "fetch", fetch)
        monkeypatch.setattr(pack, "prove", lambda *_: None)
        monkeypatch.setattr(pack, "add_workshop", lambda _, target: target.mkdir() or "f" * 40)
        arguments = ["--for", "macos-arm64", "windows-amd64", "--python", "3.13", "3.11"]
        assert pack.main([*arguments, "--output", str(tmp_path / "out")]) == 0
        assert {(platform, python[:4]) for platform, python in asked} == {
            (platform, python)
            for platform in ("macos-arm64", "windows-amd64")
            for python in ("3.11", "3.13")
        }
        start.check_files(tmp_path / "out")
        contents = json.loads((tmp_path / "out" / "pack.json").read_text(encoding="utf-8"))
        assert contents["platforms"] == ["macos-arm64", "windows-amd64"]
        assert contents["pythons"] == ["3.11", "3.13"]
        assert "Copy the whole folder" in capsys.readouterr().out

    def test_what_has_no_wheel_is_told_and_leaves_no_pack_that_could_be_started(
        self, tmp_path, monkeypatch, capsys
    ):
        def find(platform: str, python: str) -> list[pack_wheels.Wheel]:
            raise install.SetupError(install.explain("no wheels with a matching platform tag"))

        monkeypatch.setattr(pack, "find_wheels", find)
        monkeypatch.setattr(pack, "add_workshop", lambda _, target: target.mkdir() or "f" * 40)
        assert pack.main(["--output", str(tmp_path / "out"), "--for", "macos-arm64"]) == 1
        assert "No pack was built: a package has no build" in capsys.readouterr().err
        with pytest.raises(PackError, match="SHA256SUMS is missing"):
            start.check_files(tmp_path / "out")

    def test_a_pack_that_lacks_a_package_is_noticed(self, tmp_path):
        with pytest.raises(install.SetupError, match="a package is missing where this computer"):
            pack_wheels.prove(tmp_path, "windows-amd64", OWN)

    def test_the_installer_says_which_wheel_is_missing(self, tmp_path):
        with pytest.raises(install.SetupError, match=r"holds no pip\. Copy the room pack again"):
            install.pip_install_uv(tmp_path)
        (tmp_path / "pip-26.3-py3-none-any.whl").touch()
        with pytest.raises(install.SetupError, match="holds no uv"):
            install.pip_install_uv(tmp_path)
        (tmp_path / "uv-0.13.9-py3-none-win_amd64.whl").touch()
        command = install.pip_install_uv(tmp_path)
        assert "--no-index" in command
        assert {"--offline", "--no-index", "--no-config"} <= set(install.offline_options(tmp_path))
