"""Costs: two sums, worked out with a pencil."""

import pytest

from helpers.costs import MonthlyCosts, Prices, Usage, retrieval_costs, tuning_costs

USAGE = Usage(1000, question=50, context=950, answer=100, changes=2, changed=5000, trained=100_000)


def test_retrieval_pays_for_context_and_embedding():
    costs = retrieval_costs(USAGE, Prices(input=1.0, output=4.0, embedding=0.1))
    assert costs == MonthlyCosts(asking=pytest.approx(1.4), updating=pytest.approx(0.001))
    assert costs.total == pytest.approx(1.401)


def test_tuning_pays_for_training():
    prices = Prices(tuned_input=2.0, tuned_output=8.0, training=10.0)
    assert tuning_costs(USAGE, prices).asking == pytest.approx(0.9)
    assert tuning_costs(USAGE, prices).updating == pytest.approx(2.0)


def test_no_price_is_claimed():
    assert retrieval_costs(USAGE, Prices()).total == tuning_costs(USAGE, Prices()).total == 0


@pytest.mark.parametrize("value", [-1.0, float("nan")])
def test_a_price_below_zero_is_refused(value):
    with pytest.raises(ValueError, match=r"training is .*0 or more"):
        Prices(training=value)
