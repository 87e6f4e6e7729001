"""What the provider remembers: documents in SQLite, file contents and weights beside it.

Everything that the API shows (a file, a job, an event, a checkpoint, a model) is a JSON document
with an id and, if it belongs to another one, a parent. Contents are written completely before
the document that names them, so whatever is listed is whole.
"""

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal
from uuid import uuid4

Document = dict[str, Any]
Kind = Literal["file", "job", "event", "checkpoint", "model"]
PREFIXES = {"file": "file", "job": "ftjob", "event": "ftevent", "checkpoint": "ftckpt"}
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CHUNK = 2**20

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS by_parent ON documents (kind, parent, number);
"""


def new_id(kind: Kind) -> str:
    """An id in the vendor's form.

    >>> new_id("job").startswith("ftjob-")
    True
    """
    return f"{PREFIXES[kind]}-{uuid4().hex[:24]}"


class Store:
    """Documents and contents under one folder. Safe for several threads and processes."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "provider"

    def put(self, kind: Kind, document: Document, *, parent: str = "") -> Document:
        """Keep a new document.

        Raises:
            sqlite3.IntegrityError: the id is taken.
        """
        with self._changing() as database:
            self._put(database, kind, document, parent)
        return document

    def get(self, kind: Kind, name: str) -> Document | None:
        """The document of that id, or None."""
        with self._reading() as database:
            return self._get(database, kind, name)

    def change(
        self,
        kind: Kind,
        name: str,
        change: Callable[[Document], Document | None],
        *,
        child: tuple[Kind, Document] | None = None,
    ) -> Document | None:
        """Change a document in one step that nobody else can come between.

        Args:
            change: gets the document and returns what to add to it, or None to leave it.
            child: a document that is put under this one if, and only if, it was changed.

        Returns:
            The document as it is now, or None if there is none or nothing was changed.
        """
        with self._changing() as database:
            document = self._get(database, kind, name)
            added = change(document) if document is not None else None
            if document is None or added is None:
                return None
            document |= added
            database.execute(
                "UPDATE documents SET body = ? WHERE kind = ? AND id = ?",
                (json.dumps(document), kind, name),
            )
            if child:
                self._put(database, child[0], child[1], name)
            return document

    def delete(self, kind: Kind, name: str) -> bool:
        """Forget a document; whether there was one."""
        with self._changing() as database:
            found = database.execute(
                "DELETE FROM documents WHERE kind = ? AND id = ?", (kind, name)
            )
            return found.rowcount > 0

    def page(
        self,
        kind: Kind,
        *,
        parent: str = "",
        after: str | None = None,
        limit: int = 10_000,
        newest_first: bool = True,
        wanted: Callable[[Document], bool] = lambda _: True,
    ) -> tuple[list[Document], bool]:
        """A page of documents in order, and whether there are more.

        Args:
            after: the id of the last document of the page before; an unknown one gives no page.
        """
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        where, values = "kind = ? AND parent = ?", [kind, parent]
        if after is not None:
            where += (
                f" AND number {beyond} (SELECT number FROM documents WHERE kind = ? AND id = ?)"
            )
            values += [kind, after]
        found: list[Document] = []
        with self._reading() as database:
            rows = database.execute(
                f"SELECT body FROM documents WHERE {where} ORDER BY number {order}", values
            )
            for (body,) in rows:
                document = json.loads(body)
                if not wanted(document):
                    continue
                if len(found) == limit:
                    return found, True
                found.append(document)
        return found, False

    def content(self, name: str) -> Path:
        """Where the content of a file or the folder of a job's models is.

        Raises:
            ValueError: the id could lead out of the folder.
        """
        if not _ID.fullmatch(name):
            raise ValueError(f"{name[:40]!r} is no id")
        return self.folder / name.partition("-")[0] / name

    def write(self, name: str, source: IO[bytes]) -> int:
        """Keep the content of a file, whole or not at all; gives its length in bytes."""
        path = self.content(name)
        length = 0
        with whole(path) as partial, partial.open("wb") as target:
            while part := source.read(_CHUNK):
                target.write(part)
                length += len(part)
        return length

    def size(self) -> int:
        """Bytes that are kept here."""
        total = 0
        for path in self.folder.rglob("*"):
            with suppress(FileNotFoundError):  # a file that was written to just now is renamed
                total += path.stat().st_size
        return total

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as database:
            yield database

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.rollback()
                raise
            database.commit()

    def _connect(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(
            self.folder / "provider.sqlite", timeout=30, isolation_level=None
        )
        try:
            database.executescript(_SCHEMA)
        except BaseException:
            database.close()
            raise
        return database

    @staticmethod
    def _put(database: sqlite3.Connection, kind: Kind, document: Document, parent: str) -> None:
        row = (kind, document["id"], parent, json.dumps(document))
        database.execute("INSERT INTO documents (kind, id, parent, body) VALUES (?,?,?,?)", row)

    @staticmethod
    def _get(database: sqlite3.Connection, kind: Kind, name: str) -> Document | None:
        row = database.execute(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, name)
        ).fetchone()
        return json.loads(row[0]) if row else None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place to write to, which becomes `path` when all went well and vanishes when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid4().hex[:8]}.partial")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
