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
TICKS = [50, 100, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000]
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
    matrix: NDArray[np.floating],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """A matrix as colours, each cell with its value.

    Args:
        matrix: shape (len(rows), len(columns)).
        limits: the values that get the darkest and the brightest colour.
    """
    figure, axes = _axes(2.6 + 1.7 * len(columns), 1.2 + 0.62 * len(rows))
    axes.imshow(matrix, cmap="cividis", vmin=limits[0], vmax=limits[1], aspect="auto")
    axes.set_xticks(range(len(columns)), [_wrap(name, 17) for name in columns])
    axes.set_yticks(range(len(rows)), [_wrap(name, 34) for name in rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row in range(len(rows)):
        for column in range(len(columns)):
            value = float(matrix[row, column])
            colour = "black" if value > np.interp(0.55, (0, 1), limits) else "white"
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


def cost_and_recall(
    tokens: Sequence[float],
    recall: Sequence[float],
    *,
    groups: Sequence[str],
    labels: Sequence[str],
    title: str,
) -> Figure:
    """What is sent to the model against how many answers are in it; up and left is better.

    Args:
        tokens: tokens sent for one question, on average.
        recall: share of the answers found whole.
        groups: a name for each point; every name gets a colour and a shape.
        labels: a short text beside each point.
    """
    figure, axes = _axes(8.5, 4.8)
    for index, name in enumerate(dict.fromkeys(groups)):
        mine = [place for place, group in enumerate(groups) if group == name]
        axes.plot(
            [tokens[place] for place in mine], [recall[place] for place in mine],
            color=COLOURS[index % len(COLOURS)], marker=MARKERS[index % len(MARKERS)], label=name,
        )  # fmt: skip
    for x, y, label in zip(tokens, recall, labels, strict=True):
        axes.annotate(label, (x, y), textcoords="offset points", xytext=(5, 5), fontsize=8)
    axes.set_xscale("log")
    ticks = [tick for tick in TICKS if min(tokens) / 1.3 < tick < max(tokens) * 1.3]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("tokens sent to the model for one question (logarithmic)")
    axes.set_ylabel("recall@5")
    axes.set_title(title, loc="left")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    best = int(np.argmax(recall))
    return Figure(
        figure,
        f"Line chart, {title}. Highest recall: {recall[best]:.2f} with {groups[best]}, "
        f"{labels[best]}, at {tokens[best]:.0f} tokens.",
    )


def intervals(
    means: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    labels: Sequence[str],
    title: str,
    xlabel: str,
) -> Figure:
    """Means as points with their intervals as bars, one row each, and a line at zero."""
    figure, axes = _axes(8, 1.0 + 0.45 * len(means))
    for row, (mean, low, high) in enumerate(zip(means, lows, highs, strict=True)):
        sure = low > 0 or high < 0
        colour = COLOURS[0] if sure else COLOURS[7]
        axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(mean, row, marker="o" if sure else "s", color=colour, markersize=8)
        shown = f"{round(mean, 2) + 0.0:+.2f}"
        axes.annotate(
            shown, (mean, row), textcoords="offset points", xytext=(0, 8), ha="center", fontsize=9
        )
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(range(len(means)), [_wrap(label, 40) for label in labels])
    axes.set_ylim(len(means) - 0.4, -0.7)
    axes.set_xlabel(xlabel)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    told = "; ".join(
        f"{label}: {mean:+.2f} from {low:+.2f} to {high:+.2f}"
        for label, mean, low, high in zip(labels, means, lows, highs, strict=True)
    )
    return Figure(figure, f"Interval chart, {title}. {told}")


def stacked_shares(
    counts: Sequence[Sequence[int]],
    *,
    rows: Sequence[str],
    parts: Sequence[str],
    title: str,
) -> Figure:
    """Shares of each row as stacked bars, with their counts inside."""
    figure, axes = _axes(9, 1.4 + 0.45 * len(rows))
    hatches = ["", "//", "", "..", "xx"]
    lefts = [0.0] * len(rows)
    for index, part in enumerate(parts):
        widths = [row[index] / max(1, sum(row)) for row in counts]
        axes.barh(
            range(len(rows)),
            widths,
            left=lefts,
            label=part,
            edgecolor="white",
            color=COLOURS[index % len(COLOURS)],
            hatch=hatches[index % len(hatches)],
        )
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        for place, (row, width) in enumerate(zip(counts, widths, strict=True)):
            if width > 0.04:
                middle = lefts[place] + width / 2
                axes.text(middle, place, str(row[index]), ha="center", va="center", bbox=box)
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the questions")
    axes.set_title(title, loc="left")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
    told = "; ".join(
        f"{row}: " + ", ".join(f"{part} {count}" for part, count in zip(parts, values, strict=True))
        for row, values in zip(rows, counts, strict=True)
    )
    return Figure(figure, f"Stacked bar chart, {title}. {told}")


def _axes(width: float, height: float) -> tuple[MatplotlibFigure, Axes]:
    """Axes of a figure of its own, so that nothing depends on what was drawn before."""
    from matplotlib.figure import Figure as MatplotlibFigure

    figure = MatplotlibFigure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _wrap(text: str, width: int) -> str:
    from textwrap import fill, shorten

    return fill(shorten(text, 3 * width, placeholder="…"), width)
