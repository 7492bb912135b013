"""What comes along with the matches: what they point to, and what points to them; only what the reader may see."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Sequence
from typing import Any

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import Include, Query, Type
from hearthlight.record import tables
from hearthlight.record.hashes import key
from hearthlight.record.scope import Scope
from hearthlight.record.searching import COLUMNS, version_of
from hearthlight.record.sql import ALWAYS, Sql, all_of, among, unindexed
from hearthlight.record.types import Version

MOST = 1_000  # resources that come along with one page
DEEPEST = 5  # rounds of `:iterate`


def included(query: Query, matched: Sequence[int], scope: Scope) -> list[Version]:
    """In the order found, each once, and none that matched already. Raises nothing: what is too much is left out, and
    whoever wants it searches for it."""
    asked = [(include, forward) for include in query.includes] + [(include, backward) for include in query.revincludes]
    seen, found, fresh = set(matched), dict[int, Version](), list(matched)
    for number in range(DEEPEST if asked and matched else 0):
        come: dict[int, Version] = {}
        for include, way in asked:
            if number == 0 or include.is_iterate:
                come |= _visible(way(include, fresh), scope, skipped=seen, limit=MOST - len(found) - len(come))
        found |= come
        seen |= come.keys()
        fresh = list(come)
        if not fresh or len(found) >= MOST:
            break
    return list(found.values())


def forward(include: Include, rids: Sequence[int]) -> Sql:
    """What these resources point to."""
    keys = among(unindexed("x.key"), _keys(include))
    target = Sql("r.type = %s", (include.target,)) if include.target else ALWAYS
    where = all_of([among("x.rid", rids), keys, Sql("r.ref = x.code"), _unindexed_type(target)])
    return Sql(f"SELECT DISTINCT r.rid FROM record_token x CROSS JOIN record_resource r WHERE {where.text}", where.params)


def backward(include: Include, rids: Sequence[int]) -> Sql:
    """What points to these resources."""
    pointed = among("m.rid", rids)
    if include.target:
        pointed = pointed & _unindexed_type(Sql("m.type = %s", (include.target,)))
    where = all_of([pointed, among("x.key", _keys(include)), Sql("x.code = m.ref")])
    return Sql(f"SELECT DISTINCT x.rid FROM record_resource m CROSS JOIN record_token x WHERE {where.text}", where.params)


def _unindexed_type(type_is: Sql) -> Sql:
    for alias in ("r", "m"):
        type_is = type_is._replace(text=type_is.text.replace(f"{alias}.type", unindexed(f"{alias}.type")))
    return type_is


def _keys(include: Include) -> list[int]:
    if include.parameter is not None:
        return [key(include.source, include.parameter)]
    known = parameters.of(include.source) if include.source in parameters.types() else {}
    return [key(include.source, code) for code, parameter in known.items() if parameter.type is Type.REFERENCE]


def _visible(source: Sql, scope: Scope, *, skipped: set[int], limit: int) -> dict[int, Version]:
    if limit <= 0:
        return {}
    visible = scope.visible("r")
    sql = (
        f"SELECT {COLUMNS} FROM ({source.text}) d CROSS JOIN record_resource r CROSS JOIN record_version v"
        f" WHERE r.rid = d.rid AND v.rid = r.rid AND v.version = r.version AND {visible.text}"
        f" ORDER BY r.rid LIMIT {limit + len(skipped)}"
    )
    rows: list[tuple[Any, ...]] = tables.rows(sql, source.params + visible.params, is_prepared=False)
    fresh = [row for row in rows if row[0] not in skipped and scope.may(row[1])]
    return {row[0]: version_of(row) for row in fresh[:limit]}


def lying_about(rids: Sequence[int], scope: Scope) -> list[Version]:
    """What these resources point to that is about nobody: who wrote them, where it was, what the medicine is."""
    where = all_of([among("x.rid", rids), Sql("r.ref = x.code AND r.patient = ''")])
    source = Sql(f"SELECT DISTINCT r.rid FROM record_token x CROSS JOIN record_resource r WHERE {where.text}", where.params)
    return list(_visible(source, scope, skipped=set(rids), limit=MOST).values())
