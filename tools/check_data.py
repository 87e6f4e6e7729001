"""Recompute every figure of data/README.md, and fail when one no longer holds.

`make test` runs this. After a change of the data that is meant, `--write` puts the new figures
into the datasheet; the conditions below hold all the same.
"""

import argparse
import re
import sys
from collections import Counter

from data_checks import Findings, in_words
from data_checks.attacks import measure_attacks
from data_checks.handbook import measure_handbook
from data_checks.prices import measure_price_change
from data_checks.questions import measure_cases, measure_questions
from data_checks.tickets import measure_tickets
from known_embeddings import CHECKED

from helpers.assistant.pipeline import handbook_texts
from helpers.data import DATA, DataError, load_handbook, load_scenarios
from helpers.embedding import CachedEmbedder, Embedder, MiniLM

DATASHEET = DATA / "README.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check data/ against its datasheet.")
    parser.add_argument("--write", action="store_true", help="put the figures into the datasheet")
    options = parser.parse_args(arguments)
    try:
        embedder = CachedEmbedder(MiniLM(), CHECKED)
        findings = measure(embedder)
        # What the assistant searches; all that comes after needs it (see known_embeddings).
        embedder.embed_documents(handbook_texts(load_handbook()))
    except DataError as error:
        print(error)
        return 1
    text = DATASHEET.read_text(encoding="utf-8")
    figures, problems = findings.figures, findings.problems
    if options.write:
        DATASHEET.write_text(with_figures(text, figures), encoding="utf-8", newline="\n")
    else:
        problems += compare(figures_in(text), figures)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"data/: {len(figures)} figures recomputed, all as in data/README.md")
    return bool(problems)


def measure(embedder: Embedder) -> Findings:
    """Every figure of the datasheet, in its order."""
    findings = Findings()
    measure_handbook(findings)
    measure_questions(findings, embedder)
    measure_cases(findings)
    measure_tickets(findings, embedder)
    measure_attacks(findings)
    measure_price_change(findings, embedder)
    cards = load_scenarios()
    verdicts = in_words(Counter(card.verdict for card in cards))
    findings.note("scenario cards", len(cards), holds=len(cards) == 15, wanted="15")
    findings.note("scenario cards by verdict", verdicts)
    return findings


def with_figures(text: str, figures: dict[str, str]) -> str:
    """The datasheet with its table of figures replaced."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n| figure | value |\n|---|---|\n{rows}\n{END}{after}"


def figures_in(text: str) -> dict[str, str]:
    """The table of figures as it stands in the datasheet."""
    _, _, rest = text.partition(BEGIN)
    table, _, _ = rest.partition(END)
    rows = [line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:]]
    return {row[0]: row[1] for row in rows if len(row) == 2}


def alike(stated: str, found: str) -> bool:
    """The same, but for the last digit of a rounded number: processors round differently.

    >>> alike("65.5 %", "65.9 %"), alike("0.65", "0.68"), alike("51", "50")
    (True, False, False)
    """
    numbers = re.compile(r"\d+\.\d+")
    if numbers.sub("", stated) != numbers.sub("", found):
        return False
    tolerance = 1.0 if "%" in found else 0.011
    pairs = zip(numbers.findall(stated), numbers.findall(found), strict=False)
    return all(abs(float(left) - float(right)) <= tolerance for left, right in pairs)


def compare(stated: dict[str, str], found: dict[str, str]) -> list[str]:
    """dict[str, str] of the datasheet that are not what was computed just now."""
    problems = [
        f"data/README.md says {name}: {stated.get(name, 'nothing')}, and it is {value}"
        for name, value in found.items()
        if not alike(stated.get(name, "nothing"), value)
    ]
    gone = [
        f"data/README.md has {name!r}, which nothing computes" for name in stated.keys() - found
    ]
    if problems or gone:
        gone.append("If the data was meant to change: python tools/check_data.py --write")
    return problems + gone


if __name__ == "__main__":
    sys.exit(main())
