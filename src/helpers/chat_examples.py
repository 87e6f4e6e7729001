"""One training example: a line of JSON with a conversation that ends in the wanted answer.

This is the chat format that fine-tuning services share. The embedded provider reads uploads with
it and the validator explains files with it, so both agree about what a good line is. What this
module does not do: compare lines with each other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from helpers.chat_turns import Message, parse_message
from helpers.json_lines import Failing, kind_of, lines_of, parse_object
from helpers.other_formats import format_of, to_messages

_KEYS = {"messages", "tools", "parallel_tool_calls", "functions"}
_RULES = ("system", "developer")  # roles that say how to answer, and are no part of what is asked


@dataclass(frozen=True, slots=True)
class ChatExample:
    """A conversation: its rules, what is said before the last answer, and that answer.

    `system` are all system texts, and `asked` everything else before the last message, texts and
    calls of tools. The last message has the text `assistant` and the calls `calls`; its `weight`
    is 0 where it is not to be learned. `learned` counts the assistant's messages of weight 1, and
    `tools` says which could be called. `system_first` is False where a system message stands
    behind another one.
    """

    system: str
    asked: str
    assistant: str
    line: int
    weight: int = 1
    system_first: bool = True
    calls: str = ""
    tools: str = ""
    learned: int = 1

    @property
    def answer(self) -> str:
        """What is to be learned: text and calls of the last message together."""
        return " ".join(part for part in (self.assistant, self.calls) if part)


def read_examples(stream: IO[bytes]) -> Iterator[ChatExample]:
    """The examples of a file, which is read line by line; a byte-order mark is passed over.

    Raises:
        LineError: at the first line that is no example.
    """
    for number, raw in lines_of(stream):
        yield parse_line(raw, number)


def parse_line(raw: bytes | None, line: int) -> ChatExample:
    """The example that a line holds.

    Raises:
        LineError: it holds none; the first rule that is broken is named.

    >>> raw = b'{"messages": [{"role": "user", "content": "Hi"}, '
    >>> parse_line(raw + b'{"role": "assistant", "content": "other"}]}', 1).assistant
    'other'
    """
    fail = Failing(line)
    content = parse_object(raw, line)
    _check_form(content, fail)
    messages = [parse_message(turn, at, fail) for at, turn in enumerate(content["messages"])]
    roles = [message.role for message in messages]
    if "user" not in roles:
        raise fail("user_missing", "there is no message of the user", "add what the user says")
    if roles[-1] != "assistant":
        found = f"the last message is of role {roles[-1]!r}"
        fix = "end with the assistant's answer, which is what is learned"
        raise fail("last_not_assistant", found, fix)
    *before, last = messages
    return ChatExample(
        system=_joined(before, system=True),
        asked=_joined(before, system=False),
        assistant=last.text,
        line=line,
        weight=last.weight,
        system_first=not any(role in _RULES for role in roles[1:]),
        calls=last.calls,
        tools=_tools(content),
        learned=sum(m.weight for m in messages if m.role == "assistant"),
    )


def _joined(messages: list[Message], *, system: bool) -> str:
    return "\n\n".join(m.said for m in messages if (m.role in _RULES) == system)


def _check_form(content: dict[str, Any], fail: Failing) -> None:
    """Whether the object has the right keys, with values of the right kind."""
    if form := format_of(content):
        found = f"it is in the format {form}, and not in chat format"
        raise fail("other_format", found, _conversion(content))
    if strange := sorted(content.keys() - _KEYS):
        found = f"the key {strange[0][:40]!r} is unknown"
        raise fail("unknown_key", found, "keep only `messages` (and `tools`)")
    turns = content.get("messages")
    if "messages" not in content:
        raise fail("messages_missing", "`messages` is missing", "add the list of messages")
    if not isinstance(turns, list):
        raise fail("messages_no_list", f"`messages` is {kind_of(turns)}", "make it a list")
    if not turns:
        raise fail("messages_empty", "`messages` is empty", "add a user and an assistant message")
    if not isinstance(content.get("parallel_tool_calls"), bool | None):
        found = f"`parallel_tool_calls` is {kind_of(content['parallel_tool_calls'])}"
        raise fail("value_wrong", found, "write true or false, or leave it out")
    for key in ("tools", "functions"):
        _check_tools(content.get(key), key, fail)


def _check_tools(tools: Any, key: str, fail: Failing) -> None:
    if tools is None:
        return
    fix = "write the list of what can be called, or leave it out"
    if not isinstance(tools, list):
        raise fail("value_wrong", f"`{key}` is {kind_of(tools)}", fix)
    for number, tool in enumerate(tools, start=1):
        function = tool.get("function") if key == "tools" and isinstance(tool, dict) else tool
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise fail("value_wrong", f"element {number} of `{key}` names no function", fix)


def _tools(content: dict[str, Any]) -> str:
    """What can be called, as one text."""
    offered = [content[key] for key in ("tools", "functions") if content.get(key)]
    return json.dumps(offered, sort_keys=True, ensure_ascii=False) if offered else ""


def _conversion(content: dict[str, Any]) -> str:
    """The way out of another format, shown on the line itself."""
    try:
        shown = json.dumps({"messages": to_messages(content)}, ensure_ascii=False)
    except ValueError as error:
        return (
            f"`helpers.finetuning.conversions.convert_jsonl` converts files, but not this: {error}"
        )
    shown = shown if len(shown) <= 200 else f"{shown[:200]}…"
    return f"`helpers.finetuning.conversions.convert_jsonl` makes of it {shown}"
