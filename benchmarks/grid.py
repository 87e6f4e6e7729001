"""What the grid of lesson 02 costs, and how close its embedding comes to the plain library.

Prints, from one run with an empty cache: the time of the whole grid (4 strategies, 3 sizes, 2
overlaps), the share of it that is not embedding, the time of a second run with a full cache, and
our embedding of the same texts against one plain `SentenceTransformer.encode` over all of them,
both measured side by side (above 1: ours is faster).
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sentence_transformers import SentenceTransformer

from helpers.chunking import by_markdown, by_sentences, by_tokens, recursively
from helpers.data import load_handbook, load_questions
from helpers.embedding import CachedEmbedder, MiniLM, Vectors
from helpers.evaluation import evaluate_retrieval
from helpers.model_files import model_folder
from helpers.retrieval import Retriever

STRATEGIES = (by_tokens, by_sentences, recursively, by_markdown)
SIZES = (100, 200, 400)


class Timed(MiniLM):
    """The model, with the seconds that it took."""

    seconds = 0.0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        start = time.perf_counter()
        vectors = super().embed_documents(texts)
        self.seconds += time.perf_counter() - start
        return vectors


def run_grid(embedder: CachedEmbedder) -> tuple[float, list[str]]:
    """Seconds for all cells, and the texts that were embedded."""
    pages, questions = load_handbook(), load_questions(split="dev")
    texts: dict[str, None] = {}
    start = time.perf_counter()
    for strategy in STRATEGIES:
        for size in SIZES:
            for overlap in (0, size // 5):
                chunks = [
                    chunk
                    for page in pages
                    for chunk in strategy(
                        page.text, size=size, overlap=overlap, source=f"{page.name}.md"
                    )
                ]
                with Retriever(chunks, embedder) as retriever:
                    evaluate_retrieval(retriever, questions)
                texts.update((chunk.text, None) for chunk in chunks)
    return time.perf_counter() - start, list(texts)


def main() -> None:
    model = Timed()
    model.embed_documents(["warm up"])
    model.seconds = 0.0
    with tempfile.TemporaryDirectory() as home:
        cached = CachedEmbedder(model, Path(home) / "embeddings.sqlite")
        cold, texts = run_grid(cached)
        embedding = model.seconds
        warm, _ = run_grid(cached)
        print(f"grid, cold {cold:.1f} s, of which not embedding {cold - embedding:.1f} s "
              f"({(cold - embedding) / cold:.1%}); warm {warm:.1f} s")  # fmt: skip

        sample = texts[::4]
        plain = SentenceTransformer(str(model_folder()))
        plain.encode(["warm up"])
        ours = CachedEmbedder(MiniLM(), Path(home) / "again.sqlite")
        ours.embed_documents(["warm up"])
        start = time.perf_counter()
        plain.encode(sample, normalize_embeddings=True, show_progress_bar=False)
        theirs = time.perf_counter() - start
        start = time.perf_counter()
        ours.embed_documents(sample)
        mine = time.perf_counter() - start
        print(f"{len(sample)} texts: plain encode {theirs:.1f} s, ours cached {mine:.1f} s: "
              f"{theirs / mine:.2f} ×")  # fmt: skip


if __name__ == "__main__":
    main()
