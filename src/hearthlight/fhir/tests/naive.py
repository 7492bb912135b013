"""What a resource is found by, the slow way: R4's own expressions through a FHIRPath interpreter, one after the other.

Anyone can check this by eye. It knows nothing of compiled paths; only words and dates are folded by the same functions, which
have tests of their own. Four rewritings, since the interpreter cannot: `where(resolve() is X)` becomes a look at the
reference's own type; `X as T`, which it refuses for several values, `ofType(T)`; `hasExtension(url)`, which is in no
FHIRPath, `extension(url).exists()`; and `Resource`, which it takes for a member's name, nothing."""

import re
from decimal import Decimal
from functools import cache
from itertools import product

import fhirpathpy
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.dates import interval
from hearthlight.fhir.search.text import normalised
from hearthlight.fhir.search.types import DAWN, DUSK, LEAST, MOST, Type

RESOLVES = re.compile(r"\.where\(resolve\(\) is (\w+)\)$")


@cache
def compiled(expression):
    plain = re.sub(r"^\((.*) as (\w+)\)", r"\1.ofType(\2)", expression)
    plain = re.sub(r"^(.*) as (\w+)$", r"\1.ofType(\2)", plain).replace(".as(", ".ofType(")
    plain = re.sub(r"^Resource\.", "", plain).replace("DateTime)", "dateTime)")
    plain = re.sub(r"hasExtension\(('[^']*')\)", r"extension(\1).exists()", plain)
    return fhirpathpy.compile(plain, models["r4"], {"returnRawData": True})


def values(node, expression, resource=None):
    """(type, value) pairs. Extensions stand for the value they carry."""
    found = []
    for part in filter(None, (part.strip() for part in expression.split("|"))):
        resolves = RESOLVES.search(part)
        for each in compiled(RESOLVES.sub("", part))(node, {"resource": resource}):
            kind, value = (each.path, each.data) if isinstance(each, ResourceNode) else (None, each)
            if kind == "Extension":
                found += [(k[5:], v) for k, v in value.items() if k.startswith("value")]
            elif value is not None and (not resolves or points(value)[0] == resolves[1]):
                found.append((kind, value))
    return found


def rows(resource):
    """{code: set of rows without their parameter}, of every parameter that finds anything."""
    of_type = parameters.of(resource["resourceType"])
    found = {code: rows_of(resource, of_type[code]) for code in of_type if code not in ("_id", "_lastUpdated")}
    return {code: got for code, got in found.items() if got}


def rows_of(resource, parameter):
    if parameter.type is Type.COMPOSITE:
        return set(together(resource, parameter))
    return {row for kind, value in values(resource, parameter.expression) for row in read(parameter.type, kind, value)}


def together(resource, parameter):
    for part in parameter.expression.split("|"):
        for place in compiled(part.strip())(resource, {}):
            columns = [
                {row for kind, value in values(place, each.expression, resource) for row in read(each.type, kind, value)}
                for each in parameter.components
            ]
            yield from product(*columns)


def read(type, kind, value):
    return {
        Type.TOKEN: token, Type.STRING: string, Type.DATE: date, Type.NUMBER: number, Type.QUANTITY: quantity,
        Type.REFERENCE: reference, Type.URI: lambda kind, value: [(value,)],
        Type.SPECIAL: lambda kind, value: [(Decimal(str(value["latitude"])), Decimal(str(value["longitude"])))],
    }[type](kind, value)


def token(kind, value):
    if isinstance(value, bool):
        return [("", str(value).lower())]
    if isinstance(value, str):
        return [("*", value)]  # the system follows from a binding, which FHIRPath cannot tell
    if "coding" in value or kind == "CodeableConcept":
        return [(each.get("system", ""), each["code"]) for each in value.get("coding", []) if "code" in each]
    if kind == "ContactPoint":
        number = value.get("value")
        is_dialled = value.get("system") in ("phone", "fax", "pager", "sms")
        return [("", each) for each in {number, re.sub(r"[ ()./-]", "", number) if is_dialled else number} if each] if number else []
    code = value.get("code") if kind == "Coding" else value.get("value")
    return [(value.get("system", ""), code)] if code else []


def string(kind, value):
    if isinstance(value, str):
        return [(value, normalised(value))]
    if kind == "CodeableConcept":
        words = [each.get("display") for each in value.get("coding", [])] + [value.get("text")]
    else:
        named = ("text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode", "country")
        parts = [value.get(name) for name in named]
        words = [word for part in parts for word in (part if isinstance(part, list) else [part])]
    return [(word, normalised(word)) for word in words if word]


def date(kind, value):
    if kind == "string" or kind in ("Age", "Range"):
        return []
    if isinstance(value, str):
        return [interval(value)]
    if kind == "Timing":
        spans = [interval(each) for each in value.get("event", [])]
        spans += [span(each) for each in [value.get("repeat", {}).get("boundsPeriod")] if each]
        return [(min(lo for lo, _ in spans), max(hi for _, hi in spans))] if spans else []
    return [span(value)] if "start" in value or "end" in value else []


def span(period):
    return (
        interval(period["start"])[0] if "start" in period else DAWN,
        interval(period["end"])[1] if "end" in period else DUSK,
    )


def number(kind, value):
    if isinstance(value, dict):
        return quantity(kind, value)
    return [(Decimal(str(value)), Decimal(str(value)), "", "")]


def quantity(kind, value):
    if kind == "Money":
        units = [("urn:iso:std:iso:4217", value["currency"]) if "currency" in value else ("", "")]
        ends = [Decimal(str(value["value"]))] * 2 if "value" in value else None
    elif kind == "Range":
        units = measured(value.get("low") or value.get("high") or {})
        low, high = (value.get(end, {}).get("value") for end in ("low", "high"))
        ends = (LEAST if low is None else Decimal(str(low)), MOST if high is None else Decimal(str(high)))
        ends = None if low is None and high is None else ends
    elif kind == "SampledData":
        units = measured(value["origin"])
        every = [
            Decimal(str(value["origin"]["value"])) + Decimal(str(value.get("factor", 1))) * Decimal(word)
            for word in value.get("data", "").split() if word not in "EUL"
        ]
        ends = (min(every), max(every)) if every else None
    else:
        units = measured(value)
        given, comparator = value.get("value"), value.get("comparator", "")
        ends = None if given is None else (
            LEAST if "<" in comparator else Decimal(str(given)), MOST if ">" in comparator else Decimal(str(given))
        )
    return [(*ends, *unit) for unit in units] if ends else []


def measured(value):
    code, unit = value.get("code"), value.get("unit", "")
    if not code:
        return [("", unit)]
    return [(value.get("system", ""), code)] + ([("", unit)] if unit not in ("", code) else [])


def reference(kind, value):
    if isinstance(value, str):
        return [] if value.startswith("#") else [("", "", each, None) for each in {value, value.split("|")[0]}]
    if "resourceType" in value:
        return [(value["resourceType"], value["id"], "", None)] if "id" in value else []
    identifier = value.get("identifier", {})
    told = (identifier.get("system", ""), identifier["value"]) if "value" in identifier else None
    literal = value.get("reference", "")
    if (not literal or literal.startswith("#")) and told is None:
        return []
    return [(*points(value), told)]


def points(value):
    """Type, id and URL."""
    literal, named = value.get("reference", ""), value.get("type", "")
    if not literal or literal.startswith("#"):
        return (named, "", "")
    parts = literal.split("/_history/")[0].split("/")
    if len(parts) == 2 and parts[0][0].isupper():
        return (*parts, "")
    if literal.startswith("http") and len(parts) > 4 and parts[-2][:1].isupper():
        return (*parts[-2:], "/".join(parts))
    return (named, "", literal)
