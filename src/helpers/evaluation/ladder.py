"""A ladder of improvements: each step changes one thing, and every step is measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.chunking import Chunk, by_markdown, by_tokens
from helpers.data import Question
from helpers.embedding import Embedder
from helpers.evaluation.documents import Document
from helpers.evaluation.intervals import bootstrap, paired_difference
from helpers.evaluation.runs import Run, evaluate_retrieval
from helpers.retrieval import Mode, Retriever


@dataclass(frozen=True, slots=True)
class Step:
    """One set-up: how to cut, how to search, and whether headings go in front."""

    name: str
    cut: Callable[..., list[Chunk]]
    mode: Mode = "dense"
    breadcrumbs: bool = False
    size: int = 200


LADDER = (
    Step("every 200 tokens, dense", by_tokens),
    Step("+ cut along the Markdown", by_markdown),
    Step("+ words as well (hybrid)", by_markdown, "hybrid"),
    Step("+ headings in front", by_markdown, "hybrid", breadcrumbs=True),
)


def cut_all(step: Step, documents: Sequence[Document]) -> list[Chunk]:
    """The chunks of all documents, each named after its file."""
    return [
        chunk
        for document in documents
        for chunk in step.cut(document.text, size=step.size, source=document.name)
    ]


def climb(
    documents: Sequence[Document],
    questions: Sequence[Question],
    embedder: Embedder,
    *,
    steps: Sequence[Step] = LADDER,
    k: int = 5,
) -> list[Run]:
    """Measure every step on the same questions.

    Raises:
        ValueError: no question has an answer, or there is nothing to search.
    """
    runs = []
    for step in steps:
        chunks = cut_all(step, documents)
        with Retriever(chunks, embedder, mode=step.mode, breadcrumbs=step.breadcrumbs) as retriever:
            runs.append(evaluate_retrieval(retriever, questions, k=k, name=step.name))
    return runs


def ladder_table(runs: Sequence[Run]) -> str:
    """The runs as text: recall with its interval, the gain over the first run, rank measures."""
    k = runs[0].k
    width = max(len(run.name) for run in runs)
    lines = [
        f"{'set-up':<{width}}  {f'recall@{k}':<19}  {'gain over the first':<25}  {'RR':<4}  nDCG"
    ]
    for run in runs:
        recall = bootstrap(run.scores["recall"])
        gain = paired_difference(run.scores["recall"], runs[0].scores["recall"])
        shown = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        shown = "" if run is runs[0] else shown + (" *" if gain.excludes_zero else "")
        lines.append(
            f"{run.name:<{width}}  {recall!s:<19}  {shown:<25}  "
            f"{run.mean('reciprocal_rank'):.2f}  {run.mean('ndcg'):.2f}"
        )
    lines += [f"{len(runs[0].questions)} questions; * interval excludes zero"]
    return "\n".join([*lines, *filter(None, [chance_note(runs)])])


MUCH = 0.2  # from this recall on, what chance alone gives is worth a word


def chance_note(runs: Sequence[Run]) -> str:
    """What recall says where k is not small beside the number of chunks; empty where it is.

    >>> run = Run("r", 5, [], [], {}, searched=3)
    >>> chance_note([run]).partition(":")[0]
    'There are only 3 chunks and k is 5'
    """
    fewest = min((run.searched for run in runs if run.searched), default=0)
    k = runs[0].k
    if not fewest or k / fewest < MUCH:
        return ""
    so = f"There are only {fewest} chunks and k is {k}"
    if k >= fewest:
        return (
            f"{so}: every search finds all of them, and recall@{k} says nothing.\n"
            "Take more documents, or a smaller k."
        )
    return (
        f"{so}: chunks drawn by lot have a recall of about {k / fewest:.2f}.\n"
        "Read the figures against that, take more documents, or a smaller k."
    )


def type_table(runs: Sequence[Run]) -> str:
    """Recall of each run by type of question, as text."""
    kinds = list(runs[0].by_type("recall"))
    width = max(len(kind) for kind in kinds)
    lines = []
    for kind in kinds:
        scores = [run.by_type("recall")[kind] for run in runs]
        means = "  ".join(f"{sum(s) / len(s):.2f}" for s in scores)
        lines.append(f"{kind:<{width}}  {len(scores[0]):>3}  {means}")
    numbers = "  ".join(f"({number}) " for number in range(1, len(runs) + 1))
    return "\n".join([f"{'type':<{width}}  {'n':>3}  {numbers}".rstrip(), *lines])
