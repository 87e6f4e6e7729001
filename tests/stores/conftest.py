"""The engines, each started once for a test file that asks for it."""

from collections.abc import Callable, Iterator

import pytest
from engines import DIMENSION, NAMES, Engine, dropping, terminate

from helpers.stores import VectorStore
from helpers.stores.postgresql import PostgresStore


@pytest.fixture(scope="session", autouse=True)
def no_proxy() -> Iterator[None]:
    """Reach the servers here although the machine may have a proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def engines(tmp_path_factory) -> Iterator[Callable[[str], Engine]]:
    """Give the engine of a name; it is started when it is first asked for."""
    made: dict[str, Engine] = {}
    servers = []

    def make(name: str) -> Engine:
        if name == "memory":
            return Engine("memory:", shared=False, lasting=False, most=100_000)
        if name == "qdrant":
            return Engine("qdrant:", shared=False, lasting=False)
        if name == "qdrant-folder":
            folder = tmp_path_factory.mktemp("qdrant")
            return Engine(f"qdrant:{folder}", exclusive=True, most=500)
        if name == "postgresql":
            home = tmp_path_factory.mktemp("pg") / "data"
            address = f"postgresql:embedded?home={home}"
            # Held open, so that the server does not start and stop for each test.
            servers.append(PostgresStore(home, dimension=DIMENSION, collection="held"))
            return Engine(address, drop=terminate, most=20_000)
        if name == "qdrant-server":
            from qdrant_server import QdrantServer

            server = QdrantServer()
            servers.append(server)
            return Engine(f"qdrant:{server.url}", drop=dropping(server))
        if name == "weaviate":
            from weaviate_server import WeaviateServer

            server = WeaviateServer()
            servers.append(server)

            def drop(_: VectorStore) -> None:
                server.grpc_drops = 1

            return Engine(f"weaviate:{server.url}?grpc={server.grpc_port}", drop=drop)
        from pinecone_server import PineconeServer

        server = PineconeServer(DIMENSION)
        servers.append(server)
        return Engine(f"pinecone:index?host={server.url}", drop=dropping(server))

    def engine(name: str) -> Engine:
        if name not in made:
            made[name] = make(name)
        return made[name]

    yield engine
    for server in servers:
        server.close()


@pytest.fixture(params=NAMES)
def engine(request, engines) -> Iterator[Engine]:
    """Each engine in turn; stores opened by a test are closed after it."""
    one = engines(request.param)
    yield one
    one.close()
