"""Get the command's assistant ready soon, and say beforehand what that takes.

The model of lesson 05 takes minutes to train, which nobody wants to wait for before a first reply.
Until it has been trained here, a triage that counts words sorts the messages, and that is said.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.assistant.pipeline import Assistant, handbook_texts, support_assistant
from helpers.assistant.triage import (
    Triage,
    counting_triage,
    triage_files,
    triage_of_before,
    tuned_triage,
)
from helpers.data import load_handbook
from helpers.embedding import CachedEmbedder, Embedder, load_embedder
from helpers.finetuning.estimates import estimate

Tell = Callable[[str], None]
SAMPLE = 32  # texts that are embedded to learn this machine's pace
FEW = 64  # texts that take so little time that nothing needs to be said


def ready_assistant(*, log: Path | None = None, tune: bool = False, tell: Tell) -> Assistant:
    """The assistant with the best triage that is there; close it after use.

    Args:
        log: where traces go.
        tune: train the model of lesson 05 first, if that has not been done here.
        tell: is called with a sentence before each step that takes long.

    Raises:
        ServiceError: a service did not answer, or the job failed.
    """
    embedder = load_embedder()
    triage = _triage(embedder, tune=tune, tell=tell)
    announce(handbook_texts(load_handbook()), embedder, tell)
    return support_assistant(triage=triage, embedder=embedder, log=log)


def announce(texts: Sequence[str], embedder: Embedder, tell: Tell) -> None:
    """Say how long embedding will take, if it will; some of the texts are embedded for that."""
    new = embedder.unknown(texts) if isinstance(embedder, CachedEmbedder) else []
    if len(new) < FEW:
        return
    tell("The first reply takes longer, because the whole handbook is read once.")
    embedder.embed_query("loads the model")
    sample = new[:: len(new) // SAMPLE]
    began = time.perf_counter()
    embedder.embed_documents(sample)
    seconds = time.perf_counter() - began
    left = sum(map(len, new)) / sum(map(len, sample)) - 1
    tell(f"Reading {len(new)} passages: about {max(1, round(seconds * left))} seconds.")


def _triage(embedder: Embedder, *, tune: bool, tell: Tell) -> Triage:
    if not tune:
        found = triage_of_before()
        if found is None:
            tell(
                "The triage counts words, as nothing has been trained here yet; "
                "with --tune lesson 05's model is trained first."
            )
        return found or counting_triage()
    tell("Preparing the tickets to train on.")
    files = triage_files(embedder)
    tell(f"Training the triage, unless that was done before: {estimate(*files)}.")
    return tuned_triage(embedder)
