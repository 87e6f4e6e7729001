"""The store in memory: the search that the course teaches, against sorting everything."""

import numpy as np
import pytest
from engines import unit
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as from_numpy

from helpers.stores import memory as module
from helpers.stores import open_store
from helpers.stores.filters import parse
from helpers.stores.memory import GROUP, TIE, MemoryStore, contenders, products

SMALL = st.integers(-3, 3)
FIELDS = st.sampled_from(["a", "b"])
VALUES = st.one_of(st.booleans(), st.integers(-2, 2), st.sampled_from(["x", "1", ""]))
PAYLOADS = st.dictionaries(FIELDS, VALUES, max_size=2)
RANGES = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), SMALL, min_size=1, max_size=2)
LISTS = st.fixed_dictionaries({"in": st.lists(VALUES, max_size=3)})
WHERE = st.dictionaries(FIELDS, st.one_of(VALUES, RANGES, LISTS), max_size=2)
IDS = st.sampled_from([f"id {number}" for number in range(12)])
VECTORS = st.lists(SMALL, min_size=3, max_size=3).filter(any)
LEVELS = st.sampled_from([0, 0.25, 1])
STEPS = st.one_of(
    st.tuples(st.just("add"), st.lists(st.tuples(IDS, VECTORS, PAYLOADS), max_size=8)),
    st.tuples(st.just("delete"), st.lists(IDS, max_size=4)),
)


@settings(max_examples=200)
@given(st.lists(STEPS, max_size=6), VECTORS, st.integers(0, 15), WHERE)
def test_whatever_is_done_it_equals_sorting_a_dictionary(steps, query, k, where):
    store, rows = MemoryStore(dimension=3), {}
    for step, given_ in steps:
        if step == "add":
            names, vectors, payloads = zip(*given_, strict=True) if given_ else ((), (), ())
            store.add(names, np.reshape(vectors, (-1, 3)), payloads)
            rows |= {name: (vector, payload) for name, vector, payload in given_}
        else:
            assert store.delete(given_) == len(rows.keys() & set(given_))
            rows = {name: row for name, row in rows.items() if name not in given_}
    conditions = parse(where)
    direction = np.array(query) / np.linalg.norm(query)
    scored = [
        (-round(float(np.array(vector) / np.linalg.norm(vector) @ direction), 5), name)
        for name, (vector, payload) in rows.items()
        if all(one.field in payload and one.holds(payload[one.field]) for one in conditions)
    ]
    assert store.count(where) == len(scored)
    expected = sorted(scored)[:k]
    for found in (store.search(query, k, where), store.search_many([query, query], k, where)[1]):
        assert [match.id for match in found] == [name for _, name in expected]
        assert [match.payload for match in found] == [rows[name][1] for _, name in expected]
        scores = [match.score for match in found]
        np.testing.assert_allclose(scores, [-score for score, _ in expected], atol=1e-5)


@given(
    from_numpy.arrays(
        np.float32, st.integers(0, 4 * GROUP), elements=st.sampled_from([0, 0.25, 1])
    ),
    st.integers(0, 20),
)
def test_contenders_are_all_that_reach_the_kth_best(scores, k):
    found = contenders(scores, k)
    if k == 0 or not scores.size:
        assert found.size == 0
        return
    least = np.sort(scores)[-min(k, len(scores))]
    assert found.tolist() == np.flatnonzero(scores >= least).tolist()


@pytest.mark.parametrize("size", [1, GROUP - 1, GROUP, GROUP + 1, 11 * GROUP, 40 * GROUP + 7])
def test_contenders_of_scores_that_all_differ(size):
    scores = np.random.default_rng(size).permutation(size).astype(np.float32)
    for k in (1, 10, size):
        expected = np.flatnonzero(scores >= size - k)
        assert contenders(scores, k).tolist() == expected.tolist()


def test_the_best_may_stand_in_the_last_unfinished_group():
    scores = np.zeros(20 * GROUP + 5, dtype=np.float32)
    scores[-1], scores[3] = 1, 0.5
    assert contenders(scores, 2).tolist() == [3, len(scores) - 1]


def test_scores_within_a_rounding_error_of_the_kth_are_kept():
    scores = np.array([0.5, 0.5 - TIE / 2, 0.4], dtype=np.float32)
    assert contenders(scores, 1).tolist() == [0, 1]


def test_equal_rows_beyond_k_are_taken_in_order_of_id():
    store = MemoryStore(dimension=2)
    names = [f"{number:04}" for number in range(3000)]
    store.add(names[::-1], [[1, 0]] * 3000)
    assert [match.id for match in store.search([1, 0], 5)] == names[:5]


def test_the_same_vector_in_many_rows_comes_in_order_of_id():
    """Although the product may give its rows scores a rounding error apart."""
    vectors = unit(3001, dimension=384)
    vectors[::3] = vectors[0]
    names = [f"{number:04}" for number in np.random.default_rng(0).permutation(3001)]
    store = MemoryStore(dimension=384)
    store.add(names, vectors)
    for query in (vectors[0], unit(1, seed=4, dimension=384)[0] + 3 * vectors[0]):
        found = store.search(query, 20)
        assert [match.id for match in found] == sorted(names[::3])[:20]
        assert len({match.score for match in found}) == 1


def test_queries_are_answered_in_blocks_that_fit(monkeypatch):
    monkeypatch.setattr(module, "SCORES_AT_ONCE", 250)
    vectors, queries = unit(100), unit(7, seed=1)
    blocks = list(products(queries, vectors))
    np.testing.assert_allclose(np.stack(blocks), queries @ vectors.T, atol=1e-6)
    assert max(block.base.size for block in blocks) <= 250


def test_a_filter_that_leaves_few_gives_what_a_filter_that_leaves_many_does(monkeypatch):
    store = MemoryStore(dimension=8)
    store.add([str(n) for n in range(500)], unit(500), [{"n": n} for n in range(500)])
    query = unit(1, seed=1)[0]
    few = store.search(query, 10, {"n": {"lt": 40}})
    monkeypatch.setattr(module, "FEW", 10**9)
    many = store.search(query, 10, {"n": {"lt": 40}})
    assert [match.id for match in few] == [match.id for match in many]


def test_room_is_made_by_doubling():
    store = MemoryStore(dimension=8)
    sizes = set()
    for number in range(1000):
        store.add([str(number)], unit(1, seed=number))
        sizes.add(len(store._space))
    assert sizes == {2**power for power in range(11)}


def test_deleting_in_the_middle_keeps_the_matrix_in_one_piece():
    store = MemoryStore(dimension=8)
    vectors = unit(50)
    store.add([str(number) for number in range(50)], vectors)
    store.delete([str(number) for number in range(0, 50, 2)])
    assert store._vectors.flags.c_contiguous
    assert store._vectors.shape == (25, 8)
    for number in range(1, 50, 2):
        assert store.search(vectors[number], 1)[0].id == str(number)


def test_memory_takes_no_address():
    with pytest.raises(ValueError, match="use 'memory:'"):
        open_store("memory:somewhere", dimension=2)
