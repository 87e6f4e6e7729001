"""Every figure is a picture and says in words what it shows."""

from html import escape

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser
from notebook_text import typed

from helpers import plots
from helpers.evaluation import Interval
from helpers.notebook_html import without_mathematics
from helpers.plots.figure import MARKERS, axes_of

FIGURES = {
    "heat map": plots.heat_map(
        np.array([[0.1, 0.9]]), rows=["<money> back"], columns=["a", "refunds"], title="Map"
    ),
    "bars": plots.score_bars([0.9, 0.2], labels=["best", "other"], title="Bars"),
    "scatter": plots.meaning_map(
        np.array([[0.0, 1.0], [1.0, 0.0]]),
        groups=["API", "Billing"],
        query=np.array([0.5, 0.5]),
        nearest=[1],
        title="Points",
    ),
    "curves": plots.curves(
        [0.1, 0.5], {"kept": [1.0, 0.25], "lost": [0, 0.75]}, title="Lines", xlabel="threshold",
        ylabel="share", chosen=0.5,
    ),
    "scaling": plots.scaling(
        [10, 1000], {"a": [0.1, 10.0]}, title="Time", xlabel="vectors", ylabel="ms"
    ),
    "share bars": plots.share_bars(
        [0.2, 0.5], [0.1, 0.4], [0.3, 0.6], labels=["one", "both"], title="Shares",
        xlabel="share", best=1,
    ),
    "grid": plots.outcome_grid(
        [["good", "bad"], ["good", "good"]], rows=["a", "b"], columns=["first", "second"],
        signs={"good": ("+", "#BBDDEE"), "bad": ("-", "#F3B48B")}, title="Grid",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [
    ("heat map", "Highest in each row: <money> back: refunds"),
    ("bars", "Highest: best, 0.90."),
    ("scatter", "near chunks of Billing."),
    ("curves", "kept: from 1.00 to 0.25; lost: from 0.00 to 0.75. A line marks 0.50."),
    ("scaling", "10 to 1,000 vectors. a: from 0.1 to 10"),
    ("share bars", "one: 20% from 10% to 30%; both: 50% from 40% to 60%"),
    ("grid", "first: good 2, bad 0; second: good 1, bad 1"),
])  # fmt: skip
def test_a_figure_is_shown_with_its_words(kind, words):
    figure = FIGURES[kind]
    assert figure.png.startswith(b"\x89PNG")
    assert figure.alt.endswith(words)
    (picture, metadata), (folded, _) = figure.outputs()
    assert picture["text/plain"] == repr(figure)
    assert metadata["image/png"]["alt"] == figure.alt
    words = f"<details><summary>The figure in words</summary>{escape(figure.alt)}</details>"
    assert folded["text/html"] == without_mathematics(words)


MONEY = "Is it $5 or $10? $5% and $6"  # of the two pairs of dollars one is no valid mathematics
ONE, PAIR = [0.5], [MONEY, f"{MONEY} "]
WITH_MONEY = {
    "confusion_matrix": lambda: plots.confusion_matrix(
        np.eye(2, dtype=np.intp), labels=PAIR, title=MONEY
    ),
    "cost_and_recall": lambda: plots.cost_and_recall(
        [90.0, 110.0], [0.1, 0.2], groups=PAIR, labels=PAIR, title=MONEY
    ),
    "curves": lambda: plots.curves(
        [0.1, 0.5], {MONEY: [0.0, 1.0]}, title=MONEY, xlabel=MONEY, ylabel=MONEY, chosen=0.2
    ),
    "heat_map": lambda: plots.heat_map(np.eye(2), rows=PAIR, columns=PAIR, title=MONEY),
    "intervals": lambda: plots.intervals(ONE, ONE, ONE, labels=[MONEY], title=MONEY, xlabel=MONEY),
    "learning_curves": lambda: plots.learning_curves(
        [9, 99], {MONEY: [Interval(0.5, 0.4, 0.6)] * 2}, title=MONEY, ylabel=MONEY
    ),
    "loss_curve": lambda: plots.loss_curve([1, 2], [2.0, 1.0], title=MONEY),
    "meaning_map": lambda: plots.meaning_map(
        np.eye(2), groups=PAIR, query=np.zeros(2), nearest=[0], title=MONEY
    ),
    "outcome_grid": lambda: plots.outcome_grid(
        [[MONEY]], rows=[MONEY], columns=[MONEY], signs={MONEY: ("$x$", "#BBDDEE")}, title=MONEY
    ),
    "scaling": lambda: plots.scaling(
        [10, 99], {MONEY: [0.1, 1.0]}, title=MONEY, xlabel=MONEY, ylabel=MONEY
    ),
    "score_bars": lambda: plots.score_bars(ONE, labels=[MONEY], title=MONEY),
    "share_bars": lambda: plots.share_bars(
        ONE, ONE, ONE, labels=[MONEY], title=MONEY, xlabel=MONEY
    ),
    "stacked_shares": lambda: plots.stacked_shares([[1]], rows=[MONEY], parts=[MONEY], title=MONEY),
}


def test_every_figure_is_tried_with_dollar_signs():
    assert sorted(WITH_MONEY) == sorted(set(plots.__all__) - {"COLOURS", "Figure"})


@pytest.mark.parametrize("name", sorted(WITH_MONEY))
def test_a_dollar_sign_is_money_in_a_figure(name, monkeypatch):
    set_as_mathematics = []
    monkeypatch.setattr(
        MathTextParser,
        "parse",
        lambda _self, text, *_rest, **_named: set_as_mathematics.append(text),
    )
    figure = WITH_MONEY[name]()
    assert set_as_mathematics == []
    assert MONEY in figure.alt
    html = figure.outputs()[1][0]["text/html"]
    assert MONEY in typed(html)


def test_a_figure_that_a_learner_has_drawn_is_drawn_the_same_way():
    figure, axes = axes_of(2, 2)
    axes.set_title("$5% and $6")
    assert plots.Figure(figure, "Prices").png.startswith(b"\x89PNG")


def test_group_names_have_colours_and_shapes_of_their_own():
    assert len(set(plots.COLOURS)) == len(set(MARKERS)) == 8
