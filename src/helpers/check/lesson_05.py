"""The checks of lesson 05."""

from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _turns(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in pairs]}


def _example_slip(found: Any) -> str | None:
    if isinstance(found, list):
        return "Put the list of messages under the key 'messages'."
    roles = [turn.get("role") for turn in found.get("messages", [])]
    if roles and roles[-1] != "assistant":
        return "The answer to be learned is the assistant's message, and it comes last."
    if roles == ["user", "assistant"]:
        return "The system message, the rule that is the same in every example, is missing."
    return None


chat_example = Exercise(
    "Exercise 5.2",
    [
        Case(
            ("Charged twice!", "billing", "Sort the ticket."),
            _turns(("system", "Sort the ticket."), ("user", "Charged twice!"),
                   ("assistant", "billing")),
            "'Charged twice!' is billing",
            _example_slip,
        ),
        Case(
            ("It hangs.\nAlways.", "bug", "One word."),
            _turns(("system", "One word."), ("user", "It hangs.\nAlways."), ("assistant", "bug")),
            "a text of two lines",
        ),
    ],
    "that is one line of a training file.",
)  # fmt: skip


def _f1_slip(found: float) -> str | None:
    if np.isclose(found, (0.75 + 0.5) / 2):
        return "That is the plain mean of the two; F1 is their harmonic mean, 2pr / (p + r)."
    if np.isclose(found, 0.75) or np.isclose(found, 0.5):
        return "That is precision or recall alone; F1 needs both."
    return None


f1_of = Exercise(
    "Exercise 5.1",
    [
        Case((3, 4, 6), 0.6, "3 right of 4 given and 6 true", _f1_slip),
        Case((5, 5, 5), 1.0, "all right"),
        Case((0, 3, 4), 0.0, "none right", lambda _: "Nothing right is 0, without dividing by it."),
        Case((0, 0, 4), 0.0, "never given"),
    ],
    "precision and recall in one number that forgives neither.",
)


def _epoch_slip(found: Any) -> str | None:
    if found == 5:
        return "Training had stopped by then: two epochs in a row brought nothing better."
    if found == 3:
        return "That is the epoch at which training stops; the best one came before."
    if found == 0:
        return "Epochs count from 1."
    return None


best_epoch = Exercise(
    "Exercise 5.3",
    [
        Case(([0.5, 0.6, 0.7, 0.4, 0.3], 2), 1, "0.5 0.6 0.7 0.4 0.3, patience 2", _epoch_slip),
        Case(([0.9, 0.5, 0.4], 2), 3, "always better"),
        Case(([0.9, 0.5, 0.6, 0.4, 0.5, 0.6], 2), 4, "a dip that patience survives"),
        Case(([0.7], 1), 1, "one epoch"),
        Case(
            ([0.5, 0.5, 0.4], 1),
            1,
            "0.5 0.5 0.4, patience 1",
            lambda _: "Equal is not better.",
        ),
    ],
    "stop when it no longer helps, and keep the best.",
)
