"""Did the right characters come back, and how much else? Independent of how pages were cut.

Recall asks how much of the answer was retrieved, precision how much of what was retrieved is
answer, IoU (intersection over union) asks both at once. Counting characters lets two ways of
chunking be compared, which counting chunks does not. Source: Smith and Troynikov, *Evaluating
Chunking Strategies for Retrieval*, Chroma technical report, 2024, there with tokens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpers.chunking import Chunk
from helpers.data import Span


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Four scores of one question, each from 0 to 1.

    `precision_omega` is the precision that perfect retrieval would reach with these chunks:
    the answer's characters over the characters of all chunks that touch it.
    """

    recall: float
    precision: float
    iou: float
    precision_omega: float


def score_spans(
    retrieved: Sequence[Chunk], gold: Iterable[Span], chunks: Iterable[Chunk]
) -> SpanScores:
    """Scores of the retrieved chunks against the places that answer.

    What two chunks repeat counts twice as retrieved and once as found, so that overlap is not
    free. `Chunk.source` and `Span.file` must name files in the same way.

    Args:
        retrieved: the chunks that the model would read.
        gold: the places that answer, all of them needed.
        chunks: every chunk of the corpus, for precision_omega.

    Raises:
        ValueError: there is no gold.

    >>> gold = [Span(file="a", start=0, end=4, quote="abcd")]
    >>> score_spans([Chunk("cdef", 2, 6, "a")], gold, [Chunk("cdef", 2, 6, "a")])
    SpanScores(recall=0.5, precision=0.5, iou=0.3333333333333333, precision_omega=0.5)
    """
    wanted = _characters((span.file, span.start, span.end) for span in gold)
    total = sum(map(len, wanted.values()))
    if not total:
        raise ValueError("no gold spans; leave questions without an answer out")
    found = _characters((chunk.source, chunk.start, chunk.end) for chunk in retrieved)
    hit = sum(len(places & found.get(source, set())) for source, places in wanted.items())
    read = sum(chunk.end - chunk.start for chunk in retrieved)

    touching = [chunk for chunk in chunks if _touches(chunk, wanted)]
    reached = _characters((chunk.source, chunk.start, chunk.end) for chunk in touching)
    reachable = sum(len(places & reached.get(source, set())) for source, places in wanted.items())
    ideal = sum(chunk.end - chunk.start for chunk in touching)
    return SpanScores(
        recall=hit / total,
        precision=hit / read if read else 0.0,
        iou=hit / (total + read - hit),
        precision_omega=reachable / ideal if ideal else 0.0,
    )


def _characters(places: Iterable[tuple[str, int, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for source, start, end in places:
        found.setdefault(source, set()).update(range(start, end))
    return found


def _touches(chunk: Chunk, wanted: dict[str, set[int]]) -> bool:
    places = wanted.get(chunk.source, set())
    return not places.isdisjoint(range(chunk.start, chunk.end))
