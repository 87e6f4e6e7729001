"""One message of a conversation: who says what, which tools are called, and is it to be learned?

What this module does not do: look at the conversation as a whole.
"""

import json
from dataclasses import dataclass
from typing import Any

from helpers.json_lines import Failing, kind_of

ROLES = ("system", "developer", "user", "assistant", "tool")
_TEXTS = ("name", "tool_call_id", "refusal")  # keys whose value is a text, or null for none
_CALLS = ("tool_calls", "function_call")  # the second is the older way to write one call
_KEYS = {"role", "content", "weight", *_TEXTS, *_CALLS}


@dataclass(frozen=True, slots=True)
class Message:
    """What one message says. `calls` are the tools that it calls, as a text; `weight` is 0 or 1."""

    role: str
    text: str
    calls: str = ""
    weight: int = 1

    @property
    def said(self) -> str:
        """Text and calls together."""
        return " ".join(part for part in (self.text, self.calls) if part)


def parse_message(turn: Any, place: int, fail: Failing) -> Message:
    """The message that an element of `messages` is; `place` counts from 0.

    Raises:
        LineError: it is none; the first rule that is broken is named.

    >>> parse_message({"role": "assistant", "content": "bug", "weight": 0}, 2, Failing(1))
    Message(role='assistant', text='bug', calls='', weight=0)
    """
    at = f"message {place + 1}"
    if not isinstance(turn, dict):
        found = f"{at} is {kind_of(turn)}"
        raise fail("turn_no_object", found, 'write {"role": ..., "content": ...}')
    if strange := sorted(turn.keys() - _KEYS):
        found = f"{at} has the unknown key {strange[0][:40]!r}"
        raise fail("unknown_key", found, "keep `role` and `content`")
    role = _role(turn, at, fail)
    for key in _TEXTS:
        if not isinstance(turn.get(key), str | None):
            found = f"`{key}` of {at} is {kind_of(turn[key])}"
            raise fail("value_wrong", found, "write a text, or leave it out")
    calls = _calls(turn, at, fail)
    return Message(role, _text(turn, at, calls, fail), calls, _weight(turn, at, fail))


def _role(turn: dict[str, Any], at: str, fail: Failing) -> str:
    role = turn.get("role")
    if role is None:
        raise fail("role_missing", f"{at} has no role", f"use one of {', '.join(ROLES)}")
    if role not in ROLES:
        found = f"{at} has the role {str(role)[:40]!r}"
        raise fail("role_unknown", found, f"use one of {', '.join(ROLES)}")
    return str(role)


def _text(turn: dict[str, Any], at: str, calls: str, fail: Failing) -> str:
    content = turn.get("content")
    if content is None:
        if calls:
            return ""
        raise fail("content_missing", f"{at} has no content", "add the text, or what it calls")
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else None for part in content]
        texts = [part for part in parts if isinstance(part, str)]
        content = "\n".join(texts) if texts and len(texts) == len(parts) else None
    if not isinstance(content, str):
        found = f"the content of {at} is no text"
        raise fail("content_no_text", found, "only text can be learned here")
    if not content.strip() and not calls:
        found = f"the content of {at} is empty"
        raise fail("content_empty", found, "add the text, or drop the example")
    return content


def _weight(turn: dict[str, Any], at: str, fail: Failing) -> int:
    weight = turn.get("weight", 1)
    if "weight" in turn and turn["role"] != "assistant":
        found = f"{at} is of role {turn['role']!r} and has a weight"
        raise fail("weight_misplaced", found, "only assistant messages have one")
    if isinstance(weight, bool) or weight not in (0, 1):
        raise fail("weight_wrong", f"{at} has the weight {str(weight)[:40]}", "use 0 or 1")
    return int(weight)


def _calls(turn: dict[str, Any], at: str, fail: Failing) -> str:
    """The calls of a message as one text, so that they can be compared; "" where it has none.

    Ids are left out: they are drawn anew for each call and say nothing of what is called.
    """
    found = []
    for key in _CALLS:
        if turn.get(key) is None:
            continue
        if turn["role"] != "assistant":
            problem = f"{at} is of role {turn['role']!r} and has `{key}`"
            raise fail("call_wrong", problem, "only assistant messages call tools")
        calls = turn[key] if key == "tool_calls" else [{"function": turn[key]}]
        if not isinstance(calls, list) or not calls:
            what = "an empty list" if calls == [] else kind_of(calls)
            fix = "leave it out, or write the list of the calls"
            raise fail("call_wrong", f"`{key}` of {at} is {what}", fix)
        found += [_call(call, f"`{key}` of {at}", fail) for call in calls]
    return "; ".join(found)


_CALL = '{"id": ..., "type": "function", "function": {"name": ..., "arguments": "{...}"}}'


def _call(call: Any, at: str, fail: Failing) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        found = f"{at} has a call without a `function`"
        raise fail("call_wrong", found, f"write each call as {_CALL}")
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or not name:
        raise fail("call_wrong", f"{at} has a call without a name", f"write each as {_CALL}")
    if not isinstance(arguments, str):
        found = f"{at} calls {name[:40]!r} with arguments that are {kind_of(arguments)}"
        raise fail("call_wrong", found, "write them as a text: json.dumps(arguments)")
    return f"{name}({_evened_out(arguments)})"


def _evened_out(arguments: str) -> str:
    """The same text for the same arguments, however they are ordered and spaced."""
    try:
        return json.dumps(json.loads(arguments), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments
