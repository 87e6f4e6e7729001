"""Read a prompt apart: which words are context, and which are the question.

A language model reads a prompt as a whole; an extractive reader must know what it may copy.
Blocks of type `search_result` and `document` are context by their type. In plain text these
forms are understood:

- tags: `<context>…</context>`, also `document`, `source`, `passage`, `facts`; `<question>…`
- labels at the start of a line: `Context:`, `Facts:`, `Sources:`, … and `Question:`
- neither: the last sentence that ends in a question mark is the question, and what is left is
  context, except sentences that tell the model how to answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import dedent

from helpers.markdown import pieces
from helpers.offline.reader import Passage
from helpers.offline.schema import DocumentBlock, PlainText, SearchResultBlock, Turn
from helpers.words import stems


@dataclass(frozen=True, slots=True)
class Context:
    """A passage and where it came from in the request; `number` counts per kind of block."""

    passage: Passage
    kind: str  # "text", "search_result", "document" or "content_document"
    number: int = 0
    blocks: tuple[str, ...] = ()  # the text blocks that make up the passage
    source: str = ""
    title: str = ""
    cited: bool = False
    marker: str = ""  # such as "[2]", where the prompt numbered its passages

    def blocks_of(self, start: int, end: int) -> tuple[int, int]:
        """First and last text block that the slice `[start:end]` of the passage touches."""
        touched = []
        begin = 0
        for index, block in enumerate(self.blocks):
            finish = begin + len(block)
            if begin < end and start < finish:
                touched.append(index)
            begin = finish + len(_glue(block))
        return touched[0], touched[-1]


def _glue(block: str) -> str:
    """What keeps the last line of a block apart from the first of the next."""
    return "" if block[-1:].isspace() else "\n"


def _joined(blocks: Sequence[str]) -> str:
    return "".join(block + _glue(block) for block in blocks[:-1]) + blocks[-1]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the reader needs of a request."""

    question: str
    context: list[Context]


_CONTEXT_NAMES = "context|documents?|sources?|passages?|facts?|excerpts?|handbook|search results?"
_CONTEXT_TAG = re.compile(
    rf"<({_CONTEXT_NAMES})(?:\s[^<>]*)?>((?:(?!<(?:{_CONTEXT_NAMES})\b).)*?)</\1>", re.I | re.S
)
_BARE_TAG = re.compile(rf"</?(?:{_CONTEXT_NAMES})(?:\s[^<>]*)?>", re.I)
_QUESTION_TAG = re.compile(r"<(question|query)>((?:(?!<\1>).)*?)</\1>", re.I | re.S)
_LABEL = re.compile(
    rf"^[ \t]*[#*_]*(?:(?P<context>{_CONTEXT_NAMES})|(?P<question>(?:user )?(?:question|query)|q)"
    r"|(?P<other>answer|a|instructions?|rules?))[*_]*:[*_]*",
    re.I | re.M,
)
_FOLLOWS = re.compile(r"(and|but|or|so|then|why|what about|how about|what if|which|really)\b", re.I)
_MARKER = re.compile(r"^[ \t]*(\[\d+\])[ \t]*", re.M)
_DRAWN_LINE = re.compile(r"^[ \t]*(?:-{3,}|={3,})[ \t]*$", re.M)
_INSTRUCTION = re.compile(
    # From the first verb of a line on (`(?>` keeps to it), whatever follows was looked through.
    r"^(?>.*?\b(?:answer|reply|respond|say|use|cite|quote|rely|stick)\b).*"
    r"\b(?:context|facts?|documents?|sources?|passages?|question|don't know|do not know|only)\b"
    r"|\Ayou are (?:a|an|the)\b",
    re.I | re.M,
)


def read_prompt(turns: Sequence[Turn], system: str) -> Prompt:
    """Question and context of a request.

    The question is in the last user turn that has text; context may stand in every turn of
    the user and, when tagged or labelled, in the system prompt. A question that says little by
    itself, such as "And on Pro?", is read with the one before it.
    """
    context = _marked_context(system)
    searches = documents = 0
    users = [turn for turn in turns if turn.role == "user"]
    for turn in users:
        for block in turn.content:
            if isinstance(block, SearchResultBlock):
                context.append(_search_result(block, searches))
                searches += 1
            elif isinstance(block, DocumentBlock):
                context.append(_document(block, documents))
                documents += 1
    texts = [text for turn in users if (text := turn.text())]
    for text in texts:
        context += _marked_context(text)
    if not texts:
        return Prompt("", context)
    question, rest = _question(texts[-1], context_is_marked=bool(context))
    if not context:
        context = _numbered(_without_instructions(rest))
    if len(texts) > 1 and _FOLLOWS.match(question) and len(set(stems(question))) <= 2:
        before, _ = _question(texts[-2], context_is_marked=bool(context))
        question = f"{before} {question}"
    return Prompt(question, context)


def marks_context(turns: Sequence[Turn], system: str) -> bool:
    """Whether some text is context beyond doubt, because it stands in tags or under a label.

    >>> marks_context([], "Answer from these. Facts: Refunds take 5 days.")
    False
    >>> marks_context([], "<facts>Refunds take 5 days.</facts>")
    True
    """
    users = [turn.text() for turn in turns if turn.role == "user"]
    return any(_marked_context(text) for text in [system, *users])


def _search_result(block: SearchResultBlock, number: int) -> Context:
    parts = tuple(part.text for part in block.content)
    return Context(
        Passage(_joined(parts), block.title),
        "search_result",
        number,
        parts,
        source=block.source,
        title=block.title,
        cited=block.citations.enabled,
    )


def _document(block: DocumentBlock, number: int) -> Context:
    about = " ".join(part for part in (block.title, block.context) if part)
    cited = bool(block.citations and block.citations.enabled)
    parts: tuple[str, ...] = ()
    if isinstance(block.source, PlainText):
        kind, text = "document", block.source.data
    else:
        parts = tuple(part.text for part in block.source.content)
        kind, text = "content_document", _joined(parts)
    title = block.title or ""
    return Context(Passage(text, about), kind, number, parts, title=title, cited=cited)


def _marked_context(text: str) -> list[Context]:
    """What stands in tags or under labels."""
    tagged = [match[2] for match in _CONTEXT_TAG.finditer(text)]
    if tagged:
        return [item for part in tagged for item in _numbered(part)]
    labels = list(_LABEL.finditer(text))
    found = []
    for label, following in zip_longest(labels, labels[1:]):
        if label["context"]:
            end = following.start() if following else _last_question_start(text, label.end())
            found += _numbered(text[label.end() : end])
    return found


def _last_question_start(text: str, begin: int) -> int:
    """A question after the context without a label of its own is not part of the context."""
    paragraphs = [match.start() for match in re.finditer(r"\n\s*\n", text[begin:])]
    if paragraphs and text.rstrip().endswith("?"):
        return begin + paragraphs[-1]
    return len(text)


def _as_prose(text: str) -> str:
    """The text without what would make it another thing in Markdown than its writer meant.

    A prompt is often a string indented with the code around it, which Markdown takes for code, and
    its parts are separated by drawn lines, which make a heading of what stands above them.
    """
    return dedent(_DRAWN_LINE.sub("", text))


def _numbered(text: str) -> list[Context]:
    """Passages at `[1]`, `[2]`, … in this order; the whole text as one where there are none."""
    text = _as_prose(text)
    marks: list[re.Match[str]] = []
    for mark in _MARKER.finditer(text):
        if mark[1] == f"[{len(marks) + 1}]":  # any other number belongs to a passage
            marks.append(mark)
    if not marks:
        return [Context(Passage(text), "text")] if text.strip() else []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        Context(Passage(text[mark.end() : end]), "text", marker=mark[1])
        for mark, end in zip(marks, ends, strict=True)
    ]


def _question(text: str, *, context_is_marked: bool) -> tuple[str, str]:
    """The question, and the text without it."""
    if match := _QUESTION_TAG.search(text):
        return match[2].strip(), text[: match.start()] + text[match.end() :]
    labels = list(_LABEL.finditer(text))
    if asked := [label for label in labels if label["question"]]:
        label = asked[-1]
        following = [other.start() for other in labels if other.start() > label.start()]
        end = following[0] if following else len(text)
        paragraph = re.search(r"\S\s*\n\s*\n", text[label.end() : end])
        if paragraph:
            end = label.end() + paragraph.end()
        return text[label.end() : end].strip(), text[: label.start()] + text[end:]
    plain = _as_prose(_BARE_TAG.sub("", _CONTEXT_TAG.sub("", text)))  # tags stand inside tags
    if context_is_marked and not any(label["context"] for label in labels):
        # All that is left is what the user says, which may take more than one sentence.
        return _without_instructions(plain).strip() or plain.strip(), ""
    sentences = [piece for piece in pieces(plain) if piece.kind != "heading"]
    last = [piece for piece in sentences if piece.text.endswith("?")] or sentences[-1:]
    if not last:
        return plain.strip(), ""
    question = last[-1]
    return question.text, plain[: question.start] + plain[question.end :]


def _without_instructions(text: str) -> str:
    """Blank out sentences that tell the model how to answer; the rest keeps its place."""
    text = _as_prose(text)
    for piece in pieces(text):
        if not piece.text.endswith("?") and _INSTRUCTION.search(piece.text):
            blank = " " * len(piece.text)
            text = text[: piece.start] + blank + text[piece.end :]
    return text
