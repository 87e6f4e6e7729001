"""The embedding model that runs on this machine. Its files are looked after by `model_files`."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from helpers.embedding.protocol import Vectors
from helpers.model_files import model_folder, verify

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


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

            logging.disable_progress_bar()
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
