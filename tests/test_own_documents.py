"""Your own documents and questions: read, refused with file and line, measured."""

import json
import os
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from helpers.chunking import Chunk
from helpers.data import DATA, DataError
from helpers.evaluation import (
    LADDER,
    Document,
    evaluate_retrieval,
    load_documents,
    load_own_questions,
)
from helpers.evaluation.__main__ import main
from helpers.evaluation.documents import read_documents
from helpers.retrieval import Hit

LINE = {"question": "How long do refunds take?", "file": "a/refunds.md", "quote": "take 5 days"}


SPAN = {"file": "a/refunds.md", "start": 16, "end": 27, "quote": "take 5 days"}
FULL = {"id": "q", "split": "dev", "type": "lookup", "question": "How long?", "spans": [SPAN],
        "answer": ["5 days"]}  # fmt: skip


def full_span(**change):
    return FULL | {"spans": [SPAN | change]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "docs" / "a").mkdir(parents=True)
    (tmp_path / "docs" / "a" / "refunds.md").write_text("# Refunds\n\nThey take 5 days.\n", "utf-8")
    (tmp_path / "docs" / "plans.TXT").write_text("Pro costs 24 euros a month.\n", "utf-8")
    (tmp_path / "docs" / "logo.png").write_bytes(b"\x89PNG")
    return tmp_path / "docs"


def write(folder, *lines):
    path = folder.parent / "questions.jsonl"
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), "utf-8")
    return path


def test_markdown_and_text_files_are_documents(folder):
    assert [document.name for document in load_documents(folder)] == ["a/refunds.md", "plans.TXT"]


def test_a_byte_order_mark_is_no_part_of_the_text(folder):
    path = folder / "a" / "refunds.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_documents(folder)[0].text == "# Refunds\n\nThey take 5 days.\n"


def test_all_files_that_cannot_be_read_are_named_at_once(folder):
    (folder / "a" / "latin.md").write_bytes(b"# Caf\xe9\n")
    (folder / "wide.txt").write_bytes("# Wide\n".encode("utf-16"))
    with pytest.raises(DataError) as caught:
        load_documents(folder)
    first, second, third = str(caught.value).splitlines()
    assert first == "2 problems:"
    assert second.endswith("a/latin.md, line 1: byte 0xe9 is not UTF-8; save the file as UTF-8")
    assert third.endswith("wide.txt, line 1: it is UTF-16 text; save the file as UTF-8")
    reading = read_documents(folder)
    assert [document.name for document in reading.documents] == ["a/refunds.md", "plans.TXT"]
    assert list(reading.unread) == ["a/latin.md", "wide.txt"]


def test_a_folder_of_unreadable_files_is_refused(folder):
    for path in (folder / "a" / "refunds.md", folder / "plans.TXT"):
        path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="2 problems"):
        read_documents(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are Unicode")
def test_a_file_whose_name_is_no_text_is_named(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).touch()
    with pytest.raises(DataError, match=r"'caf\\udce9\.md' is not UTF-8; rename the file"):
        load_documents(folder)


def test_a_quote_becomes_a_span(folder):
    (question,) = load_own_questions(write(folder, LINE), load_documents(folder))
    assert question.spans[0].model_dump() == {
        "file": "a/refunds.md", "start": 16, "end": 27, "quote": "take 5 days",
    }  # fmt: skip


def test_any_place_of_a_quote_answers(folder):
    path = folder / "a" / "refunds.md"
    path.write_text("# Refunds\n\nThey take 5 days.\n\nCards take 5 days, too.\n", "utf-8")
    documents = load_documents(folder)
    (question,) = load_own_questions(write(folder, LINE), documents)
    assert [span.start for span in question.spans] == [16, 36]
    assert not question.all_needed
    text = documents[0].text
    second = Chunk(text[30:], 30, len(text), "a/refunds.md")

    class FindsTheSecondPlace:
        chunks: ClassVar = [Chunk(text[:30], 0, 30, "a/refunds.md"), second]

        def search(self, query, k):
            return [Hit(second, 1.0)]

    run = evaluate_retrieval(FindsTheSecondPlace(), [question], k=1)
    for metric in ("recall", "reciprocal_rank", "span_recall"):
        assert run.mean(metric) == 1


def test_the_courses_own_file_can_be_given():
    documents = load_documents(DATA / "handbook")
    assert len(load_own_questions(DATA / "questions.jsonl", documents)) >= 200


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: expected an object with question, file and quote"),
        ({"question": "?"}, "line 2: file is missing; a line has question, file and quote"),
        (LINE | {"quote": ""}, "line 2: quote is missing"),
        (LINE | {"quote": " \n"}, "line 2: quote is blank"),
        (LINE | {"question": "  "}, "line 2: question is blank; a line has question, file and"),
        (FULL | {"question": " "}, "line 2: the question is blank; ask something"),
        (full_span(start=-11, end=-1), "line 2: the quote stands at 16:27 of a/ref.*, not at -11"),
        (full_span(start=3, end=3, quote=""), "line 2: the quote from a/refunds.md is blank"),
        (full_span(file="b.md"), r"line 2: no document 'b\.md' in the folder"),
        ('{"question": ' + "1" * 5_000 + "}", "line 2: it holds a number of too many digits"),
        ("[" * 100_000, "line 2: it holds too many brackets"),
        (LINE | {"file": "b.md"}, r"line 2: no document 'b\.md' in the folder; there are a/ref"),
        (LINE | {"quote": "take 6 days"}, "does not say 'take 6 days'; copy the words exactly"),
        (LINE | {"type": "riddle"}, "line 2: type: input should be 'lookup'"),
    ],
)
def test_a_broken_line_is_named(folder, line, message):
    with pytest.raises(DataError, match=message):
        load_own_questions(write(folder, LINE, line), load_documents(folder))


def test_all_broken_lines_are_named_at_once(folder):
    path = write(folder, "{", LINE, LINE | {"question": ""}, LINE | {"file": "b.md"})
    with pytest.raises(DataError) as caught:
        load_own_questions(path, load_documents(folder))
    assert [error.line for error in caught.value.errors] == [1, 3, 4]
    assert all(f"line {number}: " in str(caught.value) for number in (1, 3, 4))


def test_a_byte_order_mark_before_the_questions_is_passed_over(folder):
    path = write(folder, LINE)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load_own_questions(path, load_documents(folder))) == 1


def test_a_folder_of_questions_is_named(folder):
    with pytest.raises(DataError, match="it is a folder; give the path of one file"):
        load_own_questions(folder, load_documents(folder))


def test_no_questions_and_no_documents_are_named(folder, tmp_path):
    with pytest.raises(DataError, match="no questions; write one object a line"):
        load_own_questions(write(folder, ""), [Document("a", "b")])
    with pytest.raises(DataError, match="no such folder"):
        load_documents(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no files that end in \.md"):
        load_documents(tmp_path / "empty")


def test_the_command_line_prints_the_table(folder, capsys):
    questions = write(
        folder, LINE, {**LINE, "question": "Price?", "file": "plans.TXT", "quote": "24"}
    )
    assert main(["--docs", str(folder), "--questions", str(questions), "-k", "1"]) == 0
    table = capsys.readouterr().out
    assert table.splitlines()[0].startswith("set-up")
    assert "every 200 tokens, dense   1.00 [1.00, 1.00]" in table
    assert "2 questions; * interval excludes zero" in table


def test_the_command_line_says_what_is_wrong(folder, capsys):
    assert main(["--docs", str(folder), "--questions", str(folder / "none.jsonl")]) == 1
    shown = capsys.readouterr().err
    assert "none.jsonl, line 0: no such file; give the path of one that is there" in shown
    assert "git" not in shown


def test_the_command_line_goes_on_without_what_cannot_be_read(folder, capsys):
    (folder / "latin.md").write_bytes(b"# Caf\xe9\n")
    questions = write(folder, LINE, LINE | {"file": "latin.md"})
    assert main(["--docs", str(folder), "--questions", str(questions), "-k", "1"]) == 0
    shown = capsys.readouterr()
    title, *left_out = shown.err.splitlines()
    assert title == "Could not be read, or not well:"
    assert len(left_out) == 2
    assert left_out[0].endswith("latin.md, line 1: byte 0xe9 is not UTF-8; save the file as UTF-8")
    assert left_out[1].endswith("line 2: it asks about latin.md, which could not be read")
    assert "1 questions; * interval excludes zero" in shown.out


# A folder as people have it: each file holds what some program or writer puts into Markdown.
FOLDER = {
    "mark.md": "\ufeff# Byte-order mark\n\nThe vault opens at seven.\n",
    "setext.md": "Guide\n=====\n\nPart\n----\n\nThe ferry leaves at noon.\n",
    "tables.md": "A | B\n--- | ---\nlime | 41 cents\n\n| P | E |\n|---|---|\n| - | - |\n| C |\n",
    "list.md": "# A\n\n1. ```sh\n   ls\n   ```\n\n## B\n\nThe printer needs green ink.\n",
    "comment.md": "<!--\n# none\n-->\n\n<pre>\n# none\n</pre>\n\n## Install ##\n\nRun it twice.\n",
    "front.md": "---\ntitle: Front\n# no heading\n---\n\nThe cellar is four metres deep.\n",
    "deep/thai.md": "# ราคา\n\n" + "ฉันชอบกินข้าว" * 300 + "\n",
    "long.txt": "Stock is counted every day at dawn. " * 29_000 + "The last crate is blue.",
}
UNREADABLE = {
    "latin.md": ("# Café\n".encode("latin-1"), "line 1: byte 0xe9 is not UTF-8"),
    "null.txt": (b"a\nb\0\n", "line 2: the character U+0000"),
    "wide.md": ("# Wide\n".encode("utf-16"), "line 1: it is UTF-16 text"),
}
ASKED = {
    "mark.md": ("When does the vault open?", "opens at seven"),
    "setext.md": ("When does the ferry leave?", "leaves at noon"),
    "tables.md": ("How much is a lime?", "41 cents"),
    "list.md": ("Which ink does the printer need?", "green ink"),
    "comment.md": ("How often do I run it?", "Run it twice"),
    "front.md": ("How deep is the cellar?", "four metres"),
    "deep/thai.md": ("ฉันชอบกินอะไร", "ฉันชอบกินข้าว"),
    "long.txt": ("What colour is the last crate?", "last crate is blue"),
    "latin.md": ("Where is the café?", "Café"),
}


def test_a_folder_as_people_have_it_is_measured(tmp_path, capsys):
    assert len(FOLDER["long.txt"]) > 1_000_000
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    for name, text in FOLDER.items():
        (docs / name).write_text(text, "utf-8")
    for name, (content, _) in UNREADABLE.items():
        (docs / name).write_bytes(content)
    lines = [{"question": q, "file": f, "quote": quote} for f, (q, quote) in ASKED.items()]
    questions = write(docs, *lines)
    questions.write_bytes(b"\xef\xbb\xbf" + questions.read_bytes())

    assert main(["--docs", str(docs), "--questions", str(questions)]) == 0
    shown = capsys.readouterr()
    title, *listed = [line for line in shown.err.splitlines() if "Embedding" not in line]
    assert title == "Could not be read, or not well:"
    expected = [f"{name}, {why}" for name, (_, why) in UNREADABLE.items()]
    expected += ["questions.jsonl, line 9: it asks about latin.md", "deep/thai.md: 100% of its"]
    assert len(listed) == len(expected)
    for line, part in zip(listed, expected, strict=True):
        assert part in line
    rows = shown.out.splitlines()
    assert rows[0].startswith("set-up")
    assert [row.split("  ")[0] for row in rows[1:5]] == [step.name for step in LADDER]
    assert rows[5] == "8 questions; * interval excludes zero"
