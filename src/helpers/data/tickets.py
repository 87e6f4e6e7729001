"""Support tickets as they arrive, what is known about each, and the guideline for labels."""

from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from helpers.data.files import DATA, read_json_lines, read_text

Label = Literal["billing", "bug", "feature_request", "other"]
LABELS: tuple[Label, ...] = get_args(Label)


class Ticket(BaseModel):
    """One ticket with the label that it was given. Raw tickets are dirty on purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    channel: Literal["email", "form", "chat", "app"]
    subject: str
    body: str
    label: Label

    @property
    def text(self) -> str:
        """What a reader sees: the subject, an empty line, the body."""
        return f"{self.subject}\n\n{self.body}" if self.subject else self.body


class TicketNote(BaseModel):
    """What whoever made the data knows about a ticket, and a learner's program must not.

    `rule` is the judgement call of the guideline that decides the label, `second_label` what a
    second reader made of the text. `planted` names the dirt that was put in on purpose, and `of`
    the ticket that a planted one repeats.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rule: str
    second_label: Label | None = None
    planted: (
        Literal["exact_duplicate", "near_duplicate", "conflict", "empty", "long_paste", "encoding"]
        | None
    ) = None
    of: str | None = None


def load_tickets(path: Path = DATA / "tickets_raw.jsonl") -> list[Ticket]:
    """Every ticket as it arrived, dirt included.

    Raises:
        DataError: the file is broken, or a label is none of `LABELS`.
    """
    return read_json_lines(path, Ticket)


def load_ticket_notes(path: Path = DATA / "ticket_notes.jsonl") -> dict[str, TicketNote]:
    """What is known about each ticket, by its id."""
    return {note.id: note for note in read_json_lines(path, TicketNote)}


def load_guideline(path: Path = DATA / "triage_guideline.md") -> str:
    """The house rules for labels, as Markdown."""
    return read_text(path)
