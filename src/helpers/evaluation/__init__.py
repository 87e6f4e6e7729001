"""Measure retrieval and answers: pure functions, each with its formula and its source.

`ranking` looks at the order of results, `spans` at the characters that were retrieved,
`intervals` says how sure a figure is, `outcomes` sorts answers, and `runs` puts a retriever
through a set of questions. `python -m helpers.evaluation` does the last for your own files.
"""

from helpers.evaluation.intervals import Interval, bootstrap, paired_difference
from helpers.evaluation.outcomes import OUTCOMES, Outcome, judge
from helpers.evaluation.ranking import (
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)
from helpers.evaluation.runs import Run, evaluate_retrieval
from helpers.evaluation.spans import SpanScores, score_spans

__all__ = [
    "OUTCOMES",
    "Interval",
    "Outcome",
    "Run",
    "SpanScores",
    "bootstrap",
    "evaluate_retrieval",
    "judge",
    "ndcg_at_k",
    "paired_difference",
    "precision_at_k",
    "recall_at_k",
    "reciprocal_rank",
    "score_spans",
]
