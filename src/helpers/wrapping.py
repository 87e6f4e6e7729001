"""Break long lines between words: JupyterLab breaks what a cell prints anywhere, inside words too.

What this module does not do: fill short lines up, or touch a text that is kept or sent.
"""

import re
from textwrap import TextWrapper

WIDTH = 100  # columns that a cell's output has in a window of 1280 pixels, files shown beside it


def wrapped(text: object, *, width: int = WIDTH) -> str:
    """The text with lines of at most `width` columns, as far as words allow.

    What goes on in another line stands two columns further in than its first line.

    Args:
        text: a text, or something whose text is meant, such as an error.
        width: the most columns of a line.

    Raises:
        ValueError: `width` is below 20.

    >>> print(wrapped("  Refunds take five business days.", width=24))
      Refunds take five
        business days.
    """
    if width < 20:
        raise ValueError(f"width is {width}; lines of fewer than 20 columns cannot be read")
    return "\n".join(_wrapped_line(line, width) for line in str(text).split("\n"))


def _wrapped_line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = re.match(r"\s*", line)
    further = f"{indent[0] if indent else ''}  "
    wrapper = TextWrapper(
        width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False,
        replace_whitespace=False, expand_tabs=False,
    )  # fmt: skip
    return wrapper.fill(line)
