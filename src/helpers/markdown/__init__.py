"""Take Markdown apart into the smallest pieces that say something by themselves.

A piece is a sentence, a list item, a table row or a line of code, and it is an exact slice
of the text. Which lines are headings, code, tables and lists is what the parser markdown-it-py
says, so it is what a renderer shows; where a sentence ends is decided here. Plain text is Markdown
without marks, so it works the same. What this package does not do: render, or read what stands
inside a line, such as links.
"""

from helpers.markdown.blocks import cells
from helpers.markdown.cutting import Kind, Piece, pieces

__all__ = ["Kind", "Piece", "cells", "pieces"]
