"""The figure that carries its own description, and what all figures share."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from helpers.notebook_html import without_mathematics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure

# Their yellow is left out: on white it is too faint for small marks.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#7A7A7A"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<"]


class Figure:
    """A drawn figure that says in words what it shows.

    As the last expression of a cell it shows the picture and, folded away below it, the same in
    words: for a reader who cannot see it, and for whoever wants to check an impression.
    """

    def __init__(self, figure: MatplotlibFigure, alt: str) -> None:
        self.png = _drawn(figure)
        self.alt = alt

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for data, metadata in self.outputs():
            display(data, metadata=metadata, raw=True)

    def outputs(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """Data and metadata of the two outputs: the picture, and its words folded away."""
        picture = {"image/png": b64encode(self.png).decode("ascii"), "text/plain": repr(self)}
        folded = f"<details><summary>The figure in words</summary>{escape(self.alt)}</details>"
        return [
            (picture, {"image/png": {"alt": self.alt}}),
            ({"text/html": without_mathematics(folded), "text/plain": self.alt}, {}),
        ]


def _drawn(figure: MatplotlibFigure) -> bytes:
    """The figure as PNG, every text as it was written.

    Matplotlib takes what stands between two dollar signs for mathematics, and stops where it
    makes none. Titles, labels and group names come from data, where a dollar sign means money.
    """
    from matplotlib import rc_context
    from matplotlib.text import Text

    buffer = BytesIO()
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with rc_context({"text.parse_math": False}):  # for labels that are made while drawing
        figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", facecolor="white")
    return buffer.getvalue()


def axes_of(width: float, height: float) -> tuple[MatplotlibFigure, Axes]:
    """Axes of a figure of its own, so that nothing depends on what was drawn before."""
    from matplotlib.figure import Figure as MatplotlibFigure

    figure = MatplotlibFigure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def wrap(text: str, width: int) -> str:
    from textwrap import fill, shorten

    return fill(shorten(text, 3 * width, placeholder="…"), width)
