"""Find the chunks for a question: by meaning, by words, or by both.

*Dense* retrieval compares embeddings. *Lexical* retrieval (BM25) counts shared words and weighs
rare ones more. *Hybrid* merges the two rankings. Vectors are kept in any store of
`helpers.stores`. What this module does not do: cut documents, or keep the index of words anywhere
but in memory.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from helpers.chunking import Chunk
from helpers.embedding import Embedder
from helpers.search import top_k
from helpers.stores import VectorStore, open_store, store_of_settings
from helpers.words import stems

Mode = Literal["dense", "lexical", "hybrid"]
FUSION = 60  # the constant of reciprocal rank fusion
NOT_FOUND = -2.0  # below every cosine: what the store did not return
POOL = 50  # how many results of each ranking take part in the fusion; more when more are wanted


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, with its score; scores compare only within one result."""

    chunk: Chunk
    score: float


class Retriever:
    """Search over chunks. Use it in a `with`, or close it, as it may hold a folder or a server.

    Args:
        chunks: what is searched.
        embedder: makes the vectors; not used in lexical mode.
        mode: `dense`, `lexical` (BM25) or `hybrid` (both, merged by reciprocal rank fusion).
        breadcrumbs: put each chunk's heading path in front of what is embedded and indexed.
            The context of a divided table always goes in front.
        store: URL of the store that keeps the vectors; `WORKSHOP_STORE` by default. Each set of
            chunks has a collection of its own, which is filled once and found again.

    Raises:
        ValueError: no chunks, an unknown mode, or a store that cannot be opened.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        embedder: Embedder,
        *,
        mode: Mode = "dense",
        breadcrumbs: bool = False,
        store: str | None = None,
    ) -> None:
        if not chunks:
            raise ValueError("no chunks to search; were the documents cut?")
        if mode not in ("dense", "lexical", "hybrid"):
            raise ValueError(f"mode is {mode!r}; use 'dense', 'lexical' or 'hybrid'")
        self.chunks = list(chunks)
        self.mode = mode
        self._embedder = embedder
        texts = [searchable(chunk, breadcrumbs=breadcrumbs) for chunk in chunks]
        url = store or store_of_settings()
        self._words = _Bm25(texts) if mode != "dense" else None
        self._vectors = filled_store(url, texts, embedder) if mode != "lexical" else None

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """The best k chunks, best first.

        Fewer than k come back when fewer are found: by words, those that share none with the
        query are no result, and in hybrid mode those that are in neither ranking.

        Raises:
            ValueError: the query is empty or k is negative.
        """
        if not query.strip():
            raise ValueError("the query is empty; ask something")
        scores = self._scores(query, max(k, POOL))
        nothing = NOT_FOUND if self.mode == "dense" else 0.0
        return [
            Hit(self.chunks[index], float(scores[index]))
            for index in top_k(scores, k)
            if scores[index] > nothing
        ]

    def close(self) -> None:
        """Let go of the store; a search after that opens nothing and fails."""
        if self._vectors is not None:
            self._vectors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _scores(self, query: str, k: int) -> "np.ndarray[Any, Any]":
        rankings = []
        if self._vectors is not None:
            scores = np.full(len(self.chunks), NOT_FOUND)
            for match in self._vectors.search(self._embedder.embed_query(query), k):
                scores[int(match.id)] = match.score
            rankings.append(scores)
        if self._words is not None:
            rankings.append(self._words.scores(query))
        return rankings[0] if len(rankings) == 1 else fuse(rankings, pool=k)


def filled_store(url: str, texts: Sequence[str], embedder: Embedder) -> VectorStore:
    """A store with a vector for each text, under the text's number.

    The collection is named after the embedder and the texts, so that another embedder or another
    chunk never meets old vectors. One that is there already is not embedded again.

    Raises:
        StoreError: the store cannot be opened.
    """
    words = "\0".join([embedder.name, *texts]).encode()
    name = f"chunks_{hashlib.sha256(words).hexdigest()[:16]}"
    sign = "&" if "?" in url else "?"
    store = open_store(f"{url}{sign}collection={name}", dimension=embedder.dimension)
    try:
        if store.count() != len(texts):
            ids = [str(number) for number in range(len(texts))]
            store.add(ids, embedder.embed_documents(texts))
    except BaseException:
        store.close()
        raise
    return store


def searchable(chunk: Chunk, *, breadcrumbs: bool) -> str:
    """What is embedded and indexed for a chunk: its text, with what it needs to stand alone."""
    parts = [chunk.heading if breadcrumbs else "", chunk.context, chunk.text]
    return "\n".join(part for part in parts if part)


def fuse(rankings: Sequence["np.ndarray[Any, Any]"], *, pool: int = POOL) -> "np.ndarray[Any, Any]":
    """Reciprocal rank fusion: a result gains 1 / (60 + place) from each ranking it is in.

    Only places count, so scores of different kinds can be merged. Results that score 0 or less
    are not in a ranking. Source: Cormack, Clarke and Büttcher, SIGIR 2009.

    Args:
        rankings: scores of all chunks, one row a ranking, each of shape (n,).
        pool: how many of the best of each take part.

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
        for place, index in enumerate(top_k(scores, pool), start=1):
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
