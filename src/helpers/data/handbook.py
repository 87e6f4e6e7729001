"""The handbook: one Markdown file a page."""

import re
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from helpers.data.files import DATA, DataError, read_text, way_back

HANDBOOK = DATA / "handbook"


class Page(BaseModel):
    """A page of the handbook; `text` is the whole file, so offsets count from its start."""

    model_config = ConfigDict(frozen=True)

    name: str  # the file's name without .md
    title: str
    area: str
    updated: date
    superseded_by: str | None  # name of the page that replaces an outdated one
    text: str


_SECOND = re.compile(
    r"\*Updated (?P<day>\d{1,2} \w+ \d{4}) · (?P<area>[A-Z]\w+)"
    r"(?: · Outdated: see \[[^\]]+\]\((?P<successor>[\w-]+)\.md\))?\*"
)


def load_handbook(folder: Path = HANDBOOK) -> list[Page]:
    """Every page of the handbook, in order of name.

    Raises:
        DataError: a page is not UTF-8, or lacks its title or its line with date and area; or the
            folder has no pages.
    """
    pages = [_page(path, read_text(path)) for path in sorted(folder.glob("*.md"))]
    if not pages:
        problem = f"no .md files; {way_back(folder, 'give a folder that has some')}"
        raise DataError(folder, 0, problem)
    return pages


def edited(page: Page, before: str, after: str) -> Page:
    """The page with one place rewritten; the page itself stays as it is.

    Args:
        page: a page of the handbook.
        before: words that stand in its text exactly once.
        after: what replaces them.

    Raises:
        ValueError: the words do not stand there, or more than once.
        DataError: what comes out is not a page any more, such as one without a title.
    """
    count = page.text.count(before)
    if count != 1:
        raise ValueError(
            f"{before[:60]!r} stands {count} times in {page.name}.md; it must be there once. "
            "Copy it from the page, with more words around it"
        )
    return _page(HANDBOOK / f"{page.name}.md", page.text.replace(before, after))


def _page(path: Path, text: str) -> Page:
    lines = text.split("\n", 3)
    if not lines[0].startswith("# "):
        raise DataError(path, 1, f"a page begins with '# Title', this one with {lines[0][:40]!r}")
    second = _SECOND.fullmatch(lines[2]) if len(lines) > 2 else None
    if not second:
        raise DataError(path, 3, "expected a line such as '*Updated 3 September 2026 · Billing*'")
    try:
        updated = datetime.strptime(second["day"], "%d %B %Y").date()
    except ValueError:
        raise DataError(
            path, 3, f"{second['day']!r} is no date; write '3 September 2026'"
        ) from None
    return Page(
        name=path.stem,
        title=lines[0].removeprefix("# ").strip(),
        area=second["area"],
        updated=updated,
        superseded_by=second["successor"],
        text=text,
    )
