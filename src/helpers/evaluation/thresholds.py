"""Where to draw the line between answering and refusing."""

from collections.abc import Sequence

import numpy as np


def highest_threshold(
    scores: Sequence[float], answerable: Sequence[bool], *, most_lost: float
) -> float:
    """The strictest threshold that refuses at most a share of the answerable questions.

    A question is refused when its score is below the threshold. Only scores of answerable
    questions are tried: between two of them nothing changes for anybody who has an answer.

    Args:
        scores: one number a question.
        answerable: whether each has an answer.
        most_lost: share of the answerable ones that may be refused, from 0 to 1.

    Raises:
        ValueError: the lengths differ, no question is answerable, or the share is no share.

    >>> highest_threshold([0.9, 0.8, 0.5, 0.3, 0.6], [True] * 4 + [False], most_lost=0.25)
    0.5
    """
    if len(scores) != len(answerable):
        raise ValueError(
            f"{len(scores)} scores and {len(answerable)} flags; one of each a question"
        )
    if not 0 <= most_lost <= 1:
        raise ValueError(f"most_lost is {most_lost}; it is a share, from 0 to 1")
    good = np.sort(np.asarray(scores, dtype=float)[np.asarray(answerable, dtype=bool)])
    if good.size == 0:
        raise ValueError("no question is answerable; a threshold needs some that are")
    lost = np.array([np.mean(good < threshold) for threshold in good])
    return float(good[lost <= most_lost].max())
