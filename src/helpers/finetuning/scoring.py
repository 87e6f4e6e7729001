"""How good is a classifier? Per class, as a matrix, and with intervals.

Formulas: Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, 2008, chapters 8
and 13. The bootstrap draws tickets with replacement, as `evaluation.intervals` does for means.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helpers.evaluation.intervals import RESAMPLES, Interval

IntArray = NDArray[np.intp]
_AT_ONCE = 500  # resamples that are counted together


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision, recall and F1 with its interval, of one label with `support` true examples."""

    label: str
    precision: float
    recall: float
    f1: Interval
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything about one set of predictions, as numbers of labels.

    What was predicted and is no label has the number behind the last one.
    """

    labels: tuple[str, ...]
    truth: IntArray
    predicted: IntArray

    @property
    def confusion(self) -> IntArray:
        """Entry i, j counts examples of label i that were given label j."""
        return self._counts()[:, :-1]

    @property
    def accuracy(self) -> float:
        return float((self.truth == self.predicted).mean())

    @property
    def macro_f1(self) -> float:
        """Mean of the labels' F1: a rare label counts as much as a frequent one."""
        return float(self._f1().mean())

    def by_class(self, *, seed: int = 0) -> list[ClassScore]:
        """Each label by itself, in the order of the labels."""
        found = []
        counts = self._counts()
        f1, resampled = self._f1(), _resampled(self, seed)
        for index, label in enumerate(self.labels):
            right = int(counts[index, index])
            given, true = int(counts[:, index].sum()), int(counts[index].sum())
            precision, recall = right / given if given else 0.0, right / true if true else 0.0
            sure = _interval(float(f1[index]), resampled[:, index])
            found.append(ClassScore(label, precision, recall, sure, true))
        return found

    def interval(self, *, seed: int = 0) -> Interval:
        """Macro-F1 with the range in which 95 of 100 resampled ones lie."""
        return _interval(self.macro_f1, _resampled(self, seed).mean(axis=1))

    def _f1(self) -> NDArray[np.float64]:
        counts = self._counts()
        total = counts.sum(axis=0)[: len(self.labels)] + counts.sum(axis=1)
        return _f1(np.diagonal(counts), total)

    def _counts(self) -> IntArray:
        """The confusion matrix with one column more, for what is no label."""
        counts = np.zeros((len(self.labels), len(self.labels) + 1), dtype=np.intp)
        np.add.at(counts, (self.truth, self.predicted), 1)
        return counts

    def __repr__(self) -> str:
        width = max(len(label) for label in self.labels)
        lines = [f"{'label':<{width}}  precision  recall  {'F1':<17}  tickets"]
        lines += [
            f"{c.label:<{width}}  {c.precision:>9.2f}  {c.recall:>6.2f}  {c.f1!s:<17}"
            f"  {c.support:>7}"
            for c in self.by_class()
        ]
        return "\n".join([*lines, f"macro-F1 {self.interval()}, accuracy {self.accuracy:.2f}"])


def score(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Scores:
    """Compare predictions with the truth.

    Args:
        truth: the right labels.
        predicted: what was given, in the same order; anything that is none of `labels` counts
            as wrong for every label.
        labels: all labels, in the order of rows and columns.

    Raises:
        ValueError: the lengths differ, there is nothing to score, or a true label is unknown.

    >>> score(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]).confusion.tolist()
    [[1, 1], [0, 1]]
    """
    if len(truth) != len(predicted):
        raise ValueError(f"{len(truth)} true labels against {len(predicted)} predicted ones")
    if not truth:
        raise ValueError("nothing to score")
    number = {label: index for index, label in enumerate(labels)}
    unknown = [label for label in truth if label not in number]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of the labels {', '.join(labels)}")
    true = np.array([number[label] for label in truth])
    given = np.array([number.get(label, len(labels)) for label in predicted])
    return Scores(tuple(labels), true, given)


def paired_macro_f1(better: Scores, baseline: Scores, *, seed: int = 0) -> Interval:
    """The difference of two macro-F1 on the same tickets, with its interval.

    Both are scored on the same resampled tickets, so what makes a ticket hard cancels out.

    Raises:
        ValueError: the two were not scored on the same truth.
    """
    if not np.array_equal(better.truth, baseline.truth):
        raise ValueError("the two were scored on other tickets, or in another order")
    differences = _resampled(better, seed) - _resampled(baseline, seed)
    return _interval(better.macro_f1 - baseline.macro_f1, differences.mean(axis=1))


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _resampled(scores: Scores, seed: int) -> NDArray[np.float64]:
    """F1 of each label for resampled tickets, shape (resamples, labels).

    Only sums are counted and no matrices, which would take gigabytes with some hundred labels.
    """
    random = np.random.default_rng(seed)
    size, labels = scores.truth.size, len(scores.labels)
    rows = np.arange(_AT_ONCE)[:, None] * (labels + 1)

    def counts(values: IntArray) -> IntArray:
        """How often each label stands in each row; what is no label is left out."""
        found = np.bincount((values + rows).ravel(), minlength=_AT_ONCE * (labels + 1))
        return found.reshape(_AT_ONCE, labels + 1)[:, :labels]

    found = []
    for _ in range(RESAMPLES // _AT_ONCE):
        drawn = random.integers(0, size, (_AT_ONCE, size))
        truth, given = scores.truth[drawn], scores.predicted[drawn]
        right = counts(np.where(truth == given, truth, labels))
        found.append(_f1(right, counts(truth) + counts(given)))
    return np.concatenate(found)


def _f1(right: IntArray, total: IntArray) -> NDArray[np.float64]:
    """F1 of each label, from the tickets that are right and the sum of those that have the label
    and those that were given it; 0 where it is neither true nor given.
    """
    return np.asarray(np.divide(2 * right, total, out=np.zeros(total.shape), where=total > 0))
