"""The handbook: its size, its links, and whether its pages agree."""

import json
import re
from pathlib import Path

from data_checks import Findings
from helpers.data import Page, load_handbook

FACTS = Path(__file__).with_name("handbook_facts.json")


def measure_handbook(findings: Findings) -> None:
    """Size, links, and facts that stand on several pages."""
    pages = load_handbook()
    words = sum(len(page.text.split()) for page in pages)
    outdated = [page.name for page in pages if page.superseded_by]
    findings.note("handbook pages", len(pages), holds=len(pages) >= 45, wanted="at least 45")
    findings.note("handbook words", f"{words:,}", holds=words >= 30_000, wanted="at least 30,000")
    findings.note("outdated pages", len(outdated), holds=len(outdated) >= 2, wanted="at least 2")
    findings.problems += broken_links(pages)
    facts, disagreements = check_facts(pages)
    findings.note("facts that stand on several pages and agree", facts)
    findings.problems += disagreements


def broken_links(pages: list[Page]) -> list[str]:
    """Internal links whose page or heading does not exist."""
    anchors = {page.name: {slug(title) for title in headings(page.text)} for page in pages}
    problems = []
    for page in pages:
        if page.superseded_by and page.superseded_by not in anchors:
            problems.append(f"{page.name}.md: its successor {page.superseded_by}.md is missing")
        for number, line in enumerate(page.text.split("\n"), start=1):
            for target, anchor in re.findall(r"\]\(([\w-]*)(?:\.md)?(?:#([\w-]+))?\)", line):
                where = f"handbook/{page.name}.md, line {number}"
                name = target or page.name
                if name not in anchors:
                    problems.append(f"{where}: links to {name}.md, which does not exist")
                elif anchor and anchor not in anchors[name]:
                    problems.append(f"{where}: {name}.md has no heading #{anchor}")
    return problems


def headings(text: str) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return re.findall(r"^#{1,6} (.+)$", without_code, re.M)


def slug(title: str) -> str:
    """The anchor that Markdown viewers give a heading.

    >>> slug("SW-4290 or `SW-4291`?")
    'sw-4290-or-sw-4291'
    """
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def check_facts(pages: list[Page]) -> tuple[int, list[str]]:
    """Facts that several current pages state must be stated alike.

    handbook_facts.json has a pattern for each; whatever its group finds on a page that is not
    outdated must be the value.
    """
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    problems = []
    for fact in facts:
        stated = set()
        for page in pages:
            if page.superseded_by:
                continue
            for match in re.finditer(fact["pattern"], page.text, re.M):
                found = next(group for group in match.groups() if group)
                stated.add(page.name)
                if found != fact["value"]:
                    line = page.text[: match.start()].count("\n") + 1
                    problems.append(
                        f"handbook/{page.name}.md, line {line}: {fact['fact']} is {found} here "
                        f"and {fact['value']} elsewhere"
                    )
        if len(stated) < 2:
            problems.append(f"{fact['fact']}: found on {len(stated)} pages, expected several")
    return len(facts), problems
