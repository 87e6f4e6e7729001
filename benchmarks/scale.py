"""What does a second worker bring, and what does a killed one cost? Run by hand:
`python benchmarks/scale.py` takes 20,000 chunks and about half an hour, `python benchmarks/scale.py
1000` a few minutes. Close everything else: two workers keep two cores busy.

Five runs of `python -m helpers.scale`: one worker, two workers, two workers of which one is killed
half-way, all three into empty stores; a second run, and a run after one document has changed, both
into the store of the second. After each the store is compared with what the documents make. The
store is PostgreSQL, started by each run. As a reference, plain processes embed some of the chunks
at the same time, without Ray and without a store: more than that these cores do not give.

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

from helpers.data import load_handbook
from helpers.data.files import read_text, text_files
from helpers.embedding import MiniLM
from helpers.scale.filling import SIZE
from helpers.scale.rows import Row, cut, known_ids
from helpers.stores import open_store

CHUNKS = 20_000
PLAIN = 1_000  # chunks that a plain process embeds
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


def main() -> None:
    if sys.argv[1:2] == ["plain"]:
        embed_plainly(Path(sys.argv[2]))
        return
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else CHUNKS
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f} at the beginning")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="scale-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        docs = folder / "docs"
        count = write_corpus(docs, wanted)
        print(f"{count:,} chunks of at most {SIZE} tokens in {len(list(docs.iterdir())):,} files")
        single, double = plain(docs, 1), plain(docs, 2)
        print(f"plain processes, one thread each: one {single:.1f} chunks/s, two {double:.1f}, "
              f"ratio {double / single:.2f}")  # fmt: skip
        one = run(folder, "one", workers=1)
        show("one worker", one)
        two = run(folder, "two", workers=2)
        show("two workers", two)
        print(f"{'ratio of two to one':<26}{one['seconds'] / two['seconds']:>8.2f}")
        killed = run(folder, "killed", workers=2, kill_after=two["seconds"] / 2)
        show("two, one of them killed", killed)
        print(f"{'the kill costs':<26}{killed['seconds'] - two['seconds']:>8.1f} s")
        show("second run", run(folder, "two", workers=2))
        with min(docs.iterdir()).open("a", encoding="utf-8") as file:
            file.write("\nThis page is read again next year.\n")
        show("one document changed", run(folder, "two", workers=2))


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
            text = page.text.replace(f"# {page.title}", f"# {page.title}, edition {edition}", 1)
            (docs / name).write_text(text, encoding="utf-8")
            count += len(rows_of(name, text))


def rows_of(name: str, text: str) -> list[Row]:
    return cut(name, text, size=SIZE, overlap=0, embedder=MiniLM.name)


def plain(docs: Path, processes: int) -> float:
    """Chunks a second of so many processes that embed the same chunks at the same time."""
    command = [sys.executable, __file__, "plain", str(docs)]
    started = [
        subprocess.Popen(command, env=ONE_THREAD, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    seconds = [float(process.communicate()[0]) for process in started]
    return PLAIN * processes / max(seconds)


def embed_plainly(docs: Path) -> None:
    """Print the seconds that it takes to embed the first chunks, a few documents at a time."""
    embedder = MiniLM()
    embedder.embed_query("The model is loaded before the clock starts.")
    files = text_files(docs)
    texts = [row.text for name in files for row in rows_of(name, read_text(files[name]))][:PLAIN]
    began = time.perf_counter()
    for start in range(0, len(texts), 100):
        embedder.embed_documents(texts[start : start + 100])
    print((time.perf_counter() - began) * PLAIN / len(texts))


def run(folder: Path, name: str, *, workers: int, kill_after: float = 0) -> dict[str, float]:
    """Run the command with a store of that name; gives its summary's numbers."""
    store = f"postgresql:embedded?home={folder / name}"
    command = [sys.executable, "-m", "helpers.scale", "--quiet", "--docs", str(folder / "docs"),
               "--store", store, "--workers", str(workers), "--prune"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
    files = text_files(docs)
    wanted = {row.id for name in files for row in rows_of(name, read_text(files[name]))}
    with open_store(store, dimension=MiniLM.dimension) as opened:
        ids, count = known_ids(opened), opened.count()
    if wanted != ids or count != len(ids):
        lost, strange = len(wanted - ids), len(ids - wanted)
        sys.exit(f"{store}: {lost} chunks lost, {strange} strange, {count} in all")


def show(name: str, summary: dict[str, float]) -> None:
    seconds, chunks = summary["seconds"], summary["chunks"]
    done = f"embedded and added {summary['added']:,.0f}, there {summary['already there']:,.0f}"
    print(f"{name:<26}{seconds:>8.1f} s {chunks / seconds:>8.1f} chunks/s   {done}", flush=True)


if __name__ == "__main__":
    main()
