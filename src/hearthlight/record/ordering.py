"""In which order matches come, and where a page ends: cursors hold the last match's sort values and its number."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hearthlight.fhir.search import extract
from hearthlight.fhir.search.types import Query, Sort, Type
from hearthlight.fhir.types import Issue, Malformed, Severity
from hearthlight.record.clauses import TABLES, keys_of
from hearthlight.record.hashes import NEVER
from hearthlight.record.sql import ALWAYS, Sql, all_of, among, any_of

COLUMNS = {"_id": "r.fid", "_lastUpdated": "r.at_us"}
MAIN_DATE = "r.lo_us"
LEAST = {"word": "", "span": NEVER, "amount": float("-inf")}
"""What has no value to sort by counts as the least: first, or last when descending."""
EXTREME = {"word": "norm", "span": "lo_us", "amount": "lo"}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that is sorted by."""

    sql: Sql
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Order:
    keys: tuple[Key, ...]

    @property
    def is_by_main_date(self) -> bool:
        return len(self.keys) == 1 and self.keys[0].sql.text == MAIN_DATE

    @property
    def is_descending(self) -> bool:
        """Which way matches with equal values go: by number, as the first key."""
        return self.keys[0].is_descending if self.keys else True

    def clause(self, columns: Sequence[str], rid: str) -> str:
        ways = [f"{column} {_way(key.is_descending)}" for column, key in zip(columns, self.keys, strict=True)]
        return ", ".join([*ways, f"{rid} {_way(self.is_descending)}"])

    def after(self, cursor: Sequence[Any] | None, columns: Sequence[str], rid: str) -> Sql:
        """What comes after the match that `cursor` describes."""
        if cursor is None:
            return ALWAYS
        names = [*columns, rid]
        descending = [*(key.is_descending for key in self.keys), self.is_descending]
        if len(set(descending)) == 1:
            sign, marks = "<" if descending[0] else ">", ", ".join(["%s"] * len(names))
            return Sql(f"({', '.join(names)}) {sign} ({marks})", tuple(cursor))
        steps = []
        for place, name in enumerate(names):
            same = [Sql(f"{earlier} = %s", (cursor[number],)) for number, earlier in enumerate(names[:place])]
            beyond = Sql(f"{name} {'<' if descending[place] else '>'} %s", (cursor[place],))
            steps.append(all_of([*same, beyond]))
        return any_of(steps)


def _way(is_descending: bool) -> str:
    return "DESC" if is_descending else "ASC"


def order_of(query: Query, types: Sequence[str]) -> Order:
    """As asked; else the newest main date first, where one type has them; else what came last first."""
    if query.sorts:
        return Order(tuple(_key(sort, types) for sort in query.sorts))
    return Order((Key(Sql(MAIN_DATE), True),) if len(types) == 1 else ())


def _key(sort: Sort, types: Sequence[str]) -> Key:
    code, kind = sort.parameter.code, sort.parameter.type
    if code in COLUMNS:
        return Key(Sql(COLUMNS[code]), sort.is_descending)
    if len(types) == 1 and extract.MAIN_DATE.get(types[0], ("date",)) == (code,):
        return Key(Sql(MAIN_DATE), sort.is_descending)
    table = TABLES.get(kind, "")
    if table not in EXTREME or kind is Type.SPECIAL:
        raise Malformed([Issue(Severity.ERROR, "not-supported", f"Results cannot be sorted by {code}")])
    best = "MAX" if sort.is_descending else "MIN"
    rows = among("x.key", keys_of(types, code))
    told = f"COALESCE((SELECT {best}(x.{EXTREME[table]}) FROM record_{table} x WHERE x.rid = r.rid AND {rows.text}), %s)"
    return Key(Sql(told, (*rows.params, LEAST[table])), sort.is_descending)


# --- cursors -----------------------------------------------------------------------------------------------------------


def cursor_of(values: Sequence[Any]) -> str:
    """Opaque to whoever gets it. Infinities have no place in JSON and go as words."""
    told = [repr(value) if isinstance(value, float) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps([isinstance(value, float) for value in values] + told)).decode().rstrip("=")


def values_of(cursor: str, order: Order) -> list[Any] | None:
    """The values in a cursor that this order made; None where there is none. Raises Malformed."""
    if not cursor:
        return None
    wanted = len(order.keys) + 1
    try:
        told = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(told, list) or len(told) != 2 * wanted or not isinstance(told[-1], int):
            raise ValueError(cursor)
        values = [float(value) if is_float else value for is_float, value in zip(told[:wanted], told[wanted:], strict=True)]
        if not all(isinstance(value, int | float | str) for value in values):
            raise ValueError(cursor)
        return values
    except (ValueError, TypeError, binascii.Error) as error:
        raise Malformed([Issue(Severity.ERROR, "value", "There is no such page: begin again")]) from error
