"""`POST /v1/chat/completions`: a tuned model answers, or a base model guesses from names.

A tuned model returns the most probable of the answers it was trained on. Any other model id is
answered *zero-shot*, where the system prompt lists labels: by the label whose name, or whose
description in that prompt, is nearest to the text. Where it announces none there is nothing to
choose from, and the extractive reader answers from the context, as it does for messages. Where it
announces labels that cannot be read, nobody answers, unless there is marked context to read from.
Log-probabilities treat an answer as one token.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np

from helpers.embedding import Embedder
from helpers.offline import READER
from helpers.offline.errors import ApiError
from helpers.offline.prompts import marks_context, read_prompt
from helpers.offline.reader import REFUSAL, read
from helpers.offline.schema import Turn
from helpers.offline.tuning.classifier import Classifier, tokenize
from helpers.offline.tuning.labels import LabelsError, about, labels_in
from helpers.offline.tuning.loaded import LoadedModels
from helpers.offline.tuning.schema import ChatRequest
from helpers.offline.tuning.store import Document, Store
from helpers.offline.tuning.tasks import as_read
from helpers.tokens import count_tokens, first_tokens
from helpers.words import words_with_spaces

ZERO_SHOT = "offline-zero-shot"
SHARPNESS = 10.0  # what cosines are multiplied with before softmax makes probabilities of them


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer, who gave it, and the log-probabilities of all that could have been given."""

    text: str
    model: str
    logprobs: dict[str, float]


class Completions:
    """Answers chats with the models of a store."""

    def __init__(self, store: Store, embedder: Embedder, loaded: LoadedModels) -> None:
        self._store, self._embedder, self._loaded = store, embedder, loaded

    def answer(self, asked: ChatRequest) -> Choice:
        """The answer to a request.

        Raises:
            ApiError: the tuned model does not exist, or the labels of a prompt cannot be read.
        """
        system = "\n\n".join(turn.text() for turn in asked.messages if turn.is_system)
        users = [turn.text() for turn in asked.messages if turn.role == "user"]
        if asked.model.startswith("ft:"):
            said = [turn.text() for turn in asked.messages if not turn.is_system]
            return self._tuned(asked, system, "\n\n".join(filter(None, said)))
        turns = [Turn.model_validate({"role": "user", "content": text}) for text in users if text]
        if labels := _labels(system, turns):
            return self._zero_shot(asked, labels, system, users[-1] if users else "")
        prompt = read_prompt(turns, system)
        quotes = read(prompt.question, [item.passage for item in prompt.context], self._embedder)
        return Choice("\n".join(quote.text for quote in quotes) or REFUSAL, READER, {})

    def _tuned(self, asked: ChatRequest, system: str, said: str) -> Choice:
        document = self._store.get("model", asked.model)
        if document is None:
            raise not_found(asked.model)
        path = self._store.content(document["_job"]) / document["_file"]

        def choose(model: Classifier) -> Choice:
            import torch

            text = as_read(system, said, reads_system=model.reads_system)
            with torch.no_grad():
                scores = model.logits(tokenize([text]))[0].double().cpu().numpy()
            return _choice(model.labels, scores, asked)

        try:
            return self._loaded.ask(path, choose)
        except FileNotFoundError:
            raise not_found(asked.model) from None

    def _zero_shot(self, asked: ChatRequest, labels: list[str], system: str, text: str) -> Choice:
        """A label is as near as the nearest thing that is known about it: its name, or a clause."""
        known = [(label, label.replace("_", " ")) for label in labels]
        known += [
            (label, clause) for label, said in about(system, labels).items() for clause in said
        ]
        vectors = self._embedder.embed_documents([*(words for _, words in known), text])
        cosines = vectors[:-1] @ vectors[-1]
        best = [max(c for (name, _), c in zip(known, cosines, strict=True) if name == label)
                for label in labels]  # fmt: skip
        choice = _choice(labels, SHARPNESS * np.array(best, dtype=float), asked)
        return Choice(choice.text, ZERO_SHOT, choice.logprobs)


def _labels(system: str, turns: Sequence[Turn]) -> list[str]:
    """The labels to choose from; none where the reader is to answer."""
    try:
        return labels_in(system)
    except LabelsError as error:
        if marks_context(turns, system):
            return []  # "labels:" and the like stand in a prompt for the reader, too
        problem = (
            f"messages: the system prompt announces labels that cannot be read: {error}. Write "
            "them behind a colon, such as 'Answer with exactly one of: billing, bug.', or each on "
            "a line of its own that begins with a dash"
        )
        raise ApiError(400, problem, param="messages") from None


def _choice(labels: Sequence[str], scores: "np.ndarray[Any, Any]", asked: ChatRequest) -> Choice:
    """The most probable label, or with a temperature one drawn by its probability."""
    logprobs = scores - np.logaddexp.reduce(scores)
    if asked.temperature:
        heated = scores / asked.temperature
        chances = np.exp(heated - np.logaddexp.reduce(heated))
        index = int(np.random.default_rng(asked.seed).choice(len(labels), p=chances))
    else:
        index = int(np.argmax(scores))
    found = dict(zip(labels, map(float, logprobs), strict=True))
    return Choice(labels[index], asked.model, found)


def not_found(name: str) -> ApiError:
    return ApiError(
        404,
        f"The model {name[:100]!r} does not exist or was deleted.",
        code="model_not_found",
        param="model",
    )


def completion(choice: Choice, asked: ChatRequest) -> Document:
    """The answer in the shape of the API."""
    limit = asked.max_completion_tokens or asked.max_tokens
    text = choice.text if limit is None else first_tokens(choice.text, limit)
    for stop in asked.stops():
        text = text.partition(stop)[0]
    prompt_tokens = sum(count_tokens(turn.text()) for turn in asked.messages)
    answer_tokens = count_tokens(text)
    cut = text != choice.text and not any(stop in choice.text for stop in asked.stops())
    return {
        "id": f"chatcmpl-{uuid4().hex[:24]}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": choice.model,
        "system_fingerprint": None,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": _logprobs(choice, asked),
                "finish_reason": "length" if cut else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": answer_tokens,
            "total_tokens": prompt_tokens + answer_tokens,
        },
    }


def _logprobs(choice: Choice, asked: ChatRequest) -> Document | None:
    if not asked.logprobs or not choice.logprobs:
        return None

    def entry(text: str) -> Document:
        return {"token": text, "logprob": choice.logprobs[text], "bytes": list(text.encode())}

    ranked = sorted(choice.logprobs, key=lambda text: -choice.logprobs[text])
    top = [entry(text) for text in ranked[: asked.top_logprobs or 0]]
    return {"content": [entry(choice.text) | {"top_logprobs": top}], "refusal": None}


def chunks(document: Document, *, include_usage: bool) -> Iterator[bytes]:
    """The answer as server-sent events, word by word."""
    common = {key: document[key] for key in ("id", "created", "model", "system_fingerprint")}
    common["object"] = "chat.completion.chunk"
    choice = document["choices"][0]

    def event(delta: Document, finish: str | None = None, logprobs: Any = None) -> bytes:
        part = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        return _data(common | {"choices": [part]})

    yield event({"role": "assistant", "content": ""})
    words = words_with_spaces(choice["message"]["content"])
    for number, word in enumerate(words):
        yield event({"content": word}, logprobs=choice["logprobs"] if number == 0 else None)
    yield event({}, finish=choice["finish_reason"])
    if include_usage:
        yield _data(common | {"choices": [], "usage": document["usage"]})
    yield b"data: [DONE]\n\n"


def _data(content: Document) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()
