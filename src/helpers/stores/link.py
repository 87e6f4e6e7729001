"""A connection to PostgreSQL that is made anew, once, when it has dropped."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from helpers.redaction import public
from helpers.stores import embedded
from helpers.stores.filters import LARGEST
from helpers.stores.protocol import StoreError

if TYPE_CHECKING:
    from psycopg import Connection

Result = TypeVar("Result")
WAIT = 0.2  # seconds before the one new attempt
SETUP = 7_263_905_118  # the number of a lock: two processes must not make the same thing at once


class Link:
    """A connection to a server, which knows vectors.

    Args:
        server: a `postgresql://` URL, or the folder of a server that is started here.

    Raises:
        StoreError: the URL cannot be read, or the server here does not start.
    """

    def __init__(self, server: str | Path) -> None:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        self._folder = server if isinstance(server, Path) else None
        self._address = embedded.start(server) if isinstance(server, Path) else server
        try:
            self.password = str(conninfo_to_dict(self._address).get("password") or "")
        except ProgrammingError:  # its message may quote the password
            raise StoreError(
                f"the driver cannot read the URL {public(self._address)!r}; write special "
                "characters in the name and the password with % (`urllib.parse.quote`), and give "
                "only options that PostgreSQL knows"
            ) from None
        self._connection: Connection[Any] | None = None

    def run(self, work: "Callable[[Connection[Any]], Result]") -> Result:
        """Do the work; if the connection has dropped, do it again on a new one.

        The work must bear being done twice: the first time may have succeeded unheard.
        """
        from psycopg import InterfaceError, OperationalError

        try:
            return work(self._connected())
        except (InterfaceError, OperationalError):
            if self._connection and not self._connection.closed:
                raise
            self._connection = None
        time.sleep(WAIT)
        if self._folder:
            self._address = embedded.restart(self._folder)
        return work(self._connected())

    def close(self) -> None:
        """Close the connection, and leave a server that was started here."""
        if self._connection:
            self._connection.close()
        if self._folder:
            embedded.stop(self._folder)

    def _connected(self) -> "Connection[Any]":
        if self._connection is None:
            import psycopg
            from pgvector.psycopg import register_vector
            from psycopg.types.json import set_json_loads

            # Prepared statements would be planned without the query, and then miss the index.
            connection = psycopg.connect(
                self._address, autocommit=True, prepare_threshold=None, connect_timeout=10
            )
            self._connection = connection
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [SETUP])
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(connection)
            set_json_loads(read_json, connection)
        return self._connection


def read_json(text: str | bytes) -> Any:
    """JSON as PostgreSQL writes it: a float as great as 1e300 comes with all its digits.

    >>> read_json('{"a": 1, "b": 10000000000000000000000}')
    {'a': 1, 'b': 1e+22}
    """
    return json.loads(text, parse_int=_number)


def _number(digits: str) -> int | float:
    return int(digits) if abs(int(digits)) <= LARGEST else float(digits)
