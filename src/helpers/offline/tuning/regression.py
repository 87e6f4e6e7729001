"""Logistic regression on embeddings: the cheap baseline, and where the trainer's head starts.

How closely it may follow its examples, scikit-learn's `C`, is chosen on them by cross-validation:
four labels with 150 examples each want another C than sixty labels with five each.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
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
START_LOSS = 0.5  # of the loss of guessing: where training begins, see `Linear.softened`
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

    def softened(self, vectors: NDArray[Any], targets: Sequence[int]) -> "Linear":
        """The same answers, less sure of them: room for a training that begins here.

        Where every example is right with a probability near 1, nothing is left to learn from, and
        the embeddings stay as they are. So weights and biases are made smaller, all by the same
        factor, until the loss on these examples is half of what guessing would give. Where it is
        more than that from the beginning, nothing is changed.

        Args:
            vectors: embeddings of the examples, shape (n, numbers).
            targets: the number of the label of each.
        """
        scores = np.asarray(vectors @ self.weights.T + self.bias, dtype=float)
        wanted = START_LOSS * np.log(len(self.labels))
        low, high = 0.0, 1.0
        if _mean_loss(scores, targets) >= wanted:
            return self
        for _ in range(30):  # the loss falls as the factor rises
            middle = (low + high) / 2
            low, high = (
                (middle, high) if _mean_loss(middle * scores, targets) > wanted else (low, middle)
            )
        return Linear(self.labels, high * self.weights, high * self.bias)


def fit(
    vectors: NDArray[Any],
    labels: Sequence[Hashable],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Linear:
    """Logistic regression with the C that fits these examples best.

    Args:
        vectors: embeddings, shape (n, numbers).
        labels: one for each embedding, of at least two kinds.
        on_progress: called with the number of fits that are done, and of all that are tried
            before the last one, which is on all examples.

    Raises:
        ValueError: all labels are the same, so there is nothing to tell apart.

    >>> fitted = fit(np.array([[0.0, 1.0], [1.0, 0.0]]), ["up", "right"])
    >>> fitted.labels, fitted.predict(np.array([[0.9, 0.1]]))
    (['right', 'up'], ['right'])
    """
    if len(set(labels)) < 2:
        only = f"every label is {labels[0]!r}" if labels else "there is no example"
        raise ValueError(f"{only}; a classifier needs examples of at least two labels")
    model = _fitted(vectors, np.asarray(labels), chosen_strength(vectors, labels, on_progress))
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn gives one row then, for the second label
        weights, bias = np.vstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return Linear(model.classes_.tolist(), weights, bias)


def chosen_strength(
    vectors: NDArray[Any],
    labels: Sequence[Hashable],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> float:
    """The C whose probabilities were best for examples that were held out.

    Best is the lowest mean of -log(probability of the right label). What decides is not the share
    of right answers, because training goes on from these probabilities, and because a few dozen
    examples leave many values of C with the same share.
    """
    most = Counter(labels).most_common(1)[0][1]
    if most < 2:
        return USUAL
    order = np.random.default_rng(0).permutation(len(labels))[:MOST]
    vectors, known = vectors[order], np.asarray(labels)[order]
    parts = _folds(known, min(FOLDS, most))
    losses = dict.fromkeys(STRENGTHS, 0.0)
    for done, (strength, part) in enumerate(product(STRENGTHS, parts), start=1):
        losses[strength] += _loss(vectors, known, *part, strength)
        on_progress(done, len(STRENGTHS) * len(parts))
    return min(losses, key=lambda strength: losses[strength])


def _folds(labels: NDArray[Any], count: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Indices to fit on and to hold out, in several ways, each label spread as far as it goes."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(count, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare label is missing in some folds
        return list(folds.split(labels, labels))


def _mean_loss(scores: NDArray[np.float64], targets: Sequence[int]) -> float:
    """Mean of -log(probability of the right label)."""
    chances = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return -float(chances[np.arange(len(targets)), list(targets)].mean())


def _loss(
    vectors: NDArray[Any],
    labels: NDArray[Any],
    train: NDArray[np.intp],
    held: NDArray[np.intp],
    strength: float,
) -> float:
    """Summed loss on the held-out examples whose label was seen; the others say nothing of C."""
    if len(set(labels[train])) < 2:
        return 0.0
    model = _fitted(vectors[train], labels[train], strength)
    held = held[np.isin(labels[held], model.classes_)]
    if not held.size:
        return 0.0
    column = np.searchsorted(model.classes_, labels[held])
    chances = model.predict_log_proba(vectors[held])
    return -float(chances[np.arange(held.size), column].sum())


def _fitted(vectors: NDArray[Any], labels: NDArray[Any], strength: float) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=2000).fit(vectors, labels)
