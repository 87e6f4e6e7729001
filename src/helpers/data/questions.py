"""Questions about the handbook and support cases, both with the places that answer them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from helpers.data.files import DATA, DataError, read_json_lines
from helpers.data.handbook import HANDBOOK, load_handbook
from helpers.data.tickets import Label

QuestionType = Literal[
    "lookup",
    "table",
    "identifier",
    "paraphrase",
    "two_page",
    "outdated",
    "off_topic",
    "near_miss",
]
Split = Literal["dev", "test"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Record):
    """A place in the handbook: `quote == text of file [start:end]`."""

    file: str  # such as "refunds.md"
    start: int
    end: int
    quote: str


class _WithSpans(_Record):
    """Something that the handbook answers, or does not.

    `answer` holds the phrases that a right answer contains: any of them, or with `all_needed`
    each of them. In the same way any one span answers, or all are needed.
    """

    id: str
    spans: tuple[Span, ...]
    answer: tuple[str, ...]
    all_needed: bool = False

    @property
    def answerable(self) -> bool:
        return bool(self.spans)


class Question(_WithSpans):
    """A question with its type and the split it belongs to."""

    split: Split
    type: QuestionType
    question: str
    absent: tuple[str, ...] = ()  # words that the handbook would need to answer, and lacks


class SupportCase(_WithSpans):
    """A customer's message, its category by the guideline, and what the reply must rest on."""

    message: str
    category: Label
    rule: str  # which judgement call of the guideline decides; "plain" where none is needed
    absent: tuple[str, ...] = ()


def load_questions(
    path: Path = DATA / "questions.jsonl",
    *,
    split: Split | None = None,
    handbook: Path = HANDBOOK,
) -> list[Question]:
    """All questions, or those of one split.

    Raises:
        DataError: the file is broken, or a span is not where it says.
    """
    questions = read_json_lines(path, Question)
    for line, question in enumerate(questions, start=1):
        has_answer = question.type not in ("off_topic", "near_miss")
        if question.answerable != has_answer:
            problem = f"{question.id}: type {question.type} {_must(has_answer)} spans"
            raise DataError(path, line, problem)
    _check_spans(path, questions, handbook)
    return [question for question in questions if split in (None, question.split)]


def load_support_cases(
    path: Path = DATA / "support_cases.jsonl", *, handbook: Path = HANDBOOK
) -> list[SupportCase]:
    """All support cases.

    Raises:
        DataError: the file is broken, or a span is not where it says.
    """
    cases = read_json_lines(path, SupportCase)
    _check_spans(path, cases, handbook)
    return cases


def _must(needed: bool) -> str:
    return "needs" if needed else "must not have"


def _check_spans(path: Path, records: list[Question] | list[SupportCase], handbook: Path) -> None:
    pages = {f"{page.name}.md": page.text for page in load_handbook(handbook)}
    for line, record in enumerate(records, start=1):
        for span in record.spans:
            text = pages.get(span.file)
            if text is None:
                problem = f"{record.id}: there is no page {span.file!r} in the handbook"
                raise DataError(path, line, problem)
            if problem := span_problem(text, span):
                raise DataError(path, line, f"{record.id}: {problem}")
        missing = [a for a in record.answer if not any(a in span.quote for span in record.spans)]
        if missing:
            problem = f"{record.id}: the answer {missing[0]!r} stands in none of its quotes"
            raise DataError(path, line, problem)
        if record.answerable and not record.answer:
            raise DataError(path, line, f"{record.id}: it has spans but no answer; add a phrase")


def places(text: str, quote: str) -> list[int]:
    """Where a quote stands in a text: every start, also of those that overlap.

    >>> places("5 days, or 5 days more", "5 days")
    [0, 11]
    """
    starts: list[int] = []
    start = text.find(quote) if quote else -1
    while start >= 0:
        starts.append(start)
        start = text.find(quote, start + 1)
    return starts


def span_problem(text: str, span: Span) -> str:
    """What is wrong with a span of this text and what to do about it, or nothing.

    >>> span_problem("It takes 5 days.", Span(file="a.md", start=0, end=6, quote="5 days"))
    'the quote stands at 9:15 of a.md, not at 0:6; set start and end'
    """
    if not span.quote.strip():
        return f"the quote from {span.file} is blank; quote the words that answer"
    if span.start >= 0 and text[span.start : span.end] == span.quote:
        return ""
    found = places(text, span.quote)
    if not found:
        return f"the quote {span.quote[:50]!r} does not stand in {span.file}; quote it as it is"
    known = " and at ".join(f"{start}:{start + len(span.quote)}" for start in found[:3])
    return (
        f"the quote stands at {known} of {span.file}, not at {span.start}:{span.end}; "
        "set start and end"
    )
