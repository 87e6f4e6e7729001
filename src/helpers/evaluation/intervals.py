"""How sure is a figure? Bootstrap intervals, for one system and for the difference of two.

The bootstrap asks: had other questions of the same kind been drawn, how far might the figure
have moved? It draws from the questions at hand with replacement, many times. Source: Efron and
Tibshirani, *An Introduction to the Bootstrap*, 1993, percentile method.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the range in which 95 of 100 resampled means lie."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        mean, low, high = (round(value, 2) + 0.0 for value in (self.mean, self.low, self.high))
        return f"{mean:.2f} [{low:.2f}, {high:.2f}]"

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign is sure: the whole range lies on one side of zero."""
        return self.low > 0 or self.high < 0


def bootstrap(scores: Sequence[float], *, seed: int = 0) -> Interval:
    """Mean of the scores with its interval; one score a question.

    Raises:
        ValueError: there are no scores, or one is NaN.

    >>> print(bootstrap([1.0, 1.0, 1.0]))
    1.00 [1.00, 1.00]
    """
    values = np.asarray(scores, dtype=float)
    if values.size == 0:
        raise ValueError("no scores; a mean of nothing has no interval")
    if np.isnan(values).any():
        raise ValueError("scores holds NaN; score each question before averaging")
    random = np.random.default_rng(seed)
    means = np.concatenate(
        [
            values[random.integers(0, values.size, (500, values.size))].mean(axis=1)
            for _ in range(RESAMPLES // 500)
        ]
    )
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(values.mean()), float(low), float(high))


def paired_difference(
    scores: Sequence[float], baseline: Sequence[float], *, seed: int = 0
) -> Interval:
    """Mean of `scores - baseline` question by question, with its interval.

    Both systems saw the same questions, so what makes a question hard cancels out, and a much
    smaller difference can be told from noise than by comparing two intervals.

    Raises:
        ValueError: the two have different lengths.

    >>> print(paired_difference([1.0, 0.5], [0.5, 0.0]))
    0.50 [0.50, 0.50]
    """
    if len(scores) != len(baseline):
        raise ValueError(
            f"{len(scores)} scores against {len(baseline)}; both need the same questions in order"
        )
    return bootstrap(np.asarray(scores, dtype=float) - np.asarray(baseline, dtype=float), seed=seed)
