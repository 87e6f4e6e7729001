"""Cut a document into chunks: pieces small enough to embed and to show to a model.

Four ways, from blind to knowing: `by_tokens`, `by_sentences`, `recursively`, `by_markdown`. Sizes
are counted in the embedding model's own tokens, because the model reads tokens and stops after
256 of them. A chunk's text is always an exact slice of its document, so an answer can be traced
back to the character, and together the chunks cover every character.
"""

from helpers.chunking.packing import Chunk
from helpers.chunking.strategies import by_markdown, by_sentences, by_tokens, recursively

__all__ = ["Chunk", "by_markdown", "by_sentences", "by_tokens", "recursively"]
