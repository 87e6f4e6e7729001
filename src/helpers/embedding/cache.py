"""A cache in front of any embedder: a text is embedded once, and its vector kept on disk."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np

from helpers.embedding.kept import KeptVectors
from helpers.embedding.protocol import Embedder, Metered, Vectors

Compute = Callable[[Sequence[str]], Vectors]
BATCH = 64  # texts between two writes to the cache and two steps of the progress bar
BAR_FROM = 128  # fewer texts than this take about a second and need no progress bar


class CachedEmbedder:
    """Another embedder, asked only for texts it has not seen before.

    Vectors are kept in one SQLite file, keyed by the model's name and a hash of the text.
    The file can be deleted at any time, and where it cannot be used, everything works without it
    (see `kept`). A progress bar shows when there is much to embed.
    What has been embedded is written portion by portion, so a later failure loses none of it;
    a portion of a hosted embedder is one request. Threads that ask for the same texts at the same
    time, as a class does, wait for each other, and each text is embedded by one of them.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._kept = KeptVectors(path)
        self._metered = embedder if isinstance(embedder, Metered) else None
        # A local model works for one thread at a time anyway; a service takes several requests.
        self._turn: AbstractContextManager[object] = (
            nullcontext() if self._metered else threading.Lock()
        )
        self.name = embedder.name

    @property
    def dimension(self) -> int:
        return self._width() or self.embed_query("dimension").size

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "d", self._embedder.embed_documents)

    def embed_query(self, text: str) -> Vectors:
        def one(texts: Sequence[str]) -> Vectors:
            return np.stack([self._embedder.embed_query(text) for text in texts])

        return np.asarray(self._embed([text], "q", one)[0])

    def unknown(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts that are not in the cache yet and will have to be embedded."""
        keys = {self._key("d", text): text for text in texts}
        known = self._read(list(keys))
        return [text for key, text in keys.items() if key not in known]

    def _embed(self, texts: Sequence[str], kind: str, compute: Compute) -> Vectors:
        if isinstance(texts, str):
            raise TypeError("texts is one string; pass a list of strings")
        from tqdm.auto import tqdm

        keys = [self._key(kind, text) for text in texts]
        if self._metered:
            self._metered.refuse(texts)
        known = self._read(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        # Texts of similar length share a batch, so little is spent on padding. The longest
        # come first, so one that is too long for the model fails before others are paid for.
        order = sorted(missing, key=lambda key: len(missing[key]), reverse=True)
        with tqdm(
            total=len(order),
            desc="Embedding",
            unit="text",
            disable=len(order) < BAR_FROM,
            leave=False,
        ) as progress:
            done = 0
            for portion in self._portions([missing[key] for key in order]):
                batch = order[done : done + len(portion)]
                done += len(portion)
                known |= self._embedded({key: missing[key] for key in batch}, compute)
                progress.update(len(batch))
        if not keys:
            return np.empty((0, self._width() or 0), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def _portions(self, texts: list[str]) -> Iterator[list[str]]:
        if self._metered:
            return self._metered.portions(texts)
        return (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))

    def _width(self) -> int | None:
        return self._metered.width if self._metered else self._embedder.dimension

    def _key(self, kind: str, text: str) -> bytes:
        if not isinstance(text, str):
            raise TypeError(f"cannot embed {type(text).__name__}; texts must be strings")
        return hashlib.sha256(f"{self.name}\n{kind}\n{text}".encode("utf-8", "replace")).digest()

    def _embedded(self, texts: dict[bytes, str], compute: Compute) -> dict[bytes, Vectors]:
        """The vectors of one portion, computed and kept."""
        with self._turn:
            # While this thread waited, another one may have embedded some of them.
            found = {} if self._metered else self._read(list(texts))
            left = [key for key in texts if key not in found]
            if left:
                vectors = compute([texts[key] for key in left])
                rows = zip(left, vectors, strict=True)
                self._kept.write([(key, v.astype(np.float32).tobytes()) for key, v in rows])
                found.update(zip(left, vectors, strict=True))
        return found

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        known: dict[bytes, Vectors] = {}
        width = self._width()
        for key, kept in self._kept.read(keys).items():
            if len(kept) % 4 or not kept:  # no numbers of four bytes: garbled
                continue
            vector = np.frombuffer(kept, dtype=np.float32)
            if vector.size == (width or vector.size):
                known[key] = vector
                width = vector.size
        if self._metered:
            self._metered.width = width
        return known
