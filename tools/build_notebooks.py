"""Build both editions of each notebook from its lesson. Run by `make notebooks`.

`lessons/NN_name.py` becomes `solutions/NN_name.ipynb`, complete and executed, and
`notebooks/NN_name.ipynb`, the learner's edition: solutions cut out, outputs cleared. With
`--check` nothing is written; the first cell that is not what its lesson gives is named.

What a lesson may contain beside ordinary cells:
- `### BEGIN SOLUTION` … `### END SOLUTION`: becomes a `raise NotImplementedError("Exercise 1.2")`
  for the learner, with the name from the nearest heading above;
- cells tagged `solution`: only in the solutions edition;
- `{minutes}` in the first cell and `{map}` on a line of its own: filled from the minutes in the
  header of this lesson, and of all lessons (see `lesson_minutes`).
"""

import argparse
import copy
import hashlib
import json
import os
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from lesson_minutes import MinutesError, minutes_of
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
LESSONS, SOLUTIONS, NOTEBOOKS = ROOT / "lessons", ROOT / "solutions", ROOT / "notebooks"
BUILT = ROOT / ".workshop" / "built.json"  # what the stored outputs were computed from

SOLUTION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION[ \t]*$", re.M | re.S
)
MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.M)
EXERCISE = re.compile(r"^#+ (Exercise [\d.]+)", re.M)


class BuildError(Exception):
    """A lesson cannot be built; the message names file and cell."""


def read_lesson(path: Path) -> NotebookNode:
    """The lesson as a notebook with fixed metadata and ids that depend on content only."""
    notebook = jupytext.read(path, fmt="py:percent")
    try:
        minutes = minutes_of(path)
    except MinutesError as error:
        raise BuildError(str(error)) from None
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        workshop={"minutes": minutes},
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    head = notebook.cells[0]
    head.source = head.source.replace("{minutes}", str(minutes))
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "{map}" in cell.source.splitlines():
            cell.source = cell.source.replace("{map}", lesson_map())
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": list(tags)} if tags else {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def lesson_map() -> str:
    """A table of all lessons: name, question, minutes."""
    rows = ["| lesson | the question it answers | minutes |", "|---|---|---|"]
    for path in sorted(LESSONS.glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^# # (.+)$", text, re.M)
        if not title:
            raise BuildError(f"{path.name}: it has no title")
        rows.append(f"| [`{path.stem}`]({path.stem}.ipynb) | {title[1]} | {minutes_of(path)} |")
    return "\n".join(rows)


def solutions_edition(lesson: NotebookNode) -> NotebookNode:
    """Everything, without the marks around solutions; not yet executed."""
    notebook = copy.deepcopy(lesson)
    for cell in notebook.cells:
        cell.source = MARKER.sub("", cell.source).rstrip("\n")
    return notebook


def learners_edition(lesson: NotebookNode) -> NotebookNode:
    """Solutions replaced by an exception that names the exercise."""
    notebook = copy.deepcopy(lesson)
    exercise = ""
    kept = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            headings = EXERCISE.findall(cell.source)
            exercise = headings[-1] if headings else exercise
        elif SOLUTION.search(cell.source):
            if not exercise:
                raise BuildError(f"cell {number} has a solution but no 'Exercise' heading above it")
            stub = rf'\g<indent>raise NotImplementedError("{exercise}")'
            cell.source = SOLUTION.sub(stub, cell.source)
        if "### BEGIN" in cell.source or "### END" in cell.source:
            raise BuildError(f"cell {number} has a solution mark without its partner")
        if "solution" not in cell.metadata.get("tags", []):
            kept.append(cell)
    notebook.cells = kept
    return notebook


def execute(notebook: NotebookNode, name: str) -> None:
    """Run every cell from a fresh kernel, offline, and keep the outputs."""
    SOLUTIONS.mkdir(exist_ok=True)
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    os.environ["WORKSHOP_OFFLINE"] = "1"
    os.environ["WORKSHOP_PROGRESS"] = "0"  # these exercises are not solved by the learner
    seconds: dict[int, float] = {}

    def begin(cell_index: int, **_: Any) -> None:
        seconds[cell_index] = -time.monotonic()

    def end(cell_index: int, **_: Any) -> None:
        seconds[cell_index] += time.monotonic()

    client = NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": str(SOLUTIONS)}},
        record_timing=False, store_widget_state=False, coalesce_streams=True,
        on_cell_execute=begin, on_cell_executed=end,
    )  # fmt: skip
    try:
        client.execute()
    except CellExecutionError as error:
        number = 1 + next(
            index for index, cell in enumerate(notebook.cells)
            if any(out.output_type == "error" for out in cell.get("outputs", []))
        )  # fmt: skip
        raise BuildError(f"{name}, cell {number} failed:\n{error}") from None
    for line in unannounced(notebook, seconds):
        print(f"{name}, {line}", flush=True)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not is_progress(output)]
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata.pop("widgets", None)


LONG = 10.0  # seconds; a learner who waits longer is told so before
HOW_LONG = re.compile(r"\b(?:second|minute)s?\b")


def unannounced(notebook: NotebookNode, seconds: dict[int, float]) -> list[str]:
    """Cells that took long although the text above them does not say how long they take."""
    found, above = [], ""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            above = cell.source
        elif seconds.get(index, 0) > LONG and not HOW_LONG.search(above):
            first_line = (cell.source.splitlines() or [""])[0]
            found.append(
                f"cell {index + 1} took {seconds[index]:.0f} seconds, and the text above it does "
                f"not say so: {first_line[:60]!r}"
            )
    return found


PROGRESS = re.compile(r"\[\d\d:\d\d[,<].*/s\]")  # the end of what tqdm prints


def is_progress(output: NotebookNode) -> bool:
    """A progress bar is for the person who waits and is not kept."""
    if output.output_type == "stream":
        return bool(output.name == "stderr" and PROGRESS.search(output.text))
    return bool(PROGRESS.search(str(output.get("data", {}).get("text/plain", ""))))


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def difference(expected: NotebookNode, stored: Path) -> str | None:
    """Where the stored notebook is not the expected one, outputs aside; None where it is."""
    where = stored.relative_to(ROOT).as_posix()
    if not stored.exists():
        return f"{where} is missing"
    try:
        found = without_outputs(nbformat.read(stored, as_version=4))
    except (ValueError, KeyError) as error:
        return f"{where} is not a notebook ({error})"
    for number, (want, have) in enumerate(zip(expected.cells, found.cells, strict=False), start=1):
        if want != have:
            first_line = (want.source.splitlines() or [""])[0]
            return f"{where}, cell {number} is not what the lesson gives: {first_line[:70]!r}"
    if len(expected.cells) != len(found.cells):
        return f"{where} has {len(found.cells)} cells and the lesson gives {len(expected.cells)}"
    if expected.metadata != found.metadata:
        return f"{where} has other metadata than the lesson gives"
    return None


def never_executed(stored: Path) -> str | None:
    """A code cell of the solutions edition without an execution count, if there is one."""
    for number, cell in enumerate(nbformat.read(stored, as_version=4).cells, start=1):
        if cell.cell_type == "code" and not cell.execution_count:
            return f"{stored.relative_to(ROOT).as_posix()}, cell {number} was never executed"
    return None


def check(lesson_paths: list[Path]) -> list[str]:
    """Every way in which the built notebooks are not what the lessons give."""
    problems = []
    for path in lesson_paths:
        lesson = read_lesson(path)
        solved = SOLUTIONS / f"{path.stem}.ipynb"
        found = [
            difference(solutions_edition(lesson), solved),
            difference(learners_edition(lesson), NOTEBOOKS / f"{path.stem}.ipynb"),
        ]
        if solved.exists() and not found[0]:
            found.append(never_executed(solved))
        problems += [problem for problem in found if problem]
    known = {path.stem for path in LESSONS.glob("[0-9]*.py")}
    for folder in (SOLUTIONS, NOTEBOOKS):
        for stray in sorted(folder.glob("*.ipynb")):
            if stray.stem not in known:
                problems.append(f"{stray.relative_to(ROOT).as_posix()} has no lesson")
    return problems


def build(path: Path) -> None:
    """Execute the lesson and write both editions; nothing is written when a cell fails."""
    lesson = read_lesson(path)
    solved, stub = solutions_edition(lesson), learners_edition(lesson)
    execute(solved, path.name)
    keep_learners_work(NOTEBOOKS / f"{path.stem}.ipynb")
    write(solved, SOLUTIONS / f"{path.stem}.ipynb")
    write(stub, NOTEBOOKS / f"{path.stem}.ipynb")


def keep_learners_work(path: Path) -> None:
    """A learner's edition with outputs has been worked in: put a copy aside, never lose it."""
    if not path.exists():
        return
    try:
        cells = nbformat.read(path, as_version=4).cells
        worked_in = any(cell.get("outputs") for cell in cells)
    except (ValueError, KeyError):
        worked_in = True
    if worked_in:
        copy_path = BUILT.parent / "kept" / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}.ipynb"
        copy_path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy_path)
        print(f"{path.name} had your work in it; a copy is in {copy_path}", flush=True)


def write(notebook: NotebookNode, path: Path) -> None:
    nbformat.validate(notebook)
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def fingerprint(path: Path) -> str:
    """Changes when a cell, a helper or the data changes; not when minutes move to a neighbour."""
    digest = hashlib.sha256(nbformat.writes(read_lesson(path)).encode())
    for folder, pattern in ((ROOT / "src" / "helpers", "*.py"), (ROOT / "data", "*")):
        for file in sorted(folder.rglob(pattern)):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()


def recorded() -> dict[str, str]:
    try:
        return dict(json.loads(BUILT.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def is_current(path: Path, record: dict[str, str]) -> bool:
    """Cells as in the lesson and, where this machine built it, computed from the same code."""
    return not check_one(path) and record.get(path.stem, fingerprint(path)) == fingerprint(path)


def check_one(path: Path) -> list[str]:
    return [problem for problem in check([path]) if path.stem in problem]


def try_build(path: Path) -> str | None:
    try:
        build(path)
    except BuildError as error:
        return str(error)
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the notebooks from the lessons.")
    parser.add_argument("only", nargs="*", help="lesson numbers such as 01; all by default")
    parser.add_argument("--force", action="store_true", help="execute again what has not changed")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    options = parser.parse_args(arguments)

    paths = sorted(LESSONS.glob("[0-9]*.py"))
    if options.only:
        paths = [path for path in paths if path.stem.split("_")[0] in options.only]
    if not paths:
        parser.error(f"no lesson {' '.join(options.only)} in {LESSONS.name}/")
    if options.check:
        problems = check(paths)
        for problem in problems:
            print(problem)
        if problems:
            print("Run `make notebooks` and commit what it writes. (Exercises that you solved in")
            print("notebooks/ show up here as well: `git stash` puts them aside for a test.)")
        return bool(problems)

    record: dict[str, Any] = recorded()
    changed = [path for path in paths if options.force or not is_current(path, record)]
    failures = []
    with ProcessPoolExecutor(max_workers=min(len(changed) or 1, os.cpu_count() or 1)) as pool:
        for path, failure in zip(changed, pool.map(try_build, changed), strict=True):
            print(failure or f"built {path.stem}", flush=True)
            if failure:
                failures.append(path.stem)
            else:
                record[path.stem] = fingerprint(path)
    for path in paths:
        if path not in changed:
            print(f"unchanged {path.stem}")
    BUILT.parent.mkdir(exist_ok=True)
    BUILT.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
