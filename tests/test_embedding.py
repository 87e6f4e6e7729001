"""The local model, its files, and the cache in front of it."""

import shutil
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from helpers import model_files
from helpers.embedding import CachedEmbedder, MiniLM, load_embedder
from helpers.model_files import ModelFilesError, model_folder, verify


class Counting:
    """An embedder that remembers what it was asked."""

    name = "counting"
    dimension = 2

    def __init__(self):
        self.documents, self.queries = [], []

    def embed_documents(self, texts):
        self.documents += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    def embed_query(self, text):
        self.queries.append(text)
        return np.array([0.0, 1.0], dtype=np.float32)


def test_minilm_gives_unit_vectors_that_know_meaning():
    embedder = load_embedder()
    vectors = embedder.embed_documents(["How do I get a refund?", "money back", "goat cheese"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_the_model_cuts_after_256_tokens():
    long = "stock " * 254
    plain = MiniLM()
    first, second = plain.embed_documents([long, long + "entirely other words at the end"])
    assert first @ second == pytest.approx(1.0, abs=1e-4)


def test_only_new_texts_are_embedded(tmp_path):
    inner = Counting()
    cached = CachedEmbedder(inner, tmp_path / "cache.sqlite")
    assert cached.embed_documents(["a", "bbb", "a"])[:, 0].tolist() == [1, 3, 1]
    assert sorted(inner.documents) == ["a", "bbb"]
    again = CachedEmbedder(inner, tmp_path / "cache.sqlite")
    assert again.embed_documents(["bbb", "cc"])[:, 0].tolist() == [3, 2]
    assert sorted(inner.documents) == ["a", "bbb", "cc"]


def test_queries_and_documents_are_kept_apart(tmp_path):
    inner = Counting()
    cached = CachedEmbedder(inner, tmp_path / "cache.sqlite")
    assert cached.embed_documents(["a"])[0].tolist() == [1, 1]
    assert cached.embed_query("a").tolist() == [0, 1]
    assert cached.embed_query("a").tolist() == [0, 1]
    assert inner.queries == ["a"]


def test_no_texts_give_no_rows(tmp_path):
    assert CachedEmbedder(Counting(), tmp_path / "c.sqlite").embed_documents([]).shape == (0, 2)
    assert MiniLM().embed_documents([]).shape == (0, 384)


def test_a_damaged_cache_is_made_again(tmp_path):
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"this is no database" * 100)
    assert CachedEmbedder(Counting(), path).embed_documents(["a"]).tolist() == [[1, 1]]
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM vectors").fetchone() == (1,)


@pytest.mark.parametrize("texts", ["one string", [b"bytes"], [None]])
def test_only_strings_can_be_embedded(tmp_path, texts):
    with pytest.raises(TypeError, match=r"string"):
        CachedEmbedder(Counting(), tmp_path / "c.sqlite").embed_documents(texts)


def test_a_lone_surrogate_does_not_break_the_cache(tmp_path):
    assert CachedEmbedder(Counting(), tmp_path / "c.sqlite").embed_documents(["\ud800"]).size == 2


def test_unknown_embedder_is_named():
    with pytest.raises(ValueError, match=r"unknown embedder 'local:nope'; known: "):
        load_embedder("local:nope")


def test_weights_are_the_published_ones():
    verify(model_folder())


def test_changed_weights_are_refused(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    shutil.copy(model_folder() / "model.safetensors", folder)
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(5000)
        file.write(b"\x00\x01\x02")
    with pytest.raises(ModelFilesError, match=r"Delete \.venv and run `make install` again"):
        verify(folder)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ModelFilesError, match="cannot be read"):
        verify(tmp_path)


def test_without_package_and_network_one_sentence_says_what_to_do(monkeypatch):
    import huggingface_hub

    def unreachable(*_args: object, **options: object) -> Path:
        assert options["revision"] == model_files.HUB_REVISION
        raise OSError("no route to host")

    monkeypatch.setattr(model_files, "PACKAGE", "no-such-package")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    model_folder.cache_clear()
    try:
        with pytest.raises(ModelFilesError, match=r"\(OSError\)\. Run `make install` again\."):
            model_folder()
    finally:
        model_folder.cache_clear()


def test_a_class_embeds_each_text_once(tmp_path):
    class Slow(Counting):
        def embed_documents(self, texts):
            time.sleep(0.01)  # long enough for the others to ask
            return super().embed_documents(texts)

    slow = Slow()
    shared = CachedEmbedder(slow, tmp_path / "cache.sqlite")
    texts = [f"text {number}" for number in range(300)]
    with ThreadPoolExecutor(8) as room:
        found = list(room.map(lambda _: shared.embed_documents(texts), range(8)))
        list(room.map(lambda _: shared.embed_query("the same question"), range(8)))
    assert sorted(slow.documents) == sorted(texts)
    assert slow.queries == ["the same question"]
    assert all(np.array_equal(vectors, found[0]) for vectors in found)
