"""The stores against faiss, by hand: `python benchmarks/stores.py` (about 10 minutes; or `10000`).

For each number of vectors: time of one query (median and 95th percentile), time a query in
batches of 64, recall@10 against an exact search, and memory: by how much this process grew, for
PostgreSQL the size on disk. Contenders take turns, so that a slow moment of the machine hits all
alike; still, close everything else, since one busy core doubles the times of all that use two.
At 300,000 vectors the memory store alone is measured, with the share of the memory's bandwidth
that it reads at.

The vectors are not real ones: they are the handbook's chunks, embedded, each repeated many times
with Gaussian noise and scaled to unit length. They lie in clumps as real ones do, which random
vectors do not, but how well an index finds its way among them says little about other texts.
"""

import gc
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil

from helpers.chunking import by_markdown
from helpers.data.handbook import load_handbook
from helpers.embedding import load_embedder
from helpers.retrieval import searchable
from helpers.stores import VectorStore, open_store
from helpers.stores.postgresql import PostgresStore

K, BATCH, NOISE = 10, 64, 0.04  # noise: its standard deviation in each of the 384 numbers
BLOCK = 20  # queries in a row for one contender
LARGE = 300_000
Vectors = np.ndarray[Any, np.dtype[np.float32]]


@dataclass
class Contender:
    """Something that finds neighbours; `search` takes (q, d) and gives the rows found."""

    name: str
    search: Callable[[Vectors], Sequence[Sequence[int]]]
    megabytes: float
    batches: bool = False
    times: list[float] = field(default_factory=list)
    batch_times: list[float] = field(default_factory=list)
    hits: int = 0


def noisy(base: Vectors, count: int, *, seed: int) -> Vectors:
    """The chunks' vectors, repeated with noise until there are `count`, shape (count, 384)."""
    random = np.random.default_rng(seed)
    vectors = np.resize(base, (count, base.shape[1]))
    vectors += random.standard_normal(vectors.shape, dtype=np.float32) * np.float32(NOISE)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def chunk_vectors() -> Vectors:
    chunks = [
        chunk
        for page in load_handbook()
        for chunk in by_markdown(page.text, size=200, source=page.name)
    ]
    texts = [searchable(chunk, breadcrumbs=True) for chunk in chunks]
    return load_embedder("local:all-MiniLM-L6-v2").embed_documents(texts)


def grown(make: Callable[[], Any]) -> tuple[Any, float]:
    """What `make` returns, and by how many MB this process grew meanwhile."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    made = make()
    gc.collect()
    return made, (psutil.Process().memory_info().rss - before) / 1e6


def of_faiss(name: str, index: Any, vectors: Vectors, *, batches: bool) -> Contender:
    _, megabytes = grown(lambda: index.add(vectors))
    return Contender(name, lambda rows: index.search(rows, K)[1].tolist(), megabytes, batches)


def of_store(name: str, store: VectorStore, *, batches: bool = False) -> Contender:
    def search(rows: Vectors) -> Sequence[Sequence[int]]:
        return [[int(match.id) for match in found] for found in store.search_many(rows, K)]

    return Contender(name, search, 0.0, batches)


def fill(store: VectorStore, vectors: Vectors) -> float:
    """Add the vectors under the number of their row; returns the MB this process grew by."""

    def add() -> None:
        for start in range(0, len(vectors), 10_000):
            part = vectors[start : start + 10_000]
            store.add([str(start + row) for row in range(len(part))], part)

    return grown(add)[1]


def contenders(vectors: Vectors, folder: Path) -> tuple[list[Contender], list[VectorStore]]:
    dimension = vectors.shape[1]
    flat = faiss.IndexFlatIP(dimension)
    graph = faiss.IndexHNSWFlat(dimension, 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction, graph.hnsw.efSearch = 64, 40
    found = [
        of_faiss("faiss IndexFlatIP", flat, vectors, batches=True),
        of_faiss("faiss HNSW, m 16, ef 40", graph, vectors, batches=False),
    ]
    stores: list[VectorStore] = []
    for url, batches in (("memory:", True), ("qdrant:", False)):
        store = open_store(url, dimension=dimension)
        contender = of_store(url, store, batches=batches)
        contender.megabytes = fill(store, vectors)
        stores.append(store)
        found.append(contender)
    exact = PostgresStore(folder, dimension=dimension, exact=True)
    fill(exact, vectors)
    bare = exact.size()
    exact.index(m=16, ef_construction=64)
    indexed = PostgresStore(folder, dimension=dimension, ef_search=40)
    for name, pg in (("postgresql: exact", exact), ("postgresql: HNSW, m 16, ef 40", indexed)):
        contender = of_store(name, pg)
        contender.megabytes = (pg.size() if pg is indexed else bare) / 1e6  # on disk
        stores.append(pg)
        found.append(contender)
    return found, stores


def measure(size: int, base: Vectors, folder: Path) -> None:
    vectors = noisy(base, size, seed=0)
    rounds = 200 if size <= 10_000 else 60
    queries = noisy(base, rounds, seed=1)
    found, stores = contenders(vectors, folder)
    truth = [set(row) for row in found[0].search(queries)]
    random = np.random.default_rng(2)
    for start in range(0, rounds, BLOCK):
        for place in random.permutation(len(found)):
            contender = found[place]
            for row in range(start, start + BLOCK):
                begin = time.perf_counter()
                (rows,) = contender.search(queries[row : row + 1])
                taken = time.perf_counter() - begin
                if row > start:  # at the first, threads of the one before may still be spinning
                    contender.times.append(taken)
                contender.hits += len(truth[row] & set(rows))
            time.sleep(0.02)
    for _ in range(8):
        batch = noisy(base, BATCH, seed=int(random.integers(2**31)))
        for place in random.permutation(len(found)):
            if found[place].batches:
                begin = time.perf_counter()
                found[place].search(batch)
                found[place].batch_times.append((time.perf_counter() - begin) / BATCH)
                time.sleep(0.02)
    report(size, rounds, found)
    for store in stores:
        store.close()


def report(size: int, rounds: int, found: list[Contender]) -> None:
    print(f"\nn = {size:,}, {rounds} queries, ms; batch: ms a query in batches of {BATCH}")
    print(f"  {'':<30} {'p50':>8} {'p95':>8} {'batch':>8} {'recall':>7} {'MB':>7}")
    for one in found:
        p50, p95 = 1000 * np.percentile(one.times, [50, 95])
        batch = f"{1000 * np.median(one.batch_times):8.3f}" if one.batches else " " * 8
        recall = one.hits / (rounds * K)
        print(f"  {one.name:<30} {p50:8.3f} {p95:8.3f} {batch} {recall:7.3f} {one.megabytes:7.0f}")


def bandwidth(vectors: Vectors) -> float:
    """GB/s at which NumPy reads the array to sum it or to find its maximum, with one thread or
    one for each core: the best of the four. (The sum alone waits for the processor.)"""
    cores = psutil.cpu_count() or 1
    whole = vectors.ravel()
    best = 0.0
    with ThreadPoolExecutor(cores) as pool:
        for parts in ([whole], np.array_split(whole, cores)):
            for reduce in (np.sum, np.max):
                times = []
                for _ in range(9):
                    begin = time.perf_counter()
                    list(pool.map(reduce, parts))
                    times.append(time.perf_counter() - begin)
                best = max(best, vectors.nbytes / float(np.median(times)) / 1e9)
    return best


def share_of_bandwidth(base: Vectors) -> None:
    vectors = noisy(base, LARGE, seed=0)
    with open_store("memory:", dimension=vectors.shape[1]) as store:
        megabytes = fill(store, vectors)
        times = []
        for query in noisy(base, 60, seed=1):
            begin = time.perf_counter()
            store.search(query, K)
            times.append(time.perf_counter() - begin)
        possible = bandwidth(vectors)
    p50, p95 = np.percentile(times, [50, 95])
    reads = vectors.nbytes / p50 / 1e9
    print(f"\nn = {LARGE:,}, memory: alone, {megabytes:.0f} MB")
    print(f"  p50 {1000 * p50:.1f} ms, p95 {1000 * p95:.1f} ms")
    print(f"  reads {reads:.1f} of {possible:.1f} GB/s: {reads / possible:.0%}")


def main() -> None:
    warnings.filterwarnings("ignore", message=".*Local mode is not recommended.*")
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000, LARGE]
    base = chunk_vectors()
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, numpy {np.__version__}, ", end="")
    print(f"faiss {faiss.__version__}; {len(base)} chunks repeated with noise {NOISE}, k = {K}")
    for size in sizes:
        if size == LARGE:
            share_of_bandwidth(base)
            continue
        with tempfile.TemporaryDirectory(prefix="stores-") as folder:
            measure(size, base, Path(folder) / "postgresql")


if __name__ == "__main__":
    main()
