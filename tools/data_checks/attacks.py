"""The poisoned documents: how many, of which kinds, and that truth and lie can be told apart."""

from collections import Counter

from data_checks import Findings, in_words
from helpers.data import Attack, load_attacks, load_handbook
from helpers.evaluation.outcomes import contains


def measure_attacks(findings: Findings) -> None:
    """Counts; what is planted stands on no current page, and what is true does."""
    attacks = load_attacks()
    findings.note(
        "attacks", len(attacks), holds=len(attacks) >= 12, wanted="at least 12 poisoned documents"
    )
    findings.note("attacks by kind", in_words(Counter(attack.kind for attack in attacks)))
    places = Counter(attack.source.partition("/")[0] for attack in attacks)
    findings.note("attacks by the place they come from", in_words(places))
    current = [page.text for page in load_handbook() if not page.superseded_by]
    findings.problems += mistaken(attacks, current)


def mistaken(attacks: list[Attack], pages: list[str]) -> list[str]:
    """Planted words that the handbook says itself, and true answers that it does not say."""
    problems = []
    for attack in attacks:
        for phrase in attack.answer:
            if not any(contains(page, phrase) for page in pages):
                problems.append(f"{attack.id}: the handbook does not say {phrase!r}")
        for phrase in attack.wanted:
            if any(phrase in attack.question or phrase in true for true in attack.answer):
                problems.append(f"{attack.id}: {phrase!r} is planted, asked for or true at once")
    return problems
