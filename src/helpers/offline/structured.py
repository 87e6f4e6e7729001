"""Structured output: fill the fields of a JSON schema with what the reader finds.

Each field is read for by itself: the question with the field's name and description behind it.
A string gets the words quoted, a number the first number in them, a list one entry a quote, and
an enumeration the member whose name is nearest to the question. A field that may be null is
null when nothing fits. What this module does not do: judge (booleans are refused), calculate,
or understand more of JSON Schema than that.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from helpers.embedding import Embedder
from helpers.offline import READER
from helpers.offline.errors import ApiError
from helpers.offline.reader import Passage, read

Schema = dict[str, Any]
_NUMBER = re.compile(
    r"(?<![\w.,-])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|[.,]\d)"  # 20,000 or 99.9
)
_CLAUSE = re.compile(r"^\d+(?:\.\d+)*\.?\s+(?=\D)")  # the number of a clause is no answer
_DEEPEST = 8


class NothingFitsError(Exception):
    """A field that cannot be null has no answer in the context."""


class Filler:
    """Fills a schema from passages.

    Raises:
        ApiError: the schema asks for something that cannot be copied; the message names it.
    """

    def __init__(self, schema: Schema) -> None:
        self._definitions = schema.get("$defs", {})
        self._schema = schema
        if self._plain(schema).get("type") != "object":
            raise ApiError(400, "output_config.format: the schema must be of type 'object'")
        self._check(schema, "", 0)

    def fill(self, question: str, passages: Sequence[Passage], embedder: Embedder) -> Any:
        """A value for the whole schema.

        Raises:
            NothingFitsError: a field has no answer and cannot be null.
        """
        return self._value(self._schema, question, passages, embedder)

    def _plain(self, schema: Any) -> Schema:
        """Without references and without the choice of null."""
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict):
                break
            if "$ref" in schema:
                schema = self._definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"))
            elif others := [o for o in schema.get("anyOf", []) if o != {"type": "null"}]:
                schema = others[0] if len(others) == 1 else None
            else:
                break
        return schema if isinstance(schema, dict) else {}

    def _check(self, schema: Any, path: str, depth: int) -> None:
        plain = self._plain(schema)
        kind = plain.get("type")
        if depth > _DEEPEST:
            raise ApiError(400, f"output_config.format: {path} is nested too deeply")
        if kind == "object" and isinstance(plain.get("properties"), dict):
            for name, field in plain["properties"].items():
                self._check(field, f"{path}.{name}".strip("."), depth + 1)
        elif kind == "array" and self._plain(plain.get("items")).get("type") in _SIMPLE:
            pass
        elif not _members(plain) and kind not in _SIMPLE:
            raise ApiError(
                400,
                f"output_config.format: {path}: {READER} cannot fill {kind or 'this'}; it fills "
                "strings, numbers, enumerations of strings, lists of strings or numbers, and "
                "objects of these",
            )

    def _value(
        self, schema: Any, question: str, passages: Sequence[Passage], embedder: Embedder
    ) -> Any:
        plain = self._plain(schema)
        if plain.get("type") == "object":
            return {
                name: self._value(field, _asked(question, name, field), passages, embedder)
                for name, field in plain["properties"].items()
            }
        if members := _members(plain):
            named = [member.replace("_", " ") for member in members]
            nearest = embedder.embed_documents(named) @ embedder.embed_query(question)
            return members[int(np.argmax(nearest))]
        found = [quote.text for quote in read(question, passages, embedder)]
        if plain["type"] == "array":
            kind = self._plain(plain["items"])["type"]
            return [value for text in found if (value := _as(kind, [text])) is not None]
        value = _as(plain["type"], found)
        if value is None and not _may_be_null(schema):
            raise NothingFitsError
        return value


_SIMPLE = ("string", "integer", "number")


def _asked(question: str, name: str, field: Any) -> str:
    about = field.get("description", "") if isinstance(field, dict) else ""
    return f"{question} {name.replace('_', ' ')} {about}".strip()


def _may_be_null(schema: Any) -> bool:
    return isinstance(schema, dict) and {"type": "null"} in schema.get("anyOf", [])


def _members(schema: Schema) -> list[str]:
    members = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return list(members) if all(isinstance(member, str) for member in members) else []


def _as(kind: str, texts: list[str]) -> str | int | float | None:
    """The texts as a value of that kind; None where there is none.

    >>> _as("integer", ["5.1 Refunds take 5 business days."])
    5
    """
    if kind == "string":
        return "\n".join(texts) or None
    for text in texts:
        for match in _NUMBER.finditer(_CLAUSE.sub("", text)):
            number = float(match[0].replace(",", ""))
            if kind == "number":
                return number
            if number.is_integer():
                return int(number)
    return None
