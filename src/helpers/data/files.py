"""Read text and JSON lines, and say exactly what is wrong with a file that cannot be used."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from helpers.settings import ROOT

DATA = ROOT / "data"
ENDINGS = (".md", ".markdown", ".txt")
Record = TypeVar("Record", bound=BaseModel)


class DataError(ValueError):
    """A data file cannot be used; the message has file, line and what to do."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        super().__init__(f"{shown.as_posix()}, line {line}: {problem}")
        self.path, self.line, self.problem = path, line, problem


def read_text(path: Path) -> str:
    """A text file as it is, with `\\n` line ends.

    Raises:
        DataError: the file is missing, is not UTF-8, begins with a byte-order mark, or holds the
            character U+0000.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(path, 0, "no such file; restore it with `git checkout data`") from None
    if raw.startswith(b"\xef\xbb\xbf"):
        raise DataError(path, 1, "byte-order mark; save the file as UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"0x{raw[error.start]:02x}"
        raise DataError(path, line, f"byte {found} is not UTF-8; save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(path, line, "the character U+0000, which belongs in no text; take it out")
    return text.replace("\r\n", "\n")


def text_files(folder: Path) -> dict[str, Path]:
    """The Markdown and text files of a folder and its subfolders, in order of path.

    Returns:
        Each file under its name inside the folder, with `/` on every system.

    Raises:
        DataError: the folder does not exist, holds no such file, or one whose name is not UTF-8.
    """
    if not folder.is_dir():
        raise DataError(folder, 0, "no such folder; give one that holds .md or .txt files")
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
    if not paths:
        raise DataError(folder, 0, f"no files that end in {', '.join(ENDINGS)}")
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    for name in files:
        if name.encode("utf-8", "replace").decode() != name:
            raise DataError(folder, 0, f"the file's name {name!r} is not UTF-8; rename the file")
    return files


def read_json_lines(path: Path, model: type[Record]) -> list[Record]:
    """Every line of the file as a record; `id` may stand only once.

    Raises:
        DataError: a line is not JSON, has a missing, unknown or wrong field, or repeats an id.
    """
    records: list[Record] = []
    first_seen: dict[str, int] = {}
    text = read_text(path).removesuffix("\n")
    for number, line in enumerate(text.split("\n") if text else [], start=1):
        if not line.strip():
            raise DataError(path, number, "an empty line; remove it, one object a line")
        try:
            content = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"not JSON ({error.msg} at column {error.colno}); one object a line"
            raise DataError(path, number, problem) from None
        record = as_record(path, number, content, model)
        name = str(getattr(record, "id", number))
        if name in first_seen:
            problem = f"id {name!r} stands in line {first_seen[name]} too; give one a new id"
            raise DataError(path, number, problem)
        first_seen[name] = number
        records.append(record)
    if not records:
        raise DataError(path, 1, "the file is empty; restore it with `git checkout data`")
    return records


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        DataError: the file cannot be read, or is not JSON.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        problem = f"not JSON ({error.msg} at column {error.colno})"
        raise DataError(path, error.lineno, problem) from None


def as_record(path: Path, line: int, content: object, model: type[Record]) -> Record:
    """The content as a record.

    Raises:
        DataError: a field is missing, unknown, or has a value that is not allowed.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the object"
        value = "" if first["type"] == "missing" else f", got {str(first['input'])[:60]!r}"
        raise DataError(path, line, f"{field}: {first['msg'].lower()}{value}") from None
