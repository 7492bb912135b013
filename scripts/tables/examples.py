"""HL7's examples of clinical and administrative resources, for the tests: one a line, its file's name before it."""

import lzma
from collections.abc import Iterator

from package import Package

from hearthlight.fhir.text import dumps, loads

DEFINITIONS = {  # resources about FHIR itself, of which there are thousands
    "SearchParameter", "ValueSet", "CodeSystem", "StructureDefinition", "ConceptMap", "OperationDefinition", "NamingSystem",
    "CompartmentDefinition",
}
LONGEST = 1_000_000  # bytes: two are longer, and are definitions by another name


def lines(package: Package) -> Iterator[bytes]:
    for name, body in package.bodies.items():
        kind = name.partition("-")[0]
        if "-" not in name or name == "ig-r4.json" or kind in DEFINITIONS - {"CompartmentDefinition"} or len(body) > LONGEST:
            continue
        resource = loads(body)
        entries = [entry["resource"]["resourceType"] for entry in resource.get("entry", ()) if "resource" in entry] if kind == "Bundle" else []
        if not entries or not set(entries) <= DEFINITIONS | {"CapabilityStatement"}:
            yield name.removesuffix(".json").encode() + b"\t" + dumps(resource)


def packed(package: Package) -> bytes:
    return lzma.compress(b"\n".join(lines(package)), preset=9)
