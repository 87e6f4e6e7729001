"""A learner who has to wait knows how long, and nothing is left of a bar that is done."""

import ast
import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from build_notebooks import HOW_LONG, unannounced

from helpers.finetuning import jobs

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted((ROOT / "lessons").glob("[0-9]*.py"))
SOURCES = sorted((ROOT / "src").rglob("*.py"))
# What takes over ten seconds on two cores, at least the first time: training, embedding many texts,
# asking about many, and the first call of each notebook that needs the model.
SLOW = (
    r"\btqdm\(",
    r"\bclimb\(",
    r"\brun_attacks\(",
    r"\btuned_triage\(",
    r"\bhandbook_retriever\((?!faster)",
    r"^\w+ = teach\(",
    r"\bfollow\(job",
    r"= tune(?:_and_score)?\(",
    r"\bclean\(",
    r"classify\((?:test_texts|\[t\.text for t in test\])",
    r"answers_of_model\(",
    r"embed_documents\(\[chunk\.text",
    r"^vectors = embedder",
    r"Retriever\(chunks, embedder, mode",
    r"^fact_vectors = embedder",
    r"dense\.search\(q\.question",
    r"build\(by_markdown, size",
    r"for name, passages in contexts",
    r"ask_best\(question\)$",
    r"more_vectors\(size\)",
    r"^reply = assistant\.reply",
)


def waits(path: Path) -> list[tuple[str, str]]:
    """For each slow cell of a lesson the text above it, and its first line."""
    found, above = [], ""
    for cell in jupytext.read(path, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            above = cell.source
            continue
        # What a function does takes its time where the function is called.
        called = re.sub(r"^def .*?(?=^\S|\Z)", "", cell.source, flags=re.M | re.S)
        if any(re.search(call, called, re.M) for call in SLOW):
            found.append((above, cell.source.splitlines()[0]))
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_cell_that_takes_long_says_so_before_it(path):
    silent = [cell for above, cell in waits(path) if not HOW_LONG.search(above)]
    assert silent == []


def test_each_lesson_that_trains_or_embeds_is_looked_at():
    assert all(waits(path) for path in LESSONS if path.stem[:2] != "00")


def test_the_first_answer_of_all_is_announced():
    text = (ROOT / "lessons" / "00_start_here.py").read_text(encoding="utf-8")
    before = text.partition("message = anthropic_client()")[0]
    assert HOW_LONG.search(before.rpartition("**Predict.**")[2])


def test_what_the_builder_measures_is_named_unless_it_is_announced():
    new = nbformat.v4
    notebook = new.new_notebook(
        cells=[
            new.new_markdown_cell("Train it."),
            new.new_code_cell("train()\nmore"),
            new.new_code_cell("quick()"),
            new.new_markdown_cell("This takes about a minute."),
            new.new_code_cell("train()"),
        ]
    )
    (line,) = unannounced(notebook, {1: 31.4, 2: 9.9, 4: 60.0})
    assert line.startswith(
        "cell 2 took 31 seconds, and the text above it does not say so: 'train()"
    )


def bars(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if getattr(call.func, "id", "") == "tqdm"]


def test_every_bar_vanishes_and_none_is_a_square():
    """Without a total a notebook draws a bar of 20 pixels."""
    found = {path.name: bars(path) for path in [*LESSONS, *SOURCES]}
    assert sum(map(len, found.values())) > 8
    for name, calls in found.items():
        for call in calls:
            options = {word.arg: ast.unparse(word.value) for word in call.keywords}
            assert options.get("leave") == "False", f"{name}: {ast.unparse(call)}"
            assert call.args or "total" in options, f"{name}: {ast.unparse(call)}"


class Steps:
    """A job that has no event at first, then one step, then both."""

    def __init__(self):
        self.looks = 0
        self.fine_tuning = self.jobs = self

    def retrieve(self, _):
        self.looks += 1
        return FakeJob("succeeded" if self.looks > 3 else "running")

    def list_events(self, _, limit):
        steps = [1, 2][: max(0, self.looks - 1)]
        return [FakeEvent(step) for step in reversed(steps)]


class FakeJob:
    error = None

    def __init__(self, status):
        self.status = status


class FakeEvent:
    type = "metrics"
    message = "a step"

    def __init__(self, step):
        self.id = f"event-{step}"
        self.data = {"step": step, "total_steps": 2, "train_loss": 1 / step}


def test_the_bar_of_a_job_has_a_total_from_the_start_and_the_curve_stays(monkeypatch):
    import tqdm.auto

    shown, curves = [], []

    class Bar(tqdm.auto.tqdm):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            assert not self.leave

        def refresh(self, *args, **options):
            shown.append((self.desc, self.n, self.total))
            return super().refresh(*args, **options)

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    job = jobs.follow("job", client=Steps(), on_change=curves.append, every=0)
    assert job.status == "succeeded"
    assert all(total for _, _, total in shown)
    assert shown[-1][1:] == (2, 2) or shown[-1][2] == 2
    assert curves[-1].train_loss == [1.0, 0.5]
