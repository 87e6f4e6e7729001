"""Look through a training file before a service does, and say what is wrong line by line.

The file is read once, a line at a time, and only hashes are kept of what was read, so a file of
any size fits. What this module does not do: change the file.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import IO

from helpers.chat_examples import ChatExample, parse_line
from helpers.data import DataError
from helpers.finetuning.findings import Finding, Kind, Level, Report
from helpers.json_lines import LineError, lines_of
from helpers.offline.tuning.tasks import LEAST_OF_ONE, is_closed_set
from helpers.tokens import count_tokens

LEAST_EXAMPLES = 10
LARGEST_FILE = 512 * 2**20  # bytes, as at OpenAI
LEAST_SHARE = 0.2  # of an equal share; a label with fewer examples will hardly be given
MOST_ANSWERS = 1000  # different answers that are counted


def validate_jsonl(
    path: Path,
    *,
    labels: Sequence[str] | None = None,
    against: Iterable[Path] = (),
    limit: int = 256,
) -> Report:
    """Every way in which a chat JSONL file is not fit to be trained on.

    Args:
        path: the file.
        labels: the answers that are allowed; None allows all.
        against: other files, such as the test set, whose inputs must not occur here.
        limit: tokens of the embedding model beyond which a user's text is cut. Only texts of more
            than twice as many characters are counted, and others that are not plain ASCII.

    Raises:
        DataError: a file is missing or is a folder.
    """
    report = Report(path.name)
    elsewhere: dict[int, tuple[str, int]] = {}
    for other in against:
        for line, example in _good_examples(other):
            elsewhere.setdefault(_key(example.asked), (other.name, line))
    with _opened(path) as file:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            _note(report, 0, "file_too_large", f"it has {size / 2**20:.0f} MB",
                  f"services take at most {LARGEST_FILE // 2**20} MB; split it")  # fmt: skip
        if not _looks_like_lines(file, report):
            return report
        looking = _Looking(report, labels, elsewhere, limit)
        for number, raw in lines_of(file):
            try:
                example = parse_line(raw, number)
            except LineError as error:
                _note(report, number, error.kind, error.problem, error.fix)
                continue
            looking.at(example)
        looking.at_the_whole()
    return report


def _looks_like_lines(file: IO[bytes], report: Report) -> bool:
    """Name what is wrong with the file as a whole; whether it is worth reading on."""
    head = file.read(4096)
    file.seek(0)
    if not head:
        _note(report, 0, "empty_file", "it is empty", "write one example a line")
        return False
    if (
        head.startswith((b"\xff\xfe", b"\xfe\xff"))
        or head[:200].count(b"\x00") > len(head[:200]) // 4
    ):
        _note(report, 1, "utf16", "it is UTF-16 and not UTF-8", "save the file as UTF-8")
        return False
    if head.startswith(b"\xef\xbb\xbf"):
        _note(report, 1, "byte_order_mark", "it begins with a byte-order mark",
              "save the file as UTF-8 without one")  # fmt: skip
        head = head[3:]
    first = head.split(b"\n", 1)[0].strip()
    if first.startswith(b"["):
        _note(report, 1, "json_array", "it is one JSON array",
              "write each element on a line of its own; "
              "`helpers.finetuning.conversions.convert_jsonl` does it")  # fmt: skip
        return False
    if first == b"{" and len(head) > 2:
        _note(report, 1, "pretty_printed", "an example goes over several lines",
              "write each on one line: json.dumps() without indent")  # fmt: skip
        return False
    return True


class _Looking:
    """Looks at good examples one by one, and at the end at what they are together."""

    def __init__(
        self,
        report: Report,
        labels: Sequence[str] | None,
        elsewhere: dict[int, tuple[str, int]],
        limit: int,
    ) -> None:
        self._report, self._limit = report, limit
        self._labels = None if labels is None else set(labels)
        self._elsewhere = elsewhere
        self._first: dict[int, int] = {}  # line and answer of each input, in one number each
        self._learned = 0  # messages that are to be learned
        self._last = 0  # those of them that end a conversation

    def at(self, example: ChatExample) -> None:
        report, line, answer = self._report, example.line, example.answer
        report.examples += 1
        self._learned += example.learned
        self._last += example.weight
        if answer in report.answers or len(report.answers) < MOST_ANSWERS:
            report.answers[answer] += 1
        if example.weight and self._labels is not None and answer not in self._labels:
            self._unknown_label(line, answer)
        elif example.weight and answer != answer.strip():
            _note(report, line, "space_around_answer", f"the answer is {answer[:60]!r}",
                  "remove the white space at its ends, or it is learned too")  # fmt: skip
        if not example.system_first:
            _note(report, line, "system_not_first", "a system message stands behind another one",
                  "put it first", "warning")  # fmt: skip
        self._compare(example)
        self._look_elsewhere(example)
        self._measure(example)

    def at_the_whole(self) -> None:
        report = self._report
        if 0 < report.examples < LEAST_EXAMPLES:
            _note(report, 0, "too_few_examples", f"it has {report.examples} good examples",
                  f"services ask for at least {LEAST_EXAMPLES}")  # fmt: skip
        if report.examples and not self._learned:
            _note(report, 0, "nothing_to_learn", "every answer has the weight 0",
                  "give weight 1 to what is to be learned")  # fmt: skip
        nothing_else = self._learned == self._last == report.examples
        if len(report.answers) == 1 and report.examples >= LEAST_EXAMPLES and nothing_else:
            only = next(iter(report.answers))
            _note(report, 0, "one_answer", f"every answer is {only[:60]!r}",
                  "add examples with other answers")  # fmt: skip
        elif len(report.answers) < MOST_ANSWERS and is_closed_set(report.answers, report.examples):
            self._balance()

    def _unknown_label(self, line: int, answer: str) -> None:
        near = difflib.get_close_matches(answer.strip().lower(), sorted(self._labels or ()), 1, 0.7)
        fix = f"is {near[0]!r} meant?" if near else "use one of the labels, or add this one to them"
        _note(self._report, line, "unknown_label", f"{answer[:60]!r} is none of the labels", fix)

    def _compare(self, example: ChatExample) -> None:
        """With the lines before."""
        if not example.weight:
            return  # its answer is not learned, so it agrees with any other
        given = "\n".join((example.tools, example.system, example.asked))
        key, line = _key(given), example.line
        answer = _hash(example.answer) & 0xFFFF_FFFF
        before = self._first.setdefault(key, line << 32 | answer)
        first_line, first_answer = before >> 32, before & 0xFFFF_FFFF
        if first_line != line and first_answer == answer:
            _note(self._report, line, "duplicate", f"it says the same as line {first_line}",
                  "keep one; twice the same counts double", "warning")  # fmt: skip
        elif first_line != line:
            _note(self._report, line, "conflict",
                  f"line {first_line} has the same input and another answer",
                  "decide which answer is right")  # fmt: skip

    def _look_elsewhere(self, example: ChatExample) -> None:
        """Whether the same is asked in one of the other files."""
        if self._elsewhere and (found := self._elsewhere.get(_key(example.asked))):
            name, there = found
            found_there = f"its input stands in {name}, line {there}, too"
            fix = "keep it on one side, or the score will flatter"
            _note(self._report, example.line, "leakage", found_there, fix)

    def _measure(self, example: ChatExample) -> None:
        text = example.asked
        if len(text) <= (2 * self._limit if text.isascii() else self._limit):
            return
        tokens = count_tokens(text)
        if tokens > self._limit:
            _note(self._report, example.line, "over_long", f"the input has {tokens} tokens",
                  f"only the first {self._limit} are read; cut it yourself", "warning")  # fmt: skip

    def _balance(self) -> None:
        equal = self._report.examples / len(self._report.answers)
        for answer, count in sorted(self._report.answers.items(), key=lambda item: item[1]):
            if count < LEAST_OF_ONE or count < LEAST_SHARE * equal:
                _note(self._report, 0, "imbalance",
                      f"{answer[:60]!r} has {count} of {self._report.examples} examples",
                      "add examples of it, or leave the label out", "warning")  # fmt: skip


def _good_examples(path: Path) -> Iterator[tuple[int, ChatExample]]:
    with _opened(path) as file:
        for number, raw in lines_of(file):
            try:
                yield number, parse_line(raw, number)
            except LineError:
                continue


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(path, 0, "no such file; was it written?") from None
    except (IsADirectoryError, PermissionError) as error:
        problem = f"cannot be read ({error.strerror}); give the path of a .jsonl file"
        raise DataError(path, 0, problem) from None


def _key(text: str) -> int:
    """A text as a number: case and white space do not make it another one."""
    return _hash(" ".join(text.casefold().split()))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _note(
    report: Report, line: int, kind: Kind, message: str, fix: str, level: Level = "error"
) -> None:
    report.add(Finding(line, kind, level, message, fix))
