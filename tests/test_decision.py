"""The checklist: it agrees with the cards, the order decides, and it explains itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.data import Signals, load_scenarios
from helpers.decision import CHECKLIST, ENOUGH_EXAMPLES, NAMES, ROUTES, decide

CARDS = load_scenarios()

signals = st.builds(
    Signals,
    knowledge_changes_often=st.booleans(),
    sources_needed=st.booleans(),
    behaviour_wrong_despite_facts=st.booleans(),
    labelled_examples=st.one_of(
        st.integers(0, 5000), st.sampled_from([ENOUGH_EXAMPLES - 1, ENOUGH_EXAMPLES])
    ),
    prompt_tried=st.booleans(),
)


@pytest.mark.parametrize("card", CARDS, ids=[card.id for card in CARDS])
def test_it_agrees_with_the_reference(card):
    assert decide(card.signals).route == card.verdict


def test_every_route_is_taken_by_some_card():
    assert {card.verdict for card in CARDS} == set(ROUTES) == set(NAMES)


@given(signals)
def test_the_first_step_that_holds_decides(found):
    """Stated here once more, without the checklist's own code."""
    decision = decide(found)
    holding = [step for step in CHECKLIST if step.holds(found)]
    assert decision.signal == holding[0].name
    train = (
        found.behaviour_wrong_despite_facts
        and found.prompt_tried
        and found.labelled_examples >= ENOUGH_EXAMPLES
    )
    if found.knowledge_changes_often or found.sources_needed:
        expected = "both" if train else "retrieval"
    elif found.behaviour_wrong_despite_facts and not found.prompt_tried:
        expected = "neither"
    else:
        expected = "fine_tuning" if train else "retrieval"
    assert decision.route == expected


@given(signals)
def test_what_stands_below_the_deciding_signal_changes_nothing_but_both(found):
    """With changing knowledge, no later signal but due training can move the route."""
    changing = found.model_copy(update={"knowledge_changes_often": True})
    assert decide(changing).signal == CHECKLIST[0].name
    assert decide(changing).route in ("retrieval", "both")


def test_the_order_is_as_documented():
    assert [step.name for step in CHECKLIST] == [
        "knowledge changes often",
        "sources needed",
        "prompt not tried",
        "behaviour wrong despite the facts",
        "too few examples",
        "still unsure",
    ]


@given(signals)
def test_it_explains_the_alternatives_and_what_would_change_it(found):
    decision = decide(found)
    assert set(decision.against) == set(ROUTES) - {decision.route}
    assert all(decision.against.values())
    assert len(decision.parts) == (2 if decision.route == "both" else 1)
    assert decision.changes
    assert all(route != decision.route for _, route in decision.changes)
    assert NAMES[decision.route] in str(decision)


def test_what_would_change_it_really_does():
    pharmacy = CARDS[0]
    decision = decide(pharmacy.signals)
    assert decision.changes == [("the behaviour stayed wrong with the facts at hand", "both")]
    turned = pharmacy.signals.model_copy(update={"behaviour_wrong_despite_facts": True})
    assert decide(turned).route == "both"
