"""What a value that is asked for means in the columns of an index row `x`."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Sequence
from math import cos, pi, radians

from hearthlight.fhir.search.types import (
    DateValue,
    NearValue,
    NumberValue,
    Parameter,
    Prefix,
    ReferenceValue,
    StringValue,
    TokenValue,
    TypedTokenValue,
    UriValue,
)
from hearthlight.record.hashes import known, microseconds, reference, word
from hearthlight.record.index import LONGEST_WORD, token_word, typed_word
from hearthlight.record.sql import ALWAYS, Sql, all_of, among, any_of, begins_with, contains

LONGEST_URI_ABOVE = 2_000  # characters of a URI whose beginnings are looked for
EARTH_KM = 6_371.0088  # mean radius, IUGG
KM_A_DEGREE = 111.0  # of latitude, at the least
NARROWEST = 0.01  # cosine of the latitude where meridians are taken to stop closing in: 89.4°


def tokens(values: Sequence[TokenValue]) -> Sql:
    if any(value.code is None for value in values):
        return any_of([_token(value) for value in values])
    codes = among("x.code", sorted({token_word(value.code or "") for value in values}))
    if all(value.system is None for value in values):
        return codes
    return codes & any_of([_token(value) for value in values]) if len(values) > 1 else _token(values[0])


def _token(value: TokenValue) -> Sql:
    code = ALWAYS if value.code is None else Sql("x.code = %s", (token_word(value.code),))
    return code if value.system is None else code & Sql("x.system = %s", (known(value.system),))


def typed_tokens(values: Sequence[TypedTokenValue]) -> Sql:
    return among("x.code", [typed_word(value.system, value.code, value.value) for value in values])


def references(parameter: Parameter, values: Sequence[ReferenceValue], every_type: Sequence[str]) -> Sql:
    """`every_type` is asked where the parameter may point to anything and the value does not say what."""
    found: list[int] = []
    for value in values:
        types = (value.type,) if value.type else parameter.targets or every_type
        found += [word(value.url)] if value.url else [reference(type_, value.id) for type_ in types]
    return among("x.code", found)


def begins(values: Sequence[StringValue]) -> Sql:
    return any_of([begins_with("x.norm", value.normalised[:LONGEST_WORD]) for value in values])


def has_part(values: Sequence[StringValue]) -> Sql:
    return any_of([contains("x.norm", value.normalised[:LONGEST_WORD]) for value in values])


def exactly(values: Sequence[StringValue]) -> Sql:
    return any_of([_exactly(value.normalised, value.text) for value in values])


def uris(values: Sequence[UriValue]) -> Sql:
    return any_of([_exactly(value.uri, value.uri) for value in values])


def _exactly(normalised: str, text: str) -> Sql:
    return Sql("x.norm = %s AND x.exact = %s", (normalised[:LONGEST_WORD], word(text)))


def uris_below(values: Sequence[UriValue]) -> Sql:
    return any_of([begins_with("x.norm", value.uri[:LONGEST_WORD]) for value in values])


def uris_above(values: Sequence[UriValue]) -> Sql:
    asked = [value.uri[:LONGEST_URI_ABOVE] for value in values]
    return any_of([Sql("substr(%s, 1, length(x.norm)) = x.norm", (uri,)) for uri in asked])


def dates(values: Sequence[DateValue], lo: str = "x.lo_us", hi: str = "x.hi_us") -> Sql:
    return any_of([_date(value, lo, hi) for value in values])


def _date(value: DateValue, lo: str, hi: str) -> Sql:
    asked_lo, asked_hi = microseconds(value.lo), microseconds(value.hi)
    equal = Sql(f"({lo} >= %s AND {hi} <= %s)", (asked_lo, asked_hi))
    match value.prefix:
        case Prefix.EQ:
            return equal
        case Prefix.NE:
            return Sql(f"NOT {equal.text}", equal.params)
        case Prefix.GT:
            return Sql(f"{hi} > %s", (asked_hi,))
        case Prefix.LT:
            return Sql(f"{lo} < %s", (asked_lo,))
        case Prefix.GE:
            return Sql(f"({hi} > %s OR {equal.text})", (asked_hi, *equal.params))
        case Prefix.LE:
            return Sql(f"({lo} < %s OR {equal.text})", (asked_lo, *equal.params))
        case Prefix.SA:
            return Sql(f"{lo} >= %s", (asked_hi,))
        case Prefix.EB:
            return Sql(f"{hi} <= %s", (asked_lo,))
        case Prefix.AP:
            return Sql(f"{lo} < %s AND {hi} > %s", (asked_hi, asked_lo))


def around(value: DateValue) -> tuple[int | None, int | None]:
    """From when to when a date that satisfies `value` must reach into, both ends included; None: no bound."""
    lo, hi = microseconds(value.lo), microseconds(value.hi)
    match value.prefix:
        case Prefix.EQ | Prefix.AP:
            return lo, hi
        case Prefix.GT | Prefix.GE | Prefix.SA:
            return lo, None
        case Prefix.LT | Prefix.LE | Prefix.EB:
            return None, hi
        case Prefix.NE:
            return None, None


def numbers(values: Sequence[NumberValue]) -> Sql:
    return any_of([_number(value) for value in values])


def _number(value: NumberValue) -> Sql:
    pieces = [_compared(value.prefix, float(value.lo), float(value.hi))]
    if value.code is not None:
        pieces.append(Sql("x.unit = %s", (token_word(value.code),)))
    if value.system is not None:
        pieces.append(Sql("x.system = %s", (known(value.system),)))
    return all_of(pieces)


def _compared(prefix: Prefix, lo: float, hi: float) -> Sql:
    """A row's `lo` and `hi` are both included. Doubles: two numbers that differ after the fifteenth digit are one."""
    equal = Sql("(x.lo >= %s AND x.hi < %s)", (lo, hi)) if lo < hi else Sql("(x.lo = %s AND x.hi = %s)", (lo, lo))
    match prefix:
        case Prefix.EQ:
            return equal
        case Prefix.NE:
            return Sql(f"NOT {equal.text}", equal.params)
        case Prefix.GT | Prefix.GE:
            return Sql("x.hi > %s" if prefix is Prefix.GT else "x.hi >= %s", (hi,))
        case Prefix.LT | Prefix.LE:
            return Sql("x.lo < %s" if prefix is Prefix.LT else "x.lo <= %s", (lo,))
        case Prefix.SA:
            return Sql("x.lo > %s", (hi,))
        case Prefix.EB:
            return Sql("x.hi < %s", (lo,))
        case Prefix.AP:
            return Sql("x.lo < %s AND x.hi >= %s", (hi, lo))


def near(values: Sequence[NearValue]) -> Sql:
    return any_of([_near(value) for value in values])


def _near(value: NearValue) -> Sql:
    """Within so many kilometres along a great circle, for positions in the box around it. Across the date line and at
    the poles the box is the whole belt."""
    latitude, longitude, km = (float(each) for each in (value.latitude, value.longitude, value.kilometres))
    high = km / KM_A_DEGREE
    wide = high / max(cos(radians(min(abs(latitude) + high, 90.0))), NARROWEST)
    box = Sql("x.lo BETWEEN %s AND %s", (latitude - high, latitude + high))
    if wide < 180 and longitude - wide >= -180 and longitude + wide <= 180:
        box = box & Sql("x.hi BETWEEN %s AND %s", (longitude - wide, longitude + wide))
    half = (
        "(POWER(SIN(RADIANS(x.lo - %s) / 2), 2) + COS(RADIANS(%s)) * COS(RADIANS(x.lo)) * POWER(SIN(RADIANS(x.hi - %s) / 2), 2))"
    )
    # the haversine is compared, not the distance: no inverse, and no rounding near 1
    limit = _haversine_of(km)
    return box & Sql(f"{half} <= %s", (latitude, latitude, longitude, limit))


def _haversine_of(km: float) -> float:
    angle = min(km / EARTH_KM, pi)
    return (1 - cos(angle)) / 2

