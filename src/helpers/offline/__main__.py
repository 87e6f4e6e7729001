"""Serve the embedded provider on this machine: `python -m helpers.offline`.

Only loopback addresses are served, because whoever reaches the port can use the machine. Then
`ANTHROPIC_BASE_URL=http://127.0.0.1:8765` sends any Anthropic SDK there.
"""

import argparse
import ipaddress
import sys
from pathlib import Path

from helpers.offline import READER, create_app
from helpers.settings import get_settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m helpers.offline", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    parser.add_argument("--home", type=Path, default=get_settings().home)
    options = parser.parse_args(arguments)
    if not is_loopback(options.host):
        parser.error(f"{options.host} is not a loopback address; use 127.0.0.1 or ::1")

    from cheroot.wsgi import Server

    server = Server((options.host, options.port), create_app(options.home), numthreads=8)
    try:
        server.prepare()
    except OSError as error:
        parser.error(f"port {options.port} on {options.host} is not free ({error})")
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


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
