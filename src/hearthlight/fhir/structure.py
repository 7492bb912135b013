"""The one port to fhirkit-rs, which checks the structure of R4: members, types, cardinality, choices, formats.

fhirkit is young and of one author: nobody else imports it, and what it says is put into our own words and codes. Its
messages quote what they found fault with; ours do not."""

import re
from typing import Any

import fhirkit

from .definitions import resource_types, shape
from .types import Issue, Resource, Severity

MOST_TOLD = 1000  # problems whose place is looked up: `check` lists a tenth of them
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*" is not')
_STEP = re.compile(r"(\w+)((?:\[\d+\])*)")
_NO_TYPE = "is not a FHIR R4 resource type"
_CODES = (  # the first words that fit tell the issue type
    ("required element missing", "required"),
    ("is not a valid", "value"),
    ("is not a FHIR", "value"),
    ("is not a positiveInt", "value"),
    ("is outside", "value"),
    ("an empty", "value"),
)


def problems(resource: Resource, body: bytes) -> list[Issue]:
    """What fhirkit finds in `body`, which is `resource` as text."""
    name = resource.get("resourceType")
    if not isinstance(name, str) or name not in resource_types():
        return [Issue(Severity.ERROR, "structure", "Not a type of resource that R4 has", "Resource.resourceType")]
    try:
        found = fhirkit.validate(body)
    except fhirkit.ValidationError as refused:
        found = refused.issues
    except (fhirkit.ParseError, ValueError):
        return [Issue(Severity.ERROR, "structure", "Not a resource as JSON")]
    found = found[:MOST_TOLD]
    clashes = _clashes(found)
    return [_issue(each, resource) for each in found if not _is_echo(each, clashes)]


def _issue(found: fhirkit.Issue, resource: Resource) -> Issue:
    if _NO_TYPE in found.message:
        return Issue(Severity.ERROR, "structure", "Not a type of resource that R4 has", fhirpath(found.path, resource))
    severity = Severity.WARNING if found.severity == "warning" else Severity.ERROR
    code = next((code for words, code in _CODES if words in found.message), "structure")
    told = _QUOTED.sub("This is not", found.message)
    return Issue(severity, code, told[:1].upper() + told[1:], fhirpath(found.path, resource))


def _is_echo(found: fhirkit.Issue, clashes: dict[str, list[str]]) -> bool:
    """A second type for one element is told as such, and again as an unknown member."""
    home, _, name = found.path.rpartition(".")
    return found.message == "unknown element" and any(name.startswith(element) for element in clashes.get(home, ()))


def _clashes(found: list[fhirkit.Issue]) -> dict[str, list[str]]:
    """The choice elements that have more than one type, by the path of what they are in."""
    by_home: dict[str, list[str]] = {}
    for issue in found:
        home, _, name = issue.path.rpartition(".")
        if name.endswith("[x]"):
            by_home.setdefault(home, []).append(name.removesuffix("[x]"))
    return by_home


def fhirpath(path: str, resource: Resource) -> str:
    """The FHIRPath of a path that names JSON members: `Observation.valueQuantity.value` → `Observation.value.value`."""
    first, *rest = path.removesuffix("[x]").split(".")
    steps, within, home = [first], resource, first
    for part in rest:
        match = _STEP.fullmatch(part)
        if match is None:
            return ".".join([*steps, part])
        name, indices = match[1].removeprefix("_"), match[2]
        known = shape(home)
        member = known.members.get(name) if known else None
        within = _inside(within, match[1], indices)
        home = member.kind.name if member else ""
        if home == "Resource" and isinstance(within, dict):
            home = str(within.get("resourceType"))
        steps.append((member.element.name if member else name) + indices)
    return ".".join(steps)


def _inside(within: Any, name: str, indices: str) -> Any:
    inside = within.get(name) if isinstance(within, dict) else None
    for index in re.findall(r"\d+", indices):
        inside = inside[int(index)] if isinstance(inside, list) and int(index) < len(inside) else None
    return inside
