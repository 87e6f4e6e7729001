"""What `make test` says at its end: read from what pytest really writes."""

import subprocess
import sys

import pytest
from peak_memory import PeakMemory
from timetable import Report, file_of, read_report, timetable
from waiting import wait_for

TESTS = """
import pytest

class TestOne:
    def test_it(self):
        pass

@pytest.mark.skip(reason="needs a key")
@pytest.mark.parametrize("name", ["a", "b"])
def test_two(name):
    pass

@pytest.mark.xfail(reason="not yet")
def test_three():
    assert False
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("report")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "tests", "--junitxml=some.xml"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    return tmp_path / "some.xml"


@pytest.fixture
def report(written):
    return read_report(written)


def test_seconds_belong_to_files_and_skips_keep_their_reason(report):
    assert list(report.seconds) == ["tests/test_some.py"]
    assert report.skips == {
        "tests/test_some.py: needs a key": 2,
        "tests/test_some.py: known to fail, not yet": 1,
    }


def test_the_table_has_parts_files_notebooks_and_skips(report):
    report.seconds["tests/test_slow.py"] = 61.4
    strict, lax = Report(), Report()
    strict.seconds["solutions/01_search.ipynb"] = 30.0
    lax.seconds["notebooks/01_search.ipynb"] = 12.0
    lines = timetable({"unit tests": 99.0}, report, strict, lax).splitlines()
    assert "      99  unit tests" in lines
    assert lines.index("      61  tests/test_slow.py") < lines.index("       0  tests/test_some.py")
    assert "      30    12  01_search.ipynb" in lines
    assert lines[-3:] == [
        "tests skipped or known to fail: 3",
        "       1  tests/test_some.py: known to fail, not yet",
        "       2  tests/test_some.py: needs a key",
    ]


def test_a_run_that_broke_off_has_an_empty_report(tmp_path):
    assert read_report(tmp_path / "none.xml") == Report()


@pytest.mark.parametrize(
    ("class_name", "file"),
    [
        ("tests.test_some", "tests/test_some.py"),
        ("tests.offline.test_tuning.TestFiles", "tests/offline/test_tuning.py"),
        ("solutions.01_search.ipynb", "solutions/01_search.ipynb"),
    ],
)
def test_the_file_of_a_class(class_name, file):
    assert file_of(class_name) == file


def test_memory_of_what_was_started_counts(tmp_path):
    code = "import sys; held = b'x' * 300_000_000; print('held', flush=True); sys.stdin.read()"
    with PeakMemory() as memory:
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        child.stdout.readline()
        wait_for(lambda: memory.peak > 300_000_000, "the child to be counted")
        child.communicate()
