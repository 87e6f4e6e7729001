"""The model that is tuned: MiniLM's encoder and a linear head, one output a label.

A text's embedding, of unit length and times 16, goes through the head; softmax gives the
probability of each label. Embeddings of tokens and the first two layers stay as they are, which
saves time, so only the other layers and the head are kept on disk, as safetensors.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.model_files import model_folder, verify
from helpers.offline.tuning.store import whole

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

SCALE = 16.0  # a unit embedding alone would leave the softmax flat
LONGEST = 256  # tokens the model reads, its two markers among them
FROZEN_LAYERS = 2


class Classifier:
    """Encoder and head.

    Args:
        labels: what it can answer, one output each.
        reads_system: whether the system prompt is part of the text, because it differed from
            example to example.
    """

    def __init__(self, labels: Sequence[str], *, reads_system: bool = False) -> None:
        import torch
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder = model_folder()
        verify(folder)
        self.labels = list(labels)
        self.reads_system = reads_system
        self.encoder: nn.Module = AutoModel.from_pretrained(folder)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, len(labels))
        self.device = torch.device(best_device())
        for part in (self.encoder, self.head):
            part.to(self.device)
        for module in self.encoder.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0  # so that a job can be resumed in the middle and end the same
        frozen = [self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN_LAYERS]]
        for part in [*frozen, getattr(self.encoder, "pooler", None) or torch.nn.Identity()]:
            part.requires_grad_(False)

    def trained(self) -> Iterator[tuple[str, "torch.nn.Parameter"]]:
        """Names and values of everything that training changes."""
        for prefix, part in (("encoder", self.encoder), ("head", self.head)):
            for name, value in part.named_parameters():
                if value.requires_grad:
                    yield f"{prefix}.{name}", value

    def embed(self, token_ids: Sequence[Sequence[int]]) -> "Tensor":
        """Unit embeddings of texts given as token ids, shape (n, 384)."""
        import torch

        longest = max(map(len, token_ids))
        ids = torch.zeros(len(token_ids), longest, dtype=torch.long)
        mask = torch.zeros(len(token_ids), longest)
        for row, tokens in enumerate(token_ids):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        states = self.encoder(ids, attention_mask=mask).last_hidden_state
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(mean, dim=-1)

    def logits(self, token_ids: Sequence[Sequence[int]]) -> "Tensor":
        """Scores of the labels, shape (n, labels); their softmax are probabilities."""
        scores: Tensor = self.head(self.embed(token_ids) * SCALE)
        return scores

    def save(self, path: Path) -> None:
        """Keep what training changed, whole or not at all."""
        from safetensors.torch import save_file

        tensors = {name: value.detach().cpu().contiguous() for name, value in self.trained()}
        about = {"labels": self.labels, "reads_system": self.reads_system}
        with whole(path) as partial:
            save_file(tensors, partial, metadata={"about": json.dumps(about)})

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """The classifier that was saved there."""
        from safetensors import safe_open

        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["about"])
            model = cls(about["labels"], reads_system=about["reads_system"])
            model.take({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
        return model

    def take(self, tensors: dict[str, Any]) -> None:
        """Put these values in place of what training changes.

        Raises:
            KeyError: one is missing.
        """
        import torch

        with torch.no_grad():
            for name, value in self.trained():
                value.copy_(tensors[name])


def tokenize(texts: Sequence[str]) -> list[list[int]]:
    """The texts as the model reads them: at most 256 tokens, with its two markers."""
    from helpers.tokens import encode_for_model

    return [encode_for_model(text, LONGEST) for text in texts]


def best_device() -> str:
    """`cuda` or `mps` where there is one, else `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
