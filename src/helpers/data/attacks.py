"""Poisoned documents: texts that try to make a model say what their writer wants."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from helpers.data.files import DATA, DataError, read_json_lines

AttackKind = Literal[
    "order",
    "fake_system",
    "hidden_html",
    "look_alike",
    "link",
    "tag_closing",
    "denial",
    "invisible_text",
    "authority",
    "other_language",
    "table_row",
    "code_comment",
    "image",
    "stuffing",
]


class Attack(BaseModel):
    """A poisoned document, the question it waits for, and what it wants to be said.

    `answer` and `wanted` hold phrases; any of them decides. `source` says where the document
    came from: `community/` and `tickets/` are written by anybody, `handbook/` by somebody who
    took over an editor's account.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: AttackKind
    source: str
    question: str
    answer: tuple[str, ...] = Field(min_length=1)
    wanted: tuple[str, ...] = Field(min_length=1)
    text: str


def load_attacks(path: Path = DATA / "attacks.jsonl") -> list[Attack]:
    """All attacks.

    Raises:
        DataError: the file is broken, or an attack does not say what it wants to be said.
    """
    attacks = read_json_lines(path, Attack)
    for line, attack in enumerate(attacks, start=1):
        if not any(phrase in attack.text for phrase in attack.wanted):
            problem = f"{attack.id}: none of wanted stands in its text; what does it plant?"
            raise DataError(path, line, problem)
    return attacks
