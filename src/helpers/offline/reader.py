"""The extractive reader: find the pieces of the context that answer the question, or refuse.

It copies, it never writes: an answer is made of exact slices of the passages. Each sentence,
list item, table row and line of code is scored by two kinds of evidence, *meaning* (cosine of
the embeddings, with title and heading in front) and *words* (the share of the question's rare
words that it contains). The best piece is quoted; so is a second one that scores nearly as
well, or fairly well where the question has two parts, and a third one for a message of several
sentences. When the whole context lies too far from the question, the reader refuses.

The weights and limits were chosen on the dev questions of `data/questions.jsonl`;
`python benchmarks/reader.py` shows what they give there and on the test questions.

What it cannot do: combine two facts, calculate, understand a negation, or notice that a
passage on the right topic lacks the answer. A language model can.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.embedding import Embedder
from helpers.markdown import Piece, pieces
from helpers.search import FloatArray, top_k
from helpers.words import stems

REFUSAL = "I don't know. The context I was given does not answer that."
# How near the context is to the question: half the cosine of the nearest passage, half that of
# the nearest piece, and a fifth of the best passage's word share. Below this the reader refuses.
NEAR_ENOUGH = 0.45
# Another piece is quoted from this share of the best one's score on: one more for a question, two
# more for a message of several sentences, which hides what it asks among what it tells.
SECOND, SECOND_OF_TWO_PARTS, OTHERS_OF_MESSAGE = 0.9, 0.7, 0.6


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of context, with the title it came under."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice of a passage: `text == passages[passage].text[start:end]`."""

    passage: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: int
    piece: Piece
    shown_as: str  # the piece with what makes it understandable, for scoring only


def read(question: str, passages: Sequence[Passage], embedder: Embedder) -> list[Quote]:
    """The quotes that answer the question, best first; empty means "I don't know".

    A table row comes with its header in front, as a quote of its own.
    """
    candidates = _candidates(passages)
    if not candidates or not question.strip():
        return []
    asked = embedder.embed_query(question)
    alone = [candidate.piece.text for candidate in candidates]
    shown = [candidate.shown_as for candidate in candidates]
    whole = [f"{passage.title}\n{passage.text}" for passage in passages]
    weights = _word_weights(question, alone)

    cosines = embedder.embed_documents(shown) @ asked
    nearest_passage = (embedder.embed_documents(whole) @ asked).max()
    near = 0.5 * nearest_passage + 0.5 * cosines.max() + 0.2 * _coverage(weights, whole).max()
    if near < NEAR_ENOUGH:
        return []
    # What the piece says itself counts for more than the title and heading it stands under.
    scores = cosines + 0.6 * _coverage(weights, shown) + 0.4 * _coverage(weights, alone)
    quotes: list[Quote] = []
    for index in _chosen(scores, alone, question):
        chosen = candidates[index]
        # Two rows of one table share their header.
        quotes += [q for q in _quotes(chosen, passages[chosen.passage].text) if q not in quotes]
    return quotes


def _candidates(passages: Sequence[Passage]) -> list[_Candidate]:
    return [
        _Candidate(number, piece, f"{passage.title} {piece.context} {piece.text}".strip())
        for number, passage in enumerate(passages)
        for piece in pieces(passage.text)
        if piece.kind not in ("heading", "header") and not _NO_ANSWER.fullmatch(piece.text)
    ]


def _chosen(scores: FloatArray, texts: Sequence[str], question: str) -> list[int]:
    """The best candidate, and others that are close enough and say something else."""
    most, limit = 2, SECOND_OF_TWO_PARTS if _TWO_PARTS.search(question) else SECOND
    if len(pieces(question)) > 1:
        most, limit = 3, OTHERS_OF_MESSAGE
    best, *others = map(int, top_k(scores, len(scores)))
    chosen = [best]
    for other in others:
        if len(chosen) == most or scores[other] < limit * scores[best]:
            break
        if all(texts[other] != texts[known] for known in chosen):
            chosen.append(other)
    return chosen


def _quotes(chosen: _Candidate, text: str) -> list[Quote]:
    piece = chosen.piece
    quotes = [Quote(chosen.passage, piece.start, piece.end, piece.text)]
    if piece.kind == "row" and piece.context:
        start = text.rfind(piece.context, 0, piece.start)
        end = start + len(piece.context)
        quotes.insert(0, Quote(chosen.passage, start, end, piece.context))
    return quotes


def _word_weights(question: str, texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of each word of the question over the candidates.

    A word that stands everywhere tells nothing; a word that stands nowhere weighs most.
    """
    found = Counter(word for text in texts for word in set(stems(text)))
    return {
        word: math.log(1 + (len(texts) + 1) / (found[word] + 0.5)) for word in set(stems(question))
    }


def _coverage(weights: dict[str, float], texts: Sequence[str]) -> FloatArray:
    """For each text the share of the question's weight whose words it contains, 0 to 1."""
    total = sum(weights.values()) or 1.0
    return np.array(
        [sum(weights.get(word, 0.0) for word in set(stems(text))) / total for text in texts]
    )


# A line in italics describes, a question asks, and a line that ends in a colon announces.
_NO_ANSWER = re.compile(r"\*[^*]+\*|_[^_]+_|.*[?:][*_]*", re.S)
# Two question marks, or "and" before a word that begins a question.
_TWO_PARTS = re.compile(
    r"\?\s+\S|;|\band\b\s+(?:how|what|which|who|when|where|why|is|are|do|does|can|will|by|in|at)\b",
    re.I,
)
