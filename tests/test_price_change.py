"""The price change: a broken file is named, and the edits make a handbook."""

import json

import pytest

from helpers.data import DataError, PriceChange, edited, load_handbook, load_price_change

CHANGE = load_price_change()
PAGES = load_handbook()


def test_every_changed_fact_stands_in_the_new_handbook_and_the_old_pages_stay():
    new = {page.name: page for page in CHANGE.applied_to(PAGES)}
    text = " ".join(page.text for page in new.values())
    for fact in CHANGE.facts:
        assert fact.after in text
    assert load_handbook() == PAGES
    assert "from €49 a month" in new["plans-and-pricing"].text
    assert new["plans-and-pricing"].updated.year == 2027


def test_the_protected_facts_stay():
    text = " ".join(page.text for page in CHANGE.applied_to(PAGES))
    for words in ("5 business days", "99.9 %", "100"):
        assert words in text


def broken(**changes):
    content = json.loads(CHANGE.model_dump_json())
    for name, value in changes.items():
        content[name] = value(content[name])
    return json.dumps(content)


def first_fact(**new):
    return lambda facts: [facts[0] | new, *facts[1:]]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        (broken(title=lambda _: 7), "title: input should be a valid string"),
        (broken(facts=lambda _: []), "facts"),
        (broken(facts=first_fact(before="€1")), "p01: '€1' is not in its answer"),
        (broken(facts=first_fact(changed=False)), "p01: changed is False"),
        (broken(facts=first_fact(after="€1234")), "p01: no edit writes '€1234'"),
        (
            broken(facts=lambda facts: [facts[0] | {"test": [facts[1]["test"][0]]}, *facts[1:]]),
            "is asked twice",
        ),
        (
            broken(edits=lambda edits: [edits[0] | {"before": "no such words"}, *edits[1:]]),
            "'no such words' stands 0 times in",
        ),
        (
            broken(edits=lambda edits: [edits[0] | {"file": "nowhere.md"}, *edits[1:]]),
            "there is no page 'nowhere.md'",
        ),
    ],
)
def test_a_broken_file_is_named(tmp_path, text, problem):
    path = tmp_path / "price_change.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"price_change\.json, line 1: ") as caught:
        load_price_change(path)
    assert problem in str(caught.value)


def test_no_fact_s_answer_stands_in_its_questions():
    assert isinstance(CHANGE, PriceChange)
    for fact in CHANGE.facts:
        for question in (*fact.train, *fact.test):
            assert fact.answer not in question


def test_an_edit_must_fit_exactly_once():
    page = next(page for page in PAGES if page.name == "refunds")
    with pytest.raises(ValueError, match=r"'the' stands \d+ times in refunds.md"):
        edited(page, "the", "a")
    assert edited(page, page.title, "Money back").title == "Money back"
