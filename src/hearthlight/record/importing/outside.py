"""What came from outside about one person, in words: lists by type, and one resource without a sign of JSON. Pure but for `lines`."""

import re
from collections.abc import Iterator
from typing import Any

from hearthlight.fhir import text
from hearthlight.record import queries
from hearthlight.record.importing.presenters import TYPES
from hearthlight.record.importing.stu3 import KEPT
from hearthlight.record.importing.turning import rows
from hearthlight.record.presenters import EntryLine, is_superseded, main_words, origin_words
from hearthlight.record.types import Access, Resource, Version

SHOWN_TYPES = (
    "AllergyIntolerance", "Condition", "MedicationStatement", "MedicationRequest", "Immunization", "Encounter", "Procedure",
    "DiagnosticReport", "ServiceRequest", "Observation", "DocumentReference", "CarePlan", "FamilyMemberHistory", "QuestionnaireResponse", "Basic",
)  # fmt: skip
DATES = (
    "onsetDateTime", "occurrenceDateTime", "effectiveDateTime", "performedDateTime", "authoredOn", "recordedDate", "date", "issued", "authored",
)  # fmt: skip
OUTSIDE = ("import:", "api:")
PAGE = 1_000  # resources read at a time
MOST = 10_000  # of one person
SILENT = frozenset(["resourceType", "id", "meta", "text", "contained", "reference", "system", "userSelected", "url"])
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def groups(patient: str, *, access: Access) -> list[tuple[str, str, list[tuple[str, EntryLine]]]]:
    """By type: its name, what it is called, and its lines with their dates, the newest first."""
    found: dict[str, list[tuple[str, EntryLine]]] = {}
    for version in _outside(patient, access):
        resource = text.loads(version.body)
        if not is_superseded(resource):
            found.setdefault(version.type, []).append((date_of(resource), line(version, resource)))
    for several in found.values():
        several.sort(key=lambda one: one[0], reverse=True)
    return [(type_, TYPES.get(type_, type_), found[type_]) for type_ in SHOWN_TYPES if type_ in found]


def _outside(patient: str, access: Access) -> Iterator[Version]:
    cursor, seen = "", 0
    while seen < MOST:
        page = queries.everything(patient, access=access, types=SHOWN_TYPES, count=PAGE, cursor=cursor)
        seen += len(page.matches)
        yield from (one for one in page.matches if one.origin.startswith(OUTSIDE))
        cursor = page.next_cursor
        if not cursor:
            return


def line(version: Version, resource: Resource) -> EntryLine:
    title = TYPES.get(version.type, version.type)
    return EntryLine(
        type=version.type, id=version.id, title=title, words=main_words(resource) or title, more=value_of(resource), at=version.at,
        by=version.by, origin=origin_words(version.origin), is_ours=False,
    )  # fmt: skip


def date_of(resource: Resource) -> str:
    """When it was so, as far as it says: a day, a month or a year."""
    told = [resource[name] for name in DATES if isinstance(resource.get(name), str)]
    for name in ("period", "effectivePeriod", "onsetPeriod", "performedPeriod"):
        if isinstance(resource.get(name), dict):
            told.append(resource[name].get("start", ""))
    return str(told[0])[:10] if told else ""


def value_of(resource: Resource) -> str:
    """What was found, in words."""
    names = [name for name in resource if name.startswith("value") and not name.startswith("valueSet")]
    return "; ".join(words for name in names if (words := _words(resource[name])))


def said(resource: Resource) -> list[tuple[str, str]]:
    """Everything it says: what, and in which words. What was kept word for word comes last."""
    found = [(_label(name), words) for name, value in resource.items() if name not in SILENT and name != "extension" and (words := _words(value))]
    found += [("More", words) for one in rows(resource.get("extension")) if one.get("url") != KEPT and (words := _words(one))]
    kept = [inner for one in rows(resource.get("extension")) if one.get("url") == KEPT for inner in rows(one.get("extension"))]
    return found + [(f"As it came: {_label(one['url'].rpartition('.')[2])}", _words(text.value(one["valueString"].encode()))) for one in kept]


def _label(name: str) -> str:
    return WORD.sub(" ", name.removeprefix("_")).capitalize()


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(words for one in value if (words := _words(one)))
    if not isinstance(value, dict):
        return {True: "Yes", False: "No"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    if "coding" in value:
        return str(value.get("text") or next((one["display"] for one in rows(value["coding"]) if "display" in one), "") or _words(value["coding"]))
    if "value" in value and not isinstance(value["value"], dict):
        return " ".join(str(value[name]) for name in ("comparator", "value", "unit") if name in value)
    for name in ("display", "text"):
        if isinstance(value.get(name), str):
            return str(value[name])
    return ", ".join(f"{_label(name)}: {words}" for name, one in value.items() if name not in SILENT and (words := _words(one)))
