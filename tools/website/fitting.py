"""Cut the blocks of a slide, such as paragraphs, lists and tables, into what fits on a screen.

The heights are estimates, in lines of text; `tests/check_site.py` looks at the real ones.
"""

import re
from collections.abc import Iterator
from itertools import chain
from math import ceil

LINES = 11.5  # lines of text that fit below the heading of a slide
WIDTH = 70  # characters that fit on a line
GAP = 0.6  # of a line, below a paragraph


def split_blocks(text: str) -> list[str]:
    """Paragraphs, lists and tables, one each; code in fences stays together."""
    blocks, fenced = [""], False
    for line in text.strip().splitlines():
        if line.startswith("```"):
            fenced = not fenced
        if line.strip() or fenced:
            blocks[-1] += f"{line}\n"
        elif blocks[-1]:
            blocks.append("")
    return [block.strip("\n") for block in blocks if block.strip()]


def fitting(blocks: list[str]) -> Iterator[list[str]]:
    """The blocks in portions that fit on a slide, at least one; a long table is cut in rows."""
    portion, used = list[str](), 0.0
    for block in chain.from_iterable(map(tables, blocks)):
        needed = height(block)
        if portion and used + needed - GAP > LINES:
            yield portion
            portion, used = [], 0.0
        portion.append(block)
        used += needed
    if portion or not blocks:
        yield portion


def tables(block: str) -> list[str]:
    """A table as several that fit on a slide each, with the same head; other blocks as they are."""
    if not block.startswith("|") or height(block) <= LINES:
        return [block]
    head, rule, *rows = block.splitlines()
    parts = [[head, rule]]
    for row in rows:
        if height("\n".join([*parts[-1], row])) > LINES:
            parts.append([head, rule])
        parts[-1].append(row)
    return ["\n".join(lines) for lines in parts]


def height(block: str) -> float:
    """Lines that a block takes on a slide, with the gap below it."""
    lines = block.splitlines()
    if block.startswith("```"):
        return 1.0 + 0.75 * (len(lines) - 2)
    if block.startswith("|"):
        return table_height([lines[0], *lines[2:]])
    items = re.split(r"\n(?=(?:[-*]|\d+\.) )", block)
    bare = [" ".join(re.sub(r"[*`]", "", item).split()) for item in items]
    return GAP + sum(ceil(len(item) / WIDTH) for item in bare)


def table_height(rows: list[str]) -> float:
    """Lines of a table whose columns share the width as their longest cells do."""
    cells = [[len(cell.strip()) for cell in row.strip("| ").split("|")] for row in rows]
    longest = [max(column) for column in zip(*cells, strict=True)]
    squeezed = max(1.0, sum(longest) / (1.1 * WIDTH))
    total = 0.0
    for row in cells:
        fills = max(size / limit for size, limit in zip(row, longest, strict=True))
        total += 0.2 + 0.7 * ceil(squeezed * fills)
    return total
