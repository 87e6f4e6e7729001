"""Every exercise: the check accepts the lesson's solution, rejects its wrong answer, and calls
the untouched stub not attempted. All three are taken from the lesson itself.
"""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from build_notebooks import LESSONS, SOLUTIONS, learners_edition, read_lesson

from helpers.check import Case, Exercise, same, show

LESSON_PATHS = sorted(LESSONS.glob("[0-9]*.py"))
HEADING = re.compile(r"^### (Exercise [\d.]+)", re.M)


def exercises_of(path: Path) -> list[str]:
    cells = read_lesson(path).cells
    return [name for cell in cells for name in HEADING.findall(cell.source)]


@pytest.mark.parametrize("path", LESSON_PATHS, ids=lambda path: path.stem)
def test_solution_accepted_wrong_answer_rejected(path):
    """Read in the stored outputs, which the notebook tests compute again and compare."""
    stored = nbformat.read(SOLUTIONS / f"{path.stem}.ipynb", as_version=4)
    accepted, rejected = [], []
    for cell in stored.cells:
        text = "".join(output.get("text", "") for output in cell.get("outputs", []))
        wrong = "wrong-answer" in cell.metadata.get("tags", [])
        (rejected if wrong else accepted).append(text)
    assert exercises_of(path), "a lesson without an exercise"
    for exercise in exercises_of(path):
        assert any(text.startswith(f"✓ {exercise}:") for text in accepted), exercise
        assert any(re.match(rf"✗ {exercise}[:,]", text) for text in rejected), exercise


@pytest.mark.parametrize("path", LESSON_PATHS, ids=lambda path: path.stem)
def test_untouched_stub_is_not_attempted(path, capsys):
    """Run the learner's stubs and their checks, and nothing else of the lesson."""
    cells = [cell.source for cell in learners_edition(read_lesson(path)).cells]
    scope: dict = {}
    exec(f"from helpers.check import lesson_{path.stem[:2]} as check", scope)
    for source in cells:
        if "raise NotImplementedError" in source or source.startswith("check."):
            exec(compile(source, path.name, "exec"), scope)
    assert capsys.readouterr().out.splitlines() == [
        f"○ {exercise}: not attempted yet" for exercise in exercises_of(path)
    ]


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
        ({"a": [1, 2]}, {"a": [1, 2]}, True),
        ({"a": [1, 2]}, {"a": [1, 3]}, False),
        ([1], {1: 2}, False),
    ],
)
def test_same(found, expected, equal):
    assert same(found, expected) is equal


def test_long_results_are_shortened():
    assert len(show(list(range(1000)))) == 120
