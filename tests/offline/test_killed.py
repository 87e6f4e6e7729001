"""A provider that is killed in the middle of a job loses no upload and no job.

Once, for real; `benchmarks/killed_job.py` does it ten times, at random moments.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from killed_job import run


def test_a_killed_job_goes_on_and_ends_the_same():
    assert run(1, seed=3, rounds=3, pause=0.25) == (1, [])
