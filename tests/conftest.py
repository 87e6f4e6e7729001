"""All tests run without keys and with a provider's home of their own."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from messages_service import MessagesService
from serving import served

from helpers.offline import create_app
from helpers.offline.limits import Limits
from helpers.settings import Settings, get_settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from known_embeddings import lend  # noqa: E402

VENDORS = ("ANTHROPIC", "OPENAI", "VOYAGE", "COHERE")
LIVE = "WORKSHOP_LIVE_TESTS"  # 1 lets the live tests ask the real services
SAVED = "SAVED_FOR_LIVE_TESTS_"

for name in [f"{vendor}_{what}" for vendor in VENDORS for what in ("API_KEY", "BASE_URL")]:
    value = os.environ.pop(name, None)
    # Kept in the environment, because the workers of pytest-xdist get nothing else.
    if value and os.environ.get(LIVE) == "1":
        os.environ[SAVED + name] = value
os.environ["WORKSHOP_OFFLINE"] = "1"
# Several workers share the processor: more threads than one each only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


# An example that takes long on a busy machine is no fault.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """One home for all workers, so that what one has embedded the others need not."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["WORKSHOP_HOME"] = tempfile.mkdtemp(prefix="workshop-tests-")
        lend(Path(os.environ["WORKSHOP_HOME"]))


def pytest_unconfigure(config: pytest.Config) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["WORKSHOP_HOME"], ignore_errors=True)


@pytest.fixture
def live_settings() -> Callable[[str], dict[str, str]]:
    """Give a vendor's key and base URL as they were set; without both consents, skip the test."""

    def variables(vendor: str) -> dict[str, str]:
        found = {
            name.removeprefix(SAVED): value
            for name, value in os.environ.items()
            if name.startswith(f"{SAVED}{vendor}_")
        }
        if f"{vendor}_API_KEY" not in found:
            pytest.skip(f"asks the real service only with {LIVE}=1 and {vendor}_API_KEY")
        return found

    return variables


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Settings]]:
    """Set variables, and read the settings anew; without the project's .env."""

    def read(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    monkeypatch.setitem(Settings.model_config, "env_file", None)
    yield read
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def service() -> Iterator[MessagesService]:
    """A server on loopback that answers as the test says."""
    server = MessagesService()
    yield server
    server.close()


@pytest.fixture(scope="session")
def app() -> Flask:
    """The embedded provider."""
    return create_app(get_settings().home, limits=Limits(body=200_000))


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """Where the embedded provider is served on loopback."""
    with served(app) as where:
        yield where
