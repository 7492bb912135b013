"""What one resource is found by. The paths of each type are compiled once to plain functions over the JSON; nothing is
interpreted afterwards (FHIRPath would cost 14-80 µs an expression, and an Observation has forty).

No row stands twice in a list. Contained resources are not looked into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..types import Issue, Malformed, Resource, Severity
from . import composites, convert
from .parameters import EVERY_TYPE, table
from .readers import LISTS, READERS, WORDS, Step, kept, member, option
from .types import Reference, Rows, Text, Token, TypedToken

ABOUT = ("patient", "subject", "individual", "beneficiary", "member")
"""Whom a resource is about, in this order: not who wrote it, carried it out or receives it."""
SAYS = ("code", "vaccine-code", "type", "category")
"""What a resource says it is: the first of these that its type has."""
MAIN_DATE = {
    "Condition": ("onset-date", "recorded-date"), "MedicationRequest": ("authoredon",),
    "MedicationStatement": ("effective",), "MedicationAdministration": ("effective-time",),
    "MedicationDispense": ("whenhandedover", "whenprepared"), "ServiceRequest": ("occurrence", "authored"),
    "Task": ("period", "authored-on"), "QuestionnaireResponse": ("authored",), "Goal": ("start-date",),
    "Communication": ("sent", "received"), "CommunicationRequest": ("occurrence", "authored"),
    "DeviceRequest": ("event-date", "authored-on"), "Provenance": ("when", "recorded"), "Specimen": ("collected",),
    "Media": ("created",), "Slot": ("start",), "NutritionOrder": ("datetime",), "Person": (), "Claim": ("created",),
    "ImagingStudy": ("started",), "MeasureReport": ("period",), "RequestGroup": ("authored",), "Coverage": (),
}  # fmt: skip
"""The dates that place a resource in time, best first; `date` for every other type."""

_OF_THE_STORE = {"_id", "_lastUpdated"}
_MAY_REPEAT = ("tokens", "strings", "displays", "references", "numbers", "dates", "uris", "typed_tokens", "positions")
_new: Any = tuple.__new__
_WRONG = (TypeError, ValueError, AttributeError, KeyError, ArithmeticError)

Act = Callable[[Any, Rows], None]


def rows(resource: Resource) -> Rows:
    """Everything `resource` is found by. Raises Malformed where an element is not what its type says it is, or
    the type is none of R4's."""
    type, key = resource.get("resourceType"), ""
    found = Rows()
    try:
        plan = _plan(type)
        for key, value in resource.items():
            for act in plan.members.get(key, ()):
                act(value, found)
        for composite in plan.composites:
            if composite.trigger in resource:
                found.composites.extend(composite.found(resource))
        if type == "Patient":
            found.tokens.append(_deceased(resource))
        _lift(found, plan, resource)
    except _WRONG as error:
        raise Malformed([_fault(type, key)]) from error
    return found


def _fault(type: Any, key: str) -> Issue:
    if not isinstance(type, str) or type not in table():
        return Issue(Severity.ERROR, "structure", "resourceType is none of R4's")
    return Issue(Severity.ERROR, "structure", f"{key} is not what its type says it is", f"{type}.{key}" if key else type)


# --- from rows to what the store keeps beside them ---------------------------------------------------------------------


def _lift(found: Rows, plan: "Plan", resource: Resource) -> None:
    """Fill patients, codes and date, and leave no row twice."""
    for name in _MAY_REPEAT:
        several = getattr(found, name)
        if len(several) > 1:
            setattr(found, name, list(dict.fromkeys(several)))
    if plan.about:
        about = plan.about
        found.patients = tuple(dict.fromkeys(
            row.id for row in found.references if row.parameter in about and row.type == "Patient" and row.id and not row.url
        ))  # fmt: skip
    elif resource["resourceType"] == "Patient" and "id" in resource:
        found.patients = (convert.worded(resource["id"]),)
    if plan.code:
        found.codes = tuple([row for row in found.tokens if row.parameter == plan.code])
    found.date = next((row for code in plan.dates for row in found.dates if row.parameter == code), None)


def _deceased(patient: Resource) -> Token:
    """R4's own expression: `deceased.exists() and deceased != false`."""
    is_dead = patient.get("deceasedBoolean") is True or "deceasedDateTime" in patient
    return Token("deceased", "", "true" if is_dead else "false")


# --- compiling -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    members: Mapping[str, Sequence[Act]]
    composites: Sequence[composites.Joined]
    about: frozenset[str]
    code: str
    dates: tuple[str, ...]


@cache
def _plan(type: str) -> Plan:
    """How resources of `type` are read. Raises KeyError for a type that is none of R4's."""
    parameters = {**table()[EVERY_TYPE], **table()[type]}
    users: dict[str, list[tuple[str, str]]] = {}
    paths: dict[str, tuple[str, Any]] = {}
    for code, row in parameters.items():
        if row["type"] != "composite" and code not in _OF_THE_STORE:
            for path in row["paths"]:
                if path[0]:
                    key = f"{row['type']} {path[:2]}"
                    paths[key] = row["type"], path
                    users.setdefault(key, []).append((code, option(path)))
    members: dict[str, list[Act]] = {}
    for key, (kind, path) in paths.items():
        members.setdefault(member(path[0][0]), []).append(_each(path[0], _act(kind, path[1], users[key])))
    about = [code for code in ABOUT if code in parameters][: 1 if type != "Patient" else 0]
    return Plan(
        members=members,
        composites=composites.all_of(parameters),
        about=frozenset(about),
        code=next((code for code in SAYS if code in parameters), ""),
        dates=MAIN_DATE.get(type, ("date",)),
    )


def _act(kind: str, value_type: str, users: Sequence[tuple[str, str]]) -> Act:
    """What is done with each value at the end of a path: read it once, and write it under every parameter it is for."""
    if kind == "reference":
        return _refer(READERS[kind, value_type], users)
    read, (attribute, row) = READERS[kind, value_type], LISTS[kind]
    codes, told = tuple(code for code, _ in users), users[0][1]
    words = WORDS.get(value_type) if kind == "token" else None
    is_identifier = kind == "token" and value_type == "Identifier"

    def act(value: Any, found: Rows) -> None:
        if cores := read(value, told):
            # A named tuple made as a plain one: half the time, and this is most of what happens here.
            getattr(found, attribute).extend([_new(row, (code, *core)) for core in cores for code in codes])
        if words and (seen := words(value)):
            found.displays.extend([_new(Text, (code, *core)) for core in seen for code in codes])
        if is_identifier:
            found.typed_tokens.extend([TypedToken(code, *core) for core in convert.typed(value) for code in codes])

    return act


def _refer(read: convert.Read, users: Sequence[tuple[str, str]]) -> Act:
    """The same for references, of which some parameters want one type only."""

    def act(value: Any, found: Rows) -> None:
        for core in read(value, ""):
            for code, only in users:
                if only in ("", core[0]):
                    found.references.append(Reference(code, *core))

    return act


def _each(steps: Sequence[Step], act: Act) -> Act:
    """`act` on every value that the steps lead to, from the value of the first one's member."""
    onward = _inside(steps[1], _each(steps[1:], act)) if len(steps) > 1 else act
    first = steps[0]
    if not isinstance(first, str):

        def each_kept(value: Any, found: Rows) -> None:
            for each in kept(value, first):
                onward(each, found)

        return each_kept

    def each_of(value: Any, found: Rows) -> None:
        if not isinstance(value, list):
            onward(value, found)
            return
        for each in value:
            if each is not None:
                onward(each, found)

    return each_of


def _inside(step: Step, act: Act) -> Act:
    wanted = member(step)

    def inside(value: Any, found: Rows) -> None:
        if wanted in value:
            act(value[wanted], found)

    return inside
