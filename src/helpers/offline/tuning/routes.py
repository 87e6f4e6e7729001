"""The endpoints of OpenAI's API: files, fine-tuning jobs, models, chat completions."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, g, jsonify, request, send_file

from helpers.offline import models
from helpers.offline.errors import ApiError, openai_body
from helpers.offline.faults import NO_FAULT
from helpers.offline.limits import Limits
from helpers.offline.machine import Machine
from helpers.offline.requests import json_body
from helpers.offline.schema import parse
from helpers.offline.tuning.completions import Completions, chunks, completion, not_found
from helpers.offline.tuning.queue import BASE_MODEL, UNFINISHED, JobQueue, file_document
from helpers.offline.tuning.schema import ChatRequest, JobRequest
from helpers.offline.tuning.store import Document, Store, new_id

SEED = 42  # of a job that names none


def openai_routes(store: Store, machine: Machine, limits: Limits) -> Blueprint:
    """A blueprint with everything that needs the store."""
    routes = Blueprint("openai", __name__)
    queue = JobQueue(store, machine)
    completions = Completions(store, machine.embedder, machine.loaded)

    @routes.post("/v1/files")
    def upload_file() -> Response:
        request.max_content_length = limits.file
        uploaded = request.files.get("file")
        purpose = request.form.get("purpose")
        if uploaded is None:
            raise ApiError(400, "file: upload a file in the form field 'file'", param="file")
        if purpose != "fine-tune":
            problem = f"purpose: {str(purpose)[:40]!r} is not supported here; use 'fine-tune'"
            raise ApiError(400, problem, param="purpose")
        _leave_room()
        name = new_id("file")
        size = store.write(name, uploaded.stream)
        try:
            if size == 0:
                raise ApiError(400, "file: the file is empty", param="file")
            _leave_room()
        except ApiError:
            store.content(name).unlink(missing_ok=True)
            raise
        filename = (uploaded.filename or "upload.jsonl")[:200]
        return jsonify(store.put("file", file_document(name, filename, size, purpose)))

    def _leave_room() -> None:
        """Refuse to keep more than the limit, so that one learner does not fill the disk."""
        if limits.stored is not None and store.size() > limits.stored:
            problem = (
                f"Your files and models take more than {limits.stored / 2**20:,.0f} MB. Delete "
                "some with files.delete and models.delete, then go on."
            )
            raise ApiError(400, problem, code="storage_limit_exceeded")

    @routes.get("/v1/files")
    def list_files() -> Response:
        purpose = request.args.get("purpose")
        return _page(
            store, "file", most=10_000, usual=10_000,
            newest_first=request.args.get("order", "desc") != "asc",
            wanted=lambda file: purpose in (None, file["purpose"]),
        )  # fmt: skip

    @routes.get("/v1/files/<name>")
    def retrieve_file(name: str) -> Response:
        return jsonify(_file(name))

    @routes.get("/v1/files/<name>/content")
    def file_content(name: str) -> Response:
        file = _file(name)
        return send_file(
            store.content(name), mimetype="application/octet-stream", as_attachment=True,
            download_name=file["filename"], conditional=False,
        )  # fmt: skip

    @routes.delete("/v1/files/<name>")
    def delete_file(name: str) -> Response:
        _file(name)
        uses, _ = store.page(
            "job",
            limit=1,
            wanted=lambda job: (
                job["status"] in UNFINISHED
                and name in (job["training_file"], job["validation_file"])
            ),
        )
        if uses:
            problem = f"File {name} is used by job {uses[0]['id']}; cancel that first."
            raise ApiError(409, problem, param="id")
        store.delete("file", name)
        store.content(name).unlink(missing_ok=True)
        return jsonify(id=name, object="file", deleted=True)

    def _file(name: str) -> Document:
        file = store.get("file", name)
        if file is None:
            raise ApiError(404, f"No such File object: {name[:100]}", param="id")
        return file

    @routes.post("/v1/fine_tuning/jobs")
    def create_job() -> Response:
        asked = parse(JobRequest, json_body())
        for param in ("training_file", "validation_file"):
            name = getattr(asked, param)
            if name and store.get("file", name) is None:
                raise ApiError(400, f"invalid {param}: {name[:100]}", param=param,
                               code="invalid_file")  # fmt: skip
        _leave_room()
        if limits.jobs is not None:
            waiting, _ = store.page("job", wanted=lambda job: job["status"] in UNFINISHED)
            if len(waiting) >= limits.jobs:
                problem = (
                    f"{len(waiting)} of your jobs are not finished; cancel one, or wait for it"
                )
                raise ApiError(429, problem, code="rate_limit_exceeded")
        chosen = asked.chosen()
        job = {
            "id": new_id("job"),
            "object": "fine_tuning.job",
            "created_at": int(time.time()),
            "finished_at": None,
            "estimated_finish": None,
            "status": "validating_files",
            "model": BASE_MODEL,
            "fine_tuned_model": None,
            "training_file": asked.training_file,
            "validation_file": asked.validation_file,
            "hyperparameters": chosen,
            "method": {"type": "supervised", "supervised": {"hyperparameters": chosen}},
            "seed": SEED if asked.seed is None else asked.seed,
            "user_provided_suffix": asked.suffix,
            "metadata": asked.metadata,
            "organization_id": "org-offline",
            "result_files": [],
            "trained_tokens": None,
            "integrations": [],
            "error": None,
        }
        queue.add(job)
        return jsonify(job)

    @routes.get("/v1/fine_tuning/jobs")
    def list_jobs() -> Response:
        queue.adopt()
        tags = {
            key[len("metadata[") : -1]: value
            for key, value in request.args.items()
            if key.startswith("metadata[")
        }
        return _page(
            store, "job", most=100, usual=20,
            wanted=lambda job: (job["metadata"] or {}).items() >= tags.items(),
        )  # fmt: skip

    @routes.get("/v1/fine_tuning/jobs/<name>")
    def retrieve_job(name: str) -> Response:
        job = _job(name)
        if job["status"] == "running":
            queue.adopt()
        elif job["status"] in ("queued", "validating_files"):
            queue.wake()  # whoever took it in may be gone
        return jsonify(_job(name))

    @routes.get("/v1/fine_tuning/jobs/<name>/events")
    def list_events(name: str) -> Response:
        _job(name)
        return _page(store, "event", parent=name, most=1000, usual=20)

    @routes.get("/v1/fine_tuning/jobs/<name>/checkpoints")
    def list_checkpoints(name: str) -> Response:
        _job(name)
        return _page(store, "checkpoint", parent=name, most=100, usual=10)

    @routes.post("/v1/fine_tuning/jobs/<name>/<action>")
    def act(name: str, action: str) -> Response:
        if action not in _ACTIONS:
            raise ApiError(404, f"POST {request.path}: no such endpoint here")
        before, after, message = _ACTIONS[action]
        job = _job(name)
        if job["status"] == "running":
            queue.adopt()
        finished = {"finished_at": int(time.time())} if after == "cancelled" else {}
        moved = queue.move(name, before, after, message=message, also=finished)
        if moved is None:
            problem = f"Job {name} cannot be {_DONE[action]}: its status is {_job(name)['status']}."
            raise ApiError(400, problem, code="invalid_job_status")
        if after == "queued":
            queue.wake()
        return jsonify(moved)

    def _job(name: str) -> Document:
        job = store.get("job", name)
        if job is None:
            problem = f"Could not find fine tune: {name[:100]}"
            raise ApiError(404, problem, param="fine_tune_id", code="fine_tune_not_found")
        return job

    @routes.post("/v1/chat/completions")
    def chat() -> Response:
        asked = parse(ChatRequest, json_body())
        document = completion(completions.answer(asked), asked)
        if not asked.stream:
            return jsonify(document)
        usage = bool(asked.stream_options and asked.stream_options.include_usage)
        error = b"data: " + jsonify(openai_body(503, "Overloaded")).get_data() + b"\n\n"
        fault = g.get("fault", NO_FAULT)
        events = fault.upon(chunks(document, include_usage=usage), error)
        return Response(events, mimetype="text/event-stream")

    @routes.delete("/v1/models/<name>")
    def delete_model(name: str) -> Response:
        model = store.get("model", name)
        if model is None:
            raise not_found(name)
        folder = store.content(model["_job"])
        same_job, _ = store.page("model", wanted=lambda m: m["_job"] == model["_job"])
        # With the model its checkpoints go; one checkpoint takes only its own file with it.
        gone = [model] if model["_checkpoint"] else same_job
        kept = {m["_file"] for m in same_job if m not in gone}
        for one in gone:
            store.delete("model", one["id"])
            if one["_file"] not in kept:
                machine.loaded.forget(folder / one["_file"])
                (folder / one["_file"]).unlink(missing_ok=True)
        return jsonify(id=name, object="model", deleted=True)

    return routes


# What each action does to a job: statuses before, status after, and the event.
_ACTIONS = {
    "cancel": (UNFINISHED, "cancelled", "The job was cancelled"),
    "pause": (("validating_files", "queued", "running"), "paused", "The job was paused"),
    "resume": (("paused",), "queued", "The job was resumed and waits for its turn"),
}
_DONE = {"cancel": "cancelled", "pause": "paused", "resume": "resumed"}


def tuned_models(store: Store) -> list[Document]:
    """Every tuned model, newest first, without checkpoints."""
    found, _ = store.page("model", wanted=lambda model: not model["_checkpoint"])
    return [shown(model) for model in found]


def shown(document: Document) -> Document:
    """Without what is nobody's business outside."""
    return {key: value for key, value in document.items() if not key.startswith("_")}


def openai_models(store: Store) -> list[Document]:
    """The base model, the embedding model, and every tuned one."""
    base = models.EMBEDDER_INFO | {"id": BASE_MODEL}
    return [models.EMBEDDER_INFO, base, *tuned_models(store)]


def openai_model(store: Store, name: str) -> Document:
    """The model of that name, checkpoints included.

    Raises:
        ApiError: there is none.
    """
    tuned = store.get("model", name)
    if tuned:
        return shown(tuned)
    for model in openai_models(store):
        if model["id"] == name:
            return model
    raise not_found(name)


def _page(
    store: Store,
    kind: Any,
    *,
    most: int,
    usual: int,
    parent: str = "",
    newest_first: bool = True,
    wanted: Callable[[Document], bool] = lambda _: True,
) -> Response:
    limit = limit_of(request.args, most=most, usual=usual)
    data, more = store.page(
        kind, parent=parent, after=request.args.get("after"), limit=limit,
        newest_first=newest_first, wanted=wanted,
    )  # fmt: skip
    return jsonify(
        object="list",
        data=[shown(document) for document in data],
        has_more=more,
        first_id=data[0]["id"] if data else None,
        last_id=data[-1]["id"] if data else None,
    )


def limit_of(query: Mapping[str, str], *, most: int, usual: int) -> int:
    """How many results a page is to have.

    Raises:
        ApiError: `limit` is no whole number from 1 to `most`.
    """
    limit = query.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= most):
        problem = f"limit: {limit[:20]!r} is not a whole number from 1 to {most}"
        raise ApiError(400, problem, param="limit")
    return int(limit)
