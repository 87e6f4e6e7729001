"""Read the labels out of a system prompt, and what it says about each of them.

Labels stand behind a colon, in one line or as a list: "Answer with exactly one of: billing, bug."
A prompt that announces labels which cannot be read is an error and not a prompt without labels:
somebody else would answer then, and nobody would notice.
"""

import re
from collections.abc import Sequence

MOST_WORDS = 10  # of a label; what has more is a sentence. A name_in_one_piece is one word

_BULLET = r"[ \t]*(?:[-*•]|\d+[.)])[ \t]+"
_LIST = re.compile(
    r"\b(?P<said>one of|labels?|categor(?:y|ies)|classes|options)\b"
    r"(?:(?![.!?]\s)[^:\n]){0,60}:[ \t]*"
    rf"(?:(?P<line>[^\s][^\n]*)|\n(?:[ \t]*\n)?(?P<bullets>(?:{_BULLET}[^\n]+\n?)+))",
    re.I,
)
_QUOTED = re.compile(r"`([^`\n]+)`|\"([^\"\n]+)\"|“([^“”\n]+)”|'([^'\n]+)'(?!\w)")
_BETWEEN = re.compile(r"\b(?:or|and)\b|[\s,;|/.]", re.I)  # what may stand between quoted names
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_LAST_TWO = re.compile(r"\s(?:or|and)\s", re.I)
_AROUND = " \t.`*-'\"“”[]()"


class LabelsError(ValueError):
    """A system prompt announces labels, and they cannot be read; the message says which not."""


def labels_in(system: str) -> list[str]:
    """Names of labels that a system prompt lists behind a colon; empty where it announces none.

    Raises:
        LabelsError: it announces some, and names fewer than two, or something that is no label.

    >>> labels_in("Sort the ticket. Answer with exactly one of: billing, bug or `other`.")
    ['billing', 'bug', 'other']
    """
    problem = ""
    for match in _LIST.finditer(system):
        names = _of_bullets(match["bullets"]) if match["bullets"] else _of_line(match["line"])
        wrong = _problem(names)
        if not wrong:
            return names
        problem = problem or f"behind {match['said']!r} {wrong}"
    if problem:
        raise LabelsError(problem)
    return []


def _problem(names: list[str]) -> str:
    """Why these are no labels; empty where they are."""
    for name in names:
        if (words := len(name.split())) > MOST_WORDS:
            return f"{name[:60]!r}… has {words} words, and a label has at most {MOST_WORDS}"
    if len(names) < 2:
        only = f"only {names[0][:60]!r} was found" if names else "no name was found"
        return f"{only}, and there must be two labels to choose from"
    return ""


def _of_bullets(text: str) -> list[str]:
    """One label a line, without what is said about it behind a colon or a dash."""
    lines = [re.sub(rf"^{_BULLET}", "", line) for line in text.splitlines()]
    return _bare([re.split(r":\s|:$|\s[–—-]\s", line)[0] for line in lines])


def _of_line(text: str) -> list[str]:
    """Labels in a row, kept apart by the first of these signs that there is: ; , | / or a word."""
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(text)]
    if len(quoted) > 1 and not _BETWEEN.sub("", _QUOTED.sub("", text)):
        return _bare(quoted)
    text = _SENTENCE_END.split(text, maxsplit=1)[0]
    sign = next((sign for sign in ";,|/" if sign in text), None)
    *first, last = text.split(sign) if sign else [text]
    last = re.sub(r"^\s*(?:or|and)\s", "", last, flags=re.I)
    return _bare([*first, *_LAST_TWO.split(last)])


def _bare(names: list[str]) -> list[str]:
    stripped = [name.strip(_AROUND) for name in names]
    return list(dict.fromkeys(name for name in stripped if name))


def about(system: str, labels: Sequence[str]) -> dict[str, list[str]]:
    """What a system prompt says about each label: clauses that name it, marked, and no other.

    A name counts where it is marked as one: in backticks, quotes or bold, behind an arrow, or in
    front of a colon at the start of a line. In running text "other" is just a word.

    >>> about("`bug`: it fails.\\n*Charged twice* → `billing`; the other day", ["billing", "bug"])
    {'billing': ['Charged twice'], 'bug': ['it fails']}
    """
    found: dict[str, list[str]] = {label: [] for label in labels}
    for clause in re.split(r"\n|;\s|(?<=[.!?*])\s(?=[A-Z*\"“])", system):
        named = [label for label in labels if _marked(label).search(clause)]
        if len(named) == 1:
            words = re.sub(r"[*\"“”`]", "", _marked(named[0]).sub(" ", clause))
            if words := " ".join(words.split()).strip(" .:→->"):
                found[named[0]].append(words)
    return found


def _marked(label: str) -> "re.Pattern[str]":
    name = re.escape(label)
    return re.compile(
        rf"(?:(?:→|->)\s*)?(?:\*\*)?[`\"“]{name}[`\"”](?:\*\*)?|\*\*{name}\*\*|(?:→|->)\s*{name}\b"
        rf"|^[ \t]*(?:[-*][ \t]+)?{name}[ \t]*:"
    )
