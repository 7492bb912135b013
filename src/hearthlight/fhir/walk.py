"""The second pass over a resource: what R4 asks beyond structure, by tables compiled once for each type.

Tolerant of a structure that is not sound: what is not where it should be is passed over, for the first pass has told it.
Then no invariants are asked, which rely on it.

Source: R4 §2.6 (JSON), §2.3.0.1 (contained), §2.3.0.5 (references), §4.1.5 (required bindings)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from . import definitions, links, narrative
from .definitions import Element, Kind, ValueSet
from .formats import FORMATS, GRAMMARS, Format
from .rules import Around, Truth, compiled
from .types import Issue, Resource, Severity

Rules = tuple[tuple[definitions.Rule, Truth], ...]
MOST_CODES = 12  # so many are listed to whoever used another


@dataclass(slots=True)
class Walk:
    """One pass over a resource and what it contains. `fullurls` are the types of the entries of the Bundle around."""

    around: Around
    is_sound: bool
    issues: list[Issue]
    fullurls: dict[str, str]
    contained: dict[str, str] = field(default_factory=dict)
    pointed_at: set[str] = field(default_factory=set)
    inside: str = ""  # the id of the contained resource that is being walked
    pointing_out: set[str] = field(default_factory=set)

    def tell(self, code: str, why: str, path: str, severity: Severity = Severity.ERROR) -> None:
        self.issues.append(Issue(severity, code, why, path))


Visit = Callable[[Any, "Step", str, int, Walk], None]


@dataclass(slots=True)
class Step:
    """What is done about one member of an object."""

    element: Element
    kind: Kind
    visit: Visit | None
    rules: Rules
    format: Format | None = None

    def place(self, path: str, index: int) -> str:
        return f"{path}.{self.element.name}" if index < 0 else f"{path}.{self.element.name}[{index}]"


@dataclass(slots=True)
class Plan:
    is_resource: bool
    steps: dict[str, Step]
    rules: Rules


def second_pass(resource: Resource, *, is_sound: bool) -> list[Issue]:
    issues: list[Issue] = []
    _whole(resource, str(resource.get("resourceType")), is_sound, issues, links.of_bundle(resource))
    return issues


def _whole(resource: Resource, path: str, is_sound: bool, issues: list[Issue], fullurls: dict[str, str]) -> None:
    """A resource that stands for itself: the one given, or one in a Bundle or Parameters."""
    plan = _plan(str(resource.get("resourceType")))
    if plan is None or not plan.is_resource:
        return
    walk = Walk(Around(resource, resource), is_sound, issues, fullurls, _contained_types(resource))
    _object(resource, plan, path, walk)
    for id, index in _places(resource):
        if id not in walk.pointed_at and id not in walk.pointing_out:
            walk.tell("invariant", "dom-3: A contained resource is referred to from the resource around it", f"{path}.contained[{index}]")


def _object(value: dict[str, Any], plan: Plan, path: str, walk: Walk) -> None:
    if not value or (len(value) == 1 and "id" in value and not plan.is_resource):
        walk.tell("invariant", "ele-1: An element has a value or children", path)
    steps = plan.steps
    for name, child in value.items():
        step = steps.get(name)
        if step is None:
            _other(name, child, plan, path, walk)
        elif type(child) is list:
            if len(child) > step.element.most > 1:
                walk.tell("structure", f"At most {step.element.most} of these", step.place(path, -1))
            if step.visit is not None:
                for index, item in enumerate(child):
                    step.visit(item, step, path, index, walk)
        elif step.visit is not None:
            step.visit(child, step, path, -1, walk)
    if walk.is_sound:
        _ask(plan.rules, value, path, walk)


def _ask(rules: Rules, item: Any, path: str, walk: Walk) -> None:
    for rule, holds in rules:
        if holds(item, walk.around) is False:
            severity = Severity.ERROR if rule.is_error else Severity.WARNING
            walk.tell("invariant", f"{rule.key}: {rule.sentence}", path, severity)


def _other(name: str, child: Any, plan: Plan, path: str, walk: Walk) -> None:
    """A member that is no element: extensions of a primitive, or one that only fhirkit lets pass."""
    if name == "fhir_comments":
        walk.tell("structure", "Unknown element", f"{path}.{name}")
    step = plan.steps.get(name[1:]) if name[:1] == "_" else None
    extended = _plan("Element")
    if step is None or extended is None:
        return
    for index, item in enumerate(child) if isinstance(child, list) else ((-1, child),):
        if isinstance(item, dict):
            _object(item, extended, step.place(path, index), walk)


# --- one item of each kind ------------------------------------------------------------------------------------------


def _primitive(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    if step.format is not None and isinstance(item, str) and (wrong := step.format(item)):
        walk.tell("value", wrong, step.place(path, index))


def _code(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    bound = step.element.value_set
    if bound and isinstance(item, str) and item not in bound.codes:
        walk.tell("code-invalid", _not_of(bound), step.place(path, index))


def _uri(item: Any, _step: Step, _path: str, _index: int, walk: Walk) -> None:
    if isinstance(item, str) and item[:1] == "#":
        walk.pointed_at.add(item[1:].partition("|")[0])


def _xhtml(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    if isinstance(item, str):
        for wrong in narrative.problems(item):
            walk.tell("invariant", wrong, step.place(path, index))


def _complex(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    plan = _plan(step.kind.name)
    if plan is None or not isinstance(item, dict):
        return
    here = step.place(path, index)
    bound = step.element.value_set
    if bound and bound.is_enumerated and not _is_coded(item, step.kind.name, bound):
        walk.tell("code-invalid", _not_of(bound), here)
    _object(item, plan, here, walk)
    if step.rules and walk.is_sound:
        _ask(step.rules, item, here, walk)


def _extension(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    if isinstance(item, dict):
        has_value = any(name.startswith(("value", "_value")) for name in item)
        if has_value == ("extension" in item):
            walk.tell("invariant", "ext-1: An extension has either extensions or a value", step.place(path, index))
    _complex(item, step, path, index, walk)


def _reference(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    if isinstance(item, dict):
        here = step.place(path, index)
        literal = item.get("reference")
        if isinstance(literal, str) and literal[:1] == "#":
            _fragment(literal[1:], here, walk)
        for code, wrong in links.problems(item, step.kind.targets, walk.contained, walk.fullurls):
            walk.tell(code, wrong, here)
    _complex(item, step, path, index, walk)


def _fragment(id: str, here: str, walk: Walk) -> None:
    walk.pointed_at.add(id)
    if not id and walk.inside:
        walk.pointing_out.add(walk.inside)
    elif id not in walk.contained:
        walk.tell("invariant", "ref-1: A reference to a contained resource names one that is there", here)


def _resource(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    if isinstance(item, dict):
        _whole(item, step.place(path, index), walk.is_sound, walk.issues, walk.fullurls)


def _contained(item: Any, step: Step, path: str, index: int, walk: Walk) -> None:
    plan = _plan(str(item.get("resourceType"))) if isinstance(item, dict) else None
    if plan is None or not plan.is_resource:
        return
    here = step.place(path, index)
    meta = item.get("meta")
    if walk.inside or "contained" in item:
        walk.tell("invariant", "dom-2: A contained resource contains no other", here)
    if not isinstance(item.get("id"), str):
        walk.tell("required", "A contained resource has an id", here)
    if isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta):
        walk.tell("invariant", "dom-4: A contained resource has no versionId and no lastUpdated", here)
    if isinstance(meta, dict) and "security" in meta:
        walk.tell("invariant", "dom-5: A contained resource has no security labels", here)
    outer, walk.inside = walk.inside, str(item.get("id"))
    walk.around = Around(item, walk.around.root)
    _object(item, plan, here, walk)
    walk.around, walk.inside = Around(walk.around.root, walk.around.root), outer


# --- codes ----------------------------------------------------------------------------------------------------------


def _is_coded(item: dict[str, Any], kind: str, bound: ValueSet) -> bool:
    """Whether a concept has a code of the set; one that has neither codes nor words says why in an extension."""
    if kind == "CodeableConcept":
        codings = item.get("coding")
        if isinstance(codings, list):
            return any(isinstance(coding, dict) and _is_of(coding, bound) for coding in codings)
        return "text" not in item and "extension" in item
    if kind in ("Coding", "Quantity") or "code" in item:
        return _is_of(item, bound) or ("code" not in item and "extension" in item)
    return True


def _is_of(coding: dict[str, Any], bound: ValueSet) -> bool:
    code = coding.get("code")
    return isinstance(code, str) and code in bound.systems.get(str(coding.get("system")), ())


def _not_of(bound: ValueSet) -> str:
    listed = f" ({', '.join(sorted(bound.codes))})" if len(bound.codes) <= MOST_CODES else ""
    return f"Not a code of {bound.url}{listed}"


# --- plans ----------------------------------------------------------------------------------------------------------

_VISITS: dict[str, Visit | None] = {
    "xhtml": _xhtml, "Extension": _extension, "Reference": _reference, "Resource": _resource,
    "uri": _uri, "url": _uri, "canonical": _uri,
}


@cache
def _plan(name: str) -> Plan | None:
    known = definitions.shape(name)
    if known is None:
        return None
    steps = {member.name: _step(member.element, member.kind) for member in known.members.values()}
    if "contained" in steps:
        steps["contained"].visit = _contained
    return Plan(known.is_resource, steps, _rules(known.rules, name))


def _step(element: Element, kind: Kind) -> Step:
    bound = element.value_set
    form = GRAMMARS.get(bound.name) if bound else FORMATS.get(kind.name)
    visit: Visit | None = _complex
    if kind.is_primitive:
        visit = _code if bound and bound.is_enumerated else (_primitive if form else None)
    return Step(element, kind, _VISITS.get(kind.name, visit), _rules(element.rules, kind.name), form)


def _rules(keys: tuple[str, ...], name: str) -> Rules:
    return tuple((definitions.rule(key), compiled(definitions.rule(key).steps, name)) for key in keys)


def _places(resource: Resource) -> Iterator[tuple[str, int]]:
    contained = resource.get("contained")
    for index, item in enumerate(contained if isinstance(contained, list) else ()):
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            yield item["id"], index


def _contained_types(resource: Resource) -> dict[str, str]:
    contained = resource.get("contained")
    return {id: str(contained[index].get("resourceType")) for id, index in _places(resource)} if contained else {}
