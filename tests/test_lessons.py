"""What a learner meets on the way through the lessons: where next, which card, whole words."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest

from helpers.wrapping import WIDTH

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "lessons").glob("[0-9]*.py"))
of_each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@of_each_lesson
def test_a_lesson_ends_with_a_link_to_the_next_one(path):
    last = jupytext.read(path, fmt="py:percent").cells[-1].source
    following = LESSONS[(LESSONS.index(path) + 1) % len(LESSONS)]
    links = re.findall(r"\]\(([^)]+)\)", last.partition("**Next:**")[2])
    assert links[:1] == [f"{following.stem}.ipynb"]


def test_the_first_card_to_sort_is_not_the_one_that_is_solved_above():
    (source,) = [path.read_text(encoding="utf-8") for path in LESSONS if path.stem[:2] == "06"]
    before, _, shown = source.partition("widgets.scenario_cards(")
    assert "decide(cards[0].signals)" in before
    assert shown.startswith("cards[1:])")


@of_each_lesson
def test_what_a_cell_prints_needs_no_break_inside_a_word(path):
    """JupyterLab breaks lines of more than about 105 characters anywhere, at 1280 pixels."""
    notebook = nbformat.read(ROOT / "solutions" / f"{path.stem}.ipynb", as_version=4)
    long = [
        (number, line)
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", [])
        for line in shown_as_text(output).splitlines()
        if len(line) > WIDTH and " " in line.strip()
    ]
    assert long == []


def shown_as_text(output) -> str:
    """The text of an output, unless JupyterLab shows something else in its place."""
    data = output.get("data", {})
    return output.get("text", "") or (data["text/plain"] if set(data) == {"text/plain"} else "")
