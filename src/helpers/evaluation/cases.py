"""Score a support reply end to end: was it sorted rightly, and are its facts right?"""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.chunking import Chunk
from helpers.data import SupportCase
from helpers.evaluation.outcomes import Outcome, judge
from helpers.evaluation.runs import is_whole


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one support message.

    `category` is what the triage said, `outcome` what came of the fact that was asked for.
    """

    case: SupportCase
    category: str
    outcome: Outcome

    @property
    def category_right(self) -> bool:
        return self.category == self.case.category

    @property
    def fact_right(self) -> bool:
        """The right fact, or the right refusal where the handbook has none."""
        return self.outcome in ("right", "rightly refused")

    @property
    def solved(self) -> bool:
        """Nobody has to touch the message again: it is with the right team, and answered."""
        return self.category_right and self.fact_right


def judge_case(case: SupportCase, *, category: str, text: str, refused: bool) -> CaseResult:
    """The result of one case.

    Args:
        case: the message with its gold category and phrases.
        category: what the triage said.
        text: the answer, without greeting and closing.
        refused: whether it says that it does not know.
    """
    outcome = judge(text, refused=refused, answer=case.answer, all_needed=case.all_needed)
    return CaseResult(case, category, outcome)


def was_retrieved(case: SupportCase, passages: Sequence[Chunk]) -> bool:
    """Whether the answer stands in the passages: any of its places, or all where all are needed.

    `Chunk.source` must be the file's name as it stands in the spans, such as "refunds.md". A case
    without an answer has nothing to retrieve, and gives False.
    """
    whole = [is_whole(span, passages) for span in case.spans]
    return bool(whole) and (all(whole) if case.all_needed else any(whole))
