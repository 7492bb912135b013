"""R4's own definitions as one table: {"version", "types", "codes", "rules"}.

types: {"Observation": {"is": "resource", "rules": [key…], "elements": [[name, least, most, types, value set?, rules?]…]}}. Parts of
a type have their path as name ("Observation.component"). `types` reads `Reference(Patient,Group)|string`; `@X` is the part
X. `most` is 0 for any number. A value set is named only where its binding is required.
codes: {name: {"url", "systems": {system: [code…]}}}; without "systems" it cannot be enumerated.
rules: {key: [severity, sentence, steps]} (`expressions`)."""

from typing import Any

import expressions
from package import Package

BASE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_STRING = "http://hl7.org/fhirpath/System.String"
MAXIMUM = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
SIMPLE = BASE + "SimpleQuantity"
# Kept in code because every resource pays for them, or because steps cannot say them (see `fhir.rules`).
BY_HAND = {"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "ref-1", "txt-1", "txt-2"}
LEFT_OUT = {"ctm-1", "sdf-8a", "ig-1", "ig-2"}  # follow a reference; replace by a pattern; compare each with each by %context
NOT_ENUMERATED = {"ucum-units", "LL379-9"}  # a grammar; LOINC's own, which is not in the package
Element = dict[str, Any]


def table(package: Package) -> dict[str, Any]:
    drawn: dict[str, Any] = {"version": "4.0.1", "types": {}, "codes": {}, "rules": {}}
    for name, structure in sorted(package.structures.items()):
        if name == "xhtml" or structure["kind"] == "primitive-type":
            continue
        _add_type(drawn, package, structure)
    drawn["rules"]["sqty-1"] = [
        "error", "The comparator is not used on a SimpleQuantity", expressions.steps("comparator.empty()"),
    ]
    return drawn


def _add_type(drawn: dict[str, Any], package: Package, structure: dict[str, Any]) -> None:
    elements = structure["snapshot"]["element"]
    parents = {element["path"].rpartition(".")[0] for element in elements}
    kind = "resource" if structure["kind"] == "resource" else "type"
    if structure["abstract"]:
        kind = "abstract"
    for element in elements:
        path = element["path"]
        if path in parents or path == structure["type"]:
            drawn["types"][path] = {"is": kind if path == structure["type"] else "part", "elements": [], "rules": _rules(drawn, element)}
        home = path.rpartition(".")[0]
        if home and element["max"] != "0":
            drawn["types"][home]["elements"].append(_element(drawn, package, element, is_part=path in parents))


def _element(drawn: dict[str, Any], package: Package, element: Element, *, is_part: bool) -> list[Any]:
    least, most = element["min"], 0 if element["max"] == "*" else int(element["max"])
    name = element["path"].rpartition(".")[2]
    drawn_types = "@" + element["path"] if is_part else _types(element)
    rules = [] if is_part else _rules(drawn, element)
    if any(SIMPLE in kind.get("profile", ()) for kind in element.get("type", ())):
        rules.append("sqty-1")
    told = [name, least, most, drawn_types, _bound(drawn, package, element), rules]
    while not told[-1]:
        told.pop()
    return told


def _types(element: Element) -> str:
    if "contentReference" in element:
        return "@" + element["contentReference"].removeprefix("#")
    return "|".join(_type(kind, element) for kind in element["type"])


def _type(kind: dict[str, Any], element: Element) -> str:
    code = kind["code"]
    if code == SYSTEM_STRING:
        told = kind.get("extension", [{"valueUrl": "string"}])[0]["valueUrl"]
        is_resource_id = element["path"].endswith(".id") and element.get("base", {}).get("path") == "Resource.id"
        return "id" if is_resource_id else told
    targets = [target.removeprefix(BASE) for target in kind.get("targetProfile", ()) if code == "Reference"]
    return f"{code}({','.join(targets)})" if targets and "Resource" not in targets else code


def _rules(drawn: dict[str, Any], element: Element) -> list[str]:
    keys = []
    for rule in element.get("constraint", ()):
        key = rule["key"]
        if key in BY_HAND | LEFT_OUT or not rule.get("expression"):
            continue
        told = [rule["severity"], rule["human"], expressions.steps(rule["expression"])]
        if drawn["rules"].setdefault(key, told) != told:  # R4 has several inv-1
            key = f"{key}@{element['path']}"
            drawn["rules"][key] = told
        keys.append(key)
    return keys


def _bound(drawn: dict[str, Any], package: Package, element: Element) -> str:
    binding = element.get("binding", {})
    url = binding.get("valueSet", "") if binding.get("strength") == "required" else ""
    for extension in binding.get("extension", ()):
        if extension["url"] == MAXIMUM:
            url = extension["valueCanonical"]
    url = url.partition("|")[0]
    name = url.rpartition("/")[2]
    if name and name not in drawn["codes"]:
        drawn["codes"][name] = {"url": url} | _codes(package, name, url)
    return name


def _codes(package: Package, name: str, url: str) -> dict[str, Any]:
    if name in NOT_ENUMERATED or url not in package.value_sets or "expansion" not in package.value_sets[url]:
        return {}
    systems: dict[str, list[str]] = {}
    waiting = list(package.value_sets[url]["expansion"].get("contains", ()))
    while waiting:
        concept = waiting.pop(0)
        waiting += concept.get("contains", ())
        if "code" in concept and not concept.get("abstract"):
            systems.setdefault(concept["system"], []).append(concept["code"])
    return {"systems": systems} if systems else {}
