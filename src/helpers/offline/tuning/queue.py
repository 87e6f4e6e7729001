"""One job trains at a time, the others wait; what a dead process left can be gone on with.

A lock file says whether anybody trains, in this process or another one with the same folder;
the system frees it when its owner dies, however that happens. A job that is marked as running
while nobody holds the lock was left behind: it is paused, and can be resumed from its last
checkpoint. A job's status is the only order there is: a trainer looks at it between two steps,
and stops when it is no longer `running`.
"""

import csv
import ctypes
import io
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from helpers.offline.machine import Machine
from helpers.offline.tuning.store import Document, Store, new_id
from helpers.offline.tuning.tasks import TaskError, read_task
from helpers.offline.tuning.trainer import Events, Measured, Recipe, Trainer

BASE_MODEL = "offline-minilm"
UNFINISHED = ("validating_files", "queued", "running", "paused")
TELL_EVERY = 5.0  # seconds between two events while a job prepares its first step
_WAIT = 0.2  # seconds between two looks whether another process still trains
_TURN = 1.0  # seconds between two looks at the jobs while others train in this process


class JobQueue:
    """Runs the jobs of a store, in a thread that lives as long as there is work."""

    def __init__(self, store: Store, machine: Machine) -> None:
        self._store = store
        self._embedder, self._turns = machine.embedder, machine.turns
        self._mutex = threading.Lock()
        self._worker: threading.Thread | None = None
        self._place = ("", 0)  # the job that waits, and how many learners were before it
        self.adopt()

    def add(self, job: Document) -> None:
        """Take a new job in and start working."""
        self._store.put("job", job)
        self.tell(job["id"], f"Created fine-tuning job: {job['id']}")
        self.tell(job["id"], f"Validating training file: {job['training_file']}")
        self.wake()

    def wake(self) -> None:
        """Make sure that somebody works as long as there is something to do."""
        with self._mutex:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, daemon=True)
                self._worker.start()

    def adopt(self) -> None:
        """Pause jobs that run by their status while nobody trains, and sweep up after them.

        Where nothing can be written there are no jobs; whoever starts one is told so. Messages
        are answered all the same, since they need nothing from the disk.
        """
        try:
            self._store.folder.mkdir(parents=True, exist_ok=True)
            with self._lock().acquire(timeout=0):
                left, _ = self._store.page("job", wanted=lambda job: job["status"] == "running")
                for job in left:
                    self.move(
                        job["id"], ("running",), "paused", level="warn",
                        message="The process that trained this job has ended. Resume the job to "
                        "go on from its last checkpoint.",
                    )  # fmt: skip
                for partial in self._store.folder.glob("ftjob/*/*.partial"):
                    partial.unlink(missing_ok=True)
        except (Timeout, OSError, sqlite3.Error):
            return

    def move(
        self,
        name: str,
        before: tuple[str, ...],
        after: str,
        *,
        message: str,
        level: str = "info",
        also: Document | None = None,
    ) -> Document | None:
        """Give a job another status, if it has one of those named; None if it has not.

        Args:
            also: fields that change in the same step.
        """

        def change(job: Document) -> Document | None:
            return {"status": after} | (also or {}) if job["status"] in before else None

        return self._store.change("job", name, change, child=("event", _event(message, level)))

    def tell(self, name: str, message: str, *, level: str = "info", data: Any = None) -> None:
        """Add an event to a job; with data it is one of metrics."""
        self._store.put("event", _event(message, level, data), parent=name)

    def _lock(self) -> FileLock:
        """Held by whoever trains. A new object each time, or it would let its own process in."""
        return FileLock(self._store.folder / "training.lock", thread_local=False)

    def _work(self) -> None:
        while True:
            with self._mutex:
                job = self._next()
                if job is None:
                    self._turns.leave(self)
                    self._worker = None
                    return
            try:
                if job["status"] == "validating_files":
                    self._validate(job)
                else:
                    self._wait_and_train(job)
            except Exception as error:  # a job must never take the others with it
                self._fail(job["id"], "training_failed", f"{type(error).__name__}: {error}", None)

    def _next(self) -> Document | None:
        """Jobs to be validated come first, then the one that has waited longest."""
        waiting, _ = self._store.page(
            "job",
            newest_first=False,
            wanted=lambda job: job["status"] in ("validating_files", "queued"),
        )
        # Sorting is stable, so jobs of one status keep their order.
        return min(waiting, key=lambda job: job["status"] != "validating_files", default=None)

    def _validate(self, job: Document) -> None:
        try:
            task = read_task(self._store, job)
        except TaskError as error:
            self._fail(job["id"], error.code, str(error), error.param)
            return
        self.move(
            job["id"], ("validating_files",), "queued",
            message="Files validated, moving job to queued state",
        )  # fmt: skip
        if task.warning:
            self.tell(job["id"], task.warning, level="warn")

    def _wait_and_train(self, job: Document) -> None:
        with self._turns.turn(self, timeout=_TURN) as came:
            if not came:
                self._tell_place(job["id"])
                return  # another learner's job trains; the next round asks again
            try:
                with self._lock().acquire(timeout=_WAIT):
                    started = self.move(
                        job["id"], ("queued",), "running", message="Fine-tuning job started"
                    )
                    if started:
                        self._train(started)
                        release_memory()
            except Timeout:
                return  # another process trains

    def _tell_place(self, name: str) -> None:
        """Say how many are before this job, whenever that changes."""
        place = name, self._turns.before(self)
        if place != self._place and place[1]:
            self._place = place
            self.tell(name, f"Waiting for its turn; learners before this one: {place[1]}")

    def _train(self, job: Document) -> None:
        name = job["id"]
        task = read_task(self._store, job)
        folder = self._store.content(name)
        chosen = job["hyperparameters"]
        recipe = Recipe(
            chosen["n_epochs"], chosen["batch_size"], chosen["learning_rate_multiplier"],
            job["seed"],
        )  # fmt: skip
        trainer = Trainer(
            task.labels, task.train, task.valid, recipe, folder, self._embedder,
            reads_system=task.reads_system,
        )  # fmt: skip
        teller = _Teller(self, job)
        best = trainer.run(
            Events(
                on_prepare=teller.on_prepare,
                on_step=teller.on_step,
                on_epoch=teller.on_epoch,
                should_stop=lambda: not self._is_running(name),
            )
        )
        if best is None:
            if self._status(name) == "cancelled":
                trainer.forget()
            return
        model = self.add_model(job, best, "")
        rows = self._rows(name)
        self.tell(name, f"New fine-tuned model created: {model}")
        self.move(
            name, ("running",), "succeeded", message="The job has successfully completed",
            also={
                "fine_tuned_model": model,
                "result_files": [self._write_results(rows)],
                "finished_at": int(time.time()),
                "estimated_finish": None,
                "trained_tokens": round(
                    max(rows) / trainer.steps_an_epoch * trainer.tokens_an_epoch
                ),
            },
        )  # fmt: skip

    def add_model(self, job: Document, path: Path, ending: str) -> str:
        """Name the weights of a file, so that they can be asked for; gives the name."""
        suffix = job["user_provided_suffix"] or ""
        name = f"ft:{BASE_MODEL}:workshop:{suffix}:{job['id'][-8:]}{ending}"
        if self._store.get("model", name) is None:
            document = {
                "id": name,
                "object": "model",
                "created": int(time.time()),
                "owned_by": "workshop",
                "_job": job["id"],
                "_file": path.name,
                "_checkpoint": bool(ending),
            }
            self._store.put("model", document)
        return name

    def add_checkpoint(self, job: Document, measured: Measured, path: Path) -> None:
        model = self.add_model(job, path, f":ckpt-step-{measured.step}")
        checkpoint = {
            "id": f"ftckpt-{job['id'][-16:]}-{measured.step}",
            "object": "fine_tuning.job.checkpoint",
            "created_at": int(time.time()),
            "fine_tuned_model_checkpoint": model,
            "fine_tuning_job_id": job["id"],
            "step_number": measured.step,
            "metrics": metrics(measured),
        }
        if self._store.get("checkpoint", checkpoint["id"]) is None:
            self._store.put("checkpoint", checkpoint, parent=job["id"])
            self.tell(job["id"], f"Checkpoint created at step {measured.step}")

    def expect(self, name: str, finish: float) -> None:
        """Note when the job will be done."""
        self._store.change("job", name, lambda _: {"estimated_finish": int(finish)})

    def _is_running(self, name: str) -> bool:
        return self._status(name) == "running"

    def _status(self, name: str) -> str:
        job = self._store.get("job", name)
        return job["status"] if job else "cancelled"

    def _fail(self, name: str, code: str, message: str, param: str | None) -> None:
        also = {
            "error": {"code": code, "message": message, "param": param},
            "finished_at": int(time.time()),
            "estimated_finish": None,
        }
        self.move(name, UNFINISHED, "failed", message=message, level="error", also=also)

    def _rows(self, name: str) -> dict[int, Document]:
        """The figures of each step; of a step that was done twice, the later ones."""
        events, _ = self._store.page("event", parent=name, newest_first=False)
        return {e["data"]["step"]: e["data"] for e in events if e["type"] == "metrics"}

    def _write_results(self, rows: dict[int, Document]) -> str:
        text = io.StringIO(newline="")
        columns = ["step", "train_loss", "train_mean_token_accuracy", "full_valid_loss",
                   "full_valid_mean_token_accuracy"]  # fmt: skip
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[step] for step in sorted(rows))
        name = new_id("file")
        raw = text.getvalue().encode()
        self._store.write(name, io.BytesIO(raw))
        document = file_document(name, "step_metrics.csv", len(raw), "fine-tune-results")
        self._store.put("file", document)
        return name


def release_memory() -> None:
    """Hand freed memory back to the system.

    glibc keeps what a thread has freed, and each job has a thread of its own: after one job the
    process held 2.2 GB of which 1.4 GB were free, and more after each further job. Other systems
    need no reminder, and have none.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # musl has none
            trim(0)


def _event(message: str, level: str, data: Document | None = None) -> Document:
    return {
        "id": new_id("event"),
        "object": "fine_tuning.job.event",
        "created_at": int(time.time()),
        "level": level,
        "message": message,
        "type": "message" if data is None else "metrics",
        "data": data or {},
    }


class _Teller:
    """Turns what the trainer tells into events."""

    def __init__(self, queue: JobQueue, job: Document) -> None:
        self._queue, self._job = queue, job
        self._began: tuple[float, int] | None = None
        self._prepared = ("", 0.0)  # what was told last, and when

    def on_prepare(self, what: str, done: int, of: int) -> None:
        """The first and the last of each kind, and every few seconds one in between."""
        before, when = self._prepared
        if what != before or done == of or time.monotonic() - when >= TELL_EVERY:
            self._prepared = what, time.monotonic()
            message = f"{what[0].upper()}{what[1:]}: {done} of {of}"
            self._queue.tell(self._job["id"], message)

    def on_step(self, measured: Measured) -> None:
        now = time.time()
        began, first = self._began or (now, measured.step)
        self._began = began, first
        done = measured.step - first
        if done and done % 5 == 0:
            left = (measured.of - measured.step) * (now - began) / done
            self._queue.expect(self._job["id"], now + left)
        self._note(measured)

    def on_epoch(self, measured: Measured, checkpoint: Path) -> None:
        self._note(measured)
        self._queue.add_checkpoint(self._job, measured, checkpoint)

    def _note(self, measured: Measured) -> None:
        message = f"Step {measured.step}/{measured.of}: training loss={measured.train_loss:.2f}"
        if measured.valid_loss is not None:
            message += f", full validation loss={measured.valid_loss:.2f}"
        data = {"total_steps": measured.of, **metrics(measured)}
        self._queue.tell(self._job["id"], message, data=data)


def metrics(measured: Measured) -> Document:
    """The figures under the vendor's names; an answer is one token here."""
    found: Document = {
        "step": measured.step,
        "train_loss": measured.train_loss,
        "train_mean_token_accuracy": measured.train_accuracy,
    }
    if measured.valid_loss is not None:
        found["full_valid_loss"] = measured.valid_loss
        found["full_valid_mean_token_accuracy"] = measured.valid_accuracy
    return found


def file_document(name: str, filename: str, size: int, purpose: str) -> Document:
    return {
        "id": name,
        "object": "file",
        "bytes": size,
        "created_at": int(time.time()),
        "filename": filename,
        "purpose": purpose,
        "status": "processed",
        "status_details": None,
        "expires_at": None,
    }
