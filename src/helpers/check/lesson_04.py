"""The checks of lesson 04."""

import numpy as np

from helpers.check import Case, Exercise


def _recall_slip(found: float) -> str | None:
    if np.isclose(found, 1.0):
        return "Did you divide by k, or forget to cut the ranking?"
    return None


recall_at_k = Exercise(
    "Exercise 4.1",
    [
        Case((["a", "b", "c"], {"a", "c"}, 1), 0.5, "k=1", _recall_slip),
        Case((["a", "b", "c"], {"a", "c"}, 3), 1.0, "k=3"),
        Case((["b"], {"a", "c"}, 5), 0.0, "nothing found"),
        Case((["a", "b", "c", "d"], {"d"}, 2), 0.0, "too late, k=2", _recall_slip),
    ],
    "found, of all that should have been found.",
)

reciprocal_rank = Exercise(
    "Exercise 4.2",
    [
        Case(
            (["a", "b", "c"], {"b", "c"}),
            0.5,
            "first hit at place 2",
            lambda found: "Places count from 1." if np.isclose(found, 1.0) else None,
        ),
        Case((["a", "b"], {"a"}), 1.0, "first hit at place 1"),
        Case((["a", "b", "c", "d"], {"d"}), 0.25, "first hit at place 4"),
        Case((["a", "b"], {"x"}), 0.0, "no hit"),
    ],
    "early hits count more.",
)
