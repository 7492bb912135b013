"""What UK Core's profiles ask of a resource beyond R4: how many, which types, which values and codes, slices, invariants.

A slice takes the items that have its fixed value at its discriminators (`code.coding` where `system` is LOINC's). A
binding that only should be kept (extensible) warns, and only where the value set enumerates its codes: most of UK Core's are
SNOMED CT reference sets, whose members a site has from its own terminology. Source: R4 §5.1 (profiling), UK Core R4."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from . import links
from .definitions import Element, Shape, read, shape
from .rules import Around, Truth, compiled
from .types import Issue, Resource, Severity

Tree = dict[str, Any]
UK_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"


def departures(resource: Resource, profile: str) -> list[Issue]:
    """Where a sound resource departs from the profile with that canonical URL, and where its UK Core extensions depart from
    theirs."""
    told = _profiles().get(profile.partition("|")[0])
    name = str(resource.get("resourceType"))
    known = shape(name)
    if told is None or known is None:
        return [_issue("not-found", f"No profile {profile} is known here", name)]
    if told["type"] != name:
        return [_issue("invalid", f"{told['title']} is a profile of {told['type']}", name)]
    around = Around(resource, resource)
    found = list(_walk(resource, told["tree"], known, name, around))
    for path, extension in _extensions(resource, known, name):
        found += _of_extension(extension, path, around)
    return found


def known_profiles() -> tuple[str, ...]:
    """The URLs of all profiles of resources, and of extensions."""
    return tuple(_profiles())


def must_support(profile: str) -> tuple[str, ...]:
    """The paths a system that claims the profile has to keep, show or fill where it can."""
    told = _profiles()[profile]
    return tuple(_must(told["tree"], told["type"]))


def _must(tree: Tree, path: str) -> Iterator[str]:
    for name, child in tree.get("inside", {}).items():
        if child.get("must"):
            yield f"{path}.{name}"
        yield from _must(child, f"{path}.{name}")


# --- walking --------------------------------------------------------------------------------------------------------


def _walk(value: Any, tree: Tree, known: Shape, path: str, around: Around) -> Iterator[Issue]:
    if not isinstance(value, dict):
        return
    for rule in tree.get("rules", ()):
        yield from _ask(rule, value, known.name, path, around)
    elements = {element.name: element for element in known.elements}
    for name, child in tree.get("inside", {}).items():
        if name in elements:
            yield from _element(value, child, elements[name], f"{path}.{name}", around)


def _element(value: dict[str, Any], tree: Tree, element: Element, path: str, around: Around) -> Iterator[Issue]:
    items = list(_items(value, element, path))
    yield from _counted(len(items), tree, path, "")
    for each in tree.get("slices", ()):
        if (fixed := _discriminators(each)) is not None:
            count = sum(_is_in(item, fixed) for _, item, _ in items)
            wanted = " and ".join(f"{place} is {value}" for place, value in fixed.items())
            yield from _counted(count, each["tree"], path, f" where {wanted}")
    for kind, item, place in items:
        yield from _item(item, kind, tree, place, around)


def _item(item: Any, kind: str, tree: Tree, place: str, around: Around) -> Iterator[Issue]:
    slices = tree.get("slices", ())
    own = next((each["tree"] for each in slices if (fixed := _discriminators(each)) is not None and _is_in(item, fixed)), None)
    if own is None and tree.get("is_closed"):
        yield _issue("structure", "None of the slices that the profile allows here", place)
    tree = own if own is not None else tree
    if "types" in tree and kind not in tree["types"]:
        yield _issue("structure", f"Not of a type that the profile allows here ({', '.join(tree['types'])})", place)
        return
    if "fixed" in tree and item != tree["fixed"]:
        yield _issue("value", f"The profile wants {tree['fixed']}", place)
    if "targets" in tree and isinstance(item, dict):
        targets = frozenset(tree["targets"])
        yield from (_issue(code, why, place) for code, why in links.problems(item, targets, {}, {}))
    if "codes" in tree and kind != "Extension" and not _is_coded(item, tree["codes"]):
        is_required = tree["strength"] == "required"
        severity = Severity.ERROR if is_required else Severity.WARNING
        yield _issue("code-invalid", f"No code of {tree['codes']}", place, severity)
    known = shape(kind)
    if known is not None:
        yield from _walk(item, tree, known, place, around)


def _counted(count: int, tree: Tree, path: str, where: str) -> Iterator[Issue]:
    least, most = tree.get("least", 0), tree.get("most", 0)
    if count < least:
        yield _issue("required", f"The profile wants at least {least} of these{where}", path)
    elif count and most and count > max(most, 0):
        yield _issue("structure", f"The profile allows at most {max(most, 0)} of these{where}", path)


def _items(value: dict[str, Any], element: Element, path: str) -> Iterator[tuple[str, Any, str]]:
    """Type, item and path of everything an element has; an item of a primitive that has only extensions is None."""
    for kind in element.kinds:
        name = element.name + kind.name[0].upper() + kind.name[1:] if element.is_choice else element.name
        child = value.get(name, value.get(f"_{name}") and None)
        if isinstance(child, list):
            yield from ((kind.name, item, f"{path}[{index}]") for index, item in enumerate(child))
        elif child is not None or f"_{name}" in value:
            yield kind.name, child, path


def _ask(rule: list[Any], value: Any, name: str, path: str, around: Around) -> Iterator[Issue]:
    key, severity, sentence, steps = rule
    if _compiled(key, name, steps)(value, around) is False:
        yield _issue("invariant", f"{key}: {sentence}", path, Severity.ERROR if severity == "error" else Severity.WARNING)


_truths: dict[tuple[str, str], Truth] = {}


def _compiled(key: str, name: str, steps: Any) -> Truth:
    if (key, name) not in _truths:
        _truths[key, name] = compiled(steps, name)
    return _truths[key, name]


# --- slices and codes -----------------------------------------------------------------------------------------------


def _discriminators(piece: Tree) -> dict[str, Any] | None:
    """The fixed values by which an item is known to be of a slice; None for one that only a binding tells."""
    found = {}
    for place in piece["on"]:
        tree = piece["tree"]
        for name in place.split("."):
            tree = tree.get("inside", {}).get(name, {})
        if "fixed" not in tree:
            return None
        found[place] = tree["fixed"]
    return found or None


def _is_in(item: Any, fixed: dict[str, Any]) -> bool:
    return all(wanted in _values(item, place.split(".")) for place, wanted in fixed.items())


def _values(item: Any, names: list[str]) -> list[Any]:
    found = [item]
    for name in names:
        found = [each.get(name) for each in found if isinstance(each, dict)]
        found = [part for each in found for part in (each if isinstance(each, list) else [each])]
    return found


def _is_coded(item: Any, url: str) -> bool:
    systems = _codes()[url]
    if isinstance(item, str):
        return any(item in codes for codes in systems.values())
    codings = item.get("coding", [item] if "code" in item else []) if isinstance(item, dict) else []
    if not codings:
        return isinstance(item, dict) and "text" in item  # words alone: R4's own check says where codes are required
    return any(isinstance(each, dict) and each.get("code") in systems.get(str(each.get("system")), ()) for each in codings)


# --- extensions -----------------------------------------------------------------------------------------------------


def _of_extension(extension: dict[str, Any], path: str, around: Around) -> Iterator[Issue]:
    url = extension.get("url")
    told = _profiles().get(url) if isinstance(url, str) else None
    known = shape("Extension")
    if told is not None and known is not None:
        yield from _walk(extension, told["tree"], known, path, around)
    elif isinstance(url, str) and url.startswith(UK_EXTENSION):
        yield _issue("extension", "UK Core has no such extension", path, Severity.WARNING)


def _extensions(value: dict[str, Any], known: Shape, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every extension in a resource, but those in extensions: a complex one is one."""
    for name, child in value.items():
        member = known.members.get(name.removeprefix("_"))
        if member is None:
            continue
        place = f"{path}.{member.element.name}"
        for index, item in enumerate(child) if isinstance(child, list) else ((-1, child),):
            here = place if index < 0 else f"{place}[{index}]"
            if not isinstance(item, dict):
                continue
            if member.kind.name == "Extension":
                yield here, item
                continue
            inner = shape("Element" if name[0] == "_" else str(item.get("resourceType", member.kind.name)))
            if inner is not None:
                yield from _extensions(item, inner, here)


def _issue(code: str, why: str, path: str, severity: Severity = Severity.ERROR) -> Issue:
    return Issue(severity, code, why, path)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read("ukcore.json.gz")
    return table


def _profiles() -> dict[str, Any]:
    profiles: dict[str, Any] = _table()["profiles"]
    return profiles


@cache
def _codes() -> dict[str, dict[str, frozenset[str]]]:
    return {
        url: {system: frozenset(codes) for system, codes in systems.items()} for url, systems in _table()["codes"].items()
    }
