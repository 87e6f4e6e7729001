"""Sort a message by a tuned model, or by the base model that knows only the labels' names."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.clients import openai_client
from helpers.data import load_tickets
from helpers.embedding import Embedder
from helpers.finetuning.cleaning import clean
from helpers.finetuning.examples import write_chat_jsonl
from helpers.finetuning.jobs import Prediction, classify, follow, load_result, start_job
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
    folder = folder or get_settings().home / "triage"
    parts = split(clean(load_tickets(), embedder).tickets, embedder)
    train = write_chat_jsonl(parts.train, folder / "train.jsonl")
    validation = write_chat_jsonl(parts.validation, folder / "validation.jsonl")
    job = start_job(train, validation, suffix="tickets", epochs=epochs, client=client)
    if job.status != "succeeded":
        follow(job.id, client=client, on_change=lambda _: None)
    return Triage(load_result(job.id, client=client).model, client)
