"""Run every notebook and compare it with its stored outputs. `make test` does, as a part of it.

`solutions/` is compared strictly. `notebooks/`, the learner's edition, must run to the end. Both
run without a key and with every connection refused that leaves this machine (see
tests/no_network/sitecustomize.py). They share a home: what checking the data has embedded is lent
to it, and what one notebook has embedded or trained, the next one finds, by its content.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from known_embeddings import lend

ROOT = Path(__file__).resolve().parent.parent
Edition = Sequence[str]  # its folder, and nbval's options
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")
STRICT: Edition = ("solutions", "--nbval", "--nbval-sanitize-with", "tests/nbval.cfg")
LAX: Edition = ("notebooks", "--nbval-lax")


def main(only: list[str]) -> int:
    with notebooks_home() as environment:
        failed = [run(edition, environment, only=only) for edition in (STRICT, LAX)]
    return int(any(failed))


@contextmanager
def notebooks_home() -> Iterator[dict[str, str]]:
    """The environment that notebooks run in, with a home that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="workshop-", ignore_cleanup_errors=True) as home:
        lend(Path(home))
        environment = {name: value for name, value in os.environ.items() if name not in KEYS}
        yield environment | {
            "PYTHONPATH": str(ROOT / "tests" / "no_network"),
            "WORKSHOP_OFFLINE": "1",
            "WORKSHOP_QUICK": "1",  # smaller grids, which the lessons say
            # Two notebooks at a time: more threads than that only wait for each other.
            "OMP_NUM_THREADS": "1",
            "WORKSHOP_HOME": home,
        }


def run(
    edition: Edition,
    environment: dict[str, str],
    *,
    only: Sequence[str] = (),
    report: Path | None = None,
) -> bool:
    """Run the notebooks of an edition; whether one failed.

    Args:
        edition: which one.
        environment: as `notebooks_home` gives it.
        only: numbers of lessons; all when there are none.
        report: where pytest writes what each cell took.
    """
    folder, *options = edition
    paths = [
        str(path.relative_to(ROOT))
        for path in in_turn((ROOT / folder).glob("*.ipynb"))
        if not only or path.stem.split("_")[0] in only
    ]
    if report:
        options.append(f"--junitxml={report}")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadscope"]
    command += ["--no-loadscope-reorder", *options, *paths]
    return bool(subprocess.call(command, cwd=ROOT, env=environment))


def in_turn(paths: Iterable[Path]) -> list[Path]:
    """The longest lessons first, so that nobody waits for one of them at the end.

    Two that train at the same time wait for each other, because a machine trains one model at a
    time: two lessons that do not come between them.
    """
    longest = sorted(paths, key=minutes, reverse=True)
    training = [path for path in longest if trains(path.read_text(encoding="utf-8"))]
    others = [path for path in longest if path not in training]
    return [*training[:1], *others[:2], *training[1:], *others[2:]]


def trains(notebook: str) -> bool:
    """Whether a job is started in it, or the model that sorts tickets is asked for.

    >>> trains("job = start_job(train_file)"), trains("import numpy as np")
    (True, False)
    """
    return "start_job(" in notebook or "tuned_triage(" in notebook


def minutes(path: Path) -> int:
    """How long a lesson takes its reader; its notebook takes a machine about in proportion."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return int(notebook["metadata"]["workshop"]["minutes"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
