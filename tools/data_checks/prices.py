"""The price change: how many facts and edits, and that its questions are not copies."""

import numpy as np

from data_checks import Findings
from data_checks.handbook import broken_links
from helpers.data import load_handbook, load_price_change
from helpers.embedding import Embedder


def measure_price_change(findings: Findings, embedder: Embedder) -> None:
    """Counts; the edited handbook has no broken link; no test question is a copy."""
    change = load_price_change()
    pages = load_handbook()
    new = change.applied_to(pages)
    changed = sum(fact.changed for fact in change.facts)
    findings.note("facts of the price change", len(change.facts))
    findings.note(
        "of these changed", changed, holds=changed >= 12, wanted="12 or more, to measure with"
    )
    touched = sum(left.text != right.text for left, right in zip(pages, new, strict=True))
    findings.note("edits and pages of the price change", f"{len(change.edits)}, {touched}")
    train = [question for fact in change.facts for question in fact.train]
    test = [question for fact in change.facts for question in fact.test]
    findings.note("its questions, to train and to test", f"{len(train)}, {len(test)}")
    cosines = embedder.embed_documents(test) @ embedder.embed_documents(train).T
    nearest = float(np.max(cosines))
    findings.note(
        "nearest of a test question to a training question, cosine", f"{nearest:.2f}",
        holds=nearest < 0.95, wanted="below 0.95, or the test is a copy",
    )  # fmt: skip
    findings.problems += [f"after the price change: {problem}" for problem in broken_links(new)]
