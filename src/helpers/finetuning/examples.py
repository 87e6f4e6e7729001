"""From tickets to the chat JSONL that fine-tuning services take, one example a line."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.data import LABELS, Ticket
from helpers.finetuning.cleaning import SetAside

SYSTEM = (
    "You sort support tickets of Stockwren. Answer with exactly one of: " + ", ".join(LABELS) + "."
)


def to_chat_example(ticket: Ticket, *, system: str = SYSTEM) -> dict[str, object]:
    """One ticket as a conversation: the rule, the ticket, and the label as the answer.

    >>> ticket = Ticket(id="t1", channel="chat", subject="", body="Charged twice!", label="billing")
    >>> [turn["content"] for turn in to_chat_example(ticket, system="Sort.")["messages"]]
    ['Sort.', 'Charged twice!', 'billing']
    """
    return _conversation(system, ticket.text, ticket.label)


def write_chat_jsonl(tickets: Sequence[Ticket], path: Path, *, system: str = SYSTEM) -> Path:
    """Write the tickets as examples, whole or not at all; gives the path back."""
    return write_pairs([(ticket.text, ticket.label) for ticket in tickets], path, system=system)


def write_pairs(pairs: Iterable[tuple[str, str]], path: Path, *, system: str) -> Path:
    """Write what is asked and what is to be answered as examples; gives the path back.

    Args:
        pairs: what the user says, and what the assistant is to learn to answer.
        path: the file; its folder is made where it is missing.
        system: the instruction, the same in each example.
    """
    return write_lines([_conversation(system, asked, answer) for asked, answer in pairs], path)


def _conversation(system: str, user: str, assistant: str) -> dict[str, object]:
    turns = (("system", system), ("user", user), ("assistant", assistant))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def write_set_aside(aside: Sequence[SetAside], path: Path) -> Path:
    """Write what cleaning took out, each with step and reason, so that nothing is lost."""
    records = [
        {"step": entry.step, "reason": entry.reason, "ticket": entry.ticket.model_dump()}
        for entry in aside
    ]
    return write_lines(records, path)


def write_lines(records: Sequence[object], path: Path) -> Path:
    """Write each record as one line of JSON, all of them or none; gives the path back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
    return path
