"""Figures about measurements: how good, how sure, at what price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from helpers.plots.figure import COLOURS, MARKERS, Figure, axes_of, wrap

if TYPE_CHECKING:
    from matplotlib.patches import Rectangle

TICKS = [50, 100, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000]


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
    figure, axes = axes_of(8.5, 4.8)
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
    figure, axes = axes_of(8, 1.0 + 0.45 * len(means))
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
    axes.set_yticks(range(len(means)), [wrap(label, 40) for label in labels])
    axes.set_ylim(len(means) - 0.4, -0.7)
    axes.set_xlabel(xlabel)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    told = _told("+.2f", labels, means, lows, highs)
    return Figure(figure, f"Interval chart, {title}. {told}")


def share_bars(
    means: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    *,
    labels: Sequence[str],
    title: str,
    xlabel: str,
    best: int | None = None,
) -> Figure:
    """Shares as bars from zero with their intervals, the figure at the end of each.

    Args:
        best: a row to draw in another colour.
    """
    figure, axes = axes_of(8.5, 1.2 + 0.55 * len(means))
    for row, (mean, low, high) in enumerate(zip(means, lows, highs, strict=True)):
        colour, hatch = (COLOURS[0], "") if row == best else ("#A9B4BC", "//")
        axes.barh(row, mean, color=colour, hatch=hatch, edgecolor="white", height=0.62)
        axes.plot([low, high], [row, row], color="black", linewidth=2, solid_capstyle="butt")
        axes.text(high + 0.015, row, f"{mean:.0%}", va="center", fontsize=12)
    axes.set_yticks(range(len(means)), [wrap(label, 32) for label in labels])
    axes.set_ylim(len(means) - 0.4, -0.6)
    axes.set_xlim(0, min(1.0, max(highs) + 0.12))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel(xlabel)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    told = _told(".0%", labels, means, lows, highs)
    return Figure(figure, f"Bar chart, {title}. {told}")


def _told(
    form: str,
    labels: Sequence[str],
    means: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
) -> str:
    """Figures with their intervals, in words."""
    return "; ".join(
        f"{label}: {mean:{form}} from {low:{form}} to {high:{form}}"
        for label, mean, low, high in zip(labels, means, lows, highs, strict=True)
    )


def stacked_shares(
    counts: Sequence[Sequence[int]],
    *,
    rows: Sequence[str],
    parts: Sequence[str],
    title: str,
) -> Figure:
    """Shares of each row as stacked bars, with their counts inside."""
    figure, axes = axes_of(9, 1.4 + 0.45 * len(rows))
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


def curves(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    chosen: float | None = None,
) -> Figure:
    """Several shares over one quantity, each line labelled at its end; `chosen` is marked.

    Args:
        x: ascending, the same for all lines.
        lines: by name, each as long as `x`, from 0 to 1.
        chosen: a value of x to draw a vertical line at.
    """
    figure, axes = axes_of(9, 4.6)
    for index, (name, y) in enumerate(lines.items()):
        axes.plot(
            x, y, label=name, color=COLOURS[index % len(COLOURS)], linewidth=2,
            marker=MARKERS[index % len(MARKERS)], markevery=max(1, len(x) // 12), markersize=6,
        )  # fmt: skip
    if chosen is not None:
        axes.axvline(chosen, color="black", linewidth=1, linestyle="--")
        axes.annotate(
            f"chosen: {chosen:.2f}", (chosen, 1.0), textcoords="offset points", xytext=(4, 4),
            fontsize=9,
        )  # fmt: skip
    axes.set_ylim(0, 1.08)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title, loc="left", pad=14)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(f"{name}: from {y[0]:.2f} to {y[-1]:.2f}" for name, y in lines.items())
    where = "" if chosen is None else f" A line marks {chosen:.2f}."
    return Figure(
        figure, f"Line chart, {title}, from {x[0]:.2f} to {x[-1]:.2f} of {xlabel}. {told}.{where}"
    )


def scaling(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
) -> Figure:
    """Several quantities over a size, both axes logarithmic: a straight line is a power.

    Args:
        x: ascending sizes above 0.
        lines: by name, values above 0, each as long as `x`.
    """
    figure, axes = axes_of(9, 4.6)
    for index, (name, y) in enumerate(lines.items()):
        axes.plot(
            x, y, label=name, color=COLOURS[index % len(COLOURS)], linewidth=2,
            marker=MARKERS[index % len(MARKERS)], markersize=7,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(list(x), [f"{size:,.0f}" for size in x])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel(f"{xlabel} (logarithmic)")
    axes.set_ylabel(f"{ylabel} (logarithmic)")
    axes.set_title(title, loc="left")
    axes.grid(visible=True, axis="y", color="#DDDDDD")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(f"{name}: from {y[0]:.2g} to {y[-1]:.2g}" for name, y in lines.items())
    return Figure(figure, f"Line chart, {title}, {x[0]:,.0f} to {x[-1]:,.0f} {xlabel}. {told}")


def outcome_grid(
    cells: Sequence[Sequence[str]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    signs: Mapping[str, tuple[str, str]],
    title: str,
) -> Figure:
    """What came of each row under each column, as coloured cells with a sign in each.

    Args:
        cells: names of outcomes, shape (len(rows), len(columns)).
        signs: for each outcome a short sign and a colour.
    """
    from matplotlib.patches import Patch

    figure, axes = axes_of(3.2 + 1.25 * len(columns), 1.6 + 0.34 * len(rows))
    for row, outcomes in enumerate(cells):
        for column, outcome in enumerate(outcomes):
            sign, colour = signs[outcome]
            axes.add_patch(_cell(column, row, colour))
            axes.text(column, row, sign, ha="center", va="center", fontsize=11)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xticks(range(len(columns)), [wrap(name, 14) for name in columns])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", pad=12)
    handles = [
        Patch(facecolor=colour, edgecolor="#7A7A7A", label=f"{sign}  {name}")
        for name, (sign, colour) in signs.items()
    ]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    told = "; ".join(
        f"{column}: "
        + ", ".join(f"{name} {sum(row[place] == name for row in cells)}" for name in signs)
        for place, column in enumerate(columns)
    )
    return Figure(figure, f"Grid of outcomes, {title}. {told}")


def _cell(column: int, row: int, colour: str) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, facecolor=colour, edgecolor="white")
