"""Tokens of a class: who asks, without a list of who there is.

    python -m helpers.offline.tokens --secret class.secret --count 40

A token is a learner's id and a signature of it under the class's secret, so a provider checks it,
and a hub makes it, knowing nothing but the secret. A new secret ends all tokens. What this module
does not do: say what a learner may (`limits`, `shared`).
"""

import argparse
import base64
import hashlib
import hmac
import os
import re
import secrets
import sys
from pathlib import Path

# Small letters only: where a file system takes no notice of case, "Anna" and "anna" would share
# a folder.
_LEARNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
INSTRUCTOR = "instructor"  # sees how the class stands, and has files of its own like anybody else


def token_for(secret: str, learner: str) -> str:
    """The token of a learner.

    Args:
        secret: of the class, from `read_secret`.
        learner: an id of small letters, digits, `-` and `_`, at most 40.

    Raises:
        ValueError: it is no such id.

    >>> token_for("a secret of the class", "learner-07")
    'learner-07.jqej-evwz-6byx-j6zk'
    """
    if not _LEARNER.fullmatch(learner):
        raise ValueError(
            f"{learner[:50]!r} is no id of a learner: small letters, digits, - and _, at most 40, "
            "the first a letter or a digit"
        )
    digest = hmac.new(secret.encode(), learner.encode(), hashlib.sha256).digest()
    signature = base64.b32encode(digest[:10]).decode().lower()  # 80 bits
    return f"{learner}." + "-".join(signature[i : i + 4] for i in range(0, 16, 4))


def learner_of(secret: str, token: str) -> str | None:
    """Whose token it is; None if it is nobody's.

    >>> learner_of("a secret of the class", "learner-07.aaaa-aaaa-aaaa-aaaa") is None
    True
    """
    learner = token.partition(".")[0]
    if not _LEARNER.fullmatch(learner):
        return None
    expected = token_for(secret, learner)
    return learner if hmac.compare_digest(expected.encode(), token.encode()) else None


def read_secret(path: Path) -> str:
    """The class's secret; a new one, which only this user can read, where the file is missing.

    Raises:
        ValueError: the file holds too little to be a secret, or is not UTF-8 text.
    """
    if not path.exists():  # else its folder may be read-only, as a cluster mounts it
        _make_secret(path)
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError(
            f"{path} is not UTF-8 text. Save it as UTF-8, or delete it, and a new one is made."
        ) from None
    if len(secret) < 16:
        raise ValueError(
            f"{path}: {len(secret)} characters are no secret, and 16 are the least. Delete the "
            "file, and a new one is made."
        )
    return secret


def _make_secret(path: Path) -> None:
    """Write a new secret in one step, so that nobody ever reads half of it."""
    # Here, because a hub on Kubernetes runs this file without the package.
    from filelock import FileLock

    with FileLock(f"{path}.lock"):  # a hub and a provider may start at the same time
        if path.exists():
            return
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        new.replace(path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.offline.tokens",
        description="Print one line for each learner: an id, and the token that goes into "
        "WORKSHOP_TOKEN. The same secret and id always give the same token.",
    )
    add = parser.add_argument
    add("--secret", type=Path, required=True, metavar="FILE", help="made where it is missing")
    add("--count", type=int, metavar="N", help="for learner-01 to learner-N")
    add("learners", nargs="*", metavar="ID", help="ids of your own choice, or 'instructor'")
    options = parser.parse_args(arguments)
    if options.count is not None and not 1 <= options.count <= 999:
        parser.error(f"--count: {options.count} is not between 1 and 999")
    learners = [f"learner-{n:02d}" for n in range(1, (options.count or 0) + 1)] + options.learners
    if not learners:
        parser.error("say for whom: --count 40, or ids such as learner-41")
    try:
        secret = read_secret(options.secret)
        for learner in learners:
            print(f"{learner}  {token_for(secret, learner)}")
    except (OSError, ValueError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
