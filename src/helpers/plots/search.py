"""Figures about similarity and search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from helpers.plots.figure import COLOURS, MARKERS, Figure, axes_of, wrap


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
    figure, axes = axes_of(2.6 + 1.7 * len(columns), 1.2 + 0.62 * len(rows))
    axes.imshow(matrix, cmap="cividis", vmin=limits[0], vmax=limits[1], aspect="auto")
    axes.set_xticks(range(len(columns)), [wrap(name, 17) for name in columns])
    axes.set_yticks(range(len(rows)), [wrap(name, 34) for name in rows])
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
    figure, axes = axes_of(8, 0.9 + 0.42 * len(scores))
    colours = [COLOURS[0] if index < highlight else "#B8C4CE" for index in range(len(scores))]
    places = range(len(scores))
    axes.barh(places, scores, color=colours)
    axes.set_yticks(places, [wrap(label, 46) for label in labels])
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
    figure, axes = axes_of(8.5, 5.6)
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
