"""What to beat before anything is tuned: cheap classifiers, from no effort to a little.

Each takes texts with labels to learn from and texts to label, and gives labels. The first needs
no text, the others a second on a processor. Zero-shot is not here: a base model does it, asked by
`jobs.classify`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.embedding import Embedder
from helpers.offline.tuning import regression


def majority(labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The most frequent label, whatever the text.

    >>> majority(["bug", "bug", "other"], ["anything"])
    ['bug']
    """
    most = Counter(labels).most_common(1)[0][0]
    return [most] * len(texts)


def nearest_neighbours(
    train: Sequence[str],
    labels: Sequence[str],
    texts: Sequence[str],
    embedder: Embedder,
    *,
    k: int = 5,
) -> list[str]:
    """The label that most of the k nearest training texts have; the nearest decides a tie.

    Raises:
        ValueError: k is below 1 or above the number of training texts.
    """
    if not 1 <= k <= len(train):
        raise ValueError(f"k is {k}; it must be from 1 to {len(train)}")
    similarity = embedder.embed_documents(texts) @ embedder.embed_documents(train).T
    found = []
    for row in similarity:
        order = np.argsort(-row, kind="stable")[:k]
        votes = Counter(labels[i] for i in order)  # most_common keeps the order of first sight
        found.append(votes.most_common(1)[0][0])
    return found


def logistic_regression(
    train: Sequence[str], labels: Sequence[str], texts: Sequence[str], embedder: Embedder
) -> list[str]:
    """A linear classifier on embeddings that stay as they are.

    Raises:
        ValueError: there are not two different labels to learn.
    """
    fitted = regression.fit(embedder.embed_documents(train), labels)
    return fitted.predict(embedder.embed_documents(texts))


def word_counts(train: Sequence[str], labels: Sequence[str], texts: Sequence[str]) -> list[str]:
    """A linear classifier on weighted words and pairs of words (TF-IDF); no embeddings at all."""
    return list(map(str, fit_word_counts(train, labels).predict(list(texts))))


def fit_word_counts(train: Sequence[str], labels: Sequence[str]) -> Any:
    """The classifier of `word_counts` once it has learned; its `predict` takes a list of texts.

    >>> fit_word_counts(["charged twice", "page is blank"], ["billing", "bug"]).predict(["blank"])
    array(['bug'], dtype='<U7')
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC())
    return model.fit(list(train), list(labels))
