"""Prove that everything works, and say what each part of the proof costs. Run by `make test`.

Every part runs, also after one that failed, so that one run says all there is to mend. At the end
stand the time of each part, the slowest test files, the time of each notebook, the tests that
were skipped with their reasons, and how much memory it all took at its peak.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import check_notebooks
from peak_memory import PeakMemory
from timetable import read_report, timetable

ROOT = Path(__file__).resolve().parent.parent
# They begin, so that nobody waits for one of them at the end.
SLOW_FILES = [
    "tests/test_browser.py",
    "tests/test_patterns.py",
    "tests/offline/test_killed.py",
    "tests/test_ways_in.py",
]


@dataclass
class Part:
    """A part of the run; `work` gives whether it failed."""

    name: str
    work: Callable[[], bool]
    failed: bool = True
    seconds: float = 0.0

    def run(self) -> None:
        began = time.monotonic()
        self.failed = self.work()
        self.seconds = time.monotonic() - began


def main() -> int:
    # Some containers forbid Python to keep what it compiles, and every process would do it again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="reports-", ignore_cleanup_errors=True) as folder:
        reports = {name: Path(folder) / f"{name}.xml" for name in ("unit", "strict", "lax")}
        with PeakMemory() as memory:
            parts = run_parts(reports)
        found = {name: read_report(path) for name, path in reports.items()}
    print(timetable({part.name: part.seconds for part in parts}, **found))
    print(f"\nmemory at its peak: {memory.peak / 1e9:.1f} GB")
    failed = [part.name for part in parts if part.failed]
    print(f"failed: {', '.join(failed)}" if failed else "everything passed")
    return int(bool(failed))


def run_parts(reports: dict[str, Path]) -> list[Part]:
    """Run everything. Types are checked beside the unit tests, some of which only wait."""
    style, data = Part("style and types", check_style), Part("data", check_data)
    unit = Part("unit tests", lambda: check_units(reports["unit"]))
    data.run()
    beside = threading.Thread(target=style.run)
    beside.start()
    unit.run()
    beside.join()
    with check_notebooks.notebooks_home() as environment:

        def check(edition: check_notebooks.Edition, name: str) -> bool:
            return check_notebooks.run(edition, environment, report=reports[name])

        strict = Part("notebooks, strict", lambda: check(check_notebooks.STRICT, "strict"))
        lax = Part("notebooks, lax", lambda: check(check_notebooks.LAX, "lax"))
        strict.run()
        lax.run()
    return [data, style, unit, strict, lax]


def check_style() -> bool:
    return any(
        [
            python("-m", "ruff", "check", "."),
            python("-m", "ruff", "format", "--check", "."),
            python("-m", "mypy"),
            python("-m", "deptry", "src"),
            python("tools/build_notebooks.py", "--check"),
        ]
    )


def check_data() -> bool:
    return python("tools/check_data.py")


def check_units(report: Path) -> bool:
    options = ["-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    # Of its own: another run of pytest closes the common folder to the user who runs PostgreSQL.
    options.append(f"--basetemp={report.parent / 'tests'}")
    return python("-m", "pytest", *options, f"--junitxml={report}", *SLOW_FILES, "tests")


def python(*arguments: str) -> bool:
    """Whether this failed."""
    return bool(subprocess.call([sys.executable, *arguments], cwd=ROOT))


if __name__ == "__main__":
    sys.exit(main())
