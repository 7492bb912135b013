"""Parts of a resource, where a client asks for less: `_summary` and `_elements` (§3.1.1.5.8, §3.1.1.5.9)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hearthlight.fhir import definitions, text
from hearthlight.fhir.search.types import Summary
from hearthlight.record.api.types import Problem

SUMMARY = Path(__file__).parent / "summary.json"
ALWAYS = {"resourceType", "id", "meta"}
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


@dataclass(frozen=True, slots=True)
class Shape:
    summary: Summary = Summary.FALSE
    elements: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return self.summary in (Summary.FALSE, Summary.COUNT) and not self.elements


WHOLE = Shape()


def of_pairs(pairs: Iterable[tuple[str, str]]) -> Shape:
    """What a read's parameters ask for. Raises Problem."""
    shape = WHOLE
    for name, value in pairs:
        if name == "_summary":
            if value not in set(Summary) - {Summary.COUNT}:
                raise Problem(400, "value", "_summary of one resource is true, text, data or false")
            shape = Shape(Summary(value), shape.elements)
        elif name == "_elements":
            shape = Shape(shape.summary, (*shape.elements, *(part.strip() for part in value.split(",") if part.strip())))
    return shape


def shaped(body: bytes, shape: Shape) -> bytes:
    """The stored body, or the part of it that was asked for, marked as a part."""
    if shape.is_whole:
        return body
    resource = text.loads(body)
    kept = {name: value for name, value in resource.items() if _is_kept(resource["resourceType"], name, shape)}
    meta = dict(kept.get("meta", {}))
    meta["tag"] = [*meta.get("tag", ()), SUBSETTED]
    kept["meta"] = meta
    return text.dumps(kept)


def _is_kept(type: str, name: str, shape: Shape) -> bool:  # noqa: A002 — FHIR's word
    element = name.removeprefix("_")
    if element in ALWAYS:
        return True
    if shape.elements:
        return _is_named(type, element, shape.elements) or _is_required(type, element)
    if shape.summary is Summary.DATA:
        return element != "text"
    if shape.summary is Summary.TEXT:
        return element == "text" or _is_required(type, element)
    return _is_named(type, element, _summaries().get(type, ()))


@cache
def _summaries() -> Mapping[str, Sequence[str]]:
    """What a summary shows, by type: drawn by scripts/build-fhir-summary."""
    found: Mapping[str, Sequence[str]] = json.loads(SUMMARY.read_text())
    return found


def _is_required(type: str, name: str) -> bool:  # noqa: A002
    shape = definitions.shape(type)
    member = shape.members.get(name) if shape else None
    return member is not None and member.element.least > 0


def _is_named(type: str, element: str, names: Sequence[str]) -> bool:  # noqa: A002
    """By its own name, with its type before it, or a choice by its stem (`value` for `valueQuantity`)."""
    bare = {name.removeprefix(f"{type}.").split(".")[0] for name in names}
    return any(element == name or (element.startswith(name) and element[len(name) : len(name) + 1].isupper()) for name in bare)


