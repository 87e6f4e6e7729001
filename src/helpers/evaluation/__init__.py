"""Measure retrieval and answers: pure functions, each with its formula and its source.

`ranking` looks at the order of results, `spans` at the characters that were retrieved,
`intervals` says how sure a figure is, `outcomes` sorts answers, and `runs` puts a retriever
through a set of questions, `ladder` a row of set-ups, `attacks` a set of poisoned documents,
`thresholds` draws the line between answering and refusing, `cases` scores support replies.
`documents` reads your own files, and `python -m helpers.evaluation` measures them.
"""

from helpers.evaluation.attacks import AttackResult, run_attacks
from helpers.evaluation.cases import CaseResult, judge_case, was_retrieved
from helpers.evaluation.documents import Document, load_documents, load_own_questions
from helpers.evaluation.intervals import Interval, bootstrap, paired_difference
from helpers.evaluation.ladder import LADDER, Step, climb, ladder_table, type_table
from helpers.evaluation.outcomes import OUTCOMES, Outcome, judge
from helpers.evaluation.ranking import (
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
)
from helpers.evaluation.runs import Run, evaluate_retrieval
from helpers.evaluation.spans import SpanScores, score_spans
from helpers.evaluation.thresholds import highest_threshold

__all__ = [
    "LADDER",
    "OUTCOMES",
    "AttackResult",
    "CaseResult",
    "Document",
    "Interval",
    "Outcome",
    "Run",
    "SpanScores",
    "Step",
    "bootstrap",
    "climb",
    "evaluate_retrieval",
    "highest_threshold",
    "judge",
    "judge_case",
    "ladder_table",
    "load_documents",
    "load_own_questions",
    "ndcg_at_k",
    "paired_difference",
    "precision_at_k",
    "recall_at_k",
    "reciprocal_rank",
    "run_attacks",
    "score_spans",
    "type_table",
    "was_retrieved",
]
