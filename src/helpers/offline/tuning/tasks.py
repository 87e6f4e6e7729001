"""Read the uploaded examples as a task: texts, and answers from a closed set.

An encoder with a linear head can learn to choose between answers that it has seen. It cannot
learn to write, and a file that asks for that is refused here, before anything is trained.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from helpers.chat_examples import ChatExample, read_examples
from helpers.json_lines import LineError
from helpers.offline.tuning.store import Document, Store
from helpers.offline.tuning.trainer import Examples

LEAST_EXAMPLES = 10
LEAST_OF_ONE = 5  # examples of an answer below which it will hardly be learned
MOST_LABELS = 500


class TaskError(Exception):
    """The files cannot be trained on; `code` and `param` are those of the job's error."""

    def __init__(self, message: str, *, code: str, param: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


@dataclass(frozen=True, slots=True)
class Task:
    """What a job trains: the labels in a fixed order, and the examples with their numbers."""

    labels: list[str]
    train: Examples
    valid: Examples | None
    reads_system: bool
    warning: str = ""


def read_task(store: Store, job: Document) -> Task:
    """The task of a job.

    Raises:
        TaskError: a file is gone, a line is broken, or the answers are no closed set.
    """
    examples = _read(store, job, "training_file")
    answers = Counter(example.assistant for example in examples)
    labels = sorted(answers)
    problem = ""
    if len(examples) < LEAST_EXAMPLES:
        problem = f"it has {len(examples)} examples, and at least {LEAST_EXAMPLES} are needed"
    elif len(labels) == 1:
        problem = f"every assistant message is {labels[0][:60]!r}, so there is nothing to learn"
    elif not is_closed_set(answers, len(examples)):
        problem = (
            f"{len(labels)} of its {len(examples)} assistant messages are different. This "
            "provider trains a classifier: the assistant messages must come from a closed set, "
            "each of them several times. Free text needs a language model and a hosted service"
        )
    if problem:
        raise TaskError(f"The training file is refused: {problem}.",
                        code="invalid_training_file", param="training_file")  # fmt: skip
    number = {label: index for index, label in enumerate(labels)}
    # A system prompt that is the same everywhere says nothing about an example.
    reads_system = len({example.system for example in examples}) > 1
    train = _numbered(examples, number, reads_system)
    if not job["validation_file"]:
        return Task(labels, train, None, reads_system, _warning(answers))
    validation = _read(store, job, "validation_file")
    strange = next((e for e in validation if e.assistant not in number), None)
    if strange:
        raise TaskError(
            f"The validation file is refused: line {strange.line} has the assistant message "
            f"{strange.assistant[:60]!r}, which the training file never has.",
            code="invalid_validation_file", param="validation_file",
        )  # fmt: skip
    if not validation:
        raise TaskError("The validation file is refused: it has no examples.",
                        code="invalid_validation_file", param="validation_file")  # fmt: skip
    valid = _numbered(validation, number, reads_system)
    return Task(labels, train, valid, reads_system, _warning(answers))


def is_closed_set(answers: Collection[str], examples: int) -> bool:
    """Whether so many different answers look like labels, and not like free text.

    >>> is_closed_set({"billing", "bug"}, 10), is_closed_set({"Hello!", "Hi there"}, 3)
    (True, False)
    """
    return 2 <= len(answers) <= min(MOST_LABELS, examples // 2)


def as_read(system: str, asked: str, *, reads_system: bool) -> str:
    """The text that the classifier reads of a conversation: what is said before the answer."""
    return f"{system}\n\n{asked}" if reads_system else asked


def _numbered(examples: list[ChatExample], number: dict[str, int], reads_system: bool) -> Examples:
    return Examples(
        [as_read(e.system, e.asked, reads_system=reads_system) for e in examples],
        [number[e.assistant] for e in examples],
    )


def _read(store: Store, job: Document, param: str) -> list[ChatExample]:
    name = job[param]
    which = param.removesuffix("_file")
    code = f"invalid_{param}"
    path = store.content(name)
    if not path.exists():
        raise TaskError(f"The {which} file {name} was deleted.", code=code, param=param)
    try:
        with path.open("rb") as file:
            examples = [example for example in read_examples(file) if example.weight]
    except LineError as error:
        raise TaskError(f"The {which} file is refused: {error}", code=code, param=param) from None
    for example in examples:
        if example.calls:
            raise TaskError(
                f"The {which} file is refused: the last message of line {example.line} calls a "
                "tool; this provider learns answers in text.", code=code, param=param,
            )  # fmt: skip
    return examples


def _warning(answers: Counter[str]) -> str:
    rarest = min(answers, key=lambda label: answers[label])
    if answers[rarest] >= LEAST_OF_ONE:
        return ""
    return f"{rarest[:60]!r} has only {answers[rarest]} examples; it will hardly be learned."
