"""A line from outside becomes one of ours when a person says so: a copy in their name that says what it was taken from."""

from datetime import datetime

from hearthlight.core.types import Refusal
from hearthlight.fhir import text
from hearthlight.record import actions, presenters
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.shape import TAGS, entry_of, resource_of, values_of
from hearthlight.record.types import Access, Forbidden, Version

ACCEPTED = {"AllergyIntolerance": ("allergy", "code"), "MedicationStatement": ("medicine", "medicationCodeableConcept")}
FROM = "urn:hearthlight:accepted-from"
"""The extension that points to what it was copied from."""


def can_accept(type_: str, access: Access) -> bool:
    return type_ in ACCEPTED and presenters.can_add(entries()[ACCEPTED[type_][0]], access)


def accept(version: Version, *, patient: str, access: Access, at: datetime) -> Version:
    """Copy it as an entry of whoever accepts. Raises Forbidden, and Refusal for what does not say what it is about."""
    if not can_accept(version.type, access):
        raise Forbidden("A senior or a manager accepts this. Tell whoever is on.")
    key, code = ACCEPTED[version.type]
    entry, theirs = entries()[key], text.loads(version.body)
    if any(tag.get("system") == TAGS for tag in theirs.get("meta", {}).get("tag", ())) or entry_of(theirs) is None:
        raise Refusal("This cannot be taken over")
    words = presenters.main_words(theirs)
    if not words or presenters.is_superseded(theirs):
        raise Refusal("It does not say what it is, or is no longer said")
    ours = resource_of(entry, values_of(entry, theirs), patient=patient)
    ours[code] = {**theirs.get(code, {}), "text": words}
    ours.pop("medicationReference", None)
    source = {"reference": f"{version.type}/{version.id}"}
    ours["extension"] = [*ours.get("extension", []), {"url": FROM, "valueReference": source}]
    if version.type == "MedicationStatement":
        ours["derivedFrom"] = [source]
    return actions.create(ours, access=access, at=at, origin=str(access.by))
