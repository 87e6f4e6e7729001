"""A lesson's solutions edition as a page: described figures, notes in place of live panels, and
the way to the learner's edition and the slides. Nothing is executed.
"""

import copy

from nbformat import NotebookNode

PANEL = "application/vnd.jupyter.widget-view+json"
PANEL_NOTE = (
    '<p class="panel-note"><strong>An interactive panel.</strong> It needs a running Python, which '
    "this site does not have. In JupyterLab, the learner's notebook shows it here.</p>"
)
HEAD = """
```{{note}}
This is the complete edition with its outputs. {{download}}`The learner's notebook
<../notebooks/{name}.ipynb>` leaves the exercises to you; <a href="../slides/{name}.html">the
slides</a> are for a room. Nothing runs on this page.
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


def map_with_downloads(lesson_map: str) -> str:
    """The table of lessons with two more columns: the learner's notebook and the slides.

    >>> print(map_with_downloads("| lesson | m |\\n|---|---|\\n| [`00_a`](00_a.ipynb) | 5 |"))
    | lesson | m | notebook | slides |
    |---|---|---|---|
    | [`00_a`](00_a.ipynb) | 5 | {download}`00_a.ipynb <../notebooks/00_a.ipynb>` | <a href="../slides/00_a.html">slides of 00</a> |
    """  # noqa: E501
    head, rule, *rows = lesson_map.splitlines()
    lines = [f"{head} notebook | slides |", f"{rule}---|---|"]
    for row in rows:
        name = row.split("`")[1]
        notebook = f"{{download}}`{name}.ipynb <../notebooks/{name}.ipynb>`"
        slides = f'<a href="../slides/{name}.html">slides of {name[:2]}</a>'
        lines.append(f"{row} {notebook} | {slides} |")
    return "\n".join(lines)
