"""How fast is a training file looked through, and in how much memory?

50,000 lines of real tickets with changes, checked for leakage against 5,000 others, against what
one would write without a validator: json.loads on each line and a pydantic model. Then a file of
200 MB for the memory. Run by hand: `python benchmarks/validation.py`.
"""

import json
import random
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from helpers.data import LABELS, load_tickets
from helpers.finetuning.examples import SYSTEM
from helpers.finetuning.validation import validate_jsonl

LINES, OTHERS, LARGE = 50_000, 5_000, 200


class Message(BaseModel):
    role: Literal["system", "user", "assistant"]
    content: str


class Example(BaseModel):
    messages: list[Message]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, other = Path(folder) / "train.jsonl", Path(folder) / "test.jsonl"
        write(path, LINES, seed=0)
        write(other, OTHERS, seed=1)
        validate_jsonl(other)  # loads the tokenizer
        ours = min(seconds(lambda: validate_jsonl(path, labels=LABELS, against=[other]))
                   for _ in range(3))  # fmt: skip
        plain = min(seconds(lambda: plainly(path)) for _ in range(3))
        size = path.stat().st_size / 2**20
        print(f"{LINES:,} lines, {size:.0f} MB, leakage against {OTHERS:,}")
        print(f"ours               {ours:.2f} s, {size / ours:.0f} MB/s")
        print(f"json and pydantic  {plain:.2f} s, {plain / ours:.2f} x ours, and finds less")
        write(path, LINES * LARGE // round(size), seed=2)
        tracemalloc.start()
        report = validate_jsonl(path, labels=LABELS)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        print(f"{path.stat().st_size / 2**20:.0f} MB, {report.examples:,} examples: "
              f"peak memory {peak:.0f} MB")  # fmt: skip


def write(path: Path, count: int, *, seed: int) -> None:
    chance = random.Random(seed)
    tickets = load_tickets()
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            ticket = chance.choice(tickets)
            messages = [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": f"{ticket.text[:400]} ({seed}-{number})"},
                {"role": "assistant", "content": ticket.label},
            ]
            file.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")


def plainly(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return sum(len(Example.model_validate(json.loads(line)).messages) for line in file)


def seconds(call: object) -> float:
    assert callable(call)
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
