import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from hearthlight.core import clock
from hearthlight.core.types import system
from hearthlight.people import actions as people
from hearthlight.people import queries
from hearthlight.people.models import CircleMember
from hearthlight.people.tests.factories import make_person, make_place
from hearthlight.people.types import PlaceKind, Role, Scope, Viewer
from hearthlight.record import access
from hearthlight.record.smart import actions
from hearthlight.record.smart.tests.factories import make_app, make_glass, make_permit, make_token
from hearthlight.record.smart.types import AppKind
from hearthlight.record.types import Section, Verb

TESTS = system("tests")


def viewer_of_session(key):
    """What the site says of a session, without its second factors."""
    user_id = SessionStore(key).get(SESSION_KEY)
    return queries.viewer_of(user_id=int(user_id), at=clock.now()) if user_id else None


class Asking:
    def __init__(self, *, token="", cookie="", method="GET", **headers):
        self.method = method
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            self.headers["authorization"] = f"Bearer {token}"
        self.cookies = {"sessionid": cookie} if cookie else {}


@pytest.fixture
def door():
    return access.Door(viewer_of_session=viewer_of_session)


def patient(person):
    return f"person-{person.pk}"


def viewer_now(staff, at):
    return queries.viewer_of(user_id=staff.user_id, at=at)


def test_it_gives_a_carer_the_people_of_their_unit_and_no_others(cast, at):
    bron = make_person("Bronwen", "Hughes", cast.other_unit)

    found = access.of_viewer(cast.viewer(cast.nia), at=at)

    assert found.people == {patient(cast.ada), patient(cast.lewis)}
    assert not found.may_see(patient(bron))
    assert found.sections == frozenset() and found.outside == frozenset()
    assert str(found.by) == f"staff:{cast.nia.pk}"


def test_it_gives_a_stranger_nobody_of_another_home(cast, at):
    found = access.of_viewer(cast.viewer(cast.stranger), at=at)

    assert found.people == frozenset()


def test_it_gives_somebody_off_shift_nothing(cast, at):
    CircleMember.objects.create(person=cast.ada, staff=cast.nia, relationship="key worker", may_see=True)
    make_glass(cast.nia, cast.lewis)

    found = access.of_viewer(Viewer(cast.nia.pk, "Nia"), at=at)

    assert found.people == frozenset()
    assert not found.may("Patient", Verb.READ)


def test_it_lets_a_circle_be_read_and_not_written_and_opens_nothing_guarded(cast, at):
    elsewhere = make_person("Bronwen", "Hughes", cast.other_home)
    CircleMember.objects.create(person=elsewhere, staff=cast.sam, relationship="nephew", may_see=True)

    found = access.of_viewer(cast.viewer(cast.sam), at=at)

    assert found.may_see(patient(elsewhere)) and not found.may_write_about(patient(elsewhere))
    assert not found.may_open(Section.SAFEGUARDING, patient(elsewhere))
    assert found.may_open(Section.SAFEGUARDING, patient(cast.ada)) and found.may_write_about(patient(cast.ada))


def test_it_opens_somebody_elses_person_for_an_hour_after_breaking_the_glass(cast, at):
    bron = make_person("Bronwen", "Hughes", cast.other_unit)
    make_glass(cast.nia, bron, at=at)

    during = access.of_viewer(cast.viewer(cast.nia), at=at + timedelta(minutes=59))
    after = access.of_viewer(cast.viewer(cast.nia), at=at + timedelta(hours=1))

    assert during.may_see(patient(bron)) and not during.may_write_about(patient(bron))
    assert "stairs" in during.why
    assert not after.may_see(patient(bron)) and after.why == ""


def test_it_gives_a_token_no_more_than_the_user_has_at_that_moment(cast, at):
    app = make_app(cast.home)
    token = make_token(make_permit(app, staff=cast.nia, scopes=["user/*.cruds"]), minutes=24 * 60)
    door = access.Door(viewer_of_session=viewer_of_session)

    on_shift = door.of_request(Asking(token=token), at=at)
    off_shift = door.of_request(Asking(token=token), at=at + timedelta(hours=6))

    assert on_shift.people == {patient(cast.ada), patient(cast.lewis)}
    assert on_shift.may("Observation", Verb.CREATE) and not on_shift.may("Condition", Verb.DELETE)
    assert on_shift.app == str(app.app_id)
    assert off_shift.people == frozenset() and not off_shift.may("Patient", Verb.READ)


def test_it_keeps_a_token_for_one_person_to_that_person(cast, at, door):
    token = make_token(make_permit(make_app(cast.home), staff=cast.nia, person=cast.ada))

    found = door.of_request(Asking(token=token), at=at)

    assert found.people == {patient(cast.ada)}
    assert found.may("Observation", Verb.READ) and not found.may("Observation", Verb.CREATE)


def test_it_shows_an_app_only_people_of_the_place_it_was_let_in_for(cast, at, door):
    make_person("Bronwen", "Hughes", cast.other_unit)
    token = make_token(make_permit(make_app(cast.other_unit), staff=cast.maya, scopes=["user/*.rs"]))

    found = door.of_request(Asking(token=token), at=at)

    assert patient(cast.ada) not in found.people and len(found.people) == 1


def test_it_opens_guarded_parts_through_an_app_only_where_both_may(cast, at, door):
    plain = make_permit(make_app(cast.home), staff=cast.sam, scopes=["user/*.rs"])
    trusted = make_app(cast.home, sections=[Section.SAFEGUARDING])
    by_senior = make_permit(trusted, staff=cast.sam, scopes=["user/*.rs"])
    by_carer = make_permit(trusted, staff=cast.nia, scopes=["user/*.rs"])

    opened = [door.of_request(Asking(token=make_token(one)), at=at).sections for one in (plain, by_senior, by_carer)]

    assert opened == [frozenset(), {Section.SAFEGUARDING}, frozenset()]


def test_it_gives_a_service_the_people_of_its_place_by_system_scopes_only(cast, at, door):
    app = make_app(cast.unit, AppKind.BACKEND)
    token = make_token(make_permit(app, scopes=["system/Observation.rs"]))

    found = door.of_request(Asking(token=token), at=at)

    assert found.people == {patient(cast.ada), patient(cast.lewis)}
    assert found.may("Observation", Verb.SEARCH)
    assert not found.may("Patient", Verb.READ) and not found.may("Observation", Verb.CREATE)
    assert str(found.by) == f"app:{app.app_id}"


def test_it_refuses_tokens_that_are_unknown_over_spent_or_for_refreshing(cast, at, door):
    permit = make_permit(make_app(cast.home), staff=cast.nia)
    over, refresh = make_token(permit, minutes=-1), make_token(permit, is_refresh=True)
    ended = make_token(make_permit(make_app(cast.home), staff=cast.nia, ended_at=at))

    for token in ("nonsense", over, refresh, ended):
        with pytest.raises(access.NotSignedIn):
            door.of_request(Asking(token=token), at=at)


def test_it_shuts_a_suspended_app_out_at_its_very_next_request(cast, at, django_capture_on_commit_callbacks):
    door = access.Door(viewer_of_session=viewer_of_session)
    app = make_app(cast.home)
    token = make_token(make_permit(app, staff=cast.nia))
    door.of_request(Asking(token=token), at=at)

    with django_capture_on_commit_callbacks(execute=True):
        actions.suspend(app_id=app.app_id, by=TESTS, at=at)

    assert door.known(Asking(token=token), at=at) is None
    with pytest.raises(access.NotSignedIn):
        door.of_request(Asking(token=token), at=at)


def test_it_remembers_an_answer_for_a_moment_only(cast, at, door):
    asking = Asking(token=make_token(make_permit(make_app(cast.home), staff=cast.nia)))
    first = door.of_request(asking, at=at)

    assert door.known(asking, at=at + access.REMEMBERED_FOR / 2) is first
    assert door.known(asking, at=at + access.REMEMBERED_FOR) is None
    assert door.known(Asking(token="another"), at=at) is None


def test_it_forgets_when_somebody_moves(cast, at, door, django_capture_on_commit_callbacks):
    asking = Asking(token=make_token(make_permit(make_app(cast.home), staff=cast.nia, scopes=["user/*.rs"])))
    room = make_place(PlaceKind.ROOM, "Room 20", cast.other_unit)
    assert patient(cast.ada) in door.of_request(asking, at=at).people

    with django_capture_on_commit_callbacks(execute=True):
        people.change_person(
            person_id=cast.ada.pk, given_name="Adaeze", family_name="Okafor", place_id=room.pk, by=TESTS, at=at
        )

    assert patient(cast.ada) not in door.of_request(asking, at=at).people


def test_it_knows_staff_by_their_session_and_a_stranger_by_none(cast, at, door, client):
    client.force_login(cast.nia.user)

    found = door.of_request(Asking(cookie=client.cookies["sessionid"].value), at=at)

    assert str(found.by) == f"staff:{cast.nia.pk}" and found.app == ""
    for asking in (Asking(), Asking(cookie="nonsense"), Asking(authorization="Basic x"), Asking(authorization="Bearer ")):
        with pytest.raises(access.NotSignedIn):
            door.of_request(asking, at=at)


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({}, False),
        ({"origin": "https://evil.example", "host": "willow.example"}, False),
        ({"origin": "null", "host": "willow.example"}, False),
        ({"origin": "https://willow.example", "host": "willow.example"}, True),
    ],
)
def test_it_takes_a_change_by_cookie_only_from_our_own_pages(cast, door, client, headers, is_taken):
    client.force_login(cast.nia.user)
    at = clock.now()
    asking = Asking(cookie=client.cookies["sessionid"].value, method="POST", **headers)

    if is_taken:
        assert door.of_request(asking, at=at).people
    else:
        with pytest.raises(access.NotSignedIn):
            door.of_request(asking, at=at)


def test_it_lets_a_closed_accounts_token_do_nothing(cast, at, door):
    token = make_token(make_permit(make_app(cast.home), staff=cast.nia))
    people.leave(staff_id=cast.nia.pk, by=TESTS, at=at)

    with pytest.raises(access.NotSignedIn):
        door.of_request(Asking(token=token), at=at)


def test_it_gives_an_administrator_people_but_no_guarded_part(cast, at):
    viewer = Viewer(cast.maya.pk, "Maya", (Scope(Role.ADMINISTRATOR, cast.home.path),))

    found = access.of_viewer(viewer, at=at)

    assert found.may_see(patient(cast.ada)) and found.sections == frozenset()


def test_it_says_again_what_whoever_asked_for_something_lasting_may_do_now(cast, at):
    app, service = make_app(cast.home), make_app(cast.unit, AppKind.BACKEND)
    make_token(make_permit(app, staff=cast.nia, person=cast.ada))

    assert access.again(f"staff:{cast.nia.pk}", "", at).people == {patient(cast.ada), patient(cast.lewis)}
    assert access.again(f"staff:{cast.nia.pk}", str(app.app_id), at).people == {patient(cast.ada)}
    assert access.again(f"app:{service.app_id}", str(service.app_id), at).may("Observation", Verb.READ)


def test_it_says_no_again_once_it_was_taken_back(cast, at):
    app, service = make_app(cast.home), make_app(cast.unit, AppKind.BACKEND)
    permit = make_permit(app, staff=cast.nia)
    make_token(permit)
    actions.end_permit(permit_id=permit.pk, by=TESTS, at=at)
    actions.suspend(app_id=service.app_id, by=TESTS, at=at)
    people.leave(staff_id=cast.sam.pk, by=TESTS, at=at)

    for by, through in (
        (f"staff:{cast.nia.pk}", str(app.app_id)), (f"app:{service.app_id}", str(service.app_id)), (f"app:{app.app_id}", str(app.app_id)),
        (f"staff:{cast.sam.pk}", ""), ("staff:999999", ""), ("system:pump", ""), ("staff:x", ""), ("", ""), (f"staff:{cast.nia.pk}", "x"),
    ):  # fmt: skip
        with pytest.raises(access.NotSignedIn):
            access.again(by, through, at)


def test_it_loads_no_library_of_tokens_at_the_start():
    """The process starts in a second; what only apps need is loaded with the first page."""
    asked = "import django; django.setup(); import hearthlight.runtime.process, sys; print([one for one in ('oauthlib', 'jwcrypto') if one in sys.modules])"

    told = subprocess.run([sys.executable, "-c", asked], env=os.environ | {"DJANGO_SETTINGS_MODULE": "hearthlight.runtime.django_settings"}, capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
