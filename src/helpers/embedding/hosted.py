"""What hosted embedding models have in common: limits on the way out, checks on the way back.

A subclass in `vendors` names a vendor's limits and makes one call through the vendor's own SDK,
which also does the retries. What this module does not do: keep vectors (`cache`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from helpers.embedding.errors import LOCAL, EmbedderError, explain
from helpers.embedding.protocol import Vectors
from helpers.portions import portions
from helpers.redaction import public

Kind = Literal["document", "query"]
RETRIES = 4  # with waits of about 1, 2, 4 and 8 seconds, where the service names no other
TIMEOUT = 120.0  # seconds


class HostedEmbedder(ABC):
    """An embedding model behind a vendor's API, or a server that speaks it.

    Texts that are too long for the model are refused, not cut: a vector of half a text would
    make every measurement after it wrong without a word.
    """

    scheme: ClassVar[str]
    vendor: ClassVar[str]
    variables: ClassVar[tuple[str, str]]  # of the key and of the base URL
    default_url: ClassVar[str]
    dimensions: ClassVar[Mapping[str, int]]  # of known models at the default URL
    otherwise: ClassVar[str] = LOCAL  # what else can be done when it does not answer
    source: ClassVar[str] = "."  # what pip installs to bring the vendor's SDK
    texts_per_request: int
    tokens_per_request: int
    unreachable: tuple[type[Exception], ...]  # what the SDK raises when no answer comes

    def __init__(self, model: str, *, key: str, base_url: str | None) -> None:
        self.model = model
        self.where = public(base_url or self.default_url)
        self.is_default = self.where == public(self.default_url)
        # Two servers can have different models under one name, so the address is in the name.
        self.name = f"{self.scheme}:{model}" + ("" if self.is_default else f" at {self.where}")
        self.width = self.dimensions.get(model) if self.is_default else None
        self._key = key

    @abstractmethod
    def _request(self, texts: list[str], kind: Kind) -> list[Any]:
        """One call: the service's vectors in the order of the texts, not yet checked."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has; of an unknown model it is learned by embedding a word."""
        return self.width or self.embed_query("dimension").size

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.refuse(texts)
        parts = [self._ask(portion, "document") for portion in self.portions(texts)]
        return np.concatenate(parts) if parts else np.empty((0, self.width or 0), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        self.refuse([text])
        return np.asarray(self._ask([text], "query")[0])

    def refuse(self, texts: Sequence[str]) -> None:
        """Raise for the first text that cannot be embedded, before anything is sent.

        Raises:
            EmbedderError: a text is empty, or is no Unicode that can be sent.
        """
        for index, text in enumerate(texts):
            if not text.strip():
                raise EmbedderError(f"text {index} is empty; leave it out, nothing was sent")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise EmbedderError(
                    f"text {index} has half a character at position {error.start}; repair it "
                    "with ftfy.fix_text(text), nothing was sent"
                ) from None

    def portions(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """The texts in order, cut into what one request may hold."""
        return portions(
            texts,
            most_tokens,
            most_items=self.texts_per_request,
            most_size=self.tokens_per_request,
        )

    def _ask(self, texts: list[str], kind: Kind) -> Vectors:
        try:
            answer = self._request(texts, kind)
        except EmbedderError:
            raise
        except Exception as error:
            # Not chained: the SDK's exception may hold the key, and a traceback would show it.
            raise explain(error, self, secret=self._key, longest=max(map(len, texts))) from None
        return self._checked(answer, len(texts))

    def _checked(self, answer: list[Any], count: int) -> Vectors:
        """The answer as float32 rows of unit length, if it is what was asked for."""
        if len(answer) != count:
            raise self._wrong(f"{len(answer)} vectors for {count} texts")
        try:
            vectors = np.asarray(answer, dtype=np.float32)
        except (TypeError, ValueError):
            raise self._wrong("something else than rows of numbers, all equally long") from None
        if vectors.ndim != 2 or self.width not in (None, vectors.shape[1]):
            raise self._wrong(f"vectors of shape {vectors.shape[1:]}, expected ({self.width},)")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise self._wrong("a vector that has no direction: all zeros, or not finite")
        self.width = vectors.shape[1]
        return np.asarray(vectors / lengths)

    def _wrong(self, what: str) -> EmbedderError:
        return EmbedderError(
            f"{self.name} answered with {what}. Nothing of it is kept. If the server has another "
            f"model under this name now, delete the cache; else check {self.variables[1]}."
        )


def most_tokens(text: str) -> int:
    """More tokens than any of these models can make of the text.

    >>> most_tokens("é")
    18
    """
    # A token is at least one byte of the text's UTF-8, so the bytes can only be too many (about
    # four times, for English): requests are smaller than they might be and never refused. The
    # 16 cover a text's start and end marks and the instruction that Voyage puts in front of it.
    return len(text.encode()) + 16
