"""The checks of lesson 06."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _signal_slip(found: Any) -> str | None:
    if found == "behaviour":
        return "The first yes decides; you went on after it."
    if found == "changes":
        return "The first question does not hold; look at the second half of each pair."
    return None


first_signal = Exercise(
    "Exercise 6.1",
    [
        Case(
            ([("changes", False), ("sources", True), ("behaviour", True)],),
            "sources",
            "the second and third hold",
            _signal_slip,
        ),
        Case(([("changes", True), ("sources", False)],), "changes", "the first holds"),
        Case(([("changes", False), ("sources", False)],), "still unsure", "none holds"),
        Case(([],), "still unsure", "no question"),
    ],
    "the first strong signal wins.",
)


def _stale_slip(found: Any) -> str | None:
    if np.isclose(found, 2 / 3):
        return "An answer that names the new price as well has told the news."
    if found in (1, 2):
        return "Return a share, not a count."
    return None


stale_share = Exercise(
    "Exercise 6.2",
    [
        Case(
            (
                ["It is €45.", "It was €45 and is €49 now.", "It is €49."],
                ["€45"] * 3,
                ["€49"] * 3,
            ),
            1 / 3,
            "one of three is stale",
            _stale_slip,
        ),
        Case((["It is €49."], ["€45"], ["€49"]), 0.0, "the news"),
        Case(
            (["I don't know.", "€45", "€45", "€49"], ["€45"] * 4, ["€49"] * 4), 0.5, "four answers"
        ),
    ],
    "yesterday's truth, counted.",
)


def _even_slip(found: Any) -> str | None:
    if found is not None and found < 0:
        return "Where a question is not cheaper, no number of them pays for the training."
    return None


break_even = Exercise(
    "Exercise 6.3",
    [
        Case(
            (30.0, 0.005, 0.002),
            10_000,
            "30 a month, 0.005 against 0.002",
            lambda found: "A question saves 0.003." if found == 6_000 else None,
        ),
        Case((30.0, 0.002, 0.005), None, "a question is dearer", _even_slip),
        Case((10.0, 0.5, 0.2), 34, "10 a month, 0.5 against 0.2",
             lambda found: "Round up: at 33 it has not paid yet." if int(found) == 33 else None),
        Case((30.0, 0.002, 0.002), None, "a question costs the same"),
        Case((0.0, 0.002, 0.001), 0, "nothing to pay for"),
    ],
    "the point where two lines cross.",
)  # fmt: skip
