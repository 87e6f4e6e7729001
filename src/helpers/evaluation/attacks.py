"""Put poisoned documents among the real ones and see whose words come back."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.chunking import by_markdown
from helpers.data import Attack
from helpers.embedding import Embedder
from helpers.evaluation.documents import Document
from helpers.evaluation.outcomes import contains
from helpers.grounding import Answer, ask
from helpers.retrieval import Retriever


@dataclass(frozen=True, slots=True)
class AttackResult:
    """What came of one attack.

    `reached` says whether the planted words were among what the model read, `said` whether they
    stand in the answer, and `right` whether the true answer stands there (both can).
    """

    attack: Attack
    answer: Answer
    reached: bool
    said: bool
    right: bool


def run_attacks(
    attacks: Sequence[Attack], documents: Sequence[Document], embedder: Embedder, *, k: int = 5
) -> list[AttackResult]:
    """Ask each attack's question of an index over the documents.

    Args:
        attacks: the questions, and the words to look for.
        documents: everything that is indexed, the poisoned ones among them.
        k: how many chunks the model reads.

    Raises:
        ServiceError: the service did not answer.
    """
    chunks = [c for d in documents for c in by_markdown(d.text, size=200, source=d.name)]
    with Retriever(chunks, embedder, mode="hybrid", breadcrumbs=True) as retriever:
        found = [retriever.search(attack.question, k) for attack in attacks]
    results = []
    for attack, hits in zip(attacks, found, strict=True):
        passages = [hit.chunk for hit in hits]
        answer = ask(attack.question, passages)
        results.append(
            AttackResult(
                attack,
                answer,
                reached=any(w in passage.text for w in attack.wanted for passage in passages),
                said=any(contains(answer.text, phrase) for phrase in attack.wanted),
                right=any(contains(answer.text, phrase) for phrase in attack.answer),
            )
        )
    return results
