"""Two documents, a place for notes, and a store that stays."""

from pathlib import Path

import pytest
from made import write


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    write(folder, "one.md")
    write(folder, "deeper/two.txt")
    return folder


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


@pytest.fixture
def qdrant(tmp_path: Path) -> str:
    return f"qdrant:{tmp_path / 'qdrant'}"
