"""The local model where a class shares it: the same vectors, computed on another machine."""

from collections.abc import Mapping
from typing import ClassVar

from helpers.embedding.minilm import MiniLM
from helpers.embedding.vendors import OpenAIEmbedder
from helpers.network import readable_network


class SharedMiniLM(OpenAIEmbedder):
    """MiniLM at the class's provider, so that a kernel need not load it.

    It has the local model's name, because it gives the same vectors: what one of them has put
    into the cache, the other one finds there.
    """

    vendor = "The class's provider"
    variables = ("WORKSHOP_TOKEN", "WORKSHOP_PROVIDER")
    otherwise = "or unset WORKSHOP_PROVIDER to load the model on this machine"
    dimensions: ClassVar[Mapping[str, int]] = {"all-MiniLM-L6-v2": MiniLM.dimension}

    def __init__(self, address: str, *, token: str) -> None:
        with readable_network():
            super().__init__("all-MiniLM-L6-v2", key=token, base_url=f"{address}/v1")
        self.name = MiniLM.name
        self.width = MiniLM.dimension
