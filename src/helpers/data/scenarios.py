"""The scenario cards: a team, its problem, and the cure that fits."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from helpers.data.files import DATA, DataError, as_record, read_json, read_text, way_back

Verdict = Literal["retrieval", "fine_tuning", "both", "neither"]


class Signals(BaseModel):
    """What the story says about the questions of the checklist."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    knowledge_changes_often: bool
    sources_needed: bool
    behaviour_wrong_despite_facts: bool
    labelled_examples: int = Field(ge=0)
    prompt_tried: bool


class Scenario(BaseModel):
    """One card with its reference verdict and the reasoning behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    story: str
    signals: Signals
    verdict: Verdict
    why: str


def load_scenarios(path: Path = DATA / "scenarios.json") -> list[Scenario]:
    """All cards, in the order of the file.

    Raises:
        DataError: the file is broken, or an id stands twice.
    """
    cards, text = read_json(path), read_text(path)
    if not isinstance(cards, list) or not cards:
        raise DataError(path, 1, f"expected a list of cards; {way_back(path, 'write one')}")
    starts = [number for number, line in enumerate(text.split("\n"), start=1) if '"id"' in line]
    scenarios: list[Scenario] = []
    for index, card in enumerate(cards):
        line = starts[index] if len(starts) == len(cards) else 1
        scenario = as_record(path, line, card, Scenario)
        if scenario.id in {known.id for known in scenarios}:
            raise DataError(path, line, f"id {scenario.id!r} stands twice; give one a new id")
        scenarios.append(scenario)
    return scenarios
