"""PostgreSQL: the index, the server that is started here, and connections that drop."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import psycopg
import pytest
from engines import DIMENSION, fresh_name, terminate, unit
from waiting import PATIENCE

from helpers.settings import get_settings
from helpers.stores import StoreError, embedded, open_store
from helpers.stores.postgresql import PostgresStore


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder of a server that runs as long as this file's tests."""
    folder = tmp_path_factory.mktemp("pg") / "data"
    with PostgresStore(folder, dimension=DIMENSION, collection="held"):
        yield folder


@pytest.fixture
def store(home):
    with PostgresStore(home, dimension=DIMENSION, collection=fresh_name()) as one:
        yield one


@pytest.fixture
def filled(store):
    store.add([str(n) for n in range(3000)], unit(3000), [{"n": n} for n in range(3000)])
    return store


def plan(store: PostgresStore, query: np.ndarray) -> str:
    """How the server says it would search."""
    statement = store._sql(
        "EXPLAIN SELECT id FROM {table} ORDER BY embedding <#> %(query)s, id LIMIT 10"
    )

    def explain(connection):
        store._tune(connection)
        return connection.execute(statement, {"query": query}).fetchall()

    return "\n".join(line for (line,) in store._link.run(explain))


def pid(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().split()[0])


class TestIndex:
    def test_it_is_read_once_it_is_there_unless_the_search_shall_be_exact(self, filled):
        query = unit(1, seed=1)[0]
        exact = filled.search(query, 10)
        assert "Seq Scan" in plan(filled, query)
        bare = filled.size()
        filled.index(m=8, ef_construction=32)
        assert filled.size() > bare
        assert "hnsw" in plan(filled, query)
        filled.ef_search = 400
        found = filled.search(query, 10)
        assert len({one.id for one in exact} & {one.id for one in found}) >= 9
        filled.exact = True
        assert "Seq Scan" in plan(filled, query)
        assert filled.search(query, 10) == exact

    def test_more_looked_at_finds_more(self, filled):
        filled.index(m=2, ef_construction=4)
        queries = unit(40, seed=2)
        filled.exact = True
        truth = filled.search_many(queries, 10)
        filled.exact = False
        hits = []
        for filled.ef_search in (1, 500):
            found = filled.search_many(queries, 10)
            both = zip(truth, found, strict=True)
            hits.append(sum(len({m.id for m in a} & {m.id for m in b}) for a, b in both))
        assert hits[0] < hits[1]

    def test_a_filter_still_gets_k(self, filled):
        """The index alone gives 40 neighbours, of which a filter may leave none."""
        filled.index()
        found = filled.search(unit(1, seed=1)[0], 10, {"n": {"lt": 60}})
        assert len(found) == 10

    def test_k_over_ef_search(self, filled):
        filled.index()
        assert len(filled.search(unit(1, seed=1)[0], 200)) == 200

    def test_rows_added_later_are_found(self, filled):
        filled.index()
        query = unit(1, seed=9)[0]
        filled.add(["new"], [query])
        assert filled.search(query, 1)[0].id == "new"
        filled.index(m=4)
        assert filled.search(query, 1)[0].id == "new"

    def test_vectors_that_are_too_wide(self, home):
        with PostgresStore(home, dimension=3072, collection=fresh_name()) as wide:
            wide.add(["a", "b"], np.eye(2, 3072))
            assert wide.search(np.eye(1, 3072)[0], 1)[0].id == "a"
            with pytest.raises(StoreError, match="up to 2000"):
                wide.index()

    def test_numbers_that_the_server_refuses(self, store):
        with pytest.raises(StoreError, match="m"):
            store.index(m=1000)
        assert store.count() == 0


class TestTables:
    def test_a_table_that_holds_something_else(self, home):
        with psycopg.connect(embedded.start(home), autocommit=True) as connection:
            connection.execute("CREATE TABLE prices (id int, price int)")
        embedded.stop(home)
        with pytest.raises(StoreError, match=r"'prices' .* '\?collection=NAME'"):
            PostgresStore(home, dimension=DIMENSION, collection="prices")
        for system in ("pg_class", "pg_tables"):
            with pytest.raises(StoreError):
                PostgresStore(home, dimension=DIMENSION, collection=system)

    def test_words_of_the_language_are_names_too(self, home):
        for name in ("select", "user", "incoming", "table"):
            with PostgresStore(home, dimension=DIMENSION, collection=name) as one:
                one.add(["a"], unit(1), [{"n": 1}])
                assert one.count({"n": 1}) == 1

    def test_a_url_reaches_the_same_rows(self, home, store):
        store.add(["a"], unit(1))
        running = embedded.start(home)
        folder = psycopg.conninfo.conninfo_to_dict(running)["host"]
        url = f"postgresql:///postgres?host={folder}&user=postgres&application_name=me"
        with open_store(f"{url}&collection={store.collection}", dimension=DIMENSION) as other:
            assert other.count() == 1
            assert "host" not in other.url
        embedded.stop(home)

    def test_an_add_that_fails_leaves_nothing(self, store, monkeypatch):
        store.add(["a"], unit(1))
        monkeypatch.setattr(store, "dimension", DIMENSION + 1)
        with pytest.raises(StoreError, match="expected 8 dimensions"):
            store.add(["b", "c"], unit(2, dimension=DIMENSION + 1))
        monkeypatch.undo()
        assert store.count() == 1


class TestConnections:
    def test_one_that_drops_in_the_middle_of_an_add(self, store):
        """The rows are sent again: all of them are there, and once."""
        run, calls = store._link.run, []

        def interrupted(work):
            def once(connection):
                if not calls:
                    calls.append(1)
                    terminate(store)
                return work(connection)

            return run(once)

        store._link.run = interrupted
        store.add([str(n) for n in range(100)], unit(100))
        assert store.count() == 100

    def test_a_server_that_dies_is_started_again(self, tmp_path):
        folder = tmp_path / "data"
        with PostgresStore(folder, dimension=DIMENSION) as one:
            one.add(["a"], unit(1))
            before = pid(folder)
            stop_hard(before)
            assert one.count() == 1
            assert pid(folder) != before
        assert not psutil.pid_exists(pid_or_none(folder) or 2**22 + 1)

    def test_errors_that_are_no_drops_are_told_at_once(self, store):
        asked = []

        def ask(connection):
            asked.append(connection)
            connection.execute("SELECT no_such")

        with pytest.raises(StoreError, match="no_such"), store._working():
            store._link.run(ask)
        assert len(asked) == 1  # not tried again, as after a drop
        assert store.count() == 0


class TestServer:
    def test_it_lives_from_the_first_store_to_the_last(self, tmp_path):
        folder = tmp_path / "data"
        first = open_store(f"postgresql:embedded?home={folder}", dimension=2)
        second = open_store(f"postgresql:embedded?home={folder}&collection=b", dimension=3)
        server = pid(folder)
        first.add(["a"], [[1, 0]])
        first.close()
        assert psutil.pid_exists(server)
        assert second.count() == 0
        second.close()
        assert not (folder / "postmaster.pid").exists()
        with open_store(f"postgresql:embedded?home={folder}", dimension=2) as again:
            assert again.count() == 1
            with pytest.raises(StoreError, match="2"):
                open_store(f"postgresql:embedded?home={folder}", dimension=3)
        assert not (folder / "postmaster.pid").exists()

    def test_it_stops_when_python_ends(self, tmp_path):
        folder = tmp_path / "data"
        code = (
            "import sys; from helpers.stores import open_store; "
            "store = open_store(sys.argv[1], dimension=2); store.add(['a'], [[1, 0]])"
        )
        command = [sys.executable, "-c", code, f"postgresql:embedded?home={folder}"]
        assert subprocess.run(command, check=False).returncode == 0
        assert not (folder / "postmaster.pid").exists()

    def test_a_process_that_was_killed_does_not_keep_it(self, tmp_path):
        folder = tmp_path / "data"
        code = (
            "import os, signal, sys; from helpers.stores import open_store; "
            "store = open_store(sys.argv[1], dimension=2); store.add(['a'], [[1, 0]]); "
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        command = [sys.executable, "-c", code, f"postgresql:embedded?home={folder}"]
        result = subprocess.run(command, check=False, capture_output=True)
        assert result.returncode == -signal.SIGKILL
        assert (folder / "postmaster.pid").exists()
        with open_store(f"postgresql:embedded?home={folder}", dimension=2) as store:
            assert store.count() == 1
        assert not (folder / "postmaster.pid").exists()

    def test_two_processes_write_at_once(self, home):
        name = fresh_name()
        code = (
            "import sys, numpy as np; from helpers.stores import open_store\n"
            "rows = np.eye(8)[[n % 8 for n in range(50)]]\n"
            "with open_store(sys.argv[1], dimension=8) as store:\n"
            "    for first in range(0, 500, 25):\n"
            "        names = [str(n) for n in range(first, first + 50)]\n"
            "        store.add(names[:: int(sys.argv[2])], rows)"
        )
        url = f"postgresql:embedded?home={home}&collection={name}"
        writers = [
            subprocess.Popen([sys.executable, "-c", code, url, order], stderr=subprocess.PIPE)
            for order in ("1", "-1")
        ]
        for writer in writers:
            _, errors = writer.communicate()
            assert writer.returncode == 0, errors.decode()
        with open_store(url, dimension=8) as store:
            assert store.count() == 525

    def test_the_folder_of_the_settings_is_used(self, configured, tmp_path):
        configured(WORKSHOP_HOME=str(tmp_path / "home"))
        with open_store("postgresql:embedded", dimension=2) as store:
            assert (get_settings().home / "postgresql" / "PG_VERSION").exists()
            assert store.url == "postgresql:embedded"

    def test_a_folder_that_is_no_database(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "notes.txt").write_text("mine", encoding="utf-8")
        with pytest.raises(StoreError, match="does not start"):
            open_store(f"postgresql:embedded?home={tmp_path}/data", dimension=2)
        assert (tmp_path / "data" / "notes.txt").exists()


def stop_hard(server: int) -> None:
    """Kill the server with its children, as the system does when memory runs out."""
    parent = psutil.Process(server)
    family = [*parent.children(recursive=True), parent]
    for process in family:
        with suppress(ProcessLookupError):  # one that ended by itself meanwhile
            os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=PATIENCE)


def pid_or_none(folder: Path) -> int | None:
    return pid(folder) if (folder / "postmaster.pid").exists() else None
