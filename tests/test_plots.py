"""Every figure is a picture and says in words what it shows."""

from html import escape

import numpy as np
import pytest

from helpers import plots
from helpers.plots.figure import MARKERS

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
    assert (
        folded["text/html"]
        == f"<details><summary>The figure in words</summary>{escape(figure.alt)}</details>"
    )


def test_group_names_have_colours_and_shapes_of_their_own():
    assert len(set(plots.COLOURS)) == len(set(MARKERS)) == 8
