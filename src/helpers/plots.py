"""One function per figure. Each returns a `Figure` that carries its own description.

Colours are those of Okabe and Ito (2008), which colour-blind people can tell apart; shapes
and labels say the same once more. What this module does not do: compute what is drawn.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", facecolor="white")
        self.png = buffer.getvalue()
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
            ({"text/html": folded, "text/plain": self.alt}, {}),
        ]


def heat_map(
    matrix: NDArray[np.floating], *, rows: Sequence[str], columns: Sequence[str], title: str
) -> Figure:
    """A matrix of similarities as colours, each cell with its value.

    Args:
        matrix: shape (len(rows), len(columns)), values from -1 to 1.
    """
    figure, axes = _axes(2.6 + 1.7 * len(columns), 1.2 + 0.62 * len(rows))
    axes.imshow(matrix, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [_wrap(name, 17) for name in columns])
    axes.set_yticks(range(len(rows)), [_wrap(name, 34) for name in rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row in range(len(rows)):
        for column in range(len(columns)):
            value = float(matrix[row, column])
            colour = "black" if value > 0.55 else "white"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour)
    axes.set_title(title, loc="left")
    best = [columns[index] for index in np.argmax(matrix, axis=1)]
    pairs = "; ".join(f"{row}: {column}" for row, column in zip(rows, best, strict=True))
    return Figure(figure, f"Heat map, {title}. Highest in each row: {pairs}")


def score_bars(
    scores: Sequence[float], *, labels: Sequence[str], title: str, highlight: int = 0
) -> Figure:
    """Scores as horizontal bars, best on top; `highlight` bars are in the strong colour."""
    figure, axes = _axes(8, 0.9 + 0.42 * len(scores))
    colours = [COLOURS[0] if index < highlight else "#B8C4CE" for index in range(len(scores))]
    places = range(len(scores))
    axes.barh(places, scores, color=colours)
    axes.set_yticks(places, [_wrap(label, 46) for label in labels])
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, *scores) * 1.08)
    for place, score in zip(places, scores, strict=True):
        axes.text(max(score, 0) + 0.01, place, f"{score:.2f}", va="center")
    axes.set_xlabel("cosine similarity")
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    return Figure(figure, f"Bar chart, {title}. Highest: {labels[0]}, {scores[0]:.2f}.")


def meaning_map(
    points: NDArray[np.floating],
    *,
    groups: Sequence[str],
    query: NDArray[np.floating],
    nearest: Sequence[int],
    title: str,
) -> Figure:
    """Embeddings in two dimensions, one mark a chunk, with a query dropped in.

    Args:
        points: shape (n, 2).
        groups: a name for each point; every name gets a colour and a shape.
        query: shape (2,).
        nearest: indices of the points that the search returned.
    """
    figure, axes = _axes(8.5, 5.6)
    names = sorted(set(groups))
    for index, name in enumerate(names):
        mine = points[[group == name for group in groups]]
        axes.scatter(
            mine[:, 0], mine[:, 1], s=26, alpha=0.8, linewidths=0, label=name,
            color=COLOURS[index % len(COLOURS)], marker=MARKERS[index % len(MARKERS)],
        )  # fmt: skip
    found = points[list(nearest)]
    axes.scatter(
        found[:, 0], found[:, 1], s=120, facecolors="none", edgecolors="black", label="retrieved"
    )
    axes.scatter(
        query[0],
        query[1],
        s=260,
        marker="*",
        color="black",
        edgecolors="white",
        label="the question",
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel("first principal component")
    axes.set_ylabel("second principal component")
    axes.set_title(title, loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    where = sorted({groups[index] for index in nearest})
    return Figure(
        figure,
        f"Scatter plot, {title}. {len(points)} chunks in {len(names)} groups; the question lies "
        f"near chunks of {', '.join(where)}.",
    )


def _axes(width: float, height: float) -> tuple[MatplotlibFigure, Axes]:
    """Axes of a figure of its own, so that nothing depends on what was drawn before."""
    from matplotlib.figure import Figure as MatplotlibFigure

    figure = MatplotlibFigure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _wrap(text: str, width: int) -> str:
    from textwrap import fill, shorten

    return fill(shorten(text, 3 * width, placeholder="…"), width)
