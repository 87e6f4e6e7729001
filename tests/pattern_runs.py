"""Match long runs of a pattern's own characters; a process of its own, ended where one never ends.

`python pattern_runs.py [DEADLINE] < used.json` prints what it tries. A text eight times as long
may take some eight times the processor's time, and not the square of that: the process ends with 1
where it does. What other programs do does not count, since only the time of this process is
compared. What is repeated is read from the pattern itself: each of its characters and words, a text
that it matches, and for each of its repetitions what stands in front of it and what it repeats.
"""

import faulthandler
import itertools
import json
import re
import sys
import time
import warnings
from collections.abc import Iterator
from typing import NamedTuple

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse  # the only reader of patterns that there is

SHORT = 500  # characters, to find out which runs are the hardest ones
LONG = 4_000  # characters
LONGER = 8 * LONG
MOST = 3 * LONGER / LONG  # how many times the time a text of that length may take
NOTHING = 0.02  # seconds; what takes less is not worth a comparison
HARDEST = 3  # runs of each pattern that are tried at full length
DEADLINE = 600.0  # seconds, after which a run counts as one that never ends
ENDINGS = ("", "x", "!", "\n")  # most of them end no match, so that all ways there are tried
LAST_LINE = "all done"
CANDIDATES = "a0 \n\tA_-.,:;!?<>/'\"()[]{}*+#|@\\=é€xZ9"


class Used(NamedTuple):
    """A pattern with its flags and the method it is used with."""

    pattern: str
    flags: int
    method: str


def runs(pattern: str, flags: int) -> list[tuple[str, str]]:
    """Pairs of a beginning and what is repeated behind it."""
    tree = sre_parse.parse(pattern, flags)
    found: list[tuple[str, str]] = []
    whole = _walk(tree, "", found)
    words = [*_words(tree), whole, whole[:-1], whole + " ", whole[:-1] + " ", whole + "\n"]
    found += [("", word) for word in [*words, *(f"{word} " for word in words), *"".join(words)]]
    return [*dict.fromkeys(pair for pair in found if pair[1])]


def _walk(items: object, before: str, found: list[tuple[str, str]]) -> str:
    """A text that the items match; notes what stands before each repetition and what repeats."""
    text = ""
    for operation, value in items:  # type: ignore[attr-defined]
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, _, body = value
            one = _walk(body, before + text, found)
            characters = _characters(body)
            found += [(before + text, character) for character in characters]
            found += [(before + text, "".join(order)) for order in (characters, characters[::-1])]
            found += [(before + text, one), ("", before + text + one), ("", text + one)]
            text += one * max(1, low)
        elif name == "SUBPATTERN":
            text += _walk(value[-1], before + text, found)
        elif name == "ATOMIC_GROUP":
            text += _walk(value, before + text, found)
        elif name == "BRANCH":
            branches = [_walk(branch, before + text, found) for branch in value[1]]
            found += [("", before + text + branch) for branch in branches]
            text += branches[0]
        elif name not in ("ASSERT", "ASSERT_NOT", "AT", "GROUPREF"):
            text += "".join(_of_one(operation, value)[:1])
    return text


def _characters(items: object) -> list[str]:
    """Characters that stand in a part of a pattern, one or two of each class."""
    found = []
    for operation, value in items:  # type: ignore[attr-defined]
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            found += _characters(value[2])
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            found += _characters(value[-1] if name == "SUBPATTERN" else value)
        elif name == "BRANCH":
            found += [c for branch in value[1] for c in _characters(branch)]
        elif name not in ("ASSERT", "ASSERT_NOT", "AT", "GROUPREF"):
            found += _of_one(operation, value)
    return found


def _of_one(operation: object, value: object) -> list[str]:
    """Up to four characters that one character's place in a pattern takes."""
    name = str(operation)
    if name == "LITERAL":
        return [chr(value)]  # type: ignore[arg-type]
    if name == "ANY":
        return ["a", " "]
    if name == "NOT_LITERAL":
        return [c for c in "a0" if c != chr(value)]  # type: ignore[arg-type]
    state = sre_parse.State()
    state.str = ""
    pattern = sre_parse.SubPattern(state, [(operation, value)])
    taken = re._compiler.compile(pattern)  # type: ignore[attr-defined]
    own = [chr(item[1]) for item in value if str(item[0]) == "LITERAL"]  # type: ignore[attr-defined]
    return [c for c in [*own[:2], *CANDIDATES] if taken.match(c)][:4]


def _words(items: object) -> Iterator[str]:
    """Runs of two or more letters in a row, wherever they stand."""
    word = ""
    for operation, value in [*items, (None, None)]:  # type: ignore[misc]
        if str(operation) == "LITERAL":
            word += chr(value)
            continue
        if len(word) > 1:
            yield word
        word = ""
        for part in value if isinstance(value, tuple | list) else [value]:
            branches = part if isinstance(part, list) else [part]
            for branch in branches:
                if isinstance(branch, sre_parse.SubPattern):
                    yield from _words(branch)


def seconds(used: Used, text: str, deadline: float) -> float:
    """The processor's time to go over the text. Ends the process after the deadline."""
    pattern = re.compile(used.pattern, used.flags)
    faulthandler.dump_traceback_later(deadline, exit=True)
    began = time.process_time()
    if used.method == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, used.method)(text)
    faulthandler.cancel_dump_traceback_later()
    return time.process_time() - began


def text_of(before: str, repeated: str, ending: str, length: int) -> str:
    """The run as a text of about that length."""
    return before + repeated * (length // len(repeated)) + ending


def grows_evenly(used: Used, run: tuple[str, str, str], deadline: float) -> bool:
    """Whether a longer text takes longer by about as much as it is longer."""
    longer = seconds(used, text_of(*run, LONGER), deadline)
    return longer < NOTHING or longer < MOST * seconds(used, text_of(*run, LONG), deadline)


def main() -> int:
    deadline = float(sys.argv[1]) if len(sys.argv) > 1 else DEADLINE
    for used in itertools.starmap(Used, json.load(sys.stdin)):
        tried = {}
        for before, repeated in runs(used.pattern, used.flags):
            for ending in ENDINGS:
                print(f"{used}: {before!r} + {repeated!r} * many + {ending!r}", flush=True)
                run = (before, repeated, ending)
                tried[run] = seconds(used, text_of(*run, SHORT), deadline)
        for run in sorted(tried, key=lambda run: -tried[run])[:HARDEST]:
            before, repeated, ending = run
            print(f"{used}: {before!r} + {repeated!r} * very many + {ending!r}", flush=True)
            if not grows_evenly(used, run, deadline):
                return 1
    print(LAST_LINE, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
