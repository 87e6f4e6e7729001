"""Fill a store with the chunks of a folder's documents, and say what that took.

Workers cut and embed, or this process does; only the driver writes. That fits every store, also a
Qdrant folder, which takes one process, and a server takes rows many times faster than a worker
embeds them. What this module does not do: remember anything. What is in the store decides what is
left to do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from helpers.chunking.strategies import check_arguments
from helpers.data.files import text_files
from helpers.embedding import Embedder, MiniLM
from helpers.scale.cluster import ScaleError, cluster
from helpers.scale.rows import known_ids
from helpers.scale.stages import CutDocument, finished_here, finished_on_cluster
from helpers.stores import VectorStore, open_store

SIZE = 200  # tokens in a chunk


@dataclass(slots=True)
class Summary:
    """What a run has found and done.

    Of the `chunks` of all `documents` that could be read, `known` were in the store and `added`
    were embedded and added. `stale` chunks are in the store and in none of these documents, and
    `pruned` of them were deleted. `problems` names each file that was set aside.
    """

    documents: int = 0
    chunks: int = 0
    known: int = 0
    added: int = 0
    stale: int = 0
    pruned: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        aside = f"and {len(self.problems)} set aside" if self.problems else ""
        why = "in none of these documents; --prune deletes them"
        if self.problems:
            why = "in none of these documents; kept, since some could not be read"
        lines = [
            ("documents", self.documents, aside),
            ("chunks", self.chunks, ""),
            ("already there", self.known, ""),
            ("added", self.added, "embedded in this run"),
            ("stale", self.stale, why if self.stale > self.pruned else ""),
            ("pruned", self.pruned, ""),
        ]
        shown = [f"{name:<14}{count:>10,}   {said}".rstrip() for name, count, said in lines]
        return "\n".join([*shown, f"{'seconds':<14}{self.seconds:>10.1f}"])


def fill(
    folder: Path,
    url: str,
    *,
    size: int = SIZE,
    overlap: int = 0,
    workers: int = 2,
    address: str | None = None,
    prune: bool = False,
    progress: bool = False,
    make_embedder: Callable[[], Embedder] = MiniLM,
) -> Summary:
    """Cut, embed and add every document of a folder that is not in the store yet.

    May be killed at any moment and run again. A worker that is killed is replaced, and its part
    done again. A document that changes, or another size, makes other chunks; prune to be rid of
    the old ones.

    Args:
        folder: holds .md and .txt files, also in subfolders; on a cluster, under the same path
            on every machine.
        url: where to add, as for `open_store`, and a place that outlives this process.
        size: most tokens in a chunk.
        overlap: most tokens that a chunk repeats from the one before it.
        workers: how many processes embed; with 0 this one does, and Ray is not needed.
        address: of a cluster that runs; without one it is started here.
        prune: delete chunks of this package that no document of this folder has. Nothing is
            deleted when files were set aside, since their chunks cannot be told from stale ones.
        progress: show a progress bar.
        make_embedder: makes the embedder, here for its name and in each worker.

    Raises:
        DataError: the folder does not exist or has no documents.
        ScaleError: the store would be gone with this process, or Ray cannot do its part.
        StoreError: no such store, or its engine does not answer.
        ValueError: a size or an overlap that cannot be worked with.
    """
    from tqdm.auto import tqdm

    began = time.perf_counter()
    check_arguments("", size, overlap)
    files = text_files(folder.resolve())
    embedder = make_embedder()
    summary, seen = Summary(), set[str]()
    with open_store(url, dimension=embedder.dimension) as store:
        if store.url.partition("?")[0] in ("memory:", "qdrant:"):
            raise ScaleError(
                f"{url!r} keeps rows in this process, and they would be gone when it ends. Name "
                "a store that stays: 'qdrant:FOLDER' or 'postgresql:embedded'."
            )
        known = known_ids(store)
        cutting = {"size": size, "overlap": overlap, "known": known}
        with (
            _at_work(files, embedder, make_embedder, cutting, workers, address) as finished,
            tqdm(
                total=len(files), desc="Documents", unit="file", disable=not progress, leave=False
            ) as bar,
        ):
            for documents in finished:
                _add(store, documents, summary)
                seen.update(key for document in documents for key in document.ids)
                bar.update(len(documents))
                bar.set_postfix(chunks=summary.chunks, added=summary.added)
        stale = known - seen
        summary.stale = len(stale)
        if prune and not summary.problems:
            summary.pruned = store.delete(sorted(stale))
    summary.problems.sort()
    summary.seconds = time.perf_counter() - began
    return summary


@contextmanager
def _at_work(
    files: dict[str, Path],
    embedder: Embedder,
    make_embedder: Callable[[], Embedder],
    cutting: dict[str, Any],
    workers: int,
    address: str | None,
) -> Iterator[Iterator[list[CutDocument]]]:
    """The documents as they are finished, by this process or by a cluster of workers."""
    if workers == 0 and not address:
        yield finished_here(files, embedder=embedder, **cutting)
        return
    with cluster(workers=workers, address=address):
        cutting |= {"embedder": embedder.name}
        yield finished_on_cluster(files, workers=workers, make_embedder=make_embedder, **cutting)


def _add(store: VectorStore, documents: list[CutDocument], summary: Summary) -> None:
    """Add the rows and count; a row whose id is there is replaced, so twice does no harm."""
    rows = [row for document in documents for row in document.rows]
    if rows:
        vectors = np.concatenate([one.vectors for one in documents if one.vectors is not None])
        store.add([row.id for row in rows], vectors, [row.payload for row in rows])
    problems = [document.problem for document in documents if document.problem]
    chunks = sum(len(document.ids) for document in documents)
    summary.problems += problems
    summary.documents += len(documents) - len(problems)
    summary.chunks += chunks
    summary.added += len(rows)
    summary.known += chunks - len(rows)
