"""The checks of lesson 02."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _windows_slip(found: Any) -> str | None:
    if len(found) == 3:
        return "The last window repeats only what the one before ends with. Stop at the last word."
    if len(found) == 2 and found[1][:1] == ["d"]:
        return "Nothing is repeated: move on by size - overlap."
    return None


windows = Exercise(
    "Exercise 2.1",
    [
        Case(
            (list("abcde"), 3, 1),
            [["a", "b", "c"], ["c", "d", "e"]],
            "a b c d e, size 3, overlap 1",
            _windows_slip,
        ),
        Case((list("abcd"), 2, 0), [["a", "b"], ["c", "d"]], "a b c d, size 2, overlap 0"),
        Case((list("abc"), 5, 2), [["a", "b", "c"]], "three words, size 5"),
        Case(
            (list("abcdef"), 4, 2),
            [["a", "b", "c", "d"], ["c", "d", "e", "f"]],
            "a to f, size 4, overlap 2",
        ),
        Case(([], 3, 1), [], "no words"),
    ],
    "every word is covered, and the end is not repeated.",
)


def _iou_slip(found: float) -> str | None:
    if np.isclose(found, 0.25):
        return "The common characters were counted twice in the union; subtract them once."
    if np.isclose(found, 0.5):
        return "That is the share of one stretch; divide by what both cover together."
    return None


iou = Exercise(
    "Exercise 2.2",
    [
        Case(((0, 10), (5, 15)), 1 / 3, "(0, 10) and (5, 15)", _iou_slip),
        Case(((0, 4), (0, 4)), 1.0, "the same stretch twice"),
        Case(
            ((0, 4), (6, 9)),
            0.0,
            "(0, 4) and (6, 9)",
            lambda found: "Stretches that do not touch share nothing." if found else None,
        ),
        Case(((2, 4), (0, 10)), 0.2, "one inside the other"),
    ],
    "both at once, recall and precision.",
)
