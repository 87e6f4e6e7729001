"""The data loads; a broken file is refused with file, line and what to do."""

import json
from datetime import date

import pytest

from helpers.data import (
    DATA,
    LABELS,
    DataError,
    load_attacks,
    load_guideline,
    load_handbook,
    load_questions,
    load_scenarios,
    load_support_cases,
    load_ticket_notes,
    load_tickets,
)

PAGE = "# Refunds\n\n*Updated 3 September 2026 · Billing*\n\nThey take 5 business days.\n"


class TestHandbook:
    def test_it_loads(self):
        pages = {page.name: page for page in load_handbook()}
        assert len(pages) >= 45
        assert pages["refunds"].title == "Refund policy"
        assert pages["price-list-2025"].superseded_by == "plans-and-pricing"
        assert pages["price-list-2025"].updated < pages["plans-and-pricing"].updated

    @pytest.mark.parametrize(
        ("page", "fact"),
        [
            ("refunds", "5 business days"),
            ("plan-limits", "100 API requests a minute"),
            ("service-level-agreement", "99.9 %"),
            ("single-sign-on", "Enterprise"),
        ],
    )
    def test_the_three_toy_facts_stand_in_it(self, page, fact):
        assert fact in {page.name: page.text for page in load_handbook()}[page]

    def test_a_page_is_read_as_it_stands(self, tmp_path):
        (tmp_path / "refunds.md").write_bytes(PAGE.replace("\n", "\r\n").encode("utf-8-sig"))
        (page,) = load_handbook(tmp_path)
        assert (page.name, page.area, page.updated) == ("refunds", "Billing", date(2026, 9, 3))
        assert page.text == PAGE

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (PAGE.encode("utf-16"), "line 1: it is UTF-16 text; save the file as UTF-8"),
            (PAGE.encode() + b"caf\xe9\n", "line 6: byte 0xe9 is not UTF-8"),
            (PAGE.encode() + b"caf\0\n", "line 6: the character U+0000"),
            (b"Refunds\n\nNo title.\n", "line 1: a page begins with '# Title'"),
            (b"# Refunds\n\nNo date.\n", "line 3: expected a line such as"),
            (b"# Refunds", "line 3: expected a line such as"),
            (PAGE.replace("3 September", "31 Smarch").encode(), "line 3: '31 Smarch 2026' is no"),
        ],
    )
    def test_a_broken_page_is_named_with_its_line(self, tmp_path, content, message):
        (tmp_path / "page.md").write_bytes(content)
        with pytest.raises(DataError) as caught:
            load_handbook(tmp_path)
        assert f"page.md, {message}" in str(caught.value)

    def test_an_empty_folder_is_named(self, tmp_path):
        with pytest.raises(DataError, match=r"no \.md files; give a folder that has some"):
            load_handbook(tmp_path)


QUESTION = {
    "id": "q1",
    "split": "dev",
    "type": "lookup",
    "question": "How long do refunds take?",
    "spans": [{"file": "refunds.md", "start": 49, "end": 75, "quote": PAGE[49:75]}],
    "answer": ["5 business days"],
    "all_needed": False,
    "absent": [],
}


class TestQuestions:
    @pytest.fixture
    def load(self, tmp_path):
        """Write lines, then load them against a handbook of one page."""
        handbook = tmp_path / "handbook"
        handbook.mkdir()
        (handbook / "refunds.md").write_text(PAGE, encoding="utf-8")
        path = tmp_path / "questions.jsonl"

        def load(*lines: object):
            written = [x if isinstance(x, str) else json.dumps(x) for x in lines]
            path.write_text("\n".join(written) + "\n", encoding="utf-8")
            return load_questions(path, handbook=handbook)

        return load

    def test_a_good_line_loads(self, load):
        (question,) = load(QUESTION)
        assert question.answerable
        assert question.spans[0].quote == "They take 5 business days."

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"spans": [QUESTION["spans"][0] | {"start": 50, "end": 76}]},
             "line 2: q2: the quote stands at 49:75 of refunds.md, not at 50:76; set start"),
            ({"spans": [QUESTION["spans"][0] | {"quote": "They take long."}]},
             "line 2: q2: the quote 'They take long.' does not stand in refunds.md"),
            ({"spans": [QUESTION["spans"][0] | {"file": "nowhere.md"}]},
             "line 2: q2: there is no page 'nowhere.md'"),
            ({"spans": [], "answer": []}, "line 2: q2: type lookup needs spans"),
            ({"type": "off_topic"}, "line 2: q2: type off_topic must not have spans"),
            ({"answer": ["6 days"]}, "line 2: q2: the answer '6 days' stands in none of its"),
            ({"answer": []}, "line 2: q2: it has spans but no answer"),
            ({"type": "riddle"}, "line 2: type: input should be 'lookup'"),
            ({"split": "train"}, "line 2: split: input should be 'dev' or 'test', got 'train'"),
            ({"id": "q1"}, "line 2: id 'q1' stands in line 1 too; give one a new id"),
            ({"extra": 1}, "line 2: extra: extra inputs are not permitted"),
        ],
    )  # fmt: skip
    def test_a_broken_line_is_named(self, load, change, message):
        with pytest.raises(DataError) as caught:
            load(QUESTION, QUESTION | {"id": "q2"} | change)
        assert message in str(caught.value)

    @pytest.mark.parametrize("field", ["id", "question", "spans", "answer", "type", "split"])
    def test_a_missing_field_is_named(self, load, field):
        line = {key: value for key, value in QUESTION.items() if key != field}
        with pytest.raises(DataError, match=f"line 1: {field}: field required"):
            load(line)

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (["{"], "line 1: not JSON"),
            ([QUESTION, "", QUESTION], "line 2: an empty line; remove it"),
            (["[1]"], "line 1: the object: "),
        ],
    )
    def test_a_line_that_is_no_object_is_named(self, load, lines, message):
        with pytest.raises(DataError, match=message):
            load(*lines)

    def test_an_empty_file_is_named(self, tmp_path):
        (tmp_path / "questions.jsonl").touch()
        with pytest.raises(DataError, match="the file is empty; write one object a line"):
            load_questions(tmp_path / "questions.jsonl")

    def test_a_number_that_python_refuses_is_named_with_its_line(self, load):
        with pytest.raises(DataError, match="line 2: it holds a number of too many digits"):
            load(QUESTION, '{"id": ' + "1" * 5_000 + "}")

    def test_splits_are_apart(self):
        dev, test = load_questions(split="dev"), load_questions(split="test")
        assert len(dev) + len(test) == len(load_questions()) >= 200
        assert not {q.question for q in dev} & {q.question for q in test}


TICKET = {"id": "t1", "channel": "email", "subject": "", "body": "Hello", "label": "other"}


class TestTickets:
    def test_they_load_with_a_note_each(self):
        tickets, notes = load_tickets(), load_ticket_notes()
        assert len(tickets) >= 900
        assert {ticket.id for ticket in tickets} == set(notes)
        assert {ticket.label for ticket in tickets} == set(LABELS)
        assert all(notes[note.of] for note in notes.values() if note.of)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"label": "complaint"}, "line 1: label: input should be 'billing', 'bug'"),
            ({"channel": "fax"}, "line 1: channel: input should be"),
            ({"body": None}, "line 1: body: input should be a valid string, got 'None'"),
        ],
    )
    def test_a_label_that_does_not_exist_is_named(self, tmp_path, change, message):
        path = tmp_path / "tickets.jsonl"
        path.write_text(json.dumps(TICKET | change), encoding="utf-8")
        with pytest.raises(DataError, match=message):
            load_tickets(path)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("{}".encode("utf-16"), "line 1: it is UTF-16 text; save the file as UTF-8"),
            (b'{"a": "b"}\n{"a": "\xfc"}', "line 2: byte 0xfc is not UTF-8"),
        ],
    )
    def test_a_wrong_encoding_is_named(self, tmp_path, content, message):
        path = tmp_path / "tickets.jsonl"
        path.write_bytes(content)
        with pytest.raises(DataError, match=message):
            load_tickets(path)

    def test_a_missing_file_of_the_course_says_how_to_restore_it(self):
        with pytest.raises(DataError, match="no such file; restore it with `git checkout data`"):
            load_tickets(DATA / "nothing.jsonl")

    def test_a_missing_file_of_ones_own_does_not(self, tmp_path):
        with pytest.raises(DataError, match="no such file; give the path of one that is there"):
            load_tickets(tmp_path / "tickets.jsonl")

    def test_the_text_has_subject_and_body(self, tmp_path):
        path = tmp_path / "tickets.jsonl"
        path.write_text(json.dumps(TICKET | {"subject": "Hi"}), encoding="utf-8")
        assert load_tickets(path)[0].text == "Hi\n\nHello"

    def test_the_guideline_names_every_label_on_at_most_two_pages(self):
        guideline = load_guideline()
        assert all(f"`{label}`" in guideline for label in LABELS)
        assert len(guideline.split()) <= 1000


def test_support_cases_load():
    cases = load_support_cases()
    assert len(cases) >= 90
    assert {case.category for case in cases} == set(LABELS)
    assert 20 <= sum(not case.answerable for case in cases) <= 45


class TestScenarios:
    def test_they_load(self):
        assert [card.id for card in load_scenarios()] == [f"s{n:02d}" for n in range(1, 16)]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"verdict": "magic"}, "line 2: verdict: input should be 'retrieval'"),
            ({"signals": {}}, "line 2: signals.knowledge_changes_often: field required"),
            ({}, "line 3: id 's01' stands twice"),
        ],
    )
    def test_a_broken_card_is_named_with_its_line(self, tmp_path, change, message):
        card = load_scenarios()[0].model_dump()
        cards = [card | change] + ([card] if not change else [])
        path = tmp_path / "scenarios.json"
        path.write_text("[\n" + ",\n".join(json.dumps(c) for c in cards) + "\n]", encoding="utf-8")
        with pytest.raises(DataError, match=message):
            load_scenarios(path)

    @pytest.mark.parametrize("content", ["{", "{}", "[]"])
    def test_a_file_that_is_no_list_is_refused(self, tmp_path, content):
        path = tmp_path / "scenarios.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError):
            load_scenarios(path)


class TestAttacks:
    def test_they_load(self):
        attacks = load_attacks()
        assert len({attack.kind for attack in attacks}) >= 12
        assert {attack.source.partition("/")[0] for attack in attacks} == {
            "community", "handbook", "tickets",
        }  # fmt: skip

    def test_an_attack_without_its_words_is_refused(self, tmp_path):
        path = tmp_path / "attacks.jsonl"
        record = {"id": "a1", "kind": "order", "source": "s", "question": "q", "answer": ["yes"],
                  "wanted": ["no"], "text": "Nothing."}  # fmt: skip
        path.write_text(json.dumps(record), encoding="utf-8")
        with pytest.raises(DataError, match="line 1: a1: none of wanted stands in its text"):
            load_attacks(path)
