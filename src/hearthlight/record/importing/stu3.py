"""A FHIR STU3 resource as an R4 one, without loss.

Three steps. The table of `stu3_types` gives what has another name its name. What R4 then has no element for, or will not
have (`fhir.check`), is cut out and kept, word for word, in an extension of ours on the resource. What cannot be an R4 resource
even so is kept whole, in a Basic. So nothing that came is gone, and everything that stays passes `check`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hearthlight.fhir import text
from hearthlight.fhir.check import check
from hearthlight.fhir.definitions import Member, shape
from hearthlight.fhir.types import Issue, Malformed, Resource
from hearthlight.record.importing.stu3_types import TYPES
from hearthlight.record.importing.turning import Turning, rows

KEPT = "urn:hearthlight:stu3"
"""The extension that holds what R4 has no element for: one inner extension each, its url the path the element had."""
ROUNDS = 6  # of cutting out what check will not have: one is the rule
DEEP_ROUNDS = 3  # of them, in which only what is wrong goes and not the element around it
STEP = re.compile(r"([A-Za-z]+)(?:\[(\d+)\])?")
STORE_WRITES = ("versionId", "lastUpdated")
EVERYWHERE = frozenset(["resourceType", "id", "extension", "contained"])


@dataclass(slots=True)
class Turned:
    """`kept` are the paths of what was kept word for word; `is_whole`: all of it, in a Basic."""

    resource: Resource
    source_type: str
    kept: list[str] = field(default_factory=list)
    is_whole: bool = False


def is_stu3(resources: list[Resource]) -> bool:
    """Do these say, by a profile or by what they are, that they are STU3?"""
    return any(_says_stu3(resource) for resource in resources)


def _says_stu3(resource: Resource) -> bool:
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    named = any(isinstance(one, str) and "/STU3/" in one for one in profiles) if isinstance(profiles, list) else False
    return named or resource.get("resourceType") in ("ReferralRequest", "ProcedureRequest") or "taken" in resource


def turned(resource: Resource, *, patient: str) -> Turned:
    """`resource` in R4. `patient` is whom a Basic that keeps it whole is about (`Patient/…`; empty: nobody)."""
    turning = _turned(resource)
    found = turning.said
    for number in range(ROUNDS):
        wrong = [issue for issue in _problems(_with_kept(found, turning.kept)) if issue.is_error]
        if not wrong:
            return Turned(_with_kept(found, turning.kept), resource["resourceType"], list(turning.kept))
        is_deep = number < DEEP_ROUNDS
        if not (_cut(found, wrong, turning.kept, is_deep=is_deep) or _cut(found, wrong, turning.kept, is_deep=False)):
            break
    return _whole(resource, patient)


def _turned(resource: Resource) -> Turning:
    turning = Turning(resource)
    inside = [_turned(one) for one in rows(turning.said.get("contained")) if isinstance(one.get("resourceType"), str)]
    if inside and len(inside) == len(turning.said["contained"]):
        turning.said["contained"] = [one.said for one in inside]
        for part in inside:
            turning.kept |= {f"contained.{part.said.get('id', '')}.{path}": value for path, value in part.kept.items()}
    meta = turning.said.get("meta")
    if isinstance(meta, dict):
        turning.kept |= {f"{turning.type}.meta.{name}": meta.pop(name) for name in ("profile", *STORE_WRITES) if name in meta}
        if not meta:
            del turning.said["meta"]
    change = TYPES.get(turning.type)
    if change is not None:
        change(turning)
    _prune(turning.said, turning.said["resourceType"], turning.type, turning.kept)
    return turning


def _prune(part: dict[str, Any], name: str, path: str, kept: dict[str, Any]) -> None:
    """Cut out of `part`, which is of the type or part of one called `name`, what R4 does not know there."""
    known = shape(name)
    if known is None:
        return
    for member in list(part):
        bare = member.removeprefix("_")
        found = known.members.get(bare)
        if found is None and bare not in EVERYWHERE:
            kept[f"{path}.{member}"] = part.pop(member)
        elif found is not None and bare == member:
            _fit(part, found, f"{path}.{member}", kept)
            if bare not in EVERYWHERE and not found.kind.is_primitive:
                inner = f"{name}.{bare}" if shape(f"{name}.{bare}") is not None else found.kind.name
                for number, value in enumerate(rows(part[member]) or rows([part[member]])):
                    _prune(value, inner, f"{path}.{bare}[{number}]", kept)


def _fit(part: dict[str, Any], found: Member, path: str, kept: dict[str, Any]) -> None:
    """One where R4 has one, a list where it has a list."""
    value = part[found.name]
    if found.element.is_repeating and not isinstance(value, list):
        part[found.name] = [value]
    elif not found.element.is_repeating and isinstance(value, list) and value:
        part[found.name] = value[0]
        if len(value) > 1:
            kept[path] = value[1:]


def _problems(resource: Resource) -> tuple[Issue, ...]:
    try:
        return check(resource)
    except Malformed as malformed:
        return malformed.issues


def _cut(resource: Resource, wrong: list[Issue], kept: dict[str, Any], *, is_deep: bool) -> bool:
    """Take out what is wrong: only that (`is_deep`), or the whole element it is in. False when that cannot help."""
    is_cut = False
    for issue in wrong:
        steps = STEP.findall(issue.expression)[1:]
        if steps and steps[0][0] not in ("id", "resourceType"):
            is_cut |= _take_out(resource, resource["resourceType"], steps if is_deep else steps[:1], kept)
    return is_cut


def _take_out(part: Any, path: str, steps: list[tuple[str, str]], kept: dict[str, Any]) -> bool:
    """`steps` are names with the number of a row, if any: `coding`, `0`. What was last in something goes with it."""
    (name, number), *rest = steps
    names = [one for one in part if _is_called(one, name)] if isinstance(part, dict) else []
    is_cut = False
    for member in names:
        value, told = part[member], f"{path}.{member}"
        if rest and isinstance(value, list) and number and int(number) < len(value):
            is_cut |= _take_out(value[int(number)], f"{told}[{number}]", rest, kept)
        elif rest and isinstance(value, dict):
            is_cut |= _take_out(value, told, rest, kept)
        else:
            kept[told if told not in kept else f"{told}#2"] = part.pop(member)
            is_cut = True
    return is_cut


def _is_called(member: str, name: str) -> bool:
    """`effectiveDateTime`, and `_effectiveDateTime`, are `effective`."""
    bare = member.removeprefix("_")
    return bare == name or (bare.startswith(name) and bare[len(name) : len(name) + 1].isupper())


def _with_kept(resource: Resource, kept: dict[str, Any]) -> Resource:
    if not kept:
        return resource
    inner = [{"url": path, "valueString": text.dumps(value).decode()} for path, value in kept.items()]
    extension = {"url": KEPT, "extension": inner}
    return {**resource, "extension": [*resource.get("extension", []), extension]}


def _whole(resource: Resource, patient: str) -> Turned:
    type_ = str(resource["resourceType"])
    basic: Resource = {"resourceType": "Basic"}
    if isinstance(resource.get("id"), str):
        basic["id"] = resource["id"]
    basic["extension"] = [{"url": KEPT, "extension": [{"url": type_, "valueString": text.dumps(resource).decode()}]}]
    basic["code"] = {"text": f"{type_} as it came"}
    if patient:
        basic["subject"] = {"reference": patient}
    return Turned(basic, type_, [type_], is_whole=True)


def kept_in(resource: Resource) -> dict[str, Any]:
    """What was kept word for word in a resource, by its path."""
    return {
        inner["url"]: text.value(inner["valueString"].encode())
        for outer in rows(resource.get("extension")) if outer.get("url") == KEPT
        for inner in rows(outer.get("extension"))
    }  # fmt: skip


def leaves(part: Any) -> Iterator[str]:
    """Every single thing said in `part`, without where it is said: what must still be there afterwards."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name != "resourceType":
                yield from leaves(value)
    elif isinstance(part, list):
        for value in part:
            yield from leaves(value)
    else:
        yield str(part)
