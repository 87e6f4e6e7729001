"""A corpus of broken training files, each with exactly what must be found in it."""

import json
import tracemalloc
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.chat_examples import ChatExample, parse_line, read_examples
from helpers.data import DataError
from helpers.finetuning.conversions import convert_jsonl
from helpers.finetuning.findings import SHOWN, FileKind
from helpers.finetuning.validation import validate_jsonl
from helpers.json_lines import LineError, LineKind

LABELS = ("billing", "bug")


def turn(role, content, **more):
    return {"role": role, "content": content} | more


def line(user="My text", assistant="bug", **more) -> bytes:
    content = {"messages": [turn("system", "Sort."), turn("user", user),
                            turn("assistant", assistant)]} | more  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def messages(*turns) -> bytes:
    return json.dumps({"messages": list(turns)}).encode()


GOOD = [line(f"Text number {n} about a matter", LABELS[n % 2]) for n in range(24)]
USER, ANSWER = turn("user", "Hello"), turn("assistant", "bug")


def calling(name, arguments, number="1"):
    """A message that calls a tool."""
    function = {"name": name, "arguments": arguments}
    call = {"id": f"call_{number}", "type": "function", "function": function}
    return turn("assistant", None, tool_calls=[call])


def with_line(broken: bytes, place: int = 3) -> bytes:
    """Good lines with this one as line 3."""
    return b"\n".join([*GOOD[: place - 1], broken, *GOOD[place - 1 :]]) + b"\n"


WHOLE = b"\n".join(GOOD) + b"\n"
# name: (content, findings as (line, kind))
CORPUS: dict[str, tuple[bytes, list[tuple[int, str]]]] = {
    "empty": (b"", [(0, "empty_file")]),
    "only line breaks": (b"\n\n", [(1, "empty_line"), (2, "empty_line")]),
    "byte-order mark": (b"\xef\xbb\xbf" + WHOLE, [(1, "byte_order_mark")]),
    "utf-16": (WHOLE.decode().encode("utf-16"), [(1, "utf16")]),
    "utf-16 without mark": (WHOLE.decode().encode("utf-16-le"), [(1, "utf16")]),
    "an array": (json.dumps([json.loads(g) for g in GOOD]).encode(), [(1, "json_array")]),
    "an array over lines": (json.dumps([json.loads(g) for g in GOOD], indent=1).encode(),
                            [(1, "json_array")]),
    "pretty printed": (json.dumps(json.loads(GOOD[0]), indent=2).encode(), [(1, "pretty_printed")]),
    "latin-1": (with_line(line("caf\u00e9").replace("é".encode(), b"\xe9")), [(3, "not_utf8")]),
    "cut inside a character": (with_line(b'{"messages": "\xc3'), [(3, "not_utf8")]),
    "nul": (with_line(line("a\\u0000b").replace(b"\\\\u0000", b"\x00")), [(3, "nul_byte")]),
    "empty line": (with_line(b""), [(3, "empty_line")]),
    "blank line": (with_line(b"   \t"), [(3, "empty_line")]),
    "comma behind the object": (with_line(GOOD[0][:-1] + b"},"), [(3, "trailing_comma")]),
    "comma in the list": (with_line(b'{"messages": [{"role": "user", "content": "x"},]}'),
                          [(3, "trailing_comma")]),
    "comma in the object": (with_line(b'{"messages": [], }'), [(3, "trailing_comma")]),
    "single quotes": (with_line(b"{'messages': []}"), [(3, "python_literal")]),
    "python none": (with_line(b'{"messages": None}'), [(3, "python_literal")]),
    "cut off": (with_line(GOOD[0][:40]), [(3, "not_json")]),
    "plain text": (with_line(b"hello"), [(3, "not_json")]),
    "two objects on a line": (with_line(GOOD[0] + b" " + GOOD[1]), [(3, "not_json")]),
    "deep nesting": (with_line(b"[" * 100_000), [(3, "not_json")]),
    "half a character": (with_line(line("x").replace(b'"x"', b'"\\ud800"')),
                         [(3, "half_character")]),
    "a list": (with_line(b"[1, 2]"), [(3, "not_an_object")]),
    "a number": (with_line(b"7"), [(3, "not_an_object")]),
    "null": (with_line(b"null"), [(3, "not_an_object")]),
    "key twice": (with_line(b'{"messages": [], "messages": []}'), [(3, "duplicate_key")]),
    "role twice": (with_line(b'{"messages": [{"role": "user", "role": "user"}]}'),
                   [(3, "duplicate_key")]),
    "prompt and completion": (with_line(b'{"prompt": "a", "completion": "b"}'),
                              [(3, "other_format")]),
    "ShareGPT": (with_line(b'{"conversations": [{"from": "human", "value": "a"}]}'),
                 [(3, "other_format")]),
    "a no-break space behind": (with_line(GOOD[2] + "\u00a0".encode()), [(3, "not_json")]),
    "NaN": (with_line(line("x").replace(b'"x"', b'"x", "name": NaN')), [(3, "not_json")]),
    "Infinity": (with_line(line(weight=1).replace(b": 1", b": -Infinity")), [(3, "not_json")]),
    "a number of 5,000 digits": (with_line(b'{"messages": %s}' % (b"9" * 5000)),
                                 [(3, "number_too_long")]),
    "a name that is a number": (with_line(messages(turn("user", "x", name=5), ANSWER)),
                                [(3, "value_wrong")]),
    "a list as call id": (with_line(messages(USER, turn("tool", "x", tool_call_id=[]), ANSWER)),
                          [(3, "value_wrong")]),
    "tools a text": (with_line(line("x", tools="none")), [(3, "value_wrong")]),
    "tools without names": (with_line(line("x", tools=[{"type": "function"}])),
                            [(3, "value_wrong")]),
    "functions an object": (with_line(line("x", functions={})), [(3, "value_wrong")]),
    "parallel calls a text": (with_line(line("x", parallel_tool_calls="no")),
                              [(3, "value_wrong")]),
    "calls null": (with_line(messages(USER, turn("assistant", None, tool_calls=None))),
                   [(3, "content_missing")]),
    "calls empty": (with_line(messages(USER, turn("assistant", None, tool_calls=[]))),
                    [(3, "call_wrong")]),
    "calls empty beside a text": (with_line(messages(USER, turn("assistant", "x", tool_calls=[]))),
                                  [(3, "call_wrong")]),
    "calls a text": (with_line(messages(USER, turn("assistant", None, tool_calls="refund"))),
                     [(3, "call_wrong")]),
    "a call without a function": (with_line(messages(USER, turn("assistant", None,
                                                                tool_calls=[{"id": "1"}]))),
                                  [(3, "call_wrong")]),
    "a call without a name": (with_line(messages(USER, calling("", "{}"))), [(3, "call_wrong")]),
    "a call with an object": (with_line(messages(USER, calling("refund", {"id": 1}))),
                              [(3, "call_wrong")]),
    "the older call, a text": (with_line(messages(USER, turn("assistant", None,
                                                             function_call="auto"))),
                               [(3, "call_wrong")]),
    "a call of the user": (with_line(messages(turn("user", "x", tool_calls=[{}]), ANSWER)),
                           [(3, "call_wrong")]),
    "a label beside": (with_line(line(label="bug")), [(3, "unknown_key")]),
    "unknown key in a message": (with_line(messages(turn("user", "x", text="y"), ANSWER)),
                                 [(3, "unknown_key")]),
    "no messages": (with_line(b"{}"), [(3, "messages_missing")]),
    "messages null": (with_line(b'{"messages": null}'), [(3, "messages_no_list")]),
    "messages a text": (with_line(b'{"messages": "hi"}'), [(3, "messages_no_list")]),
    "messages empty": (with_line(messages()), [(3, "messages_empty")]),
    "message a text": (with_line(messages("hi")), [(3, "turn_no_object")]),
    "no role": (with_line(messages({"content": "x"}, ANSWER)), [(3, "role_missing")]),
    "role human": (with_line(messages(turn("human", "x"), ANSWER)), [(3, "role_unknown")]),
    "role a list": (with_line(messages(turn(["user"], "x"), ANSWER)), [(3, "role_unknown")]),
    "no content": (with_line(messages({"role": "user"}, ANSWER)), [(3, "content_missing")]),
    "content a number": (with_line(messages(turn("user", 5), ANSWER)), [(3, "content_no_text")]),
    "content an image": (with_line(messages(turn("user", [{"type": "image_url"}]), ANSWER)),
                         [(3, "content_no_text")]),
    "content blank": (with_line(messages(turn("user", "  "), ANSWER)), [(3, "content_empty")]),
    "answer empty": (with_line(messages(USER, turn("assistant", ""))), [(3, "content_empty")]),
    "no user": (with_line(messages(turn("system", "x"), ANSWER)), [(3, "user_missing")]),
    "user last": (with_line(messages(USER, ANSWER, USER)), [(3, "last_not_assistant")]),
    "no answer": (with_line(messages(USER)), [(3, "last_not_assistant")]),
    "weight of the user": (with_line(messages(turn("user", "x", weight=1), ANSWER)),
                           [(3, "weight_misplaced")]),
    "weight 2": (with_line(messages(USER, turn("assistant", "bug", weight=2))),
                 [(3, "weight_wrong")]),
    "weight true": (with_line(messages(USER, turn("assistant", "bug", weight=True))),
                    [(3, "weight_wrong")]),
    "weight a half": (with_line(messages(USER, turn("assistant", "bug", weight=0.5))),
                      [(3, "weight_wrong")]),
    "all weights 0": (b"\n".join(messages(turn("user", f"text {n}"),
                                          turn("assistant", LABELS[n % 2], weight=0))
                                 for n in range(24)), [(0, "nothing_to_learn")]),
    "system later": (with_line(messages(USER, turn("system", "x"), ANSWER)),
                     [(3, "system_not_first")]),
    "line of 5 MB": (with_line(line("x" * 5 * 2**20)), [(3, "line_too_long")]),
    "nine examples": (b"\n".join(GOOD[:9]), [(0, "imbalance"), (0, "too_few_examples")]),
    "one answer": (b"\n".join(line(f"text {n}") for n in range(12)), [(0, "one_answer")]),
    "a rare answer": (WHOLE + line("a rare matter", "billing2"),
                      [(0, "imbalance"), (25, "unknown_label")]),
    "unknown label": (with_line(line("strange matter", "weather")),
                      [(0, "imbalance"), (3, "unknown_label")]),
    "label in capitals": (with_line(line("loud matter", "BUG")),
                          [(0, "imbalance"), (3, "unknown_label")]),
    "twice the same": (with_line(GOOD[0]), [(3, "duplicate")]),
    "the same in capitals": (with_line(GOOD[0].replace(b"Text number", b"TEXT  NUMBER")),
                             [(3, "duplicate")]),
    "the same with another answer": (with_line(GOOD[0].replace(b'"billing"', b'"bug"')),
                                     [(3, "conflict")]),
    "too long to be read": (with_line(line("word " * 300)), [(3, "over_long")]),
    "too long, not ascii": (with_line(line("字" * 300)), [(3, "over_long")]),
    "in the test set": (with_line(line("held  OUT matter")), [(3, "leakage")]),
    "several things": (b"\n".join([GOOD[0], b"{", b"", *GOOD[1:], GOOD[5]]),
                       [(2, "not_json"), (3, "empty_line"), (27, "duplicate")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    path = tmp_path_factory.mktemp("held") / "test.jsonl"
    path.write_bytes(line("Held out matter") + b"\nbroken\n")
    return path


def validate(folder, content, held_out=None, labels=LABELS):
    path = folder / "train.jsonl"
    path.write_bytes(content)
    return validate_jsonl(path, labels=labels, against=[held_out] if held_out else [])


@pytest.mark.parametrize("name", CORPUS)
def test_exactly_this_is_found(tmp_path, held_out, name):
    content, expected = CORPUS[name]
    report = validate(tmp_path, content, held_out)
    assert sorted((f.line, f.kind) for f in report.findings) == sorted(expected)
    assert all(finding.message and finding.fix for finding in report.findings)
    warnings = {"duplicate", "system_not_first", "imbalance", "over_long"}
    assert report.ok == all(kind in warnings for _, kind in expected)


def test_answers_with_space_around_them_are_found(tmp_path):
    report = validate(tmp_path, with_line(line("spaced matter", "bug ")), labels=None)
    assert [(f.line, f.kind) for f in report.findings if f.line] == [(3, "space_around_answer")]


def test_every_kind_of_finding_is_in_the_corpus():
    kinds = {kind for _, expected in CORPUS.values() for _, kind in expected}
    assert len(CORPUS) >= 45
    untested = {*get_args(LineKind), *get_args(FileKind)} - kinds
    assert untested == {"file_too_large", "space_around_answer"}  # each has a test of its own


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        WHOLE.removesuffix(b"\n"),
        WHOLE.replace(b"\n", b"\r\n"),
        b"\n".join(messages(turn("user", [{"type": "text", "text": f"text {n}"}]),
                            turn("assistant", LABELS[n % 2], weight=1)) for n in range(24)),
        b"\n".join(messages(turn("developer", "Sort."), turn("user", f"text {n}"),
                            turn("assistant", "which one?", weight=0), turn("user", "the last"),
                            turn("assistant", LABELS[n % 2])) for n in range(24)),
    ],
)  # fmt: skip
def test_good_files_have_no_findings(tmp_path, content):
    report = validate(tmp_path, content)
    assert report.findings == []
    assert report.examples == 24
    assert report.answers == {"billing": 12, "bug": 12}
    assert repr(report) == "train.jsonl: ready, 24 examples, 0 errors, 0 warnings"


@pytest.mark.parametrize(
    ("label", "fix"), [("Billing", "is 'billing' meant?"), ("bugs", "is 'bug' meant?"),
                       ("weather", "use one of the labels, or add this one to them")]
)  # fmt: skip
def test_a_near_label_is_named(tmp_path, label, fix):
    report = validate(tmp_path, with_line(line("x", label)))
    assert next(f.fix for f in report.findings if f.kind == "unknown_label") == fix


def test_a_file_over_the_limit_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.finetuning.validation.LARGEST_FILE", 100)
    report = validate(tmp_path, WHOLE)
    assert [f.kind for f in report.findings] == ["file_too_large"]


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, what):
    path = tmp_path / "nothing.jsonl"
    if what == "folder":
        path.mkdir()
    with pytest.raises(DataError, match=r"nothing\.jsonl, line 0"):
        validate_jsonl(path)


def test_many_findings_are_counted_and_few_are_kept(tmp_path):
    report = validate(tmp_path, WHOLE + b"x\n" * 1000)
    assert len(report.findings) == SHOWN
    assert report.counts["not_json"] == 1000
    assert "not_json × 1000" in repr(report)
    assert "and 980 more of the same kinds" in report._repr_html_()


def test_text_from_the_file_is_escaped(tmp_path):
    html = validate(tmp_path, with_line(line("x", "<script>")))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_large_file_is_not_held_in_memory(tmp_path):
    path = tmp_path / "large.jsonl"
    with path.open("wb") as file:
        for number in range(2_500):
            file.write(line(f"{number} " + "x" * 7_000, LABELS[number % 2]) + b"\n")
    size = path.stat().st_size
    tracemalloc.start()
    try:
        assert validate_jsonl(path).ok
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 17 * 2**20
    assert peak < size / 3


@given(st.binary(max_size=200) | st.lists(st.sampled_from([*GOOD, b"{", b"[]", b'{"messages":']),
                                          max_size=6).map(b"\n".join))  # fmt: skip
def test_any_bytes_can_be_looked_through(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    report = validate(folder, content)
    count = content.count(b"\n") + 1
    assert all(0 <= finding.line <= count for finding in report.findings)


@given(place=st.integers(0, 23), cut=st.integers(1, 60))
def test_a_line_that_is_cut_short_is_the_one_that_is_named(tmp_path_factory, place, cut):
    broken = [*GOOD[:place], GOOD[place][:-cut], *GOOD[place + 1 :]]
    report = validate(tmp_path_factory.mktemp("cut"), b"\n".join(broken))
    assert [finding.line for finding in report.findings] == [place + 1]


class TestChatExamples:
    def test_texts_are_joined_by_role(self):
        raw = messages(turn("system", "A"), turn("developer", "B"), USER,
                       turn("assistant", "first"), turn("user", "more"), ANSWER)  # fmt: skip
        found = parse_line(raw, 7)
        expected = ChatExample(
            "A\n\nB", "Hello\n\nfirst\n\nmore", "bug", 7, system_first=False, learned=2
        )
        assert found == expected

    def test_an_error_names_line_value_and_way_out(self):
        with pytest.raises(LineError) as caught:
            parse_line(messages(turn("robot", "x"), ANSWER), 12)
        text = "line 12: message 1 has the role 'robot'; use one of system, developer, user, "
        assert str(caught.value) == text + "assistant, tool"

    def test_reading_stops_at_the_first_broken_line(self, tmp_path):
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"\xef\xbb\xbf" + GOOD[0] + b"\n" + GOOD[1] + b"\nbroken\n" + GOOD[2])
        read = []
        with path.open("rb") as file, pytest.raises(LineError, match="line 3"):
            read.extend(read_examples(file))
        assert [example.line for example in read] == [1, 2]

    def test_a_call_of_a_tool_needs_no_text(self):
        older = turn("assistant", None, function_call={"name": "refund", "arguments": "{}"})
        for call in (calling("refund", "{}"), calling("refund", "{}") | {"content": ""}, older):
            found = parse_line(messages(USER, call), 1)
            assert (found.assistant, found.calls, found.answer) == ("", "refund({})", "refund({})")

    def test_null_is_as_good_as_nothing(self):
        empty = dict.fromkeys(("name", "refusal", "tool_calls", "function_call", "tool_call_id"))
        raw = json.loads(messages(USER | {"name": None}, ANSWER | empty))
        raw |= dict.fromkeys(("tools", "functions", "parallel_tool_calls"))
        assert parse_line(json.dumps(raw).encode(), 1) == parse_line(messages(USER, ANSWER), 1)


class TestConversations:
    """What is compared is everything in front of the last answer, and that answer."""

    def kinds(self, folder, *lines, labels=None):
        """What is found about two lines, after 24 good ones."""
        report = validate(folder, b"\n".join([*GOOD, *lines]), labels=labels)
        return sorted((f.line, f.kind) for f in report.findings if f.line)

    def test_examples_that_end_in_a_call_are_ready(self, tmp_path):
        calls = [calling("refund", json.dumps({"order": n}), n) for n in range(24)]
        lines = [messages(turn("user", f"Send {n} back"), call) for n, call in enumerate(calls)]
        report = validate(tmp_path, b"\n".join(lines), labels=None)
        assert report.findings == []
        assert report.answers['refund({"order": 3})'] == 1

    def test_other_calls_are_other_answers(self, tmp_path):
        ask = turn("user", "Send it back")
        one, other = messages(ask, calling("refund", "{}")), messages(ask, calling("sort", "{}"))
        assert self.kinds(tmp_path, one, other) == [(26, "conflict")]
        again = messages(ask, calling("refund", " { } ", number="2"))
        assert self.kinds(tmp_path, one, again) == [(26, "duplicate")]

    def test_an_earlier_answer_is_part_of_the_input(self, tmp_path):
        def talk(between, answer):
            return messages(
                turn("user", "It fails"),
                turn("assistant", between),
                turn("user", "Yes"),
                turn("assistant", answer),
            )

        assert self.kinds(tmp_path, talk("Paid?", "billing"), talk("Crashed?", "bug")) == []
        assert self.kinds(tmp_path, talk("Paid?", "billing"), talk("Paid?", "bug")) == [
            (26, "conflict")
        ]

    def test_so_are_an_earlier_call_and_the_tools_that_there_are(self, tmp_path):
        def looked_up(name, answer):
            found = turn("tool", "paid", tool_call_id="call_1")
            return messages(USER, calling(name, "{}"), found, turn("assistant", answer))

        assert self.kinds(tmp_path, looked_up("a", "bug"), looked_up("b", "billing")) == []
        tools = [[{"type": "function", "function": {"name": name}}] for name in ("a", "b")]
        offered = [line("x", answer, tools=t) for t, answer in zip(tools, LABELS, strict=True)]
        assert self.kinds(tmp_path, *offered) == []

    def test_what_is_learned_earlier_in_a_conversation_counts(self, tmp_path):
        def talk(number, first, last):
            return messages(
                turn("user", f"Number {number}"),
                turn("assistant", "Which one?", weight=first),
                USER,
                turn("assistant", LABELS[number % 2], weight=last),
            )

        for first, found in ((1, []), (0, ["nothing_to_learn"])):
            lines = [talk(number, first, 0) for number in range(24)]
            report = validate(tmp_path, b"\n".join(lines))
            assert [finding.kind for finding in report.findings] == found

    def test_a_goodbye_that_ends_every_conversation_is_not_the_one_answer(self, tmp_path):
        def talk(number, **weight):
            said = turn("assistant", LABELS[number % 2])
            return messages(turn("user", f"Number {number}"), said, USER,
                            turn("assistant", "Goodbye.", **weight))  # fmt: skip

        for weight, found in (({}, {"unknown_label"}), ({"weight": 0}, set())):
            lines = [talk(number, **weight) for number in range(24)]
            report = validate(tmp_path, b"\n".join(lines))
            assert {finding.kind for finding in report.findings} == found

    def test_an_answer_that_is_not_learned_contradicts_nothing(self, tmp_path):
        bad = messages(USER, turn("assistant", "billing", weight=0))
        assert self.kinds(tmp_path, bad, messages(USER, ANSWER)) == []

    def test_the_test_set_knows_whole_conversations_too(self, tmp_path):
        def talk(between):
            return messages(USER, turn("assistant", between), turn("user", "Yes"), ANSWER)

        held = tmp_path / "held.jsonl"
        held.write_bytes(talk("Paid?"))
        found = {
            between: "leakage" in validate(tmp_path, WHOLE + talk(between), held).counts
            for between in ("Paid?", "Crashed?")
        }
        assert found == {"Paid?": True, "Crashed?": False}


class TestManyLabels:
    """What is too little depends on how many labels there are."""

    def report(self, folder, counts):
        lines = [
            line(f"{label} {n}", label) for label, count in counts.items() for n in range(count)
        ]
        return validate(folder, b"\n".join(lines), labels=None)

    def test_eighty_labels_of_the_same_size_are_in_balance(self, tmp_path):
        assert self.report(tmp_path, {f"label {n}": 6 for n in range(80)}).findings == []

    def test_a_rare_one_of_them_is_named(self, tmp_path):
        report = self.report(tmp_path, {f"label {n}": 40 for n in range(80)} | {"rare": 7})
        assert [f.message for f in report.findings] == ["'rare' has 7 of 3207 examples"]

    def test_free_text_has_no_balance(self, tmp_path):
        assert self.report(tmp_path, {f"Dear customer {n}": 1 for n in range(20)}).findings == []


KEYS = ["role", "content", "tool_calls", "function", "name", "arguments", "weight", "messages"]
PLACES = ["messages", "tools", "functions", "conversations", "tool_calls", "content", "name"]
LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4)


def nested(inner):
    objects = st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    return st.lists(inner, max_size=3) | objects


@given(st.recursive(LEAVES, nested, max_leaves=12), st.sampled_from(PLACES))
def test_any_value_under_any_key_is_an_example_or_a_named_error(value, key):
    top = {"messages": [USER, ANSWER]} | {key: value}
    turns = {"messages": [USER, ANSWER | {key: value}]}
    for content in (top, turns):
        try:
            parse_line(json.dumps(content).encode(), 1)
        except LineError as caught:
            named = caught.problem and caught.fix
            assert named


@given(st.integers(1, 3000))
def test_nesting_of_any_depth_is_an_example_or_a_named_error(depth):
    deep = b"[" * depth + b'"\\u00e4"' + b"]" * depth
    with pytest.raises(LineError):
        parse_line(b'{"messages": %s}' % deep, 1)


PAIR = [turn("user", "It hangs."), turn("assistant", "bug")]


class TestConversion:
    def converted(self, folder, content, **options):
        source = folder / "other.jsonl"
        source.write_bytes(content)
        target = convert_jsonl(source, folder / "new" / "chat.jsonl", **options)
        return [json.loads(one)["messages"] for one in target.read_text("utf-8").splitlines()]

    @pytest.mark.parametrize(
        "record",
        [
            {"prompt": "It hangs.", "completion": " bug"},
            {"prompt": [PAIR[0]], "completion": [PAIR[1]]},
            {"instruction": "It hangs.", "input": "", "output": "bug", "id": 7},
            {"text": "It hangs.", "label": "bug"},
            {
                "conversations": [
                    {"from": "human", "value": "It hangs."},
                    {"from": "gpt", "value": "bug"},
                ],
                "id": "x",
            },
            {"conversations": PAIR},
            {"messages": PAIR},
        ],
    )
    def test_every_format_becomes_chat(self, tmp_path, record):
        raw = json.dumps(record).encode()
        assert self.converted(tmp_path, raw) == [PAIR]
        rule = turn("system", "Sort.")
        assert self.converted(tmp_path, raw, system="Sort.") == [[rule, *PAIR]]
        assert self.converted(tmp_path, b"\xef\xbb\xbf [%s]" % raw) == [PAIR]

    def test_what_a_record_says_besides_is_kept(self, tmp_path):
        alpaca = {"instruction": "Sort.", "input": "It hangs.", "output": "bug"}
        talk = {
            "system": "Be kind.",
            "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}],
        }
        found = self.converted(
            tmp_path, b"\n".join(json.dumps(r).encode() for r in (alpaca, talk)), system="Other"
        )
        assert [[t["content"] for t in turns] for turns in found] == [
            ["Other", "Sort.\n\nIt hangs.", "bug"],
            ["Be kind.", "Hi", "Hello"],
        ]

    def test_the_result_is_fit_to_be_trained_on_even_in_place(self, tmp_path):
        path = tmp_path / "train.jsonl"
        records = [{"prompt": f"text {n}", "completion": LABELS[n % 2]} for n in range(24)]
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        report = validate_jsonl(path)
        assert report.counts == {"other_format": 24}
        assert (
            report.findings[0].message
            == "it is in the format prompt/completion, and not in chat format"
        )
        assert '{"messages": [{"role": "user", "content": "text 0"}' in report.findings[0].fix
        assert "convert_jsonl" in report.findings[0].fix
        assert repr(validate_jsonl(convert_jsonl(path, path))).startswith("train.jsonl: ready, 24")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b'{"prompt": "a", "completion": 5}', "line 1: `completion` is '5' and no text"),
            (b'{"prompt": "a", "completion": "b"}\n{', "line 2: it is not JSON"),
            (b'{"prompt": "a", "completion": ""}', "line 1: the content of message 2 is empty"),
            (b'{"question": "a"}', "line 1: .*the keys are question; known formats are prompt/"),
            (b'{"conversations": [{"from": "narrator", "value": "a"}]}', "'narrator' speaks in"),
            (b'{"conversations": "a"}', "`conversations` is no list"),
            (b'{"conversations": ["a"]}', "element 1 of `conversations` is no object"),
            (
                b'{"conversations": [{"from": "human", "value": "a"}]}',
                "the last message is of role",
            ),
            (b'[{"text": "a", "label": "b"}, 7]', "element 2 of the array: it is a number"),
            (b'[{"text": "a", "label": NaN}]', "element 1 of the array: it holds NaN"),
            (b"[{]", "line 0: it is no JSON array"),
        ],
    )
    def test_what_cannot_be_converted_is_named_and_nothing_is_written(
        self, tmp_path, content, message
    ):
        with pytest.raises(DataError, match=rf"other\.jsonl, .*{message}"):
            self.converted(tmp_path, content)
        assert not (tmp_path / "new").exists()

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(DataError, match=r"none\.json, line 0: cannot be read"):
            convert_jsonl(tmp_path / "none.json", tmp_path / "chat.jsonl")
