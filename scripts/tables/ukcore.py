"""UK Core's profiles and extensions as one table: {url: {"type", "title", "tree"}}, each with its base's constraints in it.

A tree says of an element: least, most (0: any), fixed, types, targets, codes and strength, must, rules, inside {child: tree},
slices [{"name", "on": [path…], "tree"}], is_closed. Differentials have no element ids, so that a row belongs to the slice
that was last named on its path."""

import copy
import json
from pathlib import Path
from typing import Any

import expressions
from package import Package
from r4 import BASE

UK = "https://fhir.hl7.org.uk/StructureDefinition/"
GRAMMARS = {"http://hl7.org/fhir/ValueSet/all-languages"}  # R4's own check does it
Tree = dict[str, Any]


class Definitions:
    """UK Core's files by URL, and HL7's package for what they refer to."""

    def __init__(self, folder: Path, package: Package) -> None:
        self.package = package
        found = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
        by_type = {kind: {each["url"]: each for each in found if each["resourceType"] == kind}
                   for kind in ("StructureDefinition", "ValueSet", "CodeSystem")}
        self.structures, self.value_sets, own = by_type.values()
        self.systems = package.code_systems() | own

    def type_of(self, profile: str) -> str:
        return self.structures[profile]["type"] if profile in self.structures else profile.removeprefix(BASE)

    def codes(self, url: str) -> dict[str, list[str]] | None:
        """The codes of a value set by system; None if it does not enumerate them."""
        url = url.partition("|")[0]
        if url in self.package.value_sets:
            return _expanded(self.package.value_sets[url])
        compose = self.value_sets.get(url, {}).get("compose", {})
        if not compose.get("include") or "exclude" in compose:
            return None
        merged: dict[str, list[str]] = {}
        for include in compose["include"]:
            part = self._included(include)
            if part is None:
                return None
            for system, codes in part.items():
                merged[system] = sorted({*merged.get(system, ()), *codes})
        return merged

    def _included(self, include: dict[str, Any]) -> dict[str, list[str]] | None:
        if "filter" in include or ("valueSet" in include and "system" in include):
            return None
        if "valueSet" in include:
            parts = [self.codes(url) for url in include["valueSet"]]
            return parts[0] if len(parts) == 1 else None
        if "concept" in include:
            return {include["system"]: [concept["code"] for concept in include["concept"]]}
        system = self.systems.get(include["system"])
        return {include["system"]: _concepts(system)} if system and system["content"] == "complete" else None


def table(folder: Path, package: Package) -> dict[str, Any]:
    definitions = Definitions(folder, package)
    drawn: dict[str, Any] = {"profiles": {}, "codes": {}}
    for url in sorted(definitions.structures):
        _draw(url, definitions, drawn)
    for profile in drawn["profiles"].values():
        _finish(profile["tree"])
    return drawn


def _finish(tree: Tree) -> None:
    """What holds of all items holds of those in a slice; what says nothing is dropped."""
    for each in tree.get("slices", ()):
        general = {name: tree[name] for name in ("inside", "types", "targets", "codes", "strength", "fixed", "rules") if name in tree}
        each["tree"] = _merged(copy.deepcopy(general), each["tree"])
        _finish(each["tree"])
    for child in tree.get("inside", {}).values():
        _finish(child)
    if "inside" in tree:
        tree["inside"] = {name: child for name, child in tree["inside"].items() if child}
    for name in [name for name, value in tree.items() if value in ({}, [], False, 0) and name != "fixed"]:
        del tree[name]
    tree.pop("on", None)


def _merged(general: Tree, special: Tree) -> Tree:
    for name, value in special.items():
        if name == "inside":
            inside = general.setdefault("inside", {})
            inside |= {child: _merged(inside.get(child, {}), tree) for child, tree in value.items()}
        elif name == "slices":
            known = {each["name"]: each for each in general.get("slices", ())}
            for each in value:
                same = known.get(each["name"])
                known[each["name"]] = each | {"tree": _merged(same["tree"], each["tree"])} if same else each
            general["slices"] = list(known.values())
        else:
            general[name] = value
    return general


def _draw(url: str, definitions: Definitions, drawn: dict[str, Any]) -> Tree:
    """The tree of a profile, its base's drawn first."""
    if url in drawn["profiles"]:
        return drawn["profiles"][url]["tree"]
    structure = definitions.structures[url]
    base = structure["baseDefinition"]
    tree = copy.deepcopy(_draw(base, definitions, drawn)) if base in definitions.structures else {}
    slices: dict[str, str] = {}
    for element in structure["differential"]["element"]:
        path = element["path"].replace("[x]", "")
        for known in [each for each in slices if each == path or each.startswith(path + ".")]:
            del slices[known]
        if "sliceName" in element:
            slices[path] = element["sliceName"]
        _constrain(_place(tree, path, slices), element, definitions, drawn)
    drawn["profiles"][url] = {"type": structure["type"], "title": structure.get("title", structure["name"]), "tree": tree}
    return tree


def _place(tree: Tree, path: str, slices: dict[str, str]) -> Tree:
    """The part of the tree that a row speaks of, made where it is not there."""
    place, so_far = tree, path.partition(".")[0]
    for name in path.split(".")[1:]:
        so_far = f"{so_far}.{name}"
        place = place.setdefault("inside", {}).setdefault(name, {})
        if so_far in slices:
            place = _slice(place, slices[so_far], name)
    return place


def _slice(place: Tree, name: str, element: str) -> Tree:
    for each in place.setdefault("slices", []):
        if each["name"] == name:
            return each["tree"]
    place["slices"].append({"name": name, "on": ["url"] if "xtension" in element else place.get("on", []), "tree": {}})
    return place["slices"][-1]["tree"]


def _constrain(place: Tree, element: dict[str, Any], definitions: Definitions, drawn: dict[str, Any]) -> None:
    if "min" in element:
        place["least"] = element["min"]
    if "max" in element:
        place["most"] = -1 if element["max"] == "0" else 0 if element["max"] == "*" else int(element["max"])
    if element.get("mustSupport"):
        place["must"] = True
    for key, value in element.items():
        if key.startswith(("fixed", "pattern")):
            place["fixed"] = value
    if "slicing" in element and "sliceName" not in element:
        place["on"] = [each["path"] for each in element["slicing"].get("discriminator", ())]
        place["is_closed"] = element["slicing"]["rules"] == "closed"
    for rule in element.get("constraint", ()):
        steps = expressions.steps(rule["expression"])
        place.setdefault("rules", []).append([rule["key"], rule["severity"], rule["human"], steps])
    _constrain_types(place, element.get("type", ()), definitions)
    _bind(place, element.get("binding", {}), definitions, drawn)


def _constrain_types(place: Tree, types: list[dict[str, Any]], definitions: Definitions) -> None:
    if not types:
        return
    if [each["code"] for each in types] == ["Extension"]:
        for profile in types[0].get("profile", ()):
            place.setdefault("inside", {})["url"] = {"fixed": profile}
        return
    place["types"] = sorted({each["code"] for each in types})
    targets = {definitions.type_of(target) for each in types for target in each.get("targetProfile", ())}
    if targets and "Resource" not in targets:
        place["targets"] = sorted(targets)


def _bind(place: Tree, binding: dict[str, Any], definitions: Definitions, drawn: dict[str, Any]) -> None:
    if binding.get("strength") not in ("required", "extensible") or not binding.get("valueSet") or binding["valueSet"] in GRAMMARS:
        return
    codes = definitions.codes(binding["valueSet"])
    if codes:
        drawn["codes"][binding["valueSet"]] = codes
        place["codes"], place["strength"] = binding["valueSet"], binding["strength"]


def _expanded(value_set: dict[str, Any]) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for concept in value_set.get("expansion", {}).get("contains", ()):
        found.setdefault(concept["system"], []).append(concept["code"])
    return found or None


def _concepts(concept: dict[str, Any]) -> list[str]:
    return [code for each in concept.get("concept", ()) for code in (each["code"], *_concepts(each))]


def examples(folder: Path) -> bytes:
    """UK Core's examples as they are, in XML: one a line, as JSON with its name."""
    return b"\n".join(
        json.dumps({"name": path.stem, "xml": path.read_bytes().decode("utf-8-sig")}, ensure_ascii=False).encode()
        for path in sorted(folder.glob("*.xml"))
    )
