"""One value of a search, as text, and what it asks for (R4 §3.1.1.4.5 to §3.1.1.4.13)."""

import re
from collections.abc import Callable
from decimal import Decimal

from .asking import EXACT, LONGEST_NUMBER, refuse, split, unescaped
from .convert import pointed_at
from .dates import interval, widened
from .parameters import types
from .text import normalised
from .types import (
    CompositeValue,
    DateValue,
    NearValue,
    NumberValue,
    Parameter,
    Prefix,
    ReferenceValue,
    StringValue,
    TokenValue,
    Type,
    TypedTokenValue,
    UriValue,
    Value,
)

NEAR = Decimal(5)
"""Kilometres, where a search says only where: a walk or a short drive. R4 leaves it to the server."""
KILOMETRES = {
    "km": Decimal(1), "m": Decimal("0.001"), "mi": Decimal("1.609344"), "[mi_i]": Decimal("1.609344"),
    "ft": Decimal("0.0003048"), "[ft_i]": Decimal("0.0003048"),
}  # fmt: skip
APPROXIMATELY = Decimal("0.1")
"""`ap`: a tenth of the value either way, which is what R4 recommends."""

_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_WITH_A_RANGE = (Prefix.EQ, Prefix.NE)


def of(parameter: Parameter, key: str, text: str) -> Value:
    """What `text` (still escaped) asks of `parameter`; `key` is how the client wrote its name. Raises Malformed."""
    if not text:
        refuse(key, "an empty value among others")
    if parameter.type is Type.COMPOSITE:
        return composite(parameter, key, text)
    if parameter.type is Type.REFERENCE:
        return reference(parameter, key, text)
    return READERS[parameter.type](key, text)


def token(key: str, text: str) -> TokenValue:
    parts = [unescaped(part) for part in split(text, "|")]
    if len(parts) == 1:
        return TokenValue(None, parts[0])
    if len(parts) > 2 or not any(parts):
        refuse(key, "a token is code, system|code, |code or system|")
    return TokenValue(parts[0], parts[1] or None)


def typed_token(key: str, text: str) -> TypedTokenValue:
    parts = [unescaped(part) for part in split(text, "|")]
    if len(parts) != 3 or not all(parts):
        refuse(key, ":of-type takes system|code|value, all three")
    return TypedTokenValue(*parts)


def string(_: str, text: str) -> StringValue:
    plain = unescaped(text)
    return StringValue(plain, normalised(plain))


def date(key: str, text: str) -> DateValue:
    """`ap` reaches as far again either way as the value is long: about a day is the days beside it, too. (R4 suggests a
    tenth of the time until now, but then the same question would mean something else tomorrow.)"""
    prefix, plain = _prefixed(unescaped(text))
    try:
        lo, hi = interval(plain.replace(" ", "+"))  # a plus sign that nobody escaped is a space in a URL
    except ValueError:
        refuse(key, "not a date: 2026, 2026-03, 2026-03-01 or 2026-03-01T08:00:00+00:00")
    if prefix is Prefix.AP:
        lo, hi = widened(lo, hi, hi - lo)
    return DateValue(prefix, lo, hi)


def number(key: str, text: str) -> NumberValue:
    prefix, plain = _prefixed(unescaped(text))
    return NumberValue(prefix, *_ends(key, prefix, plain))


def quantity(key: str, text: str) -> NumberValue:
    parts = [unescaped(part) for part in split(text, "|")]
    if len(parts) not in (1, 3):
        refuse(key, "a quantity is number, number|system|code or number||code")
    prefix, plain = _prefixed(parts[0])
    lo, hi = _ends(key, prefix, plain)
    if len(parts) == 1:
        return NumberValue(prefix, lo, hi)
    return NumberValue(prefix, lo, hi, parts[1] or None, parts[2] or None)


def reference(parameter: Parameter, key: str, text: str) -> ReferenceValue:
    plain = unescaped(text)
    if parameter.is_canonical:
        return ReferenceValue(url=plain)
    if "/" not in plain and ":" not in plain:
        if not _ID.fullmatch(plain):
            refuse(key, "not an id: up to 64 letters, digits, dots and dashes")
        return ReferenceValue(None, plain)
    found = pointed_at(plain)
    if found is None or (":" not in plain and found[0] not in types()):
        refuse(key, "a reference is id, Type/id or a URL")
    return ReferenceValue(found[0] or None, found[1], found[2])


def of_type(type: str, key: str, text: str) -> ReferenceValue:
    """`subject:Patient=7`. The type may be said twice, if it is the same."""
    plain = unescaped(text).removeprefix(f"{type}/")
    if not _ID.fullmatch(plain):
        refuse(key, f"not the id of a {type}")
    return ReferenceValue(type, plain)


def uri(_: str, text: str) -> UriValue:
    return UriValue(unescaped(text))


def near(key: str, text: str) -> NearValue:
    parts = [unescaped(part) for part in split(text, "|")]
    if not 2 <= len(parts) <= 4:
        refuse(key, "latitude|longitude|distance|unit")
    latitude, longitude = _decimal(key, parts[0]), _decimal(key, parts[1])
    distance = _decimal(key, parts[2]) if len(parts) > 2 and parts[2] else NEAR
    unit = KILOMETRES.get(parts[3] if len(parts) > 3 and parts[3] else "km")
    if unit is None:
        refuse(key, f"distances are in {', '.join(KILOMETRES)}")
    if abs(latitude) > 90 or abs(longitude) > 180 or not 0 <= distance <= 100_000:
        refuse(key, "no such place or distance on Earth")
    return NearValue(latitude, longitude, EXACT.multiply(distance, unit))


def composite(parameter: Parameter, key: str, text: str) -> CompositeValue:
    parts = split(text, "$")
    if len(parts) != len(parameter.components):
        refuse(key, f"a composite of {len(parameter.components)} parts, with $ between them")
    found = (
        of(Parameter(parameter.code, component.type), key, part)
        for component, part in zip(parameter.components, parts, strict=True)
    )
    return CompositeValue(tuple(found))


READERS: dict[Type, Callable[[str, str], Value]] = {
    Type.TOKEN: token,
    Type.STRING: string,
    Type.DATE: date,
    Type.NUMBER: number,
    Type.QUANTITY: quantity,
    Type.URI: uri,
    Type.SPECIAL: near,
}


def _prefixed(text: str) -> tuple[Prefix, str]:
    found = _PREFIXED.fullmatch(text)
    prefix, rest = found.groups() if found else (None, text)
    return Prefix(prefix or "eq"), rest


def _decimal(key: str, text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        refuse(key, "not a number")
    return Decimal(text)


def _ends(key: str, prefix: Prefix, text: str) -> tuple[Decimal, Decimal]:
    """`100` is everything that rounds to it, from 99.5 up to 100.5; but what is more than 100 is more than 100. By the same
    rule `1e2` is from 50 up to 150: R4's own example says from 95 up to 105, which no rule of its gives."""
    value = _decimal(key, text)
    if prefix in _WITH_A_RANGE:
        half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
    elif prefix is Prefix.AP:
        half = EXACT.multiply(abs(value), APPROXIMATELY)
    else:
        return value, value
    return EXACT.subtract(value, half), EXACT.add(value, half)
