"""The fixed cast of every test: Willow House at night, and the stranger who must see nothing."""

import functools
import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from hearthlight.people.models import Consent, Grant, Person, Place, Shift, Staff
from hearthlight.people.types import Basis, PlaceKind, Purpose, Role, Scope, Viewer

NIGHT = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)  # 03:12 in London: Ada's fall
PASSWORD = "a lamp in the hall"  # noqa: S105 — tests only
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 — every member of staff has a code app, or sees nothing
_numbers = itertools.count(1)


def make_place(kind: PlaceKind, name: str, parent: Place | None = None) -> Place:
    place = Place.objects.create(kind=kind, name=name, parent=parent)
    place.path = f"{parent.path if parent else '/'}{place.pk}/"
    place.save(update_fields=["path"])
    return place


@functools.cache
def _hashed() -> str:
    """Argon2 takes its time on purpose: once a run is enough."""
    return make_password(PASSWORD)


def make_staff(name: str, *, email: str = "", phone: str = "") -> Staff:
    username = f"{name.split(maxsplit=1)[0].lower()}"
    if get_user_model().objects.filter(username=username).exists():
        username = f"{username}{next(_numbers)}"
    user = get_user_model().objects.create(username=username, email=email, password=_hashed())
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": TOTP_SECRET})
    return Staff.objects.create(user=user, name=name, phone=phone)


def make_shift(staff: Staff, role: Role, place: Place, *, starts_at: datetime, hours: float = 12) -> Shift:
    return Shift.objects.create(
        staff=staff, role=role, place=place, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours)
    )


def make_grant(staff: Staff, role: Role, place: Place, *, at: datetime = NIGHT - timedelta(days=365)) -> Grant:
    return Grant.objects.create(staff=staff, role=role, place=place, starts_at=at)


def make_person(given: str, family: str, place: Place, **fields: object) -> Person:
    return Person.objects.create(given_name=given, family_name=family, place=place, **fields)


def make_consent(person: Person, purpose: Purpose, **fields: object) -> Consent:
    given = {
        "basis": Basis.OWN, "given_by": "the person", "evidence": "signed form in the office file",
        "given_at": NIGHT - timedelta(days=90), "recorded_by": "system:test", "review_on": date(2027, 6, 1),
    }
    return Consent.objects.create(person=person, purpose=purpose, **{**given, **fields})


@dataclass
class Cast:
    """Willow House: Ada in room 7, Mr Lewis in room 8; Nia on the floor, Sam the senior, Olu on call, Maya the
    manager; Rowan works at another home and is the stranger."""

    organisation: Place
    home: Place
    unit: Place
    other_unit: Place
    room7: Place
    room8: Place
    lounge: Place
    ada: Person
    lewis: Person
    nia: Staff
    sam: Staff
    olu: Staff
    maya: Staff
    stranger: Staff
    other_home: Place

    def viewer(self, staff: Staff) -> Viewer:
        """What `queries.viewer_of` would say at NIGHT, without asking the database's shifts."""
        roles = {self.nia.pk: (Role.CARER, self.unit), self.sam.pk: (Role.SENIOR, self.home),
                 self.olu.pk: (Role.ON_CALL, self.home), self.maya.pk: (Role.MANAGER, self.home),
                 self.stranger.pk: (Role.MANAGER, self.other_home)}
        role, place = roles[staff.pk]
        return Viewer(staff.pk, staff.name, (Scope(role, place.path),))


def make_cast() -> Cast:
    organisation = make_place(PlaceKind.ORGANISATION, "Willow Care")
    home = make_place(PlaceKind.HOME, "Willow House", organisation)
    unit = make_place(PlaceKind.UNIT, "Rowan unit", home)
    other_unit = make_place(PlaceKind.UNIT, "Hazel unit", home)
    room7, room8 = make_place(PlaceKind.ROOM, "Room 7", unit), make_place(PlaceKind.ROOM, "Room 8", unit)
    lounge = make_place(PlaceKind.ROOM, "Lounge", unit)
    other_home = make_place(PlaceKind.HOME, "Elm Lodge", make_place(PlaceKind.ORGANISATION, "Elm Care"))
    nia, sam = make_staff("Nia Price"), make_staff("Sam Adeyemi")
    olu, maya = make_staff("Olu Bello", email="olu@example.org", phone="07700900123"), make_staff("Maya Chen")
    stranger = make_staff("Rowan Strange")
    start = NIGHT - timedelta(hours=7)
    make_shift(nia, Role.CARER, unit, starts_at=start)
    make_shift(sam, Role.SENIOR, home, starts_at=start)
    make_shift(olu, Role.ON_CALL, home, starts_at=start)
    make_grant(maya, Role.MANAGER, home)
    make_grant(stranger, Role.MANAGER, other_home)
    ada = make_person("Adaeze", "Okafor", room7, preferred_name="Ada", born_on=date(1942, 2, 3), nhs_number="9990000018")
    lewis = make_person("Gwyn", "Lewis", room8, preferred_name="Mr Lewis", born_on=date(1938, 7, 9))
    return Cast(organisation, home, unit, other_unit, room7, room8, lounge, ada, lewis, nia, sam, olu, maya, stranger, other_home)
