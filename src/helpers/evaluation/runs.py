"""Put a retriever through a set of questions and keep every score, question by question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.chunking import Chunk
from helpers.data import Question, Span
from helpers.evaluation.ranking import ndcg_at_k, reciprocal_rank
from helpers.evaluation.spans import SpanScores, score_spans
from helpers.retrieval import Retriever

METRICS = ("recall", "reciprocal_rank", "ndcg", "span_recall", "span_precision", "iou")


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of one retriever, one number a question and metric, in the order of questions.

    `recall` is whole answers: 1 when every character of an answer is among the k chunks, or
    the share of the answers that are, where several are needed. `reciprocal_rank` and `ndcg`
    count a chunk as right when it holds at least half of an answer. `searched` is how many chunks
    there were to find, 0 where nobody counted.
    """

    name: str
    k: int
    questions: list[Question]
    retrieved: list[list[Chunk]]
    scores: dict[str, list[float]]
    searched: int = 0

    def mean(self, metric: str) -> float:
        return float(np.mean(self.scores[metric]))

    def by_type(self, metric: str) -> dict[str, list[float]]:
        """The scores of each type of question."""
        found: dict[str, list[float]] = {}
        for question, score in zip(self.questions, self.scores[metric], strict=True):
            found.setdefault(question.type, []).append(score)
        return found


def evaluate_retrieval(
    retriever: Retriever, questions: Sequence[Question], *, k: int = 5, name: str = ""
) -> Run:
    """Search for every question that has an answer, and score what came back.

    `Chunk.source` must be the file's name as it stands in the spans, such as "refunds.md".

    Raises:
        ValueError: no question has an answer, or k is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}; it must be 1 or more")
    asked = [question for question in questions if question.answerable]
    if not asked:
        raise ValueError("no question has an answer; recall needs some that do")
    by_source: dict[str, list[Chunk]] = {}
    for chunk in retriever.chunks:
        by_source.setdefault(chunk.source, []).append(chunk)
    retrieved: list[list[Chunk]] = []
    scores: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for question in asked:
        found = [hit.chunk for hit in retriever.search(question.question, k)]
        retrieved.append(found)
        for metric, score in _score(question, found, by_source, k).items():
            scores[metric].append(score)
    return Run(name, k, asked, retrieved, scores, searched=len(retriever.chunks))


def _score(
    question: Question, found: list[Chunk], by_source: dict[str, list[Chunk]], k: int
) -> dict[str, float]:
    spans = _scored_spans(question, found)
    whole = [is_whole(span, found) for span in question.spans]
    right = {
        _key(chunk)
        for span in question.spans
        for chunk in by_source.get(span.file, [])
        if _share(span, chunk) >= 0.5
    }
    ranking = [_key(chunk) for chunk in found]
    place = reciprocal_rank(ranking, right) if right else 0.0
    if question.all_needed:
        ndcg = ndcg_at_k(ranking, right, k) if right else 0.0
    else:  # one right chunk is enough, so only the first one gains
        ndcg = 1 / math.log2(1 + 1 / place) if place else 0.0
    return {
        "recall": float(np.mean(whole)) if question.all_needed else float(any(whole)),
        "reciprocal_rank": place,
        "ndcg": ndcg,
        "span_recall": spans.recall,
        "span_precision": spans.precision,
        "iou": spans.iou,
    }


def _key(chunk: Chunk) -> tuple[str, int, int]:
    return chunk.source, chunk.start, chunk.end


def _scored_spans(question: Question, found: list[Chunk]) -> SpanScores:
    """Against all spans where all are needed, else against the one that was found best."""
    gold = [question.spans] if question.all_needed else [(span,) for span in question.spans]
    # The chunks of the whole file would only serve for precision_omega, which no run keeps.
    scored = [score_spans(found, spans, ()) for spans in gold]
    return max(scored, key=lambda score: (score.recall, score.iou))


def is_whole(span: Span, found: Sequence[Chunk]) -> bool:
    """Whether every character of the span is in one of the chunks, or in several together."""
    covered: set[int] = set()
    for chunk in found:
        if chunk.source == span.file:
            covered.update(range(max(chunk.start, span.start), min(chunk.end, span.end)))
    return len(covered) == span.end - span.start


def _share(span: Span, chunk: Chunk) -> float:
    common = min(chunk.end, span.end) - max(chunk.start, span.start)
    return max(0, common) / (span.end - span.start)
