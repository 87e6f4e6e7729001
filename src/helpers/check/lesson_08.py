"""The checks of lesson 08."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _left_slip(found: Any) -> str | None:
    if found == 3:
        return "You filtered first and cut then; here the search knows nothing of the condition."
    return None


left_after_filtering = Exercise(
    "Exercise 8.1",
    [
        Case(([False, True, False, True, True], 3), 1, "F T F T T, k=3", _left_slip),
        Case(([True, True], 5), 2, "k over the number of results"),
        Case(([False, False, False], 2), 0, "nothing passes"),
        Case(([True, True, True], 2), 2, "all pass"),
    ],
    "what a filter behind the search loses.",
)


def _recall_slip(found: Any) -> str | None:
    if np.isclose(found, 0.25):
        return "You compared place by place; an id may stand at another place."
    if found == 3:
        return "Return a share, not a count."
    return None


index_recall = Exercise(
    "Exercise 8.2",
    [
        Case((list("abcd"), list("caxd")), 0.75, "a b c d, found c a x d", _recall_slip),
        Case((["a", "b"], []), 0.0, "nothing found"),
        Case((["a", "b"], ["a", "b", "c"]), 1.0, "one more found"),
    ],
    "who was found, whatever the order.",
)


def _enough_slip(found: Any) -> str | None:
    if found == 500_000:
        return "That is the limit by time; the memory is full before."
    if found == 781_250:
        return "A number of type float32 takes 4 bytes."
    return None


numpy_is_enough_for = Exercise(
    "Exercise 8.3",
    [
        Case(
            (10.0, 100_000, 384, 50.0, 300.0),
            195_312,
            "10 ms for 100,000, 50 ms and 300 MB",
            _enough_slip,
        ),
        Case((10.0, 100_000, 384, 5.0, 3000.0), 50_000, "5 ms and 3,000 MB"),
        Case((1.0, 1000, 2, 3.0, 1.0), 3_000, "time decides"),
    ],
    "two limits, and the smaller one decides.",
)
