"""People, places, staff, circles and consents as FHIR R4 resources, by UK Core's profiles where it has one.

Pure: what is given is mapped, and nothing is asked. FHIR's and the NHS's names stay exactly theirs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hearthlight.people.types import Basis, PlaceKind, Purpose, Role

Resource = dict[str, Any]
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
PURPOSE, ROLE = "urn:hearthlight:purpose", "urn:hearthlight:role"
RELATIONSHIPS: Mapping[str, tuple[str, str]] = {
    "daughter": ("DAU", "natural daughter"), "son": ("SON", "natural son"), "wife": ("WIFE", "wife"),
    "husband": ("HUSB", "husband"), "partner": ("DOMPART", "domestic partner"), "sister": ("SIS", "sister"),
    "brother": ("BRO", "brother"), "mother": ("MTH", "mother"), "father": ("FTH", "father"), "niece": ("NIECE", "niece"),
    "nephew": ("NEPHEW", "nephew"), "friend": ("FRND", "unrelated friend"), "neighbour": ("NBOR", "neighbor"),
    "grandson": ("GRNDSON", "grandson"), "granddaughter": ("GRNDDAU", "granddaughter"),
}  # fmt: skip
"""What people write, and v3 RoleCode's word for it; anything else is kept as written."""
PHYSICAL: Mapping[PlaceKind, tuple[str, str]] = {
    PlaceKind.HOME: ("bu", "Building"), PlaceKind.UNIT: ("wi", "Wing"), PlaceKind.ROOM: ("ro", "Room"),
}  # fmt: skip
BASES: Mapping[Basis, str] = {
    Basis.OWN: "The person's own consent (Mental Capacity Act 2005, section 3)",
    Basis.ATTORNEY: "Consent of an attorney for health and welfare, or a deputy (Mental Capacity Act 2005, sections 9 and 16)",
    Basis.BEST_INTERESTS: "A best-interests decision (Mental Capacity Act 2005, section 4)",
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.FALLS: "Movement of a wearable, watched for falls",
    Purpose.ROOM_MOVEMENT: "Motion, doors, bed and chair in the person's own room",
    Purpose.CALL_FOR_HELP: "Buttons and pull cords",
    Purpose.ENVIRONMENT: "Temperature and humidity",
}


def reference(type_: str, id_: str) -> dict[str, str]:
    return {"reference": f"{type_}/{id_}"}


def coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def period(start: datetime | None, end: datetime | None) -> Resource:
    told = {"start": start, "end": end}
    return {name: instant(at) for name, at in told.items() if at is not None}


def profiled(type_: str, id_: str, **members: Any) -> Resource:
    """With UK Core's profile of the type; members that have nothing to say are left out."""
    told = {name: value for name, value in members.items() if value not in (None, "", [], {})}
    return {"resourceType": type_, "id": id_, "meta": {"profile": [f"{UK_CORE}{type_}"]}, **told}


def patient(  # noqa: PLR0913 — a person's columns, one by one
    *,
    id_: int,
    given: str,
    family: str,
    preferred: str,
    nhs_number: str | None,
    born_on: date | None,
    lives_here: bool,
    organisation_id: int | None,
    particulars: Mapping[str, Any],
) -> Resource:
    names = [_official_name(given, family, particulars)]
    if preferred:
        names.append({"use": "usual", "text": preferred})
    return profiled(
        "Patient", f"person-{id_}",
        extension=_background(particulars), identifier=_identifiers(nhs_number, particulars),
        active=lives_here, name=names, gender=particulars.get("gender"), birthDate=born_on.isoformat() if born_on else None,
        address=_address(particulars),
        managingOrganization=reference("Organization", f"place-{organisation_id}") if organisation_id else None,
    )  # fmt: skip


def _official_name(given: str, family: str, particulars: Mapping[str, Any]) -> Resource:
    affixes = {name: [particulars[key]] for name, key in (("prefix", "title"), ("suffix", "suffix")) if particulars.get(key)}
    return {"use": "official", "text": f"{given} {family}", "family": family, "given": given.split(), **affixes}


def _identifiers(nhs_number: str | None, particulars: Mapping[str, Any]) -> list[Resource]:
    ours = [{"system": NHS_NUMBER, "value": nhs_number}] if nhs_number else []
    other = particulars.get("other_identifier")
    return [*ours, {"type": {"text": "Other number"}, "value": other}] if other else ours


def _address(particulars: Mapping[str, Any]) -> list[Resource]:
    told = {"line": [line for line in particulars.get("address", "").split("\n") if line], "postalCode": particulars.get("postcode")}
    said = {name: value for name, value in told.items() if value}
    return [said] if said else []


def _background(particulars: Mapping[str, Any]) -> list[Resource]:
    """Ethnicity and religion are kept in the person's own words: as text, without a code nobody chose."""
    told = {
        f"{UK_CORE.replace('UKCore-', 'Extension-UKCore-')}EthnicCategory": _words("CodeableConcept", particulars.get("ethnicity")),
        "http://hl7.org/fhir/StructureDefinition/patient-religion": _words("CodeableConcept", particulars.get("religion")),
        "http://hl7.org/fhir/StructureDefinition/patient-birthPlace": _words("Address", particulars.get("birth_place")),
        "urn:hearthlight:sex-at-birth": {"valueCode": particulars["sex"]} if particulars.get("sex") else None,
        "urn:hearthlight:organ-donation": (
            {"valueBoolean": particulars["organ_donation"]} if particulars.get("organ_donation") is not None else None
        ),
    }  # fmt: skip
    return [{"url": url, **value} for url, value in told.items() if value]


def _words(of: str, text: str | None) -> Resource | None:
    return {f"value{of}": {"text": text}} if text else None


def care_team(person_id: int, members: Sequence[tuple[str, Resource]]) -> Resource:
    """The circle: (relationship, reference) of each."""
    participants = [{"role": [{"text": relationship}], "member": member} for relationship, member in members]
    return profiled(
        "CareTeam", f"person-{person_id}", status="active", name="Circle of care",
        subject=reference("Patient", f"person-{person_id}"), participant=participants,
    )  # fmt: skip


def related_person(*, id_: int, person_id: int, name: str, relationship: str, phone: str, email: str) -> Resource:
    known = RELATIONSHIPS.get(relationship.strip().lower())
    telecom = [{"system": system, "value": value} for system, value in (("phone", phone), ("email", email)) if value]
    words = {**(coded(f"{TERMINOLOGY}v3-RoleCode", *known) if known else {}), "text": relationship}
    return profiled(
        "RelatedPerson", f"circle-{id_}", active=True, patient=reference("Patient", f"person-{person_id}"),
        relationship=[words], name=[{"text": name}], telecom=telecom,
    )  # fmt: skip


def consent(  # noqa: PLR0913
    *,
    id_: int,
    person_id: int,
    purpose: Purpose,
    basis: Basis,
    given_by: str,
    evidence: str,
    given_at: datetime,
    withdrawn_at: datetime | None,
    place_id: int | None,
    minutes: tuple[int, int],
) -> Resource:
    """A basis for sensing. FHIR has no hours of the day for a provision: they stand in its words."""
    words = PURPOSES[purpose] + ("" if minutes[0] == minutes[1] else f", from {_clock(minutes[0])} to {_clock(minutes[1])}")
    provision: Resource = {
        "type": "permit", "period": period(given_at, withdrawn_at),
        "code": [{**coded(PURPOSE, purpose.value, PURPOSES[purpose]), "text": words}],
    }  # fmt: skip
    if place_id is not None:
        where = {"role": {"text": "Where it may be sensed"}, "reference": reference("Location", f"place-{place_id}")}
        provision = {**provision, "actor": [where]}
    return profiled(
        "Consent", f"consent-{id_}", status="inactive" if withdrawn_at else "active",
        scope=coded(f"{TERMINOLOGY}consentscope", "patient-privacy", "Privacy Consent"),
        category=[coded("http://loinc.org", "59284-0", "Consent Document")],
        patient=reference("Patient", f"person-{person_id}"), dateTime=instant(given_at), performer=[{"display": given_by}],
        sourceAttachment={"title": evidence}, policyRule={"text": BASES[basis]}, provision=provision,
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def practitioner(*, id_: int, name: str, is_working: bool) -> Resource:
    """Without their phone: it is for whoever must reach them in the night, not for whoever reads a record."""
    return profiled("Practitioner", f"staff-{id_}", active=is_working, name=[{"text": name}])


def practitioner_role(  # noqa: PLR0913
    *, id_: int, staff_id: int, role: Role, place_id: int, organisation_id: int, starts_at: datetime, ends_at: datetime | None
) -> Resource:
    is_organisation = place_id == organisation_id
    return profiled(
        "PractitionerRole", f"grant-{id_}", active=ends_at is None, period=period(starts_at, ends_at),
        practitioner=reference("Practitioner", f"staff-{staff_id}"),
        organization=reference("Organization", f"place-{organisation_id}"),
        code=[coded(ROLE, role.value, role.value.replace("_", " ").capitalize())],
        location=[] if is_organisation else [reference("Location", f"place-{place_id}")],
    )  # fmt: skip


def organisation(*, id_: int, name: str) -> Resource:
    return profiled("Organization", f"place-{id_}", active=True, name=name)


def location(*, id_: int, name: str, kind: PlaceKind, path: str) -> Resource:
    """`path` lists the ids from the organisation down to itself."""
    top, *between = [part for part in path.split("/") if part][:-1]
    inside = reference("Location", f"place-{between[-1]}") if between else None
    return profiled(
        "Location", f"place-{id_}", status="active", name=name, mode="instance",
        physicalType=coded(f"{TERMINOLOGY}location-physical-type", *PHYSICAL[kind]),
        managingOrganization=reference("Organization", f"place-{top}"), partOf=inside,
    )  # fmt: skip
