"""How many tokens will a job train on, and how long will this machine take?

Services count tokens with tokenizers of their own, and bill each token of a conversation in each
epoch. Here MiniLM's tokenizer counts, so a bill will differ by some percent. What this module
does not do: say a price, or how long a service takes; services say neither beforehand.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from helpers.chat_examples import ChatExample, read_examples
from helpers.offline.tuning.classifier import LONGEST
from helpers.settings import get_settings
from helpers.tokens import count_tokens, encode_for_model

# A training step in units of embedding the same tokens with sentence-transformers. It is hardly
# more than one, because the trainer pads less and leaves two of six layers as they are. Measured
# on the tickets, on two cores.
A_STEP = 1.1
SAMPLE = 96  # texts that are embedded to learn this machine's pace


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will take.

    `tokens` are all tokens of all conversations, once; `billed` counts them for each epoch.
    `read_here` is what the embedded job reads in all epochs, the model's two markers included, and
    `seconds` how long this machine takes for it, if nothing else runs on it. That is a rough
    figure: short texts may take twice as long. It is None where a class shares a provider: there
    it depends on that machine, and on who waits before.
    """

    examples: int
    epochs: int
    tokens: int
    billed: int
    read_here: int
    seconds: float | None

    def __str__(self) -> str:
        where = "in turn with the class"
        if self.seconds is not None:
            where = f"here about {self.seconds:.0f} seconds"
        return (
            f"{self.examples} examples, {self.tokens:,} tokens, {self.billed:,} in "
            f"{self.epochs} epochs; {where}"
        )


def estimate(train: Path, validation: Path | None = None, *, epochs: int = 3) -> Estimate:
    """Count a training file, and time this machine on a sample of it.

    Args:
        train: chat JSONL to learn from.
        validation: chat JSONL that is read after each epoch.
        epochs: how often the examples are seen.

    Raises:
        LineError: a line is broken; `validate_jsonl` says all about it.
        ValueError: the file has no example, or epochs is below 1.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; train for at least 1")
    examples = _read(train)
    if not examples:
        raise ValueError(f"{train.name} has no example to count")
    read = sum(map(_read_here, examples))
    tokens = sum(count_tokens(f"{e.system}\n{e.asked}\n{e.answer}") for e in examples)
    looked_at = sum(map(_read_here, _read(validation))) if validation else 0
    work = epochs * (A_STEP * read + looked_at) + read  # the last for the head's first weights
    seconds = None if get_settings().shared_provider else work / _pace(examples)
    return Estimate(len(examples), epochs, tokens, epochs * tokens, epochs * read, seconds)


def _read(path: Path) -> list[ChatExample]:
    with path.open("rb") as file:
        return list(read_examples(file))


def _read_here(example: ChatExample) -> int:
    return len(encode_for_model(example.asked, LONGEST))


def _pace(examples: list[ChatExample]) -> float:
    """Tokens a second that this machine embeds, by embedding some of the texts."""
    from helpers.embedding.minilm import MiniLM

    model = MiniLM()
    step = max(1, len(examples) // SAMPLE)
    sample = examples[::step][:SAMPLE]
    model.embed_documents([example.asked for example in sample[:4]])  # loads the model
    began = time.perf_counter()
    model.embed_documents([example.asked for example in sample])
    return sum(map(_read_here, sample)) / (time.perf_counter() - began)
