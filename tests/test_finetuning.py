"""The learner's side of fine-tuning: examples, jobs, baselines, scores."""

import json
import math
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from helpers.clients import openai_client
from helpers.data import LABELS, Ticket
from helpers.embedding import load_embedder
from helpers.failures import ServiceError
from helpers.finetuning import baselines
from helpers.finetuning.cleaning import SetAside
from helpers.finetuning.estimates import estimate
from helpers.finetuning.examples import SYSTEM, write_chat_jsonl, write_pairs, write_set_aside
from helpers.finetuning.jobs import (
    Curve,
    classify,
    finished_job,
    follow,
    load_result,
    start_job,
)
from helpers.finetuning.scoring import paired_macro_f1, score
from helpers.finetuning.validation import validate_jsonl
from helpers.json_lines import LineError

TEXTS = {
    "billing": ["I was charged twice", "refund the payment", "send the invoice again",
                "the card was declined", "wrong VAT on the bill", "please cancel the plan"],
    "bug": ["error 500 on saving", "the sync hangs", "the app crashes at start",
            "numbers are wrong after import", "the page does not load", "the scanner freezes"],
}  # fmt: skip


def tickets(repeat=1):
    return [
        Ticket(id=f"t{label}{n}{r}", channel="chat", subject="", label=label,
               body=f"{text}{' again' * r}")
        for r in range(repeat) for label, texts in TEXTS.items() for n, text in enumerate(texts)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jsonl")
    return write_chat_jsonl(tickets(2), folder / "train.jsonl"), write_chat_jsonl(
        tickets(), folder / "validation.jsonl"
    )


@pytest.fixture(scope="module")
def finished(files):
    """A job that has trained, with the curves that were seen while it did."""
    seen: list[Curve] = []
    job = start_job(*files, suffix="unit", epochs=2)
    follow(job.id, on_change=seen.append, every=0.05)
    return job.id, seen


class TestExamples:
    def test_tickets_become_examples_that_are_fit_to_be_trained_on(self, files):
        train, _ = files
        first = json.loads(train.read_text(encoding="utf-8").splitlines()[0])
        assert [turn["role"] for turn in first["messages"]] == ["system", "user", "assistant"]
        assert first["messages"][0]["content"] == SYSTEM
        assert validate_jsonl(train, labels=LABELS).ok

    def test_the_prompt_names_every_label(self):
        from helpers.offline.tuning.labels import labels_in

        assert labels_in(SYSTEM) == list(LABELS)

    def test_what_was_set_aside_is_written_with_its_reason(self, tmp_path):
        aside = [SetAside(tickets()[0], "empty", "no text")]
        path = write_set_aside(aside, tmp_path / "new" / "aside.jsonl")
        record = json.loads(path.read_text(encoding="utf-8"))
        assert record["step"] == "empty"
        assert record["ticket"]["id"] == tickets()[0].id
        assert [p.name for p in path.parent.iterdir()] == ["aside.jsonl"]


class TestJobs:
    def test_a_job_is_followed_to_its_end(self, finished):
        job_id, seen = finished
        result = load_result(job_id)
        assert result.model.startswith("ft:offline-minilm:workshop:unit:")
        assert seen[-1] == result.curve
        assert result.curve.steps == [1, 2]
        assert result.curve.valid_steps == [1, 2]
        assert result.curve.total_steps == 2
        assert [step for step, _ in result.checkpoints] == [1, 2]
        assert result.seconds >= 0
        assert result.trained_tokens > 0
        assert "Training loss from" in result.curve.draw().alt

    def test_whoever_follows_sees_what_a_job_does_before_its_first_step(self, capsys):
        def event(number, message, **data):
            kind = "metrics" if data else "message"
            return SimpleNamespace(id=f"e{number}", type=kind, message=message, data=data)

        embedding = event(1, "Embedding the training texts: 64 of 620")
        step = event(2, "Step 1/1", step=1, train_loss=0.5, total_steps=1)
        looks = iter([("running", [embedding]), ("succeeded", [step, embedding])])

        class Jobs:
            """The SDK, with a job that embeds at the first look and is done at the second."""

            def retrieve(self, _):
                status, self.events = next(looks)
                return SimpleNamespace(status=status)

            def list_events(self, *_, **__):
                return self.events

        client = SimpleNamespace(fine_tuning=SimpleNamespace(jobs=Jobs()))
        assert follow("j", client=client, on_change=lambda _: None, every=0).status == "succeeded"
        assert "Embedding the training texts: 64 of 620" in capsys.readouterr().err

    def test_the_model_classifies_with_confidence(self, finished):
        found = classify(["refund the payment", "error on saving"], load_result(finished[0]).model)
        assert [p.label for p in found] == ["billing", "bug"]
        assert all(0.25 < p.confidence <= 1 for p in found)

    def test_a_base_model_is_zero_shot(self):
        (found,) = classify(["I found a bug"], "any-base-model")
        assert found.label == "bug"
        assert not math.isnan(found.confidence)

    def test_the_same_job_is_not_done_twice(self, finished, files):
        assert start_job(*files, suffix="unit", epochs=2).id == finished[0]
        assert finished_job(*files, suffix="unit", epochs=2).id == finished[0]
        assert finished_job(*files, suffix="unit", epochs=2, seed=5) is None
        other = start_job(*files, suffix="unit", epochs=2, reuse=False)
        assert other.id != finished[0]
        openai_client().fine_tuning.jobs.cancel(other.id)
        assert start_job(*files, suffix="unit", epochs=2).id == finished[0]
        different = start_job(*files, suffix="unit", epochs=2, seed=5)
        assert different.id not in (finished[0], other.id)
        openai_client().fine_tuning.jobs.cancel(different.id)

    def test_two_kernels_at_the_same_moment_make_one_job(self, tmp_path):
        path = write_chat_jsonl(tickets(), tmp_path / "train.jsonl")
        both_have_looked = threading.Barrier(2, timeout=3)

        class Looking:
            """The SDK, whose answer to a look for jobs waits until the other kernel has looked."""

            def list(self, **options):
                found = openai_client().fine_tuning.jobs.list(**options)
                with suppress(threading.BrokenBarrierError):
                    both_have_looked.wait()
                return found

            def create(self, **options):
                return openai_client().fine_tuning.jobs.create(**options)

        jobs = SimpleNamespace(jobs=Looking())
        client = SimpleNamespace(files=openai_client().files, fine_tuning=jobs)
        with ThreadPoolExecutor() as kernels:
            started = [
                kernels.submit(start_job, path, suffix="race", client=client) for _ in range(2)
            ]
            names = {kernel.result().id for kernel in started}
        for name in names:
            openai_client().fine_tuning.jobs.cancel(name)
        assert len(names) == 1

    def test_a_home_that_cannot_be_written_to_stops_no_job(self, configured, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("no folder", encoding="utf-8")
        client = openai_client()
        configured(WORKSHOP_HOME=str(blocked))
        path = write_chat_jsonl(tickets(), tmp_path / "train.jsonl")
        job = start_job(path, suffix="blocked", client=client)
        client.fine_tuning.jobs.cancel(job.id)

    def test_labels_of_any_length_come_back_whole(self):
        names = ["_".join(f"{what}{n}" for n in range(30)) for what in ("money", "weather")]
        system = f"Answer with exactly one of: {', '.join(names)}."
        assert [p.label in names for p in classify(["a", "b"], "any", system=system)] == [True] * 2

    def test_where_nothing_names_labels_nobody_answers_in_the_place_of_a_classifier(self):
        with pytest.raises(ServiceError, match="any knows no labels, so the extractive reader"):
            classify(["I found a bug"], "any", system="Sort the ticket.")

    def test_a_deleted_model_is_trained_again(self, files):
        job = follow(start_job(*files, suffix="gone", epochs=1).id, every=0.05)
        openai_client().models.delete(job.fine_tuned_model)
        again = start_job(*files, suffix="gone", epochs=1)
        assert again.id != job.id
        openai_client().fine_tuning.jobs.cancel(again.id)

    def test_a_paused_job_is_picked_up_by_its_id(self, files):
        job = start_job(*files, suffix="paused", epochs=1)
        openai_client().fine_tuning.jobs.pause(job.id)
        assert follow(job.id, on_change=lambda _: None, every=0.05).status == "succeeded"

    def test_a_job_that_fails_says_why(self, tmp_path):
        path = tmp_path / "train.jsonl"
        path.write_text("broken\n" * 20, encoding="utf-8")
        job = start_job(path)
        with pytest.raises(ServiceError, match=rf"Job {job.id} failed: .* line 1: it is not JSON"):
            follow(job.id, every=0.05)
        with pytest.raises(ServiceError, match="has no result: its status is failed"):
            load_result(job.id)

    def test_what_does_not_exist_is_said(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            start_job(tmp_path / "none.jsonl")
        with pytest.raises(ServiceError, match="does not have what was asked for"):
            follow("ftjob-none")
        with pytest.raises(ServiceError, match="does not have what was asked for"):
            classify(["x"], "ft:none")


class TestBaselines:
    def test_majority(self):
        assert baselines.majority(["a", "b", "b"], ["x", "y"]) == ["b", "b"]

    def test_nearest_neighbours_vote_and_the_nearest_breaks_a_tie(self):
        class Flat:
            def embed_documents(self, texts):
                return np.array([[np.cos(float(t)), np.sin(float(t))] for t in texts])

        train, labels = ["0", "0.2", "0.3", "1.5"], ["a", "b", "b", "a"]
        nearest = baselines.nearest_neighbours
        assert nearest(train, labels, ["0.05"], Flat(), k=1) == ["a"]
        assert nearest(train, labels, ["0.05"], Flat(), k=3) == ["b"]
        assert nearest(train, labels, ["0.05"], Flat(), k=2) == ["a"]
        for k in (0, 5):
            with pytest.raises(ValueError, match=f"k is {k}; it must be from 1 to 4"):
                nearest(train, labels, ["0"], Flat(), k=k)

    def test_linear_models_learn(self):
        texts, labels = [t.text for t in tickets()], [t.label for t in tickets()]
        found = baselines.logistic_regression(texts, labels, ["refund me"], load_embedder())
        assert found == ["billing"]
        assert baselines.word_counts(texts, labels, ["the app crashes"]) == ["bug"]


labels = st.lists(st.sampled_from("abc"), min_size=1, max_size=40)


class TestScores:
    @given(st.data())
    def test_they_are_those_of_scikit_learn(self, data):
        truth = data.draw(labels)
        given_labels = data.draw(
            st.lists(st.sampled_from("abcx"), min_size=len(truth), max_size=len(truth))
        )
        found = score(truth, given_labels, "abc")
        expected = f1_score(truth, given_labels, labels=list("abc"), average="macro",
                            zero_division=0)  # fmt: skip
        assert found.macro_f1 == pytest.approx(expected)
        matrix = confusion_matrix(truth, given_labels, labels=list("abcx"))
        np.testing.assert_array_equal(found.confusion, matrix[:3, :3])
        rows = zip(*precision_recall_fscore_support(truth, given_labels, labels=list("abc"),
                                                    zero_division=0), strict=True)  # fmt: skip
        for mine, (precision, recall, f1, support) in zip(found.by_class(), rows, strict=True):
            assert (mine.precision, mine.recall, mine.f1.mean, mine.support) == pytest.approx(
                (precision, recall, f1, support)
            )

    def test_the_interval_is_that_of_a_plain_bootstrap(self):
        random = np.random.default_rng(1)
        truth = random.choice(list("abc"), 80).tolist()
        predicted = [t if random.random() < 0.7 else "a" for t in truth]
        found = score(truth, predicted, "abc").interval()
        slow = []
        for _ in range(800):
            drawn = random.integers(0, 80, 80)
            t, p = [truth[i] for i in drawn], [predicted[i] for i in drawn]
            slow.append(f1_score(t, p, labels=list("abc"), average="macro", zero_division=0))
        low, high = np.quantile(slow, [0.025, 0.975])
        assert found.low == pytest.approx(low, abs=0.03)
        assert found.high == pytest.approx(high, abs=0.03)
        assert found.low < found.mean < found.high

    def test_many_labels_take_little_memory(self):
        """A matrix for each resample would take 20 GB here; their sums take 40 MB."""
        names = [f"label {n}" for n in range(500)]
        tracemalloc.start()
        try:
            found = score(names, [*names[1:], names[0]], names).interval()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found.high < 0.1
        assert peak < 200 * 2**20

    def test_each_label_has_an_interval_that_holds_its_f1(self):
        for few, many in zip(
            score(["a", "b"] * 10, ["a", "b", "b", "a"] * 5, "ab").by_class(),
            score(["a", "b"] * 160, ["a", "b", "b", "a"] * 80, "ab").by_class(),
            strict=True,
        ):
            assert few.f1.low < few.f1.mean == many.f1.mean < few.f1.high
            assert few.f1.high - few.f1.low > 2 * (many.f1.high - many.f1.low)

    def test_differences_are_paired(self):
        truth = ["a", "b"] * 20
        right, wrong = score(truth, truth, "ab"), score(truth, ["a"] * 40, "ab")
        assert paired_macro_f1(right, right).low == paired_macro_f1(right, right).high == 0
        assert paired_macro_f1(right, wrong).excludes_zero
        with pytest.raises(ValueError, match="scored on other tickets"):
            paired_macro_f1(right, score(truth[::-1], truth, "ab"))

    @pytest.mark.parametrize(
        ("truth", "predicted", "message"),
        [
            (["a"], [], "1 true labels against 0"),
            ([], [], "nothing to score"),
            (["z"], ["a"], "'z' is none of the labels a, b"),
        ],
    )
    def test_what_cannot_be_scored_is_refused(self, truth, predicted, message):
        with pytest.raises(ValueError, match=message):
            score(truth, predicted, "ab")

    def test_they_print_as_a_table(self):
        text = repr(score(["a", "b"], ["a", "a"], ["a", "b"]))
        assert text.splitlines()[1].split() == ["a", "0.50", "1.00", "0.67", "[0.00,", "1.00]", "1"]
        assert "macro-F1 0.33" in text


class TestEstimate:
    def write(self, path, *texts):
        return write_pairs([(text, "bug") for text in texts], path, system="Sort.")

    def test_tokens_are_counted_by_pencil(self, tmp_path):
        train = self.write(tmp_path / "train.jsonl", "It hangs.", "hangs " * 400)
        found = estimate(train, epochs=2)
        # "Sort." has 2 tokens and "bug" 1; "It hangs." has 3, and the long text 400.
        assert (found.examples, found.tokens, found.billed) == (2, 2 * 3 + 3 + 400, 2 * 409)
        assert found.read_here == 2 * (3 + 2 + 256)
        assert found.seconds > 0
        assert str(found).startswith("2 examples, 409 tokens, 818 in 2 epochs; here about")

    def test_in_a_class_nobody_times_a_machine_that_does_not_train(self, tmp_path, configured):
        configured(WORKSHOP_OFFLINE="0", WORKSHOP_PROVIDER="http://127.0.0.1:9")
        found = estimate(self.write(tmp_path / "train.jsonl", "It hangs."), epochs=2)
        assert found.seconds is None
        assert str(found).endswith("in 2 epochs; in turn with the class")

    def test_what_cannot_be_counted_is_said(self, tmp_path):
        empty = tmp_path / "empty.jsonl"
        empty.write_text("", encoding="utf-8")
        with pytest.raises(ValueError, match=r"empty\.jsonl has no example"):
            estimate(empty)
        with pytest.raises(ValueError, match="epochs is 0"):
            estimate(empty, epochs=0)
        empty.write_text("{", encoding="utf-8")
        with pytest.raises(LineError, match="line 1"):
            estimate(empty)
