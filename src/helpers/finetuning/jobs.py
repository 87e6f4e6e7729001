"""Start a fine-tuning job, follow it, and ask the model that comes out.

The calls are those of the openai SDK, so the same code runs on the embedded provider, at OpenAI
and at any service that speaks its API. A job belongs to the service and not to the kernel: its id
is enough to pick it up again after a restart.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.clients import openai_client
from helpers.failures import ServiceError, readable_failures
from helpers.finetuning.examples import SYSTEM
from helpers.offline import READER
from helpers.settings import get_settings

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.fine_tuning import FineTuningJob

    from helpers.plots import Figure

FINISHED = ("succeeded", "failed", "cancelled")
EVERY = 1.0  # seconds between two looks at a job
LONGEST_ANSWER = 200  # tokens; far more than a label has, so that no label is cut
DRAW_EVERY = 3.0  # seconds between two drawings, which take time from a job on this machine


@dataclass(frozen=True, slots=True)
class Curve:
    """Losses by step: one a step for training, one an epoch for validation."""

    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    valid_steps: list[int] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    total_steps: int = 0

    def draw(self) -> "Figure":
        """The curve as a figure."""
        from helpers import plots

        return plots.loss_curve(
            self.steps, self.train_loss, valid_steps=self.valid_steps,
            valid_loss=self.valid_loss, total_steps=self.total_steps,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobResult:
    """A finished job: the model's name, how long it took, and what was measured.

    `seconds` counts from the job's creation to its end, waiting included. `checkpoints` are pairs
    of a step and the name under which the model of that step can be asked.
    """

    job_id: str
    model: str
    seconds: float
    trained_tokens: int | None
    curve: Curve
    checkpoints: list[tuple[int, str]]


def start_job(
    train: Path,
    validation: Path | None = None,
    *,
    suffix: str = "tickets",
    epochs: int | None = None,
    seed: int = 0,
    reuse: bool = True,
    client: "OpenAI | None" = None,
) -> "FineTuningJob":
    """Upload the files and create a job; or give back the one that did the same before.

    Args:
        train: chat JSONL to learn from.
        validation: chat JSONL to watch while training; the best epoch is chosen by it.
        suffix: part of the new model's name.
        epochs: how often the examples are seen; the service decides when it is None.
        reuse: look first for a job with the same files and settings that has not failed, so that
            running a cell twice neither trains nor costs twice.

    Raises:
        ServiceError: the service refused something; the message says what.
        FileNotFoundError: a file does not exist.
    """
    client = client or openai_client()
    chosen = {"n_epochs": epochs} if epochs else {}
    fingerprint = _fingerprint(train, validation, suffix, chosen, seed)
    with readable_failures("openai"), _alone(fingerprint):
        if reuse and (before := _earlier(client, fingerprint)):
            return before
        uploaded = [_upload(client, path) for path in (train, validation) if path]
        request: dict[str, Any] = {
            "model": get_settings().openai_model,
            "training_file": uploaded[0],
            "suffix": suffix,
            "seed": seed,
            "metadata": {"fingerprint": fingerprint},
            "method": {"type": "supervised", "supervised": {"hyperparameters": chosen}},
        }
        if validation:
            request["validation_file"] = uploaded[1]
        return client.fine_tuning.jobs.create(**request)


def finished_job(
    train: Path,
    validation: Path | None = None,
    *,
    suffix: str = "tickets",
    epochs: int | None = None,
    seed: int = 0,
    client: "OpenAI | None" = None,
) -> "FineTuningJob | None":
    """The job with these files and settings that has succeeded, or None. Nothing is uploaded.

    Raises:
        ServiceError: the service did not answer.
        FileNotFoundError: a file does not exist.
    """
    client = client or openai_client()
    chosen = {"n_epochs": epochs} if epochs else {}
    with readable_failures("openai"):
        job = _earlier(client, _fingerprint(train, validation, suffix, chosen, seed))
    return job if job and job.status == "succeeded" else None


@contextmanager
def _alone(fingerprint: str) -> Iterator[None]:
    """Until this is left, no other kernel on this machine looks for that job or creates it.

    Two that look at the same moment would both find none, and both create one. Where the folder
    cannot be written to, nobody can wait for anybody.
    """
    from filelock import FileLock

    lock = FileLock(get_settings().home / "starting" / f"{fingerprint}.lock", thread_local=False)
    with ExitStack() as held:
        with suppress(OSError):
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(lock)
        yield


def follow(
    job_id: str,
    *,
    client: "OpenAI | None" = None,
    on_change: Callable[[Curve], None] | None = None,
    every: float = EVERY,
) -> "FineTuningJob":
    """Wait for a job with a progress bar, and in a notebook with a loss curve that grows.

    Before the first step the bar says what the job does: waiting for its turn, or embedding. It is
    gone when the job is done; the curve stays.

    A job that was paused, because its process died or somebody paused it, is resumed. Stopping
    this function stops only the looking: the job goes on, and its id picks it up again.

    Args:
        on_change: called with the curve so far in place of drawing it.
        every: seconds between two looks.

    Raises:
        ServiceError: the job failed or was cancelled; the message has the service's reason.
    """
    from tqdm.auto import tqdm

    client = client or openai_client()
    draw = on_change or _live_drawing()
    reader = _CurveReader(job_id, client)
    drawn = 0.0
    # In a notebook a bar without a total is a square of 20 pixels, so it stands at 0 of 1 until the
    # job says how many steps it has.
    with tqdm(desc="waiting for the first step", unit="step", total=1, leave=False) as bar:
        while True:
            with readable_failures("openai"):
                job = client.fine_tuning.jobs.retrieve(job_id)
                if str(job.status) == "paused":
                    job = client.fine_tuning.jobs.resume(job_id)
                news = reader.read_on()
            done = job.status in FINISHED
            if news and not reader.last:
                bar.set_description(reader.message)
            if reader.last and (news or done):
                if bar.total != reader.total or not bar.n:
                    # Setting bar.total alone leaves a notebook's bar as it is.
                    bar.reset(reader.total)
                    bar.set_description("training")
                bar.update(reader.last - bar.n)
                if done or time.monotonic() - drawn > DRAW_EVERY:
                    drawn = time.monotonic()
                    draw(reader.curve())
            if done:
                break
            time.sleep(every)
    if job.status != "succeeded":
        reason = job.error.message if job.error else "nobody said why"
        raise ServiceError(f"Job {job_id} {job.status}: {reason}")
    return job


def load_result(job_id: str, *, client: "OpenAI | None" = None) -> JobResult:
    """What came of a job that succeeded.

    Raises:
        ServiceError: there is no such job, or it has not succeeded.
    """
    client = client or openai_client()
    with readable_failures("openai"):
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status != "succeeded" or not job.fine_tuned_model:
            raise ServiceError(f"Job {job_id} has no result: its status is {job.status}")
        checkpoints = [
            (checkpoint.step_number, checkpoint.fine_tuned_model_checkpoint)
            for checkpoint in client.fine_tuning.jobs.checkpoints.list(job_id)
        ]
        return JobResult(
            job_id,
            job.fine_tuned_model,
            float((job.finished_at or 0) - job.created_at),
            job.trained_tokens,
            read_curve(job_id, client),
            sorted(checkpoints),
        )


def read_curve(job_id: str, client: "OpenAI") -> Curve:
    """The losses so far, from the job's events; of a step done twice the later one."""
    reader = _CurveReader(job_id, client)
    reader.read_on()
    return reader.curve()


class _CurveReader:
    """Reads a job's events, each of them once."""

    def __init__(self, job_id: str, client: "OpenAI") -> None:
        self._job_id, self._client = job_id, client
        self._newest: str | None = None
        self._found: dict[int, dict[str, Any]] = {}
        self.total = 0
        self.message = "waiting"  # what the job has said last

    @property
    def last(self) -> int:
        return max(self._found, default=0)

    def read_on(self) -> bool:
        """Read what is new; whether there was anything."""
        new = []
        for event in self._client.fine_tuning.jobs.list_events(self._job_id, limit=100):
            if event.id == self._newest:
                break
            new.append(event)
        for event in reversed(new):  # the newest comes first
            data = event.data if isinstance(event.data, dict) else {}
            step = data.get("step")
            if event.type == "metrics" and isinstance(step, int) and "train_loss" in data:
                self._found[step] = data
                self.total = max(self.total, int(data.get("total_steps") or step))
        if new:
            self._newest = new[0].id
            self.message = new[0].message
        return bool(new)

    def curve(self) -> Curve:
        found = self._found
        steps = sorted(found)
        valid = [step for step in steps if found[step].get("full_valid_loss") is not None]
        return Curve(
            steps,
            [found[step]["train_loss"] for step in steps],
            valid,
            [found[step]["full_valid_loss"] for step in valid],
            self.total,
        )


@dataclass(frozen=True, slots=True)
class Prediction:
    """A label, and how probable the model held it, from 0 to 1; nan where it did not say."""

    label: str
    confidence: float


def classify(
    texts: Sequence[str],
    model: str,
    *,
    system: str = SYSTEM,
    client: "OpenAI | None" = None,
) -> list[Prediction]:
    """Ask the model for the label of each text, one call a text.

    Raises:
        ServiceError: the service did not answer, or the extractive reader did, which is no
            classifier; the message says why.
    """
    import math

    from tqdm.auto import tqdm

    client = client or openai_client()
    found = []
    for text in tqdm(texts, desc="asking", unit="text", leave=False, disable=len(texts) < 100):
        with readable_failures("openai"):
            answer = client.chat.completions.create(
                model=model,
                messages=[
                    {"role": "system", "content": system},
                    {"role": "user", "content": text},
                ],
                temperature=0,
                logprobs=True,
                max_completion_tokens=LONGEST_ANSWER,
            )
        if answer.model == READER:
            raise ServiceError(
                f"{model} knows no labels, so the extractive reader answered. List them in the "
                "system prompt, such as 'Answer with exactly one of: billing, bug.'"
            )
        choice = answer.choices[0]
        tokens = (choice.logprobs.content if choice.logprobs else None) or []
        confidence = math.exp(sum(token.logprob for token in tokens)) if tokens else math.nan
        found.append(Prediction((choice.message.content or "").strip(), confidence))
    return found


def _upload(client: "OpenAI", path: Path) -> str:
    with path.open("rb") as file:
        return client.files.create(file=file, purpose="fine-tune").id


def _earlier(client: "OpenAI", fingerprint: str) -> "FineTuningJob | None":
    for job in client.fine_tuning.jobs.list(limit=20, metadata={"fingerprint": fingerprint}):
        same = (job.metadata or {}).get("fingerprint") == fingerprint
        if not same or job.status in ("failed", "cancelled"):
            continue
        if job.status != "succeeded" or _still_there(client, job.fine_tuned_model):
            return job
    return None


def _still_there(client: "OpenAI", model: str | None) -> bool:
    import openai

    try:
        return bool(model and client.models.retrieve(model))
    except openai.NotFoundError:
        return False


def _fingerprint(
    train: Path, validation: Path | None, suffix: str, chosen: dict[str, int], seed: int
) -> str:
    digest = hashlib.sha256(f"{suffix} {chosen} {seed}".encode())
    for path in (train, validation):
        digest.update(b"|")
        if path:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


def _live_drawing() -> Callable[[Curve], None]:
    """Draws the curve into one place of the notebook, again and again; elsewhere nothing."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return lambda _: None
    if get_ipython() is None:
        return lambda _: None
    handle: list[Any] = []

    def draw(curve: Curve) -> None:
        data, metadata = curve.draw().outputs()[0]
        if handle:
            handle[0].update(data, metadata=metadata, raw=True)
        else:
            handle.append(display(data, metadata=metadata, raw=True, display_id=True))

    return draw
