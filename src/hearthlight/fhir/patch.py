"""Changing a resource by saying what should change: JSON Patch (RFC 6902) and FHIRPath Patch (R4 §3.1.0.5, fhirpatch).

Neither touches what it was given. Whether the outcome is sound, `fhir.check` says; that it is still the same resource, and no
larger or deeper than a body that would be let in, is seen to here. Messages name places, never values."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import jsonpatch
from jsonpointer import JsonPointerException

from . import path, text
from .definitions import Member, Shape, member_name, shape
from .path import Spot
from .types import Issue, Malformed, Resource, Severity

MOST_OPERATIONS = 500
MOST_PATHS = 100
"""Operations of a FHIRPath Patch, each of which walks through the resource."""
MOST_COPIED = 100_000
"""Values that `copy` may add in all: a list copied into itself thirty times over would fill any memory."""
LONGEST_POINTER = 1_000  # characters
_NEEDS = {
    "add": {"value"}, "replace": {"value"}, "test": {"value"}, "remove": set(), "move": {"from"}, "copy": {"from"},
}  # fmt: skip


class Inapplicable(Malformed):
    """The patch is well formed, but not of this resource as it is: a test failed, or a place is not there."""


def json_patch(resource: Resource, operations: Any) -> Resource:
    """`resource` after every operation, or none. Decimals are compared as numbers and kept as written. Raises Malformed,
    and Inapplicable of it."""
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        _refuse(f"A JSON Patch is an array of up to {MOST_OPERATIONS} operations")
    document: Any = copy.deepcopy(resource)
    copied = 0
    for number, operation in enumerate(operations):
        _check_operation(number, operation)
        document, size = _applied(document, number, operation)
        copied += size
        if copied > MOST_COPIED:
            _refuse(f"Operation {number} copies too much", "too-costly")
    return _same(resource, document)


def _check_operation(number: int, operation: Any) -> None:
    if not isinstance(operation, dict) or not isinstance(op := operation.get("op"), str) or op not in _NEEDS:
        _refuse(f"Operation {number} is none of {', '.join(_NEEDS)}")
    if not _NEEDS[op] <= operation.keys():
        _refuse(f"Operation {number} ({op}) needs {', '.join(sorted(_NEEDS[op]))}")
    for name in ("path", "from") if op in ("move", "copy") else ("path",):
        pointer = operation.get(name)
        if not isinstance(pointer, str) or len(pointer) > LONGEST_POINTER or (pointer and not pointer.startswith("/")):
            _refuse(f"Operation {number} ({op}) has no JSON Pointer as {name}")


def _applied(document: Any, number: int, operation: Mapping[str, Any]) -> tuple[Any, int]:
    """The document after one operation, and how many values that copied."""
    op, pointer = operation["op"], operation["path"]
    try:
        before = _size(jsonpatch.JsonPointer(operation["from"]).resolve(document)) if op == "copy" else 0
        if before > MOST_COPIED:
            _refuse(f"Operation {number} copies too much", "too-costly")
        return jsonpatch.JsonPatch([operation]).apply(document, in_place=True), before
    except jsonpatch.JsonPatchTestFailed:
        _refuse_here(f"Operation {number}: the test of {pointer} failed")
    except (jsonpatch.JsonPatchConflict, JsonPointerException):
        _refuse_here(f"Operation {number} ({op}): there is no such place as {pointer}")
    except RecursionError:
        _refuse(f"Operation {number} ({op}) nests too deep", "too-costly")
    except (jsonpatch.JsonPatchException, TypeError, ValueError, KeyError, AttributeError, IndexError):
        _refuse(f"Operation {number} ({op}) cannot be applied to {pointer}")


def _size(value: Any) -> int:
    size, waiting = 0, [value]
    while waiting and size <= MOST_COPIED:
        each = waiting.pop()
        size += 1
        if isinstance(each, dict | list):
            waiting.extend(each.values() if isinstance(each, dict) else each)
    return size


# --- FHIRPath Patch --------------------------------------------------------------------------------------------------


def fhirpath_patch(resource: Resource, parameters: Resource) -> Resource:
    """`resource` after every operation of a Parameters resource, or none. Raises Malformed, and Inapplicable of it.

    add: one more of a list, or what is not there yet. insert and move: within a list. delete: one element, and nothing if
    it is not there; what it leaves empty goes with it. replace: one element, with its extensions."""
    operations = parameters.get("parameter", [])
    if not isinstance(operations, list) or len(operations) > MOST_PATHS:
        _refuse(f"A FHIRPath Patch has up to {MOST_PATHS} operations")
    document = copy.deepcopy(resource)
    for number, operation in enumerate(operations):
        try:
            _operate(document, _parts(operation))
        except Inapplicable as error:
            _refuse_here(f"Operation {number}: {error.issues[0].diagnostics}")
        except Malformed as error:
            _refuse(f"Operation {number}: {error.issues[0].diagnostics}", error.issues[0].code)
        except (TypeError, AttributeError, KeyError, ValueError, RecursionError):
            _refuse(f"Operation {number} is not as FHIRPath Patch describes it")
    return _same(resource, document)


def _parts(operation: Any) -> dict[str, dict[str, Any]]:
    if operation.get("name") != "operation":
        _refuse("every parameter is called operation")
    parts = {part["name"]: part for part in operation.get("part", ())}
    if len(parts) != len(operation.get("part", ())):
        _refuse("a part is given twice")
    return parts


def _operate(document: Resource, parts: dict[str, dict[str, Any]]) -> None:
    kind, where = _given(parts, "type", "valueCode", "valueString"), _given(parts, "path", "valueString")
    if not isinstance(where, str):
        _refuse("the path is a string")
    match kind:
        case "add":
            name = _given(parts, "name", "valueString")
            _add(_one(where, document), str(name), _part(parts, "value"))
        case "insert":
            _insert(where, document, _number(parts, "index"), _part(parts, "value"))
        case "delete":
            _delete(where, document)
        case "replace":
            _replace(_one(where, document), _part(parts, "value"))
        case "move":
            _move(where, document, _number(parts, "source"), _number(parts, "destination"))
        case _:
            _refuse("the type is add, insert, delete, replace or move")


def _part(parts: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in parts:
        _refuse(f"no {name} is given")
    return parts[name]


def _given(parts: Mapping[str, dict[str, Any]], name: str, *members: str) -> Any:
    part = _part(parts, name)
    return next((part[member] for member in members if member in part), None)


def _number(parts: Mapping[str, dict[str, Any]], name: str) -> int:
    number = _given(parts, name, "valueInteger", "valueUnsignedInt", "valuePositiveInt")
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        _refuse(f"the {name} is a whole number from 0")
    return number


def _one(where: str, document: Resource) -> Spot:
    found = path.spots(where, document)
    if len(found) != 1:
        _refuse_here(f"the path leads to {len(found) or 'no'} elements, not to one")
    return found[0]


# --- one operation ---------------------------------------------------------------------------------------------------


def _add(spot: Spot, name: str, part: dict[str, Any]) -> None:
    if not isinstance(spot.value, dict):
        _refuse_here("a primitive has nothing to add to")
    _put(spot.value, path.shape_of(spot), name, part)


def _put(into: dict[str, Any], of: Shape | None, name: str, part: dict[str, Any]) -> None:
    member, value, more = _valued(of, name, part)
    if member.element.is_repeating:
        into.setdefault(member.name, []).append(value)
        _keep_beside(into, member.name, len(into[member.name]) - 1, more, is_new=True)
    elif any(each.name in into for each in path.members(of, member.element.name)):
        _refuse_here(f"there is a {name[:40]} already: replace it")
    else:
        into[member.name] = value
        if more:
            into[f"_{member.name}"] = more


def _insert(where: str, document: Resource, index: int, part: dict[str, Any]) -> None:
    holder, name = path.collection(where, document)
    if not isinstance(holder.value, dict):
        _refuse_here("the path leads into a primitive")
    member, value, more = _valued(path.shape_of(holder), name, part)
    several = holder.value.get(member.name, [])
    if not member.element.is_repeating or index > len(several):
        _refuse_here(f"the index is beyond the list ({len(several)} elements)" if member.element.is_repeating else "no list")
    holder.value[member.name] = several
    several.insert(index, value)
    _keep_beside(holder.value, member.name, index, more, is_new=True)


def _delete(where: str, document: Resource) -> None:
    found = path.spots(where, document)
    if len(found) > 1:
        _refuse_here(f"the path leads to {len(found)} elements; only one is deleted at a time")
    spot: Spot | None = found[0] if found else None
    if spot and spot.above is None:
        _refuse("a resource is not deleted by a patch")
    while spot and spot.above is not None:
        _take_out(spot)
        spot = spot.above if not spot.above.value else None  # what is left empty has no place in FHIR


def _take_out(spot: Spot) -> None:
    inside, beside = spot.inside, f"_{spot.name}"
    if spot.number is None:
        del inside[spot.name]
        inside.pop(beside, None)
        return
    del inside[spot.name][spot.number]
    if isinstance(inside.get(beside), list) and spot.number < len(inside[beside]):
        del inside[beside][spot.number]
    _tidy(inside, spot.name)


def _replace(spot: Spot, part: dict[str, Any]) -> None:
    if spot.above is None or spot.element is None:
        _refuse("a resource is not replaced by a patch: update it")
    member, value, more = _valued(path.shape_of(spot.above), spot.element.name, part)
    inside = spot.inside
    if spot.number is not None:
        inside[spot.name][spot.number] = value
        _keep_beside(inside, spot.name, spot.number, more, is_new=False)
        return
    inside.pop(f"_{spot.name}", None)
    if member.name != spot.name:
        del inside[spot.name]
    inside[member.name] = value
    if more:
        inside[f"_{member.name}"] = more


def _move(where: str, document: Resource, source: int, destination: int) -> None:
    holder, name = path.collection(where, document)
    several = holder.value.get(name) if isinstance(holder.value, dict) else None
    if not isinstance(several, list) or max(source, destination) >= len(several):
        _refuse_here(f"source and destination are within the list ({len(several or ())} elements)")
    beside = holder.value.get(f"_{name}")
    for row in (several, beside):
        if isinstance(row, list):
            row.extend([None] * (len(several) - len(row)))
            row.insert(destination, row.pop(source))
    _tidy(holder.value, name)


# --- values ----------------------------------------------------------------------------------------------------------


def _valued(of: Shape | None, name: str, part: dict[str, Any]) -> tuple[Member, Any, Any]:
    """The member that a part's value becomes as element `name`, the value, and what stands beside a primitive."""
    several = path.members(of, name)
    if not several:
        _refuse_here(f"no element there is called {name[:40]}")
    kinds = [key for key in part if key.startswith("value") and len(key) > len("value")]
    if not kinds:
        return several[0], _built(several[0], part), None
    key = kinds[0]
    member = next((each for each in several if member_name("value", each.kind.name) == key), None)
    if member is None and (len(several) > 1 or several[0].kind.is_primitive is isinstance(part[key], dict)):
        _refuse_here(f"{name[:40]} takes no {key[:40]}")
    return member or several[0], part[key], part.get(f"_{key}")


def _built(member: Member, part: Mapping[str, Any]) -> Any:
    """A resource, or an element of no type of its own, which comes in parts."""
    if "resource" in part:
        return part["resource"]
    inner: dict[str, Any] = {}
    for each in _some(part.get("part")):
        _put(inner, shape(member.kind.name), str(each["name"]), each)
    return inner


def _some(parts: Any) -> Iterable[dict[str, Any]]:
    if not isinstance(parts, list) or not parts:
        _refuse("no value is given")
    return parts


def _keep_beside(inside: dict[str, Any], name: str, number: int, more: Any, *, is_new: bool) -> None:
    """Keep `_given` in step with `given` (R4 §2.6.2.3), where there is one or is one now."""
    beside = inside.get(f"_{name}")
    if beside is None and not more:
        return
    row: list[Any] = beside if isinstance(beside, list) else []
    if is_new and number <= len(row):
        row.insert(number, more)
    row.extend([None] * (number + 1 - len(row)))
    row[number] = more
    inside[f"_{name}"] = row
    _tidy(inside, name)


def _tidy(inside: dict[str, Any], name: str) -> None:
    for each in (name, f"_{name}"):
        row = inside.get(each)
        if isinstance(row, list) and not any(value is not None for value in row):
            del inside[each]


# --- what comes out --------------------------------------------------------------------------------------------------


def _same(before: Resource, after: Any) -> Resource:
    """What came out, read again as if it had come in: nothing shared, nothing too deep, and still the same resource."""
    if not isinstance(after, dict):
        _refuse("What comes out is no resource")
    for name in ("resourceType", "id"):
        if after.get(name) != before.get(name):
            _refuse(f"A patch does not change the {name}")
    try:
        return text.loads(text.dumps(after))
    except TypeError as error:  # deeper than can be written at all, or not JSON
        raise Malformed([Issue(Severity.ERROR, "too-costly", "What comes out cannot be written")]) from error


def _refuse(why: str, code: str = "invalid") -> NoReturn:
    raise Malformed([Issue(Severity.ERROR, code, why)])


def _refuse_here(why: str) -> NoReturn:
    raise Inapplicable([Issue(Severity.ERROR, "processing", why)])
