"""Every exercise: the check accepts the lesson's solution, rejects its wrong answer, and calls
the untouched stub not attempted. All three are taken from the lesson itself.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from build_notebooks import LESSONS, learners_edition, read_lesson, solutions_edition

from helpers.check import Case, Exercise, same, show

LESSON_PATHS = sorted(LESSONS.glob("[0-9]*.py"))


def run(cells: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(folder)
    scope: dict = {"__name__": "__main__"}
    for source in cells:
        exec(compile(source, "cell", "exec"), scope)
    return scope


def verdict_lines(output: str) -> list[str]:
    return [line for line in output.splitlines() if re.match(r"[○✓✗] .*Exercise", line)]


@pytest.mark.parametrize("path", LESSON_PATHS, ids=lambda path: path.stem)
def test_solution_accepted_wrong_answer_rejected(path, monkeypatch, capsys, tmp_path):
    lesson = read_lesson(path)
    markdown = "\n".join(c.source for c in lesson.cells if c.cell_type == "markdown")
    exercises = re.findall(r"^### (Exercise [\d.]+)", markdown, re.M)
    code = [cell for cell in solutions_edition(lesson).cells if cell.cell_type == "code"]
    run([cell.source for cell in code], tmp_path, monkeypatch)
    lines = verdict_lines(capsys.readouterr().out)
    wrong = [cell for cell in code if "wrong-answer" in cell.metadata.get("tags", [])]
    assert exercises, "a lesson without an exercise"
    for exercise in exercises:
        mine = [line for line in lines if f"{exercise}:" in line or f"{exercise}," in line]
        assert any(line.startswith("✓") for line in mine), f"{exercise}: solution not accepted"
        assert any(line.startswith("✗") for line in mine), f"{exercise}: no wrong answer rejected"
    assert len(wrong) >= len(exercises)


@pytest.mark.parametrize("path", LESSON_PATHS, ids=lambda path: path.stem)
def test_untouched_stub_is_not_attempted(path, monkeypatch, capsys, tmp_path):
    stub = learners_edition(read_lesson(path))
    code = [cell.source for cell in stub.cells if cell.cell_type == "code"]
    run(code, tmp_path, monkeypatch)
    lines = verdict_lines(capsys.readouterr().out)
    exercises = {
        match for cell in stub.cells for match in re.findall(r"### (Exercise [\d.]+)", cell.source)
    }
    assert {line for line in lines if line.startswith("○")} == {
        f"○ {exercise}: not attempted yet" for exercise in exercises
    }
    assert not any("### BEGIN" in source for source in code)


DOUBLE = Exercise("Exercise 9.9", [Case((2,), 4, "two", lambda _: "Twice, please.")], "fine.")


@pytest.mark.parametrize(
    ("attempt", "verdict"),
    [
        (lambda x: 2 * x, "✓ Exercise 9.9: fine."),
        (lambda x: x, "✗ Exercise 9.9, two: expected 4, got 2. Twice, please."),
        (lambda x: None, "✗ Exercise 9.9, two: expected 4, got None. Does the function return"),
        (lambda x: "4", "✗ Exercise 9.9, two: expected 4, got '4'."),
        (lambda: 4, "✗ Exercise 9.9, two: your code raised TypeError"),
        (7, "✗ Exercise 9.9: expected a function, got int."),
    ],
)
def test_a_check_never_raises(attempt, verdict):
    assert DOUBLE.verdict(attempt).startswith(verdict)


def test_a_hint_that_fails_is_left_out():
    fragile = Exercise("Exercise 9.8", [Case((), 1.0, "x", lambda found: found > 2)], "")
    assert fragile.verdict(lambda: "text") == "✗ Exercise 9.8, x: expected 1.0, got 'text'."


@pytest.mark.parametrize(
    ("found", "expected", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        (np.array([1, 2]), [1, 2], True),
        ([1, 2], [1, 2, 3], False),
        (True, 1, True),
        (1, True, False),
        ("a", "a", True),
        (["a", "b"], ("a", "b"), True),
        (None, 0, False),
    ],
)
def test_same(found, expected, equal):
    assert same(found, expected) is equal


def test_long_results_are_shortened():
    assert len(show(list(range(1000)))) == 120
