"""The regression that is both the cheap baseline and the start of a training."""

from itertools import cycle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tuning_jobs import lines, mounted, upload, wait

from helpers.embedding import load_embedder
from helpers.finetuning import baselines
from helpers.offline import create_app
from helpers.offline.tuning import regression
from helpers.offline.tuning.trainer import EMBEDDING, Events, Examples, Recipe, Trainer

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

    def test_a_softened_one_answers_the_same_at_half_the_loss_of_guessing(self, vectors):
        numbers, labels = vectors[0]
        fitted = regression.fit(numbers, labels)
        targets = [fitted.labels.index(label) for label in labels]
        softened = fitted.softened(numbers, targets)
        scores = numbers @ softened.weights.T + softened.bias
        chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(chances[np.arange(len(targets)), targets]).mean()
        assert loss == pytest.approx(np.log(len(fitted.labels)) / 2, abs=1e-3)
        assert softened.predict(vectors[1][0]) == fitted.predict(vectors[1][0])
        weak = regression.Linear(fitted.labels, softened.weights / 2, softened.bias / 2)
        assert weak.softened(numbers, targets) is weak

    @pytest.mark.parametrize(("labels", "what"), [(["a", "a"], "every label is 'a'"),
                                                  ([], "there is no example")])  # fmt: skip
    def test_one_label_is_refused(self, labels, what):
        with pytest.raises(ValueError, match=f"{what}; a classifier needs examples of at least"):
            regression.fit(np.ones((len(labels), 3)), labels)


def job_and_baseline(folder, **hyperparameters):
    """What a job's model and the cheap baseline say to the texts to be tested with."""
    texts, labels = task(learned=True)
    by_label: dict[str, list[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        by_label.setdefault(label, []).append(text)
    client = mounted(create_app(folder))
    file = upload(client, lines(by_label)).id
    method = {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}
    job = client.fine_tuning.jobs.create(model="b", training_file=file, method=method)
    job = wait(client, job.id)
    asked = task(learned=False)[0]
    answers = [
        client.chat.completions.create(
            model=job.fine_tuned_model, messages=[{"role": "user", "content": text}]
        )
        for text in asked
    ]
    given = [answer.choices[0].message.content for answer in answers]
    return given, baselines.logistic_regression(texts, labels, asked, load_embedder())


def test_a_training_begins_where_the_cheap_baseline_ends(tmp_path):
    """A job that hardly moves answers as the baseline does, on a task of many labels."""
    still = {"n_epochs": 1, "batch_size": 256, "learning_rate_multiplier": 1e-9}
    given, expected = job_and_baseline(tmp_path, **still)
    assert given == expected


def test_a_job_keeps_what_the_cheap_baseline_knows(tmp_path):
    """With settings left to the provider, and far fewer examples of a label than the course has."""
    given, expected = job_and_baseline(tmp_path)
    truth = task(learned=False)[1]
    tuned, cheap = (
        np.mean([one == label for one, label in zip(said, truth, strict=True)])
        for said in (given, expected)
    )
    assert cheap > 0.5
    assert tuned > cheap - 0.1


class TestPreparation:
    """What happens before the first step is told, and can be stopped."""

    def trainer(self, folder):
        texts, labels = task(learned=True)
        names = sorted(set(labels))
        examples = Examples(texts, [names.index(label) for label in labels])
        return Trainer(names, examples, None, Recipe(epochs=1), folder, load_embedder())

    def test_every_portion_and_every_fit_is_told(self, tmp_path):
        told = []
        begun = []
        events = Events(
            on_prepare=lambda *what: told.append(what),
            on_step=begun.append,
            should_stop=lambda: bool(begun),  # one step is enough
        )
        self.trainer(tmp_path).run(events)
        assert [of for what, *of in told if what == EMBEDDING] == [
            [0, 99],
            [64, 99],
            [99, 99],
        ]
        fits = len(regression.STRENGTHS) * regression.FOLDS
        assert [done for what, done, _ in told if what != EMBEDDING] == list(range(1, fits + 1))

    def test_a_job_that_is_stopped_meanwhile_embeds_no_further(self, tmp_path):
        told = []
        events = Events(
            on_prepare=lambda *what: told.append(what), should_stop=lambda: len(told) == 2
        )
        assert self.trainer(tmp_path).run(events) is None
        assert [done for _, done, _ in told] == [0, 64]
