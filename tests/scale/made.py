"""What the tests of filling a store share: made-up vectors, documents, and what must be stored."""

import os
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from helpers.data.files import read_text, text_files
from helpers.embedding import Vectors
from helpers.scale.rows import Row, cut, known_ids
from helpers.stores import open_store

SIZE = 40


class Made:
    """Vectors made of the text's hash. With a folder it notes there when it begins a batch."""

    name = "made"
    dimension = 8

    def __init__(self, notes: Path | None = None) -> None:
        self.notes = notes

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if self.notes and texts:
            (self.notes / f"{time.time_ns()} {os.getpid()} {len(texts)}").touch()
        vectors = [list(sha256(text.encode()).digest()[: self.dimension]) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.dimension) + 1

    def embed_query(self, text: str) -> Vectors:
        return np.asarray(self.embed_documents([text])[0])


def noted(notes: Path) -> list[tuple[int, int]]:
    """The batches that were begun, in order: by which process, and of how many texts."""
    batches = sorted(tuple(map(int, note.name.split())) for note in notes.iterdir())
    return [(process, texts) for _, process, texts in batches]


class Broken(Made):
    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("the model has no weights")


def write(folder: Path, name: str) -> Path:
    """A document of some eight chunks."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"# All about {name}\n\n"
    for number in range(4):
        text += f"## Section {number}\n\n"
        text += "".join(f"Fact {number}.{fact} about {name} is short.\n\n" for fact in range(4))
    path.write_text(text, encoding="utf-8")
    return path


def expected(folder: Path) -> dict[str, Row]:
    """What a store must hold: every row of every document, by id."""
    return {
        row.id: row
        for name, path in text_files(folder).items()
        for row in cut(name, read_text(path), size=SIZE, overlap=0, embedder="made")
    }


def stored(url: str) -> list[str]:
    with open_store(url, dimension=Made.dimension) as store:
        ids = sorted(known_ids(store))
        assert len(ids) == store.count()
    return ids
