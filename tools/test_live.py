"""Run lessons against the real services, where keys are set. Run by `make test-live`.

The complete edition is executed with your keys, which costs money. What models say differs from
day to day, so their words are not compared. Compared is what must come out the same whoever
answers: the verdict of every exercise check, and every cell tagged `same-for-everyone`. No cell
may fail. Nothing is written.
"""

import os
import re
import sys
from dataclasses import dataclass, field

from build_notebooks import LESSONS, SOLUTIONS, read_lesson, solutions_edition
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat import read as read_notebook

from helpers.redaction import redact
from helpers.settings import get_settings

# Which of the two vendors a lesson asks.
NEEDS = {"03": ("anthropic",), "05": ("openai",), "07": ("anthropic", "openai")}
TAG = "same-for-everyone"


@dataclass
class Result:
    """What came of one lesson: problems, and how many cells were compared."""

    lesson: str
    compared: int = 0
    problems: list[str] = field(default_factory=list)


def missing_keys(lesson: str) -> list[str]:
    """Names of the variables that would have to be set for this lesson."""
    settings = get_settings()
    live = {"anthropic": settings.claude_is_live, "openai": settings.openai_is_live}
    return [f"{vendor.upper()}_API_KEY" for vendor in NEEDS[lesson] if not live[vendor]]


def must_be_the_same(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return cell.cell_type == "code" and (TAG in tags or cell.source.startswith("check."))


def printed(cell: NotebookNode) -> str:
    """What a cell shows as text."""
    return "".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    ).strip()


def compare(stored: NotebookNode, found: NotebookNode) -> Result:
    """The cells that must come out the same, in both."""
    result = Result("")
    for number, (before, now) in enumerate(zip(stored.cells, found.cells, strict=True), start=1):
        if must_be_the_same(now):
            result.compared += 1
            if printed(before) != printed(now):
                result.problems.append(
                    f"cell {number}: {printed(before)[:100]!r} became {printed(now)[:200]!r}"
                )
    return result


def run(lesson: str) -> Result:
    """Execute one lesson with the keys that are set, and compare."""
    (path,) = LESSONS.glob(f"{lesson}_*.py")
    stored = read_notebook(SOLUTIONS / f"{path.stem}.ipynb", as_version=4)
    live = solutions_edition(read_lesson(path))
    client = NotebookClient(
        live, timeout=1800, resources={"metadata": {"path": str(SOLUTIONS)}}, coalesce_streams=True
    )
    try:
        client.execute()
    except CellExecutionError as error:
        last = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()[-1]
        return Result(lesson, problems=[redact(last, *get_settings().secrets())])
    result = compare(stored, live)
    result.lesson = lesson
    return result


def main(only: list[str]) -> int:
    os.environ.pop("WORKSHOP_OFFLINE", None)
    get_settings.cache_clear()
    failed = False
    for lesson in only or NEEDS:
        if not list(LESSONS.glob(f"{lesson}_*.py")):
            print(f"{lesson}: skipped, there is no such lesson yet")
        elif missing := missing_keys(lesson):
            print(
                f"{lesson}: skipped, {' and '.join(missing)} not set (and WORKSHOP_OFFLINE unset)"
            )
        else:
            result = run(lesson)
            failed |= bool(result.problems)
            state = "FAILED" if result.problems else "passed"
            print(f"{lesson}: {state}, {result.compared} cells compared", flush=True)
            for problem in result.problems:
                print(f"  {problem}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
