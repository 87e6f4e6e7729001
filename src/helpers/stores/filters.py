"""Conditions on payloads: checked once, then put into each engine's own words.

`parse` turns what a caller wrote into a list of conditions and refuses what no engine could
answer. `pack` and `unpack` rename payload fields for engines that read dots or brackets in a
name as a path, or that give every field one type. What this module does not do: speak to an
engine.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from helpers.stores.protocol import Payload, StoreError, Value, Where

Operator = Literal["eq", "in", "gt", "gte", "lt", "lte"]
Kind = Literal["b", "n", "t"]  # truth value, number, text

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
LARGEST = 2**53  # above it, engines that keep numbers as float64 would change an int
LONGEST_NAME = 100  # bytes; twice that, in hexadecimal, still fits every engine
_PLAIN = re.compile(r"(?!x_)[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of one field; the value is a tuple for `in`."""

    field: str
    operator: Operator
    value: Any

    def holds(self, value: Value) -> bool:
        """Whether a payload's value fulfils the condition.

        >>> Condition("year", "gte", 2025).holds(2026)
        True
        >>> Condition("year", "eq", 1).holds(True)
        False
        """
        if self.operator in COMPARE:
            return kind(value) == "n" and COMPARE[self.operator](value, self.value)
        wanted = self.value if self.operator == "in" else (self.value,)
        return any(kind(value) == kind(one) and value == one for one in wanted)


def parse(where: Where | None) -> list[Condition]:
    """The conditions in what a caller wrote.

    Raises:
        StoreError: no mapping of fields to values, an unknown operator, or a value that cannot
            be compared.

    >>> parse({"area": "API", "year": {"gte": 2025}})  # doctest: +NORMALIZE_WHITESPACE
    [Condition(field='area', operator='eq', value='API'),
     Condition(field='year', operator='gte', value=2025)]
    """
    if where is None:
        return []
    if not isinstance(where, Mapping):
        raise StoreError(f"where is {where!r}; write it as {{'area': 'Billing'}}")
    conditions = []
    for name, wanted in where.items():
        field = check_name(name)
        if not isinstance(wanted, Mapping):
            conditions.append(Condition(field, "eq", check_value(field, wanted)))
            continue
        if not wanted:
            raise StoreError(f"{field!r} has no operator; leave it out, or use one of {_OPERATORS}")
        conditions += [_condition(field, sign, value) for sign, value in wanted.items()]
    return conditions


_OPERATORS = "'in', 'gt', 'gte', 'lt', 'lte'"


def _condition(field: str, name: str, value: Any) -> Condition:
    if name == "in":
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise StoreError(f"'in' of {field!r} needs a list of values, not {value!r}")
        return Condition(field, "in", tuple(check_value(field, one) for one in value))
    if name not in COMPARE:
        raise StoreError(f"{field!r} has the unknown operator {name!r}; use one of {_OPERATORS}")
    number = check_value(field, value)
    if kind(number) != "n":
        raise StoreError(
            f"{name!r} of {field!r} compares numbers, not {value!r}; keep a date as a number "
            "such as 20260903"
        )
    return Condition(field, cast("Operator", name), number)


def kind(value: Value) -> Kind:
    """`b` for a truth value, `n` for a number, `t` for a text."""
    return "b" if isinstance(value, bool) else "t" if isinstance(value, str) else "n"


def check_text(text: str, what: str) -> str:
    """The text as a plain `str`, if every engine can keep it.

    Raises:
        StoreError: it holds the character U+0000 or half a character.
    """
    if "\0" in text:
        raise StoreError(f"{what} {text[:40]!r} holds the character U+0000; take it out")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StoreError(
            f"{what} {text[:40]!r} has half a character at position {error.start}; repair it "
            "with ftfy.fix_text(text)"
        ) from None
    return str.__str__(text)  # a plain one, also of a subclass


def check_name(name: Any) -> str:
    """The name of a payload's field, if every engine can keep it.

    Raises:
        StoreError: no text, an empty one, or one of more than 100 bytes.
    """
    if not isinstance(name, str) or not name:
        raise StoreError(f"{name!r} is no name for a field; use a text such as 'area'")
    plain = check_text(name, "the field name")
    if len(plain.encode()) > LONGEST_NAME:
        raise StoreError(f"the field name {plain[:40]!r}… is longer than {LONGEST_NAME} bytes")
    return plain


def check_value(field: str, value: Any) -> Value:
    """A payload's value as plain `str`, `bool`, `int` or `float`, if every engine can keep it.

    Raises:
        StoreError: another type, NaN or infinity, or a number that float64 would change.

    >>> import numpy
    >>> check_value("price", numpy.float64(0.5))
    0.5
    """
    if isinstance(value, str):
        return check_text(value, f"the value of {field!r}")
    if not isinstance(value, bool | int | float):
        raise StoreError(
            f"{field!r} is {value!r}, a {type(value).__name__}; a payload holds str, int, float "
            "and bool. Leave out what is missing, and give a list one field for each entry"
        )
    if not math.isfinite(value) or (isinstance(value, int) and abs(value) > LARGEST):
        raise StoreError(f"{field!r} is {value}, which not every engine can keep; use a text")
    # Drivers are particular about subclasses, such as NumPy's float64 and members of an IntEnum.
    return value if isinstance(value, bool) else (int if isinstance(value, int) else float)(value)


def packed_name(field: str, value: Value) -> str:
    """A name that is safe in every engine, and differs for each kind of value.

    >>> packed_name("area", "Billing"), packed_name("a.b", 1)
    ('t_area', 'n_x_612e62')
    """
    plain = field if _PLAIN.fullmatch(field) else f"x_{field.encode().hex()}"
    return f"{kind(value)}_{plain}"


def pack(payload: Payload) -> dict[str, Value]:
    """The payload with safe names.

    >>> pack({"area": "Billing"})
    {'t_area': 'Billing'}
    """
    return {packed_name(field, value): value for field, value in payload.items()}


def unpack(fields: Mapping[str, Any]) -> dict[str, Value]:
    """The payload again, out of what `pack` made; other fields are left out.

    >>> unpack({"t_area": "Billing", "n_x_612e62": 1.0, "key": "a"})
    {'area': 'Billing', 'a.b': 1}
    """
    payload = {}
    for name, value in fields.items():
        if name[:2] in ("b_", "n_", "t_") and value is not None:
            plain = name[2:]
            field = bytes.fromhex(plain[2:]).decode() if plain.startswith("x_") else plain
            whole = isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST
            payload[field] = int(value) if whole else value
    return payload
