"""No text makes a regular expression of the package run for ever.

A pattern can need a time that grows with the square of a text, or doubles with every letter, and
such a text comes from a learner's own file. Long runs of a pattern's own characters are matched in
a process that compares its own time for a text with that for one eight times as long.
"""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pattern_runs import LAST_LINE, Used

import helpers

PACKAGE = Path(helpers.__file__).parent
FILES = sorted(
    path.relative_to(PACKAGE).as_posix()
    for path in PACKAGE.rglob("*.py")
    if re.search(r"^import re$", path.read_text(encoding="utf-8"), re.M)
)
# How a method goes over a text; `sub`, `findall` and their like do what `finditer` does.
METHODS = {
    "search": "search",
    "match": "match",
    "fullmatch": "fullmatch",
    "sub": "finditer",
    "subn": "finditer",
    "split": "finditer",
    "findall": "finditer",
    "finditer": "finditer",
}
# What local names stand for in patterns that are put together while the package runs.
LOCAL = {"name": "other", "pattern": "5 business days", "secret": "sk-12345678"}


@pytest.mark.parametrize("file", FILES)
def test_every_pattern_gets_through_long_runs_of_its_own_characters(file):
    used = [*patterns_of(PACKAGE / file)]
    assert used, f"{file} imports re, and no pattern was found in it"
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("pattern_runs.py"))],
        input=json.dumps(used),
        capture_output=True,
        text=True,
        check=False,
    )
    tried = child.stdout.strip().splitlines()
    assert child.returncode == 0, f"{file}: {tried[-1]}\n{child.stderr[-2000:]}"
    assert tried[-1] == LAST_LINE


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:no text|[\W\d_])*x",
        r"(a+)+$",
        r"[\w.]+@[\w.]+",
        r"<(\w+)[^<>]*?hidden",
        r"<(q|r)>(.*?)</\1>",
        r"\b(say|use)\b.*\b(facts|only)\b",
    ],
)
def test_a_pattern_that_does_not_is_found(pattern):
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("pattern_runs.py")), "1"],
        input=json.dumps(
            [Used(pattern, int(re.S), "search"), Used(pattern, int(re.S), "finditer")]
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode != 0


def patterns_of(path: Path) -> list[Used]:
    """Every pattern of a file, with its flags and the ways in which it is used."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    relative = path.relative_to(PACKAGE.parent).with_suffix("")
    module = vars(importlib.import_module(".".join(relative.parts).removesuffix(".__init__")))
    found = []
    for call in ast.walk(tree):
        function = call.func if isinstance(call, ast.Call) else None
        if not (isinstance(function, ast.Attribute) and ast.unparse(function.value) == "re"):
            continue
        if function.attr not in ("compile", *METHODS):
            continue  # such as re.escape
        known = {**module, **LOCAL, "re": re}
        pattern = eval(ast.unparse(call.args[0]), known)
        flags = int(eval(ast.unparse(_flags(call, function.attr)), known))
        ways = {function.attr} & METHODS.keys() or _ways(tree, call)
        found += [Used(pattern, flags, way) for way in sorted({METHODS[way] for way in ways})]
    return found


def _flags(call: ast.Call, method: str) -> ast.expr:
    place = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(method, 2)
    named = [word.value for word in call.keywords if word.arg == "flags"]
    return (call.args[place:] or named or [ast.Constant(0)])[0]


def _ways(tree: ast.Module, call: ast.Call) -> set[str]:
    """The methods that are called on the name of a compiled pattern."""
    names = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value is call
        for target in node.targets
    }
    ways = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in names
    }
    return ways & METHODS.keys() or {"search", "finditer"}  # used elsewhere
