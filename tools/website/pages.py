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


def map_with_downloads(lesson_map: str) -> str:
    """The table of lessons with two more columns: the learner's notebook and the slides.

    >>> print(map_with_downloads("| lesson | m |\\n|---|---|\\n| [`00_a`](00_a.ipynb) | 5 |"))
    | lesson | m | to solve | to show |
    |---|---|---|---|
    | [`00_a`](00_a.ipynb) | 5 | [notebook 00](path:../files/notebooks/00_a.ipynb) | <a href="../slides/00_a.html">slides 00</a> |
    """  # noqa: E501
    head, rule, *rows = lesson_map.splitlines()
    lines = [f"{head} to solve | to show |", f"{rule}---|---|"]
    for row in rows:
        name = row.split("`")[1]
        notebook = f"[notebook {name[:2]}](path:../files/notebooks/{name}.ipynb)"
        slides = f'<a href="../slides/{name}.html">slides {name[:2]}</a>'
        lines.append(f"{row} {notebook} | {slides} |")
    return "\n".join(lines)


def numbered(notebook: NotebookNode, name: str) -> str:
    """The lesson's line in the table of contents, such as "01 · How does …? <01_embeddings>"."""
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    return f"{name[:2]} · {title} <{name}>"
