"""The reads the people room offers. What a person will see is scoped by the viewer; what the machine needs to route
and gate (`staff_on`, `consents_in_force`, `living_in` …) is asked by place or by time, and never shown as it is."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthlight.core.prepared import Given, Read
from hearthlight.people import rules
from hearthlight.people.agreed import (
    circle,
    circle_member,
    consent,
    consents,
    consents_in_force,
    reviews_due,
    watched,
)
from hearthlight.people.models import Grant, Person, Place, Shift, Staff
from hearthlight.people.types import (
    Duty,
    PersonFacts,
    PlaceFacts,
    PlaceKind,
    Role,
    Scope,
    ShiftFacts,
    StaffFacts,
    Viewer,
)

__all__ = [
    "authority", "born_on", "circle", "circle_member", "consent", "consent_covers", "consents", "consents_in_force",
    "duties", "everybody", "grant", "grants", "home_of", "living_in", "living_under", "minute_of_day",
    "named_elsewhere", "person", "person_facts", "person_facts_of", "persons", "photo", "place", "place_at",
    "place_facts", "places", "reach", "reviews_due", "roles_held", "shift", "shifts", "staff", "staff_facts",
    "staff_member", "staff_on", "timezone_of", "timezones_of", "viewer_of", "watched",
]  # fmt: skip

STANDING = (Role.ON_CALL, Role.MANAGER)  # roles reached by grant as well as by shift: they answer from home
consent_covers, minute_of_day = rules.consent_covers, rules.minute_of_day  # offered to the gate, which asks per message
LONGEST_SEARCH = 80  # characters, as the name columns


def viewer_of(*, user_id: int, at: datetime) -> Viewer | None:
    """The staff member behind a user account, with every role they hold at `at`; None for anyone who is not staff
    or has left."""
    staff = Staff.objects.filter(user_id=user_id, user__is_active=True, left_at__isnull=True).first()
    if staff is None:
        return None
    scopes = {Scope(role, path) for role, path in roles_held(staff_id=staff.pk, at=at)}
    return Viewer(staff_id=staff.pk, name=staff.name, scopes=tuple(sorted(scopes, key=lambda s: (s.path, s.role))))


def roles_held(*, staff_id: int, at: datetime) -> list[tuple[Role, str]]:
    """Every role this member of staff holds at `at`, by grant or shift, with the path it is held over."""
    granted = _lasting(Grant.objects.filter(staff_id=staff_id), at).values_list("role", "place__path")
    on_shift = _running(Shift.objects.filter(staff_id=staff_id), at).values_list("role", "place__path")
    return [(Role(role), path) for role, path in [*granted, *on_shift]]


def authority(*, staff_id: int, at: datetime) -> list[tuple[Role, str]]:
    """Every role this member of staff holds now or will hold on a coming shift."""
    grants = Grant.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), staff_id=staff_id)
    coming = Shift.objects.filter(staff_id=staff_id, ends_at__gt=at)
    rows = [*grants.values_list("role", "place__path"), *coming.values_list("role", "place__path")]
    return [(Role(role), path) for role, path in rows]


def _lasting(grants: QuerySet[Grant], at: datetime) -> QuerySet[Grant]:
    return grants.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), starts_at__lte=at)


def _running(shifts: QuerySet[Shift], at: datetime) -> QuerySet[Shift]:
    return shifts.filter(starts_at__lte=at, ends_at__gt=at)


# Persons


def persons(viewer: Viewer, search: str = "", *, within: str = "/", gone: bool = False) -> list[PersonFacts]:
    """People the viewer may see who live here now (or, `gone`, who have moved out), by place, whose name or room
    contains each word of `search`, under the place path `within`."""
    found = Person.objects.visible_to(viewer).filter(place__path__startswith=within, moved_out_on__isnull=not gone)
    for word in search.replace("\x00", "")[:LONGEST_SEARCH].split():
        found = found.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(preferred_name__icontains=word)
            | Q(place__name__icontains=word)
        )
    return _facts(found)


def reach(viewer: Viewer) -> tuple[frozenset[int], frozenset[int]]:
    """The ids of everybody the viewer may see, moved out or not; and of these the ones who live outside their roles,
    seen only by a circle or in an emergency."""
    seen = frozenset(Person.objects.visible_to(viewer).values_list("pk", flat=True))
    inside = frozenset(Person.objects.living_in_scope(viewer).values_list("pk", flat=True))
    return seen, seen - inside


def living_under(path: str) -> frozenset[int]:
    """The ids of everybody who lives, or lived last, at the place with this path or inside it."""
    return frozenset(Person.objects.filter(place__path__startswith=path).values_list("pk", flat=True))


def named_elsewhere(
    viewer: Viewer, *, nhs_number: str = "", family_name: str = "", born_on: date | None = None
) -> PersonFacts | None:
    """The one person in the viewer's own organisation who has this NHS number, or this family name and date of birth:
    for somebody who must open a record that is not theirs, and knows whom they have before them. Never a list."""
    tops = {top for scope in viewer.scopes for top in rules.ancestors(scope.path)[:1]}
    found = Person.objects.filter(_starting_with("place__path", tops))
    if nhs_number:
        found = found.filter(nhs_number=nhs_number)
    elif family_name and born_on:
        found = found.filter(family_name__iexact=family_name, born_on=born_on)
    else:
        return None
    facts = _facts(found[:2])
    return facts[0] if len(facts) == 1 else None


def nhs_number_of(text: str) -> str:
    """The ten digits of an NHS number; empty when left empty. Refusal when it cannot be one."""
    return rules.clean_nhs_number(text) or ""


def with_nhs_number(viewer: Viewer, number: str) -> int | None:
    """The id of the person with this NHS number, of those the viewer may see."""
    return Person.objects.visible_to(viewer).filter(nhs_number=number).values_list("pk", flat=True).first()


def _starting_with(field: str, paths: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{field}__startswith": path})
    return found


def person(viewer: Viewer, person_id: int) -> Person:
    """The person, or Http404 for one who does not exist or whom this viewer may not see: the two look the same."""
    found = _without_photo(Person.objects.visible_to(viewer)).filter(pk=person_id).first()
    if found is None:
        raise Http404("no such person")
    return found


def person_facts(person_id: int) -> PersonFacts:
    found = _facts(Person.objects.filter(pk=person_id))
    if not found:
        raise Http404("no such person")
    return found[0]


def person_facts_of(person_ids: Iterable[int]) -> dict[int, PersonFacts]:
    return {facts.id: facts for facts in _facts(Person.objects.filter(pk__in=set(person_ids)))}


def living_in(place_id: int) -> int | None:
    """The one person living in this room; None when nobody or several do, for then a sensor cannot say who."""
    ids = Person.objects.living_here().filter(place_id=place_id).values_list("pk", flat=True)[:2]
    return ids[0] if len(ids) == 1 else None


def photo(viewer: Viewer, person_id: int) -> tuple[bytes, str]:
    """The person's photo, as JPEG, and its version."""
    row = Person.objects.visible_to(viewer).filter(pk=person_id).exclude(photo_digest="").first()
    if row is None or row.photo is None:
        raise Http404("no photo")
    return bytes(row.photo), row.photo_digest


def _without_photo(found: QuerySet[Person]) -> QuerySet[Person]:
    return found.select_related("place", "place__parent").defer("photo")


def _facts(found: QuerySet[Person]) -> list[PersonFacts]:
    return [
        PersonFacts(
            id=row.pk, preferred_name=row.shown_name, full_name=f"{row.given_name} {row.family_name}",
            place_id=row.place_id, place_path=row.place.path, place_name=row.place.name,
            unit_name=row.place.parent.name if row.place.parent and row.place.parent.kind == PlaceKind.UNIT else "",
            photo_digest=row.photo_digest,
        )
        for row in _without_photo(found)
    ]  # fmt: skip


# Places


def places(viewer: Viewer, kind: PlaceKind | None = None) -> list[PlaceFacts]:
    """Places the viewer's roles cover and what those are in, top down."""
    found = Place.objects.visible_to(viewer)
    return [_place(row) for row in (found.filter(kind=kind) if kind else found)]


def place(viewer: Viewer, place_id: int) -> Place:
    found = Place.objects.visible_to(viewer).filter(pk=place_id).first()
    if found is None:
        raise Http404("no such place")
    return found


def place_facts(place_id: int) -> PlaceFacts:
    found = Place.objects.filter(pk=place_id).first()
    if found is None:
        raise Http404("no such place")
    return _place(found)


def place_at(path: str) -> PlaceFacts:
    """The place whose path this is."""
    return _place(Place.objects.get(path=path))


def home_of(path: str) -> PlaceFacts:
    """The home a place is in; the organisation, for a path above any home."""
    return _place(_homes_above(paths=rules.ancestors(path))[0])


_homes_above = Read(
    lambda: Place.objects.filter(
        path__in=[Given("paths")], kind__in=(PlaceKind.HOME, PlaceKind.ORGANISATION)
    ).order_by("-path")[:1]
)


def timezone_of(path: str) -> ZoneInfo:
    """The zone of the clock on the wall there."""
    return ZoneInfo(home_of(path).timezone)


def timezones_of(paths: Iterable[str]) -> dict[str, ZoneInfo]:
    """The same for many places in one question: each place keeps its home's zone, given when it was made."""
    wanted = set(paths)
    zones = dict(Place.objects.values_list("path", "timezone"))
    return {path: ZoneInfo(zones[path]) for path in wanted if path in zones}


def _place(row: Place) -> PlaceFacts:
    return PlaceFacts(id=row.pk, name=row.name, kind=PlaceKind(row.kind), path=row.path, timezone=row.timezone)


# Staff and shifts


def staff(viewer: Viewer) -> list[Staff]:
    """Colleagues who still work here."""
    return list(Staff.objects.visible_to(viewer).filter(left_at__isnull=True).select_related("user", "based_at"))


def staff_member(viewer: Viewer, staff_id: int) -> Staff:
    found = Staff.objects.visible_to(viewer).select_related("user", "based_at").filter(pk=staff_id).first()
    if found is None:
        raise Http404("no such member of staff")
    return found


def grants(viewer: Viewer, at: datetime) -> list[Grant]:
    """Standing roles held at `at` by the viewer's colleagues."""
    found = _lasting(Grant.objects.filter(staff__in=Staff.objects.visible_to(viewer).values("pk")), at)
    return list(found.select_related("staff", "place").order_by("place__path", "role"))


def grant(viewer: Viewer, grant_id: int, at: datetime) -> Grant:
    for held in grants(viewer, at):
        if held.pk == grant_id:
            return held
    raise Http404("no such role")


def shift(viewer: Viewer, shift_id: int) -> ShiftFacts:
    found = Shift.objects.visible_to(viewer).filter(pk=shift_id).select_related("staff", "place").first()
    if found is None:
        raise Http404("no such shift")
    return _shift(found)


def staff_on(role: Role | None, path: str, at: datetime) -> list[StaffFacts]:
    """Who answers for the place at `path` at `at`, as `role` (any, if None): those on shift there or above, and for
    ON_CALL and MANAGER those who hold the role by grant."""
    here = Q(place__path__in=rules.ancestors(path), staff__left_at__isnull=True)
    shifts = _running(Shift.objects.filter(here), at)
    if role is not None:
        shifts = shifts.filter(role=role)
    standing = _lasting(Grant.objects.filter(here, role=role), at) if role in STANDING else Grant.objects.none()
    return _each_once([*shifts.select_related("staff__user"), *standing.select_related("staff__user")])


def everybody(path: str, at: datetime) -> list[StaffFacts]:
    """Everyone on shift anywhere in the same home or above it, and the home's managers."""
    home = home_of(path).path
    here = Q(place__path__startswith=home) | Q(place__path__in=rules.ancestors(home))
    working = Q(staff__left_at__isnull=True)
    shifts = _running(Shift.objects.filter(here, working), at).select_related("staff__user")
    managers = _lasting(Grant.objects.filter(here, working, role__in=STANDING), at).select_related("staff__user")
    return _each_once([*shifts, *managers])


def duties(path: str, since: datetime, until: datetime) -> tuple[str, list[Duty]]:
    """The path of the home around `path`, and everyone who answers for any part of it at some time in the span: what
    `staff_on` and `everybody` choose from, in two reads, for those who must decide about several moments at once."""
    home = home_of(path).path
    span = {"home": home, "above": rules.ancestors(home), "since": since, "until": until}
    rows = [*_shifts_of_home(**span), *_grants_of_home(**span)]
    return home, [Duty(staff_id, Role(role), *rest) for staff_id, role, *rest in rows]


_of_home = Q(place__path__startswith=Given("home")) | Q(place__path__in=[Given("above")])
_working = Q(staff__left_at__isnull=True, starts_at__lte=Given("until"))
_still = Q(ends_at__gt=Given("since"))
_duty = ("staff_id", "role", "place__path", "starts_at", "ends_at")
_shifts_of_home = Read(lambda: Shift.objects.filter(_of_home, _working, _still).order_by("staff_id").values_list(*_duty))
_grants_of_home = Read(
    lambda: Grant.objects.filter(_of_home, _working, _still | Q(ends_at__isnull=True), role__in=STANDING)
    .order_by("staff_id")
    .values_list(*_duty)
)


def _each_once(held: Sequence[Shift | Grant]) -> list[StaffFacts]:
    """One line each, under the highest of their roles, in order of staff id so that telling is repeatable."""
    lowest_first = sorted(held, key=lambda row: rules.RANK[Role(row.role)])
    best = {row.staff_id: _staff(row.staff, Role(row.role)) for row in lowest_first}
    return [best[staff_id] for staff_id in sorted(best)]


def staff_facts(ids: Iterable[int]) -> dict[int, StaffFacts]:
    return {row.pk: _staff(row, None) for row in _staff_with_user(ids=set(ids))}


_staff_with_user = Read(
    lambda: Staff.objects.filter(pk__in=[Given("ids")]).select_related("user").only("name", "phone", "user__email")
)


def _staff(row: Staff, role: Role | None) -> StaffFacts:
    return StaffFacts(
        id=row.pk, user_id=row.user_id, name=row.name, role=role, email=row.user.email, phone=row.phone
    )


def shifts(viewer: Viewer, *, since: datetime, until: datetime, within: str = "/") -> list[ShiftFacts]:
    """Shifts touching the span, at places under `within` or above it (a home's senior is every unit's senior)."""
    found = Shift.objects.visible_to(viewer).filter(
        Q(place__path__startswith=within) | Q(place__path__in=rules.ancestors(within)),
        starts_at__lt=until, ends_at__gt=since,
    ).select_related("staff", "place")  # fmt: skip
    return [_shift(row) for row in found.order_by("starts_at", "staff__name")]


def _shift(row: Shift) -> ShiftFacts:
    return ShiftFacts(
        id=row.pk, staff_id=row.staff_id, staff_name=row.staff.name, role=Role(row.role), place_id=row.place_id,
        place_path=row.place.path, place_name=row.place.name, starts_at=row.starts_at, ends_at=row.ends_at,
    )  # fmt: skip


def born_on(person_id: int) -> date | None:
    """For rooms whose rules depend on age. None: not known."""
    return Person.objects.values_list("born_on", flat=True).get(pk=person_id)
