"""One function per figure. Each returns a `Figure` that carries its own description.

Colours are those of Okabe and Ito (2008), which colour-blind people can tell apart; shapes
and labels say the same once more. What this package does not do: compute what is drawn.
"""

from helpers.plots.figure import COLOURS, Figure
from helpers.plots.measures import (
    cost_and_recall,
    curves,
    intervals,
    outcome_grid,
    scaling,
    share_bars,
    stacked_shares,
)
from helpers.plots.search import heat_map, meaning_map, score_bars
from helpers.plots.training import confusion_matrix, learning_curves, loss_curve

__all__ = [
    "COLOURS",
    "Figure",
    "confusion_matrix",
    "cost_and_recall",
    "curves",
    "heat_map",
    "intervals",
    "learning_curves",
    "loss_curve",
    "meaning_map",
    "outcome_grid",
    "scaling",
    "score_bars",
    "share_bars",
    "stacked_shares",
]
