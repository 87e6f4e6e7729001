"""Retrieval: dense as a full sort, lexical as BM25 written out, hybrid by pencil."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity as reference_cosine

from helpers.chunking import Chunk
from helpers.data import Question, Span, load_attacks
from helpers.evaluation import Document, climb
from helpers.evaluation.attacks import run_attacks
from helpers.retrieval import Hit, Retriever, fuse, searchable


class Fixed:
    """Vectors decided beforehand: one a document, and one for every query."""

    name = "fixed"

    def __init__(self, vectors, query):
        self.vectors = np.asarray(vectors, dtype=np.float32)
        self.query = np.asarray(query, dtype=np.float32)
        self.dimension = len(self.query)
        self.documents, self.queries = [], []

    def embed_documents(self, texts):
        self.documents += texts
        return self.vectors[: len(texts)]

    def embed_query(self, text):
        self.queries.append(text)
        return self.query


class Unused:
    """An embedder that must not be asked."""

    name = "unused"
    dimension = 2

    def embed_documents(self, texts):
        raise AssertionError("documents were embedded")

    def embed_query(self, text):
        raise AssertionError("the query was embedded")


def cut(*texts):
    return [Chunk(text, 0, len(text), f"{number}.md") for number, text in enumerate(texts)]


def lexical(*texts):
    return Retriever(cut(*texts), Unused(), mode="lexical")


def found(hits):
    """Numbers of the chunks, in order."""
    return [int(hit.chunk.source.removesuffix(".md")) for hit in hits]


# --- Dense ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 5, 200, 500])
def test_dense_is_a_full_sort_by_cosine(k):
    random = np.random.default_rng(k)
    vectors, query = random.normal(size=(200, 16)), random.normal(size=16)
    expected = reference_cosine([query], vectors)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embedder = Fixed(vectors, query / np.linalg.norm(query))
    hits = Retriever(cut(*(f"text {n}" for n in range(200))), embedder).search("anything", k)
    order = sorted(range(200), key=lambda index: -expected[index])[:k]
    assert found(hits) == order
    np.testing.assert_allclose([hit.score for hit in hits], expected[order], atol=1e-6)
    assert embedder.queries == ["anything"]


def test_equal_cosines_come_in_the_order_of_chunks():
    embedder = Fixed([[1, 0], [0, 1], [1, 0], [0, 1]], [0, 1])
    assert found(Retriever(cut(*"abcd"), embedder).search("q", 4)) == [1, 3, 0, 2]


def test_what_a_store_does_not_return_is_no_result(monkeypatch):
    """A store may find fewer than k; the others came back in the order of files."""
    retriever = Retriever(cut(*"abcd"), Fixed(np.eye(4), [0, 0, 1, 0]))
    best = retriever._vectors.search(np.array([0, 0, 1, 0], dtype=np.float32), 1)
    monkeypatch.setattr(retriever._vectors, "search", lambda vector, k: best)
    assert found(retriever.search("q", 3)) == [2]


# --- Lexical -------------------------------------------------------------------------------------


def slow_bm25(documents, query, k1=1.5, b=0.75):
    """BM25 as in Lucene: idf × tf / (tf + k1 (1 - b + b × length / mean length))."""
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in query:
            holding = sum(word in other for other in documents)
            if word in document:
                idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
                tf = document.count(word)
                score += idf * tf / (tf + k1 * (1 - b + b * len(document) / mean))
        scores.append(score)
    return scores


WORDS = ["ant", "cow", "dog", "fox", "hen", "owl"]  # each its own stem


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=12),
    st.lists(st.sampled_from([*WORDS, "yak"]), min_size=1, max_size=5),
)
def test_lexical_agrees_with_bm25_written_out(documents, query):
    hits = lexical(*map(" ".join, documents)).search(" ".join(query), len(documents))
    expected = slow_bm25(documents, query) if any(documents) else [0.0] * len(documents)
    sharing = [number for number, words in enumerate(documents) if set(words) & set(query)]
    assert sorted(found(hits)) == sharing
    for hit, number in zip(hits, found(hits), strict=True):
        assert hit.score == pytest.approx(expected[number], abs=1e-5)


def test_a_rare_word_weighs_more():
    texts = ["refund rules", "refund times", "refund forms", "refund letters", "escrow rules"]
    assert found(lexical(*texts).search("refund escrow", 1)) == [4]


def test_a_short_text_and_repetition_weigh_more():
    retriever = lexical("cow and dog and fox and hen", "cow", "cow cow")
    assert found(retriever.search("cow", 3)) == [2, 1, 0]


def test_identifiers_are_found_exactly():
    retriever = lexical(
        "Error SW-4011 means no paper.", "Error SW-4012: no ink.", "SW-401 and 4012, SW-40123"
    )
    for query in ("SW-4012", "what is sw-4012?", "Error SW-4012."):
        hits = retriever.search(query, 3)
        assert found(hits)[0] == 1
    assert found(retriever.search("SW-4012", 3)) == [1]


def test_forms_of_a_word_are_the_same_word():
    hits = lexical("Goat cheese.", "We refunded the orders.").search("refund for an order", 2)
    assert found(hits) == [1]


@pytest.mark.parametrize("query", ["xylophone", "how long is the", "?!", "€"])
def test_unknown_words_find_nothing(query):
    """Chunks that share no word came back in the order of files, and counted as found."""
    assert lexical("cow dog", "fox", "hen").search(query, 3) == []


def test_an_unknown_word_changes_nothing():
    retriever = lexical("cow dog", "dog fox", "hen")
    assert retriever.search("dog xylophone", 3) == retriever.search("dog", 3)


@pytest.mark.parametrize("empty", ["", "  \n", "---", "the"])
def test_chunks_without_words_survive(empty):
    hits = lexical(empty, "cow", empty).search("cow", 3)
    assert found(hits) == [1]
    assert lexical(empty, empty).search("cow", 5) == []


# --- Fusion --------------------------------------------------------------------------------------


def test_fusion_by_pencil():
    fused = fuse([np.array([0.9, 0.5, 0.1, 0.3]), np.array([0.0, 7.0, 3.0, 0.0])])
    # Places 1, 2, 4, 3 and -, 1, 2, -.
    expected = [1 / 61, 1 / 62 + 1 / 61, 1 / 64 + 1 / 62, 1 / 63]
    np.testing.assert_allclose(fused, expected)
    assert fuse([np.array([5.0, 9.0])]).tolist() == pytest.approx([1 / 62, 1 / 61])


def test_results_that_score_zero_or_less_are_in_no_ranking():
    assert fuse([np.zeros(3), np.array([-0.5, -1.0, 0.0])]).tolist() == [0, 0, 0]
    fused = fuse([np.array([-0.2, 0.4, 0.0]), np.array([0.0, 0.0, 2.0])])
    assert fused.tolist() == pytest.approx([0, 1 / 61, 1 / 61])


rows = st.integers(1, 70).flatmap(
    lambda size: st.lists(
        st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), min_size=size, max_size=size),
        min_size=1,
        max_size=3,
    )
)


@given(rows)
def test_fusion_is_the_sum_over_places(rankings):
    expected = [0.0] * len(rankings[0])
    for scores in rankings:
        order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
        for place, index in enumerate(order[:50], start=1):
            expected[index] += 1 / (60 + place) if scores[index] > 0 else 0
    np.testing.assert_allclose(fuse([np.array(scores) for scores in rankings]), expected)


def test_only_the_first_fifty_take_part():
    fused = fuse([np.arange(60, 0, -1.0)])
    assert fused[49] == pytest.approx(1 / 110)
    assert fused[50:].tolist() == [0] * 10


def test_when_more_are_wanted_more_take_part():
    """Beyond the fiftieth place, chunks came back in the order of files."""
    angles = np.linspace(1.5, 0, 80)  # the last chunk is the nearest
    embedder = Fixed(np.stack([np.cos(angles), np.sin(angles)], axis=1), [1, 0])
    retriever = Retriever(cut(*(f"text{n}" for n in range(80))), embedder, mode="hybrid")
    assert found(retriever.search("xylophone", 70)) == list(range(79, 9, -1))


def test_hybrid_by_pencil():
    # By meaning 2, 0, 1 (3 points away); by words 1 before 0.
    embedder = Fixed([[0.6, 0.8], [0.28, 0.96], [1, 0], [-1, 0]], [1, 0])
    retriever = Retriever(cut("cow dog fox hen", "cow", "owl", "ant"), embedder, mode="hybrid")
    hits = retriever.search("cow", 4)
    assert found(hits) == [1, 0, 2]  # the last one points away and shares no word
    expected = [1 / 63 + 1 / 61, 1 / 62 + 1 / 62, 1 / 61]
    assert [hit.score for hit in hits] == pytest.approx(expected)


def test_hybrid_without_a_known_word_is_dense():
    random = np.random.default_rng(7)
    vectors, query = np.abs(random.normal(size=(30, 4))), np.abs(random.normal(size=4))
    chunks = cut(*(f"text{n}" for n in range(30)))
    by_both = Retriever(chunks, Fixed(vectors, query), mode="hybrid").search("xylophone", 30)
    by_meaning = Retriever(chunks, Fixed(vectors, query)).search("xylophone", 30)
    assert found(by_both) == found(by_meaning)


# --- What is searched ----------------------------------------------------------------------------

ROW = Chunk("| Pro | €24 |", 40, 53, "plans.md", heading="Plans > Prices", context="| Plan | Fee |")
BARE = Chunk("Nothing above.", 0, 14, "bare.md")


def test_headings_are_embedded_only_when_asked_and_context_always():
    for breadcrumbs, text in [
        (False, "| Plan | Fee |\n| Pro | €24 |"),
        (True, "Plans > Prices\n| Plan | Fee |\n| Pro | €24 |"),
    ]:
        embedder = Fixed(np.eye(2), [1, 0])
        Retriever([ROW, BARE], embedder, breadcrumbs=breadcrumbs)
        assert embedder.documents == [text, "Nothing above."]
        assert searchable(ROW, breadcrumbs=breadcrumbs) == text
        assert searchable(BARE, breadcrumbs=breadcrumbs) == "Nothing above."


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
@pytest.mark.parametrize("breadcrumbs", [False, True])
def test_what_comes_back_is_the_chunk_as_it_was(mode, breadcrumbs):
    before = replace(ROW)
    retriever = Retriever(
        [BARE, ROW], Fixed([[0, 1], [1, 0]], [1, 0]), mode=mode, breadcrumbs=breadcrumbs
    )
    hits = retriever.search("fee of pro", 1)
    assert hits == [Hit(ROW, hits[0].score)]
    assert hits[0].chunk is ROW
    assert before == ROW
    assert retriever.chunks == [BARE, ROW]


def test_headings_are_indexed_only_when_asked_and_context_always():
    for breadcrumbs in (False, True):
        retriever = Retriever([BARE, ROW], Unused(), mode="lexical", breadcrumbs=breadcrumbs)
        assert bool(retriever.search("prices", 2)) is breadcrumbs
        assert retriever.search("fee", 1)[0].chunk is ROW


def test_lexical_mode_needs_no_vectors():
    assert found(lexical("cow", "dog").search("dog", 1)) == [1]


# --- Limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_k_beyond_the_chunks_gives_all_and_zero_gives_none(mode):
    embedder = Fixed([[0.6, 0.8], [0, 1], [0.8, 0.6]], [0, 1])
    retriever = Retriever(cut("cow dog", "dog", "fox and dog"), embedder, mode=mode)
    assert sorted(found(retriever.search("dog", 99))) == [0, 1, 2]
    assert found(retriever.search("dog", 99))[0] == 1
    assert retriever.search("dog", 0) == []
    assert len(retriever.search("dog")) == 3
    with pytest.raises(ValueError, match=r"k is -1; it must be 0 or more"):
        retriever.search("dog", -1)


def test_five_come_back_unless_told_otherwise():
    assert len(lexical(*(f"cow {name}" for name in "abcdefgh")).search("cow")) == 5


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
@pytest.mark.parametrize("query", ["", "  ", "\n\t"])
def test_an_empty_query_is_named(mode, query):
    retriever = Retriever(cut("cow"), Fixed([[1.0]], [1.0]), mode=mode)
    with pytest.raises(ValueError, match="the query is empty; ask something"):
        retriever.search(query)


def test_no_chunks_and_unknown_modes_are_named():
    with pytest.raises(ValueError, match="no chunks to search; were the documents cut"):
        Retriever([], Unused())
    with pytest.raises(ValueError, match="mode is 'fuzzy'; use 'dense', 'lexical' or 'hybrid'"):
        Retriever(cut("cow"), Unused(), mode="fuzzy")


class TestClosing:
    """Whoever opens a retriever closes it: another process can have the folder then."""

    @pytest.fixture
    def in_a_folder(self, configured, tmp_path):
        """Keep vectors in a folder of Qdrant's, and afterwards see that nobody has it open."""
        from qdrant_client import QdrantClient

        configured(WORKSHOP_STORE=f"qdrant:{tmp_path / 'vectors'}")
        yield
        QdrantClient(path=str(tmp_path / "vectors")).close()

    @pytest.mark.usefixtures("in_a_folder")
    def test_a_with_closes_it(self):
        with Retriever(cut("cow", "dog"), Fixed(np.eye(2), [1, 0])) as retriever:
            assert found(retriever.search("q", 1)) == [0]
        with pytest.raises(ValueError, match="is closed"):
            retriever.search("q")

    @pytest.mark.usefixtures("in_a_folder")
    def test_one_that_could_not_be_filled_leaves_nothing_open(self):
        with pytest.raises(AssertionError, match="documents were embedded"):
            Retriever(cut("cow", "dog"), Unused())

    @pytest.mark.usefixtures("in_a_folder")
    def test_the_ladder_closes_every_step(self):
        documents = [Document("a.md", "# A\n\nText one.\n")]
        span = Span(file="a.md", start=5, end=14, quote="Text one.")
        question = Question(
            id="q", split="dev", type="lookup", question="What?", spans=(span,), answer=("one",)
        )
        assert len(climb(documents, [question], Fixed(np.eye(2), [1, 0]))) == 4

    @pytest.mark.usefixtures("in_a_folder")
    def test_the_attacks_close_their_index(self):
        run_attacks(load_attacks()[:1], [Document("a.md", "Text one.")], Fixed(np.eye(2), [1, 0]))


def test_what_a_notebook_leaves_open_is_closed_as_python_ends(tmp_path):
    code = (
        "import sys; from helpers.stores import open_store\n"
        "store = open_store(f'qdrant:{sys.argv[1]}', dimension=1); store.add(['a'], [[1]])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "vectors")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
