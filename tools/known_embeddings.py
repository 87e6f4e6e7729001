"""Lend a fresh home the embeddings that checking the data has computed.

`make test` embeds the tickets, and the handbook in two ways, to check the data and for what comes
after: the unit tests and the notebooks need the same vectors, each in a home of its own. A cache of
embeddings is keyed by model and text, so nothing that is lent can be out of date; and it is the
same on every machine, because only `check_data` writes it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

CHECKED = Path(__file__).resolve().parent.parent / ".workshop" / "checked" / "embeddings.sqlite"


def lend(home: Path, *, cache: Path = CHECKED) -> None:
    """Copy the cache into a home, if there is one, also while it is written to."""
    if not cache.exists():
        return
    target = home / cache.name
    try:
        with (
            closing(sqlite3.connect(cache, timeout=30)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.DatabaseError:
        target.unlink(missing_ok=True)  # without it everything is computed anew
