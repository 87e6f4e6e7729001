"""Conditions on payloads as SQL for PostgreSQL: every name and value is a bound parameter."""

from typing import TYPE_CHECKING, Any, LiteralString

from helpers.stores.filters import Condition

if TYPE_CHECKING:
    from psycopg.sql import Composed


def as_sql(conditions: list[Condition]) -> "tuple[Composed, dict[str, Any]]":
    """The conditions as a WHERE clause, and the parameters it names.

    >>> from helpers.stores.filters import parse
    >>> clause, values = as_sql(parse({"area": "API"}))
    >>> clause.as_string()
    ' WHERE payload->%(field0)s::text = %(value0)s'
    >>> values
    {'field0': 'area', 'value0': Jsonb('API')}
    """
    from psycopg.sql import SQL, Composed, Placeholder
    from psycopg.types.json import Jsonb

    parts: list[Composed] = []
    values: dict[str, Any] = {}
    for place, condition in enumerate(conditions):
        field, value = f"field{place}", f"value{place}"
        several = condition.operator == "in"
        values[field] = condition.field
        values[value] = (
            [Jsonb(one) for one in condition.value] if several else Jsonb(condition.value)
        )
        text = SQL(_AS_SQL[condition.operator])
        parts.append(text.format(field=Placeholder(field), value=Placeholder(value)))
    return SQL(" WHERE ") + SQL(" AND ").join(parts) if parts else Composed([]), values


# jsonb puts values of different kinds in an order too, so a range asks for the kind.
_NUMBER = "jsonb_typeof(payload->{field}::text) = 'number' AND payload->{field}::text"
_AS_SQL: dict[str, LiteralString] = {
    "eq": "payload->{field}::text = {value}",
    "in": "payload->{field}::text = ANY({value})",
    "gt": _NUMBER + " > {value}",
    "gte": _NUMBER + " >= {value}",
    "lt": _NUMBER + " < {value}",
    "lte": _NUMBER + " <= {value}",
}
