"""Figures about training and classifying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from helpers.plots.figure import COLOURS, MARKERS, Figure, axes_of, wrap

if TYPE_CHECKING:
    from helpers.evaluation import Interval


def loss_curve(
    steps: Sequence[int],
    train_loss: Sequence[float],
    *,
    valid_steps: Sequence[int] = (),
    valid_loss: Sequence[float] = (),
    total_steps: int = 0,
    title: str = "Loss while training",
) -> Figure:
    """The loss of each step, smoothed over its neighbours, and of the validation set by epoch.

    Args:
        steps: at least one, ascending, with `train_loss` beside.
        valid_steps: the last steps of epochs, with `valid_loss` beside.
        total_steps: how many there will be.
    """
    figure, axes = axes_of(8, 3.6)
    axes.plot(steps, train_loss, color="#B8C4CE", linewidth=1, label="one batch")
    width = max(1, min(7, len(steps) // 4))
    smooth = [float(np.mean(train_loss[max(0, i - width) : i + width + 1]))
              for i in range(len(steps))]  # fmt: skip
    axes.plot(steps, smooth, color=COLOURS[0], linewidth=2, label="training, smoothed")
    if valid_steps:
        axes.plot(
            valid_steps, valid_loss, color=COLOURS[5], marker=MARKERS[1], linestyle="--",
            linewidth=1.5, label="validation",
        )  # fmt: skip
    axes.set_xlim(0, max(total_steps, *steps, 1) + 1)
    axes.set_ylim(0, None)
    axes.set_xlabel("step (one batch of examples)")
    axes.set_ylabel("loss")
    axes.set_title(title, loc="left")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    told = f"Training loss from {smooth[0]:.2f} to {smooth[-1]:.2f} in {steps[-1]} steps."
    if valid_steps:
        best = int(np.argmin(valid_loss))
        told += (
            f" Lowest validation loss {valid_loss[best]:.2f} at step {valid_steps[best]}, "
            f"last {valid_loss[-1]:.2f}."
        )
    return Figure(figure, f"Line chart, {title}. {told}")


def confusion_matrix(counts: NDArray[np.intp], *, labels: Sequence[str], title: str) -> Figure:
    """True labels in rows, given ones in columns; colour is the share of the row.

    Args:
        counts: shape (labels, labels).
    """
    figure, axes = axes_of(2.4 + 1.2 * len(labels), 1.6 + 0.7 * len(labels))
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    names = [wrap(label.replace("_", " "), 12) for label in labels]
    axes.set_xticks(range(len(labels)), names)
    axes.set_yticks(range(len(labels)), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row in range(len(labels)):
        for column in range(len(labels)):
            colour = "black" if shares[row, column] > 0.55 else "white"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
    axes.set_xlabel("given by the model")
    axes.set_ylabel("true label")
    axes.set_title(title, loc="left")
    told = "; ".join(
        f"{label}: {counts[i, i]} of {counts[i].sum()} right" for i, label in enumerate(labels)
    )
    return Figure(figure, f"Confusion matrix, {title}. {told}")


def learning_curves(
    sizes: Sequence[int], lines: Mapping[str, Sequence[Interval]], *, title: str, ylabel: str
) -> Figure:
    """A score with its interval against the number of training examples, one line a method."""
    figure, axes = axes_of(8.5, 4.4)
    for index, (name, scores) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        axes.plot(
            sizes, [score.mean for score in scores], label=name, color=colour, linewidth=2,
            marker=MARKERS[index % len(MARKERS)],
        )  # fmt: skip
        axes.fill_between(
            sizes, [score.low for score in scores], [score.high for score in scores],
            color=colour, alpha=0.15, linewidth=0,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_xlabel("training examples (logarithmic)")
    axes.set_ylabel(ylabel)
    axes.set_title(title, loc="left")
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    told = "; ".join(
        f"{name}: {scores[0].mean:.2f} with {sizes[0]}, {scores[-1].mean:.2f} with {sizes[-1]}"
        for name, scores in lines.items()
    )
    return Figure(figure, f"Line chart with intervals, {title}. {told}")
