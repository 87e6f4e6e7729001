"""How long does the assistant take? p50 and p95 of a reply, warm, and where the time goes.

Each support message is answered once, with a number added so that no cache knows it; the models
are loaded and the handbook is embedded before. Steps are timed inside the trace. Time inside the
two models (MiniLM, and the tuned classifier) is taken as well: what is left is our own overhead.
Run by hand: `python benchmarks/assistant.py`; the first run trains the triage for a minute.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.assistant import Assistant, support_assistant
from helpers.data import load_support_cases
from helpers.embedding.minilm import MiniLM
from helpers.offline.tuning.classifier import Classifier

STEPS = ("triage", "retrieve", "answer", "reply")
WARM_UP = 20


def main() -> None:
    with support_assistant(least_confidence=0) as assistant:
        measure(assistant)


def measure(assistant: Assistant) -> None:
    messages = [case.message for case in load_support_cases()]
    for message in messages[:WARM_UP]:
        assistant.reply(f"{message} (warm-up, {time.time_ns()})")
    in_models: list[float] = []
    watch(MiniLM, "embed_documents", in_models)
    watch(Classifier, "logits", in_models)
    whole: list[float] = []
    models: list[float] = []
    parts: dict[str, list[float]] = defaultdict(list)
    for number, message in enumerate(messages):
        in_models.clear()
        began = time.perf_counter()
        reply = assistant.reply(f"{message} (case {number}, {time.time_ns()})")
        whole.append(time.perf_counter() - began)
        models.append(sum(in_models))
        for step in reply.trace.steps:
            parts[step.name].append(step.seconds)
    print(f"{len(messages)} messages, warm")
    show("whole reply", whole, whole)
    for name in STEPS:
        show(name, parts[name], whole)
    show("inside the models", models, whole)
    show("all other code", [a - b for a, b in zip(whole, models, strict=True)], whole)


def watch(owner: Any, name: str, seconds: list[float]) -> None:
    """Note how long each call of a method takes."""
    method: Callable[..., Any] = getattr(owner, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return method(*arguments, **named)
        finally:
            seconds.append(time.perf_counter() - began)

    setattr(owner, name, timed)


def show(name: str, seconds: list[float], whole: list[float]) -> None:
    p50, p95 = (1000 * np.quantile(seconds, q) for q in (0.5, 0.95))
    share = sum(seconds) / sum(whole)
    print(f"{name:<18} p50 {p50:>6.1f} ms   p95 {p95:>6.1f} ms   {share:>4.0%} of the whole")


if __name__ == "__main__":
    main()
