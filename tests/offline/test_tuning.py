"""OpenAI's side of the provider, with the vendor's SDK as client: in process and on loopback."""

import io
import threading
import time

import numpy as np
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import served
from tuning_jobs import MONEY, SYSTEM, WEATHER, lines, mounted, train, upload, wait
from waiting import PATIENCE, wait_for

from helpers.offline import READER, create_app
from helpers.offline.faults import HEADER
from helpers.offline.limits import Limits
from helpers.offline.tuning.completions import ZERO_SHOT
from helpers.offline.tuning.labels import LabelsError, labels_in
from helpers.offline.tuning.queue import BASE_MODEL
from helpers.offline.tuning.trainer import Trainer
from helpers.settings import get_settings

LONG = "balance_not_updated_after_cheque_or_cash_deposit"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A provider with a folder of its own; it shares the cache of embeddings with the others."""
    home = tmp_path_factory.mktemp("provider")
    shared = get_settings().home / "embeddings.sqlite"
    if shared.exists():
        (home / "embeddings.sqlite").write_bytes(shared.read_bytes())
    return create_app(home, limits=Limits(body=200_000))


@pytest.fixture(scope="module")
def address(app):
    with served(app) as where:
        yield where


@pytest.fixture(params=["mounted", "loopback"])
def client(request, app):
    if request.param == "mounted":
        return mounted(app)
    address = request.getfixturevalue("address")
    return openai.OpenAI(api_key="x", base_url=f"{address}/v1", max_retries=0)


@pytest.fixture(scope="module")
def trained(app):
    """One job that succeeded, shared by the tests that only look."""
    return train(mounted(app), validation=lines(), suffix="demo", seed=7, metadata={"team": "a"})


class TestFiles:
    def test_a_file_comes_back_as_it_went(self, client):
        content = lines() + '{"messages": []}  \u00e9\r\n'.encode()
        file = upload(client, content, "tickets ü.jsonl")
        assert (file.bytes, file.purpose, file.status) == (len(content), "fine-tune", "processed")
        assert client.files.retrieve(file.id) == file
        assert client.files.content(file.id).read() == content
        assert file.id in [found.id for found in client.files.list()]
        assert client.files.delete(file.id).deleted
        with pytest.raises(openai.NotFoundError, match="No such File object"):
            client.files.retrieve(file.id)
        with pytest.raises(openai.NotFoundError):
            client.files.content(file.id)

    def test_lists_have_pages_and_orders(self, client):
        names = [upload(client, name=f"{n}.jsonl").id for n in range(5)]
        newest = [file.id for file in client.files.list(limit=2)]  # the SDK turns the pages
        assert newest[:5] == names[::-1]
        first = client.files.list(order="asc", limit=1)
        assert first.has_more
        assert len(first.data) == 1
        assert not list(client.files.list(purpose="batch"))
        with pytest.raises(openai.BadRequestError, match="limit: '0' is not a whole number"):
            client.files.list(limit=0)

    def test_what_is_no_training_file_is_refused(self, client):
        with pytest.raises(openai.BadRequestError, match="use 'fine-tune'"):
            client.files.create(file=("a.jsonl", b"{}"), purpose="vision")
        with pytest.raises(openai.BadRequestError, match="the file is empty"):
            client.files.create(file=("a.jsonl", b""), purpose="fine-tune")
        with pytest.raises(openai.BadRequestError, match="form field 'file'"):
            client.post("/files", body={"purpose": "fine-tune"}, cast_to=object)

    def test_a_file_may_be_larger_than_other_requests(self, client):
        line = lines().splitlines(keepends=True)[0]
        content = line * (400_000 // len(line))
        assert upload(client, content).bytes == len(content) > 200_000

    @pytest.mark.parametrize(
        "name", ["../provider.sqlite", "..%2f..%2fetc%2fpasswd", "file-../../x", "%00", "a" * 300]
    )
    def test_an_id_cannot_walk_out_of_the_folder(self, app, name):
        http = app.test_client()
        for path in (f"/v1/files/{name}", f"/v1/files/{name}/content", f"/v1/models/{name}"):
            assert http.get(path).status_code == 404
            assert http.delete(path).status_code in (404, 405)

    def test_a_file_in_use_cannot_be_deleted(self, client):
        file = upload(client)
        job = client.fine_tuning.jobs.create(model="b", training_file=file.id)
        client.fine_tuning.jobs.pause(job.id)
        with pytest.raises(openai.ConflictError, match=job.id):
            client.files.delete(file.id)
        client.fine_tuning.jobs.cancel(job.id)
        assert client.files.delete(file.id).deleted


class TestJobs:
    def test_a_job_trains_a_model_that_answers(self, client, trained):
        job = client.fine_tuning.jobs.retrieve(trained.id)
        assert job.status == "succeeded"
        assert job.model == BASE_MODEL
        assert job.fine_tuned_model == f"ft:{BASE_MODEL}:workshop:demo:{job.id[-8:]}"
        assert job.hyperparameters.n_epochs == 2
        assert job.method.supervised.hyperparameters.batch_size == 4
        assert (job.seed, job.metadata) == (7, {"team": "a"})
        assert job.trained_tokens > 100
        assert job.finished_at >= job.created_at
        for text, label in [("charge my card", "money"), ("rain tomorrow", "weather")]:
            answer = client.chat.completions.create(
                model=job.fine_tuned_model,
                messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}],
            )
            assert answer.choices[0].message.content == label
            assert answer.model == job.fine_tuned_model

    def test_events_tell_the_story_in_pages(self, client, trained):
        events = list(client.fine_tuning.jobs.list_events(trained.id, limit=4))
        messages = [event.message for event in events][::-1]
        assert messages[0] == f"Created fine-tuning job: {trained.id}"
        assert messages[-1] == "The job has successfully completed"
        assert messages[3] == "Fine-tuning job started"
        metrics = [event for event in events if event.type == "metrics"][::-1]
        assert [event.data["step"] for event in metrics] == [1, 2, 3, 4, 5, 6]
        assert metrics[2].data["full_valid_loss"] > 0
        assert all(event.data["total_steps"] == 6 for event in metrics)
        assert len({event.id for event in events}) == len(events)

    def test_there_is_no_silence_before_the_first_step(self, client, trained):
        events = list(client.fine_tuning.jobs.list_events(trained.id))[::-1]
        first = next(n for n, event in enumerate(events) if event.type == "metrics")
        told = [event.message for event in events[4:first]]
        assert told[:3] == [
            "Embedding the training texts: 0 of 12",
            "Embedding the training texts: 12 of 12",
            "Trying how the head may start: 1 of 20",
        ]
        assert told[-1] == "Trying how the head may start: 20 of 20"

    def test_checkpoints_can_be_asked(self, client, trained):
        last, first = client.fine_tuning.jobs.checkpoints.list(trained.id)
        assert (first.step_number, last.step_number) == (3, 6)
        assert first.metrics.full_valid_loss is not None
        answer = client.chat.completions.create(
            model=first.fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "snow"}]
        )
        assert answer.choices[0].message.content in ("money", "weather")

    def test_the_result_file_has_a_line_a_step(self, client, trained):
        (name,) = trained.result_files
        rows = client.files.content(name).text.splitlines()
        assert rows[0].startswith("step,train_loss,train_mean_token_accuracy,full_valid_loss")
        assert [row.split(",")[0] for row in rows[1:]] == ["1", "2", "3", "4", "5", "6"]
        assert client.files.retrieve(name).purpose == "fine-tune-results"

    def test_jobs_are_listed_and_found_by_metadata(self, client, trained):
        assert trained.id in [job.id for job in client.fine_tuning.jobs.list(limit=1)]
        found = list(client.fine_tuning.jobs.list(metadata={"team": "a"}))
        assert [job.id for job in found] == [trained.id]
        assert not list(client.fine_tuning.jobs.list(metadata={"team": "b"}))

    def test_one_trains_and_the_others_wait(self, app):
        client = mounted(app)
        jobs = [
            client.fine_tuning.jobs.create(
                model="b", training_file=upload(client).id,
                method={"type": "supervised",
                        "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 2}}},
            )
            for _ in range(3)
        ]  # fmt: skip
        together = 0
        while True:
            states = [client.fine_tuning.jobs.retrieve(job.id).status for job in jobs]
            together = max(together, states.count("running"))
            if all(state == "succeeded" for state in states):
                break
            assert "failed" not in states
            time.sleep(0.05)
        assert together == 1

    def test_a_queued_job_can_be_cancelled_and_a_finished_one_not(self, client, trained):
        job = client.fine_tuning.jobs.create(model="b", training_file=upload(client).id)
        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        for action in ("cancel", "pause", "resume"):
            with pytest.raises(openai.BadRequestError, match="its status is"):
                getattr(client.fine_tuning.jobs, action)(trained.id)
        assert wait(client, job.id).status == "cancelled"

    def test_a_running_job_stops_when_it_is_cancelled(self, client, gate):
        job = long_job(client)
        assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
        gate.set()
        after = train(client)  # which has to wait until the other has stopped
        assert after.status == "succeeded"
        assert client.fine_tuning.jobs.retrieve(job.id).status == "cancelled"

    def test_a_paused_job_goes_on_where_it_was(self, app, gate):
        client = mounted(app)
        job = long_job(client)
        assert client.fine_tuning.jobs.pause(job.id).status == "paused"
        gate.set()
        client.fine_tuning.jobs.resume(job.id)
        done = wait(client, job.id, until=("succeeded", "failed"))
        assert done.status == "succeeded"
        events = list(client.fine_tuning.jobs.list_events(job.id, limit=100))[::-1]
        steps = [event.data["step"] for event in events if event.type == "metrics"]
        assert steps == list(range(1, 41))
        messages = [event.message for event in events]
        assert "The job was paused" in messages
        assert "The job was resumed and waits for its turn" in messages

    def test_the_same_seed_gives_the_same_model(self, app):
        client = mounted(app)
        jobs = [train(client, seed=seed) for seed in (1, 1, 2)]
        found = [
            [probabilities(client, job.fine_tuned_model, text) for text in ("rain", "card", "sea")]
            for job in jobs
        ]
        np.testing.assert_array_equal(found[0], found[1])
        assert not np.allclose(found[0], found[2], atol=1e-6)


@pytest.fixture
def gate(monkeypatch):
    """Training stops after its first step, until this is set."""
    opened, step = threading.Event(), Trainer._step

    def behind_the_gate(trainer, model, optimizer, state):
        if state.step:
            opened.wait(PATIENCE)
        return step(trainer, model, optimizer, state)

    monkeypatch.setattr(Trainer, "_step", behind_the_gate)
    yield opened
    opened.set()


def long_job(client):
    """A job of 40 steps that has done its first one."""
    content = lines({"money": MONEY * 7, "weather": [f"{text} again" for text in WEATHER * 7]})
    job = client.fine_tuning.jobs.create(
        model="b", training_file=upload(client, b"".join(content.splitlines(True)[:-1])).id,
        hyperparameters={"n_epochs": 4, "batch_size": 9},
    )  # fmt: skip

    def steps():
        events = client.fine_tuning.jobs.list_events(job.id, limit=1).data
        return events and events[0].type == "metrics"

    wait_for(steps, "the first step")
    return job


def probabilities(client, model, text):
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], logprobs=True, top_logprobs=2
    )
    top = answer.choices[0].logprobs.content[0].top_logprobs
    return [entry.logprob for entry in sorted(top, key=lambda entry: entry.token)]


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (lines({"money": MONEY}) * 2, "every assistant message is 'money'"),
            (lines({"money": MONEY[:2], "weather": WEATHER[:2]}), "it has 4 examples, and"),
            (lines({f"answer {n}": [t] for n, t in enumerate(MONEY + WEATHER)}),
             "must come from a closed set"),
            (lines() + b"{broken\n", "line 13"),
        ],
    )  # fmt: skip
    def test_a_file_that_cannot_be_learned_fails_with_a_reason(self, client, content, message):
        job = train(client, content)
        assert job.status == "failed"
        assert job.error.code == "invalid_training_file"
        assert job.error.param == "training_file"
        assert message in job.error.message
        (event, *_) = client.fine_tuning.jobs.list_events(job.id).data
        assert (event.level, event.message) == ("error", job.error.message)

    def test_a_validation_file_with_a_new_label_fails(self, client):
        job = train(client, validation=lines({"sports": ["the match was lost"]}))
        assert job.error.code == "invalid_validation_file"
        assert "'sports', which the training file never has" in job.error.message

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"training_file": "file-none"}, "invalid training_file: file-none"),
            ({"validation_file": "file-none"}, "invalid validation_file: file-none"),
            ({"model": "ft:x:y:z"}, "model: a tuned model cannot be tuned further here"),
            ({"model": ""}, "model: String should have at least 1 character"),
            ({"seed": -1}, "seed: Input should be greater than or equal to 0"),
            ({"suffix": "two words"}, "suffix: String should match pattern"),
            ({"suffix": "x" * 65}, "suffix: String should have at most 64"),
            ({"metadata": {"a": 1}}, "metadata.a: Input should be a valid string"),
            ({"method": {"type": "dpo"}}, "method.type: 'dpo' is not supported here"),
            ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
            ({"hyperparameters": {"batch_size": 1000}}, "hyperparameters.batch_size"),
            ({"integrations": [{"type": "wandb"}]}, "integrations: integrations need a network"),
            ({"temperature": 1}, "temperature: Extra inputs are not permitted"),
        ],
    )
    def test_a_wrong_request_is_refused_by_field(self, client, trained, change, message):
        body = {"model": "b", "training_file": trained.training_file} | change
        with pytest.raises(openai.BadRequestError) as caught:
            client.post("/fine_tuning/jobs", body=body, cast_to=object)
        assert caught.value.body["message"].startswith(message)
        assert caught.value.body["type"] == "invalid_request_error"

    def test_what_does_not_exist_is_not_found(self, client):
        jobs = client.fine_tuning.jobs
        for call in (jobs.retrieve, jobs.cancel, jobs.pause, jobs.resume, jobs.list_events,
                     jobs.checkpoints.list):  # fmt: skip
            with pytest.raises(openai.NotFoundError):
                call("ftjob-none")
        with pytest.raises(openai.NotFoundError):
            client.post("/fine_tuning/jobs/ftjob-none/explode", cast_to=object)
        with pytest.raises(openai.NotFoundError, match="does not exist or was deleted"):
            client.chat.completions.create(
                model="ft:none", messages=[{"role": "user", "content": "x"}]
            )


class TestModels:
    def test_models_are_listed_retrieved_and_deleted_with_their_files(self, client, app):
        job = train(client)
        name = job.fine_tuned_model
        assert {BASE_MODEL, "all-MiniLM-L6-v2", name} <= {m.id for m in client.models.list()}
        assert client.models.retrieve(name).owned_by == "workshop"
        (*_, checkpoint) = client.fine_tuning.jobs.checkpoints.list(job.id)
        assert client.models.retrieve(checkpoint.fine_tuned_model_checkpoint)
        client.chat.completions.create(model=name, messages=[{"role": "user", "content": "x"}])
        assert client.models.delete(name).deleted
        for gone in (name, checkpoint.fine_tuned_model_checkpoint):
            with pytest.raises(openai.NotFoundError):
                client.models.retrieve(gone)
            with pytest.raises(openai.NotFoundError):
                client.chat.completions.create(
                    model=gone, messages=[{"role": "user", "content": "x"}]
                )
            with pytest.raises(openai.NotFoundError):
                client.models.delete(gone)

    def test_deleting_leaves_no_weights(self, tmp_path):
        client = mounted(create_app(tmp_path))
        job = train(client)
        folder = tmp_path / "provider" / "ftjob" / job.id
        assert {path.suffix for path in folder.iterdir()} == {".safetensors"}
        assert len(list(folder.iterdir())) == 2
        client.models.delete(job.fine_tuned_model)
        assert list(folder.iterdir()) == []

    def test_a_checkpoint_that_the_model_needs_keeps_its_file(self, tmp_path):
        client = mounted(create_app(tmp_path))
        job = train(client)
        for checkpoint in client.fine_tuning.jobs.checkpoints.list(job.id):
            client.models.delete(checkpoint.fine_tuned_model_checkpoint)
        message = [{"role": "user", "content": "x"}]
        assert client.chat.completions.create(model=job.fine_tuned_model, messages=message)
        assert len(list((tmp_path / "provider" / "ftjob" / job.id).iterdir())) == 1

    def test_nothing_is_pickled(self, trained, tmp_path_factory):
        kept = list(tmp_path_factory.getbasetemp().rglob("ftjob-*/*"))
        assert {path.suffix for path in kept} == {".safetensors"}


class TestChat:
    def ask(self, client, model, text="rain", **more):
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
        return client.chat.completions.create(model=model, messages=messages, **more)

    def test_log_probabilities_are_those_of_the_labels(self, client, trained):
        answer = self.ask(client, trained.fine_tuned_model, logprobs=True, top_logprobs=5)
        (token,) = answer.choices[0].logprobs.content
        assert token.token == answer.choices[0].message.content
        assert {entry.token for entry in token.top_logprobs} == {"money", "weather"}
        assert sum(np.exp(entry.logprob) for entry in token.top_logprobs) == pytest.approx(1)
        assert token.top_logprobs[0].token == token.token
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + 1

    def test_a_stream_says_the_same(self, client, trained):
        events = list(
            self.ask(client, trained.fine_tuned_model, stream=True,
                     stream_options={"include_usage": True})
        )  # fmt: skip
        text = "".join(e.choices[0].delta.content or "" for e in events if e.choices)
        assert text == self.ask(client, trained.fine_tuned_model).choices[0].message.content
        assert events[-1].usage.completion_tokens == 1
        assert events[-2].choices[0].finish_reason == "stop"

    def test_a_base_model_guesses_from_the_names(self, client):
        answer = self.ask(client, "gpt-any", text="How is the weather today?", logprobs=True)
        assert (answer.choices[0].message.content, answer.model) == ("weather", ZERO_SHOT)
        assert answer.choices[0].logprobs.content[0].logprob < 0

    def test_a_base_model_reads_what_the_prompt_says_about_a_label(self, client):
        said = "\n\nGuideline:\n- A parcel that comes in pieces → `weather`"
        messages = [
            {"role": "system", "content": SYSTEM + said},
            {"role": "user", "content": "The parcel came in three pieces."},
        ]
        create = client.chat.completions.create
        assert create(model="b", messages=messages).choices[0].message.content == "weather"
        messages[0]["content"] = SYSTEM + said.replace("weather", "money")
        assert create(model="b", messages=messages).choices[0].message.content == "money"

    def test_nobody_answers_where_announced_labels_cannot_be_read(self, client):
        def ask(system, user):
            messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
            return client.chat.completions.create(model="b", messages=messages).model

        assert (
            ask(f"Answer with exactly one of: refund, {LONG}.", "The cheque is gone") == ZERO_SHOT
        )
        with pytest.raises(openai.BadRequestError) as caught:
            ask("Answer with exactly one of: refund.", "The cheque is gone")
        assert (
            "announces labels that cannot be read: behind 'one of' only 'refund' was found"
            in (caught.value.body["message"])
        )
        assert caught.value.body["param"] == "messages"
        facts = "Facts: Refunds take 5 days.\n\nQuestion: How long does a refund take?"
        assert ask("Give one of these forms: brief.", facts) == READER

    def test_without_labels_the_reader_answers(self, client):
        answer = client.chat.completions.create(
            model="gpt-any",
            messages=[
                {"role": "user", "content": "Facts: Refunds take 5 days.\n\nQuestion: How long "
                 "does a refund take?"}
            ],
        )  # fmt: skip
        assert (answer.choices[0].message.content, answer.model) == ("Refunds take 5 days.", READER)

    def test_a_temperature_draws_by_probability(self, client, trained):
        name = trained.fine_tuned_model
        drawn = {
            self.ask(client, name, temperature=2.0, seed=s).choices[0].message.content
            for s in range(60)
        }
        assert drawn == {"money", "weather"}
        calm = {
            self.ask(client, name, temperature=0, seed=s).choices[0].message.content
            for s in range(5)
        }
        assert len(calm) == 1

    def test_limits_and_stops_are_kept(self, client):
        labels = "Answer with one of: very long label, other."
        messages = [
            {"role": "system", "content": labels},
            {"role": "user", "content": "long label"},
        ]
        create = client.chat.completions.create
        cut = create(model="b", messages=messages, max_completion_tokens=2)
        assert cut.choices[0].finish_reason == "length"
        assert cut.choices[0].message.content == "very long"
        stopped = create(model="b", messages=messages, stop=" long")
        assert stopped.choices[0].finish_reason == "stop"
        assert stopped.choices[0].message.content == "very"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"messages": []}, "messages: List should have at least 1 item"),
            ({"messages": [{"role": "system", "content": "x"}]}, "messages: at least one message"),
            ({"messages": [{"role": "user", "content": " "}]}, "messages: at least one message"),
            ({"n": 2}, "n: Input should be 1"),
            ({"temperature": 3}, "temperature: Input should be less than or equal to 2"),
            ({"top_logprobs": 3}, "top_logprobs: only with logprobs"),
            ({"tools": []}, "tools: Extra inputs are not permitted"),
            ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ],
    )
    def test_a_wrong_request_is_refused_by_field(self, client, change, message):
        body = {"model": "b", "messages": [{"role": "user", "content": "x"}]} | change
        with pytest.raises(openai.BadRequestError) as caught:
            client.post("/chat/completions", body=body, cast_to=object)
        assert caught.value.body["message"].startswith(message)

    def test_faults_can_be_asked_for(self, client):
        with pytest.raises(openai.RateLimitError):
            self.ask(client, "b", extra_headers={HEADER: "rate_limit"})
        patient = client.with_options(max_retries=2)
        assert self.ask(patient, "b", extra_headers={HEADER: "server_error; times=1"})


@pytest.mark.parametrize(
    ("system", "labels"),
    [
        ("Answer with one of: a, b, c.", ["a", "b", "c"]),
        ("Labels: `billing`, `bug` or `other`", ["billing", "bug", "other"]),
        ("Categories:\n- billing\n- bug\n* feature request\nBe brief.",
         ["billing", "bug", "feature request"]),
        ('Choose one of these options: "yes" / "no"', ["yes", "no"]),
        ("You are helpful: be kind, be brief.", []),
        ("You are one of our agents. Answer from the facts: Refunds take 5 days.", []),
        ("", []),
        (f"Answer with exactly one of: refund, {LONG}.", ["refund", LONG]),
        ("One of: refund, cheque or cash missing, other", ["refund", "cheque or cash missing",
                                                           "other"]),
        ("One of: refund, or other", ["refund", "other"]),
        ("One of: `terms and conditions`, `other`.", ["terms and conditions", "other"]),
        ("One of: login/password; refunds, all kinds; other", ["login/password",
                                                               "refunds, all kinds", "other"]),
        ("Answer with one of: money, weather. Be brief, please.", ["money", "weather"]),
        ("Categories: \n\n- billing: invoices, refunds and whatever else moves money between one "
         "account and another\n- bug – it fails\n1. other", ["billing", "bug", "other"]),
    ],
)  # fmt: skip
def test_labels_are_found_in_a_system_prompt(system, labels):
    assert labels_in(system) == labels


@given(st.lists(st.from_regex(r"[a-z]+(_[a-z]+){0,30}", fullmatch=True), min_size=2, unique=True),
       st.sampled_from([", ", "; ", " | ", "\n- "]))  # fmt: skip
def test_identifiers_of_any_length_are_labels(names, between):
    names = [f"x{name}" for name in names]  # none of them is "or" or "and"
    first = between if "\n" in between else ""
    assert labels_in(f"Answer with exactly one of:{first or ' '}{between.join(names)}") == names


@pytest.mark.parametrize(
    ("system", "message"),
    [
        ("One of: only", "behind 'One of' only 'only' was found"),
        ("Labels:\n- billing", "behind 'Labels' only 'billing' was found"),
        ("Categories: , ,", "no name was found"),
        ("Answer with one of: bug, " + "a word " * 6, "a word'… has 12 words, and a label has at "
         "most 10"),
    ],
)  # fmt: skip
def test_labels_that_cannot_be_read_are_an_error(system, message):
    with pytest.raises(LabelsError) as caught:
        labels_in(system)
    assert message in str(caught.value)


def test_a_system_prompt_that_differs_is_part_of_the_text(tmp_path):
    client = mounted(create_app(tmp_path))
    content = b"".join(
        lines({label: MONEY}, system=f"Shop {shop}")
        for shop, label in (("north", "yes"), ("south", "no"))
    )
    job = train(client, content * 3, hyperparameters={"n_epochs": 5, "batch_size": 8})
    found = [
        client.chat.completions.create(
            model=job.fine_tuned_model,
            messages=[
                {"role": "system", "content": f"Shop {shop}"},
                {"role": "user", "content": MONEY[0]},
            ],
        ).choices[0].message.content
        for shop in ("north", "south")
    ]  # fmt: skip
    assert found == ["yes", "no"]


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path):
    from helpers.offline.tuning.store import Store, new_id

    class Broken(io.BytesIO):
        def read(self, *_):
            raise ConnectionResetError

    store = Store(tmp_path)
    with pytest.raises(ConnectionResetError):
        store.write(new_id("file"), Broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
