"""Which reader of `convert` reads which FHIR type for which kind of parameter, and the way to the values it reads."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import convert
from .types import Date, Number, Position, Reference, Text, Token, Uri

Step = str | list[Any]
"""A member's name, or [name, number], or [name, member, value]: see scripts/build-fhir-search."""

READERS: dict[tuple[str, str], convert.Read] = {
    **{("date", kind): convert.of_date for kind in ("date", "dateTime", "instant")},
    ("date", "Period"): convert.of_period,
    ("date", "Timing"): convert.of_timing,
    **{("number", kind): convert.of_number for kind in ("decimal", "integer")},
    ("number", "Range"): convert.of_range,
    **{("quantity", kind): convert.of_quantity for kind in ("Quantity", "Age", "Duration")},
    ("quantity", "Money"): convert.of_money,
    ("quantity", "Range"): convert.of_range,
    ("quantity", "SampledData"): convert.of_samples,
    ("reference", "Reference"): convert.of_reference,
    ("reference", "Resource"): convert.of_resource,
    **{("reference", kind): convert.of_canonical for kind in ("canonical", "uri")},
    **{("string", kind): convert.of_string for kind in ("string", "markdown")},
    ("string", "HumanName"): convert.of_name,
    ("string", "Address"): convert.of_address,
    ("string", "CodeableConcept"): convert.of_words,
    ("token", "CodeableConcept"): convert.of_concept,
    ("token", "Coding"): convert.of_coding,
    ("token", "Identifier"): convert.of_identifier,
    ("token", "ContactPoint"): convert.of_contact,
    ("token", "boolean"): convert.of_boolean,
    **{("token", kind): convert.of_code for kind in ("code", "id", "string", "uri")},
    **{("uri", kind): convert.of_uri for kind in ("uri", "url", "canonical")},
    ("special", "BackboneElement"): convert.of_position,
}
WORDS: dict[str, Callable[[Any], list[convert.Core]]] = {
    "CodeableConcept": convert.words_of_concept,
    "Coding": convert.words_of_coding,
    "Identifier": convert.words_of_identifier,
}
LISTS: dict[str, tuple[str, type]] = {
    "date": ("dates", Date), "number": ("numbers", Number), "quantity": ("numbers", Number),
    "reference": ("references", Reference), "string": ("strings", Text), "token": ("tokens", Token),
    "uri": ("uris", Uri), "special": ("positions", Position),
}  # fmt: skip


def member(step: Step) -> str:
    return step if isinstance(step, str) else str(step[0])


def option(path: list[Any]) -> str:
    """What a path's reader is told besides: a code's system, or the one type a reference may have."""
    options: Mapping[str, str] = path[2] if len(path) > 2 else {}
    return next(iter(options.values()), "")


def onward(values: Iterable[Any], step: Step) -> list[Any]:
    wanted = member(step)
    return [each for value in values if wanted in value for each in kept(value[wanted], step)]


def kept(value: Any, step: Step) -> list[Any]:
    """The elements of a member that the step means: all, the one with that number, or those that hold a value."""
    several = [each for each in (value if isinstance(value, list) else [value]) if each is not None]
    if isinstance(step, str):
        return several
    if isinstance(step[1], int):
        return several[step[1] : step[1] + 1]
    if step[1] == "extension":
        return [each for each in several if any(inner["url"] == step[2] for inner in each.get("extension", ()))]
    return [each for each in several if each.get(step[1]) == step[2]]
