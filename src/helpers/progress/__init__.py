"""How far a learner is: what the exercise checks said, in one local file.

    python -m helpers.progress                                        # this machine's learner
    python -m helpers.progress --provider URL --secret class.secret   # a class, without names

Only verdicts are kept, never what a learner wrote. `WORKSHOP_PROGRESS=0` keeps nothing. With the
class's provider (`WORKSHOP_PROVIDER`) the verdicts go there as well, so that the instructor sees
which exercise holds the room up. What this package does not do: check anything (`check`).
"""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypedDict

from helpers.settings import Settings, get_settings

FILE = "progress.json"
PATH = "/v1/workshop/progress"
PATIENCE = 2.0  # seconds to wait for another kernel, or for the class's provider
State = Literal["open", "wrong", "right"]
STATES: dict[str, State] = {"○": "open", "✗": "wrong", "✓": "right"}


class Result(TypedDict):
    """Of one exercise: how the last try went, how many there were, and whether one was right."""

    state: State
    tries: int
    solved: bool


Results = dict[str, Result]


def record(exercise: str, verdict: str) -> None:
    """Keep what a check said; whatever goes wrong with that is no reason to stop a notebook.

    Args:
        exercise: its name, such as "Exercise 1.2".
        verdict: what the check prints; its first character says how it went.
    """
    settings = get_settings()
    state = STATES.get(verdict[:1])
    if not settings.progress or state is None:
        return
    with suppress(OSError):  # nothing can be written there; the exercise is what counts
        keep(settings.home / FILE, exercise, state)
    if settings.shared_provider:
        threading.Thread(target=_send, args=(settings, exercise, state), daemon=True).start()


def keep(path: Path, exercise: str, state: State) -> None:
    """Write a result into a file; several kernels may do so at once.

    Raises:
        OSError: the file cannot be written, or somebody else holds it.
    """
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock", timeout=PATIENCE):
        results = load(path)
        before = results.get(exercise)
        results[exercise] = Result(
            state=state,
            tries=(before["tries"] if before else 0) + (state != "open"),
            solved=state == "right" or bool(before and before["solved"]),
        )
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(json.dumps(results, indent=1), encoding="utf-8")
        partial.replace(path)


def load(path: Path) -> Results:
    """The results in a file; none where there is no file, or one that holds something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Result(
                state=_state(result["state"]),
                tries=int(result["tries"]),
                solved=bool(result["solved"]),
            )
            for name, result in found.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _state(word: object) -> State:
    for state in STATES.values():
        if state == word:
            return state
    raise ValueError(f"{word!r} is no state")


def _send(settings: Settings, exercise: str, state: State) -> None:
    import httpx2

    token = settings.token.get_secret_value() if settings.token else ""
    # Bad Wi-Fi, or a proxy that cannot be used; the local file has it.
    with suppress(httpx2.HTTPError, httpx2.InvalidURL, ImportError, OSError, ValueError):
        httpx2.put(
            f"{settings.shared_provider}{PATH}",
            json={"exercise": exercise, "state": state},
            headers={"x-api-key": token},
            timeout=PATIENCE,
        )
