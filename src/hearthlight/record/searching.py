"""A search, from what is asked to a page of matches.

Which index leads is decided here and not left to SQLite, which keeps no statistics: one person's rows by date where the
search names a person (`walk`); else the clause that fewest satisfy, if they are few; else the type, in the order asked."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hearthlight.fhir.search import extract, parameters
from hearthlight.fhir.search.types import Condition, DateValue, Query, Total
from hearthlight.record import hashes, permissions, tables, values, writing
from hearthlight.record.clauses import Found, compiled
from hearthlight.record.hashes import key
from hearthlight.record.index import LASTING, LONG_US
from hearthlight.record.ordering import Order, cursor_of, order_of, values_of
from hearthlight.record.scope import Scope, Whose, whose
from hearthlight.record.sql import ALWAYS, Sql, all_of, among
from hearthlight.record.types import Access, Page, Verb, Version

USUAL, MOST = 50, 1_000  # matches on a page
FEW = 3_000  # resources a clause may lead to, to lead: looked up one by one in a few milliseconds
COLUMNS = (
    "r.rid, r.type, r.fid, r.patient, r.is_shared, v.version, v.at_us, v.by, v.body, v.is_deleted, v.origin"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, compiled. `lead` begins FROM; `where` and `keys` speak of `r`, or of the leading rows `d`."""

    types: tuple[str, ...]
    scope: Scope
    whose: Whose
    order: Order
    found: tuple[Found, ...]
    bounds: tuple[int | None, int | None]


def search(query: Query, *, access: Access) -> tuple[Page, Sequence[int]]:
    """The page, and the numbers of the resources on it. Raises Forbidden, Malformed."""
    plan = plan_of(query, access)
    if plan is None:
        return Page([], total=0), []
    count = USUAL if query.count is None else min(max(query.count, 0), MOST)
    cursor = values_of(query.cursor, plan.order)
    lead = lead_of(plan)
    asked = page_sql(plan, lead, cursor, count + 1)
    rows = tables.rows(asked.text, asked.params) if count else []
    matches, is_more = rows[:count], len(rows) > count
    width = len(plan.order.keys)
    total = _total(query, lead, seen=None if is_more or cursor or not count else len(matches))
    next_cursor = cursor_of([*matches[-1][:width], matches[-1][width]]) if is_more else ""
    page = Page([version_of(row[width:]) for row in matches], total=total, next_cursor=next_cursor)
    return page, [row[width] for row in matches]


def plan_of(query: Query, access: Access) -> Plan | None:
    """None: nothing can match, whatever is there."""
    scope = Scope(access)
    types = _types(query, scope)
    narrowed = whose(types, query.where, access)
    if narrowed is None:
        return None
    found = tuple(compiled(clause, types, scope, narrowed) for clause in query.where)
    return Plan(types, scope, narrowed, order_of(query, types), found, _bounds(query, types, narrowed))


def _types(query: Query, scope: Scope) -> tuple[str, ...]:
    """The types this reader may search; empty: every type, and they may search them all."""
    if len(query.types) == 1:
        permissions.check_may(scope.access, query.types[0], Verb.SEARCH)
    asked = query.types or tuple(sorted(parameters.types()))
    allowed = tuple(type_ for type_ in asked if scope.may(type_))
    if not allowed:
        permissions.check_may(scope.access, asked[0], Verb.SEARCH)
    return () if not query.types and len(allowed) == len(asked) else allowed


def version_of(row: Sequence[Any]) -> Version:
    """From `COLUMNS`."""
    rid, type_, fid, patient, is_shared, number, at_us, by, body, is_deleted, origin = row
    patients = writing.about(rid, patient, is_shared)
    return Version(type_, fid, number, hashes.moment(at_us), by, bytes(body), bool(is_deleted), patients, origin)


# --- dates -------------------------------------------------------------------------------------------------------------


def _bounds(query: Query, types: Sequence[str], narrowed: Whose) -> tuple[int | None, int | None]:
    """Between which moments the main date must begin to be worth looking at; its own rows decide. What lasts is few, and
    where a person has something that does, there is no earliest."""
    if len(types) != 1:
        return None, None
    main = extract.MAIN_DATE.get(types[0], ("date",))
    spans = [
        values.around(clause.values[0])
        for clause in query.where
        if isinstance(clause, Condition) and main and clause.parameter.code == main[0] and clause.modifier is None
        and len(clause.values) == 1 and isinstance(clause.values[0], DateValue)
    ]  # fmt: skip
    lowest = max((lo for lo, _ in spans if lo is not None), default=None)
    highest = min((hi for _, hi in spans if hi is not None), default=None)
    if lowest is not None:
        lowest = None if _has_lasting(types[0], narrowed) else lowest - LONG_US
    return lowest, highest


def _has_lasting(type_: str, narrowed: Whose) -> bool:
    rows = Sql("x.key = %s AND x.code = 0", (key(type_, "", LASTING),)) & narrowed.rows("x")
    return tables.row(f"SELECT 1 FROM record_token x WHERE {rows.text} LIMIT 1", rows.params) is not None


def _within(bounds: tuple[int | None, int | None], column: str) -> Sql:
    lowest, highest = bounds
    pieces = [] if lowest is None else [Sql(f"{column} >= %s", (lowest,))]
    return all_of(pieces if highest is None else [*pieces, Sql(f"{column} <= %s", (highest,))])


# --- what leads ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """FROM and WHERE, with `r` the resource; and what the main date and the number are called where it is walked by."""

    tables: str
    where: Sql
    date: str = "r.lo_us"
    rid: str = "r.rid"


def lead_of(plan: Plan) -> Lead:
    walked = _walked(plan)
    if walked is not None:
        return walked
    source = _least(plan)
    if source is None:
        return Lead("record_resource r", all_of([_typed(plan), _within(plan.bounds, "r.lo_us"), _rest(plan)]))
    led, others = source
    leading = f"(SELECT DISTINCT rid FROM ({led.text}) f) d CROSS JOIN record_resource r"
    where = all_of([Sql("r.rid = d.rid"), _typed(plan), _rest(plan, others)])
    return Lead(leading, Sql(where.text, led.params + where.params))


def _walked(plan: Plan) -> Lead | None:
    """One person's rows of one code, in order of date: as many rows are looked at as the page has."""
    whom, walks = plan.whose.one, [found for found in plan.found if found.walk]
    if whom is None or not walks or not plan.order.is_by_main_date:
        return None
    leading = min(walks, key=lambda found: found.walk[2] == 0 if found.walk else True)  # a code before a reference
    assert leading.walk is not None
    key_, code, system = leading.walk
    pieces = [
        Sql("d.key = %s AND d.code = %s AND d.patient = %s AND d.system = %s", (key_, code, whom, system)),
        _within(plan.bounds, "d.lo_us"), Sql("r.rid = d.rid"), _rest(plan, [f for f in plan.found if f is not leading]),
    ]  # fmt: skip
    return Lead("record_token d CROSS JOIN record_resource r", all_of(pieces), date="d.lo_us", rid="d.rid")


def _least(plan: Plan) -> tuple[Sql, Sequence[Found]] | None:
    """The clause that fewest satisfy, and the others; None when many satisfy each."""
    if tables.is_postgresql():
        return None
    sized = [(_size(found.source), place) for place, found in enumerate(plan.found) if found.source]
    if not sized or min(sized)[0] >= FEW:
        return None
    best = min(sized)[1]
    source = plan.found[best].source
    assert source is not None
    return source, [found for place, found in enumerate(plan.found) if place != best]


def _size(source: Sql) -> int:
    counted = tables.row(f"SELECT COUNT(*) FROM ({source.text} LIMIT {FEW}) f", source.params)
    return int(counted[0]) if counted else 0


def _typed(plan: Plan) -> Sql:
    return among("r.type", plan.types) if plan.types else ALWAYS


def _rest(plan: Plan, found: Sequence[Found] | None = None) -> Sql:
    """Visible, and satisfying these clauses (all of them unless said)."""
    several = plan.found if found is None else found
    is_planned = tables.is_postgresql()
    pieces = [
        Sql(f"r.rid IN ({each.source.text})", each.source.params) if is_planned and each.source else each.probe("r")
        for each in several
    ]
    return all_of([plan.scope.visible("r"), *pieces])


# --- a page --------------------------------------------------------------------------------------------------------------


def page_sql(plan: Plan, lead: Lead, cursor: list[Any] | None, limit: int) -> Sql:
    """Rows of the sort values and then `COLUMNS`. Bodies are fetched for the page only."""
    keys, names = plan.order.keys, [f"k{place}" for place in range(len(plan.order.keys))]
    if plan.order.is_by_main_date or not keys:
        inner = _straight(plan, lead, cursor, limit)
    else:
        selected = "".join(f", {each.sql.text} AS {name}" for each, name in zip(keys, names, strict=True))
        params = tuple(param for each in keys for param in each.sql.params)
        after = plan.order.after(cursor, names, "rid")
        ordered = plan.order.clause(names, "rid")
        inner = Sql(
            f"SELECT rid, {', '.join(names)} FROM (SELECT r.rid AS rid{selected} FROM {lead.tables} WHERE {lead.where.text}) s"
            f" WHERE {after.text} ORDER BY {ordered} LIMIT {limit}",
            params + lead.where.params + after.params,
        )
    shown = "".join(f"p.{name}, " for name in names)
    outer = (
        f"SELECT {shown}{COLUMNS} FROM ({inner.text}) p CROSS JOIN record_resource r CROSS JOIN record_version v"
        " WHERE r.rid = p.rid AND v.rid = r.rid AND v.version = r.version"
        f" ORDER BY {plan.order.clause([f'p.{name}' for name in names], 'p.rid')}"
    )
    return Sql(outer, inner.params)


def _straight(plan: Plan, lead: Lead, cursor: list[Any] | None, limit: int) -> Sql:
    """By main date, or by number alone: an index has them in that order."""
    columns = [lead.date] if plan.order.keys else []
    where = lead.where & plan.order.after(cursor, columns, lead.rid)
    selected = f"{lead.rid} AS rid" + "".join(f", {column} AS k{place}" for place, column in enumerate(columns))
    ordered = plan.order.clause(columns, lead.rid)
    return Sql(f"SELECT {selected} FROM {lead.tables} WHERE {where.text} ORDER BY {ordered} LIMIT {limit}", where.params)


def _total(query: Query, lead: Lead, *, seen: int | None) -> int | None:
    """How many match in all: known when they are all on this page, counted when asked for."""
    if seen is not None:
        return seen
    if query.total not in (Total.ACCURATE, Total.ESTIMATE) and query.count != 0:
        return None
    counted = tables.row(f"SELECT COUNT(*) FROM {lead.tables} WHERE {lead.where.text}", lead.where.params)
    return int(counted[0]) if counted else 0
