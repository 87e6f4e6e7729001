"""Draw chunks, retrieved places and citations as colours in the text. All text is escaped.

Neighbouring chunks differ in colour and are numbered as well, so that nothing depends on colour
alone. What this module does not do: cut, search or ask.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from helpers.chunking import Chunk
from helpers.grounding import Answer, Citation, not_empty
from helpers.notebook_html import without_mathematics
from helpers.theme import BAD, BADGE, GROUND, INK, MARKED, RULE, TINTS

_BOX = (
    f"white-space:pre-wrap;font-family:monospace;font-size:12px;line-height:1.45;color:{INK};"
    f"background:{GROUND};border:1px solid {RULE};padding:8px;max-height:26em;overflow:auto"
)


class Html:
    """HTML that a notebook shows; its plain form says in words what is drawn."""

    def __init__(self, html: str, words: str) -> None:
        self.html = without_mathematics(html)
        self.words = words

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return self.html


def draw_chunks(
    text: str,
    chunks: Sequence[Chunk],
    *,
    title: str = "",
    marked: Sequence[tuple[int, int]] = (),
    retrieved: Sequence[Chunk] = (),
) -> Html:
    """The text with each chunk on a tint of its own and its number in front.

    Where chunks overlap, the repeated part has the tint of the later one and a dotted line
    below. `marked` places, such as an answer, are underlined and orange; a chunk that was
    retrieved has a star behind its number.
    """
    numbers = {chunk.start: number for number, chunk in enumerate(chunks, start=1)}
    stars = {(chunk.start, chunk.end) for chunk in retrieved}
    starred = {chunk.start for chunk in chunks if (chunk.start, chunk.end) in stars}
    edges = {0, len(text)}
    for start, end in [(c.start, c.end) for c in chunks] + [tuple(m) for m in marked]:
        edges |= {start, end}
    places = sorted(edge for edge in edges if 0 <= edge <= len(text))
    parts = []
    for start, end in pairwise(places):
        covering = [n for n, c in enumerate(chunks, start=1) if c.start <= start < c.end]
        style = f"background:{TINTS[(covering[-1] - 1) % 2]}" if covering else ""
        if len(covering) > 1:
            style += ";border-bottom:2px dotted currentColor"
        if any(a <= start < b for a, b in marked):
            style += f";background:{MARKED};text-decoration:underline;font-weight:bold"
        if start in numbers:
            star = "★" if start in starred else ""
            parts.append(
                f'<span style="{BADGE};border-radius:3px;padding:0 4px">'
                f"{numbers[start]}{star}</span>"
            )
        parts.append(f'<span style="{style}">{escape(text[start:end])}</span>')
    head = f"<p><b>{escape(title)}</b> · {len(chunks)} chunks</p>" if title else ""
    box = (
        f'<div tabindex="0" role="region" aria-label="{escape(title or "chunks")}" style="{_BOX}">'
    )
    words = f"{title or 'Text'}: {len(chunks)} chunks of {len(text)} characters"
    return Html(f"{head}{box}{''.join(parts)}</div>", words)


def draw_citations(answer: Answer, passages: Sequence[Chunk]) -> Html:
    """The answer, and each passage that it cites with the cited words marked and numbered.

    A citation whose words do not stand in its passage is listed with a cross: it proves nothing.

    Args:
        answer: what `ask` gave.
        passages: what `ask` was given.
    """
    sent = not_empty(passages)
    numbered = list(enumerate(answer.citations, start=1))
    marks = " ".join(f"[{number}]" for number, _ in numbered)
    parts = [f"<p><b>{escape(answer.text)}</b> {marks}</p>"]
    for passage, chunk in enumerate(sent):
        found = [(n, c) for n, c in numbered if c.passage == passage and c.start is not None]
        if found:
            label = escape(f"{chunk.source}, {chunk.heading}".rstrip(", "))
            parts.append(f"<p>{label}</p>{_marked_passage(chunk, found, label)}")
    for number, citation in numbered:
        if not citation.verified:
            quoted = escape(citation.cited_text[:200])
            parts.append(
                f'<p style="color:{BAD}">✗ [{number}] does not stand in passage '
                f"{citation.passage + 1}: “{quoted}”</p>"
            )
        elif citation.start is None:
            quoted = escape(citation.cited_text.strip())
            parts.append(f"<p>[{number}] is the header of a divided table: “{quoted}”</p>")
    verified = sum(citation.verified for citation in answer.citations)
    words = f"{answer.text}\n{len(numbered)} citations, {verified} verified"
    return Html("".join(parts), words)


def _marked_passage(chunk: Chunk, found: Sequence[tuple[int, Citation]], label: str) -> str:
    """The passage in a box, the cited words orange, underlined, and numbered."""
    stretches = [(c.start or 0, (c.start or 0) + len(c.cited_text.rstrip()), n) for n, c in found]
    edges = {0, len(chunk.text), *(e for s, t, _ in stretches for e in (s, t))}
    parts = []
    for start, end in pairwise(sorted(edges)):
        here = [number for s, t, number in stretches if s <= start < t]
        text = escape(chunk.text[start:end])
        if here:
            numbers = "".join(f"[{number}]" for number in here)
            parts.append(
                f'<mark style="color:inherit;background:{MARKED};text-decoration:underline;'
                f'font-weight:bold">{text}</mark><sup>{numbers}</sup>'
            )
        else:
            parts.append(f"<span>{text}</span>")
    box = f'<div tabindex="0" role="region" aria-label="{label}" style="{_BOX}">'
    return f"{box}{''.join(parts)}</div>"
