"""tools/check_data.py finds what it is there to find."""

import json
from datetime import date

import check_data
import numpy as np
import pytest
from data_checks import Findings
from data_checks.attacks import mistaken
from data_checks.handbook import FACTS, broken_links, check_facts, slug
from data_checks.questions import answered_after_all
from known_embeddings import lend

from helpers.data import Page, load_attacks, load_handbook
from helpers.embedding import CachedEmbedder


def page(name: str, text: str, successor: str | None = None) -> Page:
    return Page(name=name, title=name, area="Billing", updated=date(2026, 9, 3),
                superseded_by=successor, text=f"# {name}\n\n{text}\n")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("See [b](b.md) and [here](#a) and [there](b.md#the-second-one).", None),
        ("See [c](c.md).", "handbook/a.md, line 3: links to c.md, which does not exist"),
        ("See [b](b.md#third).", "handbook/a.md, line 3: b.md has no heading #third"),
        ("See [here](#nowhere).", "handbook/a.md, line 3: a.md has no heading #nowhere"),
    ],
)
def test_links_that_lead_nowhere_are_named(text, problem):
    pages = [page("a", text), page("b", "## The second one!\n\n```\n# third\n```")]
    assert broken_links(pages) == ([problem] if problem else [])


def test_a_successor_that_is_missing_is_named():
    assert broken_links([page("a", "", "b")]) == ["a.md: its successor b.md is missing"]


def test_slugs_are_those_of_markdown_viewers():
    assert slug("SW-4290 or SW-4291?") == "sw-4290-or-sw-4291"
    assert slug("Units & costing") == "units--costing"


@pytest.mark.parametrize(
    "fact", json.loads(FACTS.read_text(encoding="utf-8")), ids=lambda f: f["fact"]
)
def test_a_page_that_disagrees_about_a_fact_is_found(fact):
    """Change the value on one page that states it, as an editor might who forgot the others."""
    import re

    pages = load_handbook()
    for index, changed in enumerate(pages):
        match = re.search(fact["pattern"], changed.text, re.M)
        if match and not changed.superseded_by:
            group = next(i for i, found in enumerate(match.groups(), 1) if found)
            digits = re.search(r"\d", fact["value"]).start() + match.start(group)
            other = "3" if changed.text[digits] != "3" else "2"
            text = changed.text[:digits] + other + changed.text[digits + 1 :]
            pages[index] = changed.model_copy(update={"text": text})
            break
    assert check_facts(load_handbook())[1] == []
    assert check_facts(pages)[1], "the change was not noticed"


def test_an_attack_that_plants_the_truth_is_found():
    attacks = load_attacks()
    pages = [page.text for page in load_handbook()]
    assert mistaken(attacks, pages) == []
    true = attacks[0].model_copy(update={"wanted": attacks[0].answer})
    assert mistaken([true], pages) == [
        "a01: '5 business days' is planted, asked for or true at once"
    ]
    unheard_of = attacks[0].model_copy(update={"answer": ("6 weeks",)})
    assert mistaken([unheard_of], pages) == ["a01: the handbook does not say '6 weeks'"]


def test_an_unanswerable_question_that_is_answered_is_found():
    handbook = "our hotline is open. telephones are not."
    assert answered_after_all("q1", ["hotline"], handbook)
    assert answered_after_all("q1", ["Hotline"], handbook)
    assert not answered_after_all("q1", ["telephone"], handbook)


def test_a_condition_that_does_not_hold_is_a_problem():
    findings = Findings()
    findings.note("pages", 3, holds=False, wanted="at least 45")
    findings.note("words", 5)
    assert findings.figures == {"pages": "3", "words": "5"}
    assert findings.problems == ["pages: 3, wanted at least 45"]


def test_a_figure_that_changed_is_named():
    figures = {"pages": "3", "words": "5"}
    text = check_data.with_figures(f"before {check_data.BEGIN}old{check_data.END} after", figures)
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert check_data.figures_in(text) == figures
    assert check_data.compare(figures, figures) == []
    (first, second, _) = check_data.compare(figures | {"gone": "1"}, figures | {"words": "6"})
    assert first == "data/README.md says words: 5, and it is 6"
    assert second == "data/README.md has 'gone', which nothing computes"


@pytest.mark.parametrize(
    ("stated", "found", "alike"),
    [
        ("1,028", "1,028", True),
        ("1,028", "1,029", False),
        ("65.5 %", "66.3 %", True),
        ("65.5 %", "67.0 %", False),
        ("lookup 0.84, table 0.61", "lookup 0.85, table 0.61", True),
        ("lookup 0.84, table 0.61", "lookup 0.84, table 0.65", False),
        ("nothing", "0.65", False),
    ],
)
def test_only_the_last_digit_of_a_rounded_figure_may_differ(stated, found, alike):
    assert check_data.alike(stated, found) is alike


def test_a_fresh_home_gets_what_the_check_has_embedded(tmp_path):
    cache = tmp_path / "checked" / "embeddings.sqlite"
    home = tmp_path / "home"
    home.mkdir()
    lend(home, cache=cache)  # nothing has been checked yet
    assert not list(home.iterdir())

    class Never:
        name, dimension = "made", 2

        def embed_documents(self, texts):
            raise AssertionError("it was embedded again")

    class Once(Never):
        def embed_documents(self, texts):
            return np.eye(2, dtype=np.float32)[: len(texts)]

    CachedEmbedder(Once(), cache).embed_documents(["a", "b"])
    lend(home, cache=cache)
    copy = CachedEmbedder(Never(), home / "embeddings.sqlite")
    assert copy.embed_documents(["b", "a"]).tolist() == [[0, 1], [1, 0]]
    cache.write_bytes(b"no database " * 100)
    lend(home, cache=cache)
    assert not list(home.iterdir())
