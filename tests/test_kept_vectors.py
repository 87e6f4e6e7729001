"""A cache that cannot be used, or is garbled, never stops an answer, and says so once."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from helpers.assistant import Trace
from helpers.assistant.traces import append_if_possible
from helpers.chunking import Chunk
from helpers.clients import _provider
from helpers.embedding import CachedEmbedder, kept
from helpers.grounding import ask

MANY = [f"text {number}" for number in range(2000)]


class Counting:
    """Gives vectors of 16 numbers, and remembers for what."""

    name = "counting"
    dimension = 16

    def __init__(self):
        self.asked = []

    def embed_documents(self, texts):
        self.asked += texts
        return np.array([[len(text)] * 16 for text in texts], dtype=np.float32)

    def embed_query(self, text):
        return self.embed_documents([text])[0]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "embeddings.sqlite"


@pytest.fixture
def said(caplog):
    """What has been said, in order."""
    return lambda: [record.getMessage() for record in caplog.records]


def fill(path) -> None:
    CachedEmbedder(Counting(), path).embed_documents(MANY)


def embed_twice(path) -> Counting:
    """Right vectors both times, whatever the file does."""
    inner = Counting()
    cached = CachedEmbedder(inner, path)
    for _ in range(2):
        assert cached.embed_documents(["a", "bbb"])[:, 0].tolist() == [1, 3]
        assert cached.embed_query("cc")[0] == 2
    return inner


def connected_by(monkeypatch, connect) -> None:
    """Let SQLite open the file in another way."""
    original = sqlite3.connect
    monkeypatch.setattr(kept.sqlite3, "connect", lambda path, **named: connect(original, path))


class TestWithoutIt:
    def test_a_folder_that_cannot_be_made(self, tmp_path, said):
        (tmp_path / "home").write_text("a file", encoding="utf-8")
        inner = embed_twice(tmp_path / "home" / "embeddings.sqlite")
        assert sorted(inner.asked) == ["a", "a", "bbb", "bbb", "cc", "cc"]
        assert len(said()) == 1
        assert "cannot be used" in said()[0]
        assert "WORKSHOP_HOME" in said()[0]

    def test_a_folder_in_place_of_the_file(self, path, said):
        path.mkdir(parents=True)
        embed_twice(path)
        assert len(said()) == 1

    def test_a_full_disk(self, path, said, monkeypatch):
        def small(original, path):
            database = original(path)
            database.execute("PRAGMA max_page_count = 3")
            return database

        connected_by(monkeypatch, small)
        inner = Counting()
        vectors = CachedEmbedder(inner, path).embed_documents(MANY)
        assert vectors[:, 0].tolist() == [len(text) for text in MANY]
        assert sorted(inner.asked) == sorted(MANY)  # each once: nothing was computed in vain
        assert len(said()) == 1
        assert "full" in said()[0]

    def test_of_a_file_that_cannot_be_written_is_read_what_it_has(self, path, said, monkeypatch):
        fill(path)
        connected_by(monkeypatch, lambda original, path: original(f"file:{path}?mode=ro", uri=True))
        inner = Counting()
        cached = CachedEmbedder(inner, path)
        assert cached.embed_documents([*MANY[:3], "new"])[:, 0].tolist() == [6, 6, 6, 3]
        assert inner.asked == ["new"]
        assert len(said()) == 1
        assert "readonly" in said()[0]

    def test_a_file_that_somebody_else_holds(self, path, said, monkeypatch):
        fill(path)
        monkeypatch.setattr(kept, "PATIENCE", 0.0)
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            embed_twice(path)
        assert "locked" in said()[0]
        assert path.exists()
        assert CachedEmbedder(Counting(), path).embed_documents(MANY[:1])[0, 0] == 6


class TestGarbled:
    def made_anew(self, path, said) -> None:
        """It answers, keeps what it answered, and says once that the file is made anew."""
        inner = embed_twice(path)
        assert sorted(inner.asked) == ["a", "bbb", "cc"]
        assert len(said()) == 1
        assert "was damaged and is made anew" in said()[0]
        again = Counting()
        CachedEmbedder(again, path).embed_documents(["a"])
        assert again.asked == []

    def test_no_database(self, path, said):
        path.parent.mkdir()
        path.write_bytes(b"this is no database" * 100)
        self.made_anew(path, said)

    def test_pages_in_its_middle(self, path, said):
        fill(path)
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(4096)  # behind the first page, so that it opens
            file.write(b"\xa5" * (size - 4096))
        self.made_anew(path, said)

    def test_a_file_that_was_cut_off(self, path, said):
        fill(path)
        with path.open("r+b") as file:
            file.truncate(4096 + 100)
        self.made_anew(path, said)

    def test_a_table_of_another_kind(self, path, said):
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE vectors (something)")
        self.made_anew(path, said)

    @pytest.mark.parametrize("vector", ["a text", 7, None, b"", b"abc", b"abcdefgh"])
    def test_a_vector_that_is_none_is_computed_again(self, path, vector):
        fill(path)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE vectors SET vector = ?", (vector,))
        inner = Counting()
        assert CachedEmbedder(inner, path).embed_documents(MANY[:2])[:, 0].tolist() == [6, 6]
        assert inner.asked == MANY[:2]


class TestAHomeThatCannotBeWritten:
    def test_a_question_is_answered(self, tmp_path, configured):
        (tmp_path / "home").write_text("a file", encoding="utf-8")
        _provider.cache_clear()
        configured(WORKSHOP_OFFLINE="1", WORKSHOP_HOME=str(tmp_path / "home" / "below"))
        text = "Refunds take 5 business days at most, counted from approval."
        answer = ask("How long do refunds take?", [Chunk(text, 0, len(text), "refunds.md")])
        assert "5 business days" in answer.text

    def test_a_trace_that_cannot_be_kept_is_said_once(self, tmp_path, said):
        trace = Trace(message="m", outcome="refused", reply="r", steps=())
        for _ in range(2):
            append_if_possible(tmp_path, trace)  # a folder is no log
        assert len(said()) == 1
        assert "Replies go on" in said()[0]
