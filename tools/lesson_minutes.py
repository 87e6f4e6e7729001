"""The minutes of a lesson, section by section, read from its header and written nowhere else.

    # jupyter:
    #   workshop:
    #     sections:
    #       Opening: 3
    #       1 · Look at the dirt: 5

`Opening` is all that comes before the first numbered section: title, goals, setup, words. After
it every heading of the second level has its line, in the order of the lesson. A section's
minutes include its exercises, and the sum is the lesson's. What this module does not do: write
anything; `build_notebooks` and `render_guide` put the minutes where readers see them.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import jupytext

OPENING = "Opening"
EXERCISE = re.compile(
    r"^### Exercise (?P<number>[\d.]+) · (?P<title>.+)\n\n"
    r"\*(?P<minutes>\d+) minutes? · difficulty \d of 5 · (?P<kind>core|stretch)\*$",
    re.M,
)


class MinutesError(ValueError):
    """A lesson's header and its headings do not go together; the message names both."""


@dataclass(frozen=True)
class Exercise:
    """An exercise as its heading announces it; `kind` is core or stretch."""

    number: str
    title: str
    minutes: int
    kind: str


@dataclass(frozen=True)
class Section:
    """A section of a lesson; its minutes include those of its exercises."""

    title: str
    minutes: int
    exercises: tuple[Exercise, ...] = ()

    @property
    def number(self) -> str:
        """What the title begins with, such as `3`, or the title itself."""
        return self.title.partition(" · ")[0]


def sections_of(path: Path) -> list[Section]:
    """The sections of a lesson in order.

    Raises:
        MinutesError: a heading has no minutes or the minutes have no heading, a number is not a
            whole one over zero, or the exercises take longer than their section.
    """
    notebook = jupytext.read(path, fmt="py:percent")
    written = notebook.metadata.get("workshop", {}).get("sections")
    if not isinstance(written, dict) or not written:
        raise MinutesError(f"{path.name}: its header names no `workshop: sections`")
    parts = _parts([cell.source for cell in notebook.cells if cell.cell_type == "markdown"])
    for heading, key in zip_longest([title for title, _ in parts], written):
        if heading != key:
            raise MinutesError(
                f"{path.name}: the text goes on with {heading!r} and the header with {key!r}; "
                "`sections` names the headings in their order"
            )
    found = []
    for title, text in parts:
        section = Section(title, written[title], _exercises(text))
        _check(section, path.name)
        found.append(section)
    return found


def minutes_of(path: Path) -> int:
    """The minutes of a whole lesson: the sum of its sections."""
    return sum(section.minutes for section in sections_of(path))


def clock(minutes: int) -> str:
    """Minutes as hours and minutes.

    >>> clock(65)
    '1:05'
    """
    return f"{minutes // 60}:{minutes % 60:02}"


def _parts(texts: list[str]) -> list[tuple[str, str]]:
    """Title and text of each section; what comes before the first number is the opening."""
    parts: list[tuple[str, list[str]]] = [(OPENING, [])]
    fenced = False
    for line in "\n\n".join(texts).splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            title = line.removeprefix("## ").strip()
            if len(parts) > 1 or title[0].isdigit():
                parts.append((title, []))
        parts[-1][1].append(line)
    return [(title, "\n".join(lines)) for title, lines in parts]


def _exercises(text: str) -> tuple[Exercise, ...]:
    return tuple(
        Exercise(found["number"], found["title"], int(found["minutes"]), found["kind"])
        for found in EXERCISE.finditer(text)
    )


def _check(section: Section, name: str) -> None:
    if type(section.minutes) is not int or section.minutes < 1:
        raise MinutesError(
            f"{name}, {section.title!r}: {section.minutes!r} is not a whole number of minutes"
        )
    needed = sum(exercise.minutes for exercise in section.exercises)
    if needed > section.minutes:
        raise MinutesError(
            f"{name}, {section.title!r}: its exercises take {needed} minutes, the section only "
            f"{section.minutes}"
        )
