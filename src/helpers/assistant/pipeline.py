"""Triage, retrieve, answer, reply: each step's input, output, model and time go into a trace."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from helpers.assistant.replies import handed_over, house_reply
from helpers.assistant.traces import (
    Trace,
    TraceStep,
    answer_of,
    append_if_possible,
    as_json,
    passage_of,
)
from helpers.assistant.triage import Triage, tuned_triage
from helpers.chunking import Chunk
from helpers.data import Page, load_handbook
from helpers.embedding import Embedder, load_embedder
from helpers.evaluation import LADDER, Document
from helpers.evaluation.ladder import cut_all
from helpers.grounding import Answer, ask
from helpers.retrieval import Retriever, searchable
from helpers.settings import get_settings

if TYPE_CHECKING:
    from anthropic import Anthropic

Outcome = Literal["answered", "refused", "handed_over"]
K = 5
LEAST_CONFIDENCE = 0.7


@dataclass(frozen=True, slots=True)
class Reply:
    """What the customer gets, and how it came about.

    `category` and `confidence` are the triage's; a service without probabilities gives no
    confidence. `answer` is None when the message was handed to a person before anything was looked
    up.
    """

    text: str
    outcome: Outcome
    category: str
    confidence: float | None
    answer: Answer | None
    passages: list[Chunk]
    trace: Trace

    def __str__(self) -> str:
        return self.text


class Assistant:
    """Answers support messages. Use it in a `with`, or close it, if nobody else closes what it
    searches.

    Args:
        triage: sorts a message.
        retriever: finds passages; without one the reader gets no context, and knows nothing.
        k: how many passages are read.
        least_confidence: a message whose category is less sure goes to a person. 0 answers all.
        log: a file to which every trace is added.
        client: answers; by default what the settings say.
    """

    def __init__(
        self,
        triage: Triage,
        retriever: Retriever | None,
        *,
        k: int = K,
        least_confidence: float = LEAST_CONFIDENCE,
        log: Path | None = None,
        client: "Anthropic | None" = None,
    ) -> None:
        if not 0 <= least_confidence <= 1:
            raise ValueError(f"least_confidence is {least_confidence}; use a number from 0 to 1")
        if k < 1:
            raise ValueError(f"k is {k}; read at least one passage")
        self.triage, self.retriever, self.log = triage, retriever, log
        self._k, self._least, self._client = k, least_confidence, client

    def reply(self, message: str) -> Reply:
        """The reply to a message.

        Raises:
            ValueError: the message is empty.
            ServiceError: a service did not answer; the message says why. Nothing is logged then.
        """
        if not message.strip():
            raise ValueError("the message is empty; nothing to answer")
        steps = [self._sort(message)]
        category, confidence = steps[0].found["category"], steps[0].found["confidence"]
        passages: list[Chunk] = []
        answer = None
        if self._sure(confidence):
            steps += [found := self._retrieve(message)]
            passages = [passage_of(content) for content in found.found["passages"]]
            steps += [said := self._answer(message, passages)]
            answer = answer_of(said.found)
        began = time.perf_counter()
        text, outcome = _text(category, answer)
        steps += [_step("reply", "the house format", began, {"category": category}, {"text": text})]
        trace = Trace(message=message, outcome=outcome, reply=text, steps=tuple(steps))
        if self.log is not None:
            append_if_possible(self.log, trace)
        return Reply(text, outcome, category, confidence, answer, passages, trace)

    def close(self) -> None:
        """Close the retriever; from then on nothing can be looked up."""
        if self.retriever is not None:
            self.retriever.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def play_again(self, trace: Trace) -> tuple[str, list[str]]:
        """The reply with the models asked again on a trace's input, and the steps that differ."""
        different = []
        sorted_, answered = self._sort(trace.message), None
        before = trace.step("triage")
        if before is None or sorted_.found["category"] != before.found["category"]:
            different.append("triage")
        before = trace.step("answer")
        if before is not None:
            passages = [passage_of(content) for content in before.given["passages"]]
            step = self._answer(before.given["question"], passages)
            answered = answer_of(step.found)
            if answered.text != before.found["text"]:
                different.append("answer")
        reply, _ = _text(sorted_.found["category"], answered)
        return reply, different

    def _sure(self, confidence: float | None) -> bool:
        """A service that gives no probabilities is taken at its word."""
        return confidence is None or confidence >= self._least

    def _sort(self, message: str) -> TraceStep:
        began = time.perf_counter()
        found = self.triage.sort(message)
        return _step(
            "triage", self.triage.model, began, {"message": message},
            {
                "category": found.label,
                "confidence": None if math.isnan(found.confidence) else found.confidence,
            },
        )  # fmt: skip

    def _retrieve(self, message: str) -> TraceStep:
        began = time.perf_counter()
        hits = self.retriever.search(message, self._k) if self.retriever else []
        name = f"{self.retriever.mode} search" if self.retriever else "no retrieval"
        return _step(
            "retrieve", name, began, {"query": message, "k": self._k},
            {"passages": [as_json(hit.chunk) for hit in hits], "scores": [h.score for h in hits]},
        )  # fmt: skip

    def _answer(self, message: str, passages: Sequence[Chunk]) -> TraceStep:
        began = time.perf_counter()
        answer = ask(message, passages, client=self._client)
        return _step(
            "answer", answer.model, began,
            {"question": message, "passages": [as_json(passage) for passage in passages]},
            as_json(answer),
        )  # fmt: skip


def render(trace: Trace) -> str:
    """The reply from what a trace holds, without asking any model."""
    triage, said = trace.step("triage"), trace.step("answer")
    category = triage.found["category"] if triage else ""
    return _text(category, answer_of(said.found) if said else None)[0]


def support_assistant(
    *,
    triage: Triage | None = None,
    pages: Sequence[Page] | None = None,
    embedder: Embedder | None = None,
    log: Path | None = None,
    least_confidence: float = LEAST_CONFIDENCE,
) -> Assistant:
    """The assistant of lesson 07: lesson 05's triage and lesson 04's retrieval.

    The first call trains the triage for about a minute and embeds the handbook. The assistant has
    a retriever of its own: use it in a `with`, or close it.

    Args:
        triage: sorts messages; by default the model of lesson 05, trained if it has not been.
        pages: the handbook; the course's by default.
        log: where traces go; `assistant.jsonl` in the workshop's folder by default.
    """
    embedder = embedder or load_embedder()
    return Assistant(
        triage or tuned_triage(embedder),
        handbook_retriever(pages or load_handbook(), embedder),
        log=log or get_settings().home / "assistant.jsonl",
        least_confidence=least_confidence,
    )


def handbook_chunks(pages: Sequence[Page]) -> list[Chunk]:
    """The pages in chunks as the last step of lesson 04's ladder cuts them."""
    return cut_all(LADDER[-1], [Document(f"{page.name}.md", page.text) for page in pages])


def handbook_texts(pages: Sequence[Page]) -> list[str]:
    """What is embedded of each chunk of the pages."""
    return [searchable(c, breadcrumbs=LADDER[-1].breadcrumbs) for c in handbook_chunks(pages)]


def handbook_retriever(
    pages: Sequence[Page], embedder: Embedder, *, store: str | None = None
) -> Retriever:
    """Search over the pages as the last step of lesson 04's ladder searches.

    Args:
        pages: the handbook.
        embedder: makes the vectors.
        store: URL of the store that keeps them; `WORKSHOP_STORE` by default.
    """
    step = LADDER[-1]
    return Retriever(
        handbook_chunks(pages), embedder, mode=step.mode, breadcrumbs=step.breadcrumbs, store=store
    )


def _text(category: str, answer: Answer | None) -> tuple[str, Outcome]:
    if answer is None:
        return handed_over(), "handed_over"
    return house_reply(category, answer), "refused" if answer.refused else "answered"


def _step(
    name: str, model: str, began: float, given: dict[str, Any], found: dict[str, Any]
) -> TraceStep:
    seconds = round(time.perf_counter() - began, 6)
    return TraceStep(name=name, model=model, seconds=seconds, given=given, found=found)
