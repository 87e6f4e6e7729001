"""Kill the provider in the middle of a job, again and again, and look what is left.

A server trains a small job and is killed (no warning, no clean-up) at random moments. After each
kill: every upload must be whole, no half-written weights may be listed, and the job must be seen
as paused and go on. In the end the model must answer exactly as one that was never interrupted.
Run by hand: `python benchmarks/killed_job.py` kills ten times and takes about four minutes.
"""

import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai

KILLS = 10
SERVE = """
import sys, time
from helpers.offline.__main__ import main
from helpers.offline.tuning.trainer import Trainer
step, pause = Trainer._step, float(sys.argv[1])
def after_a_pause(*arguments):
    time.sleep(pause)
    return step(*arguments)
Trainer._step = after_a_pause
main(sys.argv[2:])
"""
TEXTS = {
    "money": ["charged twice", "send the invoice", "refund the payment", "the price is high"],
    "weather": ["it rains", "the sun shines", "snow falls", "a storm comes"],
}


def main() -> None:
    kills, problems = run(KILLS, seed=0)
    print(f"killed {kills} times; {len(problems)} problems")
    for problem in problems:
        print(f"  {problem}")
    sys.exit(bool(problems))


def run(kills: int, *, seed: int, rounds: int = 16, pause: float = 0.0) -> tuple[int, list[str]]:
    """Kill that often; gives how often it happened in the middle, and what was found wrong.

    Args:
        kills: at least 1.
        seed: decides about the moments.
        rounds: how often each text is trained with.
        pause: seconds before each step, so that a machine of any speed is killed in the middle.
    """
    chance = random.Random(seed)
    problems: list[str] = []
    content = examples(rounds)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with provider(home, pause) as (process, client):
            wanted = answers(client, finish(client, start(client, upload(client, content))))
            file = upload(client, content)
            job = start(client, file)
            process.kill()
        for done in range(1, kills):
            with provider(home, pause) as (process, client):
                problems += seen_as_paused(client, job, done)
                problems += left_behind(home, client, file, content)
                client.fine_tuning.jobs.resume(job)
                wait_for_news(client, job)
                time.sleep(chance.uniform(0, 1.5))
                if status_of(client, job) == "succeeded":
                    job = start(client, file)
                    time.sleep(chance.uniform(0, 1.5))
                process.kill()
        with provider(home) as (process, client):
            problems += seen_as_paused(client, job, kills)
            client.fine_tuning.jobs.resume(job)
            if answers(client, finish(client, job)) != wanted:
                problems.append("the resumed model answers otherwise than the uninterrupted one")
            problems += left_behind(home, client, file, content)
    return kills, problems


def seen_as_paused(client: openai.OpenAI, job: str, kills: int) -> list[str]:
    status = status_of(client, job)
    return [] if status == "paused" else [f"after kill {kills} the job is {status}, not paused"]


@contextmanager
def provider(
    home: Path, pause: float = 0.0
) -> Iterator[tuple[subprocess.Popen[str], openai.OpenAI]]:
    """A server on loopback and a client for it; killed at the end, if it still lives."""
    options = ["--listen", "127.0.0.1:0", "--home", str(home)]
    command = [sys.executable, "-c", SERVE, str(pause), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the provider did not start"
        try:
            yield process, openai.OpenAI(api_key="x", base_url=f"{found[0]}/v1", max_retries=0)
        finally:
            process.kill()


def examples(rounds: int) -> bytes:
    records = [
        {
            "messages": [
                {"role": "user", "content": f"{text} {n}"},
                {"role": "assistant", "content": label},
            ]
        }
        for n in range(rounds)
        for label, texts in TEXTS.items()
        for text in texts
    ]
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def upload(client: openai.OpenAI, content: bytes) -> str:
    return client.files.create(file=("train.jsonl", content), purpose="fine-tune").id


def start(client: openai.OpenAI, file: str) -> str:
    job = client.fine_tuning.jobs.create(
        model="base",
        training_file=file,
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 6, "batch_size": 8}},
        },
    )
    wait_for_news(client, job.id)
    return job.id


def status_of(client: openai.OpenAI, job: str) -> str:
    """The status as text: the SDK's types do not know `paused`, though it has calls for it."""
    return str(client.fine_tuning.jobs.retrieve(job).status)


def wait_for_news(client: openai.OpenAI, job: str) -> None:
    """Until the job has done a step since it was last started, or has ended."""
    while True:
        state = client.fine_tuning.jobs.retrieve(job).status
        newest = client.fine_tuning.jobs.list_events(job, limit=1).data
        if state in ("succeeded", "failed", "cancelled"):
            return
        if state == "running" and newest and newest[0].type == "metrics":
            return
        time.sleep(0.05)


def finish(client: openai.OpenAI, job: str) -> str:
    """Wait for the end; gives the model's name."""
    while (found := client.fine_tuning.jobs.retrieve(job)).status not in ("succeeded", "failed"):
        time.sleep(0.1)
    assert found.fine_tuned_model, found.error
    return found.fine_tuned_model


def answers(client: openai.OpenAI, model: str) -> list[float]:
    """Log-probabilities of some texts, to the last digit."""
    found: list[float] = []
    for text in ("rain and refund", "invoice", "storm at sea"):
        answer = client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": text}],
            logprobs=True,
            top_logprobs=2,
        )
        logprobs = answer.choices[0].logprobs
        assert logprobs, "the model gave no probabilities"
        found += [e.logprob for token in logprobs.content or [] for e in token.top_logprobs]
    return found


def left_behind(home: Path, client: openai.OpenAI, file: str, content: bytes) -> list[str]:
    """What is not as it must be after a kill."""
    from safetensors import safe_open

    problems = []
    if client.files.content(file).read() != content:
        problems.append("an upload is not what was sent")
    for path in (home / "provider" / "ftjob").rglob("*"):
        if path.suffix == ".safetensors":
            with safe_open(path, framework="np") as weights:
                names = list(weights.keys())
            if not names:
                problems.append(f"{path.name} holds nothing")
        elif path.is_file():
            problems.append(f"{path.name} was left behind")
    for model in client.models.list():
        if model.id.startswith("ft:"):
            client.chat.completions.create(
                model=model.id, messages=[{"role": "user", "content": "rain"}]
            )
    return problems


if __name__ == "__main__":
    main()
