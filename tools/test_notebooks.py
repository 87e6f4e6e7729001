"""Run every notebook and compare it with its stored outputs. Run by `make test`.

`solutions/` is compared strictly. `notebooks/`, the learner's edition, must run to the end.
Both run without a key, from a cache that holds what checking the data has embedded and nothing
else, and with every connection refused that leaves this machine (see
tests/no_network/sitecustomize.py).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from known_embeddings import lend

ROOT = Path(__file__).resolve().parent.parent
KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")


def main(only: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="workshop-", ignore_cleanup_errors=True) as home:
        lend(Path(home))
        environment = {name: value for name, value in os.environ.items() if name not in KEYS}
        environment |= {
            "PYTHONPATH": str(ROOT / "tests" / "no_network"),
            "WORKSHOP_OFFLINE": "1",
            "WORKSHOP_QUICK": "1",  # smaller grids in lessons 05 and 08, which say so
            # Two notebooks at a time: more threads than that only wait for each other.
            "OMP_NUM_THREADS": "1",
            "WORKSHOP_HOME": home,
        }
        strict = ["--nbval", "--nbval-sanitize-with", "tests/nbval.cfg", "solutions"]
        lax = ["--nbval-lax", "notebooks"]
        failed = [run(kind, only, environment) for kind in (strict, lax)]
    return int(any(failed))


def minutes(path: Path) -> int:
    """How long a lesson takes its reader; its notebook takes a machine about in proportion."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return int(notebook["metadata"]["workshop"]["minutes"])


def run(kind: list[str], only: list[str], environment: dict[str, str]) -> int:
    *options, folder = kind
    paths = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / folder).glob("*.ipynb"), key=minutes, reverse=True)
        if not only or path.stem.split("_")[0] in only
    ]
    # The longest lessons begin, so that nobody waits for one of them at the end.
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadscope",
               "--no-loadscope-reorder"]  # fmt: skip
    return subprocess.call([*command, *options, *paths], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
