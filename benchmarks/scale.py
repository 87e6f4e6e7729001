"""What does a second worker bring, and what does a killed one cost? Run by hand:
`python benchmarks/scale.py` takes 20,000 chunks and most of an hour; `python benchmarks/scale.py
1000` a few minutes. Close everything else: two workers keep two cores busy.

Five runs of `python -m helpers.scale`: one worker, two workers, two workers of which one is killed
half-way, all three into empty stores and without any vector in the cache; a second run, and a run
after one document has changed, both into the store of the second. After each the store is
compared with what the documents make. The store is a Qdrant folder.

The corpus is not a real one: it is the handbook again and again, each time with another edition's
number in the titles of its pages. A title stands in front of each of its page's chunks when it is
embedded, so no two texts are the same, though they are alike.
"""

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from helpers.data import Page, load_handbook
from helpers.embedding import MiniLM
from helpers.scale.documents import document_names, read_document
from helpers.scale.filling import SIZE
from helpers.scale.inventory import inventory_of
from helpers.scale.rows import Row, cut
from helpers.stores import open_store

CHUNKS = 20_000


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CHUNKS
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f} at the beginning")  # fmt: skip
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        docs = folder / "docs"
        count = write_corpus(docs, wanted)
        print(f"{count:,} chunks of at most {SIZE} tokens in {len(list(docs.iterdir())):,} files")
        one = run(folder, "one", workers=1)
        show("one worker", one, count)
        two = run(folder, "two", workers=2)
        show("two workers", two, count)
        print(f"{'ratio':<28}{one['seconds'] / two['seconds']:>8.2f}")
        killed = run(folder, "killed", workers=2, kill_after=two["seconds"] / 2)
        show("two, one of them killed", killed, count)
        print(f"{'the kill costs':<28}{killed['seconds'] - two['seconds']:>8.1f} s")
        show("second run", run(folder, "two", workers=2), count)
        change(docs)
        show("after a changed document", run(folder, "two", workers=2), count)


def write_corpus(docs: Path, wanted: int) -> int:
    """Write pages, edition by edition, until they make that many chunks; gives how many."""
    docs.mkdir()
    count = edition = 0
    while True:
        edition += 1
        for page in load_handbook():
            if count >= wanted:
                return count
            name = f"{page.name}-{edition}.md"
            text = numbered(page, edition)
            (docs / name).write_text(text, encoding="utf-8")
            count += len(rows_of(name, text))


def numbered(page: Page, edition: int) -> str:
    return page.text.replace(f"# {page.title}", f"# {page.title}, edition {edition}", 1)


def change(docs: Path) -> None:
    """Write a new sentence at the end of the first document."""
    path = min(docs.iterdir())
    with path.open("a", encoding="utf-8") as file:
        file.write("\nThis page is read again next year.\n")


def rows_of(name: str, text: str) -> list[Row]:
    return cut(name, text, size=SIZE, overlap=0, embedder=MiniLM.name)


def run(folder: Path, name: str, *, workers: int, kill_after: float = 0) -> dict[str, float]:
    """Run the command with a home and a store of that name; gives its summary's numbers."""
    store = f"qdrant:{folder / name}"
    command = [sys.executable, "-m", "helpers.scale", "--quiet", "--docs", str(folder / "docs"),
               "--store", store, "--workers", str(workers), "--prune"]  # fmt: skip
    environment = os.environ | {"WORKSHOP_HOME": str(folder / f"home-{name}")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    if kill_after:
        time.sleep(kill_after)
        kill_a_worker(process.pid)
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    compare(folder / "docs", store)
    return {
        found[1]: float(found[2].replace(",", ""))
        for found in re.finditer(r"^([a-z ]+?) +([\d.,]+)", output, re.M)
    }


def kill_a_worker(driver: int) -> None:
    """End one of the processes that embed, without warning."""
    for process in psutil.Process(driver).children(recursive=True):
        if "MapWorker" in "".join(process.cmdline()):
            process.kill()
            return
    sys.exit("no worker was found to kill")


def compare(docs: Path, store: str) -> None:
    """Stop unless the store holds what the documents make, and nothing else."""
    names, _ = document_names(docs)
    wanted = {row.id for name in names for row in rows_of(name, read_document(docs, name))}
    with open_store(store, dimension=MiniLM.dimension) as opened:
        ids = [key.decode() for key in inventory_of(opened).ids.tolist()]
        count = opened.count()
    if sorted(wanted) != ids or count != len(ids):
        lost, strange = len(wanted - set(ids)), len(set(ids) - wanted)
        sys.exit(f"{store}: {lost} chunks lost, {strange} strange, {count} in all")


def show(name: str, summary: dict[str, float], count: int) -> None:
    seconds = summary["seconds"]
    print(f"{name:<28}{seconds:>8.1f} s {count / seconds:>8.1f} chunks/s   embedded "
          f"{summary['embedded']:,.0f}, added {summary['added']:,.0f}, there "
          f"{summary['already there']:,.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
