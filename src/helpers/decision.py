"""Retrieve, train, both, or neither? The checklist of the course, as data and one function.

The questions are asked in order, and the first strong signal decides. What this module does not
do: weigh signals against each other. A weighted sum can be argued into any verdict; a list that
is read from the top can be checked by everybody in the room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from helpers.data import Signals
from helpers.data.scenarios import Verdict

ENOUGH_EXAMPLES = 300  # clean labelled examples; lesson 05 measures what fewer are worth

ROUTES: tuple[Verdict, ...] = ("retrieval", "fine_tuning", "both", "neither")
NAMES: dict[Verdict, str] = {
    "retrieval": "retrieval",
    "fine_tuning": "fine-tuning",
    "both": "both",
    "neither": "neither (a better prompt)",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the checklist: when it is a strong signal, and for what."""

    name: str
    question: str
    holds: Callable[[Signals], bool]
    route: Verdict
    reason: str


def _train(signals: Signals) -> bool:
    """Whether training is due: wrong with the facts at hand, prompting failed, and examples."""
    return (
        signals.behaviour_wrong_despite_facts
        and signals.prompt_tried
        and signals.labelled_examples >= ENOUGH_EXAMPLES
    )


CHECKLIST: tuple[Step, ...] = (
    Step(
        "knowledge changes often",
        "Does what the model must know change often?",
        lambda signals: signals.knowledge_changes_often,
        "retrieval",
        "What changes must be looked up at the moment of the question; "
        "weights know the day they were trained.",
    ),
    Step(
        "sources needed",
        "Must an answer show where it comes from, or pass an audit?",
        lambda signals: signals.sources_needed,
        "retrieval",
        "Only text that was looked up can be cited and checked; weights name no source.",
    ),
    Step(
        "prompt not tried",
        "Is behaviour wrong although the facts are there, and was no careful prompt tried?",
        lambda signals: signals.behaviour_wrong_despite_facts and not signals.prompt_tried,
        "neither",
        "Nobody has told the model yet what is wanted. "
        "Say it, show three examples, and measure again: an afternoon, no training.",
    ),
    Step(
        "behaviour wrong despite the facts",
        "Do format, tone or judgement stay wrong although the facts are there, "
        f"and are there {ENOUGH_EXAMPLES} clean examples of right?",
        _train,
        "fine_tuning",
        "Behaviour that no prompt corrects is learned from examples, and the examples are there.",
    ),
    Step(
        "too few examples",
        f"Are there fewer than {ENOUGH_EXAMPLES} clean labelled examples?",
        lambda signals: signals.labelled_examples < ENOUGH_EXAMPLES,
        "retrieval",
        "There is not enough to train on. Begin with retrieval, which needs no labels, "
        "and collect examples while it runs.",
    ),
    Step(
        "still unsure",
        "Is it still unclear?",
        lambda signals: True,
        "retrieval",
        "Retrieval is quicker to build, to check and to take back.",
    ),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """A route and how it came about.

    Attributes:
        route: `retrieval`, `fine_tuning`, `both` or `neither`.
        signal: name of the step of the checklist that decided.
        reason: why that signal leads there.
        parts: what each part is for; two entries for `both`, else one.
        against: for each route not taken, why not.
        changes: what would change the verdict, as (what would be true, the route then): single
            facts where one is enough, otherwise the smallest combinations.
    """

    route: Verdict
    signal: str
    reason: str
    parts: dict[str, str]
    against: dict[Verdict, str]
    changes: list[tuple[str, Verdict]]

    def refusals(self) -> list[tuple[str, str]]:
        """Names of the routes not taken, those with the same reason together, and the reason."""
        grouped: dict[str, list[str]] = {}
        for route, why in self.against.items():
            grouped.setdefault(why, []).append(NAMES[route])
        return [(" or ".join(names), why) for why, names in grouped.items()]

    def __str__(self) -> str:
        lines = [f"{NAMES[self.route]}, because of: {self.signal}", f"  {self.reason}"]
        if len(self.parts) > 1:
            lines += [f"  {part} is for {purpose}" for part, purpose in self.parts.items()]
        lines += [f"  not {names}: {why}" for names, why in self.refusals()]
        lines += [f"  would become {NAMES[route]} if {what}" for what, route in self.changes]
        return "\n".join(lines)


def decide(signals: Signals) -> Decision:
    """Read the checklist from the top; the first step that holds decides.

    One addition: when the route is retrieval because knowledge changes or sources are needed, and
    training is due as well, the answer is *both*, as these are two faults and not one.

    Args:
        signals: what is known about the problem.

    >>> decide(Signals(knowledge_changes_often=True, sources_needed=False,
    ...     behaviour_wrong_despite_facts=False, labelled_examples=2400, prompt_tried=True)).route
    'retrieval'
    """
    route, step = _route(signals)
    return Decision(
        route=route,
        signal=step.name,
        reason=step.reason,
        parts=_parts(route),
        against={other: _against(other, signals) for other in ROUTES if other != route},
        changes=_changes(signals, route),
    )


def _route(signals: Signals) -> tuple[Verdict, Step]:
    step = next(step for step in CHECKLIST if step.holds(signals))
    facts_needed = signals.knowledge_changes_often or signals.sources_needed
    return ("both" if facts_needed and _train(signals) else step.route), step


def _parts(route: Verdict) -> dict[str, str]:
    purposes = {
        "retrieval": "the facts: they are read at the moment of the question",
        "fine-tuning": "the behaviour: judgement, tone and form",
        "a better prompt": "saying what is wanted, with examples, before anything is built",
    }
    needed = {
        "retrieval": ["retrieval"],
        "fine_tuning": ["fine-tuning"],
        "both": ["retrieval", "fine-tuning"],
        "neither": ["a better prompt"],
    }
    return {name: purposes[name] for name in needed[route]}


def _against(route: Verdict, signals: Signals) -> str:
    """Why a route is not taken: the first thing that it lacks."""
    facts_needed = signals.knowledge_changes_often or signals.sources_needed
    if route == "neither":
        if facts_needed:
            return "no wording makes up for facts that are not there"
        if not signals.behaviour_wrong_despite_facts:
            return "the behaviour is right already; what is missing is knowledge"
        return "a careful prompt was tried, and the behaviour stayed wrong"
    if route == "retrieval":  # only asked when training or a prompt is due
        if facts_needed:
            return "it brings the facts, and the behaviour stays wrong"
        return "the facts are there already; fetching them again changes nothing"
    missing = _training_lacks(signals)
    if missing:
        return missing
    if route == "both":
        return "nothing changes and nobody asks for sources, so there is nothing to look up"
    return "trained facts grow old and name no source"


def _training_lacks(signals: Signals) -> str:
    if not signals.behaviour_wrong_despite_facts:
        return "format, tone and judgement are not the problem, so training has nothing to correct"
    if not signals.prompt_tried:
        return "a careful prompt comes first; it may end the matter"
    if signals.labelled_examples < ENOUGH_EXAMPLES:
        have = signals.labelled_examples
        return f"{have} clean examples are too few; training wants {ENOUGH_EXAMPLES} or more"
    return ""


def _changes(signals: Signals, route: Verdict) -> list[tuple[str, Verdict]]:
    """Turn one signal at a time, and where none is enough two or three, and note the new route."""
    enough = signals.labelled_examples >= ENOUGH_EXAMPLES
    turns: list[tuple[str, dict[str, object]]] = [
        (
            "the knowledge stopped changing"
            if signals.knowledge_changes_often
            else "the knowledge began to change often",
            {"knowledge_changes_often": not signals.knowledge_changes_often},
        ),
        (
            "nobody needed sources any more" if signals.sources_needed else "sources were needed",
            {"sources_needed": not signals.sources_needed},
        ),
        (
            "the behaviour were right once the facts are there"
            if signals.behaviour_wrong_despite_facts
            else "the behaviour stayed wrong with the facts at hand",
            {"behaviour_wrong_despite_facts": not signals.behaviour_wrong_despite_facts},
        ),
        (
            f"there were fewer than {ENOUGH_EXAMPLES} clean examples"
            if enough
            else f"there were {ENOUGH_EXAMPLES} clean examples",
            {"labelled_examples": 0 if enough else ENOUGH_EXAMPLES},
        ),
        (
            "no careful prompt had been tried"
            if signals.prompt_tried
            else "a careful prompt had been tried and failed",
            {"prompt_tried": not signals.prompt_tried},
        ),
    ]
    for together in (1, 2, 3):
        changed = [
            (
                " and ".join(what for what, _ in some),
                _route(
                    signals.model_copy(update={k: v for _, turn in some for k, v in turn.items()})
                )[0],
            )
            for some in combinations(turns, together)
        ]
        if found := [(what, other) for what, other in changed if other != route]:
            return found
    return []
