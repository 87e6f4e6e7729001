"""Panels on the checklist: answer its questions, or sort cards and see how it would have."""

from collections.abc import Sequence
from html import escape
from typing import Any

from helpers.data import Scenario, Signals
from helpers.decision import CHECKLIST, NAMES, ROUTES, Decision, decide
from helpers.theme import BAD, GOOD
from helpers.widgets.busy import busy_note, follows

WIDE = {"description_width": "0px"}
UNTOUCHED = "<p>Tick what is true for your problem. The verdict comes with the first answer.</p>"


def decision_panel(start: Signals | None = None) -> Any:
    """Five controls for the signals of a problem, and the verdict of the checklist below.

    Args:
        start: what is set at first. By default nothing is, and no verdict is given before
            something was answered.
    """
    import ipywidgets as widgets

    answered = start is not None
    start = start or Signals(
        knowledge_changes_often=False,
        sources_needed=False,
        behaviour_wrong_despite_facts=False,
        labelled_examples=0,
        prompt_tried=False,
    )
    questions = {
        "knowledge_changes_often": "What the model must know changes often",
        "sources_needed": "Answers must show their source, or pass an audit",
        "behaviour_wrong_despite_facts": "Format, tone or judgement is wrong, facts at hand",
        "prompt_tried": "A careful prompt with examples was tried and measured",
    }
    wide = widgets.Layout(width="95%")
    boxes = {
        name: widgets.Checkbox(
            value=getattr(start, name), description=text, style=WIDE, layout=wide, indent=False
        )
        for name, text in questions.items()
    }
    examples = widgets.BoundedIntText(
        value=start.labelled_examples,
        min=0,
        max=1_000_000,
        step=50,
        description="Clean labelled examples",
        style={"description_width": "170px"},
    )
    nothing = widgets.Button(
        description="nothing of this is true",
        layout=widgets.Layout(width="auto", align_self="flex-start"),
    )
    verdict = widgets.HTML(UNTOUCHED)
    follows(verdict)

    def draw(_: Any = None) -> None:
        answers: dict[str, Any] = {name: box.value for name, box in boxes.items()}
        nothing.layout.display = "none"
        verdict.value = explained(decide(Signals(labelled_examples=examples.value, **answers)))

    for control in (*boxes.values(), examples):
        control.observe(draw, "value")
    nothing.on_click(draw)
    if answered:
        draw()
    return widgets.VBox([*boxes.values(), examples, nothing, busy_note(), verdict])


def scenario_cards(cards: Sequence[Scenario]) -> Any:
    """The cards one after the other: read, choose a cure, see what the checklist says and why.

    Args:
        cards: the cards, in the order in which they are shown.

    Raises:
        ValueError: there is no card.
    """
    import ipywidgets as widgets

    if not cards:
        raise ValueError("no cards to sort; pass what load_scenarios() returns")
    chosen: dict[str, str] = {}
    place = 0
    story = widgets.HTML()
    feedback = widgets.HTML()
    score = widgets.HTML()
    choice = widgets.ToggleButtons(
        options=[(NAMES[route], route) for route in ROUTES],
        value=None,
        description="cure",
        style={"description_width": "40px", "button_width": "190px"},
    )
    before = widgets.Button(description="← previous card")
    after = widgets.Button(description="next card →")

    def draw() -> None:
        card = cards[place]
        story.value = (
            f'<p><b>{place + 1} of {len(cards)} · {escape(card.title)}</b></p><p style="'
            f'max-width:46em;line-height:1.5">{escape(card.story)}</p>'
        )
        before.disabled, after.disabled = place == 0, place == len(cards) - 1
        picked = chosen.get(card.id)
        feedback.value = judged(card, picked) if picked else ""
        right = sum(chosen.get(known.id) == known.verdict for known in cards)
        score.value = f"{len(chosen)} of {len(cards)} cards sorted, {right} as the reference does"

    def choose(change: Any) -> None:
        if change["new"] is not None:
            chosen[cards[place].id] = change["new"]
            draw()

    def turn(by: int) -> None:
        nonlocal place
        place += by
        choice.value = chosen.get(cards[place].id)
        draw()

    choice.observe(choose, "value")
    before.on_click(lambda _: turn(-1))
    after.on_click(lambda _: turn(1))
    draw()
    follows(story, feedback, score)
    buttons = widgets.HBox([before, after])
    return widgets.VBox([story, choice, busy_note(), feedback, buttons, score])


def judged(card: Scenario, picked: str) -> str:
    """What is shown after a choice: right or not, the reasons on the card, and the checklist's."""
    if picked == card.verdict:
        head = f'<p style="color:{GOOD}"><b>✓ {escape(NAMES[card.verdict])}</b></p>'
    else:
        says = escape(NAMES[card.verdict])
        head = f'<p style="color:{BAD}"><b>✗ The reference says {says}</b></p>'
    why = f'<p style="max-width:46em;line-height:1.5">{escape(card.why)}</p>'
    more = explained(decide(card.signals))
    return f"{head}{why}<details><summary>What the checklist says</summary>{more}</details>"


def explained(decision: Decision) -> str:
    """A decision as HTML: the route, the deciding step in its list, and the reasons."""
    steps = "".join(
        f"<li>{'<b>' if step.name == decision.signal else ''}{escape(step.question)}"
        f"{' ← decides</b>' if step.name == decision.signal else ''}</li>"
        for step in CHECKLIST
    )
    parts = "".join(
        f"<li>{escape(part)} is for {escape(purpose)}</li>"
        for part, purpose in decision.parts.items()
    )
    against = "".join(
        f"<li>not {escape(names)}: {escape(why)}</li>" for names, why in decision.refusals()
    )
    changes = "".join(
        f"<li>{escape(NAMES[route])}, if {escape(what)}</li>" for what, route in decision.changes
    )
    return (
        f'<div role="status" style="max-width:46em;line-height:1.5">'
        f"<p><b>→ {escape(NAMES[decision.route])}</b>. {escape(decision.reason)}</p>"
        f"<ul>{parts}</ul><ol>{steps}</ol><ul>{against}</ul>"
        f"<p>The verdict would become</p><ul>{changes}</ul></div>"
    )
