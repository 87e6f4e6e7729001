"""Our chunking against what you would pick instead: `make bench`.

1 MB of Markdown, the handbook's pages repeated, in chunks of 200 tokens with an overlap of 20.
Every contender counts with the same model's tokens, and they take turns so that a slow moment of
the machine hits all alike. Printed are medians in seconds and, which is what counts, ratios to
ours measured in the same run (above 1: ours is faster).

What is compared is not the same work throughout. LangChain's character splitters measure each
piece by itself with a callback, and leave out the white space between chunks; its token splitter
returns the tokens decoded (lower case, without the original spacing). Ours read the text once and
return exact slices. All must keep to the size, or the benchmark says by how much they do not.
"""

import logging
import platform
import random
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from langchain_text_splitters import (
    CharacterTextSplitter,
    RecursiveCharacterTextSplitter,
    SentenceTransformersTokenTextSplitter,
)
from transformers import AutoTokenizer

from helpers.chunking import by_tokens, recursively
from helpers.model_files import model_folder
from helpers.tokens import count_tokens

HANDBOOK = Path(__file__).resolve().parent.parent / "data" / "handbook"
CHARACTERS, SIZE, OVERLAP, ROUNDS = 1_000_000, 200, 20, 5

Splitter = Callable[[str], list[str]]


def handbook(length: int) -> str:
    """The pages one after another, as often as it takes."""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted(HANDBOOK.glob("*.md")))
    return (pages * (length // len(pages) + 1))[:length]


def contenders() -> dict[str, dict[str, Splitter]]:
    """By comparison; ours comes first."""
    # "Sequence length is longer than the specified maximum" is of no account: nothing is embedded.
    logging.getLogger("transformers.tokenization_utils_base").setLevel(logging.ERROR)
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    words = CharacterTextSplitter.from_huggingface_tokenizer(
        tokenizer, separator=" ", chunk_size=SIZE, chunk_overlap=OVERLAP
    )
    tokens = SentenceTransformersTokenTextSplitter(
        model_name=str(model_folder()), tokens_per_chunk=SIZE, chunk_overlap=OVERLAP
    )
    recursive = RecursiveCharacterTextSplitter.from_huggingface_tokenizer(
        tokenizer, chunk_size=SIZE, chunk_overlap=OVERLAP
    )
    return {
        "between words": {
            "ours: by_tokens": lambda text: [
                chunk.text for chunk in by_tokens(text, size=SIZE, overlap=OVERLAP)
            ],
            "SentenceTransformersTokenTextSplitter": tokens.split_text,
            "CharacterTextSplitter, Hugging Face": words.split_text,
        },
        "between paragraphs, lines, words": {
            "ours: recursively": lambda text: [
                chunk.text for chunk in recursively(text, size=SIZE, overlap=OVERLAP)
            ],
            "RecursiveCharacterTextSplitter, HF": recursive.split_text,
        },
    }


def measure(
    splitters: dict[str, Splitter], text: str
) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Median seconds and the chunks, by contender. A first round with less text does not count."""
    times: dict[str, list[float]] = {name: [] for name in splitters}
    found: dict[str, list[str]] = {}
    order = random.Random(0)
    for split in splitters.values():
        split(text[:20_000])
    for _ in range(ROUNDS):
        for name in order.sample(list(splitters), len(splitters)):
            start = time.perf_counter()
            found[name] = splitters[name](text)
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}, found


def main() -> None:
    text = handbook(CHARACTERS)
    print(
        f"{platform.machine()}, langchain-text-splitters {version('langchain-text-splitters')}, "
        f"transformers {version('transformers')}, {len(text):,} characters, size {SIZE}, "
        f"overlap {OVERLAP}, {ROUNDS} rounds"
    )
    for title, splitters in contenders().items():
        medians, found = measure(splitters, text)
        ours = next(iter(medians.values()))
        print(f"\n{title}")
        for name, median in medians.items():
            longest = max(count_tokens(chunk) for chunk in found[name])
            print(
                f"  {name:<38} {median:7.2f} s   {median / ours:5.2f} ×   "
                f"{len(found[name]):5,} chunks, the longest has {longest} tokens"
            )


if __name__ == "__main__":
    main()
