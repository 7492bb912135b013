from datetime import timedelta

import pytest
from django.http import Http404

from hearthlight.people import queries
from hearthlight.people.models import Shift
from hearthlight.people.tests.factories import make_consent, make_grant, make_person, make_shift, make_staff
from hearthlight.people.types import PlaceKind, Purpose, Role, Viewer


def _names(found):
    return [f.name for f in found]


def test_it_shows_a_viewer_only_whom_their_roles_cover(cast):
    hazel = make_person("Ivy", "Ash", cast.other_unit)
    elm = make_person("Elsie", "Elm", cast.other_home)

    def seen(staff):
        return {p.id for p in queries.persons(cast.viewer(staff))}

    assert seen(cast.nia) == {cast.ada.pk, cast.lewis.pk}
    assert seen(cast.sam) == {cast.ada.pk, cast.lewis.pk, hazel.pk}
    assert seen(cast.stranger) == {elm.pk}
    assert queries.persons(Viewer(cast.nia.pk, "Nia")) == []


def test_it_hides_a_stranger_as_if_they_did_not_exist(cast):
    make_consent(cast.ada, Purpose.FALLS)
    stranger = cast.viewer(cast.stranger)

    for person_id in (cast.ada.pk, 10**6):
        with pytest.raises(Http404, match="no such person"):
            queries.person(stranger, person_id)
    for place in (cast.home, cast.room7):
        with pytest.raises(Http404):
            queries.place(stranger, place.pk)
    assert queries.consents(stranger, cast.ada.pk) == []
    assert queries.circle(stranger, cast.ada.pk) == []
    with pytest.raises(Http404):
        queries.staff_member(stranger, cast.nia.pk)
    day = timedelta(days=2)
    assert queries.shifts(stranger, since=Shift.objects.earliest("pk").starts_at - day, until=_far()) == []


def _far():
    return Shift.objects.earliest("pk").starts_at + timedelta(days=2)


def test_it_does_not_take_place_12_to_be_inside_place_1(cast):
    viewer = Viewer(1, "x", cast.viewer(cast.nia).scopes)

    assert not viewer.covers(cast.unit.path.rstrip("/") + "2/")


@pytest.mark.parametrize("search", ["ada", "OKAFOR", "room 7", "ada oka", "\x00ada"])
def test_it_finds_a_person_by_name_or_room(cast, search):
    assert [p.id for p in queries.persons(cast.viewer(cast.nia), search)] == [cast.ada.pk]


@pytest.mark.parametrize("search", ["<script>", "%", "_", "' OR 1=1 --", "x" * 10_000, "\u202e", "👵🏾"])
def test_it_finds_nobody_by_nonsense(cast, search):
    assert queries.persons(cast.viewer(cast.nia), search) == []


def test_it_says_what_others_need_of_a_person(cast):
    facts = queries.person_facts(cast.ada.pk)

    assert (facts.preferred_name, facts.full_name) == ("Ada", "Adaeze Okafor")
    assert (facts.place_name, facts.unit_name, facts.place_path) == ("Room 7", "Rowan unit", cast.room7.path)
    assert queries.person_facts_of([cast.ada.pk, 99999]) == {cast.ada.pk: facts}


def test_it_says_who_lives_in_a_room_only_when_it_is_one_person(cast):
    assert queries.living_in(cast.room7.pk) == cast.ada.pk
    assert queries.living_in(cast.lounge.pk) is None

    make_person("Obi", "Okafor", cast.room7)

    assert queries.living_in(cast.room7.pk) is None


def test_it_lists_places_with_what_they_are_in_and_nothing_beside(cast):
    seen = [p.name for p in queries.places(cast.viewer(cast.nia))]

    assert seen == ["Willow Care", "Willow House", "Rowan unit", "Room 7", "Room 8", "Lounge"]
    assert [p.name for p in queries.places(cast.viewer(cast.nia), PlaceKind.ROOM)] == ["Room 7", "Room 8", "Lounge"]
    assert queries.home_of(cast.room7.path).name == "Willow House"
    assert queries.home_of(cast.organisation.path).name == "Willow Care"
    assert str(queries.timezone_of(cast.room7.path)) == "Europe/London"


def test_it_knows_who_is_on(cast, at):
    def on(role, place, when=at):
        return _names(queries.staff_on(role, place.path, when))

    assert on(Role.CARER, cast.room7) == ["Nia Price"]
    assert on(Role.CARER, cast.other_unit) == []
    assert on(Role.SENIOR, cast.other_unit) == ["Sam Adeyemi"]
    assert on(Role.ON_CALL, cast.room7) == ["Olu Bello"]
    assert on(Role.MANAGER, cast.room7) == ["Maya Chen"], "a manager answers by standing role"
    assert on(None, cast.room7) == ["Nia Price", "Sam Adeyemi", "Olu Bello"]
    assert on(None, cast.room7, at + timedelta(hours=6)) == []
    assert on(None, cast.other_home) == []


def test_it_does_not_call_a_senior_by_grant_who_is_not_on_shift(cast, at):
    make_grant(make_staff("Tess Off"), Role.SENIOR, cast.home)

    assert _names(queries.staff_on(Role.SENIOR, cast.room7.path, at)) == ["Sam Adeyemi"]


def test_it_tells_everybody_in_the_home_once(cast, at):
    make_shift(make_staff("Hal Hazel"), Role.CARER, cast.other_unit, starts_at=at - timedelta(hours=1))
    make_grant(cast.sam, Role.MANAGER, cast.home)

    told = queries.everybody(cast.room7.path, at)

    assert _names(told) == ["Nia Price", "Sam Adeyemi", "Olu Bello", "Maya Chen", "Hal Hazel"]
    assert told[1].role is Role.MANAGER


def test_it_counts_a_shift_from_its_first_instant_and_not_its_last(cast, at):
    shift = Shift.objects.get(staff=cast.nia)

    def is_on(when):
        return "Nia Price" in _names(queries.staff_on(Role.CARER, cast.room7.path, when))

    assert is_on(shift.starts_at) and is_on(shift.ends_at - timedelta(microseconds=1))
    assert not is_on(shift.starts_at - timedelta(microseconds=1)) and not is_on(shift.ends_at)


def test_it_makes_a_viewer_of_grants_and_shifts(cast, at):
    for staff in (cast.nia, cast.sam, cast.olu, cast.maya, cast.stranger):
        assert queries.viewer_of(user_id=staff.user_id, at=at) == cast.viewer(staff)
    assert queries.viewer_of(user_id=10**6, at=at) is None
    assert queries.viewer_of(user_id=cast.nia.user_id, at=at + timedelta(hours=6)).scopes == ()


def test_it_looks_staff_up_by_id_without_guessing_their_role(cast):
    facts = queries.staff_facts([cast.olu.pk, 10**6])

    assert list(facts) == [cast.olu.pk]
    assert (facts[cast.olu.pk].email, facts[cast.olu.pk].role) == ("olu@example.org", None)


def test_it_says_what_is_watched_of_each_person_now_and_at_some_hour(cast, at):
    make_consent(cast.ada, Purpose.FALLS, from_minute=22 * 60, until_minute=6 * 60)
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT, from_minute=8 * 60, until_minute=20 * 60)
    make_consent(cast.ada, Purpose.ENVIRONMENT, place=cast.lounge)

    told = queries.watched(queries.persons(cast.viewer(cast.nia)), at)

    assert told[cast.ada.pk].now == {Purpose.FALLS}
    assert told[cast.ada.pk].ever == {Purpose.FALLS, Purpose.ROOM_MOVEMENT}
    assert told[cast.lewis.pk].ever == frozenset()


def test_it_gives_every_duty_that_touches_a_span(cast, at):
    home, told = queries.duties(cast.room7.path, at, at + timedelta(hours=1))

    assert home == cast.home.path
    assert {(duty.staff_id, duty.role) for duty in told} == {
        (cast.nia.pk, Role.CARER), (cast.sam.pk, Role.SENIOR), (cast.olu.pk, Role.ON_CALL), (cast.maya.pk, Role.MANAGER)
    }  # fmt: skip
