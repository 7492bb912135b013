"""The steps from which the turning of an STU3 resource into an R4 one is put together.

Whatever a step finds no place for is kept: `kept` has every such element, by its path, as it was written."""

import copy
from collections.abc import Mapping
from typing import Any

from hearthlight.fhir.types import Resource

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
NOT_SAID = "Not said"


class Turning:
    """One resource on its way. `said` begins as what came and ends as R4; `kept` is what has no place there."""

    def __init__(self, resource: Resource) -> None:
        self.said: Resource = copy.deepcopy(resource)
        self.type: str = resource["resourceType"]
        self.kept: dict[str, Any] = {}

    def keep(self, *names: str) -> None:
        """R4 has no such element."""
        for name in names:
            if name in self.said:
                self.kept[f"{self.type}.{name}"] = self.said.pop(name)

    def note(self, name: str) -> None:
        """It is said in R4, in other words: what it said before is kept beside that."""
        self.kept[f"{self.type}.{name}"] = copy.deepcopy(self.said[name])

    def move(self, old: str, new: str) -> None:
        """Another name; kept where that name is taken."""
        if new in self.said:
            self.keep(old)
        elif old in self.said:
            self.said[new] = self.said.pop(old)

    def several(self, *names: str) -> None:
        """What there was one of, there may be several of."""
        for name in names:
            if name in self.said and not isinstance(self.said[name], list):
                self.said[name] = [self.said[name]]

    def one(self, name: str) -> None:
        """What there were several of, there is one of: the first. The others are kept."""
        rows = self.said.get(name)
        if isinstance(rows, list) and rows:
            if len(rows) > 1:
                self.kept[f"{self.type}.{name}"] = rows[1:]
            self.said[name] = rows[0]

    def concept(self, name: str, system: str) -> None:
        """A code becomes a concept with that code."""
        if isinstance(self.said.get(name), str):
            self.said[name] = {"coding": [{"system": TERMINOLOGY + system, "code": self.said[name]}]}

    def recode(self, name: str, codes: Mapping[Any, str]) -> None:
        """Another code for the same."""
        said = self.said.get(name)
        if isinstance(said, str) and said in codes:
            self.note(name)
            self.said[name] = codes[self.said[name]]

    def encounter(self) -> None:
        """`context` was an Encounter or an EpisodeOfCare; R4 has `encounter`."""
        context = self.said.get("context")
        reference = context.get("reference", "") if isinstance(context, dict) else ""
        if isinstance(reference, str) and "EpisodeOfCare/" in reference:
            self.keep("context")
        else:
            self.move("context", "encounter")

    def requester(self) -> None:
        """Who asked, without on whose behalf, which is kept."""
        told = self.said.get("requester")
        if isinstance(told, dict) and "agent" in told:
            rest = {name: value for name, value in told.items() if name != "agent"}
            if rest:
                self.kept[f"{self.type}.requester"] = rest
            self.said["requester"] = told["agent"]

    def texts(self, old: str) -> None:
        """Free words become a note."""
        notes = self.said.get("note", [])
        if isinstance(self.said.get(old), str) and isinstance(notes, list):
            self.said["note"] = [*notes, {"text": self.said.pop(old)}]
        else:
            self.keep(old)

    def default(self, name: str, value: Any) -> None:
        """R4 will not do without."""
        self.said.setdefault(name, value)


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, whatever else a stranger put there."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def dosage(told: dict[str, Any]) -> None:
    """A dose and a rate stand in `doseAndRate` (R4 §2.24.0.15)."""
    moved = {name: told.pop(name) for name in list(told) if name in DOSES}
    if moved:
        told["doseAndRate"] = [moved]


DOSES = frozenset(["doseQuantity", "doseRange", "rateRatio", "rateRange", "rateQuantity"])
