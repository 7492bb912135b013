"""Each clause of a search as SQL, in two forms: `probe` asks one resource whether it satisfies the clause, by its own index
rows; `source` names all that do, where an index finds them without looking at the others (else None).

SQLite takes the forms in the order they are written, PostgreSQL in the order it thinks best."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import Chain, Clause, Condition, Has, Modifier, Parameter, TokenValue, Type
from hearthlight.fhir.types import Issue, Malformed, Severity
from hearthlight.record import values
from hearthlight.record.hashes import key
from hearthlight.record.index import DISPLAY, IDENTIFIER, TYPED
from hearthlight.record.scope import Scope, Whose
from hearthlight.record.sql import NEVER_SO, Sql, all_of, among, any_of, is_not, unindexed

TABLES = {
    Type.TOKEN: "token", Type.REFERENCE: "token", Type.STRING: "word", Type.URI: "word", Type.DATE: "span", Type.NUMBER: "amount",
    Type.QUANTITY: "amount", Type.SPECIAL: "amount",
}  # fmt: skip
OF_THE_STORE = ("_id", "_lastUpdated")
MILLISECOND = 1_000  # µs: how long a moment lasts that is kept to the millisecond


@dataclass(frozen=True, slots=True)
class Found:
    """`probe(alias)` of a resource; `walk`: a single (key, code, system), along which one person's rows lie by date."""

    probe: Callable[[str], Sql]
    source: Sql | None = None
    walk: tuple[int, int, int] | None = None


def compiled(clause: Clause, types: Sequence[str], scope: Scope, whose: Whose, depth: int = 0) -> Found:
    """One clause about resources of `types` (empty: any)."""
    match clause:
        case Condition():
            return condition(clause, types, whose)
        case Chain():
            return _chain(clause, types, scope, whose, depth + 1)
        case Has():
            return _has(clause, scope, depth + 1)


# --- conditions ------------------------------------------------------------------------------------------------------


def condition(asked: Condition, types: Sequence[str], whose: Whose) -> Found:
    if asked.parameter.code in OF_THE_STORE:
        return _own_column(asked)
    if asked.modifier is Modifier.MISSING:
        return _missing(asked, types)
    if asked.parameter.type is Type.COMPOSITE:
        return _turned(asked, Found(lambda r: _composite(asked, types, r)))
    meaning = _meaning(asked)
    where, keys = meaning.where(asked), keys_of(types, asked.parameter.code, meaning.part)
    rows = among("x.key", keys) & where
    theirs, is_narrow = rows & whose.rows("x"), meaning.table in ("token", "word") or whose.patients is not None
    leads = Sql(f"SELECT x.rid FROM record_{meaning.table} x WHERE {theirs.text}", theirs.params)
    source = leads if is_narrow and meaning.is_found_by_index(asked) else None
    return _turned(asked, Found(lambda r: _exists(meaning.table, rows, r), source, _walk(asked, keys, where)))


def keys_of(types: Sequence[str], code: str, part: str = "") -> list[int]:
    return [key(type_, code, part) for type_ in types or sorted(parameters.types())]


def _exists(table: str, rows: Sql, resource: str) -> Sql:
    by_resource = rows.text.replace("x.key", unindexed("x.key"))
    return Sql(f"EXISTS (SELECT 1 FROM record_{table} x WHERE x.rid = {resource}.rid AND {by_resource})", rows.params)


def _turned(asked: Condition, found: Found) -> Found:
    """`:not` is satisfied by what has no such row, and by what has none at all (R4 §3.1.1.4.5)."""
    return Found(lambda r: is_not(found.probe(r))) if asked.modifier is Modifier.NOT else found


def _walk(asked: Condition, keys: Sequence[int], where: Sql) -> tuple[int, int, int] | None:
    is_plain = asked.modifier is None and len(keys) == 1 and len(asked.values) == 1
    if not is_plain:
        return None
    if asked.parameter.type is Type.REFERENCE and where.text == "x.code = %s":
        return keys[0], where.params[0], 0
    value = asked.values[0]
    if isinstance(value, TokenValue) and value.code is not None and value.system is not None:
        return keys[0], *where.params
    return None


def _references(asked: Condition) -> Sql:
    several: Any = asked.values
    return values.references(asked.parameter, several, sorted(parameters.types()))


def _has_codes(asked: Condition) -> bool:
    return all(isinstance(value, TokenValue) and value.code is not None for value in asked.values)


def _of(read: Callable[[Any], Sql]) -> Callable[[Condition], Sql]:
    return lambda asked: read(asked.values)


def _always(_: Condition) -> bool:
    return True


def _by_none(_: Condition) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Meaning:
    """In which table and part of the parameter to look, for what, and whether an index finds that."""

    table: str
    part: str
    where: Callable[[Condition], Sql]
    is_found_by_index: Callable[[Condition], bool] = _always


MEANINGS: Mapping[tuple[Type, Modifier | None], Meaning] = {
    (Type.TOKEN, None): Meaning("token", "", _of(values.tokens), _has_codes),
    (Type.TOKEN, Modifier.OF_TYPE): Meaning("token", TYPED, _of(values.typed_tokens)),
    (Type.TOKEN, Modifier.TEXT): Meaning("word", DISPLAY, _of(values.has_part), _by_none),
    (Type.REFERENCE, None): Meaning("token", "", _references),
    (Type.REFERENCE, Modifier.IDENTIFIER): Meaning("token", IDENTIFIER, _of(values.tokens), _has_codes),
    (Type.REFERENCE, Modifier.TEXT): Meaning("word", DISPLAY, _of(values.has_part), _by_none),
    (Type.STRING, None): Meaning("word", "", _of(values.begins)),
    (Type.STRING, Modifier.EXACT): Meaning("word", "", _of(values.exactly)),
    (Type.STRING, Modifier.CONTAINS): Meaning("word", "", _of(values.has_part), _by_none),
    (Type.STRING, Modifier.TEXT): Meaning("word", "", _of(values.has_part), _by_none),
    (Type.URI, None): Meaning("word", "", _of(values.uris)),
    (Type.URI, Modifier.BELOW): Meaning("word", "", _of(values.uris_below)),
    (Type.URI, Modifier.ABOVE): Meaning("word", "", _of(values.uris_above), _by_none),
    (Type.DATE, None): Meaning("span", "", _of(values.dates)),
    (Type.NUMBER, None): Meaning("amount", "", _of(values.numbers)),
    (Type.QUANTITY, None): Meaning("amount", "", _of(values.numbers)),
    (Type.SPECIAL, None): Meaning("amount", "", _of(values.near), _by_none),
}


def _meaning(asked: Condition) -> Meaning:
    modifier = None if asked.modifier is Modifier.NOT else asked.modifier
    found = MEANINGS.get((asked.parameter.type, modifier))
    if found is None:
        raise _unsupported(asked.parameter, asked.modifier)
    return found


def _unsupported(parameter: Parameter, modifier: Modifier | None) -> Malformed:
    told = f"{parameter.code}{f':{modifier}' if modifier else ''} cannot be searched"
    return Malformed([Issue(Severity.ERROR, "not-supported", told)])


def _own_column(asked: Condition) -> Found:
    several: Any = asked.values
    if asked.modifier is Modifier.MISSING:
        return Found(lambda _: NEVER_SO if asked.is_missing else Sql("1 = 1"))
    if asked.parameter.code == "_id":
        ids = [value.code for value in several]
        return _turned(asked, Found(lambda r: among(f"{r}.fid", ids)))
    return _turned(asked, Found(lambda r: values.dates(several, f"{r}.at_us", f"({r}.at_us + {MILLISECOND})")))


def _missing(asked: Condition, types: Sequence[str]) -> Found:
    parameter, where = asked.parameter, []
    if parameter.type is Type.COMPOSITE:
        where.append((TABLES[parameter.components[0].type], "$0"))
    else:
        where.append((TABLES[parameter.type], ""))
    if parameter.type is Type.TOKEN:
        where += [("token", TYPED), ("word", DISPLAY)]

    def probe(r: str) -> Sql:
        there = any_of([_exists(table, among("x.key", keys_of(types, parameter.code, part)), r) for table, part in where])
        return is_not(there) if asked.is_missing else there

    return Found(probe)


def _composite(asked: Condition, types: Sequence[str], r: str) -> Sql:
    if asked.modifier not in (None, Modifier.NOT):
        raise _unsupported(asked.parameter, asked.modifier)
    several: Any = asked.values
    return any_of([_together(asked.parameter, value.parts, types, r) for value in several])


def _together(parameter: Parameter, parts: Sequence[Any], types: Sequence[str], r: str) -> Sql:
    """Rows of one instance, one for each part."""
    tables, pieces = [], []
    for place, (component, value) in enumerate(zip(parameter.components, parts, strict=True)):
        plain = Condition(Parameter(parameter.code, component.type), (value,))
        meaning, x = _meaning(plain), f"x{place}"
        tables.append(f"record_{meaning.table} {x}")
        rows = among(unindexed("x.key"), keys_of(types, parameter.code, f"${place}")) & meaning.where(plain)
        pieces.append(Sql(rows.text.replace("x.", f"{x}."), rows.params))
        pieces.append(Sql(f"{x}.rid = {r}.rid" if not place else f"{x}.rid = x0.rid AND {x}.instance = x0.instance"))
    where = all_of(pieces)
    return Sql(f"EXISTS (SELECT 1 FROM {' CROSS JOIN '.join(tables)} WHERE {where.text})", where.params)


# --- through references ----------------------------------------------------------------------------------------------


def _chain(asked: Chain, types: Sequence[str], scope: Scope, whose: Whose, depth: int) -> Found:
    """The resources whose reference leads to one of the targets; only through what the reader may see."""
    keys_ = keys_of(types, asked.parameter.code)
    ends = [
        (type_, compiled(clause, (type_,), scope, Whose(), depth)) for type_, clause in asked.to if scope.may(type_)
    ]
    t = f"t{depth}"

    def target(type_: str, rest: Sql) -> Sql:
        return all_of([Sql(f"{unindexed(f'{t}.type')} = %s", (type_,)), scope.visible(t), rest])

    def probe(r: str) -> Sql:
        led = any_of([target(type_, found.probe(t)) for type_, found in ends])
        joined = f"record_token x CROSS JOIN record_resource {t}"
        rows = all_of([Sql(f"x.rid = {r}.rid"), among(unindexed("x.key"), keys_), Sql(f"{t}.ref = x.code"), led])
        return Sql(f"EXISTS (SELECT 1 FROM {joined} WHERE {rows.text})", rows.params)

    if not ends or any(found.source is None for _, found in ends):
        return Found(probe)
    refs = any_of([_led(t, target(type_, _within(t, found.source))) for type_, found in ends if found.source])
    rows = all_of([among("x.key", keys_), refs, whose.rows("x")])
    return Found(probe, Sql(f"SELECT x.rid FROM record_token x WHERE {rows.text}", rows.params))


def _within(alias: str, source: Sql) -> Sql:
    return Sql(f"{alias}.rid IN ({source.text})", source.params)


def _led(t: str, where: Sql) -> Sql:
    return Sql(f"x.code IN (SELECT {t}.ref FROM record_resource {t} WHERE {where.text})", where.params)


def _has(asked: Has, scope: Scope, depth: int) -> Found:
    """The resources that some visible resource of `source` points to."""
    if not scope.may(asked.source):
        return Found(lambda _: NEVER_SO)
    inner = compiled(asked.clause, (asked.source,), scope, Whose(), depth)
    s, key_ = f"s{depth}", Sql("x.key = %s", (key(asked.source, asked.parameter.code),))

    def probe(r: str) -> Sql:
        pieces = [key_, Sql(f"x.code = {r}.ref"), Sql(f"{s}.rid = x.rid"), scope.visible(s), inner.probe(s)]
        rows = all_of(pieces)
        return Sql(f"EXISTS (SELECT 1 FROM record_token x CROSS JOIN record_resource {s} WHERE {rows.text})", rows.params)

    if inner.source is None:
        return Found(probe)
    pointing = all_of([key_, Sql(f"{s}.rid = x.rid"), scope.visible(s)])
    refs = (
        f"SELECT x.code FROM ({inner.source.text}) i CROSS JOIN record_token x CROSS JOIN record_resource {s}"
        f" WHERE x.rid = i.rid AND {pointing.text}"
    )
    params = inner.source.params + pointing.params
    return Found(probe, Sql(f"SELECT r.rid FROM record_resource r WHERE r.ref IN ({refs})", params))
