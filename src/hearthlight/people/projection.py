"""What the facts of this room amount to in the shared record. `fhir` maps; here the rows are read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model

from hearthlight.core.facts import Kind
from hearthlight.people import fhir
from hearthlight.people.models import CircleMember, Consent, Grant, Particulars, Person, Place, Staff
from hearthlight.people.types import Basis, PlaceKind, Purpose, Role

Resources = Sequence[fhir.Resource]


def _person(id_: str) -> Resources:
    """The person, and their circle as a care team."""
    columns = ("id", "given_name", "family_name", "preferred_name", "nhs_number", "born_on", "moved_out_on", "place__path")
    row = Person.objects.filter(pk=id_).values(*columns).first()
    if row is None:
        return []
    patient = fhir.patient(
        id_=row["id"], given=row["given_name"], family=row["family_name"], preferred=row["preferred_name"],
        nhs_number=row["nhs_number"], born_on=row["born_on"], lives_here=row["moved_out_on"] is None,
        organisation_id=_organisation_of(row["place__path"]),
        particulars=Particulars.objects.filter(person_id=id_).values().first() or {},
    )  # fmt: skip
    circle = CircleMember.objects.filter(person_id=id_).order_by("pk").values_list("pk", "staff_id", "relationship")
    members = [
        (told, fhir.reference("Practitioner", f"staff-{staff}") if staff else fhir.reference("RelatedPerson", f"circle-{pk}"))
        for pk, staff, told in circle
    ]
    return [patient, fhir.care_team(row["id"], members)] if members else [patient]


def _organisation_of(path: str) -> int | None:
    top = path.strip("/").split("/")[0]
    return int(top) if top else None


def _circle(id_: str) -> Resources:
    """Relatives and friends. Staff in a circle are in its care team, and are no related persons."""
    row = CircleMember.objects.filter(pk=id_, staff__isnull=True).first()
    if row is None:
        return []
    return [
        fhir.related_person(
            id_=row.pk, person_id=row.person_id, name=row.name, relationship=row.relationship, phone=row.phone, email=row.email
        )
    ]


def _consent(id_: str) -> Resources:
    row = Consent.objects.filter(pk=id_).first()
    if row is None:
        return []
    return [
        fhir.consent(
            id_=row.pk, person_id=row.person_id, purpose=Purpose(row.purpose), basis=Basis(row.basis), given_by=row.given_by,
            evidence=row.evidence, given_at=row.given_at, withdrawn_at=row.withdrawn_at, place_id=row.place_id,
            minutes=(row.from_minute, row.until_minute),
        )
    ]  # fmt: skip


def _staff(id_: str) -> Resources:
    """The member of staff, and every standing role they hold or held. Shifts are the rota's, and change too often."""
    row = Staff.objects.filter(pk=id_).first()
    if row is None:
        return []
    grants = Grant.objects.filter(staff_id=id_).select_related("place").order_by("pk")
    roles = [
        fhir.practitioner_role(
            id_=grant.pk, staff_id=row.pk, role=Role(grant.role), place_id=grant.place_id,
            organisation_id=_organisation_of(grant.place.path) or grant.place_id, starts_at=grant.starts_at, ends_at=grant.ends_at,
        )
        for grant in grants
    ]  # fmt: skip
    return [fhir.practitioner(id_=row.pk, name=row.name, is_working=row.left_at is None), *roles]


def _place(id_: str) -> Resources:
    row = Place.objects.filter(pk=id_).first()
    if row is None:
        return []
    if row.kind == PlaceKind.ORGANISATION:
        return [fhir.organisation(id_=row.pk, name=row.name)]
    return [fhir.location(id_=row.pk, name=row.name, kind=PlaceKind(row.kind), path=row.path)]


def _ids(model: Any) -> Iterable[str]:
    known: type[Model] = model
    return (str(pk) for pk in known._default_manager.order_by("pk").values_list("pk", flat=True).iterator())


KINDS = {
    "place": Kind(_place, lambda: _ids(Place)),
    "staff": Kind(_staff, lambda: _ids(Staff)),
    "person": Kind(_person, lambda: _ids(Person)),
    "circle": Kind(_circle, lambda: _ids(CircleMember)),
    "consent": Kind(_consent, lambda: _ids(Consent)),
}
