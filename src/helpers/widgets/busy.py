"""Say that the kernel is busy: a panel's answers come from it, and wait while it runs other cells.

The kernel itself cannot say so, as it is busy. So the note is always there, and a style sheet shows
it while JupyterLab's own indicator beside the kernel's name says busy, and dims what is not up to
date. Where there is no such indicator, nothing is shown.
"""

from typing import Any

from helpers.theme import NOTE

DELAY = "1.5s"  # an answer that comes sooner needs no note
BUSY = '.jp-NotebookPanel:has(.jp-Notebook-ExecutionIndicator[data-status="busy"])'
WORDS = (
    "The kernel is busy with other cells. You can go on here; the panel follows when it is free."
)
_STYLE = f"""<style>
.workshop-busy {{display: none; margin: 4px 0; font-weight: bold; color: {NOTE}}}
{BUSY} .workshop-busy {{display: block; animation: workshop-busy 0s {DELAY} both}}
{BUSY} .workshop-follows {{opacity: 0.45; transition: opacity 0s {DELAY}}}
@keyframes workshop-busy {{from {{visibility: hidden}} to {{visibility: visible}}}}
</style>"""


def busy_note() -> Any:
    """A line that is seen only while the kernel is busy for more than a moment."""
    import ipywidgets as widgets

    return widgets.HTML(f'{_STYLE}<p class="workshop-busy" role="status">⧗ {WORDS}</p>')


def follows(*parts: Any) -> None:
    """Mark parts of a panel that the kernel computes: they are dimmed while it is busy."""
    for part in parts:
        part.add_class("workshop-follows")
