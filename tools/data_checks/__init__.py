"""The checks behind tools/check_data.py, one module for each part of the data.

Each notes figures, as they are printed in the datasheet, and collects conditions that do not
hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Findings:
    """Figures by name, in the order of the datasheet, and what is wrong."""

    figures: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def note(self, name: str, value: object, *, holds: bool = True, wanted: str = "") -> None:
        """Keep a figure; a condition that does not hold is a problem."""
        self.figures[name] = str(value)
        if not holds:
            self.problems.append(f"{name}: {value}, wanted {wanted}")


def percent(share: float) -> str:
    """A share as the datasheet prints it.

    >>> percent(0.0312)
    '3.1 %'
    """
    return f"{100 * share:.1f} %"


def in_words(counts: Mapping[Any, object]) -> str:
    """Counts in one line.

    >>> in_words({"dev": 2, "test": 3})
    'dev 2, test 3'
    """
    return ", ".join(f"{name} {count}" for name, count in counts.items())
