"""Our search against what you would pick instead: `make bench`.

One query against n vectors of 384 numbers, k = 10. Every contender gets the same vectors, and
they take turns so that a slow moment of the machine hits all alike. Printed are medians in
milliseconds and, which is what counts, ratios to ours measured in the same run (above 1: ours
is faster). All return the same neighbours, or the benchmark stops.
"""

import platform
import statistics
import time
from collections.abc import Callable

import faiss
import numpy as np
from sklearn.neighbors import NearestNeighbors

from helpers.search import top_k

DIMENSION, K = 384, 10
SIZES = {1_000: 400, 10_000: 400, 100_000: 80}  # vectors: queries
BLOCK = 20  # queries in a row for one contender


def contenders(vectors: np.ndarray) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    neighbours = NearestNeighbors(n_neighbors=K, metric="cosine", algorithm="brute").fit(vectors)
    return {
        "ours: product + top_k": lambda query: top_k(vectors @ query, K),
        "product + full argsort": lambda query: np.argsort(-(vectors @ query), kind="stable")[:K],
        "scikit-learn NearestNeighbors": lambda query: neighbours.kneighbors(
            query[None], return_distance=False
        )[0],
        "faiss IndexFlatIP": lambda query: index.search(query[None], K)[1][0],
    }


def measure(size: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of one query, by contender.

    Contenders take turns in blocks, in a new order each time. The first query of a block does
    not count: the threads of the contender before may still be spinning.
    """
    random = np.random.default_rng(0)
    vectors = random.normal(size=(size, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = random.normal(size=(rounds, DIMENSION)).astype(np.float32)
    searches = contenders(vectors)
    times: dict[str, list[float]] = {name: [] for name in searches}
    for start in range(0, rounds, BLOCK):
        block = queries[start : start + BLOCK]
        found = {}
        for name in random.permutation(list(searches)):
            found[name] = [timed(searches[name], query, times[name]) for query in block]
            time.sleep(0.02)
            del times[name][-len(block)]
        if any(result != found["faiss IndexFlatIP"] for result in found.values()):
            raise SystemExit(f"the contenders disagree at n = {size:,}")
    return {name: 1000 * statistics.median(taken) for name, taken in times.items()}


def timed(
    search: Callable[[np.ndarray], np.ndarray], query: np.ndarray, times: list[float]
) -> frozenset[int]:
    start = time.perf_counter()
    found = search(query)
    times.append(time.perf_counter() - start)
    return frozenset(np.asarray(found).tolist())


def main() -> None:
    print(f"{platform.machine()}, numpy {np.__version__}, faiss {faiss.__version__}, k = {K}")
    for size, rounds in SIZES.items():
        medians = measure(size, rounds)
        ours = medians["ours: product + top_k"]
        print(f"\nn = {size:,}, {rounds} queries")
        for name, median in medians.items():
            print(f"  {name:<30} {median:8.3f} ms   {median / ours:5.2f} ×")


if __name__ == "__main__":
    main()
