"""The only writers of places, persons, consent and the circle. Staff, roles and shifts are in `staffing`, offered
here too. Each writes its audit entry in the same transaction, tells live pages, and nudges the gate."""

import hashlib
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import IntegrityError, transaction

from hearthlight.core import audit, bus, changes, facts
from hearthlight.core.text import clean_line, clean_note
from hearthlight.core.types import Actor, Refusal
from hearthlight.people import photos, rules
from hearthlight.people.models import CircleMember, Consent, Person, Place, Staff
from hearthlight.people.particulars import change_particulars
from hearthlight.people.staffing import (
    add_staff,
    change_staff,
    copy_week,
    end_role,
    end_shift,
    give_role,
    leave,
    note_link,
    put_on_shift,
)
from hearthlight.people.types import Basis, PlaceKind, Purpose

__all__ = [
    "add_staff", "add_to_circle", "admit_person", "change_particulars", "change_person", "change_place", "change_staff", "copy_week", "create_place",
    "end_role", "end_shift", "give_consent", "give_role", "leave", "move_out", "note_link", "note_list_read", "note_read", "put_on_shift",
    "remove_from_circle", "remove_photo", "set_photo", "withdraw_consent",
]  # fmt: skip


def note_read(*, person_id: int, by: Actor, at: datetime, part: str = "") -> None:
    """Someone has looked at a person's record. Every page that shows one calls this before it shows it."""
    detail = {"part": part} if part else {}
    with transaction.atomic():
        audit.record(by=by, at=at, action="read", subject=f"person:{person_id}", person_id=person_id, detail=detail)


def note_list_read(*, person_ids: list[int], by: Actor, at: datetime) -> None:
    """Someone has been shown a list of people: one entry, with everyone who was on it."""
    with transaction.atomic():
        audit.record(by=by, at=at, action="listed", subject="person:*", detail={"persons": person_ids})


# Places


@transaction.atomic
def create_place(
    *, kind: PlaceKind, name: str, by: Actor, at: datetime, parent_id: int | None = None, timezone: str = ""
) -> int:
    """A new organisation, home, unit or room; returns its id. The time zone is its parent's unless given."""
    parent = Place.objects.get(pk=parent_id) if parent_id else None
    rules.check_inside(kind, PlaceKind(parent.kind) if parent else None)
    zone = _zone(timezone or (parent.timezone if parent else "Europe/London"))
    place = Place(kind=kind, name=clean_line(name, what="Name"), parent=parent, timezone=zone)
    _check_name_is_free(place)
    place.save()
    place.path = f"{parent.path if parent else '/'}{place.pk}/"
    place.save(update_fields=["path"])
    _place_changed("place created", place, by, at)
    return place.pk


@transaction.atomic
def change_place(*, place_id: int, name: str, by: Actor, at: datetime) -> None:
    place = Place.objects.select_for_update().get(pk=place_id)
    place.name = clean_line(name, what="Name")
    _check_name_is_free(place)
    place.save(update_fields=["name"])
    _place_changed("place changed", place, by, at)


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise Refusal("Choose a time zone from the list, for example Europe/London")
    return name


def _check_name_is_free(place: Place) -> None:
    # asked as well as constrained: a constraint lets two tops (parent null) share a name
    if Place.objects.filter(parent=place.parent, name=place.name).exclude(pk=place.pk).exists():
        raise Refusal("There is already a place with this name here")


def _place_changed(action: str, place: Place, by: Actor, at: datetime) -> None:
    subject = f"place:{place.pk}"
    audit.record(by=by, at=at, action=action, subject=subject)
    changes.publish(kind="place", path=place.path, subject=subject, at=at)
    facts.changed("place", place.pk, by=by, at=at)
    bus.nudge_after_commit("gate")


# Persons


@transaction.atomic
def admit_person(
    *,
    given_name: str,
    family_name: str,
    place_id: int,
    by: Actor,
    at: datetime,
    preferred_name: str = "",
    nhs_number: str = "",
    born_on: date | None = None,
    about: str = "",
    moved_in_on: date | None = None,
) -> int:
    """Someone comes to live at a place; returns the person's id."""
    person = Person(moved_in_on=moved_in_on)
    _describe(person, given_name, family_name, preferred_name, nhs_number, born_on, about)
    person.place = _lived_in(place_id)
    _check_birth(person, at)
    _save(person)
    _person_changed("person admitted", person, by, at, detail={"place": place_id})
    return person.pk


@transaction.atomic
def change_person(
    *,
    person_id: int,
    given_name: str,
    family_name: str,
    place_id: int,
    by: Actor,
    at: datetime,
    preferred_name: str = "",
    nhs_number: str = "",
    born_on: date | None = None,
    about: str = "",
    moved_in_on: date | None = None,
) -> None:
    """Correct someone's details, or move them to another room. Which fields changed is audited, not what they say."""
    person = Person.objects.select_for_update(of=("self",)).select_related("place").get(pk=person_id)
    before = {name: getattr(person, name) for name in DESCRIBED}
    path_before = person.place.path
    _describe(person, given_name, family_name, preferred_name, nhs_number, born_on, about)
    person.moved_in_on = moved_in_on
    if place_id != person.place_id:
        person.place = _lived_in(place_id)
    _check_birth(person, at)
    _save(person)
    changed = sorted(name for name in DESCRIBED if getattr(person, name) != before[name])
    _person_changed("person changed", person, by, at, detail={"fields": changed, "place": place_id})
    if person.place.path != path_before:
        changes.publish(kind="person", path=path_before, subject=f"person:{person.pk}", at=at)


DESCRIBED = (
    "given_name", "family_name", "preferred_name", "nhs_number", "born_on", "about", "place_id", "moved_in_on"
)  # fmt: skip


def _describe(  # noqa: PLR0917 — the same six in the same order, twice
    person: Person, given: str, family: str, preferred: str, nhs_number: str, born_on: date | None, about: str
) -> None:
    person.given_name = clean_line(given, what="Given name")
    person.family_name = clean_line(family, what="Family name")
    person.preferred_name = clean_line(preferred, what="Preferred name", may_be_empty=True)
    person.nhs_number = rules.clean_nhs_number(nhs_number)
    person.born_on = born_on
    person.about = clean_note(about, what="What matters most", may_be_empty=True)


def _lived_in(place_id: int) -> Place:
    place = Place.objects.get(pk=place_id)
    if place.kind not in rules.LIVED_IN:
        raise Refusal("A person lives in a room, or in a home of their own")
    return place


def _check_birth(person: Person, at: datetime) -> None:
    rules.check_born_on(person.born_on, today_at(person.place, at))


def today_at(place: Place, at: datetime) -> date:
    """The day it is on the wall there."""
    return at.astimezone(ZoneInfo(place.timezone)).date()


def _save(person: Person) -> None:
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as clash:
        raise Refusal("NHS number is already recorded for someone: check each digit") from clash


@transaction.atomic
def set_photo(*, person_id: int, uploaded: bytes, by: Actor, at: datetime) -> None:
    jpeg = photos.small_jpeg(uploaded)
    person = Person.objects.select_for_update(of=("self",)).select_related("place").get(pk=person_id)
    person.photo, person.photo_digest = jpeg, hashlib.sha256(jpeg).hexdigest()[:16]
    person.save(update_fields=["photo", "photo_digest"])
    _person_changed("photo set", person, by, at)


@transaction.atomic
def remove_photo(*, person_id: int, by: Actor, at: datetime) -> None:
    person = Person.objects.select_for_update(of=("self",)).select_related("place").get(pk=person_id)
    person.photo, person.photo_digest = None, ""
    person.save(update_fields=["photo", "photo_digest"])
    _person_changed("photo removed", person, by, at)


@transaction.atomic
def move_out(*, person_id: int, on: date, by: Actor, at: datetime) -> None:
    """Someone no longer lives here: sensing them stops at once, whatever their consents say. Not ahead of time, for
    that would switch off what keeps them safe until they go."""
    person = Person.objects.select_for_update(of=("self",)).select_related("place").get(pk=person_id)
    if person.moved_out_on is not None:
        raise Refusal("This person has already moved out")
    if on > today_at(person.place, at):
        raise Refusal("Moving out is recorded on the day, or after: until then they are watched over")
    if person.moved_in_on is not None and on < person.moved_in_on:
        raise Refusal("The day they moved out must not be before the day they moved in")
    person.moved_out_on = on
    person.save(update_fields=["moved_out_on"])
    _person_changed("person moved out", person, by, at)


def _person_changed(  # noqa: PLR0917
    action: str, person: Person, by: Actor, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    subject = f"person:{person.pk}"
    audit.record(by=by, at=at, action=action, subject=subject, person_id=person.pk, detail=detail)
    changes.publish(kind="person", path=person.place.path, subject=subject, at=at)
    facts.changed("person", person.pk, by=by, at=at)
    bus.nudge_after_commit("gate")


# Consent


@transaction.atomic
def give_consent(
    *,
    person_id: int,
    purpose: Purpose,
    basis: Basis,
    given_by: str,
    evidence: str,
    review_on: date,
    by: Actor,
    at: datetime,
    place_id: int | None = None,
    from_minute: int = 0,
    until_minute: int = 0,
    replaces: int | None = None,
) -> int:
    """Record a basis for sensing; returns the consent's id. `place_id` None: anywhere. Hours are minutes after local
    midnight; equal: all day. `replaces` withdraws an older consent of this person in the same transaction, so that a
    review never leaves a gap in which nobody is watched."""
    person = Person.objects.select_related("place").get(pk=person_id)
    rules.check_review_on(review_on, today_at(person.place, at))
    if not (0 <= from_minute < rules.MINUTES_A_DAY and 0 <= until_minute < rules.MINUTES_A_DAY):
        raise Refusal("Hours must be times of day")
    if replaces is not None:
        _withdraw(replaces, person_id=person_id, why="reviewed and given anew", by=by, at=at)
    consent = Consent.objects.create(
        person=person, purpose=purpose, place_id=place_id, from_minute=from_minute, until_minute=until_minute,
        basis=basis, given_by=clean_line(given_by, what="Who said yes"), evidence=clean_note(evidence, what="Evidence"),
        given_at=at, recorded_by=str(by), review_on=review_on,
    )  # fmt: skip
    facts.changed("consent", consent.pk, by=by, at=at)
    detail = {"consent": consent.pk, "purpose": str(purpose), "basis": str(basis), "replaces": replaces}
    _person_changed("consent given", person, by, at, detail=detail)
    return consent.pk


@transaction.atomic
def withdraw_consent(*, consent_id: int, why: str, by: Actor, at: datetime) -> None:
    """From the commit of this on, the gate refuses what the consent allowed."""
    person_id = Consent.objects.values_list("person_id", flat=True).get(pk=consent_id)
    _withdraw(consent_id, person_id=person_id, why=clean_note(why, what="Why"), by=by, at=at)
    person = Person.objects.select_related("place").get(pk=person_id)
    _person_changed("consent withdrawn", person, by, at, detail={"consent": consent_id})


def _withdraw(consent_id: int, *, person_id: int, why: str, by: Actor, at: datetime) -> None:
    standing = Consent.objects.filter(pk=consent_id, person_id=person_id, withdrawn_at__isnull=True)
    if standing.update(withdrawn_at=at, withdrawn_by=str(by), withdrawn_why=why) != 1:
        raise Refusal("This consent has already been withdrawn")
    facts.changed("consent", consent_id, by=by, at=at)


# Circle of care


@transaction.atomic
def add_to_circle(
    *,
    person_id: int,
    relationship: str,
    by: Actor,
    at: datetime,
    name: str = "",
    staff_id: int | None = None,
    phone: str = "",
    email: str = "",
    may_be_told: bool = False,
    may_see: bool = False,
) -> int:
    """Add someone who may be told about, or see, this person: a relative by name, or a member of staff."""
    person = Person.objects.select_related("place").get(pk=person_id)
    if staff_id is not None and not Staff.objects.filter(pk=staff_id, left_at__isnull=True).exists():
        raise Refusal("Choose someone who works here")
    member = CircleMember.objects.create(
        person=person, staff_id=staff_id, name=clean_line(name, what="Name", may_be_empty=staff_id is not None),
        relationship=clean_line(relationship, what="Relationship", longest=40),
        phone=clean_line(phone, what="Phone", longest=20, may_be_empty=True),
        email=clean_line(email, what="E-mail", longest=254, may_be_empty=True),
        may_be_told=may_be_told, may_see=may_see,
    )  # fmt: skip
    facts.changed("circle", member.pk, by=by, at=at)
    detail = {"member": member.pk, "staff": staff_id, "may_be_told": may_be_told, "may_see": may_see}
    _person_changed("circle joined", person, by, at, detail=detail)
    return member.pk


@transaction.atomic
def remove_from_circle(*, member_id: int, by: Actor, at: datetime) -> None:
    member = CircleMember.objects.select_related("person__place").get(pk=member_id)
    person = member.person
    member.delete()
    facts.changed("circle", member_id, by=by, at=at)
    _person_changed("circle left", person, by, at, detail={"member": member_id})
