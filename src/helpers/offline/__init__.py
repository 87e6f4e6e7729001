"""The embedded provider: what answers when no key is set.

A web application that speaks the vendors' protocols, so that a lesson's cell with the
vendors' own SDK works unchanged without a key and without a network. It is mounted into the
SDK's HTTP client (see `helpers.clients`), so no port is opened. `python -m helpers.offline`
serves the same application on this machine, for a class or for curl.

It is no language model. Messages are answered by an extractive reader (`reader`): it looks
for the sentence of the given context that fits the question, and says so when there is none.
It calls itself `offline-reader`, whatever model was asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from helpers.offline.limits import Limits
    from helpers.offline.machine import Machine

READER = "offline-reader"


def create_app(
    home: Path,
    *,
    limits: "Limits | None" = None,
    fault: str = "",
    machine: "Machine | None" = None,
) -> "Flask":
    """A WSGI application with the Anthropic and OpenAI endpoints that the lessons use.

    Args:
        home: folder for what the provider keeps; made when needed.
        limits: how much may be sent, kept and asked; by default what a vendor allows.
        fault: what goes wrong with every request that does not ask for a fault itself, such as
            "overloaded; times=1"; see `faults`.
        machine: what this application shares with others in the process; by default nothing.
    """
    from helpers.offline.app import build

    return build(home, limits=limits, fault=fault, machine=machine)
