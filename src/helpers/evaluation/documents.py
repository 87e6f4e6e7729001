"""Your own documents and questions, in the shapes that the evaluation works with.

Documents are the Markdown and text files of a folder. Questions are JSON lines with at least
`question`, `file` and `quote`, the words of that file that answer it; `type` and `id` are
optional. Files in the full form of `data/questions.jsonl` work as well.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from helpers.data import DataError, Question, Span
from helpers.data.files import as_record, read_text, text_files


@dataclass(frozen=True, slots=True)
class Document:
    """A file: its name inside the folder, with `/` on every system, and its text."""

    name: str
    text: str


def load_documents(folder: Path) -> list[Document]:
    """Every Markdown and text file of a folder and its subfolders, in order of name.

    Raises:
        DataError: the folder does not exist, holds no such file, or one that is no UTF-8 text.
    """
    return [Document(name, read_text(path)) for name, path in text_files(folder).items()]


def load_own_questions(path: Path, documents: list[Document]) -> list[Question]:
    """Questions with the places that answer them, found by their quotes.

    Raises:
        DataError: a line is not JSON, lacks a field, or quotes what the file does not say.
    """
    texts = {document.name: document.text for document in documents}
    questions = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(path, number, f"not JSON ({error.msg}); one object a line") from None
        if not isinstance(content, dict):
            raise DataError(path, number, "expected an object with question, file and quote")
        full = content if "spans" in content else _in_full(path, number, content, texts)
        question = as_record(path, number, full, Question)
        for span in question.spans:
            if texts.get(span.file, "")[span.start : span.end] != span.quote:
                problem = f"{span.file!r} does not have {span.quote[:40]!r} at {span.start}"
                raise DataError(path, number, problem)
        questions.append(question)
    if not questions:
        raise DataError(path, 1, "no questions; write one object a line")
    return questions


def _in_full(
    path: Path, number: int, content: dict[str, object], texts: dict[str, str]
) -> dict[str, object]:
    for field in ("question", "file", "quote"):
        if not isinstance(content.get(field), str) or not content[field]:
            problem = f"{field} is missing; a line has question, file and quote, all text"
            raise DataError(path, number, problem)
    file, quote = str(content["file"]), str(content["quote"])
    if file not in texts:
        known = ", ".join(list(texts)[:3])
        raise DataError(path, number, f"no document {file!r} in the folder; there are {known}, …")
    start = texts[file].find(quote)
    if start < 0:
        problem = f"{file} does not say {quote[:50]!r}; copy the words exactly as they stand"
        raise DataError(path, number, problem)
    span = Span(file=file, start=start, end=start + len(quote), quote=quote)
    return {
        "id": str(content.get("id", f"line {number}")),
        "split": "dev",
        "type": content.get("type", "lookup"),
        "question": content["question"],
        "spans": (span,),
        "answer": (quote,),
    }
