"""Fill in the minutes of the instructor's guide and of the README. Run by `make notebooks`.

Minutes are written in the lessons' headers only (see `lesson_minutes`). In the guide, between
`<!-- … -->` and `<!-- end -->`, this script keeps up to date:

- `<!-- lessons -->`: the table of all lessons
- `<!-- sections of 05 -->`: clock, minutes and title of each section; what an instructor does
  there is written by hand in the columns after them, and stays
- `<!-- agenda half a day: 240 -->`: clock and sum; `Lesson 06` and `Lesson 06 without 7` in the
  column `what` get their minutes from the header, a break has its minutes in the table
- `<!-- left out of half a day -->`: what that agenda does not teach

A sum that is not the agenda's length is an error and not mended here: somebody has to decide
what gives way. With `--check` nothing is written, and what is not up to date is named.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from build_notebooks import lesson_map
from lesson_minutes import MinutesError, Section, clock, minutes_of, sections_of

ROOT = Path(__file__).resolve().parent.parent
LESSONS, GUIDE, README = ROOT / "lessons", ROOT / "docs" / "instructor-guide.md", ROOT / "README.md"
BLOCK = re.compile(r"(?P<mark><!-- (?P<name>[^>]+?) -->\n)(?P<body>.*?)(?P<end><!-- end -->)", re.S)
MAP = re.compile(r"^\| lesson \| the question it answers \| minutes \|\n(?:\|.*\n)+", re.M)
TAUGHT = re.compile(r"Lesson (?P<lesson>\d\d)(?: without (?P<without>[\w ,]+))?")
NOTE = re.compile(r" \*\(\d[^)]*\)\*$")  # the exercises behind a section's title

Table = list[list[str]]


class GuideError(ValueError):
    """The guide says something that the lessons do not know; the message names the place."""


def render_guide(text: str) -> str:
    """The guide with every table between marks up to date."""
    agendas: dict[str, list[Table]] = {}
    for block in BLOCK.finditer(text):
        kind, _, rest = block["name"].partition(" ")
        if kind == "agenda":
            agendas.setdefault(rest.partition(":")[0], []).append(rows_of(block["body"]))

    def filled(block: re.Match[str]) -> str:
        name = block["name"]
        renderers: dict[str, Callable[[str], str]] = {
            "lessons": lambda _: lessons_table(),
            "sections of ": lambda lesson: sections_table(lesson, rows_of(block["body"])),
            "agenda ": lambda rest: agenda_table(rest, rows_of(block["body"])),
            "left out of ": lambda rest: left_out(rest, agendas),
        }
        for start, renderer in renderers.items():
            if name.startswith(start):
                return f"{block['mark']}\n{renderer(name.removeprefix(start))}\n\n{block['end']}"
        raise GuideError(f"nothing is known about the mark {name!r}")

    return BLOCK.sub(filled, text)


def render_readme(text: str) -> str:
    """The README with the table of lessons up to date."""
    rows = lesson_map().replace("](", "](notebooks/") + "\n"
    new, count = MAP.subn(lambda _: rows, text)
    if count != 1:
        raise GuideError(f"{README.name} has {count} tables of the lessons and not one")
    return new


def rows_of(text: str) -> Table:
    r"""The cells of a Markdown table, without its header.

    >>> rows_of("| at | what |\n|---|---|\n| 0:00 | coffee |")
    [['0:00', 'coffee']]
    """
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def lessons_table() -> str:
    """All lessons with their minutes and exercises."""
    table = []
    for path in sorted(LESSONS.glob("[0-9]*.py")):
        kinds = [e.kind for section in sections_of(path) for e in section.exercises]
        table.append([
            f"[{path.stem[:2]}](#{anchor(path)})", title_of(path), str(minutes_of(path)),
            str(kinds.count("core")), str(kinds.count("stretch")),
        ])  # fmt: skip
    total = str(sum(int(row[2]) for row in table))
    header = ["lesson", "the question it answers", "minutes", "core exercises", "stretch"]
    return markdown(header, [*table, ["", "**all**", f"**{total}**", "", ""]])


def sections_table(lesson: str, before: Table) -> str:
    """A lesson's sections with the clock; the columns written by hand are taken over."""
    path = path_of(lesson)
    notes = {NOTE.sub("", row[2]): row[3:] for row in before}
    table, now = [], 0
    for section in sections_of(path):
        by_hand = notes.pop(section.title, ["", ""])
        table.append(
            [clock(now), str(section.minutes), f"{section.title}{note(section)}", *by_hand]
        )
        now += section.minutes
    if notes:
        raise GuideError(f"{GUIDE.name}: lesson {lesson} has no section {next(iter(notes))!r}")
    return markdown(["at", "min", "section", "you", "the room"], table)


def note(section: Section) -> str:
    """The exercises of a section, as its row shows them."""
    found = [f"{e.number}: {e.minutes} min, {e.kind}" for e in section.exercises]
    return f" *({' + '.join(found)})*" if found else ""


def agenda_table(rest: str, before: Table) -> str:
    """An agenda with its clock; the length stands behind the colon."""
    name, _, length = rest.partition(":")
    table, now = [], 0
    for _, minutes, what, where in before:
        if what == "**end**":
            continue
        taught = TAUGHT.match(what)
        if taught:
            minutes = str(sum(section.minutes for section in chosen(taught)))
        if not minutes.isdigit():
            raise GuideError(f"{GUIDE.name}, agenda {name}: {what!r} has no minutes")
        table.append([clock(now), minutes, what, where])
        now += int(minutes)
    if now != int(length):
        raise GuideError(f"{GUIDE.name}, agenda {name}: {now} minutes and not the{length} it has")
    return markdown(["at", "min", "what", "note"], [*table, [clock(now), "", "**end**", ""]])


def left_out(name: str, agendas: dict[str, list[Table]]) -> str:
    """What an agenda does not teach: whole lessons, and sections of lessons that it has."""
    if name not in agendas:
        raise GuideError(f"{GUIDE.name}: there is no agenda {name!r}")
    whats = [row[2] for table in agendas[name] for row in table]
    matches = [found for what in whats if (found := TAUGHT.match(what))]
    taught = {found["lesson"]: {s.title for s in chosen(found)} for found in matches}
    missing = []
    for path in sorted(LESSONS.glob("[0-9]*.py")):
        number, sections = path.stem[:2], sections_of(path)
        if number not in taught:
            missing.append(f"lesson {number}, *{title_of(path)}* ({minutes_of(path)} minutes)")
        for section in sections if number in taught else []:
            if section.title not in taught[number]:
                missing.append(f"of lesson {number} *{section.title}* ({section.minutes} minutes)")
    return "Left out: " + ("; ".join(missing) or "nothing") + "."


def chosen(taught: re.Match[str]) -> list[Section]:
    """The sections of a lesson that an agenda's row teaches."""
    sections = sections_of(path_of(taught["lesson"]))
    without = set(re.findall(r"\w+", taught["without"] or ""))
    unknown = without - {section.number for section in sections}
    if unknown:
        raise GuideError(f"{GUIDE.name}: {taught[0]!r} names a section that is not there")
    return [section for section in sections if section.number not in without]


def path_of(lesson: str) -> Path:
    paths = list(LESSONS.glob(f"{lesson}_*.py"))
    if len(paths) != 1:
        raise GuideError(f"{GUIDE.name}: there is no lesson {lesson!r}")
    return paths[0]


def title_of(path: Path) -> str:
    found = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), re.M)
    return found[1] if found else path.stem


def anchor(path: Path) -> str:
    """Where GitHub puts the heading `## Lesson 05 · How do I …?`."""
    words = re.sub(r"[^\w\- ]", "", f"lesson {path.stem[:2]} · {title_of(path)}".lower())
    return words.replace(" ", "-")


def markdown(header: list[str], table: Table) -> str:
    lines = [header, ["---"] * len(header), *table]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fill in the minutes of guide and README.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    options = parser.parse_args(arguments)
    stale = []
    for path, render in ((GUIDE, render_guide), (README, render_readme)):
        text = path.read_text(encoding="utf-8")
        try:
            new = render(text)
        except (GuideError, MinutesError) as error:
            print(error)
            return 1
        if new != text:
            stale.append(path.name)
            if not options.check:
                path.write_text(new, encoding="utf-8", newline="\n")
    if options.check and stale:
        print(f"Not up to date: {', '.join(stale)}. Run `make notebooks` and commit it.")
    elif stale:
        print(f"minutes filled in: {', '.join(stale)}")
    return bool(options.check and stale)


if __name__ == "__main__":
    sys.exit(main())
