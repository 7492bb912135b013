"""HL7's package of R4 definitions and examples, as npm gives it."""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "hl7.fhir.r4.examples@4.0.1"  # CC0; holds every definition, value set, expansion and example of R4


def members(file: Path | None) -> Iterator[tuple[str, bytes]]:
    """The package's files, by name and in order. Fetched from npm unless `file` is given."""
    with tempfile.TemporaryDirectory() as folder:
        if file is None:
            subprocess.run(["npm", "pack", NAME, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            file = next(Path(folder).glob("*.tgz"))
        with tarfile.open(file) as archive:
            for member in sorted(archive.getmembers(), key=lambda each: each.name):
                stream = archive.extractfile(member)
                if stream and member.name.endswith(".json"):
                    yield Path(member.name).name, stream.read()


class Package:
    """What of it the tables are drawn from: base StructureDefinitions, and the expansions of value sets, by URL."""

    def __init__(self, file: Path | None) -> None:
        self.bodies = dict(members(file))
        self.structures = {}
        for name, body in self.bodies.items():
            if name.startswith("StructureDefinition-"):
                structure = json.loads(body)
                if structure.get("derivation") != "constraint" and structure["kind"] != "logical":
                    self.structures[structure["type"]] = structure
        expanded = json.loads(self.bodies["Bundle-valueset-expansions.json"])
        self.value_sets = {entry["resource"]["url"]: entry["resource"] for entry in expanded["entry"]}

    def code_systems(self) -> dict[str, dict[str, Any]]:
        """Every code system, by URL."""
        found = (json.loads(body) for name, body in self.bodies.items() if name.startswith("CodeSystem-"))
        return {system["url"]: system for system in found if system["resourceType"] == "CodeSystem"}
