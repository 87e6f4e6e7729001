"""Turn text into vectors: one model behind two calls, with a cache on disk.

`load_embedder()` gives the local MiniLM. Vectors are float32 and of unit length, so that a
dot product is a cosine. What this module does not do: search (`search`) or keep an index.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from helpers.model_files import model_folder, verify
from helpers.settings import get_settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
Compute = Callable[[Sequence[str]], Vectors]
BATCH = 64  # texts between two writes to the cache and two steps of the progress bar
BAR_FROM = 128  # fewer texts than this take about a second and need no progress bar


class Embedder(Protocol):
    """What every embedding model here can do."""

    name: str
    dimension: int

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed passages; returns shape (n, dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Embed one question; returns shape (dimension,)."""


def load_embedder(name: str | None = None) -> Embedder:
    """The embedder of that name, with its cache; by default the one in the settings.

    Args:
        name: `local:all-MiniLM-L6-v2`.

    Raises:
        ValueError: no such embedder.
        ModelFilesError: the model's files are missing or damaged.
    """
    return _load(name or get_settings().embedder, get_settings().home)


@lru_cache(maxsize=4)
def _load(name: str, home: Path) -> Embedder:
    if name != MiniLM.name:
        raise ValueError(f"unknown embedder {name!r}; known: {MiniLM.name!r}")
    return CachedEmbedder(MiniLM(), home / "embeddings.sqlite")


class MiniLM:
    """`all-MiniLM-L6-v2` on this machine: 384 numbers a text.

    It reads at most 256 tokens of a text and ignores the rest without a word.
    Source: Wang et al., *MiniLM*, 2020; the model card of sentence-transformers.
    """

    name = "local:all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self) -> None:
        self._lock = threading.Lock()  # the tokenizer must not be used by two threads at once
        self._loaded: SentenceTransformer | None = None

    @property
    def _model(self) -> "SentenceTransformer":
        if self._loaded is None:
            folder = model_folder()
            verify(folder)
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            self._loaded = SentenceTransformer(str(folder))
        return self._loaded

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts), normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        return np.asarray(self.embed_documents([text])[0])


class CachedEmbedder:
    """Another embedder, asked only for texts it has not seen before.

    Vectors are kept in one SQLite file, keyed by the model's name and a hash of the text.
    The file can be deleted at any time. A progress bar shows when there is much to embed.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path
        self.name = embedder.name
        self.dimension = embedder.dimension

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "d", self._embedder.embed_documents)

    def embed_query(self, text: str) -> Vectors:
        def one(texts: Sequence[str]) -> Vectors:
            return np.stack([self._embedder.embed_query(text) for text in texts])

        return np.asarray(self._embed([text], "q", one)[0])

    def _embed(self, texts: Sequence[str], kind: str, compute: Compute) -> Vectors:
        if isinstance(texts, str):
            raise TypeError("texts is one string; pass a list of strings")
        from tqdm.auto import tqdm

        keys = [self._key(kind, text) for text in texts]
        with closing(self._open()) as database:
            known = self._read(database, keys)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            # Texts of similar length share a batch, so little is spent on padding.
            order = sorted(missing, key=lambda key: len(missing[key]), reverse=True)
            with tqdm(
                total=len(order), desc="Embedding", unit="text", disable=len(order) < BAR_FROM
            ) as progress:
                for start in range(0, len(order), BATCH):
                    batch = order[start : start + BATCH]
                    vectors = compute([missing[key] for key in batch])
                    known.update(zip(batch, vectors, strict=True))
                    self._write(database, batch, vectors)
                    progress.update(len(batch))
        if not keys:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def _key(self, kind: str, text: str) -> bytes:
        if not isinstance(text, str):
            raise TypeError(f"cannot embed {type(text).__name__}; texts must be strings")
        return hashlib.sha256(f"{self.name}\n{kind}\n{text}".encode("utf-8", "replace")).digest()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._path.unlink()  # not a database: a cache holds nothing that cannot be made again
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=30)
        try:
            with database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)"
                )
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def _read(self, database: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, Vectors]:
        known: dict[bytes, Vectors] = {}
        for start in range(0, len(keys), 500):  # SQLite limits the variables of one statement
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)
            for key, blob in rows:
                vector = np.frombuffer(blob, dtype=np.float32)
                if vector.shape == (self.dimension,):
                    known[key] = vector
        return known

    @staticmethod
    def _write(database: sqlite3.Connection, keys: list[bytes], vectors: Vectors) -> None:
        rows = [(k, v.astype(np.float32).tobytes()) for k, v in zip(keys, vectors, strict=True)]
        with database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
