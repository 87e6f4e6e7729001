"""From a URL to a store. What this module does not do: know more of an engine than its address.

The engines' modules are imported when their store is opened, and they import their drivers.
"""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from helpers.network import readable_network
from helpers.redaction import public
from helpers.settings import from_root, get_settings
from helpers.stores.base import COLLECTION
from helpers.stores.protocol import StoreError, VectorStore

Options = dict[str, str]


def open_store(url: str, *, dimension: int) -> VectorStore:
    """The store at a URL; its collection is made if there is none. Use it in a `with`, or close it.

    Args:
        url: an engine and where it is:

            - `memory:` in this process, gone when it ends
            - `qdrant:` the same with Qdrant's code; `qdrant:FOLDER` kept in a folder;
              `qdrant:http://HOST:6333` a server
            - `postgresql:embedded` a server that is started here and keeps its files under
              `WORKSHOP_HOME`, or with `?home=FOLDER` there; `postgresql://…` any server with the
              extension pgvector; both take `?ef_search=N`
            - `weaviate:http://HOST:8080`, with `?grpc=PORT` if that is not 50051
            - `pinecone:INDEX`, with `?host=URL` for a server of one's own

            All take `?collection=NAME`; without it the collection is `handbook`.
        dimension: how many numbers a vector has, `embedder.dimension`.

    Raises:
        StoreError: no such engine or option, a missing package or key, a collection made for
            another dimension, or an engine that does not answer.
        SettingsError: a proxy or a file of certificates cannot be used.

    >>> with open_store("memory:", dimension=2) as store:
    ...     store.add(["a"], [[1, 0]])
    ...     store.count()
    1
    """
    scheme, _, rest = url.partition(":")
    if scheme not in ENGINES or ":" not in url:
        raise StoreError(f"{public(url)!r} names no store; known are {', '.join(ENGINES.values())}")
    address, _, query = rest.partition("?")
    _check_login(url)
    options = dict(parse_qsl(query, keep_blank_values=True))
    collection = options.pop("collection", COLLECTION)
    if scheme == "postgresql" or ("//" not in url and scheme != "pinecone"):  # no HTTP
        return _OPENERS[scheme](address, options, dimension, collection)
    with readable_network():
        return _OPENERS[scheme](address, options, dimension, collection)


def store_of_settings() -> str:
    """The URL in `WORKSHOP_STORE`, for `open_store`.

    A folder in it is one in the project, so that a notebook and a command, which are started in
    different places, find the same vectors.
    """
    url = get_settings().store
    scheme, _, rest = url.partition(":")
    address, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if scheme == "qdrant" and address and "://" not in address:
        address = str(from_root(address))
    elif scheme == "postgresql" and address == "embedded" and options.get("home"):
        options["home"] = str(from_root(options["home"]))
    else:
        return url
    return f"{scheme}:{address}" + (f"?{urlencode(options, quote_via=quote)}" if options else "")


ENGINES = {
    "memory": "memory:",
    "qdrant": "qdrant:FOLDER",
    "postgresql": "postgresql:embedded",
    "weaviate": "weaviate:http://HOST:8080",
    "pinecone": "pinecone:INDEX",
}


def _memory(address: str, options: Options, dimension: int, collection: str) -> VectorStore:
    from helpers.stores.memory import MemoryStore

    if address:
        where = public(f"memory:{address}")
        raise StoreError(f"{where!r} has an address; memory has none, use 'memory:'")
    _no_more(options)
    return MemoryStore(dimension=dimension, collection=collection)


def _qdrant(address: str, options: Options, dimension: int, collection: str) -> VectorStore:
    from helpers.stores.qdrant import QdrantStore

    _no_more(options)
    key = _key("qdrant_api_key")
    return QdrantStore(address, dimension=dimension, collection=collection, api_key=key)


def _postgresql(address: str, options: Options, dimension: int, collection: str) -> VectorStore:
    from helpers.stores.postgresql import PostgresStore

    ef_search = _number(options, "ef_search", 40)
    server: str | Path
    if address == "embedded":
        server = Path(options.pop("home", "") or get_settings().home / "postgresql")
        _no_more(options, "home", "ef_search")
    elif address.startswith("//"):  # what is left of the options is for the driver
        server = f"postgresql:{address}" + (
            f"?{urlencode(options, quote_via=quote)}" if options else ""
        )
    else:
        raise StoreError(
            f"{public(f'postgresql:{address}')!r} is no address; use 'postgresql:embedded' or "
            "'postgresql://USER:PASSWORD@HOST/DATABASE'"
        )
    return PostgresStore(server, dimension=dimension, collection=collection, ef_search=ef_search)


def _weaviate(address: str, options: Options, dimension: int, collection: str) -> VectorStore:
    from helpers.stores.weaviate import WeaviateStore

    grpc_port = _number(options, "grpc", 50051)
    _no_more(options, "grpc")
    return WeaviateStore(
        address,
        dimension=dimension,
        collection=collection,
        grpc_port=grpc_port,
        api_key=_key("weaviate_api_key"),
    )


def _pinecone(address: str, options: Options, dimension: int, collection: str) -> VectorStore:
    from helpers.stores.pinecone import PineconeStore

    host = options.pop("host", None)
    _no_more(options, "host")
    return PineconeStore(
        address,
        dimension=dimension,
        collection=collection,
        host=host,
        api_key=_key("pinecone_api_key"),
    )


_OPENERS: dict[str, Callable[[str, Options, int, str], VectorStore]] = {
    "memory": _memory,
    "qdrant": _qdrant,
    "postgresql": _postgresql,
    "weaviate": _weaviate,
    "pinecone": _pinecone,
}


def _check_login(url: str) -> None:
    """Raise where a password has characters that end it, so that its rest counts as an address."""
    before, _, server = url.partition("//")
    if "?" in before:  # a server that is named in the query
        server = server.partition("&")[0]
    authority = re.split(r"[/?#]", server, maxsplit=1)[0]
    path = server.removeprefix(authority).partition("?")[0]
    host = re.sub(r"\[[^\[\]]*]", "", authority.rpartition("@")[2])  # without an IPv6 address
    is_port = re.fullmatch(r"[^:]*(:\d*)?", host) or "," in host  # PostgreSQL takes several
    if authority.count("@") > 1 or "@" in path or not is_port:
        raise StoreError(
            f"{public(url)!r} has no server and port that can be read; write special characters "
            "in the name and the password with % (`urllib.parse.quote`)"
        )


def _key(setting: str) -> str | None:
    """A key out of the settings, if they have one of that name."""
    secret = getattr(get_settings(), setting, None)
    return secret.get_secret_value() if secret else None


def _number(options: Options, name: str, default: int) -> int:
    text = options.pop(name, str(default))
    if not text.isdecimal() or not int(text):
        raise StoreError(f"{name} is {text!r}; it must be a whole number above 0")
    return int(text)


def _no_more(options: Options, *known: str) -> None:
    if options:
        takes = ", ".join(["collection", *known])
        raise StoreError(f"unknown option {next(iter(options))!r}; this store takes {takes}")
