"""One provider for a class: who gets in, what is kept apart, and what each may take."""

import json
import re
import sys
import tempfile
import threading
from pathlib import Path

import anthropic
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import served
from tuning_jobs import lines, mounted, train, upload, wait
from waiting import wait_for

from helpers.offline import create_app
from helpers.offline.__main__ import address_of
from helpers.offline.__main__ import main as serve
from helpers.offline.errors import ApiError
from helpers.offline.limits import Guesses, Limits, Requests
from helpers.offline.shared import SharedProvider
from helpers.offline.tokens import learner_of, read_secret, token_for
from helpers.offline.tokens import main as print_tokens
from helpers.offline.tuning.turns import Turns

SECRET = "the secret of this class"
ANNA, BEN = (token_for(SECRET, learner) for learner in ("anna", "ben"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return SharedProvider(tmp_path_factory.mktemp("class"), SECRET, limits=Limits(body=200_000))


@pytest.fixture(scope="module")
def trained(shared):
    """A job of Anna's that succeeded."""
    return train(mounted(shared, ANNA), validation=lines())


def claude(app, token) -> anthropic.Anthropic:
    http = anthropic.DefaultHttpxClient(transport=httpx2.WSGITransport(app=app))
    return anthropic.Anthropic(
        api_key=token, base_url="http://class.invalid", http_client=http, max_retries=0
    )


def ask(client: anthropic.Anthropic) -> str:
    content = "Facts: Refunds take 5 days.\n\nQuestion: How long do refunds take?"
    message = client.messages.create(
        model="m", max_tokens=50, messages=[{"role": "user", "content": content}]
    )
    return message.content[0].text


class TestTokens:
    def test_both_sdks_get_in_with_one(self, shared):
        assert "5 days" in ask(claude(shared, ANNA))
        assert [model.id for model in mounted(shared, ANNA).models.list()]

    @pytest.mark.parametrize(
        "token",
        ["", "anna", "anna.", f"ben.{ANNA.partition('.')[2]}", ANNA.upper(), f"{ANNA}a", "é.é",
         ANNA[:-1], token_for("another secret of a class", "anna")],
    )  # fmt: skip
    def test_others_are_refused_in_each_vendors_way(self, tmp_path, token):
        provider = SharedProvider(tmp_path, SECRET)
        if token.isascii():
            with pytest.raises(anthropic.AuthenticationError, match="WORKSHOP_TOKEN"):
                ask(claude(provider, token or "none"))
            with pytest.raises(openai.AuthenticationError, match="WORKSHOP_TOKEN"):
                mounted(provider, token or "none").models.list()
        assert learner_of(SECRET, token) is None

    @given(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True))
    def test_a_token_is_its_learners(self, learner):
        token = token_for(SECRET, learner)
        assert learner_of(SECRET, token) == learner
        assert re.fullmatch(r"[!-~]+", token)

    @pytest.mark.parametrize("learner", ["", "Anna", "a b", "../anna", "a/b", "ä", "x" * 41, "-a"])
    def test_an_id_that_could_be_mistaken_is_refused(self, learner):
        with pytest.raises(ValueError, match="is no id of a learner"):
            token_for(SECRET, learner)

    def test_a_secret_is_made_once_and_for_its_owner_only(self, tmp_path):
        path = tmp_path / "class.secret"
        assert read_secret(path) == read_secret(path)
        assert len(read_secret(path)) > 40
        if sys.platform != "win32":
            assert path.stat().st_mode & 0o077 == 0
        path.write_text("short\n", encoding="utf-8")
        with pytest.raises(ValueError, match="5 characters are no secret"):
            read_secret(path)
        path.write_text("a secret of the class", encoding="utf-16")
        with pytest.raises(ValueError, match=r"class\.secret is not UTF-8 text\. Save it as UTF-8"):
            read_secret(path)

    def test_they_are_printed_for_a_room(self, tmp_path, capsys):
        secret = tmp_path / "class.secret"
        assert print_tokens(["--secret", str(secret), "--count", "2", "ben"]) == 0
        printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
        assert list(printed) == ["learner-01", "learner-02", "ben"]
        assert printed["ben"] == token_for(read_secret(secret), "ben")
        for wrong in ([], ["--count", "0"], ["Ben"]):
            with pytest.raises(SystemExit):
                print_tokens(["--secret", str(secret), *wrong])

    def test_guessing_stops_after_a_few_and_those_who_were_right_go_on(self):
        now = [0.0]
        guesses = Guesses(clock=lambda: now[0])
        assert guesses.check("room", ANNA, "anna") == "anna"
        for _ in range(Guesses.MOST):
            with pytest.raises(ApiError) as refused:
                guesses.check("room", "wrong", None)
            assert refused.value.status == 401
        for token, learner in (("wrong", None), (BEN, "ben")):  # Ben's too: it may be a lucky guess
            with pytest.raises(ApiError) as refused:
                guesses.check("room", token, learner)
            assert refused.value.status == 429
        assert guesses.check("room", ANNA, "anna") == "anna"
        assert guesses.check("elsewhere", BEN, "ben") == "ben"
        now[0] = 61.0
        assert guesses.check("room", BEN, "ben") == "ben"

    def test_the_provider_counts_guesses(self, tmp_path):
        provider = SharedProvider(tmp_path, SECRET)
        for _ in range(Guesses.MOST):
            with pytest.raises(openai.AuthenticationError):
                mounted(provider, "wrong").models.list()
        with pytest.raises(openai.RateLimitError, match="too many wrong tokens"):
            mounted(provider, BEN).models.list()


def endpoints_with_names() -> list[tuple[str, str]]:
    """Every address that the provider has for something by name, so that a new one is tested."""
    with tempfile.TemporaryDirectory() as home:
        rules = list(create_app(Path(home)).url_map.iter_rules())
    return [
        (method, rule.rule.replace("<action>", action))
        for rule in rules
        if "<name>" in rule.rule
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        for action in (("cancel", "pause", "resume") if "<action>" in rule.rule else ("",))
    ]


class TestApart:
    @pytest.mark.parametrize(("method", "path"), endpoints_with_names())
    def test_nobody_reaches_what_is_anothers(self, shared, trained, method, path):
        owned = {"files": trained.training_file, "jobs": trained.id,
                 "models": trained.fine_tuned_model}  # fmt: skip
        address = path.replace("<name>", owned[re.search(r"/(\w+)/<name>", path)[1]])
        transport = httpx2.WSGITransport(app=shared)
        with httpx2.Client(transport=transport, base_url="http://class.invalid") as client:
            answer = client.request(method, address, headers={"authorization": f"Bearer {BEN}"})
            assert answer.status_code == 404, answer.text
            if method == "GET":  # the same address is Anna's to read
                own = client.get(address, headers={"authorization": f"Bearer {ANNA}"})
                assert own.status_code == 200

    def test_nobody_lists_what_is_anothers(self, shared, trained):
        ben, anna = mounted(shared, BEN), mounted(shared, ANNA)
        assert list(anna.files.list())
        assert list(anna.fine_tuning.jobs.list())
        assert not list(ben.files.list())
        assert not list(ben.fine_tuning.jobs.list())
        tuned = trained.fine_tuned_model
        assert tuned in [model.id for model in anna.models.list()]
        assert tuned not in [model.id for model in ben.models.list()]

    def test_nobody_calls_anothers_model_or_trains_on_anothers_file(self, shared, trained):
        ben = mounted(shared, BEN)
        question = [{"role": "user", "content": "rain"}]
        own = mounted(shared, ANNA).chat.completions.create(
            model=trained.fine_tuned_model, messages=question
        )
        assert own.model == trained.fine_tuned_model
        with pytest.raises(openai.NotFoundError):
            ben.chat.completions.create(model=trained.fine_tuned_model, messages=question)
        with pytest.raises(openai.BadRequestError, match="invalid training_file"):
            ben.fine_tuning.jobs.create(model="any", training_file=trained.training_file)
        with pytest.raises(openai.BadRequestError, match="invalid validation_file"):
            ben.fine_tuning.jobs.create(
                model="any",
                training_file=upload(ben).id,
                validation_file=trained.training_file,
            )


class TestLimits:
    @pytest.fixture
    def provider(self, tmp_path):
        def make(**limits):
            return SharedProvider(tmp_path, SECRET, limits=Limits(**limits))

        return make

    def test_a_request_may_be_so_large(self, provider):
        with pytest.raises(anthropic.APIStatusError, match="larger than 500 bytes") as refused:
            claude(provider(body=500), ANNA).messages.create(
                model="m", max_tokens=9, messages=[{"role": "user", "content": "x" * 600}]
            )
        assert (refused.value.status_code, refused.value.type) == (413, "request_too_large")

    def test_a_file_may_be_so_large(self, provider):
        with pytest.raises(openai.APIStatusError, match="larger than 900 bytes") as refused:
            upload(mounted(provider(file=900), ANNA))
        assert refused.value.status_code == 413

    def test_so_much_is_kept_until_something_is_deleted(self, provider):
        provider = provider(stored=200_000)
        client = mounted(provider, ANNA)
        large = lines() * 60
        first = upload(client, large)
        with pytest.raises(openai.BadRequestError, match="files and models take more") as refused:
            upload(client, large)
        assert refused.value.code == "storage_limit_exceeded"
        assert [file.id for file in client.files.list()] == [first.id]
        upload(mounted(provider, BEN), lines())  # Anna's files are not Ben's trouble
        client.files.delete(first.id)
        upload(client, lines())

    def test_so_many_jobs_wait(self, provider):
        provider = provider(jobs=1)
        client = mounted(provider, ANNA)
        file = upload(client).id
        hyperparameters = {"n_epochs": 50, "batch_size": 1}
        job = client.fine_tuning.jobs.create(
            model="m", training_file=file, hyperparameters=hyperparameters
        )
        try:
            with pytest.raises(openai.RateLimitError, match="1 of your jobs are not finished"):
                client.fine_tuning.jobs.create(model="m", training_file=file)
        finally:
            client.fine_tuning.jobs.cancel(job.id)

    def test_so_many_requests_fit_into_a_minute(self):
        now = [0.0]
        requests = Requests(60, clock=lambda: now[0])

        def one(learner="anna"):
            requests.begin(learner)
            requests.end(learner)

        for _ in range(60):
            one()
        with pytest.raises(ApiError, match="more than 60 requests in a minute") as refused:
            one()
        assert (refused.value.status, refused.value.retry_after) == (429, 1)
        one("ben")
        now[0] = 2.0
        one()
        one()
        with pytest.raises(ApiError):
            one()

    def test_so_many_are_answered_at_the_same_time(self):
        requests = Requests(1000)
        for _ in range(Requests.AT_ONCE):
            requests.begin("anna")
        with pytest.raises(ApiError, match="at the same time"):
            requests.begin("anna")
        requests.begin("ben")
        requests.end("anna")
        requests.begin("anna")

    def test_each_request_is_given_back_stream_or_not(self, provider):
        provider = provider(requests=1000)
        client = claude(provider, ANNA)
        for _ in range(Requests.AT_ONCE + 1):
            ask(client)
            with pytest.raises(anthropic.NotFoundError):
                client.models.retrieve("gone")
            with client.messages.stream(
                model="m", max_tokens=9, messages=[{"role": "user", "content": "Why?"}]
            ) as stream:
                stream.get_final_message()

    def test_the_sdk_waits_and_goes_on(self, provider):
        provider = provider(requests=1)
        client = mounted(provider, ANNA).with_options(max_retries=0)
        client.models.list()
        with pytest.raises(openai.RateLimitError, match="1 requests in a minute") as refused:
            client.models.list()
        assert refused.value.response.headers["retry-after"] == "1"


class TestTurns:
    def test_the_line_is_fair_between_learners(self):
        turns, order = Turns(), []
        left = {"anna": 3, "ben": 1, "cleo": 2}  # jobs

        def work(name):
            while left[name]:
                with turns.turn(name, timeout=0.05) as came:
                    if came:
                        order.append(name)
                        left[name] -= 1
                        wait_for(lambda: all_who_want_stand_in_line(but=name))
            turns.leave(name)

        def all_who_want_stand_in_line(but):
            return all(who in turns._line for who in left if left[who] and who != but)

        with turns.turn("teacher", timeout=0):  # until all have come, in this order
            threads = [threading.Thread(target=work, args=(name,)) for name in left]
            for place, thread in enumerate(threads, start=2):
                thread.start()
                wait_for(lambda place=place: len(turns._line) == place)
        for thread in threads:
            thread.join()
        assert order == ["anna", "ben", "cleo", "anna", "cleo", "anna"]

    def test_who_leaves_does_not_hold_the_others_up(self):
        turns = Turns()
        with turns.turn("anna", timeout=0) as came:
            assert came
            for name in ("ben", "cleo"):
                with turns.turn(name, timeout=0) as came:
                    assert not came
            assert turns.before("cleo") == 2
            turns.leave("ben")
            assert turns.before("cleo") == 1
        with turns.turn("cleo", timeout=0) as came:
            assert came

    def test_learners_train_in_turn_and_are_told_who_is_before_them(self, tmp_path):
        provider = SharedProvider(tmp_path, SECRET, limits=Limits())
        anna, ben = mounted(provider, ANNA), mounted(provider, BEN)
        files = {client: upload(client).id for client in (anna, ben)}

        def start(client, epochs):
            return client.fine_tuning.jobs.create(
                model="m",
                training_file=files[client],
                hyperparameters={"n_epochs": epochs, "batch_size": 1},
            ).id

        first = start(anna, 50)
        wait(anna, first, until=("running",))
        second, bens = start(anna, 1), start(ben, 1)

        def told():
            return " ".join(e.message for e in ben.fine_tuning.jobs.list_events(bens))

        wait_for(lambda: "Waiting for its turn; learners before this one: 1" in told())
        anna.fine_tuning.jobs.cancel(first)
        done = [wait(ben, bens), wait(anna, second)]
        assert [job.status for job in done] == ["succeeded", "succeeded"]
        assert done[0].finished_at <= done[1].finished_at  # Ben's one before Anna's second


class TestServing:
    def test_the_network_is_served_only_with_a_secret(self, tmp_path, capsys):
        with pytest.raises(SystemExit):
            serve(["--listen", "0.0.0.0:0", "--home", str(tmp_path)])
        assert "--secret FILE to ask for tokens" in capsys.readouterr().err

    @pytest.mark.parametrize("listen", ["8765", "127.0.0.1", "a:b", "::1:8765", "h:99999", ""])
    def test_an_address_is_host_and_port(self, listen):
        with pytest.raises(ValueError, match="is no HOST:PORT"):
            address_of(listen)

    @pytest.mark.parametrize("option", ["--requests", "--jobs", "--stored"])
    def test_a_limit_is_at_least_one(self, tmp_path, option, capsys):
        with pytest.raises(SystemExit):
            serve(["--secret", str(tmp_path / "s"), "--home", str(tmp_path), option, "0"])
        assert f"{option}: 0 is less than 1" in capsys.readouterr().err

    def test_health_needs_no_token_and_refused_bodies_do_not_break_the_line(self, shared):
        with served(shared) as address, httpx2.Client(base_url=address) as client:
            assert client.get("/health").text == "ok\n"
            for _ in range(3):
                answer = client.post("/v1/messages", json={"a": "x" * 100_000})
                assert answer.status_code == 401
            assert client.get("/health").status_code == 200
            assert json.loads(answer.text)["error"]["type"] == "authentication_error"
