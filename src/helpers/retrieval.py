"""Find the chunks for a question: by meaning, by words, or by both.

*Dense* retrieval compares embeddings. *Lexical* retrieval (BM25) counts shared words and weighs
rare ones more. *Hybrid* merges the two rankings. What this module does not do: cut documents,
or keep vectors anywhere but in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from helpers.chunking import Chunk
from helpers.embedding import Embedder
from helpers.search import top_k
from helpers.words import stems

Mode = Literal["dense", "lexical", "hybrid"]
FUSION = 60  # the constant of reciprocal rank fusion
POOL = 50  # how many results of each ranking take part in the fusion


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, with its score; scores compare only within one result."""

    chunk: Chunk
    score: float


class Retriever:
    """Search over chunks.

    Args:
        chunks: what is searched.
        embedder: makes the vectors; not used in lexical mode.
        mode: `dense`, `lexical` (BM25) or `hybrid` (both, merged by reciprocal rank fusion).
        breadcrumbs: put each chunk's heading path in front of what is embedded and indexed.
            The context of a divided table always goes in front.

    Raises:
        ValueError: no chunks, or an unknown mode.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        embedder: Embedder,
        *,
        mode: Mode = "dense",
        breadcrumbs: bool = False,
    ) -> None:
        if not chunks:
            raise ValueError("no chunks to search; were the documents cut?")
        if mode not in ("dense", "lexical", "hybrid"):
            raise ValueError(f"mode is {mode!r}; use 'dense', 'lexical' or 'hybrid'")
        self.chunks = list(chunks)
        self.mode = mode
        self._embedder = embedder
        texts = [searchable(chunk, breadcrumbs=breadcrumbs) for chunk in chunks]
        self._vectors = embedder.embed_documents(texts) if mode != "lexical" else None
        self._words = _Bm25(texts) if mode != "dense" else None

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """The best k chunks, best first.

        Raises:
            ValueError: the query is empty or k is negative.
        """
        if not query.strip():
            raise ValueError("the query is empty; ask something")
        scores = self._scores(query)
        return [Hit(self.chunks[index], float(scores[index])) for index in top_k(scores, k)]

    def _scores(self, query: str) -> "np.ndarray[Any, Any]":
        rankings = []
        if self._vectors is not None:
            rankings.append(self._vectors @ self._embedder.embed_query(query))
        if self._words is not None:
            rankings.append(self._words.scores(query))
        return rankings[0] if len(rankings) == 1 else fuse(rankings)


def searchable(chunk: Chunk, *, breadcrumbs: bool) -> str:
    """What is embedded and indexed for a chunk: its text, with what it needs to stand alone."""
    parts = [chunk.heading if breadcrumbs else "", chunk.context, chunk.text]
    return "\n".join(part for part in parts if part)


def fuse(rankings: Sequence["np.ndarray[Any, Any]"]) -> "np.ndarray[Any, Any]":
    """Reciprocal rank fusion: a result gains 1 / (60 + place) from each ranking it is in.

    Only places count, so scores of different kinds can be merged. Results that score 0 or less
    are not in a ranking. Source: Cormack, Clarke and Büttcher, SIGIR 2009.

    Args:
        rankings: scores of all chunks, one row a ranking, each of shape (n,). Only the best 50
            of each take part.

    Raises:
        ValueError: there is no ranking, or they are of different lengths.

    >>> fuse([np.array([0.9, 0.1]), np.array([3.0, 5.0])]).round(4).tolist()
    [0.0325, 0.0325]
    """
    lengths = {len(scores) for scores in rankings}
    if len(lengths) != 1:
        raise ValueError(f"rankings of lengths {sorted(lengths)}; each must score the same chunks")
    fused = np.zeros(lengths.pop())
    for scores in rankings:
        for place, index in enumerate(top_k(scores, POOL), start=1):
            if scores[index] > 0:
                fused[index] += 1 / (FUSION + place)
    return fused


class _Bm25:
    """BM25 over stemmed words, by the library bm25s."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        corpus = [stems(text) for text in texts]
        self._size = len(texts)
        self._index = bm25s.BM25()
        self._known = {word for words in corpus for word in words}
        if self._known:
            self._index.index(corpus, show_progress=False)

    def scores(self, query: str) -> "np.ndarray[Any, Any]":
        words = [word for word in stems(query) if word in self._known]
        if not words:
            return np.zeros(self._size)
        return np.asarray(self._index.get_scores(words), dtype=float)
