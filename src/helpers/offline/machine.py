"""What there is once, however many learners a machine serves."""

from dataclasses import dataclass, field
from pathlib import Path

from helpers.embedding import CachedEmbedder, Embedder, MiniLM
from helpers.offline.tuning.loaded import LoadedModels
from helpers.offline.tuning.turns import Turns


@dataclass(frozen=True, slots=True)
class Machine:
    """The embedding model with its cache, the tuned models in memory, and one turn to train."""

    embedder: Embedder
    loaded: LoadedModels
    turns: Turns = field(default_factory=Turns)

    @classmethod
    def at(cls, home: Path, *, kept_models: int = 2) -> "Machine":
        """With its cache of embeddings in that folder, and so many tuned models in memory."""
        embedder = CachedEmbedder(MiniLM(), home / "embeddings.sqlite")
        return cls(embedder, LoadedModels(kept_models))
