"""Forty learners on one shared provider: does everybody get the right answer, and how fast?

One server on loopback, as `python -m helpers.offline --secret FILE` starts it for a class; forty
clients at once, each with a token, the vendor's SDK and ten questions of its own. Every question is
asked of ten facts, one of which names the learner, so that an answer meant for somebody else would
show. Run by hand: `python benchmarks/classroom.py`.
"""

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anthropic
import numpy as np

from helpers.offline.tokens import read_secret, token_for

LEARNERS, QUESTIONS = 40, 10
SECRET = "class.secret"
THINGS = [
    "locker", "desk", "badge", "parking space", "telephone extension",
    "mailbox", "bicycle stand", "coat hook", "laptop", "key",
]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as home, started(home) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if not found:
            raise SystemExit(f"the provider did not start: {line}")
        secret = read_secret(Path(home) / SECRET)
        tokens = [token_for(secret, f"learner-{n:02d}") for n in range(LEARNERS + 1)]
        lesson(found[0], 0, tokens[0])  # loads the model
        began = time.perf_counter()
        with ThreadPoolExecutor(LEARNERS) as room:
            results = list(
                room.map(lambda n: lesson(found[0], n, tokens[n]), range(1, LEARNERS + 1))
            )
        took = time.perf_counter() - began
        server.terminate()
    seconds = np.array([s for times, _ in results for s in times])
    right = sum(count for _, count in results)
    total = LEARNERS * QUESTIONS
    print(f"{LEARNERS} learners, {total} questions, each with an embedding of its own")
    print(f"right for their own question   {right} of {total}")
    print(f"throughput                     {total / took:.1f} answers a second")
    print(
        f"seconds, median and 95 of 100  {np.median(seconds):.2f}, {np.quantile(seconds, 0.95):.2f}"
    )


def started(home: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "helpers.offline", "--listen", "127.0.0.1:0",
               "--home", home, "--secret", str(Path(home) / SECRET)]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lesson(address: str, learner: int, token: str) -> tuple[list[float], int]:
    """One learner's ten questions; seconds of each, and how many were answered right."""
    client = anthropic.Anthropic(api_key=token, base_url=address, max_retries=0)
    seconds, right = [], 0
    for number, thing in enumerate(THINGS[:QUESTIONS]):
        own = 1000 + 17 * learner + number
        facts = [
            f"The {t} of learner {learner} has the number {own + 7 * (t != thing)}." for t in THINGS
        ]
        began = time.perf_counter()
        message = client.messages.create(
            model="claude-sonnet-4-6",
            max_tokens=100,
            messages=[
                {
                    "role": "user",
                    "content": "Facts:\n" + "\n".join(facts)
                    + f"\n\nQuestion: Which number has the {thing} of learner {learner}?",
                }
            ],
        )  # fmt: skip
        seconds.append(time.perf_counter() - began)
        text = message.content[0].text if message.content[0].type == "text" else ""
        right += f"The {thing} of learner {learner} has the number {own}." in text
    return seconds, right


if __name__ == "__main__":
    main()
