"""All tests run without keys and with a provider's home of their own."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
    os.environ.pop(name, None)
_home = tempfile.TemporaryDirectory(prefix="workshop-tests-", ignore_cleanup_errors=True)
os.environ["WORKSHOP_OFFLINE"] = "1"
os.environ["WORKSHOP_HOME"] = _home.name


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT
