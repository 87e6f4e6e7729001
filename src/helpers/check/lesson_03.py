"""The checks of lesson 03."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise

_PASSAGES = ["Refunds take 5 business days.", "Pro costs €24 a month.", "Free costs nothing."]


def _unproven_slip(found: Any) -> str | None:
    if list(found) == []:
        return "The words stand somewhere else: look only in the passage that the citation names."
    if list(found) == [(0, "5 business days")]:
        return "That citation holds. The ones that do not hold are asked for."
    return None


def _outside_slip(found: Any) -> str | None:
    if list(found) == []:
        return "There is no passage 7, so nothing can stand in it."
    return None


unproven = Exercise(
    "Exercise 3.1",
    [
        Case(
            ([(0, "5 business days"), (0, "€24 a month")], _PASSAGES),
            [(0, "€24 a month")],
            "'€24 a month' said to stand in passage 0",
            _unproven_slip,
        ),
        Case(([(1, "Pro costs €24")], _PASSAGES), [], "a citation that holds"),
        Case(([(7, "Free")], _PASSAGES), [(7, "Free")], "passage 7 of three", _outside_slip),
        Case(
            ([(1, "pro costs  €24")], _PASSAGES),
            [(1, "pro costs  €24")],
            "other capitals and spaces",
            lambda _: "Character by character: a changed quote is a changed quote.",
        ),
        Case(([], _PASSAGES), [], "no citations"),
    ],
    "a citation proves something only where it says it stands.",
)


def _threshold_slip(found: Any) -> str | None:
    if np.isclose(found, 0.8):
        return "At 0.8 two of the four that have an answer are refused."
    if np.isclose(found, 0.3):
        return (
            "Only a score below the threshold is refused, and the share is one of the questions "
            "that have an answer, not of all questions."
        )
    return None


highest_threshold = Exercise(
    "Exercise 3.2",
    [
        Case(
            ([0.9, 0.8, 0.5, 0.3, 0.6, 0.2], [True, True, True, True, False, False], 0.25),
            0.5,
            "four with an answer, a quarter may be lost",
            _threshold_slip,
        ),
        Case(([0.9, 0.4], [True, True], 0.0), 0.4, "none may be lost"),
        Case(([0.7, 0.2, 0.4], [True, False, True], 0.5), 0.7, "half may be lost"),
        Case(([0.7, 0.95], [True, False], 0.0), 0.7, "one with an answer"),
    ],
    "as strict as you can afford to be.",
)


def _wait_slip(found: float) -> str | None:
    if np.isclose(found, 30.0):
        return "That grows without end; nobody waits longer than LONGEST."
    return None


seconds_to_wait = Exercise(
    "Exercise 3.3",
    [
        Case((0, None), 0.5, "first failure", lambda _: "The first wait is FIRST."),
        Case(
            (1, None),
            1.0,
            "second failure",
            lambda f: "Each wait is twice the one before." if np.isclose(f, 0.5) else None,
        ),
        Case((3, None), 4.0, "fourth failure"),
        Case(
            (10, None),
            8.0,
            "eleventh failure",
            lambda f: "No wait is longer than LONGEST." if f > 8 else None,
        ),
        Case(
            (0, 20.0),
            20.0,
            "the service says 20 seconds",
            lambda _: "What the service asks for comes before any rule of your own.",
        ),
    ],
    "patient, and polite.",
)
