"""The extractive reader: find the pieces of the context that answer the question, or refuse.

It copies, it never writes: an answer is made of exact slices of the passages. Each sentence,
list item, table row and line of code is scored by two kinds of evidence, *meaning* (cosine of
the embeddings, with title and heading in front) and *words* (the share of the question's rare
words that it contains; the words of a link say what stands elsewhere and do not count). The same
evidence tells which passage is the best one: its best piece is quoted if it scores nearly as well
as the best of all, else that one is. So is a second piece that scores fairly well, and a third one
for a message of several sentences. A sentence that only says where to look is no answer. When the
whole context lies too far from the question, the reader refuses.

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
# The best passage's best piece comes first from this share of the best one's score on.
BEST_PASSAGE = 0.75
# Another piece is quoted from this share of the best one's score on: one more for a question, two
# more for a message of several sentences, which hides what it asks among what it tells.
SECOND, SECOND_OF_TWO_PARTS, OTHERS_OF_MESSAGE = 0.75, 0.7, 0.6


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
    in_front: str  # what makes the piece understandable, for scoring only

    @property
    def shown_as(self) -> str:
        """The piece behind the title and heading that it stands under."""
        return f"{self.in_front} {self.piece.text}".strip()

    @property
    def told(self) -> str:
        """What the piece says itself: without its links, whose words say what is elsewhere."""
        return _LINK.sub(" ", self.piece.text)

    @property
    def told_in_place(self) -> str:
        """The same behind its title and heading."""
        return f"{self.in_front} {self.told}".strip()


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
    of_passages, covered = embedder.embed_documents(whole) @ asked, _coverage(weights, whole)
    near = 0.5 * of_passages.max() + 0.5 * cosines.max() + 0.2 * covered.max()
    if near < NEAR_ENOUGH:
        return []
    # What the piece says itself counts for more than the title and heading it stands under.
    in_place = _coverage(weights, [candidate.told_in_place for candidate in candidates])
    told = _coverage(weights, [candidate.told for candidate in candidates])
    scores = cosines + 0.6 * in_place + 0.4 * told
    best_passage = max({c.passage for c in candidates}, key=lambda n: of_passages[n] + covered[n])
    from_best = [index for index, c in enumerate(candidates) if c.passage == best_passage]
    quotes: list[Quote] = []
    for index in _chosen(scores, candidates, from_best, question):
        chosen = candidates[index]
        # Two rows of one table share their header.
        quotes += [q for q in _quotes(chosen, passages[chosen.passage].text) if q not in quotes]
    return quotes


def _candidates(passages: Sequence[Passage]) -> list[_Candidate]:
    return [
        _Candidate(number, piece, f"{passage.title} {piece.context}".strip())
        for number, passage in enumerate(passages)
        for piece in pieces(passage.text)
        if piece.kind not in ("heading", "header") and not _is_no_answer(piece.text)
    ]


def _is_no_answer(text: str) -> bool:
    """Whether a piece describes, asks, announces, or only says where to look."""
    return bool(_NO_ANSWER.fullmatch(text)) or points_elsewhere(text)


def points_elsewhere(text: str) -> bool:
    """Whether all that a sentence says is where something else stands.

    >>> points_elsewhere("Formats and steps are in [Exporting data](exporting-data.md).")
    True
    >>> points_elsewhere("It takes 5 days at most; see [Refunds](refunds.md).")
    False
    """
    bare = _MARKS.sub("", _LINK.sub(_HERE, text))
    numbered = _NUMBER.match(bare)
    bare = bare[numbered.end() :] if numbered else bare
    if _HERE not in bare or _FACT.search(bare):
        return False
    if _ANNOUNCED.fullmatch(bare.strip()):
        return True
    clauses = [clause for clause in _CLAUSES.split(bare) if clause.strip(" .")]
    return all(_POINTER.search(clause.strip(" .")) for clause in clauses)


def _chosen(
    scores: FloatArray, candidates: Sequence[_Candidate], from_best: Sequence[int], question: str
) -> list[int]:
    """The best candidate, and others that are close enough and say something else.

    Args:
        from_best: candidates of the best passage; the first one of these leads if it can.
    """
    most, limit = 2, SECOND_OF_TWO_PARTS if _TWO_PARTS.search(question) else SECOND
    if len(pieces(question)) > 1:
        most, limit = 3, OTHERS_OF_MESSAGE
    ranked = list(map(int, top_k(scores, len(scores))))
    best = scores[ranked[0]]
    leading = max(from_best, key=lambda index: scores[index])
    chosen = [leading if scores[leading] >= BEST_PASSAGE * best else ranked[0]]
    for other in ranked:
        if len(chosen) == most or scores[other] < limit * best:
            break
        said = [candidates[known].piece.text for known in chosen]
        if candidates[other].piece.text not in said:
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
_LINK = re.compile(r"\[[^\[\]]*\]\([^()\s]*\)")
_HERE = "\ufffc"  # stands for a link, as in a text with objects
_MARKS = re.compile(r"[*_>]+")
_FACT = re.compile(r"\d|`")  # a figure or a name to type is worth quoting
_CLAUSES = re.compile(r"[;:,]\s+(?:and\s+|or\s+)?")
_NUMBER = re.compile(r"\s*(?:\d+(?:\.\d+)*\.?|note:|tip:)\s", re.I)  # such as 6.2 in a contract
_ANNOUNCED = re.compile(rf"[^.:;]{{1,40}}: {_HERE}\.?")  # "Step by step: LINK."
# "Formats are in LINK", "see the LINK page", "LINK tells how", "it has LINK", "for this".
_POINTER = re.compile(
    r"\b(?:is|are|stands?|more (?:on|about) \w+)"
    r"(?: (?:listed|given|set out|described|explained|told|covered|shown|found|named))?"
    rf" (?:in|on|under|at|with|by) (?:the |our |its )?{_HERE}(?: \w+)?$"
    rf"|\b(?:see|read|has|have)(?: the| our)? {_HERE}(?: \w+)?$"
    rf"|^(?:\w+ ){{0,3}}{_HERE} (?:\w+ )?"
    r"(?:says?|tells?|shows?|explains?|describes?|lists?|has|holds?)\b"
    rf"|\b(?:pages?|section) of (?:its|their) own$|^{_HERE}$|^(?:for|with|and) ",
    re.I,
)
# Two question marks, or "and" before a word that begins a question.
_TWO_PARTS = re.compile(
    r"\?\s+\S|;|\band\b\s+(?:how|what|which|who|when|where|why|is|are|do|does|can|will|by|in|at)\b",
    re.I,
)
