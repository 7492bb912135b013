"""A resource for every path of every search parameter, with a value there: most parameters that no example uses."""

from decimal import Decimal
from typing import Any

SAMPLES: dict[str, Any] = {
    "boolean": True, "code": "final", "id": "x-1", "string": "Ada Ash", "markdown": "Some *words*", "uri": "urn:x:1",
    "url": "https://a.example/x", "canonical": "https://a.example/ValueSet/v|2", "date": "2024-02",
    "dateTime": "2024-02-03T04:05:06+01:00", "instant": "2024-02-03T04:05:06.789Z", "decimal": Decimal("0.80"), "integer": 17,
    "Period": {"start": "2024"}, "Timing": {"event": ["2024-01-02", "2024-03"]}, "Range": {"low": {"value": 1, "unit": "mg"}},
    "Quantity": {"value": Decimal("72.50"), "unit": "kg", "system": "urn:u", "code": "k"}, "Age": {"value": 84, "code": "a"},
    "Duration": {"value": 3, "unit": "h", "code": "h"}, "Money": {"value": 5, "currency": "GBP"},
    "SampledData": {"origin": {"value": 2}, "data": "1 2 3"}, "Reference": {"reference": "Patient/7"},
    "HumanName": {"family": "Ash", "given": ["Ada"]}, "Address": {"city": "Bury", "line": ["1 High St"]},
    "CodeableConcept": {"coding": [{"system": "urn:s", "code": "c", "display": "See"}], "text": "Seen"},
    "Coding": {"system": "urn:s", "code": "c"}, "Identifier": {"system": "urn:i", "value": "9"},
    "ContactPoint": {"system": "phone", "value": "0161 496"},
    "BackboneElement": {"latitude": Decimal("53.4"), "longitude": Decimal("-2.2")},
}  # fmt: skip


def resource(type, path):
    """One of that type which has a value at the end of the path, and nothing else."""
    steps, value_type, *options = path
    only = options[0].get("is", "") if options else ""
    if value_type == "Resource":
        value = {"resourceType": {"composition": "Composition", "message": "MessageHeader"}.get(only, "Composition"), "id": "c"}
    elif value_type == "Reference":
        value = {"reference": f"{only or 'Patient'}/7"}
    else:
        value = SAMPLES[value_type]
    for number, step in reversed(list(enumerate(steps))):
        inner = value if number == len(steps) - 1 else [value]  # every object on the way as a list of one
        value = {step: inner} if isinstance(step, str) else _narrowed(step, value)
    return {"resourceType": type, **value}


def composites(type, row):
    """For each place of a composite and each type of its latter part, a resource that has all parts there."""
    for number, (steps, *_) in enumerate(row["paths"]):
        parts = [part["paths"][number] for part in row["components"]]
        for latter in parts[-1]:
            top, place = {"resourceType": type}, {}
            for path in [paths[0] for paths in parts[:-1]] + [latter]:
                is_from_top = path[0][0] == "%resource"
                (top if is_from_top else place).update(resource(type, [path[0][is_from_top:], *path[1:]]))
            if steps:
                place.pop("resourceType")
            for step in reversed(steps):
                place = {step: [place, {}]}
            yield {**top, **place}


def _narrowed(step, value):
    """What a step with a condition leads to, beside something it does not lead to."""
    name, member, wanted = (*step, None)[:3]
    if isinstance(member, int):
        return {name: [*[{}] * member, value, {"resource": {"resourceType": "Patient", "id": "beside"}}]}
    if member == "extension":
        return {name: [{**value, "extension": [{"url": wanted, "valueBoolean": True}]}, value]}
    return {name: [{**value, member: wanted}, {**value, member: "other"}]}
