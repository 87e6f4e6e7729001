"""All tests run without keys and with a provider's home of their own."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
    os.environ.pop(name, None)
os.environ["WORKSHOP_OFFLINE"] = "1"


def pytest_configure(config: pytest.Config) -> None:
    """One home for all workers, so that what one has embedded the others need not."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["WORKSHOP_HOME"] = tempfile.mkdtemp(prefix="workshop-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["WORKSHOP_HOME"], ignore_errors=True)


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT
