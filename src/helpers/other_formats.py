"""Formats of training data other than chat: how to tell them, and how to make messages of them.

What this module does not do: read files (`finetuning.conversions` does), or keep anything but the
conversation. Ids, sources and scores of a record are left out.
"""

from typing import Any, Literal

Format = Literal["prompt/completion", "Alpaca", "ShareGPT", "text/label"]
# Which keys hold what is asked and what is answered.
_PAIRS: dict[Format, tuple[str, str]] = {
    "prompt/completion": ("prompt", "completion"),
    "Alpaca": ("instruction", "output"),
    "text/label": ("text", "label"),
}
_SPEAKERS = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "assistant": "assistant",
}


def format_of(record: dict[str, Any]) -> Format | None:
    """Which format a record has by its keys; None where it is chat, or nothing that is known.

    >>> format_of({"prompt": "2 + 2 =", "completion": " 4"})
    'prompt/completion'
    """
    if "messages" in record:
        return None
    if "conversations" in record:
        return "ShareGPT"
    for name, keys in _PAIRS.items():
        if record.keys() >= set(keys):
            return name
    return None


def to_messages(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The conversation of a record in another format, as chat messages.

    Raises:
        ValueError: the format is unknown, or a value is no text; the message names the key.

    >>> to_messages({"prompt": "2 + 2 =", "completion": " 4"})
    [{'role': 'user', 'content': '2 + 2 ='}, {'role': 'assistant', 'content': '4'}]
    >>> talk = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]
    >>> to_messages({"conversations": talk})
    [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello!'}]
    """
    form = format_of(record)
    if form is None:
        known = ", ".join([*_PAIRS, "ShareGPT"])
        raise ValueError(f"the keys are {', '.join(record) or 'none'}; known formats are {known}")
    system = _text(record, "system") if record.get("system") else ""
    rules = [_message("system", system)] if system else []
    if form == "ShareGPT":
        return rules + _of_speakers(record["conversations"])
    asked, answered = _PAIRS[form]
    turns = _turns(record, asked, "user") + _turns(record, answered, "assistant")
    if form == "Alpaca" and record.get("input"):
        turns[0]["content"] += "\n\n" + _text(record, "input")
    return rules + turns


def _turns(record: dict[str, Any], key: str, role: str) -> list[dict[str, Any]]:
    """What stands under a key: a text, or a list of messages, as some libraries write it."""
    if isinstance(record[key], list):
        return list(record[key])
    return [_message(role, _text(record, key))]


def _of_speakers(turns: Any) -> list[dict[str, Any]]:
    if not isinstance(turns, list):
        raise ValueError("`conversations` is no list")
    found = []
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict):
            raise ValueError(f"element {number} of `conversations` is no object")
        speaker = turn.get("from", turn.get("role"))
        if speaker not in _SPEAKERS:
            known = ", ".join(_SPEAKERS)
            raise ValueError(f"{str(speaker)[:40]!r} speaks in `conversations`; known are {known}")
        key = "value" if "value" in turn else "content"
        found.append(_message(_SPEAKERS[speaker], _text(turn, key)))
    return found


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _text(record: dict[str, Any], key: str) -> str:
    """A value without the white space around it, which older completions begin with."""
    value = record.get(key)
    if not isinstance(value, str):
        raise ValueError(f"`{key}` is {str(value)[:40]!r} and no text")
    return value.strip()
