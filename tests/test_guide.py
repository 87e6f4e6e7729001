"""The instructor's guide: its minutes are the lessons', and what it quotes is what they print.

A symptom in a table of stumbles must stand in the code that prints it, what the room sees in the
stored outputs, and the cell that is to be started in the lesson.
"""

import ast
import builtins
import re
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
import render_guide
from lesson_minutes import sections_of
from render_guide import GUIDE, rows_of

from helpers.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "lessons").glob("[0-9]*.py"))
CHECKS = ROOT / "src" / "helpers" / "check"
DOCTOR = ROOT / "src" / "helpers" / "doctor.py"
TEXT = GUIDE.read_text(encoding="utf-8")
GENERAL, *PARTS = re.split(r"(?m)^(?=## Lesson \d\d|## Afterwards)", TEXT)
BY_LESSON = {part[10:12]: part for part in PARTS if part.startswith("## Lesson")}
of_each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def raised(words: str) -> bool:
    """Whether these are a check's words about an exception that Python has."""
    start, _, name = words.rpartition(" ")
    return start == "your code raised" and hasattr(builtins, name)


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column has that name."""
    found = re.search(rf"^\| {first} \|.*\n(?:\|.*\n?)+", text, re.M)
    assert found, f"no table {first!r}"
    return rows_of(found[0])


def part_of(path: Path) -> str:
    return BY_LESSON[path.stem[:2]]


@cache
def messages(path: Path) -> str:
    """Every text that a module, or each module of a folder, can print."""
    paths = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in paths]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return "\n".join(node.value for node in nodes if isinstance(node.value, str))


@cache
def printed(path: Path) -> dict[str, str]:
    """What the cells of each section print on every machine."""
    titles = [section.title for section in sections_of(path)]
    found = dict.fromkeys(titles, "")
    now = titles[0]
    for cell in nbformat.read(ROOT / "solutions" / f"{path.stem}.ipynb", as_version=4).cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^## (.+)$", cell.source, re.M)
            now = next((title for title in reversed(headings) if title in titles), now)
        elif "nbval-ignore-output" not in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                html = unescape(re.sub(r"<[^>]+>", "", data.get("text/html", "")))
                shown = f"{output.get('text', '')}\n{data.get('text/plain', '')}\n{html}\n"
                found[now] += shown + re.sub(
                    r"\n\s*", " ", shown
                )  # as before long lines were broken
    return found


def test_the_minutes_are_up_to_date():
    """`make notebooks` brings them from the lessons' headers into guide and README."""
    assert render_guide.render_guide(TEXT) == TEXT
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert render_guide.render_readme(readme) == readme


@of_each_lesson
def test_a_lesson_is_complete_in_the_guide(path):
    part = part_of(path)
    title = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), re.M)[1]
    assert part.startswith(f"## Lesson {path.stem[:2]} · {title}\n")
    for heading in ("**Goal:** ", "**Say:** ", "**Discuss", "**Late?** "):
        assert part.count(f"\n{heading}") == 1, heading
    say = re.search(r"\*\*Say:\*\* (.+?)\n\n", part, re.S)[1]
    assert len(re.findall(r"[.?!](?=\s|$)", say)) == 3
    assert all(row[3] for row in table(part, "at")), "a section without a word what to do"


@of_each_lesson
def test_a_symptom_of_a_lesson_is_one_that_it_knows(path):
    known = messages(CHECKS / f"lesson_{path.stem[:2]}.py") + messages(CHECKS / "__init__.py")
    known += "".join(printed(path).values()) + messages(DOCTOR)
    known += path.read_text(encoding="utf-8")  # the hints below the exercises
    rows = table(part_of(path), "symptom")
    for symptom, _ in rows:
        for words in quoted(symptom):
            assert words in known or raised(words), words
    for section in sections_of(path):
        for exercise in section.exercises:
            assert any(row[0].startswith(f"{exercise.number}: `") for row in rows), exercise.number


def test_a_symptom_of_any_lesson_is_printed_somewhere():
    known = messages(ROOT / "src") + messages(ROOT / "tools" / "install.py")
    by_python_and_jupyter = ("No module named helpers", "[*]")
    for symptom, _ in table(GENERAL, "symptom"):
        for words in quoted(symptom):
            assert words in known or words in by_python_and_jupyter, words


@of_each_lesson
def test_what_the_room_sees_is_printed_on_every_machine(path):
    rows = table(part_of(path), "at")
    for row, (title, known) in zip(rows, printed(path).items(), strict=True):
        for words in quoted(row[4]):
            assert words in known or words in (*"○✗✓",) or words in messages(DOCTOR), (
                f"{title}: {words}"
            )


@of_each_lesson
def test_the_cells_that_are_to_be_run_are_in_their_section(path):
    source = path.read_text(encoding="utf-8")
    titles = [section.title for section in sections_of(path)]
    starts = [0, *(source.index(f"\n# ## {title}") for title in titles[1:]), len(source)]
    for (_, _, title, you, _), start, end in zip(
        table(part_of(path), "at"), starts[:-1], starts[1:], strict=True
    ):
        for words in quoted(you):
            assert words in source[start:end], f"{title}: {words}"


def test_the_cell_on_the_board_sets_what_it_says(tmp_path, monkeypatch, configured):
    """Beside what stands in .env already, and what is written last counts."""
    file = tmp_path / ".env"
    file.write_text("WORKSHOP_QUICK=0", encoding="utf-8")
    monkeypatch.setattr("helpers.settings.ENV_FILE", file)
    (cell,) = re.findall(r"```python\n(.+?)```", TEXT, re.S)
    exec(dedent(cell))
    monkeypatch.delenv("WORKSHOP_QUICK", raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    assert configured().quick


def test_the_commands_are_there():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = set(re.findall(r"`make ([a-z-]+)", TEXT))
    assert "pack" in named
    assert named <= set(targets)
    modules = set(re.findall(r"python -m (helpers[\w.]*)", TEXT))
    assert "helpers.offline" in modules
    for module in modules:
        spec = find_spec(module)
        assert spec, module
        assert spec.submodule_search_locations is None or find_spec(f"{module}.__main__"), module


def test_links_go_somewhere():
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", TEXT, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (GUIDE.parent / target.partition("#")[0]).exists(), target
    assert "docs/instructor-guide.md" in (ROOT / "README.md").read_text(encoding="utf-8")
