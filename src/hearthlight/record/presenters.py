"""A person's record as a page shows it: chapters, lines, and where each line came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hearthlight.fhir import text
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.shape import chapters, entry_of, values_of
from hearthlight.record.entries.types import Entry, Field, Input
from hearthlight.record.types import Access, Resource, Verb, Version

CHAPTERS = (
    "About me", "Alerts", "Allergies", "Problems", "Medicines", "What they need", "Plans", "Legal", "End of life", "Safeguarding",
    "Risks", "Contacts", "Findings", "Services", "Documents",
)  # fmt: skip
"""In the order in which somebody who has never met the person needs them."""
NONE_KNOWN = "716186003"  # SNOMED CT |No known allergy (situation)|


@dataclass(frozen=True, slots=True)
class Said:
    label: str
    value: str
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One resource in a list: what it says in short, where it came from and when."""

    type: str
    id: str
    title: str
    words: str
    more: str
    at: datetime
    by: str
    origin: str
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    lines: Sequence[EntryLine]
    addable: Sequence[Entry]


def chapters_of(found: Iterable[tuple[Version, Resource]], *, zone: ZoneInfo, access: Access) -> list[Chapter]:
    """Every chapter, filled with what the record holds. Only what this reader may write is offered to them."""
    lines: dict[str, list[EntryLine]] = {name: [] for name in CHAPTERS}
    for version, resource in found:
        entry = entry_of(resource)
        if entry is None or is_superseded(resource):
            continue
        lines[entry.chapter].append(line_of(version, resource, entry, zone))
    offered = chapters(entry for entry in entries().values() if can_add(entry, access))
    return [
        Chapter(name, sorted(lines[name], key=_newest, reverse=True), offered.get(name, ()))
        for name in CHAPTERS
        if name in offered or lines[name] or name == "Allergies"
    ]


def _newest(line: EntryLine) -> datetime:
    return line.at


def can_add(entry: Entry, access: Access) -> bool:
    return (entry.guard is None or entry.guard in access.sections) and access.may(entry.type, Verb.CREATE)


def is_superseded(resource: Resource) -> bool:
    """Kept, and no longer said: entered in error."""
    status = resource.get("verificationStatus", {}).get("coding", ({},))[0].get("code") or resource.get("status")
    return status == "entered-in-error"


def line_of(version: Version, resource: Resource, entry: Entry, zone: ZoneInfo) -> EntryLine:
    said = values_of(entry, resource)
    told = [words for one in entry.told() if (words := shown(one, said.get(one.name), zone))]
    if version.origin.startswith(("import:", "api:")) and (theirs := main_words(resource)):
        told = [theirs, *[words for words in told if words != theirs]]  # another system may name it in a code only
    words = told[0] if told else main_words(resource) or entry.title
    return EntryLine(
        type=version.type, id=version.id, title=entry.title, words=words, more=", ".join(told[1:]), at=version.at, by=version.by,
        origin=origin_words(version.origin), is_ours=version.origin.startswith("staff:"),
    )  # fmt: skip


def said_of(entry: Entry, resource: Resource, zone: ZoneInfo) -> list[Said]:
    """Everything that is said in an entry, in the order it is asked."""
    values = values_of(entry, resource)
    return [
        Said(one.label, words, one.input is Input.TEXT)
        for one in entry.fields
        if (words := shown(one, values.get(one.name), zone))
    ]


def shown(one: Field, value: Any, zone: ZoneInfo) -> str:
    """A value in words."""
    if value is None or value == "":
        return ""
    if value is True:
        return "Yes"
    if isinstance(value, Decimal):
        return str(value)
    if one.input in (Input.DATE, Input.MOMENT, Input.INSTANT):
        return _when(str(value), zone)
    return dict(one.choices).get(str(value), str(value))


def _when(told: str, zone: ZoneInfo) -> str:
    try:
        if "T" in told:
            local = datetime.fromisoformat(told).astimezone(zone)
            return f"{local.day} {local:%B %Y, %H:%M}"
        day = date.fromisoformat(told)
    except ValueError:
        return told  # a year or a month
    return f"{day.day} {day:%B %Y}"


def origin_words(origin: str) -> str:
    """Where a version came from, for a reader: never an id alone."""
    kind, _, rest = origin.partition(":")
    rest = rest.partition(" ")[2] or rest if kind == "import" else rest  # `import:12 oak-surgery.json`
    return {"staff": "written here", "fact": "kept by this system", "import": f"brought in from {rest}", "api": f"sent by {rest}"}.get(
        kind, rest or kind
    )


def main_words(resource: Resource) -> str:
    """What another system's resource calls itself."""
    for name in ("code", "medicationCodeableConcept", "medicationReference", "vaccineCode", "type", "category"):
        concept = resource.get(name)
        concept = concept[0] if isinstance(concept, list) and concept else concept
        if isinstance(concept, dict):
            coding = concept.get("coding") or [{}]
            shown = [one["display"] for one in coding if one.get("display")]
            words = concept.get("text") or (shown or [concept.get("display") or coding[0].get("code")])[0]
            if words:
                return str(words)
    return str(resource.get("description") or resource.get("title") or "")


def parsed(versions: Iterable[Version]) -> list[tuple[Version, Resource]]:
    return [(version, text.loads(version.body)) for version in versions]
