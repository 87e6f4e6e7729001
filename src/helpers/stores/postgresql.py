"""PostgreSQL with the extension pgvector: a table, exact search, and an HNSW index on demand.

Without an index each search reads every row and is exact. `index()` builds a graph that is read
instead: faster on many rows, and it may miss neighbours. Whatever a caller gives is bound as a
parameter, never written into a statement. What this module does not do: administer a server.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, LiteralString

from helpers.redaction import public
from helpers.stores.base import COLLECTION, BaseStore, needs, ranked
from helpers.stores.checks import Batch
from helpers.stores.filters import Condition
from helpers.stores.link import SETUP, Link
from helpers.stores.protocol import Match, StoreError, Vectors
from helpers.stores.sql import as_sql

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

WIDEST = 16_000  # numbers in a vector. Source of both: the README of pgvector
WIDEST_INDEX = 2000  # numbers: pgvector indexes no wider vectors


class PostgresStore(BaseStore):
    """A vector store in PostgreSQL.

    An `add` is one transaction: all rows or none. A connection that has dropped is made anew,
    once; what was asked is then asked again, which does no harm.

    Args:
        server: a `postgresql://` URL, or the folder of a server that is started here.
        dimension: how many numbers a vector has.
        collection: the table's name.
        ef_search: how many neighbours the index looks at; more finds better and takes longer.
            May be changed later, as may `exact`.
        exact: read every row although there is an index.

    Raises:
        StoreError: a package is missing, the server does not answer or has no pgvector, or the
            table holds something else.
    """

    way_out: ClassVar[str] = "Check the URL, and that the server runs and has pgvector"

    widest: ClassVar[int | None] = WIDEST

    def __init__(
        self,
        server: str | Path,
        *,
        dimension: int,
        collection: str = COLLECTION,
        ef_search: int = 40,
        exact: bool = False,
    ) -> None:
        shown = "postgresql:embedded" if isinstance(server, Path) else public(server)
        super().__init__(shown, dimension=dimension, collection=collection)
        self.ef_search, self.exact = ef_search, exact
        self._tuned: tuple[object, ...] = ()
        with needs('"psycopg[binary]" pgvector'):
            import pgvector.psycopg  # noqa: F401
        self._link = Link(server)
        self._secrets = (self._link.password,)
        try:
            with self._working():
                self._link.run(self._make_table)
        except BaseException:
            self.close()
            raise

    def index(self, *, m: int = 16, ef_construction: int = 64) -> None:
        """Build the HNSW index anew; from then on searches read it, unless `exact` is set.

        Args:
            m: how many neighbours a vector is linked to.
            ef_construction: how many are looked at to choose them. Source of both and their
                defaults: the README of pgvector.

        Raises:
            StoreError: vectors of more than 2,000 numbers, or numbers the server refuses.
        """
        from psycopg.sql import SQL, Identifier, Literal

        if self.dimension > WIDEST_INDEX:
            raise StoreError(
                f"pgvector indexes vectors of up to {WIDEST_INDEX} numbers, and these have "
                f"{self.dimension}; search without an index, or embed with fewer dimensions"
            )
        name = Identifier(f"{self.collection}_hnsw")
        drop = SQL("DROP INDEX IF EXISTS {}").format(name)
        create = SQL(
            "CREATE INDEX {} ON {} USING hnsw (embedding vector_ip_ops) "
            "WITH (m = {}, ef_construction = {})"
        ).format(name, self._table, Literal(int(m)), Literal(int(ef_construction)))

        def build(connection: "Connection[Any]") -> None:
            with connection.transaction():
                connection.execute(drop)
                connection.execute(create)
            connection.execute(SQL("ANALYZE {}").format(self._table))

        with self._working():
            self._link.run(build)

    def size(self) -> int:
        """Bytes of the table's files and its indexes."""
        query = "SELECT pg_total_relation_size(to_regclass(%s))"
        with self._working():
            rows = self._link.run(
                lambda connection: connection.execute(query, [self.collection]).fetchall()
            )
        return int(rows[0][0])

    @property
    def _table(self) -> Any:
        from psycopg.sql import Identifier

        return Identifier(self.collection)

    def _sql(self, text: LiteralString, where: "Composed | None" = None) -> "Composed":
        from psycopg.sql import SQL, Composed

        return SQL(text).format(table=self._table, where=where or Composed([]))

    def _make_table(self, connection: "Connection[Any]") -> None:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [SETUP])
            connection.execute(
                self._sql(
                    'CREATE TABLE IF NOT EXISTS {table} (id text COLLATE "C" PRIMARY KEY, '
                    f"embedding vector({self.dimension:d}) NOT NULL, payload jsonb NOT NULL)"
                )
            )
        columns = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            [self.collection],
        )
        found = dict(columns.fetchall())
        wanted = {"id": "text", "embedding": f"vector({self.dimension})", "payload": "jsonb"}
        if found != wanted:
            raise StoreError(
                f"the table {self.collection!r} at {self.url} has {found}, and {wanted} is needed; "
                "use the embedder it was filled with, or another table with '?collection=NAME'"
            )

    def _write(self, batch: Batch) -> None:
        from psycopg.types.json import Jsonb

        # A capital, which no collection's name has.
        copy = 'COPY "Incoming" FROM STDIN (FORMAT BINARY)'
        # In order of id, so that two writers who meet wait for each other in the same order.
        merge = self._sql(
            'INSERT INTO {table} SELECT * FROM "Incoming" ORDER BY id ON CONFLICT (id) '
            "DO UPDATE SET embedding = EXCLUDED.embedding, payload = EXCLUDED.payload"
        )

        def write(connection: "Connection[Any]") -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    self._sql('CREATE TEMP TABLE "Incoming" (LIKE {table}) ON COMMIT DROP')
                )
                with cursor.copy(copy) as rows:
                    rows.set_types(["text", "vector", "jsonb"])
                    for row in zip(batch.ids, batch.vectors, batch.payloads, strict=True):
                        rows.write_row((row[0], row[1], Jsonb(row[2])))
                cursor.execute(merge)

        self._link.run(write)

    def _nearest(self, queries: Vectors, k: int, conditions: list[Condition]) -> list[list[Match]]:
        where, values = as_sql(conditions)
        statement = self._sql(
            "SELECT id, -(embedding <#> %(query)s), payload FROM {table}{where} "
            "ORDER BY embedding <#> %(query)s, id LIMIT %(k)s",
            where,
        )

        def search(connection: "Connection[Any]") -> list[list[Match]]:
            self._tune(connection)
            found = []
            for query in queries:
                rows = connection.execute(statement, values | {"query": query, "k": k})
                found.append(ranked(rows.fetchall()))
            return found

        return self._link.run(search)

    def _tune(self, connection: "Connection[Any]") -> None:
        """Tell the server how to search, when that or the connection has changed."""
        wanted = (connection, self.ef_search, self.exact)
        if self._tuned == wanted:
            return
        settings = {
            "hnsw.ef_search": str(self.ef_search),
            # Goes on past the first neighbours until enough of them pass the filter.
            "hnsw.iterative_scan": "strict_order",
            "enable_indexscan": "off" if self.exact else "on",
        }
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        self._tuned = wanted

    def _remove(self, ids: list[str]) -> int:
        statement = self._sql(
            "DELETE FROM {table} WHERE id IN "
            "(SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR UPDATE)"
        )
        return self._link.run(lambda connection: connection.execute(statement, [ids]).rowcount)

    def _count(self, conditions: list[Condition]) -> int:
        where, values = as_sql(conditions)
        statement = self._sql("SELECT count(*) FROM {table}{where}", where)
        rows = self._link.run(lambda connection: connection.execute(statement, values).fetchall())
        return int(rows[0][0])

    def _close(self) -> None:
        self._link.close()

    def _foreign(self) -> tuple[type[Exception], ...]:
        from psycopg import Error

        return (Error,)
