"""The course's fine-tuning job: how good against cheap baselines, how fast against the usual tools.

Quality: macro-F1 on the test tickets for three seeds, and paired differences to the baselines.
Speed: the same training data through a plain Hugging Face `Trainer` with its default settings,
and through SetFit, both starting from the same MiniLM on the same machine in one run. SetFit's
default recipe makes hundreds of thousands of pairs of this data, which would take hours on two
cores, so its time is extrapolated from its first steps, and a short recipe (five pairs of each
kind an example) is run in full for its accuracy.

Run by hand: `python benchmarks/finetuning.py`, about 25 minutes. For the comparison two packages
are needed that the course does without: `.venv/bin/python -m uv pip install setfit accelerate`;
without them that part is left out, and says so.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.data import LABELS, load_tickets
from helpers.embedding import load_embedder
from helpers.finetuning import baselines
from helpers.finetuning.cleaning import clean
from helpers.finetuning.examples import write_chat_jsonl
from helpers.finetuning.jobs import classify, follow, load_result, start_job
from helpers.finetuning.scoring import Scores, paired_macro_f1, score
from helpers.finetuning.splitting import Splits, split
from helpers.model_files import model_folder
from helpers.offline.tuning.queue import BASE_MODEL

SEEDS = (0, 1, 2)
SETFIT_STEPS = 20  # of the default recipe, to learn its pace


def main() -> None:
    embedder = load_embedder()
    parts = split(clean(load_tickets(), embedder).tickets, embedder)
    texts = [ticket.text for ticket in parts.test]
    truth: list[str] = [ticket.label for ticket in parts.test]
    train = [ticket.text for ticket in parts.train]
    labels = [ticket.label for ticket in parts.train]
    cheap = {
        "majority": baselines.majority(labels, texts),
        "zero-shot": [found.label for found in classify(texts, BASE_MODEL)],
        "5 nearest neighbours": baselines.nearest_neighbours(train, labels, texts, embedder),
        "logistic regression": baselines.logistic_regression(train, labels, texts, embedder),
        "word counts and SVM": baselines.word_counts(train, labels, texts),
    }
    scored = {name: score(truth, given, LABELS) for name, given in cheap.items()}
    print(f"{len(train)} to train on, {len(texts)} to test on")
    for name, scores in scored.items():
        print(f"{name:<22} macro-F1 {scores.interval()}  accuracy {scores.accuracy:.3f}")
    ours, took = [], []
    for seed in SEEDS:
        scores, seconds = our_job(parts, texts, truth, seed)
        ours.append(scores)
        took.append(seconds)
        print(f"tuned, seed {seed:<10} macro-F1 {scores.interval()}  accuracy {scores.accuracy:.3f}"
              f"  job {seconds:.0f} s")  # fmt: skip
        for name, baseline in scored.items():
            print(f"    better than {name:<22} by {paired_macro_f1(scores, baseline)}")
    compare(parts, texts, truth, min(took))


def our_job(parts: Splits, texts: list[str], truth: list[str], seed: int) -> tuple[Scores, float]:
    """The lesson's job, through the SDK and the embedded provider."""
    with tempfile.TemporaryDirectory() as folder:
        files = [
            write_chat_jsonl(tickets, Path(folder) / f"{name}.jsonl")
            for name, tickets in (("train", parts.train), ("validation", parts.validation))
        ]
        began = time.perf_counter()
        job = follow(start_job(*files, suffix="bench", seed=seed, reuse=False).id)
        seconds = time.perf_counter() - began
    given = [prediction.label for prediction in classify(texts, load_result(job.id).model)]
    return score(truth, given, LABELS), seconds


def compare(parts: Splits, texts: list[str], truth: list[str], ours: float) -> None:
    """The usual tools on the same data; times as multiples of ours."""
    for name, run in (("Hugging Face Trainer", hugging_face), ("SetFit", setfit)):
        try:
            results = run(parts, texts)
        except ImportError as error:
            print(f"{name}: left out ({error})")
            continue
        for what, seconds, given in results:
            quality = "not run to its end"
            if given:
                scores = score(truth, given, LABELS)
                quality = f"macro-F1 {scores.interval()}  accuracy {scores.accuracy:.3f}"
            print(f"{what:<34} {seconds:>7.0f} s = {seconds / ours:>6.1f} x ours  {quality}")


Result = tuple[str, float, list[str]]


def hugging_face(parts: Splits, texts: list[str]) -> list[Result]:
    import accelerate  # noqa: F401  # the Trainer asks for it only when it is made
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(model_folder())

    def rows(tickets: list[str], labels: list[str] | None = None) -> Any:
        encoded = tokenizer(tickets, truncation=True, max_length=256)["input_ids"]
        if labels is None:
            return [{"input_ids": ids} for ids in encoded]
        return [
            {"input_ids": ids, "labels": LABELS.index(label)}
            for ids, label in zip(encoded, labels, strict=True)
        ]

    def run(**options: Any) -> tuple[float, list[str]]:
        torch.manual_seed(0)
        model = AutoModelForSequenceClassification.from_pretrained(
            model_folder(), num_labels=len(LABELS)
        )
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                folder, report_to="none", save_strategy="no", disable_tqdm=True, **options
            )
            trainer = Trainer(
                model, arguments, data_collator=DataCollatorWithPadding(tokenizer),
                train_dataset=rows([t.text for t in parts.train], [t.label for t in parts.train]),
            )  # fmt: skip
            seconds = timed(trainer.train)
            scores: Any = trainer.predict(rows(texts)).predictions
        return seconds, [LABELS[i] for i in scores.argmax(axis=1)]

    results = []
    recipes: dict[str, dict[str, Any]] = {
        "Trainer, default (3 epochs, 5e-5)": {},
        "Trainer, 8 epochs, 1e-4, batch 16": {
            "num_train_epochs": 8, "learning_rate": 1e-4, "per_device_train_batch_size": 16,
        },
    }  # fmt: skip
    for what, options in recipes.items():
        seconds, given = run(**options)
        results.append((what, seconds, given))
    return results


def setfit(parts: Splits, texts: list[str]) -> list[Result]:
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    data = Dataset.from_dict(
        {"text": [t.text for t in parts.train], "label": [t.label for t in parts.train]}
    )

    def made(**options: Any) -> tuple[SetFitModel, Trainer]:
        model = SetFitModel.from_pretrained(str(model_folder()), labels=list(LABELS))
        arguments = TrainingArguments(
            tempfile.mkdtemp(), report_to="none", save_strategy="no", show_progress_bar=False,
            **options,
        )  # fmt: skip
        return model, Trainer(model, arguments, train_dataset=data)

    _, trainer = made(max_steps=SETFIT_STEPS)
    pace = timed(trainer.train) / SETFIT_STEPS
    of_one = {label: sum(t.label == label for t in parts.train) for label in LABELS}
    alike = sum(n * (n - 1) // 2 for n in of_one.values())
    total = len(parts.train)
    pairs = 2 * max(alike, total * (total - 1) // 2 - alike)  # oversampled to equal numbers
    default = pace * pairs / 16
    model, trainer = made(num_iterations=5)
    seconds = timed(trainer.train)
    return [
        (f"SetFit, default ({pairs:,} pairs)", default, []),
        ("SetFit, num_iterations=5", seconds, [str(label) for label in model.predict(texts)]),
    ]


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
