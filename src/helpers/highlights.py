"""Draw chunks and retrieved places as colours in the text itself. All text is escaped.

Neighbouring chunks differ in colour and are numbered as well, so that nothing depends on colour
alone. What this module does not do: cut or search.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from helpers.chunking import Chunk

TINTS = ("#D6E6F2", "#FBE7C6")  # dark text on both has a contrast above 12 to 1
MARKED = "#F3C6A5"
_BOX = (
    "white-space:pre-wrap;font-family:monospace;font-size:12px;line-height:1.45;color:#1A1A1A;"
    "background:#FFFFFF;border:1px solid #B0B0B0;padding:8px;max-height:26em;overflow:auto"
)


class Html:
    """HTML that a notebook shows; its plain form says in words what is drawn."""

    def __init__(self, html: str, words: str) -> None:
        self.html = html
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
            style += ";border-bottom:2px dotted #555555"
        if any(a <= start < b for a, b in marked):
            style += f";background:{MARKED};text-decoration:underline;font-weight:bold"
        if start in numbers:
            star = "★" if start in starred else ""
            parts.append(
                '<span style="background:#333333;color:#FFFFFF;border-radius:3px;padding:0 4px">'
                f"{numbers[start]}{star}</span>"
            )
        parts.append(f'<span style="{style}">{escape(text[start:end])}</span>')
    head = f"<p><b>{escape(title)}</b> · {len(chunks)} chunks</p>" if title else ""
    box = (
        f'<div tabindex="0" role="region" aria-label="{escape(title or "chunks")}" style="{_BOX}">'
    )
    words = f"{title or 'Text'}: {len(chunks)} chunks of {len(text)} characters"
    return Html(f"{head}{box}{''.join(parts)}</div>", words)
