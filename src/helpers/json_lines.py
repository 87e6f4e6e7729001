"""Read a file of JSON lines, one object a line, and say what is wrong with a line that holds none.

The rules are those of RFC 8259, which services keep: UTF-8, no NaN, no key twice in one object, no
white space but the four characters that JSON knows. What this module does not do: look into the
object.
"""

import json
import re
from collections.abc import Iterator
from typing import IO, Any, Literal

LONGEST_LINE = 4 * 2**20  # bytes; no example needs as much, and none is read further
LONGEST_NUMBER = 1000  # digits; no service reads as many, and Python itself refuses 4,301
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SPACE = " \t\r\n"  # what JSON takes for white space; other characters of Unicode are none

LineKind = Literal[
    "line_too_long",
    "not_utf8",
    "nul_byte",
    "empty_line",
    "trailing_comma",
    "python_literal",
    "not_json",
    "number_too_long",
    "half_character",
    "not_an_object",
    "duplicate_key",
    "other_format",
    "unknown_key",
    "value_wrong",
    "messages_missing",
    "messages_no_list",
    "messages_empty",
    "turn_no_object",
    "role_missing",
    "role_unknown",
    "content_missing",
    "content_no_text",
    "content_empty",
    "call_wrong",
    "weight_misplaced",
    "weight_wrong",
    "user_missing",
    "last_not_assistant",
]


class LineError(ValueError):
    """A line is no training example. `kind` names the rule, `fix` the way out."""

    def __init__(self, line: int, kind: LineKind, problem: str, fix: str) -> None:
        super().__init__(f"line {line}: {problem}; {fix}")
        self.line, self.kind, self.problem, self.fix = line, kind, problem, fix


class Failing:
    """Makes the errors of one line."""

    def __init__(self, line: int) -> None:
        self._line = line

    def __call__(self, kind: LineKind, problem: str, fix: str) -> LineError:
        return LineError(self._line, kind, problem, fix)


def lines_of(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Number and bytes of each line without its end; None for a line that is too long to hold.

    A byte-order mark in front of the first line is passed over.
    """
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while (more := stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
            yield number, None
            continue
        if number == 1:
            raw = raw.removeprefix(BYTE_ORDER_MARK)
        yield number, raw.rstrip(b"\r\n")


def parse_object(raw: bytes | None, line: int) -> dict[str, Any]:
    """The JSON object that a line holds.

    Raises:
        LineError: it holds none; the first rule that is broken is named.

    >>> parse_object(b'{"messages": []}', 1)
    {'messages': []}
    """
    fail = Failing(line)
    if raw is None:
        size = f"it has more than {LONGEST_LINE // 2**20} MB"
        raise fail("line_too_long", size, "is a line break missing?")
    content = _parse(_text(raw, fail), fail)
    if not isinstance(content, dict):
        found = f"it is {kind_of(content)}"
        raise fail("not_an_object", found, 'write {"messages": [...]} on each line')
    return content


def kind_of(value: Any) -> str:
    """What a value of JSON is, in words.

    >>> kind_of([1]), kind_of(None), kind_of(0.5)
    ('a list', 'null', 'a number')
    """
    names = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")


class _RefusedError(Exception):
    """The decoder met something that it must not let pass: kind, problem and fix."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                problem = f"the key {key[:40]!r} stands twice in one object"
                raise _RefusedError("duplicate_key", problem, "keep one of them")
            seen.add(key)
    return found


def _whole_number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        problem = f"it holds a number of {len(digits.lstrip('-')):,} digits"
        raise _RefusedError("number_too_long", problem, "write it as a text, in quotes")
    return int(digits)


def _no_number(name: str) -> Any:
    problem = f"it holds {name}, which is Python and not JSON"
    raise _RefusedError("not_json", problem, "write null, a number or a text in its place")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_int=_whole_number, parse_constant=_no_number
)
_TRAILING_COMMA = re.compile(r",\s*[}\]]|[}\]]\s*,\s*\Z")
_PYTHON = re.compile(r"\{\s*'|[\[,:]\s*(?:'|None\b|True\b|False\b)")
_HALF = re.compile("[\ud800-\udfff]")


def _text(raw: bytes, fail: Failing) -> str:
    if not raw.strip():
        raise fail("empty_line", "it is empty", "remove it, one example a line")
    if b"\x00" in raw:
        raise fail("nul_byte", "it holds a NUL byte", "save the file as plain UTF-8 text")
    try:
        return raw.decode("utf-8").strip(SPACE)
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8"
        raise fail("not_utf8", found, "save the file as UTF-8") from None


def _parse(text: str, fail: Failing) -> Any:
    try:
        content, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise json.JSONDecodeError("Extra data", text, end)
        halved = "\\u" in text and _HALF.search(json.dumps(content, ensure_ascii=False))
    except _RefusedError as error:
        raise fail(*error.args) from None
    except json.JSONDecodeError as error:
        raise _no_json(text, error, fail) from None
    except RecursionError:
        raise fail("not_json", "it is nested too deeply", "an example is flat") from None
    if halved:
        found = "it holds half a character (a lone surrogate)"
        raise fail("half_character", found, "repair the text, for example with ftfy.fix_text()")
    return content


def _no_json(text: str, error: json.JSONDecodeError, fail: Failing) -> LineError:
    """Name the mistake, as far as it is one that people make."""
    near = text[max(0, error.pos - 2) : error.pos + 2]
    if _TRAILING_COMMA.search(text, max(0, error.pos - 3)) and "," in near:
        found = f"there is a comma before the end, at {error.colno}"
        return fail("trailing_comma", found, "remove the comma; JSON allows none there")
    if _PYTHON.search(text):
        found = "it is written as Python and not as JSON"
        return fail("python_literal", found, "write it with json.dumps()")
    at = error.pos + len(text[error.pos :]) - len(text[error.pos :].lstrip(SPACE))
    if text[at : at + 1].isspace():
        seen = f"U+{ord(text[at]):04X} at column {at + 1} looks like a space and is none"
        return fail("not_json", f"it is not JSON ({seen})", "remove it, or write a plain space")
    found = f"it is not JSON ({error.msg} at column {error.colno})"
    return fail("not_json", found, "write each line with json.dumps()")
