"""Filling a store with Ray: nothing lost, nothing twice, whatever is killed on the way.

The workers run a made-up embedder, except in the one test that runs the command as it is.
"""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import psutil
import pytest

from helpers.data.files import read_text, text_files
from helpers.embedding import MiniLM, Vectors
from helpers.scale import ScaleError, Summary, fill, rows
from helpers.scale.__main__ import main
from helpers.scale.cluster import cluster
from helpers.scale.rows import Row, cut, known_ids
from helpers.stores import open_store

SIZE = 40
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None or sys.platform == "win32",
    reason='Ray is not installed (python -m uv pip install "ray[data]"), or runs on Windows, '
    "where it is a beta",
)


def noted(notes: Path) -> list[tuple[int, int]]:
    """The batches that were begun, in order: by which process, and of how many texts."""
    batches = sorted(tuple(map(int, note.name.split())) for note in notes.iterdir())
    return [(process, texts) for _, process, texts in batches]


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


class Made:
    """Vectors made of the text's hash. With a folder it notes there when it begins a batch."""

    name = "made"
    dimension = 8

    def __init__(self, notes: Path | None = None) -> None:
        self.notes = notes

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        if self.notes and texts:
            (self.notes / f"{time.time_ns()} {os.getpid()} {len(texts)}").touch()
        vectors = [list(sha256(text.encode()).digest()[: self.dimension]) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.dimension) + 1

    def embed_query(self, text: str) -> Vectors:
        return np.asarray(self.embed_documents([text])[0])


class Slow(Made):
    """Takes its time, so that a test can kill something; and begins when two are there."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        vectors = super().embed_documents(texts)
        wait_for(lambda: len({process for process, _ in noted(self.notes)}) >= 2)
        time.sleep(0.5)
        return vectors


class Broken(Made):
    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("the model has no weights")


def write(folder: Path, name: str) -> Path:
    """A document of some eight chunks."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"# All about {name}\n\n"
    for number in range(4):
        text += f"## Section {number}\n\n"
        text += "".join(f"Fact {number}.{fact} about {name} is short.\n\n" for fact in range(4))
    path.write_text(text, encoding="utf-8")
    return path


def expected(folder: Path) -> dict[str, Row]:
    """What a store must hold: every row of every document, by id."""
    return {
        row.id: row
        for name, path in text_files(folder).items()
        for row in cut(name, read_text(path), size=SIZE, overlap=0, embedder="made")
    }


def stored(url: str) -> list[str]:
    with open_store(url, dimension=Made.dimension) as store:
        ids = sorted(known_ids(store))
        assert len(ids) == store.count()
    return ids


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


# What needs no cluster


def test_an_id_follows_from_all_that_makes_the_row():
    def ids(name="a.md", text="# A\n\nOne.\n\n# B\n\nTwo.\n", embedder="made"):
        return [row.id for row in cut(name, text, size=9, overlap=0, embedder=embedder)]

    first, second = ids()
    assert ids() == [first, second]
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert ids(text="# A\n\nOne.\n\n# B\n\nSix.\n")[0] == first
    others = [
        *ids(name="b.md"),
        *ids(embedder="another"),
        *ids(text="\n# A\n\nOne.\n\n# B\n\nTwo.\n"),  # moved, so its place is another
        *ids(text="# C\n\nOne.\n\n# B\n\nTwo!\n"),
    ]
    assert len({first, second, *others}) == 10


def test_the_same_words_twice_are_two_rows_and_spaces_are_none():
    twice = cut("a.md", "# A\nOne.\n# A\nOne.\n", size=9, overlap=0, embedder="made")
    assert len({row.id for row in twice}) == 2
    assert cut("a.md", "   \n\n  ", size=9, overlap=0, embedder="made") == []


def test_a_payload_has_what_an_answer_needs(docs):
    text = read_text(docs / "one.md")
    row = cut("one.md", text, size=SIZE, overlap=0, embedder="made")[-1]
    assert row.payload["text"] == text[row.payload["start"] : row.payload["end"]]
    assert row.payload["source"] == "one.md"
    assert "Section 3" in str(row.payload["heading"])
    assert str(row.payload["heading"]) in row.text


@pytest.mark.parametrize("engine", ["memory:", "qdrant:", "postgresql:embedded?home={}"])
def test_a_store_is_listed_whole_and_strangers_are_left_out(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PART", 30)
    text = "".join(f"# {number}\n\nText {number}.\n\n" for number in range(200))
    made = cut("a.md", text, size=9, overlap=0, embedder="made")
    vectors = Made().embed_documents([row.text for row in made])
    with open_store(engine.format(tmp_path / "pg"), dimension=Made.dimension) as store:
        assert known_ids(store) == set()
        store.add([row.id for row in made], vectors, [row.payload for row in made])
        store.add(["stranger"], vectors[:1], [{"source": "elsewhere"}])
        assert known_ids(store) == {row.id for row in made}
    assert len(made) == 200


@pytest.mark.parametrize("url", ["memory:", "qdrant:", "qdrant:?collection=mine"])
def test_a_store_that_ends_with_the_process_is_refused(docs, url):
    with pytest.raises(ScaleError, match=r"gone when it ends.*qdrant:FOLDER"):
        fill(docs, url)


def test_without_ray_the_message_says_how_to_get_it(docs, qdrant, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    assert 'python -m uv pip install "ray[data]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--store", "mongodb://somewhere"], "names no store"),
        (["--workers", "0"], "workers is 0"),
        (["--size", "0"], "size is 0"),
        (["--size", "9", "--overlap", "9"], "overlap is 9"),
        (["--docs", "no-such-folder"], "no such folder"),
    ],
)
def test_wrong_options_end_in_one_sentence(docs, qdrant, arguments, said, capsys):
    assert main(["--docs", str(docs), "--store", qdrant, *arguments]) == 1
    assert said in capsys.readouterr().err


def test_another_embedder_is_refused(docs, qdrant, configured, capsys):
    configured(WORKSHOP_EMBEDDER="openai:text-embedding-3-small")
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    assert "WORKSHOP_EMBEDDER" in capsys.readouterr().err


def test_a_summary_is_a_table():
    shown = str(Summary(documents=2, chunks=1200, added=1200, stale=1))
    assert re.search(r"chunks +1,200\n", shown)
    assert re.search(r"stale +1 +in none of these documents; --prune", shown)
    shown = str(Summary(documents=2, stale=1, problems=["bad.md"]))
    assert re.search(r"documents +2 +and 1 set aside", shown)
    assert re.search(r"stale +1 +in none of these documents; kept", shown)


# With two workers


@pytest.fixture(scope="module")
def ray() -> Iterator[str]:
    """Ray with two workers on this machine, for all tests that ask for it; gives its address."""
    with ExitStack() as stack:
        for attempt in range(3):
            try:
                stack.enter_context(cluster(workers=2))
                break
            except ScaleError as error:  # a very busy machine misses Ray's limit of 30 seconds
                if attempt == 2 or "timed out" not in str(error):
                    raise
        from ray import cloudpickle, get_runtime_context, nodes

        # The workers cannot import this file, so what they need of it is sent to them.
        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        home = Path(nodes()[0]["ObjectStoreSocketName"]).parents[2]
        assert home.name.startswith("ray-")
        yield get_runtime_context().gcs_address
    assert not home.exists()


@pytest.fixture
def qdrant(tmp_path: Path) -> str:
    return f"qdrant:{tmp_path / 'qdrant'}"


def fill_noting(docs: Path, url: str, notes: Path, **options) -> Summary:
    return fill(docs, url, size=SIZE, workers=1, make_embedder=partial(Made, notes), **options)


def fill_slowly(docs: Path, url: str, notes: Path, **options) -> Summary:
    return fill(docs, url, size=SIZE, workers=2, make_embedder=partial(Slow, notes), **options)


@needs_ray
def test_only_what_changed_is_embedded(ray, docs, qdrant, notes):
    first, before = fill_noting(docs, qdrant, notes), expected(docs)
    assert (first.documents, first.chunks, first.added) == (2, len(before), len(before))
    assert sum(texts for _, texts in noted(notes)) == len(before)
    assert sorted(before) == stored(qdrant)

    (docs / "deeper" / "two.txt").unlink()
    kept = expected(docs)
    again = fill_noting(docs, qdrant, notes)
    assert (again.chunks, again.known, again.added) == (len(kept), len(kept), 0)
    assert (again.stale, again.pruned) == (len(before) - len(kept), 0)
    assert sum(texts for _, texts in noted(notes)) == len(before)
    assert sorted(before) == stored(qdrant)

    path = docs / "one.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Fact 3.1 about", "News 3.1 about"), encoding="utf-8")
    after = expected(docs)
    new, gone = set(after) - set(before), set(before) - set(after)
    assert 0 < len(new) < len(after) / 2
    changed = fill_noting(docs, qdrant, notes, prune=True)
    assert (changed.added, changed.stale, changed.pruned) == (len(new), len(gone), len(gone))
    assert sum(texts for _, texts in noted(notes)) == len(before) + len(new)
    assert sorted(after) == stored(qdrant)
    with open_store(qdrant, dimension=Made.dimension) as store:
        row = list(after.values())[-1]
        match = store.search(Made().embed_query(row.text), 1)[0]
    assert (match.id, match.payload) == (row.id, row.payload)


@needs_ray
def test_bad_files_are_set_aside_and_nothing_is_deleted(ray, docs, qdrant, notes):
    before = expected(docs)
    with open_store(qdrant, dimension=Made.dimension) as store:
        vectors = Made().embed_documents([row.text for row in before.values()])
        store.add(list(before), vectors, [row.payload for row in before.values()])
    (docs / "one.md").write_bytes(b"# One\nca\xe9\n")
    (docs / "null.md").write_bytes(b"One\0\n")
    (docs / "empty.md").touch()
    write(docs, "three.md")
    summary = fill_noting(docs, qdrant, notes, prune=True)
    assert re.search(r"null\.md, line 1: the character U\+0000", summary.problems[0])
    assert re.search(r"one\.md, line 2: byte 0xe9 is not UTF-8", summary.problems[1])
    assert (summary.documents, len(summary.problems)) == (3, 2)  # two, three, and the empty one
    assert 0 < summary.added < summary.chunks
    assert summary.stale > summary.pruned == 0
    (docs / "one.md").unlink()
    (docs / "null.md").unlink()
    assert sorted({*before, *expected(docs)}) == stored(qdrant)


def test_a_file_that_was_set_aside_is_named_and_ends_in_1(docs, qdrant, monkeypatch, capsys):
    summary = Summary(problems=["bad.md, line 1: no text"])
    monkeypatch.setattr("helpers.scale.__main__.fill", lambda *_, **__: summary)
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    assert "set aside: bad.md, line 1: no text" in capsys.readouterr().err


@needs_ray
def test_a_worker_that_cannot_work_ends_the_run_with_its_reason(ray, docs, qdrant):
    with pytest.raises(ScaleError, match=r"RuntimeError: the model has no weights.*goes on"):
        fill(docs, qdrant, workers=1, make_embedder=Broken)


@needs_ray
def test_too_many_workers_are_refused(ray, docs, qdrant):
    with pytest.raises(ScaleError, match="3 CPUs; 9 workers"):
        fill(docs, qdrant, workers=9)


@needs_ray
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it takes rights to look")
def test_a_cluster_of_ones_own_cannot_be_reached_from_outside(ray):
    addresses = {
        connection.laddr.ip
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses
    assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


@needs_ray
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(ray, tmp_path, qdrant, notes):
    docs = tmp_path / "docs"
    for number in range(64):
        write(docs, f"{number}.md")
    victims = []

    def kill() -> None:
        wait_for(lambda: len(noted(notes)) >= 4)
        victims.append(noted(notes)[-1])
        time.sleep(0.2)
        os.kill(victims[0][0], signal.SIGKILL)  # within the batch that it has begun

    killer = threading.Thread(target=kill)
    killer.start()
    summary = fill_slowly(docs, qdrant, notes)
    killer.join()
    batches, count = noted(notes), len(expected(docs))
    assert batches[-1][0] != victims[0][0]
    assert len({process for process, _ in batches}) == 3  # two, and the one that came instead
    assert sum(texts for _, texts in batches) == count + victims[0][1]  # only its batch again
    assert sorted(expected(docs)) == stored(qdrant)
    assert (summary.chunks, summary.added) == (count, count)


DRIVER = """
import sys
from pathlib import Path
import test_scale
from ray import cloudpickle
cloudpickle.register_pickle_by_value(test_scale)
docs, notes, url, address = sys.argv[1:]
test_scale.fill_slowly(Path(docs), url, Path(notes), address=address, progress=True)
"""


@needs_ray
def test_a_killed_driver_goes_on_where_it_stopped(ray, tmp_path, qdrant, notes):
    docs, output = tmp_path / "docs", tmp_path / "output"
    for number in range(64):
        write(docs, f"{number}.md")
    with output.open("w", encoding="utf-8") as file:
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(docs), str(notes), qdrant, ray],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
            stderr=file,
        )
    wait_for(lambda: "added=" in output.read_text(encoding="utf-8") or driver.poll())
    driver.kill()
    driver.wait()
    summary = fill_noting(docs, qdrant, notes)
    count = len(expected(docs))
    assert 0 < summary.known < count, output.read_text(encoding="utf-8")
    assert summary.added == count - summary.known
    assert sorted(expected(docs)) == stored(qdrant)


@needs_ray
def test_the_command_embeds_with_the_real_model(ray, docs, tmp_path, capsys):
    (docs / "refunds.md").write_text("# Refunds\n\nMoney is back in 5 days.\n", encoding="utf-8")
    url = f"postgresql:embedded?home={tmp_path / 'pg'}"
    with open_store(url, dimension=MiniLM.dimension) as store:
        assert main(["--docs", str(docs), "--store", url, "--workers", "1"]) == 0
        match = store.search(MiniLM().embed_query("How long does a refund take?"), 1)[0]
    shown = capsys.readouterr()
    assert re.search(r"documents +3\n", shown.out)
    assert "Documents: 100%" in shown.err
    assert match.payload["source"] == "refunds.md"
    assert match.payload["text"] == "# Refunds\n\nMoney is back in 5 days.\n"
