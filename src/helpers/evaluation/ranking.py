"""How good is an order of results? Each function takes a ranking and the set of right ones.

A ranking is a list of names, best first; names may be anything that can be compared, such as
chunk numbers. Source of the formulas: Manning, Raghavan and Schütze, *Introduction to
Information Retrieval*, 2008, chapter 8; for nDCG Järvelin and Kekäläinen, 2002.
"""

import math
from collections.abc import Collection, Hashable, Sequence


def recall_at_k(ranking: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Share of the relevant ones that are among the first k.

    Raises:
        ValueError: k is below 1, nothing is relevant, or the ranking names something twice.

    >>> recall_at_k(["a", "b", "c"], {"a", "c"}, k=2)
    0.5
    """
    _check(ranking, relevant, k)
    return len(set(ranking[:k]) & set(relevant)) / len(set(relevant))


def precision_at_k(ranking: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Share of the first k that are relevant; places beyond the ranking's end count as wrong.

    Raises:
        ValueError: as for `recall_at_k`.

    >>> precision_at_k(["a", "b", "c"], {"a", "c"}, k=2)
    0.5
    """
    _check(ranking, relevant, k)
    return len(set(ranking[:k]) & set(relevant)) / k


def reciprocal_rank(ranking: Sequence[Hashable], relevant: Collection[Hashable]) -> float:
    """One divided by the place of the first relevant result; 0 when there is none.

    Raises:
        ValueError: nothing is relevant, or the ranking names something twice.

    >>> reciprocal_rank(["a", "b", "c"], {"b", "c"})
    0.5
    """
    _check(ranking, relevant, 1)
    for place, name in enumerate(ranking, start=1):
        if name in relevant:
            return 1 / place
    return 0.0


def ndcg_at_k(ranking: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> float:
    """Normalised discounted cumulative gain: late hits count less, 1 is the best order.

    A relevant result at place i gains 1 / log2(i + 1). The sum is divided by that of an ideal
    ranking.

    Raises:
        ValueError: as for `recall_at_k`.

    >>> round(ndcg_at_k(["a", "b", "c"], {"b"}, k=3), 3)   # 1 / log2(3)
    0.631
    """
    _check(ranking, relevant, k)
    gain = sum(
        1 / math.log2(place + 1)
        for place, name in enumerate(ranking[:k], start=1)
        if name in relevant
    )
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(set(relevant))) + 1))
    return gain / ideal


def _check(ranking: Sequence[Hashable], relevant: Collection[Hashable], k: int) -> None:
    if k < 1:
        raise ValueError(f"k is {k}; it must be 1 or more")
    if not relevant:
        raise ValueError("nothing is relevant; leave questions without an answer out")
    if len(set(ranking)) != len(ranking):
        raise ValueError("the ranking names something twice; keep its first place only")
