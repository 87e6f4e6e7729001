"""Logistic regression on embeddings: the cheap baseline, and what the trainer's head starts as.

How closely it may follow its examples, scikit-learn's `C`, is chosen on them by cross-validation:
four labels with 150 examples each want another C than sixty labels with five each.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (0.1, 1.0, 10.0, 100.0)  # the values of C that are tried
USUAL = 10.0  # C where no label has two examples, so that nothing can be held out
FOLDS = 5
MOST = 2000  # examples by which C is chosen; more would take minutes and choose the same


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear classifier: weights of shape (labels, numbers of an embedding), and biases."""

    labels: list[Any]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def predict(self, vectors: NDArray[Any]) -> list[Any]:
        """The most probable label of each embedding; vectors have shape (n, numbers)."""
        best = np.argmax(vectors @ self.weights.T + self.bias, axis=1)
        return [self.labels[index] for index in best]


def fit(
    vectors: NDArray[Any],
    labels: Sequence[Hashable],
    *,
    strength: float | None = None,
) -> Linear:
    """Logistic regression, by default with the C that fits these examples best.

    Args:
        vectors: embeddings, shape (n, numbers).
        labels: one for each embedding, of at least two kinds.
        strength: scikit-learn's C; chosen by cross-validation when it is None.

    Raises:
        ValueError: all labels are the same, so there is nothing to tell apart.

    >>> fitted = fit(np.array([[0.0, 1.0], [1.0, 0.0]]), ["up", "right"])
    >>> fitted.labels, fitted.predict(np.array([[0.9, 0.1]]))
    (['right', 'up'], ['right'])
    """
    if len(set(labels)) < 2:
        only = f"every label is {labels[0]!r}" if labels else "there is no example"
        raise ValueError(f"{only}; a classifier needs examples of at least two labels")
    model = _fitted(vectors, np.asarray(labels), strength or chosen_strength(vectors, labels))
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn gives one row then, for the second label
        weights, bias = np.vstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return Linear(model.classes_.tolist(), weights, bias)


def chosen_strength(vectors: NDArray[Any], labels: Sequence[Hashable]) -> float:
    """The C whose probabilities were best for examples that were held out.

    Best is the lowest mean of -log(probability of the right label). What decides is not the share
    of right answers, because a few dozen examples leave many values of C with the same share.
    """
    losses = dict.fromkeys(STRENGTHS, 0.0)
    for strength, model, held, truth in _held_out(vectors, labels):
        losses[strength] += _loss(model, held, truth)
    return min(losses, key=lambda strength: losses[strength]) if any(losses.values()) else USUAL


def cautious_strength(
    vectors: NDArray[Any],
    labels: Sequence[Hashable],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> float:
    """The lowest C that is as good as the best by what the examples can tell.

    Good is the share of right answers for examples that were held out, and as good means at most
    one standard error below the best.
    Source: Breiman et al., *Classification and Regression Trees*, 1984, section 3.4.3.
    """
    right, asked = dict.fromkeys(STRENGTHS, 0), 0
    for strength, model, held, truth in _held_out(vectors, labels, on_progress):
        right[strength] += int((model.predict(held) == truth).sum())
        asked += len(truth)
    if not asked:
        return USUAL
    each = asked / len(STRENGTHS)
    best = max(right.values()) / each
    error = float(np.sqrt(best * (1 - best) / each))
    return min(strength for strength, count in right.items() if count / each >= best - error)


def _held_out(
    vectors: NDArray[Any],
    labels: Sequence[Hashable],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[tuple[float, "LogisticRegression", NDArray[Any], NDArray[Any]]]:
    """Each C in cross-validation: the model without some examples, and those with their labels.

    Nothing where no label has two examples. Tells how many models are done, and of how many.
    """
    most = Counter(labels).most_common(1)[0][1]
    if most < 2:
        return
    order = np.random.default_rng(0).permutation(len(labels))[:MOST]
    vectors, known = vectors[order], np.asarray(labels)[order]
    folds = _folds(known, min(FOLDS, most))
    for done, (strength, (train, held)) in enumerate(product(STRENGTHS, folds), start=1):
        if len(set(known[train])) > 1:
            yield (
                strength,
                _fitted(vectors[train], known[train], strength),
                vectors[held],
                known[held],
            )
        on_progress(done, len(STRENGTHS) * len(folds))


def _folds(labels: NDArray[Any], count: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Indices to fit on and to hold out, in several ways, each label spread as far as it goes."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(count, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare label is missing in some folds
        return list(folds.split(labels, labels))


def _loss(model: "LogisticRegression", held: NDArray[Any], truth: NDArray[Any]) -> float:
    """Summed loss on the held-out examples whose label was seen; the others say nothing of C."""
    seen = np.isin(truth, model.classes_)
    if not seen.any():
        return 0.0
    column = np.searchsorted(model.classes_, truth[seen])
    chances = model.predict_log_proba(held[seen])
    return -float(chances[np.arange(seen.sum()), column].sum())


def _fitted(vectors: NDArray[Any], labels: NDArray[Any], strength: float) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=2000).fit(vectors, labels)
