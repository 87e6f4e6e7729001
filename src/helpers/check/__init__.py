"""Look at an exercise and say how it stands: `○` not attempted, `✓` right, `✗` what is wrong.

A check never raises, so a notebook always runs to its end. It calls the learner's function
with small cases, compares the results with the expected ones, and on the first difference
names the case, both values, and the slip that this difference usually comes from.

One module per lesson holds its exercises; `Exercise` here does the looking.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from helpers.progress import record
from helpers.wrapping import wrapped

Hint = Callable[[Any], str | None]


@dataclass(frozen=True)
class Case:
    """One call and what must come back.

    `hint` looks at a wrong result and names the slip it points to.
    """

    arguments: tuple[Any, ...]
    expected: Any
    shown: str  # how the call reads, such as "k=1"
    hint: Hint = field(default=lambda _: None)


@dataclass(frozen=True)
class Exercise:
    """An exercise with the cases that decide it."""

    name: str  # "Exercise 1.2"
    cases: Sequence[Case]
    praise: str

    def __call__(self, attempt: Callable[..., Any]) -> None:
        """Print how the attempt stands, and keep it for `python -m helpers.progress`."""
        verdict = self.verdict(attempt)
        print(wrapped(verdict))
        record(self.name, verdict)

    def verdict(self, attempt: Callable[..., Any]) -> str:
        """`○ …`, `✓ …` or `✗ …`, in one line."""
        if not callable(attempt):
            return f"✗ {self.name}: expected a function, got {type(attempt).__name__}."
        for case in self.cases:
            try:
                found = attempt(*case.arguments)
            except NotImplementedError:
                return f"○ {self.name}: not attempted yet"
            except Exception as error:  # whatever the learner's code does is worth a line
                reason = f"{type(error).__name__}: {error}".replace("\n", " ")
                return f"✗ {self.name}, {case.shown}: your code raised {reason}"
            if not same(found, case.expected):
                return f"✗ {self.name}, {case.shown}: {self._difference(case, found)}"
        return f"✓ {self.name}: {self.praise}"

    def _difference(self, case: Case, found: Any) -> str:
        text = f"expected {show(case.expected)}, got {show(found)}."
        if found is None and all(case.expected is not None for case in self.cases):
            return f"{text} Does the function return its result?"
        try:
            hint = case.hint(found)
        except Exception:  # a hint that does not fit the learner's type of result
            hint = None
        return f"{text} {hint}" if hint else text


def same(found: Any, expected: Any) -> bool:
    """Equal, with numbers compared to six digits; lists, tuples and arrays count alike.

    >>> same([1, 0.1 + 0.2], (1, 0.3))
    True
    """
    if isinstance(expected, str | bool | type(None)) or isinstance(found, str):
        return isinstance(found, type(expected)) and bool(found == expected)
    if isinstance(expected, dict) or isinstance(found, dict):
        return bool(found == expected)
    try:
        left, right = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError):
        try:
            return list(found) == list(expected)
        except TypeError:
            return False
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-6, atol=1e-6))


def show(value: Any) -> str:
    """A short way to print a result.

    >>> show(np.array([0.5, 1.0]))
    '[0.5, 1.0]'
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        value = round(value, 4)
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"
