"""Pieces of SQL with their parameters, and the few places where the two databases differ."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import orjson

from hearthlight.record import tables

FEW = 8  # values named one by one in IN; more go as one parameter, so that the statement stays the same


class Sql(NamedTuple):
    text: str
    params: tuple[Any, ...] = ()

    def __and__(self, other: "Sql") -> Self:
        return type(self)(f"{self.text} AND {other.text}", self.params + other.params)


ALWAYS, NEVER_SO = Sql("1 = 1"), Sql("1 = 0")


def all_of(pieces: Iterable[Sql]) -> Sql:
    return _joined(pieces, " AND ", ALWAYS)


def any_of(pieces: Iterable[Sql]) -> Sql:
    return _joined(pieces, " OR ", NEVER_SO)


def _joined(pieces: Iterable[Sql], word: str, empty: Sql) -> Sql:
    several = list(pieces)
    if len(several) < 2:
        return several[0] if several else empty
    text = word.join(piece.text for piece in several)
    return Sql(f"({text})", tuple(param for piece in several for param in piece.params))


def is_not(piece: Sql) -> Sql:
    return Sql(f"NOT ({piece.text})", piece.params)


def among(column: str, values: Sequence[Any], *, is_not: bool = False) -> Sql:
    """`column` is one of `values` (or none of them)."""
    if not values:
        return ALWAYS if is_not else NEVER_SO
    if len(values) == 1:
        return Sql(f"{column} {'<>' if is_not else '='} %s", (values[0],))
    if len(values) <= FEW:
        marks = ", ".join(["%s"] * len(values))
        return Sql(f"{column} {'NOT ' if is_not else ''}IN ({marks})", tuple(values))
    if tables.is_postgresql():
        return Sql(f"{column} <> ALL(%s)" if is_not else f"{column} = ANY(%s)", (list(values),))
    listed = orjson.dumps(list(values)).decode()
    return Sql(f"{column} {'NOT ' if is_not else ''}IN (SELECT value FROM json_each(%s))", (listed,))


def contains(column: str, part: str) -> Sql:
    find = "strpos" if tables.is_postgresql() else "instr"
    return Sql(f"{find}({column}, %s) > 0", (part,))


def begins_with(column: str, beginning: str) -> Sql:
    """A stretch of an index in the order of its bytes (migration 0001 sees to that)."""
    if not beginning:
        return ALWAYS
    return Sql(f"{column} >= %s AND {column} < %s", (beginning, beginning + "\U0010ffff"))


def unindexed(column: str) -> str:
    """The column, for a condition that SQLite shall not choose an index by: without statistics it takes every index for
    as good. PostgreSQL has statistics, and is left its choice."""
    return column if tables.is_postgresql() else f"+{column}"
