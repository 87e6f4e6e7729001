"""Fill a store from a folder: `python -m helpers.scale --docs FOLDER --store URL`.

Prints a summary. Ends with 0, or with 1 when something failed or files were set aside; these are
named, and all others are in the store.
"""

import argparse
import sys
from pathlib import Path

from helpers.console import run
from helpers.embedding import MiniLM
from helpers.model_files import ModelFilesError
from helpers.scale.cluster import ScaleError
from helpers.scale.filling import SIZE, fill
from helpers.settings import get_settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.scale",
        description="Cut the documents of a folder, embed the chunks and add them to a store. "
        "Run it again after a change, or after it was stopped: it does what is left.",
    )
    add = parser.add_argument
    add("--docs", type=Path, required=True, metavar="FOLDER", help="holds .md and .txt files")
    add("--store", required=True, metavar="URL", help="such as postgresql:embedded")
    add("--size", type=int, default=SIZE, help="most tokens in a chunk (%(default)s)")
    add("--overlap", type=int, default=0, help="tokens repeated in the next chunk (%(default)s)")
    add("--workers", type=int, default=2, help="processes that embed (%(default)s); 0 needs no Ray")
    add("--address", help="of a Ray cluster that runs; without it one is started here")
    add("--prune", action="store_true", help="delete chunks that no document here has any more")
    add("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    try:
        if get_settings().embedder != MiniLM.name:
            raise ScaleError(
                f"WORKSHOP_EMBEDDER is {get_settings().embedder!r}, and the workers run "
                f"{MiniLM.name!r} only; unset it for this command, and for what searches the store."
            )
        summary = fill(
            options.docs,
            options.store,
            size=options.size,
            overlap=options.overlap,
            workers=options.workers,
            address=options.address,
            prune=options.prune,
            progress=not options.quiet,
        )
    except (ValueError, ModelFilesError) as error:
        print(f"helpers.scale: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("helpers.scale: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    print(summary)
    for problem in summary.problems:
        print(f"set aside: {problem}", file=sys.stderr)
    return int(bool(summary.problems))


if __name__ == "__main__":
    sys.exit(run(main))
