"""Your own documents and questions, in the shapes that the evaluation works with.

Documents are the Markdown and text files of a folder. Questions are JSON lines with at least
`question`, `file` and `quote`, the words of that file that answer it; `type` and `id` are
optional. Files in the full form of `data/questions.jsonl` work as well. What is wrong with a
folder or a file is named all at once.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.data import DataError, Question, Span
from helpers.data.files import as_record, find_text_files, json_line, raise_all, read_text
from helpers.data.questions import places, span_problem


@dataclass(frozen=True, slots=True)
class Document:
    """A file: its name inside the folder, with `/` on every system, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents of a folder, and a problem for each name that could not be read."""

    documents: list[Document]
    unread: dict[str, DataError]


def load_documents(folder: Path) -> list[Document]:
    """Every Markdown and text file of a folder and its subfolders, in order of name.

    Raises:
        DataError: the folder does not exist, or holds no such file. All files that cannot be
            read are named at once; `read_documents` goes on without them.
    """
    reading = read_documents(folder)
    raise_all(list(reading.unread.values()))
    return reading.documents


def read_documents(folder: Path) -> Reading:
    """As `load_documents`, and what cannot be read is set aside.

    Raises:
        DataError: the folder does not exist or holds no such file, or none can be read.
    """
    files, problems = find_text_files(folder)
    documents: list[Document] = []
    unread = {str(problem): problem for problem in problems}
    for name, path in files.items():
        try:
            documents.append(Document(name, read_text(path)))
        except DataError as error:
            unread[name] = error
    if not documents:
        raise_all(list(unread.values()))
    return Reading(documents, unread)


def load_own_questions(path: Path, documents: list[Document]) -> list[Question]:
    """Questions with the places that answer them, found by their quotes.

    A quote that stands at several places of its file is answered by any of them.

    Raises:
        DataError: the file cannot be read. All lines that are not JSON, lack a field, ask
            nothing, or quote what the file does not say are named at once.
    """
    return read_own_questions(path, documents)[0]


def read_own_questions(
    path: Path, documents: list[Document], unread: Collection[str] = ()
) -> tuple[list[Question], list[DataError]]:
    """As `load_own_questions`; questions about documents that could not be read are set aside.

    Args:
        path: the file of questions.
        documents: what they are about.
        unread: names of documents that could not be read.

    Returns:
        The questions, and a problem for each one that was set aside.
    """
    texts = {document.name: document.text for document in documents}
    questions: list[Question] = []
    aside: list[DataError] = []
    problems: list[DataError] = []
    for number, content in _lines(path, problems):
        try:
            lost = [file for file in _files(content) if file in unread]
            if lost:
                problem = f"it asks about {lost[0]}, which could not be read"
                aside.append(DataError(path, number, problem))
            else:
                questions.append(_question(path, number, content, texts))
        except DataError as error:
            problems.append(error)
    raise_all(problems)
    if not questions:
        raise_all(aside)
        raise DataError(path, 1, "no questions; write one object a line")
    return questions, aside


def _lines(path: Path, problems: list[DataError]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The number and the object of each line; lines that hold none become problems."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            content = json_line(path, number, line)
            if not isinstance(content, dict):
                raise DataError(path, number, "expected an object with question, file and quote")
        except DataError as error:
            problems.append(error)
        else:
            yield number, content


def _files(content: dict[str, Any]) -> list[object]:
    """The documents that a line names, in either form."""
    spans = content.get("spans")
    if isinstance(spans, list):
        return [span.get("file") for span in spans if isinstance(span, dict)]
    return [content.get("file")]


def _question(path: Path, number: int, content: dict[str, Any], texts: dict[str, str]) -> Question:
    full = content if "spans" in content else _in_full(path, number, content, texts)
    question = as_record(path, number, full, Question)
    if not question.question.strip():
        raise DataError(path, number, "the question is blank; ask something")
    for span in question.spans:
        if span.file not in texts:
            raise DataError(path, number, _no_document(span.file, texts))
        if problem := span_problem(texts[span.file], span):
            raise DataError(path, number, problem)
    return question


def _in_full(
    path: Path, number: int, content: dict[str, Any], texts: dict[str, str]
) -> dict[str, object]:
    for field in ("question", "file", "quote"):
        value = content.get(field)
        if not isinstance(value, str) or not value.strip():
            state = "is blank" if isinstance(value, str) and value else "is missing"
            problem = f"{field} {state}; a line has question, file and quote, all text"
            raise DataError(path, number, problem)
    file, quote = str(content["file"]), str(content["quote"])
    if file not in texts:
        raise DataError(path, number, _no_document(file, texts))
    found = places(texts[file], quote)
    if not found:
        problem = f"{file} does not say {quote[:50]!r}; copy the words exactly as they stand"
        raise DataError(path, number, problem)
    return {
        "id": str(content.get("id", f"line {number}")),
        "split": "dev",
        "type": content.get("type", "lookup"),
        "question": content["question"],
        "spans": tuple(
            Span(file=file, start=start, end=start + len(quote), quote=quote) for start in found
        ),
        "answer": (quote,),
    }


def _no_document(file: str, texts: dict[str, str]) -> str:
    known = ", ".join(list(texts)[:3])
    return f"no document {file!r} in the folder; there are {known}, …"
