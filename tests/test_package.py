"""The package as a whole: light to import, documented with examples that hold, offline."""

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import helpers

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(helpers.__path__, "helpers.")
    if not module.name.endswith("__main__")
)
# From the left to the right of the pipeline: a module imports only what stands before it.
ORDER = """
    notebook_html theme wrapping settings console redaction failures progress model_files tokens
    portions json_lines other_formats chat_turns chat_examples words markdown data defences chunking
    embedding search stores retrieval scale offline clients grounding evaluation plots finetuning
    decision costs assistant highlights widgets check doctor
""".split()


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    result = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name):
    assert len(importlib.import_module(name).__doc__ or "") > 20


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_one_way(name):
    module = name.split(".")[1]
    path = Path(importlib.import_module(name).__file__)
    imported = re.findall(r"^\s*from helpers\.(\w+)", path.read_text(encoding="utf-8"), re.M)
    for other in imported:
        if other != module:
            assert ORDER.index(other) < ORDER.index(module), f"{name} imports helpers.{other}"


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    return {module.partition(".")[0] for module in output.split()}


def test_importing_helpers_loads_nothing_heavy():
    assert not {"numpy", "torch", "pydantic", "anthropic"} & loaded_by("import helpers")


def test_search_needs_no_deep_learning():
    heavy = {"torch", "sentence_transformers", "transformers", "tokenizers", "sklearn"}
    assert not heavy & loaded_by("import helpers.search")


@pytest.mark.parametrize("module", ["clients", "grounding", "chunking", "embedding", "check"])
def test_heavy_libraries_wait_until_they_are_used(module):
    heavy = {"torch", "sentence_transformers", "anthropic", "openai", "matplotlib", "flask"}
    heavy |= {"voyageai", "cohere"}
    assert not heavy & loaded_by(f"import helpers.{module}")


def test_only_settings_reads_the_environment():
    for path in (ROOT / "src" / "helpers").rglob("*.py"):
        if path.name != "settings.py":
            assert not re.search(
                r"os\.environ(?!\.update\()|getenv", path.read_text(encoding="utf-8")
            ), path


def guarded(code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests" / "no_network")}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import socket; socket.getaddrinfo('example.org', 443)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
        "import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
        "import httpx2; httpx2.get('http://192.0.2.1/', timeout=1)",
    ],
)
def test_the_guard_of_the_notebook_tests_refuses_other_machines(code):
    result = guarded(code)
    assert result.returncode == 1
    assert "tests run offline" in result.stderr


def test_the_guard_lets_this_machine_through():
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); "
    code += "socket.create_connection(s.getsockname()).close()"
    assert guarded(code).returncode == 0


def test_nothing_in_the_project_is_unsafe_on_windows():
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    assert not [name for name in names if re.search(r'[<>:"|?*\\]|[ .]$', name)]
    assert len({name.lower() for name in names}) == len(names)
