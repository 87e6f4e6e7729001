"""`make test-live`: what it skips, what it compares, and that a difference is found."""

import nbformat
import pytest
import test_live

from helpers.settings import get_settings

LESSON = """# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 1
# ---

# %% [markdown]
# # Is it the same?
#
# ### Exercise 9.1 · none

# %%
from helpers.chunking import Chunk
from helpers.clients import anthropic_client
from helpers.grounding import ask
answer = ask("How long do refunds take?", [Chunk("Refunds take 5 days.", 0, 20, "refunds")])
str(anthropic_client().base_url)

# %% tags=["same-for-everyone"]
answer.grounded, WRONG

# %%
class check:
    verdict = staticmethod(print)

# %%
check.verdict("✓ Exercise 9.1: fine.")
"""


@pytest.fixture
def lesson(tmp_path, monkeypatch, configured, address):
    """A small lesson with stored outputs, to be run against the provider on loopback."""
    monkeypatch.setattr(test_live, "LESSONS", tmp_path)
    monkeypatch.setattr(test_live, "SOLUTIONS", tmp_path)
    monkeypatch.setattr(test_live, "NEEDS", {"09": ("anthropic",)})

    def write(seen="True", source=LESSON):
        path = tmp_path / "09_same.py"
        path.write_text(source.replace("WRONG", "1"), encoding="utf-8")
        notebook = test_live.solutions_edition(test_live.read_lesson(path))
        texts = ["'x'", f"({seen}, 1)", "", "✓ Exercise 9.1: fine."]
        for cell, text in zip(notebook.cells[1:], texts, strict=True):
            cell.outputs = [nbformat.v4.new_output("stream", text=text)] if text else []
        nbformat.write(notebook, tmp_path / "09_same.ipynb")
        configured(WORKSHOP_OFFLINE="1", ANTHROPIC_BASE_URL=address)

    return write


def test_the_same_passes(lesson, capsys):
    lesson()
    assert test_live.main([]) == 0
    assert capsys.readouterr().out == "09: passed, 2 cells compared\n"


def test_a_difference_is_named(lesson, capsys):
    lesson(seen="False")
    assert test_live.main(["09"]) == 1
    assert "cell 3: '(False, 1)' became '(True, 1)'" in capsys.readouterr().out


def test_a_cell_that_fails_is_named_without_the_key(lesson, configured, capsys):
    lesson(source=LESSON.replace("answer.grounded, WRONG", "raise ValueError('key-planted-0123')"))
    configured(ANTHROPIC_API_KEY="key-planted-0123")
    assert test_live.main([]) == 1
    out = capsys.readouterr().out
    assert "ValueError: [key]" in out
    assert "planted" not in out


def test_without_keys_it_says_what_was_skipped(configured, capsys):
    configured(WORKSHOP_OFFLINE="1")
    assert test_live.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "03: skipped, ANTHROPIC_API_KEY not set (and WORKSHOP_OFFLINE unset)"
    assert all("skipped" in line for line in lines)
    assert get_settings().offline is False
