"""The minutes of the lessons: read from their headers, and filled in wherever readers see them."""

import re
from pathlib import Path

import nbformat
import pytest
import render_guide
from lesson_minutes import MinutesError, clock, minutes_of, sections_of
from render_guide import GuideError

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "lessons").glob("[0-9]*.py"))
of_each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@of_each_lesson
def test_the_heads_of_the_notebooks_have_the_lessons_minutes(path):
    for folder in ("solutions", "notebooks"):
        notebook = nbformat.read(ROOT / folder / f"{path.stem}.ipynb", as_version=4)
        assert notebook.metadata.workshop.minutes == minutes_of(path)
        assert f"**{minutes_of(path)} minutes**" in notebook.cells[0].source


@of_each_lesson
def test_every_exercise_says_how_long_it_takes(path):
    headings = re.findall(r"^# ### Exercise ([\d.]+)", path.read_text(encoding="utf-8"), re.M)
    timed = [exercise.number for section in sections_of(path) for exercise in section.exercises]
    assert timed == headings


def agenda(*rows: str, length: int = 60) -> str:
    head = f"<!-- agenda a test: {length} -->\n| at | min | what | note |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n<!-- end -->\n"


def test_an_agenda_has_a_clock_and_says_what_it_leaves_out():
    rows = ("| | 10 | Welcome | |", "| | | Lesson 05 without 9, Recap | short |", "| | 3 | Tea | |")
    text = render_guide.render_guide(agenda(*rows) + "<!-- left out of a test -->\n<!-- end -->")
    assert "| 0:00 | 10 | Welcome |  |\n" in text
    assert "| 0:10 | 47 | Lesson 05 without 9, Recap | short |\n" in text
    assert "| 1:00 |  | **end** |  |\n" in text
    assert "of lesson 05 *9 · Where can I send this file?* (2 minutes)" in text
    assert f"lesson 08, *What replaces NumPy when it grows?* ({minutes_of(LESSONS[8])}" in text
    assert render_guide.render_guide(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (agenda("| | 50 | Welcome | |"), "agenda a test: 50 minutes and not the 60 it has"),
        (agenda("| | | Welcome | |"), "'Welcome' has no minutes"),
        (agenda("| | | Lesson 99 | |"), "there is no lesson '99'"),
        (agenda("| | | Lesson 05 without 12 | |"), "names a section that is not there"),
        ("<!-- left out of a year -->\n<!-- end -->", "there is no agenda 'a year'"),
        ("<!-- weather -->\n<!-- end -->", "nothing is known about the mark 'weather'"),
        (
            "<!-- sections of 05 -->\n| at | min | section | you | the room |\n|---|\n"
            "| 0:00 | 3 | 1 · Look at the rain | take an umbrella | |\n<!-- end -->",
            "lesson 05 has no section '1 · Look at the rain'",
        ),
    ],
)
def test_what_the_lessons_do_not_know_is_named(text, message):
    with pytest.raises(GuideError, match=re.escape(message)):
        render_guide.render_guide(text)


def test_a_readme_without_the_table_is_named():
    with pytest.raises(GuideError, match="has 0 tables of the lessons"):
        render_guide.render_readme("# RAG\n")


HEADER = "# ---\n# jupyter:\n#   workshop:\n#     sections:\n#       Opening: 2\n"
LESSON = """# ---

# %% [markdown]
# # Why?
#
# ## Setup

# %% [markdown]
# ## 1 · Add
#
# ```
# ## no heading
# ```
#
# ### Exercise 9.1 · add
#
# *4 minutes · difficulty 1 of 5 · core*
"""


def test_minutes_of_a_lesson(tmp_path):
    path = tmp_path / "09_add.py"
    path.write_text(f"{HEADER}#       1 · Add: 5\n{LESSON}", encoding="utf-8")
    opening, add = sections_of(path)
    assert (opening.title, opening.minutes, opening.exercises) == ("Opening", 2, ())
    assert (add.number, add.minutes, add.exercises[0].minutes) == ("1", 5, 4)
    assert minutes_of(path) == 7
    assert clock(125) == "2:05"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER, "the text goes on with '1 · Add' and the header with None"),
        (f"{HEADER}#       1 · Sum: 5\n", "with '1 · Add' and the header with '1 · Sum'"),
        (
            f"{HEADER}#       1 · Add: 5\n#       Recap: 1\n",
            "with None and the header with 'Recap'",
        ),
        (f"{HEADER}#       1 · Add: long\n", "'long' is not a whole number of minutes"),
        (f"{HEADER}#       1 · Add: 0\n", "0 is not a whole number of minutes"),
        (f"{HEADER}#       1 · Add: 3\n", "its exercises take 4 minutes, the section only 3"),
    ],
)
def test_minutes_that_do_not_fit_the_text_are_named(tmp_path, header, message):
    path = tmp_path / "09_add.py"
    path.write_text(header + LESSON, encoding="utf-8")
    with pytest.raises(MinutesError, match=re.escape(message)):
        sections_of(path)
