"""What a learner reads when a service fails: the cause, the way out, and never the key."""

import logging
import socket
import traceback

import nbformat
import openai
import pytest
from messages_service import error
from messages_service import message as as_json
from nbclient import NotebookClient
from waiting import PATIENCE

from helpers import doctor
from helpers.chunking import Chunk
from helpers.clients import anthropic_client, openai_client
from helpers.failures import ServiceError, readable_failures
from helpers.grounding import ask, count_tokens, stream
from helpers.settings import ROOT

# Nobody's key. It is put together, so that no search for lost keys takes it for one.
KEY = "-".join(["sk", "ant", "planted", "0123456789", "abcdefghij"])
FACTS = [Chunk("Refunds take 5 days.", 0, 20, "refunds")]


@pytest.fixture
def failing(configured, service):
    """A service with a key in front of it that answers with one reply; gives the message read."""

    def told(status, body, *, key=KEY, call=ask):
        configured(
            WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=service.address, ANTHROPIC_API_KEY=key,
            WORKSHOP_CITATIONS="blocks",
        )  # fmt: skip
        service.reply = lambda *_: (status, body)
        client = anthropic_client().with_options(max_retries=0)
        with pytest.raises(ServiceError) as caught:
            call("Why?", FACTS, client=client)
        printed = "".join(traceback.format_exception(caught.value))
        assert KEY not in printed
        assert KEY[:12] not in printed
        return str(caught.value)

    return told


@pytest.mark.parametrize(
    ("status", "kind", "words", "told"),
    [
        (401, "authentication_error", "invalid x-api-key", "does not accept the key (401: invalid"),
        (403, "permission_error", "not for you", "Check ANTHROPIC_API_KEY in .env"),
        (402, "billing_error", "no money", "has no credit left for this key (402: no money)"),
        (400, "invalid_request_error", "Your credit balance is too low", "has no credit left"),
        (404, "not_found_error", "model: claude-x", "set WORKSHOP_CLAUDE_MODEL to one"),
        (429, "rate_limit_error", "slow down", "allows no more requests for now (429: slow down)"),
        (413, "request_too_large", "too big", "Send fewer or shorter passages"),
        (500, "api_error", "oops", "failed (500: oops), and trying again did not help"),
        (529, "overloaded_error", "Overloaded", "is overloaded (529: Overloaded)"),
        (400, "invalid_request_error", "messages: bad", "refuses the request (400: messages: bad)"),
    ],
)
def test_each_failure_says_what_to_do(failing, status, kind, words, told):
    text = failing(status, error(kind, words))
    assert text.startswith("The service at http://127.0.0.1:")
    assert told in text


def test_without_a_key_one_is_asked_for(failing):
    text = failing(401, error("authentication_error", "missing"), key="")
    assert "asks for a key (401: missing). Put ANTHROPIC_API_KEY into .env" in text


@pytest.mark.parametrize("call", [ask, count_tokens])
@pytest.mark.parametrize(
    "body",
    [
        error("authentication_error", f"the key {KEY} is wrong"),
        error("authentication_error", f"the key {KEY[:12]}... is wrong"),
        f"<html>Authorization: Bearer {KEY}</html>",
        {"detail": f"Bearer {KEY}"},
    ],
)
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_key_that_the_service_writes_back_is_not_shown(failing, status, body, call):
    assert "[key]" in failing(status, body, call=call)


def test_no_network_is_told(configured):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configured(
        WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=f"http://me:secret@127.0.0.1:{port}",
        WORKSHOP_CITATIONS="blocks",
    )  # fmt: skip
    with pytest.raises(ServiceError, match=r"cannot be reached\. Check .*WORKSHOP_OFFLINE=1") as e:
        ask("Why?", FACTS, client=anthropic_client().with_options(max_retries=0))
    assert "secret" not in str(e.value)


def test_a_time_out_is_told(configured, address):
    configured(WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=address)
    client = anthropic_client().with_options(
        default_headers={"x-offline-fault": "slow_start; seconds=10"}, timeout=0.2, max_retries=0
    )
    with pytest.raises(ServiceError, match="did not answer in time"):
        ask("Why?", FACTS, client=client)


def test_a_connection_that_breaks_is_told(configured, address):
    configured(WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=address)
    client = anthropic_client().with_options(default_headers={"x-offline-fault": "broken_stream"})
    with pytest.raises(ServiceError, match="broke off in the middle of the answer"):
        list(stream("Why do refunds take 5 days?", FACTS, client=client))


def test_the_other_vendor_has_its_own_names(configured, service):
    configured(WORKSHOP_OFFLINE="0", OPENAI_BASE_URL=service.address, OPENAI_API_KEY=KEY)
    service.reply = lambda *_: (401, {"error": {"message": f"Incorrect API key: {KEY}"}})
    wanted = r"Check OPENAI_API_KEY in \.env"
    with pytest.raises(ServiceError, match=wanted) as caught, readable_failures("openai"):
        openai_client().models.list()
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("other", [ValueError("mine"), openai.OpenAIError("no api_key")])
def test_what_is_no_failure_of_a_service_passes(other):
    with pytest.raises(type(other), match=str(other)), readable_failures():
        raise other


class TestSecrets:
    """The planted key is nowhere: no message, no log, no notebook, no table of the doctor."""

    @pytest.fixture
    def echo(self, configured, service):
        """A service that writes back everything it was sent."""
        configured(
            WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=service.address, ANTHROPIC_API_KEY=KEY,
            OPENAI_API_KEY=KEY, OPENAI_BASE_URL=service.address, WORKSHOP_CITATIONS="blocks",
        )  # fmt: skip

        def reply(*_):
            headers = service.seen[-1][3]
            return 400, error("invalid_request_error", str(headers))

        service.reply = reply
        return service

    def test_no_log_has_it(self, echo, caplog):
        caplog.set_level(logging.DEBUG)
        with pytest.raises(ServiceError):
            ask("Why?", FACTS)
        assert echo.seen[0][3]["Authorization"] == f"Bearer {KEY}"
        assert KEY not in caplog.text

    def test_the_doctor_does_not_show_it(self, echo):
        report = doctor.preflight()
        assert not report.ready
        assert KEY not in repr(report) + report._repr_html_()

    def test_no_notebook_has_it(self, echo, tmp_path, monkeypatch):
        """Cells that print everything they can reach, in a kernel that has the key."""
        cells = [
            "from helpers.settings import get_settings\nget_settings()",
            "print(get_settings())",
            "from helpers.clients import who_answers, anthropic_client\nwho_answers()",
            "anthropic_client()",
            "from helpers import doctor\ndoctor.preflight()",
            "from helpers.chunking import Chunk\nfrom helpers.grounding import ask\n"
            "ask('Why?', [Chunk('Because.', 0, 8)])",
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        client = NotebookClient(
            notebook,
            allow_errors=True,
            timeout=PATIENCE,
            resources={"metadata": {"path": str(ROOT)}},
        )
        client.execute()
        stored = nbformat.writes(notebook)
        assert "ServiceError" in stored
        assert KEY not in stored

    def test_the_provider_does_not_log_or_return_it(self, address, caplog):
        import anthropic

        caplog.set_level(logging.DEBUG)
        client = anthropic.Anthropic(api_key=KEY, base_url=address, max_retries=0)
        with pytest.raises(anthropic.BadRequestError) as caught:
            client.messages.create(model="", max_tokens=1, messages=[])
        assert KEY not in str(caught.value) + caplog.text


def test_a_whole_answer_still_comes_through(configured, service):
    configured(WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=service.address, ANTHROPIC_API_KEY=KEY,
               WORKSHOP_CITATIONS="blocks")  # fmt: skip
    service.reply = lambda *_: (200, as_json("Five days."))
    assert ask("Why?", FACTS).text == "Five days."
