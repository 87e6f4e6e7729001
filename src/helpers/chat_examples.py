"""One training example: a line of JSON with a conversation that ends in the wanted answer.

This is the chat format that fine-tuning services share. The embedded provider reads uploads with
it and the validator explains files with it, so both agree about what a good line is. What this
module does not do: compare lines with each other.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal

LONGEST_LINE = 4 * 2**20  # bytes; no example needs as much, and none is read further
ROLES = ("system", "developer", "user", "assistant", "tool")
_TOP_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
_TURN_KEYS = {"role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call",
              "refusal"}  # fmt: skip

LineKind = Literal[
    "line_too_long",
    "not_utf8",
    "nul_byte",
    "empty_line",
    "trailing_comma",
    "python_literal",
    "not_json",
    "half_character",
    "not_an_object",
    "duplicate_key",
    "unknown_key",
    "messages_missing",
    "messages_no_list",
    "messages_empty",
    "turn_no_object",
    "role_missing",
    "role_unknown",
    "content_missing",
    "content_no_text",
    "content_empty",
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


@dataclass(frozen=True, slots=True)
class ChatExample:
    """A conversation by role: all system texts, all user texts, and the last assistant text.

    `weight` is 0 where the answer is not to be learned. `system_first` is False where a system
    message stands behind another one.
    """

    system: str
    user: str
    assistant: str
    line: int
    weight: int = 1
    system_first: bool = True


def read_examples(stream: IO[bytes]) -> Iterator[ChatExample]:
    """The examples of a file, which is read line by line; a byte-order mark is passed over.

    Raises:
        LineError: at the first line that is no example.
    """
    for number, raw in lines_of(stream):
        yield parse_line(raw, number)


def lines_of(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Number and bytes of each line without its end; None for a line that is too long to hold."""
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while (more := stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
            yield number, None
            continue
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        yield number, raw.rstrip(b"\r\n")


def parse_line(raw: bytes | None, line: int) -> ChatExample:
    """The example that a line holds.

    Raises:
        LineError: it holds none; the first rule that is broken is named.

    >>> raw = b'{"messages": [{"role": "user", "content": "Hi"}, '
    >>> parse_line(raw + b'{"role": "assistant", "content": "other"}]}', 1).assistant
    'other'
    """
    fail = _Failing(line)
    if raw is None:
        raise fail("line_too_long", f"it has more than {LONGEST_LINE // 2**20} MB",
                   "is a line break missing?")  # fmt: skip
    content = _parse_json(raw, fail)
    if not isinstance(content, dict):
        raise fail("not_an_object", f"it is {_kind_of(content)}",
                   'write {"messages": [...]} on each line')  # fmt: skip
    if strange := sorted(content.keys() - _TOP_KEYS):
        raise fail("unknown_key", f"the key {strange[0][:40]!r} is unknown",
                   "keep only `messages` (and `tools`)")  # fmt: skip
    turns = content.get("messages")
    if "messages" not in content:
        raise fail("messages_missing", "`messages` is missing", "add the list of messages")
    if not isinstance(turns, list):
        raise fail("messages_no_list", f"`messages` is {_kind_of(turns)}", "make it a list")
    if not turns:
        raise fail("messages_empty", "`messages` is empty", "add a user and an assistant message")
    texts: dict[str, list[str]] = {role: [] for role in ROLES}
    weight = 1
    for place, turn in enumerate(turns):
        role, text, turn_weight = _parse_turn(turn, place, fail)
        texts[role].append(text)
        if role == "assistant":
            weight = turn_weight
    if not texts["user"]:
        raise fail("user_missing", "there is no message of the user", "add what the user says")
    if turns[-1]["role"] != "assistant":
        raise fail("last_not_assistant", f"the last message is of role {turns[-1]['role']!r}",
                   "end with the assistant's answer, which is what is learned")  # fmt: skip
    later = [turn["role"] for turn in turns[1:]]
    return ChatExample(
        system="\n\n".join(texts["system"] + texts["developer"]),
        user="\n\n".join(texts["user"]),
        assistant=texts["assistant"][-1],
        line=line,
        weight=weight,
        system_first="system" not in later and "developer" not in later,
    )


class _Failing:
    """Makes the errors of one line."""

    def __init__(self, line: int) -> None:
        self._line = line

    def __call__(self, kind: LineKind, problem: str, fix: str) -> LineError:
        return LineError(self._line, kind, problem, fix)


class _DuplicateKeyError(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
_TRAILING_COMMA = re.compile(r",\s*[}\]]|[}\]]\s*,\s*\Z")
_PYTHON = re.compile(r"\{\s*'|[\[,:]\s*(?:'|None\b|True\b|False\b)")
_HALF = re.compile("[\ud800-\udfff]")


def _parse_json(raw: bytes, fail: _Failing) -> Any:
    if not raw.strip():
        raise fail("empty_line", "it is empty", "remove it, one example a line")
    if b"\x00" in raw:
        raise fail("nul_byte", "it holds a NUL byte", "save the file as plain UTF-8 text")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8"
        raise fail("not_utf8", found, "save the file as UTF-8") from None
    text = text.strip()
    try:
        content, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise json.JSONDecodeError("Extra data", text, end)
    except _DuplicateKeyError as error:
        raise fail("duplicate_key", f"the key {str(error)[:40]!r} stands twice in one object",
                   "keep one of them") from None  # fmt: skip
    except json.JSONDecodeError as error:
        near = text[max(0, error.pos - 2) : error.pos + 2]
        if _TRAILING_COMMA.search(text, max(0, error.pos - 3)) and "," in near:
            raise fail("trailing_comma", f"there is a comma before the end, at {error.colno}",
                       "remove the comma; JSON allows none there") from None  # fmt: skip
        if _PYTHON.search(text):
            raise fail("python_literal", "it is written as Python and not as JSON",
                       "write it with json.dumps()") from None  # fmt: skip
        raise fail("not_json", f"it is not JSON ({error.msg} at column {error.colno})",
                   "write each line with json.dumps()") from None  # fmt: skip
    except RecursionError:
        raise fail("not_json", "it is nested too deeply", "an example is flat") from None
    if "\\u" in text and _HALF.search(json.dumps(content, ensure_ascii=False)):
        raise fail("half_character", "it holds half a character (a lone surrogate)",
                   "repair the text, for example with ftfy.fix_text()")  # fmt: skip
    return content


def _parse_turn(turn: Any, place: int, fail: _Failing) -> tuple[str, str, int]:
    """Role, text and weight of a message."""
    at = f"message {place + 1}"
    if not isinstance(turn, dict):
        raise fail("turn_no_object", f"{at} is {_kind_of(turn)}",
                   'write {"role": ..., "content": ...}')  # fmt: skip
    if strange := sorted(turn.keys() - _TURN_KEYS):
        raise fail("unknown_key", f"{at} has the unknown key {strange[0][:40]!r}",
                   "keep `role` and `content`")  # fmt: skip
    role = turn.get("role")
    if role is None:
        raise fail("role_missing", f"{at} has no role", f"use one of {', '.join(ROLES)}")
    if role not in ROLES:
        raise fail("role_unknown", f"{at} has the role {str(role)[:40]!r}",
                   f"use one of {', '.join(ROLES)}")  # fmt: skip
    text = _text(turn, at, fail)
    weight = turn.get("weight", 1)
    if "weight" in turn and role != "assistant":
        raise fail("weight_misplaced", f"{at} is of role {role!r} and has a weight",
                   "only assistant messages have one")  # fmt: skip
    if isinstance(weight, bool) or weight not in (0, 1):
        raise fail("weight_wrong", f"{at} has the weight {str(weight)[:40]}", "use 0 or 1")
    return role, text, int(weight)


def _text(turn: dict[str, Any], at: str, fail: _Failing) -> str:
    content = turn.get("content")
    calls_a_tool = turn["role"] == "assistant" and ("tool_calls" in turn or "function_call" in turn)
    if content is None:
        if calls_a_tool:
            return ""
        raise fail("content_missing", f"{at} has no content", "add the text")
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else None for part in content]
        content = None if None in parts or not parts else "\n".join(map(str, parts))
    if not isinstance(content, str):
        raise fail("content_no_text", f"the content of {at} is no text",
                   "only text can be learned here")  # fmt: skip
    if not content.strip():
        raise fail("content_empty", f"the content of {at} is empty", "add the text, or drop the "
                   "example")  # fmt: skip
    return content


def _kind_of(value: Any) -> str:
    names = {list: "a list", dict: "an object", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")
