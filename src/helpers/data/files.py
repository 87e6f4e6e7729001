"""Read text and JSON lines, and say exactly what is wrong with a file that cannot be used."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from helpers.settings import ROOT

DATA = ROOT / "data"
ENDINGS = (".md", ".markdown", ".txt")
REFUSED = "it holds a number of too many digits; write it as text, in quotes"
Record = TypeVar("Record", bound=BaseModel)


class DataError(ValueError):
    """A data file cannot be used; the message has file, line and what to do."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        super().__init__(f"{shown.as_posix()}, line {line}: {problem}")
        self.path, self.line, self.problem = path, line, problem


class CollectedDataError(DataError):
    """Several things that cannot be used, all in one message, so that one look mends them all."""

    def __init__(self, errors: Sequence[DataError]) -> None:
        first = errors[0]
        super().__init__(first.path, first.line, first.problem)
        self.args = ("\n".join([f"{len(errors)} problems:", *(f"- {error}" for error in errors)]),)
        self.errors = tuple(errors)


def raise_all(errors: Sequence[DataError]) -> None:
    """Raise the error, or all of them at once; nothing where there is none."""
    if errors:
        raise errors[0] if len(errors) == 1 else CollectedDataError(errors)


def way_back(path: Path, otherwise: str) -> str:
    """What to do about a missing or empty file: the course's own files come back from Git."""
    own = path.resolve().is_relative_to(DATA)
    return "restore it with `git checkout data`" if own else otherwise


def read_text(path: Path) -> str:
    """A text file as it is, with `\\n` line ends and without a byte-order mark.

    Raises:
        DataError: the file is missing, is a folder, cannot be opened, is not UTF-8, or holds the
            character U+0000.
    """
    raw = _read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(path, 1, "it is UTF-16 text; save the file as UTF-8")
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


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        problem = f"no such file; {way_back(path, 'give the path of one that is there')}"
        raise DataError(path, 0, problem) from None
    except OSError as error:  # Windows says "permission denied" of a folder
        if path.is_dir():
            problem = "it is a folder; give the path of one file"
        else:
            problem = f"it cannot be read ({error.strerror})"
        raise DataError(path, 0, problem) from None


def text_files(folder: Path) -> dict[str, Path]:
    """The Markdown and text files of a folder and its subfolders, in order of path.

    Returns:
        Each file under its name inside the folder, with `/` on every system.

    Raises:
        DataError: the folder does not exist, or holds no such file. What `find_text_files` sets
            aside is named all at once.
    """
    files, problems = find_text_files(folder)
    raise_all(problems)
    return files


def find_text_files(folder: Path) -> tuple[dict[str, Path], list[DataError]]:
    """As `text_files`, with a problem for each subfolder that cannot be opened, and for each file
    whose name is not UTF-8.

    Raises:
        DataError: the folder does not exist, or there is nothing at all in it to read.
    """
    if not folder.is_dir():
        raise DataError(folder, 0, "no such folder; give one that holds .md or .txt files")
    files: dict[str, Path] = {}
    problems: list[DataError] = []
    for path in sorted(path for path in _files_under(folder, problems) if _is_text(path)):
        name = path.relative_to(folder).as_posix()
        if name.encode("utf-8", "replace").decode() == name:
            files[name] = path
        else:
            problem = f"the file's name {name!r} is not UTF-8; rename the file"
            problems.append(DataError(folder, 0, problem))
    if not files and not problems:
        raise DataError(folder, 0, f"no files that end in {', '.join(ENDINGS)}")
    return files, problems


def _files_under(folder: Path, problems: list[DataError]) -> list[Path]:
    """Everything in the folder and its subfolders; those that cannot be opened become problems."""

    def note(error: OSError) -> None:
        problem = f"the folder cannot be opened ({error.strerror})"
        problems.append(DataError(Path(error.filename), 0, problem))

    return [
        Path(parent, name) for parent, _, names in os.walk(folder, onerror=note) for name in names
    ]


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and path.is_file()


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
        record = as_record(path, number, json_line(path, number, line), model)
        name = str(getattr(record, "id", number))
        if name in first_seen:
            problem = f"id {name!r} stands in line {first_seen[name]} too; give one a new id"
            raise DataError(path, number, problem)
        first_seen[name] = number
        records.append(record)
    if not records:
        problem = f"the file is empty; {way_back(path, 'write one object a line')}"
        raise DataError(path, 1, problem)
    return records


def json_line(path: Path, number: int, line: str) -> Any:
    """The content of one line of JSON lines.

    Raises:
        DataError: the line is not JSON, or holds a number or brackets that Python refuses.
    """
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        problem = f"not JSON ({error.msg} at column {error.colno}); one object a line"
    except ValueError:  # what is JSON and yet refused: Python reads no number of 5,000 digits
        problem = REFUSED
    except RecursionError:
        problem = "it holds too many brackets inside each other; one flat object a line"
    raise DataError(path, number, problem)


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        DataError: the file cannot be read, or is not JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem, line = f"not JSON ({error.msg} at column {error.colno})", error.lineno
    except ValueError:
        problem, line = REFUSED, 1
    raise DataError(path, line, problem)


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
