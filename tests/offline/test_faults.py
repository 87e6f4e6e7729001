"""Failures on request: statuses, retries, late and broken streams, in process and on loopback."""

import time

import anthropic
import httpx2
import pytest
from facts import LIMIT, PLAIN, ask, user

from helpers.offline import create_app
from helpers.offline.faults import HEADER, STATUSES, read_fault

ERRORS = {
    "invalid_key": anthropic.AuthenticationError,
    "no_credit": anthropic.PaymentRequiredError,
    "unknown_model": anthropic.NotFoundError,
    "rate_limit": anthropic.RateLimitError,
    "server_error": anthropic.InternalServerError,
    "overloaded": anthropic.OverloadedError,
}


def meeting(client, fault, **options):
    return client.with_options(default_headers={HEADER: fault}, **options)


def test_each_status_has_a_name():
    assert set(ERRORS) == set(STATUSES)


@pytest.mark.parametrize("name", ERRORS)
def test_a_status_is_the_sdks_own_exception(client, name):
    with pytest.raises(ERRORS[name]) as caught:
        ask(meeting(client, name), PLAIN.format(LIMIT))
    assert caught.value.status_code == STATUSES[name][0]
    assert caught.value.body["type"] == "error"
    assert caught.value.request_id


def test_the_sdk_tries_again_and_obeys_the_wait(client, monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    patient = meeting(client, "rate_limit; times=2; retry-after=0.25", max_retries=2)
    assert "100 API requests" in ask(patient, PLAIN.format(LIMIT)).content[0].text
    assert len(waited) == 2
    assert all(0.2 < seconds < 0.4 for seconds in waited)


def test_it_gives_up_after_its_retries(client, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(anthropic.OverloadedError):
        ask(meeting(client, "overloaded; times=3", max_retries=2), PLAIN.format(LIMIT))


def test_a_wait_is_told_in_both_headers(client):
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask(meeting(client, "rate_limit; retry-after=20"), PLAIN.format(LIMIT))
    assert caught.value.response.headers["retry-after"] == "20"
    assert caught.value.response.headers["retry-after-ms"] == "20000"


def test_a_slow_start_is_slow(client):
    began = time.perf_counter()
    ask(meeting(client, "slow_start; seconds=0.5"), PLAIN.format(LIMIT))
    assert time.perf_counter() - began >= 0.5


def test_a_slow_start_runs_into_the_time_out_on_loopback(address):
    client = anthropic.Anthropic(api_key="x", base_url=address, max_retries=0, timeout=0.3)
    with pytest.raises(anthropic.APITimeoutError):
        ask(meeting(client, "slow_start; seconds=10"), PLAIN.format(LIMIT))


def streamed(client, fault):
    """The pieces that came, and the message at the end."""
    pieces = []
    arguments = {"model": "m", "max_tokens": 50, "messages": user(PLAIN.format(LIMIT))}
    with meeting(client, fault).messages.stream(**arguments) as stream:
        for text in stream.text_stream:
            pieces.append(text)
        return pieces, stream.get_final_message()


def test_a_broken_stream_raises(client):
    with pytest.raises((ConnectionResetError, httpx2.RemoteProtocolError)):
        streamed(client, "broken_stream; after=5")


def test_an_error_in_the_stream_raises(client):
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
        streamed(client, "stream_error; after=5")


def test_a_silent_end_shows_in_the_stop_reason_only(client):
    pieces, message = streamed(client, "silent_end; after=5")
    assert pieces
    assert message.stop_reason is None


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("earthquake", "there is no fault 'earthquake'; there are invalid_key"),
        ("overloaded; often=2", "'often=2' in a fault is not one of times"),
        ("overloaded; times=many", "'times=many' in a fault is not one of"),
        ("slow_start; seconds=31", "seconds in a fault is at most 30"),
    ],
)
def test_a_fault_that_does_not_exist_is_named(client, tmp_path, fault, message):
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(meeting(client, fault), "x")
    assert message in caught.value.api_message
    with pytest.raises(ValueError, match="fault"):
        create_app(tmp_path, fault=fault)


def test_the_setting_is_for_all_requests_and_the_header_for_one(tmp_path):
    app = create_app(tmp_path, fault="overloaded").test_client()
    assert app.get("/v1/models").status_code == 529
    assert app.get("/v1/models", headers={HEADER: "rate_limit"}).status_code == 429
    assert app.get("/v1/models", headers={HEADER: ""}).status_code == 200


@pytest.mark.parametrize("count", ["-1", "x", "9" * 99, ""])
def test_a_strange_count_of_attempts_counts_as_a_failure(count):
    assert read_fault("overloaded; times=2").strikes(count)
