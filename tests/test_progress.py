"""What the exercise checks said is kept, shown and sent to the class, and never in the way."""

import json
import threading

import httpx2
import pytest
from serving import served
from waiting import PATIENCE, wait_for

from helpers.check import Case, Exercise
from helpers.offline.shared import SharedProvider
from helpers.offline.tokens import INSTRUCTOR, read_secret, token_for
from helpers.progress import FILE, PATH, keep, load, record
from helpers.progress.__main__ import exercises, main

DOUBLE = Exercise("Exercise 1.1", [Case((2,), 4, "2")], "doubled.")


@pytest.fixture
def home(configured, tmp_path):
    configured(WORKSHOP_HOME=str(tmp_path), WORKSHOP_PROGRESS="1")
    return tmp_path


def unfinished(_):
    raise NotImplementedError


class TestKeeping:
    def test_a_check_is_kept_with_its_tries(self, home, capsys):
        for attempt in (unfinished, lambda x: x, lambda x: 2 * x, lambda x: x + 1):
            DOUBLE(attempt)
        kept = load(home / FILE)
        assert kept == {"Exercise 1.1": {"state": "wrong", "tries": 3, "solved": True}}
        assert [line[0] for line in capsys.readouterr().out.splitlines()] == list("○✗✓✗")

    def test_one_setting_turns_it_off(self, home, configured):
        configured(WORKSHOP_PROGRESS="0")
        DOUBLE(lambda x: 2 * x)
        assert not (home / FILE).exists()

    @pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": 1}', '{"a": {"state": "x"}}', "7"])
    def test_a_broken_file_stops_nobody(self, home, content):
        (home / FILE).write_text(content, encoding="utf-8")
        assert load(home / FILE) == {}
        record("Exercise 1.1", "✓ Exercise 1.1: doubled.")
        assert load(home / FILE)["Exercise 1.1"]["solved"]

    def test_a_folder_that_cannot_be_written_to_stops_nobody(self, configured, tmp_path, capsys):
        (tmp_path / "file").touch()
        configured(WORKSHOP_HOME=str(tmp_path / "file" / "below"))
        DOUBLE(lambda x: 2 * x)
        assert capsys.readouterr().out.startswith("✓")

    def test_kernels_do_not_overwrite_each_other(self, tmp_path):
        names = [f"Exercise {number}.1" for number in range(8)]
        threads = [threading.Thread(target=keep, args=(tmp_path / FILE, name, "wrong"))
                   for name in names for _ in range(5)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {name: result["tries"] for name, result in load(tmp_path / FILE).items()} == (
            dict.fromkeys(names, 5)
        )


class TestShowing:
    def test_all_exercises_are_in_the_table(self, home, capsys):
        record("Exercise 1.1", "✓ …")
        record("Exercise 1.2", "✗ …")
        assert main([]) == 0
        shown = capsys.readouterr().out
        assert "✓  Exercise 1.1    1 tries" in shown
        assert "✗  Exercise 1.2    1 tries" in shown
        assert f"solved: 1 of {len(exercises())}" in shown
        assert len(exercises()) >= 22
        assert all(name in shown for name in exercises())

    def test_half_of_the_options_is_refused(self, capsys):
        with pytest.raises(SystemExit):
            main(["--provider", "http://127.0.0.1:1"])
        assert "go together" in capsys.readouterr().err

    def test_a_provider_that_is_not_there_is_named(self, tmp_path, capsys):
        secret = str(tmp_path / "secret")
        assert main(["--provider", "http://127.0.0.1:1", "--secret", secret]) == 1
        assert "http://127.0.0.1:1 cannot be reached" in capsys.readouterr().err


class TestClass:
    @pytest.fixture
    def secret(self, tmp_path):
        return tmp_path / "class.secret"

    @pytest.fixture
    def provider(self, tmp_path, secret):
        with served(SharedProvider(tmp_path / "class", read_secret(secret))) as address:
            yield address

    def put(self, provider, token, **sent):
        return httpx2.put(f"{provider}{PATH}", json=sent, headers={"x-api-key": token})

    def test_the_instructor_sees_counts(self, provider, secret, capsys):
        for learner, states in {"anna": ["wrong", "right"], "ben": ["wrong"], "cleo": []}.items():
            token = token_for(read_secret(secret), learner)
            for state in ["open", *states]:
                assert self.put(provider, token, exercise="Exercise 1.1", state=state).is_success
        assert main(["--provider", provider, "--secret", str(secret)]) == 0
        shown = capsys.readouterr().out
        row = next(line for line in shown.splitlines() if line.startswith("Exercise 1.1"))
        assert row.split()[2:] == ["1", "1", "1", "1.0"]
        assert "tokens that have sent something: 3" in shown
        assert not {"anna", "ben", "cleo"} & set(shown.split())

    def test_nobody_else_does(self, provider, secret):
        token = token_for(read_secret(secret), "anna")
        answer = httpx2.get(f"{provider}{PATH}", headers={"x-api-key": token})
        assert answer.status_code == 403
        assert httpx2.get(f"{provider}{PATH}").status_code == 401
        other = httpx2.get(
            f"{provider}{PATH}", headers={"x-api-key": token_for("x" * 20, INSTRUCTOR)}
        )
        assert other.status_code == 401

    @pytest.mark.parametrize(
        "sent",
        [{}, {"exercise": "Exercise 1.1", "state": "solved"}, {"exercise": "x", "state": "right"},
         {"exercise": "Exercise 1.1" * 200, "state": "right"}],
    )  # fmt: skip
    def test_what_no_check_sends_is_refused(self, provider, secret, sent):
        answer = self.put(provider, token_for(read_secret(secret), "anna"), **sent)
        assert answer.status_code in (400, 413)
        assert json.loads(answer.text)["error"]["message"]

    def test_a_check_sends_by_itself(self, provider, secret, configured, tmp_path):
        token = token_for(read_secret(secret), "anna")
        configured(
            WORKSHOP_HOME=str(tmp_path / "own"), WORKSHOP_OFFLINE="0",
            WORKSHOP_PROVIDER=provider, WORKSHOP_TOKEN=token,
        )  # fmt: skip
        DOUBLE(lambda x: 2 * x)
        path = tmp_path / "class" / "learners" / "of-anna" / FILE
        found = wait_for(lambda: load(path), "the check's message")
        assert found["Exercise 1.1"]["solved"]

    def test_a_provider_that_is_gone_does_not_hold_a_notebook_up(
        self, home, configured, capsys, monkeypatch
    ):
        configured(WORKSHOP_OFFLINE="0", WORKSHOP_PROVIDER="http://192.0.2.1:8765")
        sent, gone = [], threading.Event()

        def send(*what):  # as httpx2 does until its time is out
            sent.append((what, gone.wait(PATIENCE)))

        monkeypatch.setattr("helpers.progress._send", send)
        DOUBLE(lambda x: 2 * x)
        assert capsys.readouterr().out.startswith("✓")
        assert sent == []
        gone.set()
        wait_for(lambda: sent)
