"""The work itself: cut documents into rows, and embed those that the store does not have.

Either this process does it, document by document, or Ray Data hands it out to several, and does
it again when one of them dies. What this module does not do: write to the store; the driver does
that with what comes out here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from more_itertools import chunked
from numpy.typing import NDArray

from helpers.data import DataError
from helpers.data.files import read_text
from helpers.embedding import Embedder, Vectors
from helpers.redaction import short
from helpers.scale.cluster import ScaleError
from helpers.scale.rows import Row, cut

DOCUMENTS_AT_ONCE = 8  # what a worker takes at once, and loses when it is killed
COLUMN = "document"  # the datasets here have one, of Python objects


@dataclass(repr=False, slots=True)
class CutDocument:
    """A document between the stages.

    `ids` are those of all its chunks; `rows` only those that have to be added, with their
    `vectors` of shape (n, dimension) once they are embedded. `problem` says why there is nothing.
    """

    source: str
    problem: str = ""
    ids: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    vectors: Vectors | None = None


def cut_document(
    path: Path, source: str, *, size: int, overlap: int, embedder: str, known: frozenset[str]
) -> CutDocument:
    """The first stage. A file that cannot be used comes back with the problem.

    Args:
        path: the file.
        source: the document's name.
        size: most tokens in a chunk.
        overlap: most tokens that a chunk repeats from the one before it.
        embedder: the name of the model.
        known: ids that are in the store.
    """
    try:
        text = read_text(path)
    except (DataError, OSError) as error:
        return CutDocument(source, problem=str(error))
    rows = cut(source, text, size=size, overlap=overlap, embedder=embedder)
    ids = [row.id for row in rows]
    return CutDocument(source, ids=ids, rows=[row for row in rows if row.id not in known])


class Embed:
    """The second stage: a process that loads the model once. Ray gives it one core."""

    def __init__(self, make_embedder: Callable[[], Embedder]) -> None:
        self._embedder = make_embedder()

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Embed the rows of several documents together, which fills the model's batches."""
        embed_rows(batch[COLUMN].tolist(), self._embedder)
        return batch


def embed_rows(documents: list[CutDocument], embedder: Embedder) -> None:
    """Give each document the vectors of its rows, all embedded together."""
    texts = [row.text for document in documents for row in document.rows]
    vectors = embedder.embed_documents(texts)
    ends = np.cumsum([len(document.rows) for document in documents])
    for document, own in zip(documents, np.split(vectors, ends[:-1]), strict=True):
        document.vectors = own


def finished_here(
    files: dict[str, Path], *, embedder: Embedder, **cutting: Any
) -> Iterator[list[CutDocument]]:
    """Both stages over all files, in this process and in their order.

    Args:
        files: each under its document's name.
        embedder: embeds.
        cutting: what else `cut_document` takes.

    Raises:
        ScaleError: the embedder cannot do its part.
    """
    for batch in chunked(files.items(), DOCUMENTS_AT_ONCE):
        documents = [
            cut_document(path, name, embedder=embedder.name, **cutting) for name, path in batch
        ]
        try:
            embed_rows(documents, embedder)
        except Exception as error:  # of many kinds, as many as there are embedders
            raise ScaleError(_said(f"{type(error).__name__}: {error}")) from error
        yield documents


def finished_on_cluster(
    files: dict[str, Path],
    *,
    workers: int,
    make_embedder: Callable[[], Embedder],
    **cutting: Any,
) -> Iterator[list[CutDocument]]:
    """Both stages over all files, by Ray's workers; gives documents as they are finished.

    Args:
        files: each under its document's name.
        workers: how many processes embed.
        make_embedder: makes the embedder in each of them.
        cutting: what else `cut_document` takes.

    Raises:
        ScaleError: a worker cannot do its part.
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext
    from ray.exceptions import RayError

    def cut_file(file: dict[str, str]) -> dict[str, CutDocument]:
        return {COLUMN: cut_document(Path(file["path"]), file["name"], **cutting)}

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False  # it has one for each stage, and we one for the whole
    context.enable_fallback_to_arrow_object_ext_type = True  # columns may hold Python objects
    context.max_consecutive_actor_init_deaths = 3  # a worker may be killed while it starts
    items = [{"name": name, "path": str(path)} for name, path in files.items()]
    blocks = -(-len(items) // DOCUMENTS_AT_ONCE)
    with DataContext.current(context):
        try:
            finished = (
                ray.data.from_items(items, override_num_blocks=blocks)
                .map(cut_file)
                .map_batches(
                    Embed,
                    fn_constructor_args=(make_embedder,),
                    batch_size=DOCUMENTS_AT_ONCE,
                    compute=ActorPoolStrategy(size=workers),
                    num_cpus=1,
                )
            )
            for batch in finished.iter_batches(batch_size=None):
                yield batch[COLUMN].tolist()
        except RayError as error:
            raise ScaleError(_said(_cause(error))) from error


def _said(cause: str) -> str:
    return (
        f"embedding failed ({short(cause)}). What has been added stays; when the cause is "
        "mended, the same command goes on from there."
    )


def _cause(error: Exception) -> str:
    """What went wrong in a worker: of its traceback, which Ray gives as text, the first error."""
    line = re.search(r"^[\w.]+: .+", str(error), re.MULTILINE)
    return line[0] if line else str(error)
