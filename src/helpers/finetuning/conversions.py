"""Turn a file in another format into chat JSONL, the form that fine-tuning services take today.

Read are JSON lines and JSON arrays, with records in chat format, as prompt/completion, Alpaca,
text/label or ShareGPT; `helpers.other_formats` tells them apart. What this module does not do:
repair texts, or cut the separators that some older files have at the end of their prompts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers.chat_examples import parse_line
from helpers.data import DataError
from helpers.finetuning.examples import write_lines
from helpers.json_lines import BYTE_ORDER_MARK, LineError, lines_of, parse_object
from helpers.other_formats import to_messages


def convert_jsonl(source: Path, target: Path, *, system: str = "") -> Path:
    """Write the records of a file as chat examples, all of them or none; gives the path back.

    Args:
        source: JSON lines, or one JSON array, in any of the formats.
        target: the chat JSONL file; it may be the source.
        system: an instruction for the examples that have none.

    Raises:
        DataError: the file is missing, or a record is no example in any format; it is named.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> source = folder / "pairs.jsonl"
    >>> _ = source.write_text('{"prompt": "Hi", "completion": " Yes"}', encoding="utf-8")
    >>> print(convert_jsonl(source, folder / "chat.jsonl").read_text(encoding="utf-8"), end="")
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]}
    """
    examples = []
    for line, name, record in _records(source):
        try:
            example = _example(record, system)
            parse_line(json.dumps(example).encode(), line)
        except LineError as error:
            raise DataError(source, line, f"{name}{error.problem}; {error.fix}") from None
        except ValueError as error:
            raise DataError(source, line, f"{name}{error}") from None
        examples.append(example)
    return write_lines(examples, target)


def _example(record: dict[str, Any], system: str) -> dict[str, Any]:
    example = record if "messages" in record else {"messages": to_messages(record)}
    turns = example.get("messages")
    if system and isinstance(turns, list) and not any(_is_system(turn) for turn in turns):
        rule = {"role": "system", "content": system}
        return example | {"messages": [rule, *turns]}
    return example


def _is_system(turn: object) -> bool:
    return isinstance(turn, dict) and turn.get("role") in ("system", "developer")


def _records(source: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Line, name and content of each record; the name says which it is, where the line does not."""
    try:
        with source.open("rb") as file:
            head = file.read(4096).removeprefix(BYTE_ORDER_MARK).lstrip()
            file.seek(0)
            if head.startswith(b"["):
                yield from _elements(source)
                return
            for number, raw in lines_of(file):
                try:
                    yield number, "", parse_object(raw, number)
                except LineError as error:
                    raise DataError(source, number, f"{error.problem}; {error.fix}") from None
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); give the path of a .json or .jsonl file"
        raise DataError(source, 0, problem) from None


def _elements(source: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The elements of a file that is one JSON array."""
    try:
        elements = json.loads(source.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(source, 0, f"it is no JSON array: {error}") from None
    for number, element in enumerate(elements, start=1):
        name = f"element {number} of the array: "
        try:
            yield 1, name, parse_object(json.dumps(element).encode(), 1)
        except LineError as error:
            raise DataError(source, 1, f"{name}{error.problem}; {error.fix}") from None
