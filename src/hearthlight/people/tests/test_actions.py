from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate

from hearthlight.core import bus
from hearthlight.core.audit import first_broken
from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import actions, queries
from hearthlight.people.models import CircleMember, Consent, Grant, Person, Place, Shift, Staff
from hearthlight.people.tests.factories import make_consent
from hearthlight.people.types import Basis, PlaceKind, Purpose, Role


@pytest.fixture
def by(cast):
    return staff_actor(cast.maya.pk)


@pytest.fixture
def nudges(django_capture_on_commit_callbacks):
    heard = []
    stop = bus.listen(heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        yield heard
    stop()


def _latest():
    return AuditEntry.objects.latest("pk")


def _give(person, by, at, **more):
    fields = {"purpose": Purpose.FALLS, "basis": Basis.OWN, "given_by": "Ada Okafor", "evidence": "form 12, office",
              "review_on": date(2027, 5, 1)}
    return actions.give_consent(person_id=person.pk, by=by, at=at, **{**fields, **more})


def test_it_makes_places_with_a_path_from_the_top(cast, by, at):
    wing = actions.create_place(kind=PlaceKind.UNIT, name=" Oak  unit ", parent_id=cast.home.pk, by=by, at=at)
    room = actions.create_place(kind=PlaceKind.ROOM, name="Room 21", parent_id=wing, by=by, at=at)

    made = Place.objects.get(pk=room)
    assert made.path == f"{cast.home.path}{wing}/{room}/"
    assert made.parent.name == "Oak unit"
    assert _latest().subject == f"place:{room}" and _latest().by == f"staff:{cast.maya.pk}"


def test_it_gives_a_place_its_parents_time_zone(cast, by, at):
    top = actions.create_place(kind=PlaceKind.ORGANISATION, name="Away", timezone="Asia/Tokyo", by=by, at=at)
    home = actions.create_place(kind=PlaceKind.HOME, name="Sakura", parent_id=top, by=by, at=at)

    assert str(queries.timezone_of(Place.objects.get(pk=home).path)) == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("kind", "name", "timezone"),
    [(PlaceKind.ROOM, "Room 7", ""), (PlaceKind.UNIT, "x", ""), (PlaceKind.ROOM, "\u202eroom", ""), (PlaceKind.ROOM, "", ""),
     (PlaceKind.ROOM, "ok", "Mars/Olympus"), (PlaceKind.ROOM, "ok", "../../etc/passwd")],
)
def test_it_refuses_a_place_that_is_not_right(cast, by, at, kind, name, timezone):  # noqa: PLR0917
    with pytest.raises(Refusal):
        actions.create_place(kind=kind, name=name, parent_id=cast.unit.pk, timezone=timezone, by=by, at=at)


def test_it_refuses_two_organisations_of_one_name(cast, by, at):
    with pytest.raises(Refusal, match="already a place"):
        actions.create_place(kind=PlaceKind.ORGANISATION, name="Willow Care", by=by, at=at)


def test_it_admits_a_person(cast, by, at, nudges):
    person = actions.admit_person(
        given_name="Grace", family_name="O'Brien", nhs_number="999 000 0026", born_on=date(1940, 1, 1),
        place_id=cast.lounge.pk, by=by, at=at,
    )

    made = Person.objects.get(pk=person)
    assert (made.shown_name, made.nhs_number) == ("Grace", "9990000026")
    assert _latest().action == "person admitted" and _latest().person_id == person
    assert Change.objects.latest("pk").path == cast.lounge.path


def test_it_writes_no_names_or_values_into_the_audit(cast, by, at):
    actions.change_person(
        person_id=cast.ada.pk, given_name="Adaeze", family_name="Newname", place_id=cast.room7.pk, about="secret",
        born_on=date(1942, 2, 3), preferred_name="Ada", nhs_number="9990000018", by=by, at=at,
    )
    _give(cast.ada, by, at)

    told = "".join(str(entry.detail) for entry in AuditEntry.objects.all())
    assert "family_name" in told
    assert not any(word in told for word in ("Newname", "secret", "9990000018", "Okafor", "form 12"))
    assert first_broken() is None


@pytest.mark.parametrize(
    "wrong",
    [{"given_name": "a" * 10_000}, {"given_name": "\x00"}, {"family_name": "\u202eevil"}, {"about": "x" * 4001},
     {"nhs_number": "9990000018"}, {"nhs_number": "1234567890"}, {"born_on": date(2026, 11, 23)}, {"born_on": date(1890, 1, 1)}],
)
def test_it_refuses_a_person_that_is_not_right_and_writes_nothing(cast, by, at, wrong):
    before = AuditEntry.objects.count(), Person.objects.count()
    fields = {"given_name": "Grace", "family_name": "Obi", "place_id": cast.room8.pk, **wrong}

    with pytest.raises(Refusal):
        actions.admit_person(**fields, by=by, at=at)

    assert (AuditEntry.objects.count(), Person.objects.count()) == before


def test_it_refuses_to_let_someone_live_in_a_unit(cast, by, at):
    with pytest.raises(Refusal, match="lives in a room"):
        actions.admit_person(given_name="Grace", family_name="Obi", place_id=cast.unit.pk, by=by, at=at)


def test_it_tells_both_rooms_when_someone_moves(cast, by, at):
    actions.change_person(
        person_id=cast.ada.pk, given_name="Adaeze", family_name="Okafor", place_id=cast.lounge.pk, by=by, at=at
    )

    assert {c.path for c in Change.objects.filter(kind="person")} == {cast.room7.path, cast.lounge.path}


def test_it_stops_sensing_someone_who_has_moved_out(cast, by, at):
    make_consent(cast.ada, Purpose.FALLS)
    assert len(queries.consents_in_force(at)) == 1

    actions.move_out(person_id=cast.ada.pk, on=at.date(), by=by, at=at)

    assert queries.consents_in_force(at) == []
    assert queries.living_in(cast.room7.pk) is None


def test_it_refuses_to_move_someone_out_ahead_of_time_or_twice(cast, by, at):
    with pytest.raises(Refusal):
        actions.move_out(person_id=cast.ada.pk, on=at.date() + timedelta(days=1), by=by, at=at)
    actions.move_out(person_id=cast.ada.pk, on=at.date(), by=by, at=at)
    with pytest.raises(Refusal):
        actions.move_out(person_id=cast.ada.pk, on=at.date(), by=by, at=at)


def test_it_nudges_the_gate_when_consent_changes(cast, by, at, django_capture_on_commit_callbacks):
    heard = []
    stop = bus.listen(heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        consent = _give(cast.ada, by, at)
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_consent(consent_id=consent, why="She asked", by=by, at=at)
    stop()

    assert heard.count("gate") == 2


def test_it_gives_and_withdraws_consent(cast, by, at):
    consent = _give(cast.ada, by, at, place_id=cast.room7.pk, from_minute=1320, until_minute=360)
    (facts,) = queries.consents_in_force(at)
    assert (facts.place_path, facts.from_minute, facts.until_minute, facts.expires_at) == (cast.room7.path, 1320, 360, None)

    later = at + timedelta(minutes=1)
    actions.withdraw_consent(consent_id=consent, why="She asked us to stop", by=by, at=later)

    assert queries.consents_in_force(later) == []
    kept = Consent.objects.get(pk=consent)
    assert (kept.withdrawn_at, kept.withdrawn_by, kept.withdrawn_why) == (later, str(by), "She asked us to stop")


def test_it_withdraws_only_once_and_only_with_a_reason(cast, by, at):
    consent = _give(cast.ada, by, at)
    with pytest.raises(Refusal):
        actions.withdraw_consent(consent_id=consent, why="  ", by=by, at=at)
    actions.withdraw_consent(consent_id=consent, why="She asked", by=by, at=at)
    with pytest.raises(Refusal, match="already"):
        actions.withdraw_consent(consent_id=consent, why="again", by=by, at=at)


def test_it_reviews_a_consent_without_a_gap(cast, by, at):
    old = _give(cast.ada, by, at)

    new = _give(cast.ada, by, at + timedelta(days=1), replaces=old, review_on=date(2027, 9, 1))

    assert [c.id for c in queries.consents_in_force(at + timedelta(days=1))] == [new]


def test_it_replaces_nobody_elses_consent(cast, by, at):
    other = _give(cast.lewis, by, at)

    with pytest.raises(Refusal):
        _give(cast.ada, by, at, replaces=other)

    assert [c.person_id for c in queries.consents_in_force(at)] == [cast.lewis.pk]


@pytest.mark.parametrize(
    "wrong",
    [{"evidence": " "}, {"given_by": ""}, {"from_minute": 1440}, {"until_minute": -1}, {"review_on": date(2026, 11, 22)},
     {"review_on": date(2028, 11, 22)}, {"evidence": "\x00"}],
)
def test_it_refuses_consent_without_a_full_basis(cast, by, at, wrong):
    with pytest.raises(Refusal):
        _give(cast.ada, by, at, **wrong)
    assert not Consent.objects.exists()


def test_it_flags_a_consent_past_its_review_and_keeps_it_in_force(cast, at):
    make_consent(cast.ada, Purpose.FALLS, review_on=at.date() - timedelta(days=40))
    make_consent(cast.ada, Purpose.ENVIRONMENT, review_on=at.date())

    (due,) = queries.reviews_due(cast.viewer(cast.maya), at)

    assert (due.person_id, due.days_over) == (cast.ada.pk, 40)
    assert len(queries.consents_in_force(at)) == 2
    assert queries.reviews_due(cast.viewer(cast.stranger), at) == []


def test_it_keeps_the_circle(cast, by, at):
    grace = actions.add_to_circle(
        person_id=cast.ada.pk, name="Grace Okafor", relationship="daughter", phone="07700 900456", may_be_told=True,
        by=by, at=at,
    )
    assert [m.name for m in queries.circle(cast.viewer(cast.nia), cast.ada.pk)] == ["Grace Okafor"]

    actions.remove_from_circle(member_id=grace, by=by, at=at)

    assert not CircleMember.objects.exists() and _latest().action == "circle left"


def test_it_lets_staff_of_another_unit_see_only_whom_their_circle_names(cast, by, at):
    outsider = cast.viewer(cast.stranger)
    assert queries.persons(outsider) == []

    actions.add_to_circle(
        person_id=cast.ada.pk, staff_id=cast.stranger.pk, relationship="key nurse", may_see=True, by=by, at=at
    )

    assert [p.id for p in queries.persons(outsider)] == [cast.ada.pk]


# Staff, roles, shifts


def test_it_adds_staff_who_cannot_sign_in_before_they_set_a_password(cast, by, at):
    staff = actions.add_staff(name="Kit Lowe", username="kit", based_at_id=cast.home.pk, by=by, at=at)

    made = Staff.objects.get(pk=staff)
    assert not made.user.has_usable_password()
    assert made in queries.staff(cast.viewer(cast.maya))
    assert made not in queries.staff(cast.viewer(cast.stranger))


@pytest.mark.parametrize(
    "wrong",
    [{"username": "NIA"}, {"username": "a b"}, {"username": ""}, {"name": "\u202e"}, {"email": "no"}, {"phone": "call me"},
     {"username": "a" * 151}, {"username": "x\x00"}],
)
def test_it_refuses_staff_that_are_not_right(cast, by, at, wrong):
    with pytest.raises(Refusal):
        actions.add_staff(**{"name": "Kit Lowe", "username": "kit", **wrong}, by=by, at=at)


def test_it_gives_and_ends_a_role(cast, by, at):
    grant = actions.give_role(staff_id=cast.nia.pk, role=Role.SENIOR, place_id=cast.other_unit.pk, by=by, at=at)
    assert queries.viewer_of(user_id=cast.nia.user_id, at=at).covers(cast.other_unit.path, Role.SENIOR)

    with pytest.raises(Refusal, match="already"):
        actions.give_role(staff_id=cast.nia.pk, role=Role.SENIOR, place_id=cast.other_unit.pk, by=by, at=at)
    actions.end_role(grant_id=grant, by=by, at=at)

    assert not queries.viewer_of(user_id=cast.nia.user_id, at=at).covers(cast.other_unit.path)
    with pytest.raises(Refusal):
        actions.end_role(grant_id=grant, by=by, at=at)


def test_it_shuts_out_staff_who_leave(cast, by, at):
    assert authenticate(username="maya", password="a lamp in the hall")

    actions.leave(staff_id=cast.maya.pk, by=by, at=at)

    assert queries.viewer_of(user_id=cast.maya.user_id, at=at) is None
    assert not authenticate(username="maya", password="a lamp in the hall")
    assert cast.maya.pk not in {s.id for s in queries.staff_on(Role.MANAGER, cast.room7.path, at)}
    with pytest.raises(Refusal):
        actions.put_on_shift(staff_id=cast.maya.pk, role=Role.CARER, place_id=cast.unit.pk, starts_at=at,
                             ends_at=at + timedelta(hours=1), by=by, at=at)


def _on(staff, role, place, at, *, start=0.0, hours=12.0, by):
    starts_at = at + timedelta(hours=start)
    return actions.put_on_shift(
        staff_id=staff.pk, role=role, place_id=place.pk, starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours),
        by=by, at=at,
    )


def test_it_refuses_to_put_someone_on_twice_at_once(cast, by, at):
    with pytest.raises(Refusal, match="Nia Price is already on from Sat 21 Nov 20:12"):
        _on(cast.nia, Role.CARER, cast.other_unit, at, by=by)
    _on(cast.nia, Role.ON_CALL, cast.home, at, by=by)
    _on(cast.nia, Role.CARER, cast.other_unit, at, start=5, by=by)

    assert Shift.objects.filter(staff=cast.nia).count() == 3


def test_it_ends_a_running_shift_now_and_takes_a_coming_one_off(cast, by, at):
    running = Shift.objects.get(staff=cast.nia)
    coming = _on(cast.nia, Role.CARER, cast.unit, at, start=24, by=by)

    actions.end_shift(shift_id=running.pk, by=by, at=at)
    actions.end_shift(shift_id=coming, by=by, at=at)

    assert [(s.pk, s.ends_at) for s in Shift.objects.filter(staff=cast.nia)] == [(running.pk, at)]
    assert queries.viewer_of(user_id=cast.nia.user_id, at=at).scopes == ()
    with pytest.raises(Refusal):
        actions.end_shift(shift_id=running.pk, by=by, at=at)


def test_it_copies_a_week_leaving_out_what_cannot_be(cast, by, at):
    ids = list(Shift.objects.values_list("pk", flat=True))
    first = actions.copy_week(place_path=cast.home.path, shift_ids=ids, by=by, at=at)
    again = actions.copy_week(place_path=cast.home.path, shift_ids=ids, by=by, at=at)
    elsewhere = actions.copy_week(place_path=cast.other_home.path, shift_ids=ids, by=by, at=at)

    assert (first, again, elsewhere) == ((3, 0), (0, 3), (0, 0))
    assert Grant.objects.count() == 2
