"""Vectors in one SQLite file, as far as that is possible.

The file holds nothing that cannot be computed again, so no trouble with it is an error. Where it
cannot be read or written (a full disk, a read-only folder), it is as if it were empty, and where
it is garbled, it is made anew. Both are said once. What this module does not do: compute (`cache`).
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
PATIENCE = 30.0  # seconds to wait for another process that writes
_AT_ONCE = 500  # SQLite limits the variables of one statement
# What SQLite says of a file that is none of its own, has broken pages, or holds another table.
_GARBLED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)
_MENDING = threading.Lock()
_SAID: set[tuple[Path, str]] = set()
_LOG = logging.getLogger(__name__)


class KeptVectors:
    """Bytes of vectors by key. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._patience = PATIENCE

    def read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept under these keys; nothing where the file cannot be read."""

        def select(database: sqlite3.Connection) -> dict[bytes, bytes]:
            known: dict[bytes, bytes] = {}
            for start in range(0, len(keys), _AT_ONCE):
                part = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                known |= database.execute(
                    f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part
                ).fetchall()
            return {key: vector for key, vector in known.items() if isinstance(vector, bytes)}

        return self._attempt(select, {}) if keys else {}

    def write(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep these pairs of key and vector, if that is possible."""

        def insert(database: sqlite3.Connection) -> None:
            with database:
                database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

        self._attempt(insert, None)

    def _attempt(self, action: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        try:
            return self._with_file(action)
        except (sqlite3.Error, OSError) as error:
            if not _is_garbled(error):
                return self._do_without(error, otherwise)
        with _MENDING:
            try:
                return self._with_file(action)  # another thread has mended it meanwhile
            except (sqlite3.Error, OSError):
                return self._made_anew(action, otherwise)

    def _made_anew(
        self, action: Callable[[sqlite3.Connection], Result], otherwise: Result
    ) -> Result:
        try:
            for ending in ("", "-journal", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
            found = self._with_file(action)
        except (sqlite3.Error, OSError) as error:
            return self._do_without(error, otherwise)
        self._say("mended", f"The cache of embeddings {self._path} was damaged and is made anew.")
        return found

    def _do_without(self, error: Exception, otherwise: Result) -> Result:
        self._patience = 0.0  # waiting once is enough
        self._say(
            "unusable",
            f"The cache of embeddings {self._path} cannot be used ({error}). All answers stay the "
            "same, but texts are embedded again each time. Free some disk, or set WORKSHOP_HOME "
            "to a folder that can be written to.",
        )
        return otherwise

    def _say(self, what: str, sentence: str) -> None:
        if (self._path, what) not in _SAID:
            _SAID.add((self._path, what))
            _LOG.warning(sentence)

    def _with_file(self, action: Callable[[sqlite3.Connection], Result]) -> Result:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as database:
            return action(database)

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=self._patience)
        try:
            with database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)"
                )
        except sqlite3.Error:
            database.close()
            raise
        return database


def _is_garbled(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _GARBLED  # the low byte is the kind of error
