"""A value of some FHIR type as what a search parameter finds it by: the rows, still without the parameter's name.

The readers take what `fhir.check` let through; on anything else they raise TypeError, ValueError, AttributeError or
ArithmeticError, which `extract` tells as Malformed. Source: R4 §3.1.1.4 and its table of types."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from .dates import interval
from .text import normalised
from .types import DAWN, DUSK, LEAST, MOST

CURRENCIES = "urn:iso:std:iso:4217"
_LITERAL = re.compile(r"(?:(https?://.+)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]+)?")
_NOT_DIALLED = str.maketrans("", "", " ()-./")
_DIALLED = {"phone", "fax", "pager", "sms"}
_PARTS_OF_A_NAME = ("text", "family", "given", "prefix", "suffix")
_PARTS_OF_AN_ADDRESS = ("text", "line", "city", "district", "state", "postalCode", "country")

Core = tuple[Any, ...]
Read = Callable[[Any, str], list[Core]]


def worded(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("a word is text")
    return text


# --- tokens ----------------------------------------------------------------------------------------------------------


def of_concept(concept: Mapping[str, Any], _: str) -> list[Core]:
    return [
        (worded(coding.get("system", "")), worded(coding["code"]))
        for coding in concept.get("coding", ())
        if "code" in coding
    ]


def of_coding(coding: Mapping[str, Any], _: str) -> list[Core]:
    return [(worded(coding.get("system", "")), worded(coding["code"]))] if "code" in coding else []


def of_identifier(identifier: Mapping[str, Any], _: str) -> list[Core]:
    return [(worded(identifier.get("system", "")), worded(identifier["value"]))] if "value" in identifier else []


def of_contact(contact: Mapping[str, Any], _: str) -> list[Core]:
    """A telephone number is found as it was written, and as it is dialled."""
    if "value" not in contact:
        return []
    value = worded(contact["value"])
    dialled = value.translate(_NOT_DIALLED) if contact.get("system") in _DIALLED else value
    return [("", value)] if dialled in (value, "") else [("", value), ("", dialled)]


def of_code(code: Any, system: str) -> list[Core]:
    return [(system, worded(code))]


def of_boolean(value: Any, _: str) -> list[Core]:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return [("", "true" if value else "false")]


def typed(identifier: Mapping[str, Any]) -> list[Core]:
    """For `:of-type`: each coding of the identifier's type, and its value."""
    kinds = identifier.get("type")
    if not kinds or "value" not in identifier:
        return []
    return [(*kind, worded(identifier["value"])) for kind in of_concept(kinds, "")]


def words_of_concept(concept: Mapping[str, Any]) -> list[Core]:
    """For `:text`: what a reader would see."""
    found = [coding["display"] for coding in concept.get("coding", ()) if "display" in coding]
    if "text" in concept:
        found.append(concept["text"])
    if len(found) > 1:
        found = list(dict.fromkeys(found))  # mostly the same words
    return [(worded(text), normalised(text)) for text in found]


def words_of_coding(coding: Mapping[str, Any]) -> list[Core]:
    return [(worded(coding["display"]), normalised(coding["display"]))] if "display" in coding else []


def words_of_identifier(identifier: Mapping[str, Any]) -> list[Core]:
    text = identifier.get("type", {}).get("text")
    return [(worded(text), normalised(text))] if text else []


# --- strings ---------------------------------------------------------------------------------------------------------


def of_string(text: Any, _: str) -> list[Core]:
    return [(worded(text), normalised(text))]


def of_name(name: Mapping[str, Any], _: str) -> list[Core]:
    return [(text, normalised(text)) for text in _parts(name, _PARTS_OF_A_NAME)]


def of_address(address: Mapping[str, Any], _: str) -> list[Core]:
    return [(text, normalised(text)) for text in _parts(address, _PARTS_OF_AN_ADDRESS)]


def of_words(concept: Mapping[str, Any], _: str) -> list[Core]:
    return words_of_concept(concept)


def _parts(whole: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in whole:
            part = whole[name]
            yield from (worded(each) for each in (part if isinstance(part, list) else (part,)) if each is not None)


# --- dates -----------------------------------------------------------------------------------------------------------


def of_date(text: Any, _: str) -> list[Core]:
    return [interval(worded(text))]


def of_period(period: Mapping[str, Any], _: str) -> list[Core]:
    if "start" not in period and "end" not in period:
        return []
    return [_span(period)]


def of_timing(timing: Mapping[str, Any], _: str) -> list[Core]:
    """Only the outer limits count, not which days between (§3.1.1.4.7)."""
    spans = [interval(worded(event)) for event in timing.get("event", ()) if event is not None]
    bounds = timing.get("repeat", {}).get("boundsPeriod")
    if bounds:
        spans.append(_span(bounds))
    return [(min(lo for lo, _ in spans), max(hi for _, hi in spans))] if spans else []


def _span(period: Mapping[str, Any]) -> tuple[datetime, datetime]:
    lo = interval(worded(period["start"]))[0] if "start" in period else DAWN
    hi = interval(worded(period["end"]))[1] if "end" in period else DUSK
    return lo, hi


# --- numbers ---------------------------------------------------------------------------------------------------------


def exact(number: Any) -> Decimal:
    if isinstance(number, Decimal):
        return number
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError("not a number")
    return Decimal(number if isinstance(number, int) else repr(number))


def of_number(number: Any, _: str) -> list[Core]:
    value = exact(number)
    return [(value, value, "", "")]


def of_quantity(quantity: Mapping[str, Any], _: str) -> list[Core]:
    if "value" not in quantity:
        return []
    lo = hi = exact(quantity["value"])
    comparator = quantity.get("comparator", "")
    if comparator:
        lo, hi = (LEAST if "<" in comparator else lo), (MOST if ">" in comparator else hi)
    return _measured(lo, hi, quantity)


def of_money(money: Mapping[str, Any], _: str) -> list[Core]:
    if "value" not in money:
        return []
    value = exact(money["value"])
    return [(value, value, CURRENCIES, worded(money["currency"]))] if "currency" in money else [(value, value, "", "")]


def of_range(range_: Mapping[str, Any], _: str) -> list[Core]:
    low, high = range_.get("low", {}), range_.get("high", {})
    if "value" not in low and "value" not in high:
        return []
    lo = exact(low["value"]) if "value" in low else LEAST
    hi = exact(high["value"]) if "value" in high else MOST
    return _measured(lo, hi, low or high)


def of_samples(samples: Mapping[str, Any], _: str) -> list[Core]:
    """From the least to the greatest sample. E, U and L (error, under and over the limits) are no values."""
    read = [Decimal(word) for word in worded(samples.get("data", "")).split() if word not in ("E", "U", "L")]
    if not read or "value" not in samples["origin"]:
        return []
    origin, factor = exact(samples["origin"]["value"]), exact(samples.get("factor", 1))
    ends = sorted((origin + factor * min(read), origin + factor * max(read)))
    return _measured(ends[0], ends[1], samples["origin"])


def _measured(lo: Decimal, hi: Decimal, quantity: Mapping[str, Any]) -> list[Core]:
    """With the unit's code, and again with its human word where that differs."""
    system, code, unit = quantity.get("system", ""), quantity.get("code", ""), quantity.get("unit", "")
    if not code:
        return [(lo, hi, "", worded(unit))]
    if unit in ("", code):
        return [(lo, hi, worded(system), worded(code))]
    return [(lo, hi, worded(system), worded(code)), (lo, hi, "", worded(unit))]


# --- references ------------------------------------------------------------------------------------------------------


def of_reference(reference: Mapping[str, Any], type: str) -> list[Core]:
    """`type` is the one type looked for ("": any). A contained resource (`#x`) is no place of its own, and not found."""
    literal = worded(reference.get("reference", ""))
    named = worded(reference.get("type", "")).rpartition("/")[2]
    told = reference.get("identifier")
    identifier = (worded(told.get("system", "")), worded(told["value"])) if told and "value" in told else None
    found = pointed_at(literal, named)
    if found is None:
        found = (named, "", "")
        if identifier is None:
            return []
    return [(*found, identifier)] if type in ("", found[0]) else []


def pointed_at(literal: str, named: str = "") -> tuple[str, str, str] | None:
    """Type, id and URL of a literal reference: local ones have no URL, URNs and pages nothing else. None: it points nowhere,
    or into the resource itself."""
    if not literal or literal.startswith("#"):
        return None
    parts = _LITERAL.fullmatch(literal)
    if not parts:
        return named, "", literal
    base, type, id = parts.groups()
    return type, id, f"{base}/{type}/{id}" if base else ""


def of_canonical(url: Any, _: str) -> list[Core]:
    """With its version, and without: who asks for no version means any."""
    whole = worded(url)
    if whole.startswith("#"):
        return []
    plain = whole.partition("|")[0]
    return [("", "", plain, None)] if plain == whole else [("", "", plain, None), ("", "", whole, None)]


def of_resource(resource: Mapping[str, Any], type: str) -> list[Core]:
    """A resource inside a Bundle, as a reference to it."""
    kind, id = worded(resource.get("resourceType", "")), worded(resource.get("id", ""))
    return [(kind, id, "", None)] if id and type in ("", kind) else []


def of_uri(uri: Any, _: str) -> list[Core]:
    return [(worded(uri),)]


def of_position(position: Mapping[str, Any], _: str) -> list[Core]:
    return [(exact(position["latitude"]), exact(position["longitude"]))]
