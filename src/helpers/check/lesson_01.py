"""The checks of lesson 01."""

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.check import Case, Exercise


def _cosine_slip(found: float) -> str | None:
    if np.isclose(found, 24.0):
        return "That is the dot product: divide it by both lengths."
    if np.isclose(found, 4.8):
        return "You divided by one length only; divide by both."
    return None


cosine = Exercise(
    "Exercise 1.1",
    [
        Case((np.array([3.0, 4.0]), np.array([4.0, 3.0])), 0.96, "(3, 4) and (4, 3)", _cosine_slip),
        Case((np.array([1.0, 0.0]), np.array([0.0, 5.0])), 0.0, "(1, 0) and (0, 5)"),
        Case((np.array([2.0, 0.0]), np.array([-3.0, 0.0])), -1.0, "(2, 0) and (-3, 0)"),
        Case(
            (np.array([1.0, 2.0, 2.0]), np.array([2.0, 4.0, 4.0])), 1.0, "a vector and its double"
        ),
    ],
    "cosine of the angle, whatever the lengths.",
)


def _top_k_slip(found: Any) -> str | None:
    got = np.asarray(found).tolist()
    if any(isinstance(value, float) for value in got):
        return "Those are scores; the indices are asked for."
    if got == [2, 1]:
        return "The right two, worst first: turn them round."
    if got == [0, 2]:
        return "Those are the lowest scores."
    return None


top_k = Exercise(
    "Exercise 1.2",
    [
        Case((np.array([0.1, 0.9, 0.5]), 2), [1, 2], "scores (0.1, 0.9, 0.5), k=2", _top_k_slip),
        Case((np.array([0.2, 0.1]), 5), [0, 1], "two scores, k=5"),
        Case(
            (np.array([0.7, 0.7, 0.3]), 2),
            [0, 1],
            "equal scores (0.7, 0.7, 0.3), k=2",
            lambda _: "Equal scores keep their order. Did you reverse an ascending sort?",
        ),
        Case((np.array([0.4, 0.3]), 0), [], "k=0"),
    ],
    "the best k, best first, ties in order.",
)


class AskHandbook(Exercise):
    """Asks the learner's function two questions and looks at the messages."""

    def verdict(self, attempt: Callable[..., Any]) -> str:
        wrong = f"✗ {self.name}"
        if not callable(attempt):
            return f"{wrong}: expected a function, got {type(attempt).__name__}."
        question = "How long do refunds take?"
        try:
            message = attempt(question)
            refusal = attempt("How long do I boil an egg?")
        except NotImplementedError:
            return f"○ {self.name}: not attempted yet"
        except Exception as error:  # whatever the learner's code does is worth a line
            return f"{wrong}: your code raised {type(error).__name__}: {error}".replace("\n", " ")
        if not (hasattr(message, "content") and hasattr(refusal, "content")):
            kind = type(message).__name__
            return f"{wrong}: expected a message, got {kind}. Return what messages.create returns."

        text = "".join(block.text for block in message.content)
        citations = [c for block in message.content for c in block.citations or []]
        if "5 business days" not in text:
            return f"{wrong}, {question!r}: expected '5 business days' in the answer, got {text!r}."
        if not citations:
            return f"{wrong}: the answer is right, but it cites nothing. Are citations enabled?"
        if not any("refund" in str(getattr(citation, "source", "")) for citation in citations):
            return (
                f"{wrong}: the source of each block should be its chunk's source, 'refunds' here."
            )
        if any(block.citations for block in refusal.content):
            return (
                f"{wrong}: a question about eggs got an answer. Were only chunks sent as context?"
            )
        return f"✓ {self.name}: {self.praise}"


ask_handbook = AskHandbook("Exercise 1.3", [], "answered, cited, and honest when it does not know.")
