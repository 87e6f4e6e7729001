"""Train the classifier: short epochs on the processor, a checkpoint after each.

The head starts as a logistic regression on the frozen embeddings, the most cautious one that is as
good as the cheap baseline by what the examples can tell: that leaves something to learn, and loses
nothing where many labels have few examples each. Everything that happens by chance follows from the
seed, and nothing but weights, optimizer and step number is needed to go on in the middle, so a job
that was stopped ends with the same weights as one that was not.

The recipe (learning rates, two frozen layers, three epochs) was chosen on the validation part of
the course's tickets; `python benchmarks/finetuning.py` shows what it gives on the test part.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.embedding import Embedder
from helpers.offline.tuning import regression
from helpers.offline.tuning.classifier import SCALE, Classifier, tokenize
from helpers.offline.tuning.store import whole

if TYPE_CHECKING:
    import torch

ENCODER_RATE, HEAD_RATE = 2e-4, 1e-3
WARM_UP = 0.1  # share of the steps in which the rates rise
BUCKET = 8  # batches that are sorted by length together, so that little is spent on padding
AUTO_EPOCHS, AUTO_BATCH = 3, 32
PORTION = 64  # texts that are embedded between two looks whether to go on
EMBEDDING = "embedding the training texts"
CHOOSING = "trying how the head may start"
PATIENCE = 2  # epochs without a better validation loss before training stops


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts, and for each the number of its label."""

    texts: list[str]
    targets: list[int]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a job can choose; `rate` multiplies the learning rates."""

    epochs: int = AUTO_EPOCHS
    batch: int = AUTO_BATCH
    rate: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Losses (natural logarithm) and shares of right answers at a step, counted from 1."""

    step: int
    of: int
    train_loss: float
    train_accuracy: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """What the trainer calls while it works.

    `on_prepare` is told what is done before the first step, and how much of it: "embedding the
    training texts", 64, 620.
    """

    on_prepare: Callable[[str, int, int], None] = lambda *_: None
    on_step: Callable[[Measured], None] = lambda _: None
    on_epoch: Callable[[Measured, Path], None] = lambda *_: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _State:
    """Where training stands: the step to do next, and the best epoch so far."""

    step: int = 0
    best_loss: float = float("inf")
    best_step: int = 0


class _StoppedError(Exception):
    """Somebody stopped the job before its first step."""


class Trainer:
    """One job's training.

    Args:
        labels: the answers, in the order of the target numbers.
        folder: where checkpoints (`step-20.safetensors`) and the state to go on from are kept.
    """

    def __init__(
        self,
        labels: Sequence[str],
        train: Examples,
        valid: Examples | None,
        recipe: Recipe,
        folder: Path,
        embedder: Embedder,
        *,
        reads_system: bool = False,
    ) -> None:
        self.labels, self.recipe, self.folder = list(labels), recipe, folder
        self._train, self._valid, self._embedder = train, valid, embedder
        self._reads_system = reads_system
        self._ids = tokenize(train.texts)
        self._valid_ids = tokenize(valid.texts) if valid else []
        self.steps_an_epoch = math.ceil(len(train.texts) / recipe.batch)
        self.steps = recipe.epochs * self.steps_an_epoch

    @property
    def tokens_an_epoch(self) -> int:
        return sum(map(len, self._ids))

    def run(self, events: Events) -> Path | None:
        """Train, from the beginning or from where it was stopped.

        Returns:
            The checkpoint of the best epoch: that with the lowest validation loss, or the last
            one where there is no validation set. None when it was told to stop before the end.
        """
        import torch

        torch.manual_seed(self.recipe.seed)
        model = Classifier(self.labels, reads_system=self._reads_system)
        optimizer = self._optimizer(model)
        state = self._resume(model, optimizer)
        if state.step == 0:
            try:
                self._start_from_regression(model, events)
            except _StoppedError:
                return None  # what is embedded is in the cache; nothing else needs to be kept
        model.encoder.train()
        while state.step < self.steps:
            if events.should_stop():
                self._keep(model, optimizer, state)
                return None
            measured = self._step(model, optimizer, state)
            state.step += 1
            if state.step % self.steps_an_epoch:
                events.on_step(measured)
                continue
            measured = self._end_of_epoch(model, state, measured)
            checkpoint = self.checkpoint(state.step)
            model.save(checkpoint)
            # Told before it is kept: after a crash in between, the epoch is done and told again.
            events.on_epoch(measured, checkpoint)
            self._keep(model, optimizer, state)
            if state.step - state.best_step >= PATIENCE * self.steps_an_epoch:
                break
        self.forget()
        return self.checkpoint(state.best_step)

    def forget(self) -> None:
        """Drop what is kept to go on from, once nobody will."""
        self._state_file.unlink(missing_ok=True)

    def checkpoint(self, step: int) -> Path:
        return self.folder / f"step-{step}.safetensors"

    @property
    def _state_file(self) -> Path:
        return self.folder / "resume.safetensors"

    def _optimizer(self, model: Classifier) -> "torch.optim.AdamW":
        import torch

        named = list(model.trained())
        encoder = [value for name, value in named if name.startswith("encoder.")]
        head = [value for name, value in named if name.startswith("head.")]
        return torch.optim.AdamW(
            [
                {"params": encoder, "lr": ENCODER_RATE * self.recipe.rate},
                {"params": head, "lr": HEAD_RATE * self.recipe.rate},
            ],
            weight_decay=0.01,
        )

    def _start_from_regression(self, model: Classifier, events: Events) -> None:
        """Make the head answer as a logistic regression on frozen embeddings does."""
        import torch

        vectors, targets = self._embedded(events), self._train.targets
        strength = regression.cautious_strength(
            vectors, targets, lambda done, of: _go_on(events, CHOOSING, done, of)
        )
        fit = regression.fit(vectors, targets, strength=strength)
        with torch.no_grad():
            model.head.weight.copy_(torch.tensor(fit.weights / SCALE))
            model.head.bias.copy_(torch.tensor(fit.bias))

    def _embedded(self, events: Events) -> "np.ndarray[Any, Any]":
        """The training texts as embeddings, a portion at a time, so that somebody hears of it."""
        texts = self._train.texts
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]), reverse=True)
        vectors = np.empty((len(texts), self._embedder.dimension), dtype=np.float32)
        _go_on(events, EMBEDDING, 0, len(texts))
        for start in range(0, len(order), PORTION):
            portion = order[start : start + PORTION]
            vectors[portion] = self._embedder.embed_documents([texts[i] for i in portion])
            _go_on(events, EMBEDDING, start + len(portion), len(texts))
        return vectors

    def _step(self, model: Classifier, optimizer: "torch.optim.AdamW", state: _State) -> Measured:
        import torch

        epoch, place = divmod(state.step, self.steps_an_epoch)
        batch = self._batches(epoch)[place]
        targets = torch.tensor([self._train.targets[i] for i in batch], device=model.device)
        for group, rate in zip(optimizer.param_groups, (ENCODER_RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * self.recipe.rate * self._share_of_rate(state.step)
        scores = model.logits([self._ids[i] for i in batch])
        loss = torch.nn.functional.cross_entropy(scores, targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([value for _, value in model.trained()], 1.0)
        optimizer.step()
        accuracy = float((scores.argmax(1) == targets).float().mean())
        return Measured(state.step + 1, self.steps, float(loss.detach()), accuracy)

    def _share_of_rate(self, step: int) -> float:
        """Up in the first tenth of the steps, then down to nothing in a straight line."""
        rising = max(1, round(WARM_UP * self.steps))
        if step < rising:
            return (step + 1) / rising
        return (self.steps - step) / max(1, self.steps - rising)

    def _batches(self, epoch: int) -> list[list[int]]:
        """The examples of one epoch in batches of similar length, in an order of its own."""
        random = np.random.default_rng([self.recipe.seed, epoch])
        order = random.permutation(len(self._ids)).tolist()
        size = self.recipe.batch
        batches = []
        for start in range(0, len(order), size * BUCKET):
            near = sorted(order[start : start + size * BUCKET], key=lambda i: len(self._ids[i]))
            batches += [near[at : at + size] for at in range(0, len(near), size)]
        return [batches[i] for i in random.permutation(len(batches))]

    def _end_of_epoch(self, model: Classifier, state: _State, measured: Measured) -> Measured:
        """The last step's figures with those of the validation set, if there is one."""
        if not self._valid:
            state.best_step = state.step
            return measured
        loss, accuracy = self._validate(model, self._valid.targets)
        if loss < state.best_loss:
            state.best_loss, state.best_step = loss, state.step
        return replace(measured, valid_loss=loss, valid_accuracy=accuracy)

    def _validate(self, model: Classifier, truth: Sequence[int]) -> tuple[float, float]:
        import torch

        order = sorted(range(len(self._valid_ids)), key=lambda i: len(self._valid_ids[i]))
        losses = right = 0.0
        with torch.no_grad():
            for start in range(0, len(order), 64):
                part = order[start : start + 64]
                scores = model.logits([self._valid_ids[i] for i in part])
                targets = torch.tensor([truth[i] for i in part], device=model.device)
                losses += float(torch.nn.functional.cross_entropy(scores, targets, reduction="sum"))
                right += float((scores.argmax(1) == targets).sum())
        return losses / len(order), right / len(order)

    def _keep(self, model: Classifier, optimizer: "torch.optim.AdamW", state: _State) -> None:
        """Everything that is needed to go on as if nothing had happened, as safetensors."""
        from safetensors.torch import save_file

        tensors: dict[str, Any] = {}
        for name, value in model.trained():
            tensors[f"value.{name}"] = value.detach().cpu().contiguous()
            if value in optimizer.state:
                for moment in ("exp_avg", "exp_avg_sq"):
                    kept = optimizer.state[value][moment]
                    tensors[f"{moment}.{name}"] = kept.detach().cpu().contiguous()
        metadata = {
            "step": str(state.step),
            "best_loss": repr(state.best_loss),
            "best_step": str(state.best_step),
        }
        with whole(self._state_file) as partial:
            save_file(tensors, partial, metadata=metadata)

    def _resume(self, model: Classifier, optimizer: "torch.optim.AdamW") -> _State:
        """Go back to where training was stopped; a fresh state where it was not."""
        import torch
        from safetensors import safe_open

        if not self._state_file.exists():
            return _State()
        with safe_open(self._state_file, framework="pt") as file:
            metadata = file.metadata()
            kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        values = {n.removeprefix("value."): v for n, v in kept.items() if n.startswith("value.")}
        model.take(values)
        step = int(metadata["step"])
        for name, value in model.trained():
            if f"exp_avg.{name}" in kept:
                optimizer.state[value] = {
                    "step": torch.tensor(float(step)),
                    "exp_avg": kept[f"exp_avg.{name}"].to(model.device),
                    "exp_avg_sq": kept[f"exp_avg_sq.{name}"].to(model.device),
                }
        return _State(step, float(metadata["best_loss"]), int(metadata["best_step"]))


def _go_on(events: Events, what: str, done: int, of: int) -> None:
    """Tell how far the preparation is, and end it if the job was stopped."""
    if events.should_stop():
        raise _StoppedError
    events.on_prepare(what, done, of)
