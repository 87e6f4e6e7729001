"""Sort a message by a tuned model, by the base model that knows only the labels' names, or by
counting words where nothing has been trained yet."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.clients import openai_client
from helpers.data import load_tickets
from helpers.embedding import Embedder
from helpers.finetuning.baselines import fit_word_counts
from helpers.finetuning.cleaning import clean, drop_empty, repair
from helpers.finetuning.examples import write_chat_jsonl
from helpers.finetuning.jobs import (
    Prediction,
    classify,
    finished_job,
    follow,
    load_result,
    start_job,
)
from helpers.finetuning.splitting import split
from helpers.settings import get_settings

if TYPE_CHECKING:
    from openai import OpenAI


@dataclass(frozen=True)
class Triage:
    """A model that gives a message its category, and how sure it is.

    >>> Triage("offline-minilm").sort("Charged twice!").label in ("billing", "bug")
    True
    """

    model: str
    client: "OpenAI | None" = None

    def sort(self, message: str) -> Prediction:
        """Category and confidence, from 0 to 1, of a message.

        Raises:
            ServiceError: the service did not answer; the message says why.
        """
        return classify([message], self.model, client=self.client)[0]


def tuned_triage(
    embedder: Embedder,
    *,
    epochs: int | None = None,
    folder: Path | None = None,
    client: "OpenAI | None" = None,
) -> Triage:
    """The model of lesson 05: trained on the cleaned tickets, or taken from an earlier job.

    The job is found again by its files and settings, so only the first call trains, for about a
    minute. It is started where the settings say; a hosted service may charge for it.

    Args:
        embedder: finds near duplicates while cleaning.
        epochs: how often the tickets are seen; the service decides when it is None.
        folder: where the training files are written; by default in the workshop's folder.

    Raises:
        ServiceError: the service refused the job, or it failed.
    """
    client = client or openai_client()
    train, validation = triage_files(embedder, folder=folder)
    job = start_job(train, validation, suffix="tickets", epochs=epochs, client=client)
    if job.status != "succeeded":
        follow(job.id, client=client, on_change=lambda _: None)
    return Triage(load_result(job.id, client=client).model, client)


def triage_files(embedder: Embedder, *, folder: Path | None = None) -> tuple[Path, Path]:
    """The files that `tuned_triage` trains on and watches, written anew from the tickets."""
    parts = split(clean(load_tickets(), embedder).tickets, embedder)
    train, validation = _files(folder)
    return write_chat_jsonl(parts.train, train), write_chat_jsonl(parts.validation, validation)


def triage_of_before(
    *, folder: Path | None = None, client: "OpenAI | None" = None
) -> Triage | None:
    """The model that `tuned_triage` has trained here before, or None.

    Raises:
        ServiceError: the service that trained it did not answer.
    """
    train, validation = _files(folder)
    if not (train.exists() and validation.exists()):
        return None
    client = client or openai_client()
    job = finished_job(train, validation, suffix="tickets", client=client)
    return Triage(job.fine_tuned_model, client) if job and job.fine_tuned_model else None


def counting_triage() -> Triage:
    """A triage that counts words: it has learned after a second, and knows no confidence.

    >>> counting_triage().sort("You charged my card twice.").label
    'billing'
    """
    repaired = [
        ticket.model_copy(update={"subject": repair(ticket.subject), "body": repair(ticket.body)})
        for ticket in load_tickets()
    ]
    tickets, _ = drop_empty(repaired)
    model = fit_word_counts([t.text for t in tickets], [t.label for t in tickets])
    return _CountingTriage("word counts of the tickets", fitted=model)


@dataclass(frozen=True)
class _CountingTriage(Triage):
    fitted: Any = None

    def sort(self, message: str) -> Prediction:
        return Prediction(str(self.fitted.predict([message])[0]), math.nan)


def _files(folder: Path | None) -> tuple[Path, Path]:
    folder = folder or get_settings().home / "triage"
    return folder / "train.jsonl", folder / "validation.jsonl"
