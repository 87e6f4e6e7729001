"""`python -m helpers.offline`: the same provider on a port of this machine, and of no other."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import anthropic
import pytest

from helpers.offline.__main__ import is_loopback, main


def test_it_serves_on_loopback_and_says_where(tmp_path):
    command = [
        sys.executable,
        "-m",
        "helpers.offline",
        "--listen",
        "127.0.0.1:0",
        "--home",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)[0]
        client = anthropic.Anthropic(api_key="x", base_url=address, max_retries=0)
        message = client.messages.create(
            model="m",
            max_tokens=50,
            messages=[
                {"role": "user", "content": "Facts: Refunds take 5 days.\n\nQuestion: How long?"}
            ],
        )
        server.terminate()
    assert message.model == "offline-reader"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "[::]"])
def test_other_addresses_are_refused(host, capsys):
    with pytest.raises(SystemExit):
        main(["--listen", f"{host}:0"])
    assert "is not a loopback address, and whoever reaches the port" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback(host):
    assert is_loopback(host)


def test_many_learners_at_once_each_get_their_own_answer(address):
    def learner(number: int) -> str:
        client = anthropic.Anthropic(api_key=f"l{number}", base_url=address, max_retries=0)
        facts = " ".join(f"Learner {n} has locker {1000 + 7 * n}." for n in (number, number + 50))
        content = f"Facts: {facts}\n\nQuestion: Which locker has learner {number}?"
        message = client.messages.create(
            model="m", max_tokens=50, messages=[{"role": "user", "content": content}]
        )
        return message.content[0].text

    with ThreadPoolExecutor(20) as room:
        answers = list(room.map(learner, range(40)))
    for number, answer in enumerate(answers):
        assert f"Learner {number} has locker {1000 + 7 * number}." in answer
