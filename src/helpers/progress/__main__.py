"""Show how far a learner is, or a class: `python -m helpers.progress`."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers import check
from helpers.check import Exercise
from helpers.console import run
from helpers.offline.tokens import INSTRUCTOR, read_secret, token_for
from helpers.progress import FILE, PATH, STATES, Results, load
from helpers.settings import SettingsError, get_settings

TIMEOUT = 10.0  # seconds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.progress",
        description="Show which exercises are solved here; with --provider, in the class.",
    )
    add = parser.add_argument
    add("--provider", metavar="URL", help="the class's provider, such as http://127.0.0.1:8765")
    add("--secret", type=Path, metavar="FILE", help="of the class; only who has it sees this")
    options = parser.parse_args(arguments)
    if bool(options.provider) != bool(options.secret):
        parser.error("--provider and --secret go together")
    try:
        if options.provider:
            token = token_for(read_secret(options.secret), INSTRUCTOR)
            print(table_of_class(ask(options.provider.rstrip("/"), token)))
        else:
            print(table(load(get_settings().home / FILE)))
    except (OSError, ValueError, SettingsError) as error:
        print(f"helpers.progress: {error}", file=sys.stderr)
        return 1
    return 0


def exercises() -> list[str]:
    """The names of all exercises, in the order of the course."""
    found = set()
    for lesson in pkgutil.iter_modules(check.__path__):
        module = importlib.import_module(f"{check.__name__}.{lesson.name}")
        found |= {value.name for value in vars(module).values() if isinstance(value, Exercise)}
    return sorted(found)


def table(results: Results) -> str:
    """One line for each exercise, and a sum."""
    marks = {state: mark for mark, state in STATES.items()}
    lines = []
    for name in exercises():
        result = results.get(name)
        mark = "✓" if result and result["solved"] else marks[result["state"]] if result else " "
        tries = f"{result['tries']:>3} tries" if result and result["tries"] else ""
        lines.append(f"{mark}  {name:<14}{tries}".rstrip())
    solved = sum(result["solved"] for result in results.values())
    return "\n".join([*lines, "", f"solved: {solved} of {len(lines)}"])


def table_of_class(learners: Sequence[Results]) -> str:
    """For each exercise how many tokens have solved it, are wrong now, or opened it only."""
    lines = [f"{'':<14}{'solved':>8}{'wrong':>8}{'open':>8}{'tries each':>12}"]
    for name in exercises():
        found = [results[name] for results in learners if name in results]
        solved = [result for result in found if result["solved"]]
        wrong = [result for result in found if not result["solved"] and result["state"] == "wrong"]
        tries = sum(result["tries"] for result in found) / len(found) if found else 0
        lines.append(
            f"{name:<14}{len(solved):>8}{len(wrong):>8}"
            f"{len(found) - len(solved) - len(wrong):>8}{tries:>12.1f}"
        )
    return "\n".join([*lines, "", f"tokens that have sent something: {len(learners)}"])


def ask(provider: str, token: str) -> list[Results]:
    """What the class's provider knows.

    Raises:
        ValueError: it cannot be reached, or does not let the instructor in.
    """
    import httpx2

    try:
        answer = httpx2.get(f"{provider}{PATH}", headers={"x-api-key": token}, timeout=TIMEOUT)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ValueError(f"{provider} cannot be reached ({error}); is it started?") from None
    if answer.status_code != 200:
        raise ValueError(
            f"{provider} answers {answer.status_code}; is this the file that it was started with, "
            "in --secret?"
        )
    found: dict[str, Any] = answer.json()
    return list(found["learners"])


if __name__ == "__main__":
    sys.exit(run(main))
