"""Filling a store with Ray: nothing lost, nothing twice, whatever is killed on the way.

`make test-scale` runs these tests, one at a time and with nothing beside them: Ray gives its own
processes 30 seconds to start, which a busy machine misses. The workers run a made-up embedder,
except in the one test that runs the command as it is.
"""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import made
import psutil
import pytest
import waiting
from made import SIZE, Broken, Made, expected, noted, stored, write
from waiting import wait_for

from helpers.embedding import MiniLM, Vectors
from helpers.scale import ScaleError, Summary, fill
from helpers.scale.__main__ import main
from helpers.scale.cluster import ClusterStartError, cluster
from helpers.stores import open_store

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None or sys.platform == "win32",
        reason='Ray is not installed (python -m uv pip install "ray[data]"), or runs on Windows, '
        "where it is a beta",
    ),
]


class OneDies(Made):
    """Begins when two work. Whoever first comes to a second batch says so and waits for its end."""

    begun = 0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        vectors = super().embed_documents(texts)
        self.begun += 1
        wait_for(lambda: len({process for process, _ in noted(self.notes)}) >= 2)
        if self.begun == 2:
            try:
                with victim(self.notes).open("x", encoding="utf-8") as file:
                    file.write(str(os.getpid()))
            except FileExistsError:
                return vectors
            wait_for(lambda: False)
        return vectors


class Stops(Made):
    """Four batches are begun; what comes after them never ends."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        vectors = super().embed_documents(texts)
        wait_for(lambda: len(noted(self.notes)) <= 4)
        return vectors


def victim(notes: Path) -> Path:
    return notes.parent / "victim"


@pytest.fixture(scope="module")
def ray() -> Iterator[str]:
    """Ray with two workers on this machine, for all tests that ask for it; gives its address.

    It is started once more if it was the start that failed, and only then.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(cluster(workers=2))
        except ClusterStartError as error:
            print(f"once more: {error}", file=sys.stderr)
            stack.enter_context(cluster(workers=2))
        from ray import cloudpickle, get_runtime_context, nodes

        # The workers cannot import the files of the tests, so what they need is sent to them.
        for module in (made, waiting, sys.modules[__name__]):
            cloudpickle.register_pickle_by_value(module)
        home = Path(nodes()[0]["ObjectStoreSocketName"]).parents[2]
        assert home.name.startswith("ray-")
        yield get_runtime_context().gcs_address
    assert not home.exists()


def fill_with(embedder: type[Made], docs: Path, url: str, notes: Path, **options) -> Summary:
    make = partial(embedder, notes)
    return fill(docs, url, size=SIZE, workers=2, make_embedder=make, **options)


def test_only_what_is_new_is_embedded(ray, docs, qdrant, notes):
    first = fill_with(Made, docs, qdrant, notes)
    before = expected(docs)
    assert (first.documents, first.chunks, first.added) == (2, len(before), len(before))
    write(docs, "three.md")
    after = len(expected(docs))
    (docs / "null.md").write_bytes(b"One\0\n")
    again = fill_with(Made, docs, qdrant, notes)
    assert (again.known, again.added) == (len(before), after - len(before))
    assert sum(texts for _, texts in noted(notes)) == after
    assert "null.md, line 1" in again.problems[0]


def test_a_worker_that_cannot_work_ends_the_run_with_its_reason(ray, docs, qdrant):
    with pytest.raises(ScaleError, match=r"RuntimeError: the model has no weights.*goes on"):
        fill(docs, qdrant, workers=1, make_embedder=Broken)


def test_too_many_workers_are_refused(ray, docs, qdrant):
    with pytest.raises(ScaleError, match="3 CPUs; 9 workers"):
        fill(docs, qdrant, workers=9)


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


def test_a_killed_worker_loses_nothing_and_does_nothing_twice(ray, tmp_path, qdrant, notes):
    docs = tmp_path / "docs"
    for number in range(64):
        write(docs, f"{number}.md")
    killed = []

    def kill() -> None:
        wait_for(lambda: victim(notes).exists() and victim(notes).read_text(encoding="utf-8"))
        killed.append(int(victim(notes).read_text(encoding="utf-8")))
        os.kill(killed[0], signal.SIGKILL)  # within the batch that it has begun

    killer = threading.Thread(target=kill)
    killer.start()
    summary = fill_with(OneDies, docs, qdrant, notes)
    killer.join()
    batches, count = noted(notes), len(expected(docs))
    lost = [texts for process, texts in batches if process == killed[0]][-1]
    assert len({process for process, _ in batches}) == 3  # two, and the one that came instead
    assert sum(texts for _, texts in batches) == count + lost  # only its batch again
    assert sorted(expected(docs)) == stored(qdrant)
    assert (summary.chunks, summary.added) == (count, count)


DRIVER = """
import sys
from pathlib import Path
import made, test_cluster, waiting
from ray import cloudpickle
for module in (made, waiting, test_cluster):
    cloudpickle.register_pickle_by_value(module)
docs, notes, url, address = sys.argv[1:]
test_cluster.fill_with(
    test_cluster.Stops, Path(docs), url, Path(notes), address=address, progress=True
)
"""


def test_a_killed_driver_goes_on_where_it_stopped(ray, tmp_path, qdrant, notes):
    docs, output = tmp_path / "docs", tmp_path / "output"
    for number in range(64):
        write(docs, f"{number}.md")
    with output.open("w", encoding="utf-8") as file:
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(docs), str(notes), qdrant, ray],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=file,
        )
    wait_for(lambda: "added=" in output.read_text(encoding="utf-8") or driver.poll() is not None)
    driver.kill()
    driver.wait()
    summary = fill_with(Made, docs, qdrant, notes)
    count = len(expected(docs))
    assert 0 < summary.known < count, output.read_text(encoding="utf-8")
    assert summary.added == count - summary.known
    assert sorted(expected(docs)) == stored(qdrant)


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
