"""A new price list: what it changes in the handbook, and questions whose answers change with it."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from helpers.data.files import DATA, DataError, as_record, read_json
from helpers.data.handbook import HANDBOOK, Page, edited, load_handbook


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(_Part):
    """A place of a page that is rewritten; `before` stands in it exactly once."""

    file: str
    before: str
    after: str


class Fact(_Part):
    """One fact, how it is asked for, and its answer before and after the change.

    `before` and `after` are the phrases that a right answer contains; they are the same for a
    fact that stays. `answer` is the sentence that a model is taught, with `before` in it.
    """

    id: str
    changed: bool
    before: str
    after: str
    answer: str
    train: tuple[str, ...] = Field(min_length=1)
    test: tuple[str, ...] = Field(min_length=1)


class PriceChange(_Part):
    """The edits of a new price list, and facts that it changes or leaves."""

    title: str
    edits: tuple[Edit, ...] = Field(min_length=1)
    facts: tuple[Fact, ...] = Field(min_length=1)

    def applied_to(self, pages: Sequence[Page]) -> list[Page]:
        """The handbook with the new price list; the pages given stay as they are.

        Raises:
            ValueError: an edit does not fit the pages.
        """
        found = {page.name: page for page in pages}
        for edit in self.edits:
            name = edit.file.removesuffix(".md")
            if name not in found:
                raise ValueError(f"there is no page {edit.file!r} in the handbook")
            found[name] = edited(found[name], edit.before, edit.after)
        return list(found.values())


def load_price_change(
    path: Path = DATA / "price_change.json", *, handbook: Path = HANDBOOK
) -> PriceChange:
    """The price change.

    Raises:
        DataError: the file is broken, an edit does not fit the handbook, a fact's phrases do not
            fit its answer and the edits, or a question stands twice.
    """
    change = as_record(path, 1, read_json(path), PriceChange)
    try:
        change.applied_to(load_handbook(handbook))
    except ValueError as error:
        raise DataError(path, 1, str(error)) from None
    new = " ".join(edit.after for edit in change.edits)
    asked: set[str] = set()
    for fact in change.facts:
        if fact.before not in fact.answer:
            raise DataError(path, 1, f"{fact.id}: {fact.before!r} is not in its answer")
        if fact.changed != (fact.before != fact.after):
            raise DataError(path, 1, f"{fact.id}: changed is {fact.changed}, its phrases differ")
        if fact.changed and fact.after not in new:
            raise DataError(path, 1, f"{fact.id}: no edit writes {fact.after!r}")
        for question in (*fact.train, *fact.test):
            if question.lower() in asked:
                raise DataError(path, 1, f"{fact.id}: {question[:60]!r} is asked twice")
            asked.add(question.lower())
    return change
