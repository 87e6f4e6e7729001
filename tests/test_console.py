"""Commands print anywhere: a redirected output of Windows has no `✓` and no `→`."""

import io
import os
import re
import subprocess
import sys

import pytest

from helpers import doctor
from helpers.assistant import Trace, TraceStep
from helpers.console import run, stand_in

TRACE = Trace(
    message="Wann – 退款?",
    outcome="answered",
    reply="…",
    steps=(
        TraceStep(
            name="answer",
            model="offline-reader",
            seconds=0.1,
            given={},
            found={"citations": [{"verified": True, "source": "a.md", "cited_text": "5 → 退"}]},
        ),
    ),
)


@pytest.fixture
def printed(monkeypatch):
    """What a command writes to an output of an encoding."""

    def write(value: object, encoding: str) -> str:
        output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", output)
        assert run(lambda: print(value) or 0) == 0
        output.flush()
        return output.buffer.getvalue().decode(encoding)

    return write


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "latin-1"])
def test_a_trace_and_a_report_go_through_any_encoding(printed, encoding):
    assert "answer" in printed(TRACE, encoding)
    report = doctor.Report([doctor.Finding("Python", "ok", "3.12", "Look → there")])
    assert "Python  3.12" in printed(report, encoding)


def test_what_the_output_lacks_is_replaced_and_the_rest_stays(printed):
    assert printed("✓ café – 退 → 5 €", "cp1252") == f"+ café – ? -> 5 €{os.linesep}"
    assert printed("✓ café", "utf-8") == f"✓ café{os.linesep}"


@pytest.mark.parametrize("mark", doctor.MARKS.values())
def test_each_mark_of_the_doctor_keeps_a_sign_of_its_own(mark):
    assert stand_in(mark) not in ("?", "")
    assert len({stand_in(other) for other in doctor.MARKS.values()}) == len(doctor.MARKS)


def test_the_doctors_command_goes_into_a_pipe_of_windows():
    result = subprocess.run(
        [sys.executable, "-m", "helpers.doctor"],
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert result.stderr == b""
    assert result.stdout.startswith(b"+ Python")


def test_every_command_of_the_package_starts_this_way(root):
    # A hub starts the tokens' module as a file, without the package; it prints ASCII only.
    alone = root / "src" / "helpers" / "offline" / "tokens.py"
    starts = {
        path: re.search(r'__name__ == "__main__":\n(.*)', path.read_text(encoding="utf-8"))
        for path in (root / "src" / "helpers").rglob("*.py")
    }
    commands = {path: found[1].strip() for path, found in starts.items() if found and path != alone}
    assert len(commands) >= 6
    assert set(commands.values()) == {"sys.exit(run(main))"}
    assert alone.read_text(encoding="utf-8").isascii()
