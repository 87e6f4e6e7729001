"""Settings, clients and the doctor."""

import json
import os
import subprocess
import sys
from pathlib import Path

import anthropic
import numpy as np
import openai
import pytest
from messages_service import error, model_info
from serving import served

from helpers import clients, doctor, settings
from helpers.embedding import EmbedderError, MiniLM, load_embedder
from helpers.failures import ServiceError, readable_failures
from helpers.offline.shared import SharedProvider
from helpers.offline.tokens import token_for
from helpers.settings import Settings, SettingsError, get_settings

SECRET = "sk-test-0000"


@pytest.fixture
def fresh(configured):
    return configured


def test_nothing_set_means_offline(fresh):
    found = fresh(WORKSHOP_OFFLINE="0")
    assert not found.claude_is_live
    assert not found.openai_is_live
    assert found.claude_model == "claude-sonnet-4-6"
    assert clients.who_answers(found).startswith("offline-reader")


def test_a_key_makes_it_live(fresh):
    found = fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_API_KEY=SECRET, OPENAI_API_KEY=SECRET)
    assert found.claude_is_live
    assert found.openai_is_live
    assert clients.anthropic_client().api_key == SECRET
    assert clients.openai_client().api_key == SECRET
    assert "calls cost money" in clients.who_answers()


def test_a_base_url_needs_no_key(fresh):
    fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL="http://127.0.0.1:11434")
    client = clients.anthropic_client()
    assert str(client.base_url).startswith("http://127.0.0.1:11434")
    assert "http://127.0.0.1:11434" in clients.who_answers()


def test_offline_wins_over_keys(fresh):
    found = fresh(WORKSHOP_OFFLINE="1", ANTHROPIC_API_KEY=SECRET)
    assert not found.claude_is_live
    assert "offline.invalid" in str(clients.anthropic_client().base_url)


def test_an_empty_key_is_no_key(fresh):
    assert not fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_API_KEY="").claude_is_live


def test_a_key_is_not_shown(fresh):
    found = fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_API_KEY=SECRET)
    assert SECRET not in repr(found) + str(doctor.preflight()) + clients.who_answers()


def test_a_wrong_value_is_named_without_its_content(fresh):
    with pytest.raises(SettingsError, match=r"WORKSHOP_OFFLINE: .*boolean.*in \.env"):
        fresh(WORKSHOP_OFFLINE="perhaps")


def test_env_file_is_read(fresh, tmp_path, monkeypatch):
    (tmp_path / ".env").write_text(f"ANTHROPIC_API_KEY={SECRET}\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    assert fresh(WORKSHOP_OFFLINE="0").claude_is_live


@pytest.fixture
def env_file(fresh, tmp_path, monkeypatch):
    """Write a `.env` with these bytes, and read the settings."""
    path = tmp_path / ".env"
    monkeypatch.setitem(Settings.model_config, "env_file", path)

    def read(content: bytes) -> Settings:
        path.write_bytes(content)
        return fresh(WORKSHOP_OFFLINE="0")

    return read


@pytest.mark.parametrize(
    "content",
    [
        "WORKSHOP_QUICK=1\n".encode("utf-16"),
        "WORKSHOP_QUICK=1\n".encode("utf-16-be"),
        "WORKSHOP_QUICK=1\n".encode("utf-16-le"),
        "# mon clé\nWORKSHOP_QUICK=1\n".encode("latin-1"),
    ],
)
def test_an_env_file_in_another_encoding_is_one_sentence(env_file, content):
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8 text.* Save it as UTF-8"):
        env_file(content)
    for finding in (doctor.answers(), doctor.fine_tuning()):
        assert finding.status == "problem"
        assert "Save it as UTF-8" in finding.found


def test_an_env_file_with_a_byte_order_mark_and_other_alphabets_is_read(env_file):
    assert env_file("\ufeffWORKSHOP_QUICK=1\n# ключ\n".encode()).quick


def test_an_env_file_that_may_not_be_read_is_one_sentence(env_file, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(settings.Path, "read_text", refuse)
    with pytest.raises(SettingsError, match=r"\.env cannot be read \(Permission denied\)"):
        env_file(b"")


@pytest.mark.parametrize("module", ["assistant", "offline", "progress", "evaluation", "scale"])
def test_a_wrong_setting_is_one_sentence_of_each_command(module, tmp_path):
    arguments = {
        "assistant": ["--list"],
        "evaluation": ["--docs", str(tmp_path), "--questions", str(tmp_path / "q.jsonl")],
        "scale": ["--docs", str(tmp_path), "--store", "memory:"],
    }
    (tmp_path / "a.md").write_text("# A\n\nText.\n", encoding="utf-8")
    line = {"question": "What?", "file": "a.md", "quote": "Text."}
    (tmp_path / "q.jsonl").write_text(json.dumps(line), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", f"helpers.{module}", *arguments.get(module, [])],
        env=os.environ | {"WORKSHOP_QUICK": "perhaps"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert "WORKSHOP_QUICK" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "around", ["{}\n", "{}\r\n", "  {}\t", "\u00a0{}", "\ufeff{}", "{}\u200b \n"]
)
def test_what_is_copied_along_with_a_value_does_not_count(fresh, around):
    found = fresh(
        WORKSHOP_OFFLINE=around.format("0"),
        ANTHROPIC_API_KEY=around.format(SECRET),
        WORKSHOP_TOKEN=around.format(SECRET),
        OPENAI_BASE_URL=around.format("http://127.0.0.1:1/v1"),
    )
    assert found.anthropic_api_key.get_secret_value() == SECRET
    assert found.token.get_secret_value() == SECRET
    assert found.openai_base_url == "http://127.0.0.1:1/v1"
    assert not found.offline


def test_blanks_alone_are_not_set(fresh):
    found = fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_API_KEY=" \n", WORKSHOP_CLAUDE_MODEL=" ")
    assert found.anthropic_api_key is None
    assert not found.claude_is_live
    assert found.claude_model == "claude-sonnet-4-6"


SECRETS = [
    field.validation_alias
    for name, field in Settings.model_fields.items()
    if name.endswith("_key") or name == "token"
]


@pytest.mark.parametrize("variable", SECRETS)
@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("planted–0123", "character 8 is EN DASH"),
        ("“planted0123”", "character 1 is LEFT DOUBLE QUOTATION MARK"),
        ("planted 0123", "character 8 is SPACE"),
        ("planted\n0123", "character 8 is U\\+000A"),
    ],
)
def test_a_key_that_cannot_be_sent_is_named(fresh, variable, key, told):
    with pytest.raises(SettingsError, match=f"^{variable}: {told}.* Copy the key again") as caught:
        fresh(**{variable: key})
    assert "0123" not in str(caught.value)


def test_all_secrets_are_looked_at():
    assert {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "WORKSHOP_TOKEN"} < set(SECRETS)
    kept = [f for f in Settings.model_fields.values() if "SecretStr" in str(f.annotation)]
    assert len(kept) == len(SECRETS)


@pytest.mark.parametrize("vendor", ["ANTHROPIC", "OPENAI", "VOYAGE", "COHERE"])
@pytest.mark.parametrize("address", ["127.0.0.1:11434", "localhost:1/v1", "http://", "http:/a"])
def test_a_base_url_that_is_none_is_named(fresh, vendor, address):
    with pytest.raises(SettingsError, match=rf"{vendor}_BASE_URL: an address with http://"):
        fresh(**{f"{vendor}_BASE_URL": address})


class TestHome:
    """One folder, from wherever a notebook or a command is started."""

    @pytest.mark.parametrize(
        ("value", "folder"),
        [
            ("~/of-mine", Path.home() / "of-mine"),
            ("of-mine", settings.ROOT / "of-mine"),
            ("./of-mine", settings.ROOT / "of-mine"),
        ],
    )
    def test_it_does_not_depend_on_the_working_directory(
        self, fresh, tmp_path, monkeypatch, value, folder
    ):
        monkeypatch.chdir(tmp_path)
        assert fresh(WORKSHOP_HOME=value).home == folder

    def test_an_absolute_one_stays(self, fresh, tmp_path):
        assert fresh(WORKSHOP_HOME=str(tmp_path)).home == tmp_path

    def test_a_user_whom_nobody_knows_is_named(self, fresh):
        with pytest.raises(SettingsError, match=r"WORKSHOP_HOME: '~no.such.user/x' names a user"):
            fresh(WORKSHOP_HOME="~no.such.user/x")


def test_clients_are_the_vendors_own():
    assert type(clients.anthropic_client()) is anthropic.Anthropic
    assert type(clients.openai_client()) is openai.OpenAI


def test_every_setting_stands_in_the_example_file(root):
    example = (root / ".env.example").read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        assert f"\n{field.validation_alias}=" in example


class TestDoctor:
    def test_this_machine_is_ready(self):
        report = doctor.preflight()
        assert report.ready, report
        assert "✗" not in repr(report)
        assert len(report.findings) == 8

    def test_a_problem_says_how_to_mend_it(self, monkeypatch):
        monkeypatch.setattr(doctor, "model_folder", lambda: settings.ROOT / "nowhere")
        finding = doctor.weights()
        assert finding.status == "problem"
        assert finding.fix == "Run `make install` again."
        report = doctor.Report([finding])
        more = "make install` again. More: docs/troubleshooting.md#the-embedding-model-is-missing"
        assert more in repr(report)
        assert more in report._repr_html_()
        assert not report.ready
        assert "Not ready yet" in repr(report)

    def test_another_version_of_a_package_is_found(self, monkeypatch):
        monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.0.1")
        finding = doctor.packages()
        assert finding.status == "problem"
        assert "numpy 0.0.1 is not" in finding.found
        assert finding.fix == "Run `make install`."

    def test_a_broken_setting_is_a_finding(self, fresh, monkeypatch):
        monkeypatch.setenv("WORKSHOP_OFFLINE", "perhaps")
        get_settings.cache_clear()
        assert doctor.answers().status == "problem"
        assert doctor.fine_tuning().status == "problem"

    @pytest.fixture
    def asked(self, fresh, service):
        """What the doctor finds when the service has these models; by default at Anthropic."""

        def find(models, model="claude-sonnet-4-6", *, gateway=False):
            found = fresh(
                WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=service.address,
                ANTHROPIC_API_KEY=SECRET, WORKSHOP_CLAUDE_MODEL=model,
            )  # fmt: skip

            def reply(_, path, __):
                if path == "/v1/models":
                    return 200, {"data": models, "has_more": False}
                one = [info for info in models if path == f"/v1/models/{info['id']}"]
                return (200, one[0]) if one else (404, error("not_found_error", "model"))

            service.reply = reply
            chosen = found if gateway else found.model_copy(update={"anthropic_base_url": None})
            return doctor.claude(chosen)

        return find

    def test_a_model_that_is_there_is_fine(self, asked):
        finding = asked([model_info("claude-sonnet-4-6")])
        assert (finding.status, finding.fix) == ("ok", "")

    def test_a_deprecated_model_is_named_with_its_end_and_a_current_one(self, asked):
        finding = asked([
            model_info("claude-sonnet-4-6", lifecycle="deprecated",
                       retires_at="2027-02-01T00:00:00Z"),
            model_info("claude-opus-9", line="opus", created_at="2027-01-01T00:00:00Z"),
            model_info("claude-sonnet-5", created_at="2026-06-01T00:00:00Z"),
            model_info("claude-sonnet-5-5", created_at="2026-09-01T00:00:00Z"),
        ])  # fmt: skip
        assert finding.status == "note"
        assert "deprecated and ends 01 February 2027" in finding.found
        assert finding.fix == "Set WORKSHOP_CLAUDE_MODEL=claude-sonnet-5-5."

    @pytest.mark.parametrize("models", [[], [model_info("claude-sonnet-5", lifecycle="active")]])
    def test_a_model_that_is_gone_is_a_problem(self, asked, models):
        finding = asked(models)
        assert finding.status == "problem"
        assert finding.found == "claude-sonnet-4-6 is not offered (any more)"
        assert finding.fix.startswith("Set WORKSHOP_CLAUDE_MODEL")

    def test_a_retired_model_is_a_problem(self, asked):
        assert asked([model_info("claude-sonnet-4-6", lifecycle="retired")]).status == "problem"

    def test_another_server_need_not_list_its_models(self, asked):
        finding = asked([], gateway=True)
        assert finding.status == "note"
        assert "does not list a model of that name" in finding.found

    def test_a_service_that_cannot_be_reached_is_a_problem(self, fresh, service):
        service.close()
        fresh(WORKSHOP_OFFLINE="0", ANTHROPIC_BASE_URL=service.address, ANTHROPIC_API_KEY=SECRET)
        finding = doctor.answers()
        assert finding.status == "problem"
        assert "cannot be reached" in finding.found

    def test_html_is_escaped(self):
        report = doctor.Report([doctor.Finding("<b>", "note", "<script>", "a & b")])
        html = report._repr_html_()
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


class TestSharedProvider:
    """`WORKSHOP_PROVIDER` and `WORKSHOP_TOKEN` are all that a learner sets."""

    @pytest.fixture
    def settings_of(self, fresh, tmp_path):
        secret = "a secret of the class"
        right = token_for(secret, "anna")
        with served(SharedProvider(tmp_path / "class", secret)) as address:

            def read(token=right, **more):
                return fresh(
                    WORKSHOP_OFFLINE="0", WORKSHOP_PROVIDER=f"{address}/", WORKSHOP_TOKEN=token,
                    WORKSHOP_HOME=str(tmp_path / "own"), **more,
                )  # fmt: skip

            yield read

    def test_both_sdks_and_the_embedder_go_there(self, settings_of, tmp_path):
        found = settings_of()
        assert "the class's provider" in clients.who_answers()
        assert "the class's provider" in clients.who_trains()
        assert clients.anthropic_client().models.list().data[0].id == "offline-reader"
        assert list(clients.openai_client().models.list())
        assert list(clients.embedded_openai_client().models.list())
        texts = ["Refunds take 5 days.", "Zum Beispiel: ü"]
        here, there = MiniLM().embed_documents(texts), load_embedder().embed_documents(texts)
        assert np.abs(here - there).max() < 1e-5
        assert load_embedder().name == MiniLM.name
        assert (tmp_path / "class" / "embeddings.sqlite").exists()
        assert found.token.get_secret_value() not in repr(found)

    def test_a_kernel_loads_no_model(self, settings_of, tmp_path):
        found = settings_of()
        code = (
            "import sys; from helpers.embedding import load_embedder\n"
            "load_embedder().embed_documents(['a'])\n"
            "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
        )
        environment = os.environ | {
            "WORKSHOP_PROVIDER": found.provider,
            "WORKSHOP_TOKEN": found.token.get_secret_value(),
            "WORKSHOP_HOME": str(tmp_path / "third"),
            "WORKSHOP_OFFLINE": "0",
        }
        output = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True,
            check=True,
        ).stdout  # fmt: skip
        assert output == "set()\n"

    def test_offline_keeps_everything_here(self, settings_of):
        assert settings_of().shared_provider
        assert not Settings(WORKSHOP_OFFLINE="1").shared_provider

    def test_ones_own_key_goes_to_the_vendor(self, settings_of):
        settings_of(ANTHROPIC_API_KEY=SECRET)
        assert str(clients.anthropic_client().base_url).startswith("https://api.anthropic.com")

    def test_a_wrong_token_is_told_with_the_way_out(self, settings_of):
        settings_of(token="anna.wrong")
        report = str(doctor.answers())
        assert "WORKSHOP_TOKEN" in report
        with pytest.raises(EmbedderError, match="Check WORKSHOP_TOKEN"):
            load_embedder().embed_query("a")
        with (
            pytest.raises(ServiceError, match=r"The class's provider at .*WORKSHOP_TOKEN"),
            readable_failures(),
        ):
            clients.anthropic_client().models.list()

    def test_a_provider_that_is_gone_is_told_with_the_way_out(self, fresh):
        fresh(WORKSHOP_OFFLINE="0", WORKSHOP_PROVIDER="http://127.0.0.1:9")
        assert "Check the network, HTTPS_PROXY and WORKSHOP_PROVIDER" in str(doctor.answers())

    @pytest.mark.parametrize("address", ["192.168.1.20:8765", "ftp://a", "http://", "http://a b"])
    def test_an_address_that_is_none_is_named(self, fresh, address):
        with pytest.raises(SettingsError, match="WORKSHOP_PROVIDER"):
            fresh(WORKSHOP_PROVIDER=address)
