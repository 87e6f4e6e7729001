"""What callers pass to a store, checked: ids, vectors, payloads and names of collections.

What every engine can take is let through, everything else is refused with a reason. What this
module does not do: check conditions (`filters`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from helpers.stores.filters import check_name, check_text, check_value
from helpers.stores.protocol import Payload, StoreError, Value, Vectors

LONGEST_ID = 512  # bytes
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be written: different ids, unit vectors of shape (n, dimension), payloads."""

    ids: list[str]
    vectors: Vectors
    payloads: list[dict[str, Value]]

    def portions(self, size: int) -> Iterator["Batch"]:
        """The rows in order, at most `size` at a time."""
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            yield Batch(self.ids[part], self.vectors[part], self.payloads[part])


def unit_rows(vectors: Any, dimension: int) -> Vectors:
    """The vectors as float32 rows of unit length, shape (n, dimension).

    Raises:
        StoreError: another shape, something that is no number, or a row without direction.

    >>> unit_rows([[3, 4]], 2).round(2).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    try:
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise StoreError(f"the vectors are no array of numbers ({error})") from None
    if rows.ndim in (1, 2) and len(rows) == 0:
        return np.empty((0, dimension), dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise StoreError(
            f"the vectors have shape {rows.shape}; expected (n, {dimension}). "
            "Embed with the model that the store was made for"
        )
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    wrong = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if wrong.size:
        raise StoreError(
            f"row {wrong[0]} of the vectors has length {lengths[wrong[0]]}, so no direction; "
            "was its text empty, or did the embedding fail?"
        )
    return np.asarray(rows / lengths[:, None])


def checked_ids(ids: Sequence[str]) -> list[str]:
    """The ids as a list.

    Raises:
        StoreError: one text instead of several, or an id that not every engine can keep.
    """
    if isinstance(ids, str | bytes):
        raise StoreError(f"ids is the text {ids!r}; pass a list of ids")
    plain = []
    for key in ids:
        if not isinstance(key, str) or not key:
            raise StoreError(f"{key!r} is no id; use a text that is not empty")
        plain.append(check_text(key, "the id"))
        if len(plain[-1].encode()) > LONGEST_ID:
            raise StoreError(f"the id {key[:40]!r}… is longer than {LONGEST_ID} bytes; hash it")
    return plain


def checked_batch(
    ids: Sequence[str], vectors: Any, payloads: Sequence[Payload] | None, dimension: int
) -> Batch:
    """Rows that every engine can take, one for each id.

    Raises:
        StoreError: the lengths differ, or an id, a vector or a payload is wrong.
    """
    names = checked_ids(ids)
    rows = unit_rows(vectors, dimension)
    given = [{}] * len(names) if payloads is None else list(payloads)
    if not len(names) == len(rows) == len(given):
        raise StoreError(
            f"{len(names)} ids, {len(rows)} vectors and {len(given)} payloads; pass as many of each"
        )
    clean = []
    for payload in given:
        if not isinstance(payload, Mapping):
            raise StoreError(f"a payload is {payload!r}; pass a dictionary, empty if need be")
        clean.append({check_name(name): check_value(name, payload[name]) for name in payload})
    last = {key: place for place, key in enumerate(names)}
    if len(last) < len(names):
        places = list(last.values())
        return Batch(list(last), rows[places], [clean[place] for place in places])
    return Batch(names, rows, clean)


def check_collection(name: str) -> str:
    """The name, if it can name a table, a collection and a namespace.

    Raises:
        StoreError: anything but small letters, digits and underscores, or too long.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot name a collection; use at most 48 small letters, digits and "
            "underscores, with a letter first, such as 'handbook'"
        )
    return name
