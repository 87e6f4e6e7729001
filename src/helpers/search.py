"""Nearest-neighbour search with NumPy: the product of a matrix and a vector, then the best k.

It reads every vector for every question, which is exact, and fast up to some hundred thousand
vectors. What this module does not do: keep vectors (`stores`) or make them (`embedding`).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating]


def cosine_similarity(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Cosine of the angle between vectors: 1 same direction, 0 unrelated, -1 opposite.

    Args:
        a: one vector of shape (d,) or several of shape (n, d).
        b: one vector of shape (d,) or several of shape (m, d).

    Returns:
        A scalar array for two vectors, (n,) or (m,) for one against several, else (n, m).

    Raises:
        ValueError: the widths differ, or a vector is zero and so has no direction.

    >>> float(cosine_similarity([1, 0], [1, 1]).round(3))
    0.707
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    for name, array in (("a", first), ("b", second)):
        if array.ndim not in (1, 2):
            raise ValueError(f"{name} has shape {array.shape}; expected (d,) or (n, d)")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"a has width {first.shape[-1]} and b has width {second.shape[-1]}; "
            "embed both with the same model"
        )
    return np.asarray(_unit(first, "a") @ _unit(second, "b").T)


def _unit(vectors: FloatArray, name: str) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not lengths.all():
        raise ValueError(f"{name} holds a zero vector, which has no direction")
    return np.asarray(vectors / lengths)


def top_k(scores: ArrayLike, k: int) -> NDArray[np.intp]:
    """Indices of the k highest scores, best first; equal scores in order of index.

    The same as a full stable sort cut at k, without sorting what is thrown away:
    `np.argpartition` finds the k best in linear time and only those are sorted.

    Args:
        scores: shape (n,).
        k: how many; more than n gives all n.

    Raises:
        ValueError: a score is NaN, k is negative, or scores is not one row.

    >>> top_k([0.1, 0.9, 0.5], k=2).tolist()
    [1, 2]
    """
    row = np.asarray(scores)
    if row.ndim != 1:
        raise ValueError(f"scores has shape {row.shape}; expected one row, (n,)")
    if k < 0:
        raise ValueError(f"k is {k}; it must be 0 or more")
    k = min(k, row.size)
    if k == 0:
        return np.empty(0, dtype=np.intp)

    # NumPy sorts NaN to the end, so if there is one it is the greatest value.
    candidates = np.argpartition(row, row.size - k)[row.size - k :]
    if row.dtype.kind == "f" and np.isnan(row[candidates]).any():
        raise ValueError("scores holds NaN; a vector of zero length or a failed embedding?")

    # argpartition picks any of the scores equal to the k-th best: take the first ones instead.
    threshold = row[candidates].min()
    better = candidates[row[candidates] > threshold]
    tied = np.flatnonzero(row == threshold)[: k - better.size]
    chosen = np.sort(np.concatenate([better, tied]))
    return chosen[np.argsort(-row[chosen].astype(float), kind="stable")]
