"""Search: the same as the obvious way, on everything hypothesis can think of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity as reference_cosine

from helpers.search import cosine_similarity, top_k

# Few distinct values, so that ties are common.
tied_scores = st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0]), max_size=60)
any_scores = st.lists(st.floats(allow_nan=False, width=32), max_size=60)


@given(tied_scores | any_scores, st.integers(0, 80))
def test_top_k_is_a_full_stable_sort_cut_at_k(scores, k):
    row = np.array(scores, dtype=np.float32)
    expected = sorted(range(len(scores)), key=lambda index: (-row[index], index))[:k]
    assert top_k(row, k).tolist() == expected


@given(st.lists(st.integers(-3, 3), max_size=40), st.integers(0, 50))
def test_top_k_takes_integers_too(scores, k):
    expected = sorted(range(len(scores)), key=lambda index: (-scores[index], index))[:k]
    assert top_k(scores, k).tolist() == expected


@given(st.lists(st.floats(), min_size=1, max_size=30), st.data())
def test_top_k_refuses_nan_wherever_it_stands(scores, data):
    scores[data.draw(st.integers(0, len(scores) - 1))] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        top_k(scores, data.draw(st.integers(1, 40)))


@pytest.mark.parametrize(
    ("scores", "k", "message"),
    [([0.1], -1, "k is -1"), ([[0.1], [0.2]], 1, r"shape \(2, 1\)"), (0.5, 1, r"shape \(\)")],
)
def test_top_k_names_what_is_wrong(scores, k, message):
    with pytest.raises(ValueError, match=message):
        top_k(scores, k)


def test_unsigned_scores_do_not_wrap_around():
    assert top_k(np.array([0, 3, 1], dtype=np.uint8), 2).tolist() == [1, 2]


def test_cosine_agrees_with_scikit_learn():
    random = np.random.default_rng(1)
    a, b = random.normal(size=(7, 5)), random.normal(size=(4, 5))
    np.testing.assert_allclose(cosine_similarity(a, b), reference_cosine(a, b))
    np.testing.assert_allclose(cosine_similarity(a[0], b), reference_cosine(a[:1], b)[0])
    assert cosine_similarity([3, 4], [4, 3]) == pytest.approx(0.96)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2, 3], [1, 2], "width 3 and b has width 2"),
        ([0, 0], [1, 0], "a holds a zero vector"),
        ([[1, 0], [0, 1]], [[1, 0], [0, 0]], "b holds a zero vector"),
        (1.0, [1.0], r"a has shape \(\)"),
    ],
)
def test_cosine_names_what_is_wrong(a, b, message):
    with pytest.raises(ValueError, match=message):
        cosine_similarity(a, b)
