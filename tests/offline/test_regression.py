"""The regression that is the cheap baseline, and that a training starts as."""

from itertools import cycle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tuning_jobs import lines, mounted, upload, wait

from helpers.embedding import load_embedder
from helpers.offline import create_app
from helpers.offline.tuning import regression
from helpers.offline.tuning.trainer import (
    EMBEDDING,
    START_STRENGTH,
    Events,
    Examples,
    Recipe,
    Trainer,
)

# A task of many labels and few examples: what is wrong, with what. Each label is learned from one
# to five ways to say it, as unevenly as in life, and tested with one other.
OBJECTS = ("card", "order", "invoice", "password", "delivery address", "subscription")
WAYS = {
    "lost": ["I lost my {}", "My {} has gone missing", "I cannot find my {} anywhere",
             "The {} is lost, what now", "no trace of my {}", "my {} disappeared yesterday"],
    "change": ["I want to change my {}", "How do I edit my {}", "Please alter the {}",
               "Can the {} be modified", "update my {} please", "correct my {}"],
    "cancel": ["Cancel my {}", "I no longer want the {}", "Please stop the {}",
               "How can I end my {}", "get rid of my {}", "withdraw the {}"],
    "status": ["What is the state of my {}", "Any news on my {}", "How far along is the {}",
               "Is there progress with my {}", "give me an update about the {}",
               "is my {} being worked on"],
    "delayed": ["My {} is late", "The {} takes too long", "Why is the {} delayed",
                "I have waited weeks for the {}", "still no {} after a month",
                "the {} is overdue"],
    "cost": ["What does the {} cost", "Is there a fee for the {}",
             "How much do you charge for a {}", "Is the {} free", "do I pay for my {}",
             "how expensive is the {}"],
}  # fmt: skip
COUNTS = (1, 2, 5, 2, 4)  # examples of a label, label by label, again and again


def task(*, learned: bool) -> tuple[list[str], list[str]]:
    """Texts and their labels, to learn from or to be tested with."""
    numbers = cycle(COUNTS)
    pairs = [
        (text.format(thing), f"{way}_{thing}")
        for way, texts in WAYS.items()
        for thing in OBJECTS
        for text in (texts[: next(numbers)] if learned else texts[max(COUNTS) :])
    ]
    return [text for text, _ in pairs], [label for _, label in pairs]


@pytest.fixture(scope="module")
def vectors():
    """Embeddings and labels to learn from, and to be tested with."""
    embedder = load_embedder()
    parts = [task(learned=True), task(learned=False)]
    return [(embedder.embed_documents(texts), labels) for texts, labels in parts]


def right(weights, bias, names, tested):
    numbers, labels = tested
    given = np.argmax(numbers @ weights.T + bias, axis=1)
    return float(np.mean([names[i] == label for i, label in zip(given, labels, strict=True)]))


class TestStrength:
    def test_many_labels_with_few_examples_want_another_one_than_four(self, vectors):
        learned, tested = vectors
        found = regression.fit(*learned)
        fixed = LogisticRegression(C=1.0, max_iter=2000).fit(*learned)
        ours = right(found.weights, found.bias, found.labels, tested)
        theirs = right(fixed.coef_, fixed.intercept_, fixed.classes_.tolist(), tested)
        assert regression.chosen_strength(*learned) == 100.0
        assert theirs < 0.5 < ours - 0.1

    def test_labels_that_are_given_by_chance_want_a_weak_one(self):
        random = np.random.default_rng(0)
        numbers = random.normal(size=(60, 20))
        labels = random.choice(list("abc"), 60).tolist()
        assert regression.chosen_strength(numbers, labels) == min(regression.STRENGTHS)

    @pytest.mark.parametrize("labels", ["ab", "aab", "abc", "aaab", "aaaaab", "aabbc"])
    def test_few_examples_of_any_kind_can_be_fitted(self, labels):
        numbers = np.eye(len(labels))
        found = regression.fit(numbers, list(labels))
        assert found.weights.shape == (len(set(labels)), len(labels))
        assert set(found.predict(numbers)) <= set(labels)

    def test_two_labels_have_a_row_each_and_the_same_chances(self, vectors):
        numbers, labels = vectors[0]
        labels = [label.startswith("lost") for label in labels]
        found = regression.fit(numbers, labels)
        fixed = LogisticRegression(C=regression.chosen_strength(numbers, labels), max_iter=2000)
        scores = numbers @ found.weights.T + found.bias
        chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        expected = fixed.fit(numbers, labels).predict_proba(numbers)
        np.testing.assert_allclose(chances, expected, atol=1e-6)

    @pytest.mark.parametrize(("labels", "what"), [(["a", "a"], "every label is 'a'"),
                                                  ([], "there is no example")])  # fmt: skip
    def test_one_label_is_refused(self, labels, what):
        with pytest.raises(ValueError, match=f"{what}; a classifier needs examples of at least"):
            regression.fit(np.ones((len(labels), 3)), labels)


def test_a_training_begins_where_a_cautious_regression_ends(tmp_path, vectors):
    """A job that hardly moves answers as the regression does, on a task of many labels."""
    texts, labels = task(learned=True)
    by_label: dict[str, list[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        by_label.setdefault(label, []).append(text)
    client = mounted(create_app(tmp_path))
    still = {"n_epochs": 1, "batch_size": 256, "learning_rate_multiplier": 1e-9}
    job = client.fine_tuning.jobs.create(
        model="b",
        training_file=upload(client, lines(by_label)).id,
        method={"type": "supervised", "supervised": {"hyperparameters": still}},
    )
    model = wait(client, job.id).fine_tuned_model
    answers = [
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
        for text in task(learned=False)[0]
    ]
    expected = regression.fit(*vectors[0], strength=START_STRENGTH).predict(vectors[1][0])
    assert [answer.choices[0].message.content for answer in answers] == expected


class TestPreparation:
    """What happens before the first step is told, and can be stopped."""

    def trainer(self, folder):
        texts, labels = task(learned=True)
        names = sorted(set(labels))
        examples = Examples(texts, [names.index(label) for label in labels])
        return Trainer(names, examples, None, Recipe(epochs=1), folder, load_embedder())

    def test_every_portion_is_told(self, tmp_path):
        told = []
        begun = []
        events = Events(
            on_prepare=lambda *what: told.append(what),
            on_step=begun.append,
            should_stop=lambda: bool(begun),  # one step is enough
        )
        self.trainer(tmp_path).run(events)
        assert told == [(EMBEDDING, 0, 99), (EMBEDDING, 64, 99), (EMBEDDING, 99, 99)]

    def test_a_job_that_is_stopped_meanwhile_embeds_no_further(self, tmp_path):
        told = []
        events = Events(
            on_prepare=lambda *what: told.append(what), should_stop=lambda: len(told) == 2
        )
        assert self.trainer(tmp_path).run(events) is None
        assert [done for _, done, _ in told] == [0, 64]
