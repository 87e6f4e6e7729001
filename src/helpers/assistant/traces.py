"""What an assistant did, step by step: kept in a log, and played again from it.

A log is a file of JSON lines, one reply each. What it leaves out: secrets, as no step is ever
given one. It does hold customers' messages, so it belongs where they belong.
"""

import errno
import json
import logging
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from helpers.chunking import Chunk
from helpers.data import DataError
from helpers.data.files import as_record
from helpers.grounding import Answer, Citation

if TYPE_CHECKING:
    from helpers.assistant.pipeline import Assistant

_WRITING = threading.Lock()
_LOG = logging.getLogger(__name__)
_UNWRITABLE: set[Path] = set()  # logs of which that was said


class TraceStep(BaseModel):
    """One step: who did it, how long it took, what it was given, and what it gave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    model: str
    seconds: float
    given: dict[str, Any]
    found: dict[str, Any]

    def in_words(self) -> list[str]:
        """What the step found, in a line or a few."""
        if self.name == "triage":
            sure = self.found["confidence"]
            return [f"{self.found['category']}{'' if sure is None else f', {sure:.0%} sure'}"]
        if self.name == "retrieve":
            pairs = zip(self.found["passages"], self.found["scores"], strict=True)
            lines = [f"{score:.3f}  {p['source']}, {p['heading']}" for p, score in pairs]
            return lines or ["nothing was looked up"]
        if self.name == "answer":
            lines = [
                f"{'✓' if cited['verified'] else '✗'} {cited['source']}: {cited['cited_text']!r}"
                for cited in self.found["citations"]
            ]
            return lines or ["nothing cited: it says that it does not know"]
        return ["the text of the reply"]


class Trace(BaseModel):
    """All steps of one reply, in order, and the reply."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=lambda: f"tr_{uuid4().hex[:12]}")
    time: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    message: str
    outcome: str
    reply: str
    steps: tuple[TraceStep, ...]

    def step(self, name: str) -> TraceStep | None:
        """The step of this name, or None where the reply did without it."""
        return next((step for step in self.steps if step.name == name), None)

    def __str__(self) -> str:
        lines = [f"{self.id}  {self.time}  {self.outcome}"]
        for step in self.steps:
            lines.append(f"  {step.name:<9} {1000 * step.seconds:>6.0f} ms  {step.model}")
            lines += [f"      {line}" for line in step.in_words()]
        return "\n".join(lines)


class Replay(BaseModel):
    """A reply played again: whether it is the same, and the steps that differ."""

    model_config = ConfigDict(frozen=True)

    reply: str
    same: bool
    different: tuple[str, ...] = ()


def append(path: Path, trace: Trace) -> None:
    """Add a trace to a log, as one line in one write, so that no line is ever half of one.

    Raises:
        OSError: the log cannot be written to, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (trace.model_dump_json() + "\n").encode("utf-8")
    with _WRITING:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            before = os.fstat(file).st_size
            written = os.write(file, line)
            if written < len(line):  # the disk is full
                if os.fstat(file).st_size == before + written:
                    os.ftruncate(file, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        finally:
            os.close(file)


def append_if_possible(path: Path, trace: Trace) -> None:
    """As `append`; where that cannot be, it is said once: the reply that was found still counts."""
    try:
        append(path, trace)
    except OSError as error:
        if path not in _UNWRITABLE:
            _UNWRITABLE.add(path)
            reason = error.strerror or error
            _LOG.warning("Traces cannot be kept in %s (%s). Replies go on.", path, reason)


def read_log(path: Path) -> Iterator[Trace]:
    """Every trace of a log, oldest first.

    Raises:
        DataError: the log does not exist, or a line is broken; the message names the line.
    """
    if not path.exists():
        raise DataError(path, 0, "no such log; an assistant with log=… writes it")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                content = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(path, number, f"not JSON ({error.msg})") from None
            yield as_record(path, number, content, Trace)


def replay(trace_id: str, log: Path, *, assistant: "Assistant | None" = None) -> Replay:
    """The reply of a trace, made again from what was logged.

    Without an assistant no model is asked: the reply is rendered from the logged findings, and
    must be the same. With one, its models are asked again with the logged input: the logged
    message and the logged passages, whatever the handbook says today. What differs is named; a
    hosted language model may phrase its answer differently.

    Raises:
        DataError: the log cannot be read.
        ValueError: no trace has this id.
    """
    from helpers.assistant.pipeline import render

    found = next((trace for trace in read_log(log) if trace.id == trace_id), None)
    if found is None:
        raise ValueError(f"{log.name} has no trace {trace_id!r}; read_log() lists them")
    if assistant is None:
        reply = render(found)
        return Replay(reply=reply, same=reply == found.reply)
    reply, different = assistant.play_again(found)
    return Replay(reply=reply, same=reply == found.reply, different=tuple(different))


def as_json(value: Chunk | Answer) -> dict[str, Any]:
    """A passage or an answer as it stands in a trace."""
    if isinstance(value, Chunk):
        names = ("text", "start", "end", "source", "heading", "context")
        return {name: getattr(value, name) for name in names}
    citations = [
        {
            "cited_text": citation.cited_text,
            "source": citation.source,
            "passage": citation.passage,
            "verified": citation.verified,
            "start": citation.start,
            "at": citation.at,
        }
        for citation in value.citations
    ]
    return {
        "text": value.text,
        "citations": citations,
        "refused": value.refused,
        "model": value.model,
        "usage": value.usage,
        "complete": value.complete,
    }


def passage_of(content: dict[str, Any]) -> Chunk:
    """A passage from a trace."""
    return Chunk(**content)


def answer_of(content: dict[str, Any]) -> Answer:
    """An answer from a trace."""
    citations = [Citation(**citation) for citation in content["citations"]]
    return Answer(**content | {"citations": citations})
