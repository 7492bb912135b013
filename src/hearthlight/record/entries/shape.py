"""An entry's values as a resource, and a resource's as values. Pure: the same both ways, whatever else is in the resource.

What a form does not ask for stays as it was: another system's resource that somebody here corrects loses nothing."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.paths import get, put
from hearthlight.record.entries.types import Entry
from hearthlight.record.types import Resource

TAGS = "urn:hearthlight:entry"
"""The system of the tag that says which entry a resource was written with."""
LABELS = "urn:hearthlight:guarded"
NOT_SAID = "Not said"
AS_TEXT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "as-text"}]}
FOREIGN = {
    "AllergyIntolerance": "allergy", "Condition": "problem", "MedicationStatement": "medicine", "DocumentReference": "document",
    "Appointment": "appointment", "CarePlan": "plan", "RelatedPerson": "contact", "DeviceUseStatement": "medical-device",
    "MedicationAdministration": "dose-given",
}  # fmt: skip
"""As which entry a resource is shown that was not written with one."""


def entry_of(resource: Resource) -> Entry | None:
    """The entry it was written with, or as which another system's resource can be read."""
    tagged = [tag.get("code") for tag in resource.get("meta", {}).get("tag", ()) if tag.get("system") == TAGS]
    key = tagged[0] if tagged else FOREIGN.get(resource["resourceType"])
    return entries().get(key) if key else None


def resource_of(entry: Entry, values: Mapping[str, Any], *, patient: str, onto: Resource | None = None) -> Resource:
    """The resource that `values` (by field name; None or empty: nothing said) amount to, about Patient `patient`;
    `onto`: the resource being corrected. Only what differs is touched."""
    resource = copy.deepcopy(onto) if onto else _bare(entry, patient)
    for one in entry.fields:
        value = values.get(one.name)
        said = None if value in (None, "", False) else value
        if said != get(resource, one.at):
            put(resource, one.at, said)
    for stem, at in entry.roles:
        _name(resource, stem, at)
    _complete(entry, resource, patient)
    return resource


def values_of(entry: Entry, resource: Resource) -> dict[str, Any]:
    """What is said in each field, by field name."""
    return {one.name: value for one in entry.fields if (value := get(resource, one.at)) not in (None, NOT_SAID)}


def _bare(entry: Entry, patient: str) -> Resource:
    resource: Resource = copy.deepcopy(entry.base)
    meta: dict[str, Any] = {"tag": [{"system": TAGS, "code": entry.key}]}
    if entry.guard:
        meta["security"] = [{"system": LABELS, "code": entry.guard.value}]
    told = {"resourceType": resource.pop("resourceType"), "meta": meta, **resource}
    put(told, entry.subject, {"reference": f"Patient/{patient}"})
    return told


def _name(resource: Resource, stem: str, at: str) -> None:
    """Tie a professional's contained resources together and to the element that names them; or untie them."""
    role = f"#{stem}-role:PractitionerRole"
    put(resource, f"{role}.practitioner", None)
    put(resource, f"{role}.organization", None)
    inside = {row["id"] for row in resource.get("contained", ())}
    if not inside & {stem, f"{stem}-role", f"{stem}-organisation"}:
        put(resource, at, None)
        return
    if stem in inside:
        put(resource, f"{role}.practitioner", {"reference": f"#{stem}"})
    if f"{stem}-organisation" in inside:
        put(resource, f"{role}.organization", {"reference": f"#{stem}-organisation"})
    put(resource, at, {"reference": f"#{stem}-role"})


# What R4 asks for that nobody should have to type


def _complete(entry: Entry, resource: Resource, patient: str) -> None:
    complete = COMPLETE.get(resource["resourceType"])
    if complete:
        complete(entry, resource, patient)


def _prune(resource: Resource, name: str, *filled: str) -> None:
    """Drop the rows of `name` in which nothing is left but what was filled in for R4's sake."""
    rows = [row for row in resource.get(name, ()) if set(row) - {"id", *filled}]
    put(resource, name, rows or None)


def _appointment(_entry: Entry, resource: Resource, _patient: str) -> None:
    """Everyone is expected; its length is not known, and R4 (app-2) wants an end where there is a start."""
    _prune(resource, "participant", "status")
    for participant in resource.get("participant", ()):
        participant.setdefault("status", "accepted")
    if "start" in resource:
        resource["end"] = max(resource["start"], resource.get("end", ""))


def _observation(_entry: Entry, resource: Resource, _patient: str) -> None:
    for component in resource.get("component", ()):
        if component.get("code") == {"text": NOT_SAID}:
            del component["code"]
    _prune(resource, "component")
    for component in resource.get("component", ()):
        component.setdefault("code", {"text": NOT_SAID})


def _allergy(_entry: Entry, resource: Resource, _patient: str) -> None:
    for reaction in resource.get("reaction", ()):
        if reaction.get("manifestation") == [{"text": NOT_SAID}]:
            del reaction["manifestation"]
    _prune(resource, "reaction")
    for reaction in resource.get("reaction", ()):
        reaction.setdefault("manifestation", [{"text": NOT_SAID}])


def _plan(_entry: Entry, resource: Resource, patient: str) -> None:
    rows = [row for row in resource.get("activity", ()) if row.keys() - {"detail"} or row["detail"].keys() - {"status"}]
    put(resource, "activity", rows or None)
    for activity in rows:
        activity.setdefault("detail", {}).setdefault("status", "unknown")
    bare = {"resourceType", "lifecycleStatus", "subject"}
    inside = [row for row in resource.get("contained", ()) if row["resourceType"] != "Goal" or row.keys() - {"id", *bare}]
    put(resource, "contained", inside or None)
    goals = [row for row in inside if row["resourceType"] == "Goal"]
    for goal in goals:
        goal |= {"lifecycleStatus": "active", "subject": {"reference": f"Patient/{patient}"}}
        goal.setdefault("description", {"text": NOT_SAID})
    put(resource, "goal", [{"reference": f"#{goal['id']}"} for goal in goals] or None)


def _answers(entry: Entry, resource: Resource, _patient: str) -> None:
    """Each answer with its question's words, in the order they are asked."""
    asked = {one.at.partition("linkId=")[2].partition("]")[0]: one.concept for one in entry.fields if "linkId=" in one.at}
    order = list(asked)
    _prune(resource, "item", "linkId", "text")
    for item in resource.get("item", ()):
        item["text"] = asked.get(item["linkId"], item["linkId"])
    resource.get("item", []).sort(key=lambda item: order.index(item["linkId"]) if item["linkId"] in order else len(order))


def _dose(_entry: Entry, resource: Resource, _patient: str) -> None:
    """A dose in words: R4 (mad-1) wants a quantity beside them, or why there is none."""
    if resource.get("dosage", {}).get("dose") == AS_TEXT:
        del resource["dosage"]["dose"]
    if resource.get("dosage"):
        resource["dosage"].setdefault("dose", copy.deepcopy(AS_TEXT))
    else:
        put(resource, "dosage", None)


COMPLETE: Mapping[str, Callable[[Entry, Resource, str], None]] = {
    "Appointment": _appointment, "Observation": _observation, "AllergyIntolerance": _allergy, "CarePlan": _plan,
    "QuestionnaireResponse": _answers, "MedicationAdministration": _dose,
}  # fmt: skip


def chapters(found: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by chapter, in order."""
    told: dict[str, list[Entry]] = {}
    for entry in found:
        told.setdefault(entry.chapter, []).append(entry)
    return told
