"""Serve the embedded provider: `python -m helpers.offline`.

By default on loopback and for whoever is on this machine. `--secret FILE` makes it one for a class:
it may then listen for the network, answers whoever has a token (see `helpers.offline.tokens`), and
keeps each learner's files, jobs and models apart.
"""

import argparse
import ipaddress
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.console import run
from helpers.offline import READER, create_app
from helpers.offline.limits import OF_A_CLASS, Limits
from helpers.settings import get_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MB = 2**20


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.offline", description=__doc__)
    add = parser.add_argument
    add("--listen", default="127.0.0.1:8765", metavar="HOST:PORT", help="port 0 picks a free one")
    add("--home", type=Path, default=get_settings().home, help="where everything is kept")
    add("--secret", type=Path, metavar="FILE", help="of a class; made where it is missing")
    of_each = parser.add_argument_group("limits of each learner, with --secret")
    add = of_each.add_argument
    add("--requests", type=int, default=OF_A_CLASS.requests, help="a minute (%(default)s)")
    add("--jobs", type=int, default=OF_A_CLASS.jobs, help="not finished (%(default)s)")
    add("--stored", type=int, default=(OF_A_CLASS.stored or 0) // MB, metavar="MB",
        help="files and models (%(default)s MB)")  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        host, port = address_of(options.listen)
        app: WSGIApplication
        if options.secret is None:
            if not is_loopback(host):
                raise ValueError(
                    f"{host} is not a loopback address, and whoever reaches the port could use "
                    "this machine; use 127.0.0.1 or ::1, or --secret FILE to ask for tokens"
                )
            app = create_app(options.home)
        else:
            app = _for_a_class(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))

    from cheroot.wsgi import Server

    # Many threads wait for the model most of the time, so slow requests hold nobody else up.
    server = Server((host, port), app, numthreads=64)
    try:
        server.prepare()
    except OSError as error:
        parser.error(f"{options.listen} cannot be listened on ({error})")
    host, port = server.bind_addr[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"{READER} answers on http://{shown}:{port}  (Ctrl+C stops it)", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


def _for_a_class(options: argparse.Namespace) -> "WSGIApplication":
    from helpers.offline.shared import SharedProvider
    from helpers.offline.tokens import read_secret

    for name in ("requests", "jobs", "stored"):
        if getattr(options, name) < 1:
            raise ValueError(f"--{name}: {getattr(options, name)} is less than 1")
    limits = Limits(
        file=OF_A_CLASS.file,
        stored=options.stored * MB,
        jobs=options.jobs,
        requests=options.requests,
    )
    return SharedProvider(options.home, read_secret(options.secret), limits=limits)


def address_of(listen: str) -> tuple[str, int]:
    """Host and port.

    Raises:
        ValueError: one of them is missing, or the port is none.

    >>> address_of("[::1]:8765")
    ('::1', 8765)
    """
    found = re.fullmatch(r"\[(?P<six>[^]]+)]:(?P<a>\d{1,5})|(?P<four>[^:]+):(?P<b>\d{1,5})", listen)
    port = int(found["a"] or found["b"]) if found else -1
    if not found or port > 65_535:
        raise ValueError(f"{listen!r} is no HOST:PORT such as 127.0.0.1:8765 or [::1]:8765")
    return found["six"] or found["four"], port


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(run(main))
