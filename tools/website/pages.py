"""A lesson's solutions edition as a page: described figures, notes in place of live panels, and
the way to the learner's edition and the slides. Nothing is executed.
"""

import copy
from collections.abc import Iterator

from nbformat import NotebookNode

PANEL = "application/vnd.jupyter.widget-view+json"
PANEL_NOTE = (
    '<p class="panel-note"><strong>An interactive panel.</strong> It needs a running Python, which '
    "this site does not have. In JupyterLab, the learner's notebook shows it here.</p>"
)
HEAD = """
```{{admonition}} The complete edition
It has the solutions and the outputs, and nothing runs on this page.
[The learner's notebook](path:../files/notebooks/{name}.ipynb) leaves the exercises to you;
<a href="../slides/{name}.html">the slides</a> are for a room.
```
"""


def lesson_page(notebook: NotebookNode, name: str) -> NotebookNode:
    """The page of the lesson `name`, such as "01_embeddings_and_search".

    Raises:
        ValueError: a figure says nowhere in words what it shows.
    """
    page = copy.deepcopy(notebook)
    title, _, rest = page.cells[0].source.partition("\n")
    page.cells[0].source = f"{title}\n{HEAD.format(name=name)}{rest}"
    for number, cell in enumerate(page.cells, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                # Where MyST-NB reads the description of a cell's picture.
                cell.metadata["mystnb"] = {"image": {"alt": description(output, name, number)}}
            if PANEL in data:
                output.data = NotebookNode({"text/html": PANEL_NOTE})
    return page


def description(output: NotebookNode, name: str, number: int) -> str:
    """What a figure shows, in words, as `helpers.plots` has attached it to the picture."""
    alt = output.metadata.get("image/png", {}).get("alt", "")
    if not alt:
        raise ValueError(
            f"{name}, cell {number}: the figure has no alt text. Draw it with helpers.plots, or "
            'display it with metadata={"image/png": {"alt": "what it shows"}}.'
        )
    return " ".join(str(alt).split())


def lesson_list(lesson_map: str) -> str:
    """The table of lessons as a list with downloads, since five columns are wide for a phone.

    >>> print(lesson_list("| lesson | why | minutes |\\n|---|---|---|\\n| [`00_a`](b) | Why? | 5 |"))
    - [00 · Why?](00_a.ipynb) \\
      5 minutes · [notebook 00](path:../files/notebooks/00_a.ipynb) · <a href="../slides/00_a.html">slides 00</a>
    """  # noqa: E501
    lines = []
    for name, question, minutes in rows(lesson_map):
        notebook = f"[notebook {name[:2]}](path:../files/notebooks/{name}.ipynb)"
        slides = f'<a href="../slides/{name}.html">slides {name[:2]}</a>'
        lines.append(f"- [{name[:2]} · {question}]({name}.ipynb) \\")
        lines.append(f"  {minutes} minutes · {notebook} · {slides}")
    return "\n".join(lines)


def contents(lesson_map: str) -> str:
    """The lessons for a table of contents, each with its number and its question.

    >>> contents("| lesson | why | minutes |\\n|---|---|---|\\n| [`00_a`](b) | Why? | 5 |")
    '00 · Why? <00_a>'
    """
    return "\n".join(f"{name[:2]} · {question} <{name}>" for name, question, _ in rows(lesson_map))


def rows(lesson_map: str) -> Iterator[tuple[str, str, str]]:
    """Name, question and minutes of each row of the table that `build_notebooks` makes."""
    for row in lesson_map.splitlines()[2:]:
        lesson, question, minutes = (cell.strip() for cell in row.strip("|").split("|"))
        yield lesson.split("`")[1], question, minutes
