"""Five things that can come of a question, by whether it has an answer and what was said."""

import re
from collections.abc import Sequence
from typing import Literal, get_args

Outcome = Literal["right", "wrong", "rightly refused", "needlessly refused", "invented"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def judge(text: str, *, refused: bool, answer: Sequence[str], all_needed: bool = False) -> Outcome:
    """What came of one question.

    With an answer to give: `right` when the text contains a phrase of it (each phrase with
    `all_needed`), `needlessly refused`, or `wrong`. Without one: `rightly refused`, or
    `invented`. Phrases are compared without case, Markdown marks and line breaks, and "€24" is
    not found in "€240".

    >>> judge("They take 5 business days.", refused=False, answer=["5 business days"])
    'right'
    >>> judge("They take 15 business days.", refused=False, answer=["5 business days"])
    'wrong'
    """
    if not answer:
        return "rightly refused" if refused else "invented"
    if refused:
        return "needlessly refused"
    said = [contains(text, phrase) for phrase in answer]
    return "right" if (all(said) if all_needed else any(said)) else "wrong"


def contains(text: str, phrase: str) -> bool:
    """Whether the phrase stands in the text, as `judge` compares them.

    >>> contains("It costs **€24** a month.", "€24"), contains("It costs €240.", "€24")
    (True, False)
    """
    pattern = re.escape(_plain(phrase))
    return re.search(rf"(?<!\w)(?<!\d[.,]){pattern}(?!\w|[.,]\d)", _plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*`_]", "", text.lower()).split())
