"""A proxy or a certificate that cannot be used is one sentence that names the variable."""

import os
import subprocess
import sys
import threading

import pytest
from waiting import PATIENCE

from helpers import clients, doctor
from helpers.embedding import load_embedder
from helpers.failures import ServiceError, readable_failures
from helpers.grounding import ask
from helpers.network import network_problem, proxy_problem
from helpers.progress import record
from helpers.progress.__main__ import main as progress
from helpers.settings import SettingsError
from helpers.stores import open_store

KEYS = {f"{vendor}_API_KEY": "key" for vendor in ("ANTHROPIC", "OPENAI", "VOYAGE", "COHERE")}
PLANTED = "planted0123"
VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)
BROKEN = [
    ("ALL_PROXY", f"socks://me:{PLANTED}@127.0.0.1:1080", "has to begin with http, https, socks5"),
    ("HTTPS_PROXY", "ftp://127.0.0.1", "'ftp://127.0.0.1': it has to begin with"),
    ("ALL_PROXY", "http://127.0.0.1:port", "has no server and port that can be read"),
    ("SSL_CERT_FILE", "/no/such.pem", "there is no such file"),
    ("SSL_CERT_FILE", __file__, "holds no certificates that can be read"),
]


@pytest.fixture(autouse=True)
def _no_network_settings(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=BROKEN, ids=lambda broken: f"{broken[0]}={broken[1][-12:]}")
def broken(request, configured, tmp_path):
    """Keys are set and a variable is broken; gives its name and what is said about it."""
    name, value, says = request.param

    def configure(**more):
        configured(**{"WORKSHOP_OFFLINE": "0", "WORKSHOP_HOME": str(tmp_path), name: value} | more)
        return name, says

    return configure


def told(call, name, says):
    with pytest.raises(SettingsError, match=f"{name}.*{says}.*Mend or unset it") as caught:
        call()
    assert PLANTED not in str(caught.value)


CALLS = {
    "anthropic": clients.anthropic_client,
    "openai": clients.openai_client,
    "openai's embeddings": lambda: load_embedder("openai:text-embedding-3-small"),
    "cohere's embeddings": lambda: load_embedder("cohere:embed-v4.0"),
    "a cell": lambda: ask("Why?", []),
    "qdrant": lambda: open_store("qdrant:http://127.0.0.1:9", dimension=2),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_whoever_makes_a_client_is_told(broken, call, capfd):
    told(call, *broken(**KEYS))
    assert "Traceback" not in capfd.readouterr().err  # of what the SDK leaves behind


def test_the_doctor_tells_it_in_its_table(broken):
    name, says = broken(**KEYS)
    for finding in (doctor.answers(), doctor.fine_tuning()):
        assert finding.status == "problem"
        assert name in finding.found
        assert says in finding.found
        assert PLANTED not in finding.found


def test_so_does_a_class(broken, capsys, tmp_path):
    name, says = broken(WORKSHOP_PROVIDER="http://127.0.0.1:9", WORKSHOP_TOKEN="token")
    told(clients.anthropic_client, name, says)
    told(clients.embedded_openai_client, name, says)
    told(load_embedder, name, says)
    assert name in doctor.answers().found
    (tmp_path / "secret").write_text("a secret of the class", encoding="utf-8")
    arguments = ["--provider", "http://127.0.0.1:9", "--secret", str(tmp_path / "secret")]
    assert progress(arguments) == 1
    assert name in capsys.readouterr().err


def test_a_check_of_an_exercise_goes_on(broken, monkeypatch):
    failed = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    broken(WORKSHOP_PROVIDER="http://127.0.0.1:9", WORKSHOP_PROGRESS="1")
    before = set(threading.enumerate())
    record("Exercise 1.1", "✓ right")
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert not failed


def test_without_a_key_nothing_of_it_matters(broken):
    broken(WORKSHOP_OFFLINE="1")
    assert clients.anthropic_client().models.list().data
    assert list(clients.openai_client().models.list())
    assert doctor.answers().status == "note"
    assert open_store("memory:", dimension=2).count() == 0


def test_voyages_requests_are_told_of_their_own_certificates(configured, tmp_path):
    configured(
        WORKSHOP_OFFLINE="0",
        WORKSHOP_HOME=str(tmp_path),
        VOYAGE_API_KEY="key",
        REQUESTS_CA_BUNDLE="/no/such.pem",
    )
    with pytest.raises(ValueError, match=r"REQUESTS_CA_BUNDLE is '/no/such.pem': there is no such"):
        load_embedder("voyage:voyage-4").embed_query("a")


def test_a_proxy_that_works_is_let_through(configured):
    configured(WORKSHOP_OFFLINE="0", ALL_PROXY="http://me:pass@127.0.0.1:9", **KEYS)
    assert network_problem() is None
    client = clients.anthropic_client().with_options(max_retries=0)
    with pytest.raises(ServiceError, match="cannot be reached"), readable_failures():
        client.models.list()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_names_the_package_that_it_needs(monkeypatch, scheme):
    monkeypatch.setattr("helpers.network.find_spec", lambda name: None)
    assert "uv pip install socksio" in proxy_problem(f"{scheme}://127.0.0.1:1")
    monkeypatch.setattr("helpers.network.find_spec", lambda name: name)
    assert proxy_problem(f"{scheme}://127.0.0.1:1") is None


def test_the_doctors_command_prints_no_traceback():
    variables = {"WORKSHOP_OFFLINE": "0", "ALL_PROXY": "socks://127.0.0.1:9", "OPENAI_API_KEY": "k"}
    result = subprocess.run(
        [sys.executable, "-m", "helpers.doctor"],
        env=os.environ | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 1
    assert "ALL_PROXY" in result.stdout
    assert result.stderr == ""
