"""Your own documents and questions: read, refused with file and line, measured."""

import json
import os
import sys
from pathlib import Path

import pytest

from helpers.data import DATA, DataError
from helpers.evaluation import Document, load_documents, load_own_questions
from helpers.evaluation.__main__ import main

LINE = {"question": "How long do refunds take?", "file": "a/refunds.md", "quote": "take 5 days"}


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
        (LINE | {"file": "b.md"}, r"line 2: no document 'b\.md' in the folder; there are a/ref"),
        (LINE | {"quote": "take 6 days"}, "does not say 'take 6 days'; copy the words exactly"),
        (LINE | {"type": "riddle"}, "line 2: type: input should be 'lookup'"),
    ],
)
def test_a_broken_line_is_named(folder, line, message):
    with pytest.raises(DataError, match=message):
        load_own_questions(write(folder, LINE, line), load_documents(folder))


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
    assert "none.jsonl, line 0: no such file" in capsys.readouterr().err
