"""The extractive reader: find the piece of the context that answers the question, or refuse.

It copies, it never writes: an answer is made of exact slices of the passages. Each sentence,
list item, table row and line of code is scored by two kinds of evidence, *meaning* (cosine of
the embeddings) and *words* (the share of the question's rare words that it contains), with a
little for a number where one is asked for. When the whole context fits the question badly,
the reader refuses.

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
# The best piece's cosine, plus half the best passage's cosine and word share: at most 2, for
# questions off the topic well below 1. Below this the reader refuses.
THRESHOLD = 0.95


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
    """The quotes that answer the question, in reading order; empty means "I don't know".

    A table row comes with its header, as a quote of its own.
    """
    candidates = [
        _Candidate(number, piece, f"{passage.title} {piece.context} {piece.text}".strip())
        for number, passage in enumerate(passages)
        for piece in pieces(passage.text)
        if piece.kind not in ("heading", "header") and not _CAPTION.fullmatch(piece.text)
    ]
    if not candidates or not question.strip():
        return []

    asked = embedder.embed_query(question)
    alone = [candidate.piece.text for candidate in candidates]
    shown = [candidate.shown_as for candidate in candidates]
    weights = _word_weights(question, alone)

    # What the piece says itself counts for more than the title and heading it stands under.
    shown_cosine = embedder.embed_documents(shown) @ asked
    alone_cosine = embedder.embed_documents(alone) @ asked
    piece_cosine = 0.5 * shown_cosine + 0.5 * alone_cosine
    piece_words = 0.6 * _coverage(weights, alone) + 0.4 * _coverage(weights, shown)
    passage_cosine = embedder.embed_documents([passage.text for passage in passages]) @ asked
    passage_words = _coverage(weights, [f"{p.title} {p.text}" for p in passages])
    closest = max(shown_cosine.max(), alone_cosine.max())
    if closest + 0.5 * passage_words.max() + 0.5 * passage_cosine.max() < THRESHOLD:
        return []

    owner = [candidate.passage for candidate in candidates]
    scores = piece_cosine + piece_words + 0.3 * passage_cosine[owner]
    if _ASKS_FOR_A_NUMBER.search(question):
        scores += 0.1 * np.array([any(map(str.isdigit, text)) for text in alone])
    best = candidates[int(top_k(scores, 1)[0])]
    return _quotes(best, passages[best.passage].text)


def _quotes(best: _Candidate, text: str) -> list[Quote]:
    piece = best.piece
    quotes = [Quote(best.passage, piece.start, piece.end, piece.text)]
    if piece.kind == "row" and piece.context:
        start = text.rfind(piece.context, 0, piece.start)
        end = start + len(piece.context)
        quotes.insert(0, Quote(best.passage, start, end, piece.context))
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


_CAPTION = re.compile(r"\*[^*]+\*|_[^_]+_")  # a line in italics describes, it does not answer
_ASKS_FOR_A_NUMBER = re.compile(r"\bhow (?:many|much|long|often|fast|large|big)\b|\bwhen\b", re.I)
