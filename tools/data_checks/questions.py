"""Questions and support cases: counts, splits, answers that are absent, and plain recall."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from data_checks import Findings, in_words
from helpers.chunking import by_tokens
from helpers.data import Question, load_handbook, load_questions, load_support_cases
from helpers.embedding import Embedder
from helpers.evaluation import evaluate_retrieval
from helpers.retrieval import Retriever

ANSWERABLE = ("lookup", "table", "identifier", "paraphrase", "two_page", "outdated")
AT_LEAST = {"off_topic": 25, "near_miss": 30}


def measure_questions(findings: Findings, embedder: Embedder) -> None:
    """Counts, leakage, unanswerable questions, and the plainest retrieval."""
    questions = load_questions()
    kinds: Counter[str] = Counter(question.type for question in questions)
    findings.note("questions", len(questions), holds=len(questions) >= 200, wanted="at least 200")
    findings.note("questions by type", in_words(kinds))
    for kind, least in AT_LEAST.items():
        if kinds[kind] < least:
            findings.problems.append(f"questions of type {kind}: {kinds[kind]}, wanted {least}")
    splits = Counter(question.split for question in questions)
    findings.note(
        "questions by split", in_words(splits), holds=len(splits) == 2, wanted="dev and test"
    )

    handbook = load_handbook()
    whole = "\n".join(page.text for page in handbook if not page.superseded_by).lower()
    for question in questions:
        findings.problems += answered_after_all(question.id, question.absent, whole)
        if question.type == "near_miss" and not question.absent:
            findings.problems.append(
                f"{question.id}: a near miss names the words that would answer it"
            )
    for page in handbook:
        if page.superseded_by:
            uses = [q.id for q in questions if any(s.file == f"{page.name}.md" for s in q.spans)]
            findings.problems += [f"{name}: its answer stands on an outdated page" for name in uses]

    vectors = embedder.embed_documents([question.question for question in questions])
    dev = np.array([question.split == "dev" for question in questions])
    closest = float((vectors[dev] @ vectors[~dev].T).max())
    leak = "below 0.95"
    findings.note(
        "closest dev and test question, cosine", f"{closest:.2f}", holds=closest < 0.95, wanted=leak
    )

    recall = plain_recall([q for q in questions if q.split == "dev" and q.answerable], embedder)
    total = float(np.mean([value for values in recall.values() for value in values]))
    findings.note(
        "recall@5 of the plainest set-up, dev",
        f"{total:.2f}",
        holds=0.55 <= total <= 0.90,
        wanted="0.55 to 0.90",
    )
    by_kind = {kind: f"{np.mean(recall[kind]):.2f}" for kind in ANSWERABLE}
    findings.note("the same by type", in_words(by_kind))


def answered_after_all(name: str, absent: Iterable[str], handbook: str) -> list[str]:
    """Words that an answer would need and that stand in the handbook after all."""
    return [
        f"{name}: {word!r} stands in the handbook; is the question still unanswerable?"
        for word in absent
        if re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", handbook)
    ]


def plain_recall(questions: list[Question], embedder: Embedder) -> dict[str, list[float]]:
    """Recall by type of the plainest set-up: chunks of 200 tokens, MiniLM, the best five."""
    chunks = [
        chunk
        for page in load_handbook()
        for chunk in by_tokens(page.text, size=200, source=f"{page.name}.md")
    ]
    with Retriever(chunks, embedder) as retriever:
        return evaluate_retrieval(retriever, questions).by_type("recall")


def measure_cases(findings: Findings) -> None:
    """Counts and unanswerable cases."""
    cases = load_support_cases()
    findings.note("support cases", len(cases), holds=len(cases) >= 90, wanted="at least 90")
    findings.note("support cases by category", in_words(Counter(case.category for case in cases)))
    findings.note("support cases without an answer", sum(not case.answerable for case in cases))
    whole = "\n".join(page.text for page in load_handbook() if not page.superseded_by).lower()
    for case in cases:
        findings.problems += answered_after_all(case.id, case.absent, whole)
