"""The writers of staff, roles and shifts. Reached through `actions`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from hearthlight.core import audit, bus, changes, facts
from hearthlight.core.text import clean_line
from hearthlight.core.types import Actor, Refusal
from hearthlight.people import rules
from hearthlight.people.models import Grant, Place, Shift, Staff
from hearthlight.people.types import Role

LONGEST_USERNAME = 150  # characters, as the account table
WEEK = timedelta(days=7)


@transaction.atomic
def add_staff(
    *,
    name: str,
    username: str,
    by: Actor,
    at: datetime,
    based_at_id: int | None = None,
    email: str = "",
    phone: str = "",
    password: str | None = None,
) -> int:
    """Someone starts working here; returns the staff id. The account cannot be used until a password is set through
    a one-time link, unless one is given (demonstrations, and the first administrator at the machine itself)."""
    accounts = get_user_model().objects
    username = _username(username)
    if accounts.filter(username__iexact=username).exists():
        raise Refusal("Sign-in name is taken: choose another")
    user = accounts.create_user(username=username, email=_email(email), password=password)
    staff = Staff.objects.create(
        user=user, name=clean_line(name, what="Name"), phone=_phone(phone), based_at_id=based_at_id
    )
    audit.record(by=by, at=at, action="staff added", subject=f"staff:{staff.pk}")
    facts.changed("staff", staff.pk, by=by, at=at)
    return staff.pk


@transaction.atomic
def change_staff(*, staff_id: int, name: str, by: Actor, at: datetime, email: str = "", phone: str = "") -> None:
    staff = Staff.objects.select_related("user").get(pk=staff_id)
    staff.name, staff.phone, staff.user.email = clean_line(name, what="Name"), _phone(phone), _email(email)
    staff.save(update_fields=["name", "phone"])
    staff.user.save(update_fields=["email"])
    audit.record(by=by, at=at, action="staff changed", subject=f"staff:{staff_id}")
    facts.changed("staff", staff_id, by=by, at=at)


@transaction.atomic
def leave(*, staff_id: int, by: Actor, at: datetime) -> None:
    """Someone stops working here. The account stops with them: a session still open sees nothing on its next request."""
    if Staff.objects.filter(pk=staff_id, left_at__isnull=True).update(left_at=at, left_by=str(by)) != 1:
        raise Refusal("This member of staff has already left")
    get_user_model().objects.filter(staff=staff_id).update(is_active=False)
    audit.record(by=by, at=at, action="staff left", subject=f"staff:{staff_id}")
    facts.changed("staff", staff_id, by=by, at=at)
    bus.nudge_after_commit("gate")


@transaction.atomic
def note_link(*, staff_id: int, by: Actor, at: datetime) -> None:
    """Someone was shown a link that sets this member of staff's password."""
    audit.record(by=by, at=at, action="password link made", subject=f"staff:{staff_id}")


def _username(text: str) -> str:
    name = clean_line(text, what="Sign-in name", longest=LONGEST_USERNAME)
    try:
        UnicodeUsernameValidator()(name)
    except ValidationError as wrong:
        raise Refusal("Sign-in name may have letters, digits and @ . + - _ only") from wrong
    return name


def _email(text: str) -> str:
    address = clean_line(text, what="E-mail", longest=254, may_be_empty=True)
    try:
        if address:
            validate_email(address)
    except ValidationError as wrong:
        raise Refusal("E-mail must look like name@example.org") from wrong
    return address


def _phone(text: str) -> str:
    number = clean_line(text, what="Phone", longest=20, may_be_empty=True)
    if number and not all(c in "0123456789+ ()-" for c in number):
        raise Refusal("Phone may have digits, spaces, + - ( ) only")
    return number


# Roles


@transaction.atomic
def give_role(*, staff_id: int, role: Role, place_id: int, by: Actor, at: datetime) -> int:
    """A standing role over a place and everything in it, until it is ended; returns the grant's id."""
    staff = _working(staff_id)
    place = Place.objects.get(pk=place_id)
    if Grant.objects.filter(staff=staff, role=role, place=place, ends_at__isnull=True).exists():
        raise Refusal("They already have this role here")
    grant = Grant.objects.create(staff=staff, role=role, place=place, starts_at=at)
    detail = {"role": str(role), "place": place_id, "grant": grant.pk}
    audit.record(by=by, at=at, action="role given", subject=f"staff:{staff_id}", detail=detail)
    changes.publish(kind="rota", path=place.path, subject=f"staff:{staff_id}", at=at)
    facts.changed("staff", staff_id, by=by, at=at)
    return grant.pk


@transaction.atomic
def end_role(*, grant_id: int, by: Actor, at: datetime) -> None:
    grant = Grant.objects.select_related("place").get(pk=grant_id)
    if Grant.objects.filter(pk=grant_id, ends_at__isnull=True).update(ends_at=at) != 1:
        raise Refusal("This role has already ended")
    detail = {"role": grant.role, "place": grant.place_id, "grant": grant_id}
    audit.record(by=by, at=at, action="role ended", subject=f"staff:{grant.staff_id}", detail=detail)
    changes.publish(kind="rota", path=grant.place.path, subject=f"staff:{grant.staff_id}", at=at)
    facts.changed("staff", grant.staff_id, by=by, at=at)


def _working(staff_id: int) -> Staff:
    """The member of staff, locked, so that two shifts given at once cannot both miss each other."""
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff_id)
    if staff.left_at is not None:
        raise Refusal(f"{staff.name} no longer works here")
    return staff


# Shifts


@transaction.atomic
def put_on_shift(
    *, staff_id: int, role: Role, place_id: int, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> int:
    """Put someone on, as a role at a place; returns the shift's id."""
    rules.check_shift(role, starts_at, ends_at)
    if ends_at <= at:
        raise Refusal("This shift is already over")
    staff = _working(staff_id)
    place = Place.objects.get(pk=place_id)
    clash = _clash(staff, role, starts_at, ends_at)
    if clash is not None:
        raise Refusal(f"{staff.name} is already on {_told(clash)}")
    shift = Shift.objects.create(staff=staff, role=role, place=place, starts_at=starts_at, ends_at=ends_at)
    _shift_changed("shift given", shift, by, at)
    return shift.pk


def _clash(staff: Staff, role: Role, starts_at: datetime, ends_at: datetime) -> Shift | None:
    touching = Shift.objects.filter(staff=staff, starts_at__lt=ends_at, ends_at__gt=starts_at).select_related("place")
    return next((s for s in touching if not rules.may_hold_both(role, Role(s.role))), None)


def _told(shift: Shift) -> str:
    zone = ZoneInfo(shift.place.timezone)
    start, end = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
    return f"from {start:%a %d %b %H:%M} to {end:%a %d %b %H:%M} at {shift.place.name}"


@transaction.atomic
def end_shift(*, shift_id: int, by: Actor, at: datetime) -> None:
    """A running shift ends now; one that has not begun is taken off the rota. One that is over stays as it was."""
    shift = Shift.objects.select_for_update(of=("self",)).select_related("place").get(pk=shift_id)
    if shift.ends_at <= at:
        raise Refusal("This shift is already over")
    if shift.starts_at < at:
        shift.ends_at = at
        shift.save(update_fields=["ends_at"])
        _shift_changed("shift ended", shift, by, at)
        return
    _shift_changed("shift taken off", shift, by, at)
    shift.delete()


@transaction.atomic
def copy_week(*, place_path: str, shift_ids: Iterable[int], by: Actor, at: datetime) -> tuple[int, int]:
    """Put the people of these shifts on again a week later, at the same times on the wall clock. Returns how many
    were put on, and how many were left out (already on then, has left, or already over)."""
    made = left_out = 0
    for shift in Shift.objects.filter(pk__in=list(shift_ids), place__path__startswith=place_path).select_related("place"):
        zone = ZoneInfo(shift.place.timezone)
        try:
            with transaction.atomic():
                put_on_shift(
                    staff_id=shift.staff_id, role=Role(shift.role), place_id=shift.place_id,
                    starts_at=rules.days_later(shift.starts_at, WEEK.days, zone),
                    ends_at=rules.days_later(shift.ends_at, WEEK.days, zone), by=by, at=at,
                )  # fmt: skip
            made += 1
        except Refusal:
            left_out += 1
    return made, left_out


def _shift_changed(action: str, shift: Shift, by: Actor, at: datetime) -> None:
    detail = {"shift": shift.pk, "role": shift.role, "place": shift.place_id}
    audit.record(by=by, at=at, action=action, subject=f"staff:{shift.staff_id}", detail=detail)
    changes.publish(kind="rota", path=shift.place.path, subject=f"shift:{shift.pk}", at=at)
