"""A deck of slides from a lesson's own cells, so that no text exists twice.

The rule: the title and the objectives; the words; of each section its idea, its prediction, its
figures and what was seen in them; each exercise with its task; the recap with its figures. Set-up,
code, hints and solutions stay in the notebook. A slide that is too long for the screen goes on on
another one.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from website.fitting import fitting, split_blocks
from website.pages import description

OUTPUT_LINES, OUTPUT_WIDTH = 14, 80  # of what a cell has printed, to be shown on a slide

HEADING = re.compile(r"^(#{1,3}) (.+)$")
SEEN = re.compile(
    r"<summary><b>What we saw</b></summary>(.*?)</details>|\*\*What we saw\.\*\* (.*?)(?:\n\n|\Z)",
    re.S,
)
MINUTES = re.compile(r"^(\*\*\d+ minutes\*\*) · .*", re.S)  # what follows is for set-up
LAST_LEAD = re.compile(r"(?<=[.!?)]) [^.!?]*:\Z", re.S)  # "Here they are:", and they are not here
PREDICT = "**Predict.**"
RELATIVE_LINK = re.compile(r"\[([^\[\]]*)\]\((?![a-z]+:)[^)\s]+\)")


@dataclass
class Deck:
    """The Markdown of one deck, and its pictures by file name."""

    name: str
    slides: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def add(self, level: int, title: str, blocks: list[str]) -> None:
        """One slide, or several where the blocks do not fit on one."""
        for part in fitting(blocks):
            self.slides.append("\n\n".join([f"{'#' * level} {title}", *part]))
            level = max(level, 3)

    @property
    def markdown(self) -> str:
        return "\n\n".join(self.slides) + "\n"


class Reader:
    """Goes through the cells of one lesson and puts the slides into a deck."""

    def __init__(self, name: str) -> None:
        self.deck = Deck(name)
        self.section = ""
        self.leads = list[str]()  # the words that announce the figures of the recap
        self.figure_above = False
        self.predicted = False
        self.printed = ""  # by the first cell after the prediction

    def read_code(self, cell: NotebookNode, number: int) -> None:
        picture, text = first_picture(cell), printed(cell)
        if picture:
            file = f"{self.deck.name}-{number}.png"
            self.deck.pictures[file] = base64.b64decode(picture.data["image/png"])
            alt = description(picture, self.deck.name, number)
            self.deck.add(3, self.section, [f"```{{image}} {file}\n:alt: {alt}\n```"])
            self.figure_above, self.printed = True, ""
        elif self.section == "Recap" and text:
            self.deck.add(3, "Recap", [*self.leads, as_output(text)])
            self.section = ""
        elif self.predicted and not self.figure_above:
            self.printed = self.printed or text

    def read_part(self, level: int, title: str, body: str) -> None:
        """What stands below one heading, or, with level 0, goes on below the last one."""
        blocks = split_blocks(RELATIVE_LINK.sub(r"\1", body))
        if title:
            self.section = self.section if title.startswith("Exercise") else title
            self.figure_above, self.predicted, self.printed = False, False, ""
        if self.section == "Setup":
            return
        idea, prediction = around_prediction(blocks)
        if title.startswith("Exercise"):
            self.deck.add(3, title, blocks[:2])
        elif level == 1:
            self.deck.add(
                level, title, next(fitting([MINUTES.sub(r"\1", block) for block in idea]))
            )
        elif title == "Recap":
            self.leads = [block for block in idea[-1:] if block.endswith(":")]
            self.deck.add(level, title, idea[: len(idea) - len(self.leads)])
        elif idea and (level == 2 or (title and prediction)):
            shown_here = [LAST_LEAD.sub("", text) for text in idea[-1:]]
            self.deck.add(level, title, [*idea[:-1], *shown_here])
        if prediction:
            if title and not idea:
                self.deck.add(level, title, prediction)
            else:
                self.deck.add(3, "Predict", prediction)
            self.figure_above, self.predicted, self.printed = False, True, ""
        seen = SEEN.search(body)
        if seen and (self.predicted or self.figure_above):
            shown = [as_output(self.printed)] if self.printed else []
            self.deck.add(3, "What we saw", [*shown, *split_blocks(seen[1] or seen[2])])
            self.figure_above, self.predicted, self.printed = False, False, ""


def deck(notebook: NotebookNode, name: str) -> Deck:
    """The slides of the lesson `name`, from its solutions edition."""
    reader = Reader(name)
    for number, cell in enumerate(notebook.cells, start=1):
        if "solution" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code":
            reader.read_code(cell, number)
        else:
            for level, title, body in parts(cell.source):
                reader.read_part(level, title, body)
    return reader.deck


def parts(source: str) -> Iterator[tuple[int, str, str]]:
    """Level, heading and text of each part of a Markdown cell; no heading has level 0."""
    level, title, lines, fenced = 0, "", list[str](), False
    for line in source.splitlines():
        fenced ^= line.startswith("```")
        heading = HEADING.match(line)
        if heading and not fenced:
            if title or "".join(lines).strip():
                yield level, title, "\n".join(lines)
            level, title, lines = len(heading[1]), heading[2], []
        else:
            lines.append(line)
    yield level, title, "\n".join(lines)


def around_prediction(blocks: list[str]) -> tuple[list[str], list[str]]:
    """The blocks before the prediction, and the prediction with its options."""
    for index, block in enumerate(blocks):
        if block.startswith(PREDICT):
            question = block.removeprefix(PREDICT).strip()
            return blocks[:index], [question, *blocks[index + 1 : index + 2]]
        if "<details>" in block or block.startswith("**What we saw"):
            return blocks[:index], []
    return blocks, []


def first_picture(cell: NotebookNode) -> NotebookNode | None:
    return next((out for out in cell.outputs if "image/png" in out.get("data", {})), None)


def printed(cell: NotebookNode) -> str:
    """What the cell has printed, if it fits on a slide; else an empty text."""
    text = ""
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            text += output.text
        elif set(output.get("data", {})) == {"text/plain"}:
            text += output.data["text/plain"]
    lines = text.strip("\n").splitlines()
    fits = len(lines) <= OUTPUT_LINES and all(len(line) <= OUTPUT_WIDTH for line in lines)
    return "\n".join(lines) if fits else ""


def as_output(text: str) -> str:
    return f"```text\n{text}\n```"
