"""The check of lesson 00."""

from helpers.check import Case, Exercise


def _not_a_share(found: float) -> str | None:
    if found > 1:
        return "That is more than 1. Did you divide the wrong way round, or make it a percentage?"
    return None


share_correct = Exercise(
    "Exercise 0.1",
    [
        Case((3, 4), 0.75, "3 of 4", _not_a_share),
        Case((5, 5), 1.0, "5 of 5", _not_a_share),
        Case((0, 7), 0.0, "0 of 7"),
        Case((0, 0), 0.0, "0 of 0", lambda _: "No questions at all count as 0."),
    ],
    "that is how every exercise here is checked.",
)
