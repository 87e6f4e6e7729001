"""How good is the offline reader? Five outcomes with intervals, on the dev and test questions.

Its weights and limits were chosen on the dev questions; the test questions are the figure to
quote. The set-up is the last step of lesson 04's ladder. Run by hand:
`python benchmarks/reader.py`; takes about two minutes from an empty cache.
"""

from helpers.chunking import Chunk
from helpers.data import DATA, Question, load_questions
from helpers.data.questions import Split
from helpers.embedding import load_embedder
from helpers.evaluation import LADDER, Outcome, bootstrap, judge, load_documents
from helpers.evaluation.ladder import cut_all
from helpers.grounding import Answer, ask
from helpers.retrieval import Retriever

ANSWERABLE: tuple[Outcome, ...] = ("right", "wrong", "needlessly refused")
K = 5


def main() -> None:
    embedder = load_embedder()
    step = LADDER[-1]
    chunks = cut_all(step, load_documents(DATA / "handbook"))
    splits: tuple[Split, ...] = ("dev", "test")
    for split in splits:
        questions = load_questions(split=split)
        with Retriever(chunks, embedder, mode=step.mode, breadcrumbs=step.breadcrumbs) as retriever:
            passages = [[hit.chunk for hit in retriever.search(q.question, K)] for q in questions]
        answers = [ask(q.question, p) for q, p in zip(questions, passages, strict=True)]
        outcomes = [outcome(q, a) for q, a in zip(questions, answers, strict=True)]
        print(f"{split}: answered by {answers[0].model}, {K} chunks, {step.name!r}")
        for name in ANSWERABLE:
            show(name, [o == name for o in outcomes if o in ANSWERABLE])
        for kind in ("off_topic", "near_miss"):
            found = [o for q, o in zip(questions, outcomes, strict=True) if q.type == kind]
            show(f"{kind}, refused", [o == "rightly refused" for o in found])
        copied = [
            all(line in whole(p) for line in a.text.splitlines())
            for a, p in zip(answers, passages, strict=True)
            if not a.refused
        ]
        show("answers copied word for word", copied)
        cited = [a.grounded for a in answers if not a.refused]
        show("answers whose every citation is verified", cited)
        print()


def outcome(question: Question, answer: Answer) -> Outcome:
    return judge(
        answer.text,
        refused=answer.refused,
        answer=question.answer,
        all_needed=question.all_needed,
    )


def whole(passages: list[Chunk]) -> str:
    return "\n".join(f"{passage.context}\n{passage.text}" for passage in passages)


def show(name: str, hits: list[bool]) -> None:
    print(f"  {name:<41} {sum(hits):>3} of {len(hits):<3}  {bootstrap([float(h) for h in hits])}")


if __name__ == "__main__":
    main()
