"""The README keeps what it says: commands that run as they stand, figures that notebooks print."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPENING = README.splitlines()[:20]
COMMAND = re.compile(r"(?<![\w./\\-])python -m (?!venv)\S+")
TEXTS = [
    ROOT / "README.md",
    ROOT / "docs" / "instructor-guide.md",
    *sorted((ROOT / "lessons").glob("[0-9]*.py")),
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_command_names_the_python_that_has_the_packages(path):
    """Without activating anything, `python` is another one, or none."""
    assert COMMAND.findall(path.read_text(encoding="utf-8")) == []


def printed(name: str) -> str:
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    return "".join(
        out.get("text", "") for cell in notebook.cells for out in cell.get("outputs", [])
    )


@pytest.mark.parametrize(
    ("row", "said_by_the_notebook"),
    [("facts, after", "facts that changed: right"), ("judgement", "judgement: macro-F1")],
)
def test_the_figures_on_top_are_those_that_the_notebook_prints(row, said_by_the_notebook):
    (line,) = [line for line in OPENING if line.startswith(f"| {row}")]
    figures = re.findall(r"\d\.\d\d", line)
    (measured,) = re.findall(
        rf"^{said_by_the_notebook} +(\S+) +(\S+)$", printed("06_rag_or_fine_tuning"), re.M
    )
    assert figures == list(measured)


def test_the_opening_says_what_the_reader_can_decide_afterwards():
    assert re.search(r"you can decide", "\n".join(OPENING))
