"""Chunks always cover the text, and each is an exact slice of it."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_as_parsed import ANY_MARKDOWN, as_parsed, line_spans

from helpers.chunking import Chunk, by_markdown, by_sentences, by_tokens, recursively
from helpers.markdown import cells as cells_of
from helpers.tokens import UnknownWordsWarning, count_tokens, encode, first_tokens

Strategy = Callable[..., list[Chunk]]
BLIND = [by_tokens, by_sentences, recursively]  # those that may cut between any two words
ALL = [*BLIND, by_markdown]
# Among the texts that are drawn are words that the model does not know.
pytestmark = pytest.mark.filterwarnings("ignore::helpers.tokens.UnknownWordsWarning")
every_strategy = pytest.mark.parametrize("strategy", ALL)
blind_strategies = pytest.mark.parametrize("strategy", BLIND)

SCRIPTS = [
    "Refunds take 5 business days. Ask billing@stockwren.example first.\r\n",
    "価格表は次のとおりです。返金には5営業日かかります。",
    "ราคาของแผนโปรคือยี่สิบสี่ยูโร",
    "سعر الخطة هو أربعة وعشرون يورو",
    "한국어 가격은 매월 이십사 유로입니다",
    "😀👩‍👩‍👧‍👦 naïve café ﬃ İstanbul ẞ",
    "x" * 130,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ",
    "| a | b |\n|---|---|\n| `SW-4012` | 401 |\n",
    "\r\n\r\n# One\r\n\r\nTwo three.\r\n\r\n## Four\r\n- five\r\n- six\r\n",
    "```\n# seven\n\n| eight |\n```\n",
    " \t\n  ",
]
texts = st.lists(
    st.sampled_from(SCRIPTS) | st.text(max_size=80), max_size=6
).map("".join)  # fmt: skip


def check_cover(chunks: list[Chunk], text: str) -> None:
    """Every chunk is a slice, adds something, and leaves no gap to the one before."""
    covered = start = 0
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end]
        assert start <= chunk.start <= covered < chunk.end
        covered, start = chunk.end, chunk.start + 1
    assert covered == len(text)


def repeated(text: str, before: Chunk, after: Chunk) -> str:
    return text[after.start : before.end]


def words_in(text: str) -> int:
    return len(set(encode(text).word_ids))


@every_strategy
@settings(max_examples=150)
@given(text=texts, size=st.integers(1, 40), data=st.data())
def test_chunks_cover_the_text_exactly(strategy: Strategy, text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    chunks = strategy(text, size=size, overlap=overlap, source="page")
    check_cover(chunks, text)
    assert all(chunk.source == "page" for chunk in chunks)
    assert strategy(text, size=size, overlap=overlap, source="page") == chunks


@blind_strategies
@settings(max_examples=150)
@given(text=texts, size=st.integers(1, 40), data=st.data())
def test_size_is_kept_unless_a_single_word_is_longer(strategy: Strategy, text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    for chunk in strategy(text, size=size, overlap=overlap):
        assert count_tokens(chunk.text) <= size or words_in(chunk.text) == 1


@every_strategy
@settings(max_examples=150)
@given(text=texts, size=st.integers(2, 40), data=st.data())
def test_never_more_is_repeated_than_asked(strategy: Strategy, text, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    for before, after in pairwise(strategy(text, size=size, overlap=overlap)):
        assert count_tokens(repeated(text, before, after)) <= overlap


@blind_strategies
@settings(max_examples=60)
@given(size=st.integers(6, 60), data=st.data())
def test_nearly_as_much_is_repeated_as_asked(strategy: Strategy, size, data):
    overlap = data.draw(st.integers(0, size - 1))
    text = " ".join(f"w{number}" for number in range(200))
    longest = 3  # tokens of a word; the next word must fit into the chunk, too
    chunks = strategy(text, size=size, overlap=overlap)
    assert len(chunks) > 5
    for before, after in pairwise(chunks):
        least = min(overlap, size - longest) - (longest - 1)
        assert least <= count_tokens(repeated(text, before, after)) <= overlap


@every_strategy
@pytest.mark.parametrize("size", [1, 9, 60])
def test_without_overlap_the_chunks_are_the_text(strategy: Strategy, size):
    text = "".join(SCRIPTS)
    assert "".join(chunk.text for chunk in strategy(text, size=size)) == text


@every_strategy
def test_empty_text_has_no_chunks(strategy: Strategy):
    assert strategy("", size=10) == []


@every_strategy
@pytest.mark.parametrize("text", [" ", "\n", "\r\n\r\n", " \t\n  \n\n" * 50])
def test_white_space_is_one_chunk(strategy: Strategy, text):
    assert strategy(text, size=1) == [Chunk(text, 0, len(text))]


@every_strategy
@pytest.mark.parametrize("text", ["\n\n# A\n\nOne two.\n", "\r\n \r\nOne two. Three four.\n\n\n"])
def test_white_space_makes_no_chunk_of_its_own_beside_words(strategy: Strategy, text):
    assert all(chunk.text.strip() for chunk in strategy(text, size=6))


@every_strategy
def test_a_text_that_fits_is_one_chunk(strategy: Strategy):
    text = "# One\n\nTwo three. Four.\n\n- five\n- six\n"
    assert strategy(text, size=99, overlap=9) == [
        Chunk(text, 0, len(text), heading="One" if strategy is by_markdown else "")
    ]


@every_strategy
def test_a_megabyte(strategy: Strategy, root):
    """Work that grew with the square of the length would keep this test busy for minutes."""
    pages = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((root / "data" / "handbook").glob("*.md"))
    )
    text = (pages * (1_000_000 // len(pages) + 1))[:1_000_000]
    chunks = strategy(text, size=200, overlap=20)
    check_cover(chunks, text)
    assert len(chunks) > 1_000


@every_strategy
@pytest.mark.parametrize(
    ("text", "size", "overlap", "error", "message"),
    [
        ("a", 0, 0, ValueError, "size is 0"),
        ("a", -5, 0, ValueError, "size is -5"),
        ("a", 10, 10, ValueError, "overlap is 10 and size is 10"),
        ("a", 10, 11, ValueError, "overlap is 11 and size is 10"),
        ("a", 10, -1, ValueError, "overlap is -1"),
        ("", 0, 0, ValueError, "size is 0"),
        (b"a", 10, 0, TypeError, "text is bytes"),
        (None, 10, 0, TypeError, "text is NoneType"),
    ],
)
def test_wrong_input_is_named(strategy: Strategy, text, size, overlap, error, message):
    with pytest.raises(error, match=message):
        strategy(text, size=size, overlap=overlap)


# What a strategy keeps whole. The documents are drawn line by line, so that the tests know the
# units without asking the code under test.

WORDS = ["stock", "refund", "invoice", "webhook", "Donaudampfschifffahrt", "SW-4012", "é"]


@dataclass
class Unit:
    """What may stand in a chunk alone: `kind` is sentence, heading, header, row, item or code."""

    kind: str
    start: int
    end: int


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
sentences = words.map(lambda found: f"The {found}.")
cells = words.map(lambda found: f"| {found} | 24 |")
code_lines = (
    st.sampled_from(["# not a heading", "| not | a table |", "- not an item", "", "    return 1"])
    | words
)  # fmt: skip
blocks = st.one_of(
    st.tuples(st.just("sentence"), st.lists(sentences, min_size=1, max_size=4)),
    st.tuples(st.just("heading"), words.map(lambda w: [f"# {w}"])),
    st.tuples(st.just("heading"), words.map(lambda w: [f"## {w}"])),
    st.tuples(st.just("row"), st.lists(cells, min_size=2, max_size=6)),
    st.tuples(st.just("item"), st.lists(words.map(lambda w: f"- {w}"), min_size=1, max_size=5)),
    st.tuples(st.just("item"), st.lists(words.map(lambda w: f"12. {w}"), min_size=1, max_size=5)),
    st.tuples(st.just("code"), st.lists(code_lines, min_size=1, max_size=6)),
)  # fmt: skip


@st.composite
def documents(draw) -> tuple[str, list[Unit]]:
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = ""
    units = []
    for kind, lines in draw(st.lists(blocks, min_size=1, max_size=6)):
        if kind == "code":
            text += "```" + newline
        for number, line in enumerate(lines):
            of_kind = "header" if kind == "row" and number == 0 else kind
            if line:
                units.append(Unit(of_kind, len(text), len(text) + len(line)))
            text += line + (" " if kind == "sentence" else newline)
            if of_kind == "header":
                text += "|---|---|" + newline
        text += "```" + newline if kind == "code" else newline if kind == "sentence" else ""
        text += newline
    return text, units


def inside(chunk: Chunk, units: list[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.start < chunk.end and chunk.start < unit.end]


@settings(max_examples=150)
@given(documents(), st.integers(2, 60), st.data())
def test_by_markdown_cuts_no_unit_but_long_sentences(document, size, data):
    text, units = document
    overlap = data.draw(st.integers(0, size - 1))
    for chunk in by_markdown(text, size=size, overlap=overlap):
        for unit in inside(chunk, units):
            whole = chunk.start <= unit.start and unit.end <= chunk.end
            length = count_tokens(text[unit.start : unit.end])
            assert whole or (unit.kind == "sentence" and (length > size or overlap))


@settings(max_examples=150)
@given(documents(), st.integers(2, 60), st.data())
def test_by_markdown_keeps_the_size_unless_a_single_unit_is_longer(document, size, data):
    text, units = document
    overlap = data.draw(st.integers(0, size - 1))
    for chunk in by_markdown(text, size=size, overlap=overlap):
        if count_tokens(chunk.text) > size:
            # Fences and the line under a table's header come with a unit.
            within = inside(chunk, units)
            assert len(within) <= 1
            for unit in within:
                part = text[max(chunk.start, unit.start) : min(chunk.end, unit.end)]
                assert unit.kind != "sentence" or words_in(part) == 1


@settings(max_examples=150)
@given(documents(), st.integers(8, 60), st.data())
def test_by_markdown_repeats_whole_units_and_no_heading(document, size, data):
    text, units = document
    overlap = data.draw(st.integers(1, size - 1))
    for before, after in pairwise(by_markdown(text, size=size, overlap=overlap)):
        if after.start < before.end:
            assert after.start in [unit.start for unit in units]
            again = [unit for unit in units if after.start <= unit.start < before.end]
            assert "heading" not in [unit.kind for unit in again]


@settings(max_examples=150)
@given(documents(), st.integers(2, 60), st.data())
def test_by_markdown_names_headings_and_table_headers(document, size, data):
    text, units = document
    overlap = data.draw(st.integers(0, size - 1))
    for chunk in by_markdown(text, size=size, overlap=overlap):
        path: dict[int, str] = {}
        within = inside(chunk, units)
        headings = [unit for unit in units if unit.kind == "heading"]
        for unit in headings:
            if unit.start <= chunk.start or unit in within:
                marks, title = text[unit.start : unit.end].split(" ", 1)
                path = {level: path[level] for level in path if level < len(marks)}
                path[len(marks)] = title
        assert chunk.heading == " › ".join(path.values())
        if within and within[0].kind == "row":
            header = [u for u in units if u.kind == "header" and u.start < chunk.start][-1]
            assert chunk.context == text[header.start : header.end]
            assert header not in within
        else:
            assert chunk.context == ""


@settings(max_examples=100)
@given(documents(), st.integers(2, 60))
def test_by_sentences_cuts_only_what_is_too_long(document, size):
    text, units = document
    ends = {a.start: b.start for a, b in pairwise(units)}  # with the fences and rules after it
    for chunk in by_sentences(text, size=size):
        for unit in inside(chunk, units):
            whole = chunk.start <= unit.start and unit.end <= chunk.end
            assert whole or count_tokens(text[unit.start : ends.get(unit.start, len(text))]) > size


@settings(max_examples=100)
@given(st.lists(st.lists(sentences, min_size=1, max_size=5), max_size=5), st.integers(2, 60))
def test_recursively_cuts_only_what_is_too_long(paragraphs, size):
    text = "\n\n".join("\n".join(lines) for lines in paragraphs)
    starts = {chunk.start for chunk in recursively(text, size=size)}
    position = 0
    for lines in paragraphs:
        for kept in ["\n".join(lines), *lines]:
            begin = text.index(kept, position)
            if any(begin < start < begin + len(kept) for start in starts):
                assert count_tokens(kept) > size
        position += len("\n".join(lines)) + 2


@settings(max_examples=300)
@given(ANY_MARKDOWN, st.integers(1, 20), st.data())
def test_by_markdown_follows_the_parser(text, size, data):
    """No line of code, row or heading is cut; headings and headers are the parser's own."""
    overlap = data.draw(st.integers(0, size - 1))
    chunks = by_markdown(text, size=size, overlap=overlap)
    check_cover(chunks, text)
    parsed, lines = as_parsed(text), line_spans(text)
    found = [*parsed.headings, *parsed.code, *parsed.headers, *parsed.rows]
    whole = {line[0] for line in found}
    edges = {edge for chunk in chunks for edge in (chunk.start, chunk.end)} - {len(text)}
    for start, end in (lines[number] for number in whole):
        assert not edges & set(range(start + 1, end + 1))
    headers = {lines[number][0]: header for number, header in parsed.rows}
    for chunk in chunks:
        assert cells_of(chunk.context) == headers.get(chunk.start, [])
        above = [(t, level) for n, t, level in parsed.headings if lines[n][0] < chunk.end]
        assert chunk.heading == path_of(above)


def path_of(headings: list[tuple[str, int]]) -> str:
    """The titles above a place; those inside quotes and lists have the level 0."""
    path: dict[int, str] = {}
    for title, level in headings:
        if level:
            path = {known: path[known] for known in path if known < level} | {level: title}
    return " › ".join(title for title in path.values() if title)


# The same by example.

HEADER = "| Code | Meaning |"
ROWS = [f"| SW-{number} | Meaning number {number} |" for number in range(30)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("rule", ["|---|---|", "| :--- | ---: |", "|:-:|:-:|", "|--|--|", "|-|-|"])
@pytest.mark.parametrize("overlap", [0, 25])
def test_a_divided_table_keeps_its_header_in_the_context(newline, rule, overlap):
    text = newline.join(["# Codes", "", HEADER, rule, *ROWS, "", "Ask us.", ""])
    chunks = by_markdown(text, size=60, overlap=overlap)
    assert len(chunks) > 5
    first, *later = chunks
    assert HEADER in first.text
    assert first.context == ""
    for chunk in later:
        assert HEADER not in chunk.text
        if chunk.text.startswith("|"):
            assert chunk.context == HEADER
    assert sum(chunk.context == HEADER for chunk in later) >= 5
    if not overlap:
        lines = [line for chunk in chunks for line in chunk.text.split(newline) if line]
        assert lines == ["# Codes", HEADER, rule, *ROWS, "Ask us."]


def test_each_table_has_its_own_header():
    other = HEADER.replace("Code", "Plan")
    text = "\n".join([HEADER, "|---|---|", *ROWS[:9], "", other, "|---|---|", *ROWS[9:]])
    for chunk in by_markdown(text, size=40):
        if chunk.text.startswith("| SW"):
            row = chunk.text.splitlines()[0]
            assert chunk.context == (HEADER if row in ROWS[:9] else other)


def test_a_table_ends_at_a_heading():
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n# Next\n| not | in it |\n| nor | this |\n"
    assert by_markdown(text, size=8)[-1].context == ""


def test_rows_items_and_code_are_kept_whole_even_when_too_long():
    long = "word " * 50
    table = f"| a | b |\n|---|---|\n| {long}| c |\n"
    for line in (f"- {long}", f"7) {long}", f"```\n    {long}\n```", f"- a\n  {long}"):
        chunks = by_markdown(f"Before it.\n\n{line}\n\nAfter it.\n", size=10, overlap=5)
        assert sum(line.strip("`\n") in chunk.text for chunk in chunks) == 1
    chunks = by_markdown(f"Before it.\n\n{table}\nAfter it.\n", size=10, overlap=5)
    assert [chunk.context for chunk in chunks if long in chunk.text] == ["| a | b |"]


@pytest.mark.parametrize("strategy", [by_sentences, recursively, by_markdown])
@pytest.mark.parametrize("mark", ["-", "*", "1.", "  -"])
def test_a_mark_stays_with_its_item(strategy: Strategy, mark):
    text = "".join(f"{mark} one two three\n" for _ in range(5))
    chunks = strategy(text, size=count_tokens(text) // 5)
    assert [chunk.text for chunk in chunks] == text.splitlines(keepends=True)


@pytest.mark.parametrize("strategy", [by_sentences, recursively, by_markdown])
def test_a_line_of_code_keeps_its_indentation(strategy: Strategy):
    lines = ["```py\n", "if stock:\n", "    sell()\n", "    count()\n", "```\n"]
    chunks = strategy("".join(lines), size=7)
    assert all(chunk.start == 0 or chunk.text[0] in "i `" for chunk in chunks)
    for line in lines[1:-1]:
        assert any(line in chunk.text for chunk in chunks)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("```", "```"), ("```py", "```"), ("~~~", "~~~"), ("````md\n```py", "```\n````")],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_code_holds_no_headings_and_no_tables(opening, closing, newline):
    code = "# no heading\n\n## none\n\n| no | table |\n|---|---|\n| a | b |\n| c | d |\n\n- e\n"
    text = f"# A\n\nOne.\n\n{opening}\n{code}{closing}\n\n## B\n\nTwo.\n".replace("\n", newline)
    for size in (3, 8, 20, 40):
        chunks = by_markdown(text, size=size)
        assert {chunk.heading for chunk in chunks} == {"A", "A › B"}
        assert {chunk.context for chunk in chunks} == {""}
        assert sum(chunk.heading == "A › B" for chunk in chunks) == 1 or size == 3


def test_code_in_a_line_opens_no_block():
    text = "# A\n\n```one``` is code.\n\n## B\n\nTwo.\n"
    assert [chunk.heading for chunk in by_markdown(text, size=50)] == ["A", "A › B"]


def test_code_with_blank_lines_that_fits_is_one_chunk():
    code = "```\na = 1\n\nb = 2\n\nc = 3\n```\n"
    text = f"{'Words before it. ' * 4}\n\n{code}\n{'Words after it. ' * 4}\n"
    chunks = by_markdown(text, size=count_tokens(code))
    assert sum("a = 1\n\nb = 2\n\nc = 3" in chunk.text for chunk in chunks) == 1


def test_headings_are_a_path():
    text = (
        "Before.\n\n# A\n\nOne.\n\n## B\n\nTwo.\n\n### C\n\nThree.\n\n## D\n\nFour.\n\n"
        "# E\n\n### F\n\nFive.\n\n#hash is no heading.\n"
    )
    assert [(chunk.heading, chunk.text[:3]) for chunk in by_markdown(text, size=50)] == [
        ("", "Bef"),
        ("A", "# A"),
        ("A › B", "## "),
        ("A › B › C", "###"),
        ("A › D", "## "),
        ("E › F", "# E"),
    ]


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# A\n\n1. ```sh\n   ls\n   ```\n\n## B\n\nText.\n", ["A", "A › B"]),
        ("Guide\n=====\n\nOne.\n\nPart\n----\n\nTwo.\n", ["Guide", "Guide › Part"]),
        ("## Install ##\n\nOne.\n", ["Install"]),
        ("<!--\n# No\n-->\n\n# A\n\nOne.\n", ["", "A"]),
        ("---\n# no\ntitle: A\n---\n\n# A\n\nOne.\n", ["", "A"]),
        ("<pre>\n# no\n\n# no\n</pre>\n\n# A\n\nOne.\n", ["", "A"]),
        ("# A\n\n    # no\n\nOne.\n", ["A"]),
        ("# A\n\n> # No\n>\n> Two.\n\nOne.\n", ["A"]),
        ("# A\n\n- # No\n\n  Two.\n\nOne.\n", ["A"]),
    ],
)
def test_headings_are_what_a_renderer_shows_as_such(text, headings):
    assert [chunk.heading for chunk in by_markdown(text, size=50)] == headings


@pytest.mark.parametrize(
    ("header", "rule"),
    [("Code | Meaning", "--- | ---"), ("| Code | A \\| B |", "|-|-|"), ("Code |", "--- |")],
)
def test_rows_are_never_cut_and_keep_their_header_however_the_table_is_drawn(header, rule):
    rows = [f"SW-{number} | Not found. Ask us | again" for number in range(9)]
    rows[4] = "| - | - |"
    text = "\n".join([header, rule, *rows, ""])
    first, *others = by_markdown(text, size=25)
    assert "".join(chunk.text for chunk in (first, *others)) == text
    assert first.context == ""
    assert {chunk.context for chunk in others} == {header}
    assert all(line in [*rows, ""] for chunk in others for line in chunk.text.split("\n"))


def test_two_blocks_of_code_are_parted_between_them():
    code = "```\na = 1\nb = 2\n```\n\n"
    chunks = by_markdown(code * 4, size=count_tokens(code) + 2)
    assert [chunk.text for chunk in chunks] == [code] * 4


def test_overlap_is_made_of_whole_sentences():
    text = "One two three. Four five six. Seven eight nine. Ten eleven twelve."
    chunks = by_markdown(text, size=8, overlap=4)
    assert [chunk.text for chunk in chunks] == [
        "One two three. Four five six. ",
        "Four five six. Seven eight nine. ",
        "Seven eight nine. Ten eleven twelve.",
    ]
    assert [chunk.start for chunk in by_markdown(text, size=8, overlap=3)] == [0, 30]


def test_overlap_repeats_no_heading():
    text = "# A\n\n## B\n\nOne two. Three four. Five six. Seven eight."
    chunks = by_markdown(text, size=10, overlap=9)
    assert [chunk.text.count("#") for chunk in chunks] == [3, *[0] * (len(chunks) - 1)]
    assert {chunk.heading for chunk in chunks} == {"A › B"}


# Text without spaces.

THAI = "ฉันชอบกินข้าว" * 300  # for the model one word, and an unknown one


@every_strategy
@pytest.mark.parametrize("size", [50, 200])
def test_text_without_spaces_is_cut_by_length_and_warned_of(strategy: Strategy, size):
    assert count_tokens(THAI) == 1
    with pytest.warns(UnknownWordsWarning, match=r"thai\.md: 100% of its letters are in words"):
        chunks = strategy(THAI, size=size, source="thai.md")
    check_cover(chunks, THAI)
    assert len(chunks) == pytest.approx(len(THAI) / size, rel=0.1)
    assert max(len(chunk.text) for chunk in chunks) <= size
    for chunk in chunks:  # no vowel or tone mark is parted from its letter
        assert unicodedata.category(chunk.text[0]) != "Mn"


@every_strategy
@pytest.mark.parametrize(
    "text", ["안녕하세요" * 60, "こんにちはせかいラーメン" * 40, "x" * 1000, "👩‍👩‍👧‍👦" * 100]
)
def test_a_part_of_a_long_word_keeps_the_size_too(strategy: Strategy, text):
    chunks = strategy(text, size=40)
    check_cover(chunks, text)
    assert len(chunks) >= 10
    for chunk in chunks:
        assert count_tokens(chunk.text) <= 40
        assert chunk.text[0] != "\u200d"


@blind_strategies
def test_text_without_spaces_overlaps(strategy: Strategy):
    for before, after in pairwise(strategy(THAI, size=50, overlap=10)):
        assert 8 <= before.end - after.start <= 10


@every_strategy
@pytest.mark.parametrize("text", ["", " ", "It takes 5 days. 😀 See naïve SW-4012.", "हिन्दी"])
def test_a_text_that_the_model_can_read_is_not_warned_of(strategy: Strategy, text, recwarn):
    strategy(text, size=20)
    assert not recwarn.list


def test_first_tokens():
    assert first_tokens("one two three", 2) == "one two"
    assert first_tokens("one two three", 9) == "one two three"
    assert first_tokens("one", 0) == ""
