"""The checks of lesson 07."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _solved_slip(found: Any) -> str | None:
    if np.isclose(found, 4 / 9):
        return "You multiplied the two shares; count the messages for which both are right."
    if found == 1:
        return "Return a share, not a count."
    return None


solved_share = Exercise(
    "Exercise 7.1",
    [
        Case(
            ([True, True, False], [True, False, True]),
            1 / 3,
            "categories T T F, facts T F T",
            _solved_slip,
        ),
        Case(([True, True], [True, True]), 1.0, "all right"),
        Case(([True, False], [False, True]), 0.0, "never both"),
    ],
    "end to end is message by message.",
)


def _step_slip(found: Any) -> str | None:
    if found == "retrieve":
        return "There was no answer to retrieve; look at has_answer."
    return None


broken_step = Exercise(
    "Exercise 7.2",
    [
        Case((True, True, True, False), "answer", "right category, retrieved, wrong fact"),
        Case((True, False, False, False), "answer", "no answer exists, wrong fact", _step_slip),
        Case((True, False, False, True), "none", "no answer exists, rightly refused", _step_slip),
        Case((True, True, False, False), "retrieve", "right category, not retrieved"),
        Case((False, True, True, True), "triage", "wrong category, right fact"),
        Case(
            (False, True, False, False),
            "triage",
            "wrong category, not retrieved",
            lambda found: "Triage comes first." if found == "retrieve" else None,
        ),
        Case((True, True, True, True), "none", "all right"),
    ],
    "blame the first step that had what it needed.",
)


def _threshold_slip(found: Any) -> str | None:
    if found is None:
        return "At 0.7 one message is kept, and it is right: count against the kept ones."
    if found == 0.5:
        return "At 0.5 two are kept and one of them is wrong."
    return None


lowest_threshold = Exercise(
    "Exercise 7.3",
    [
        Case(
            ([0.9, 0.6, 0.4], [True, False, True], [0.5, 0.7], 0.9),
            0.7,
            "confidences 0.9 0.6 0.4, wanted 0.9",
            _threshold_slip,
        ),
        Case(([0.9, 0.6], [True, True], [0.5, 0.7], 1.0), 0.5, "both good"),
        Case(([0.9, 0.6], [False, False], [0.5, 0.95], 0.5), None, "none is enough"),
        Case(([0.9, 0.8], [True, False], [0.9], 1.0), 0.9, "a confidence at the threshold"),
    ],
    "the fewest messages that people must read.",
)
