"""Settings, clients and the doctor."""

import anthropic
import openai
import pytest

from helpers import clients, doctor, settings
from helpers.settings import Settings, SettingsError, get_settings

SECRET = "sk-test-0000"


@pytest.fixture
def fresh(monkeypatch):
    """Set variables, and read the settings anew."""

    def read(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    monkeypatch.setitem(Settings.model_config, "env_file", None)
    yield read
    monkeypatch.undo()
    get_settings.cache_clear()


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


def test_clients_are_the_vendors_own():
    assert type(clients.anthropic_client()) is anthropic.Anthropic
    assert type(clients.openai_client()) is openai.OpenAI


def test_every_setting_stands_in_the_example_file(root):
    example = (root / ".env.example").read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        if field.validation_alias != "WORKSHOP_EMBEDDER":
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

    def test_html_is_escaped(self):
        report = doctor.Report([doctor.Finding("<b>", "note", "<script>", "a & b")])
        html = report._repr_html_()
        assert "<script>" not in html
        assert "&lt;script&gt;" in html
