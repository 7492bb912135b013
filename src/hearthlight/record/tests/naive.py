"""A search as anyone can check it by eye: every resource is looked at, one by one, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

from hearthlight.fhir.search.types import (
    Chain,
    Clause,
    Condition,
    Date,
    Has,
    Modifier,
    Number,
    Prefix,
    Query,
    Reference,
    Rows,
    Text,
    Token,
    Type,
    Uri,
)

EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Item:
    """One resource that is there, and may be seen."""

    type: str
    id: str
    at: Any
    rows: Rows


def found(query: Query, items: Sequence[Item]) -> list[Item]:
    """Every item that satisfies all of the query, in no order."""
    return [item for item in items if item.type in query.types and all(satisfies(clause, item, items) for clause in query.where)]


def satisfies(clause: Clause, item: Item, items: Sequence[Item]) -> bool:
    match clause:
        case Condition():
            return condition(clause, item)
        case Chain():
            ends = dict(clause.to)
            return any(
                satisfies(ends[other.type], other, items) and points(item, clause.parameter.code, other)
                for other in items if other.type in ends
            )  # fmt: skip
        case Has():
            return any(
                other.type == clause.source and points(other, clause.parameter.code, item) and satisfies(clause.clause, other, items)
                for other in items
            )


def points(source: Item, code: str, target: Item) -> bool:
    rows = [row for row in source.rows.references if row.parameter == code]
    return any((row.type, row.id, row.url) == (target.type, target.id, "") for row in rows)


def condition(asked: Condition, item: Item) -> bool:
    code = asked.parameter.code
    if asked.modifier is Modifier.MISSING:
        return bool(any(row.parameter == code for row in every_row(item.rows)) or code.startswith("_")) != asked.is_missing
    satisfied = any(one(asked, value, item) for value in asked.values)
    return not satisfied if asked.modifier is Modifier.NOT else satisfied


def every_row(rows: Rows) -> Iterable[Any]:
    several = (rows.tokens, rows.typed_tokens, rows.displays, rows.strings, rows.dates, rows.numbers, rows.references, rows.uris)
    return [row for each in (*several, rows.positions, rows.composites) for row in each]


def one(asked: Condition, value: Any, item: Item) -> bool:
    code, rows = asked.parameter.code, item.rows
    if code == "_id":
        return value.code == item.id
    if code == "_lastUpdated":
        return date(value, Date(code, item.at, item.at + timedelta(milliseconds=1)))
    if asked.modifier is Modifier.TEXT and asked.parameter.type is not Type.STRING:
        return any(row.parameter == code and value.normalised in row.normalised for row in rows.displays)
    if asked.modifier is Modifier.OF_TYPE:
        return (code, value.system, value.code, value.value) in [tuple(row) for row in rows.typed_tokens]
    if asked.modifier is Modifier.IDENTIFIER:
        named = [row.identifier for row in rows.references if row.parameter == code and row.identifier]
        return any(token(value, Token(code, *identifier)) for identifier in named)
    if asked.parameter.type is Type.COMPOSITE:
        several = [row.rows for row in rows.composites if row.parameter == code]
        return any(all(alike(part, row, None, asked) for part, row in zip(value.parts, parts, strict=True)) for parts in several)
    if asked.parameter.type is Type.SPECIAL:
        return any(near(value, row) for row in rows.positions if row.parameter == code)
    plain = [*rows.tokens, *rows.strings, *rows.dates, *rows.numbers, *rows.references, *rows.uris]
    return any(row.parameter == code and alike(value, row, asked.modifier, asked) for row in plain)


def alike(value: Any, row: Any, modifier: Modifier | None, asked: Condition) -> bool:
    match row:
        case Token():
            return token(value, row)
        case Text():
            if modifier is Modifier.EXACT:
                return bool(value.text == row.text)
            inside = modifier in (Modifier.CONTAINS, Modifier.TEXT)
            return value.normalised in row.normalised if inside else row.normalised.startswith(value.normalised)
        case Date():
            return date(value, row)
        case Number():
            return number(value, row)
        case Reference():
            if value.url or row.url:
                return bool(value.url == row.url)
            types = (value.type,) if value.type else asked.parameter.targets
            return row.id == value.id and (row.type in types or not types)
        case Uri():
            above, below = value.uri.startswith(row.uri), row.uri.startswith(value.uri)
            return {Modifier.ABOVE: above, Modifier.BELOW: below}.get(modifier, value.uri == row.uri)  # type: ignore[arg-type]
    raise AssertionError(row)


def token(value: Any, row: Token) -> bool:
    return value.system in (None, row.system) and value.code in (None, row.code)


def date(value: Any, row: Date) -> bool:
    is_eq = value.lo <= row.lo and row.hi <= value.hi
    return {
        Prefix.EQ: is_eq, Prefix.NE: not is_eq, Prefix.GT: row.hi > value.hi, Prefix.LT: row.lo < value.lo,
        Prefix.GE: row.hi > value.hi or is_eq, Prefix.LE: row.lo < value.lo or is_eq, Prefix.SA: row.lo >= value.hi,
        Prefix.EB: row.hi <= value.lo, Prefix.AP: row.lo < value.hi and row.hi > value.lo,
    }[value.prefix]  # fmt: skip


def number(value: Any, row: Number) -> bool:
    if value.code not in (None, row.code) or value.system not in (None, row.system):
        return False
    is_eq = value.lo <= row.lo and row.hi < value.hi if value.lo < value.hi else row.lo == row.hi == value.lo
    return {
        Prefix.EQ: is_eq, Prefix.NE: not is_eq, Prefix.GT: row.hi > value.hi, Prefix.LT: row.lo < value.lo,
        Prefix.GE: row.hi >= value.hi, Prefix.LE: row.lo <= value.lo, Prefix.SA: row.lo > value.hi, Prefix.EB: row.hi < value.lo,
        Prefix.AP: row.lo < value.hi and row.hi >= value.lo,
    }[value.prefix]  # fmt: skip


def near(value: Any, row: Any) -> bool:
    here, there = (radians(float(each)) for each in (value.latitude, row.latitude))
    east = radians(float(row.longitude - value.longitude))
    half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half)) <= float(value.kilometres)


def sorted_by(query: Query, items: Sequence[Item]) -> list[tuple[Any, ...]]:
    """The sort values of each item, in the order asked; ties are in any order, so values are compared, not items."""
    values = [tuple(sort_value(sort, item) for sort in query.sorts) for item in items]
    for place in reversed(range(len(query.sorts))):
        values.sort(key=lambda each: each[place], reverse=query.sorts[place].is_descending)
    return values


def sort_value(sort: Any, item: Item) -> Any:
    code, best = sort.parameter.code, max if sort.is_descending else min
    if code in ("_id", "_lastUpdated"):
        return item.id if code == "_id" else item.at
    columns: Mapping[Type, tuple[Sequence[Any], Any, Any]] = {
        Type.DATE: (item.rows.dates, lambda row: row.lo.timestamp(), float("-inf")),
        Type.STRING: (item.rows.strings, lambda row: row.normalised, ""),
        Type.QUANTITY: (item.rows.numbers, lambda row: row.lo, Decimal("-Infinity")),
    }
    rows, read, least = columns[sort.parameter.type]
    return best((read(row) for row in rows if row.parameter == code), default=least)
