"""Tuned models in memory: the last few that were asked, whoever's they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from helpers.offline.tuning.classifier import Classifier

T = TypeVar("T")


class LoadedModels:
    """Loads models when they are asked for and drops the one that was not for longest.

    Args:
        kept: how many stay in memory; each takes about 90 MB.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._models: OrderedDict[Path, Classifier] = OrderedDict()
        self._mutex = threading.Lock()  # a model is neither loaded nor used by two at once

    def ask(self, path: Path, question: Callable[[Classifier], T]) -> T:
        """Put a question to the model in a file.

        Raises:
            FileNotFoundError: there is no such file.
        """
        with self._mutex:
            if path not in self._models:
                self._models[path] = Classifier.load(path)
                self._models[path].encoder.eval()
            self._models.move_to_end(path)
            while len(self._models) > self._kept:
                self._models.popitem(last=False)
            return question(self._models[path])

    def forget(self, path: Path) -> None:
        """Drop a model whose file is deleted."""
        with self._mutex:
            self._models.pop(path, None)
