"""The regression that is the cheap baseline, and that a training starts as."""

from itertools import cycle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from tuning_jobs import lines, mounted, upload, wait

from helpers.embedding import load_embedder
from helpers.offline import create_app
from helpers.offline.tuning import regression
from helpers.offline.tuning.trainer import (
    CHOOSING,
    EMBEDDING,
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


class TestCaution:
    def test_labels_that_are_given_by_chance_want_the_weakest(self):
        random = np.random.default_rng(0)
        numbers, labels = random.normal(size=(60, 20)), random.choice(list("abc"), 60).tolist()
        assert regression.cautious_strength(numbers, labels) == min(regression.STRENGTHS)

    @pytest.mark.filterwarnings("ignore:The least populated class")
    def test_it_is_the_weakest_within_one_standard_error_of_the_best(self, vectors):
        numbers, labels = vectors[0]
        shares = {
            strength: cross_val_score(
                LogisticRegression(C=strength, max_iter=2000), numbers, labels, cv=regression.FOLDS
            ).mean()
            for strength in regression.STRENGTHS
        }
        best = max(shares.values())
        least = best - np.sqrt(best * (1 - best) / len(labels))
        assert shares[regression.cautious_strength(numbers, labels)] >= least - 0.03
        assert shares[1.0] < least

    def test_where_nothing_can_be_held_out_it_is_the_usual_one(self):
        assert regression.cautious_strength(np.eye(3), list("abc")) == regression.USUAL


def trained(folder, hyperparameters):
    """A job on the task of many labels, and what its model answers to the other texts."""
    texts, labels = task(learned=True)
    by_label: dict[str, list[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        by_label.setdefault(label, []).append(text)
    client = mounted(create_app(folder))
    job = client.fine_tuning.jobs.create(
        model="b",
        training_file=upload(client, lines(by_label)).id,
        method={"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
    )
    model = wait(client, job.id).fine_tuned_model
    answers = [
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
        for text in task(learned=False)[0]
    ]
    return [answer.choices[0].message.content for answer in answers]


def test_a_training_begins_where_a_cautious_regression_ends(tmp_path, vectors):
    """A job that hardly moves answers as the regression does, on a task of many labels."""
    still = {"n_epochs": 1, "batch_size": 256, "learning_rate_multiplier": 1e-9}
    strength = regression.cautious_strength(*vectors[0])
    expected = regression.fit(*vectors[0], strength=strength).predict(vectors[1][0])
    assert trained(tmp_path, still) == expected


def test_a_job_does_not_lose_to_its_own_baseline(tmp_path, vectors):
    """Many labels of few examples each: what the cheap baseline knows is not lost."""
    (learned, labels), (tested, truth) = vectors
    cheap = regression.fit(learned, labels).predict(tested)
    answers = trained(tmp_path, {"n_epochs": 3})

    def right(given):
        return np.mean([one == other for one, other in zip(given, truth, strict=True)])

    assert right(answers) >= right(cheap)


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
        assert told[:3] == [(EMBEDDING, 0, 99), (EMBEDDING, 64, 99), (EMBEDDING, 99, 99)]
        assert told[3:] == [(CHOOSING, done, 20) for done in range(1, 21)]

    def test_a_job_that_is_stopped_meanwhile_embeds_no_further(self, tmp_path):
        told = []
        events = Events(
            on_prepare=lambda *what: told.append(what), should_stop=lambda: len(told) == 2
        )
        assert self.trainer(tmp_path).run(events) is None
        assert [done for _, done, _ in told] == [0, 64]
