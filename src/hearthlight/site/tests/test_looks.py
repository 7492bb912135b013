"""Who looked: also by way of the record's API, by apps, and in an emergency."""

from datetime import timedelta

import pytest

from hearthlight.core.types import Actor, staff_actor
from hearthlight.people.tests.factories import make_person
from hearthlight.record import looks
from hearthlight.record.looks import Look
from hearthlight.record.smart import glass
from hearthlight.record.smart.tests.factories import make_app, make_glass
from hearthlight.record.types import Access


def reading(by, **given):
    return Access(by=by, people=None, may=lambda *_: True, **given)


def opened(client, staff, path):
    client.force_login(staff.user)
    return client.get(path)


@pytest.fixture
def looked(cast, at):
    """An app of Sam's read Ada, a service searched Ada and Mr Lewis, Nia broke the glass."""
    app = make_app(cast.home, label="Surgery").app_id
    ada, lewis = f"person-{cast.ada.pk}", f"person-{cast.lewis.pk}"
    looks.note([
        Look(reading(staff_actor(cast.sam.pk), app=str(app)), looks.READ, "Observation/secret-id", [ada], at),
        Look(reading(Actor("app", str(app)), app=str(app)), looks.SEARCHED, "Condition?code", [ada, lewis], at),
    ])
    cast.ada.place = cast.other_unit
    cast.ada.nhs_number = "9990000026"
    cast.ada.save()
    glass.break_glass(viewer=cast.viewer(cast.nia), why="found on the stairs outside", nhs_number="9990000026", at=at)


def test_it_shows_managers_reads_by_apps_searches_and_broken_glass(client, cast, looked):
    page = opened(client, cast.maya, "/audit/").content.decode().partition('class="events"')[2]

    assert "read the record: Observation" in page and "through Surgery" in page and "secret-id" not in page
    assert "<bdi>Surgery</bdi></strong> <bdi>searched the record: Condition" in page
    assert "opened the record in an emergency" in page


def test_it_finds_the_searches_that_showed_one_person_among_others(client, cast, looked):
    page = opened(client, cast.maya, f"/audit/?person={cast.lewis.pk}").content.decode().partition('class="events"')[2]

    assert "searched the record" in page and "read the record" not in page


def test_it_gives_a_person_everyone_who_looked_to_keep(client, cast, looked):
    page = opened(client, cast.maya, f"/people/{cast.ada.pk}/looked/").content.decode()

    for words in ("Sam Adeyemi", "read the record: Observation", "through Surgery", "searched the record: Condition", "in an emergency"):
        assert words in page
    assert "Mr Lewis" not in page


def test_it_counts_reading_that_list_as_a_look(client, cast, at):
    opened(client, cast.maya, f"/people/{cast.ada.pk}/looked/")

    assert "looked at the list of who looked" in client.get(f"/people/{cast.ada.pk}/looked/").content.decode()


def test_it_shows_a_stranger_nobodys_list(client, cast):
    assert opened(client, cast.stranger, f"/people/{cast.ada.pk}/looked/").status_code == 404
    client.logout()
    assert client.get(f"/people/{cast.ada.pk}/looked/").status_code == 302


def test_it_tells_managers_on_the_board_until_one_looked_into_it(client, cast, at):
    broken = make_glass(cast.nia, cast.ada)
    assert "opened in an emergency" in opened(client, cast.maya, "/").content.decode()
    assert "1 record was opened" in client.get("/more/").content.decode()
    assert "opened in an emergency" not in opened(client, cast.nia, "/").content.decode()

    glass.say_seen(glass_id=broken.pk, reader=cast.viewer(cast.maya), at=at)

    assert "opened in an emergency" not in opened(client, cast.maya, "/").content.decode()


def test_it_shows_what_was_opened_in_an_emergency_to_no_other_homes_manager(client, cast):
    make_glass(cast.nia, cast.ada)

    assert "opened in an emergency" not in opened(client, cast.stranger, "/").content.decode()


def test_it_keeps_last_years_looks_off_the_list(client, cast, at):
    make_person("Bronwen", "Hughes", cast.unit)
    looks.note([Look(reading(staff_actor(cast.sam.pk)), looks.READ, "Patient/x", [f"person-{cast.ada.pk}"], at - timedelta(days=400))])

    assert "Nobody looked" in opened(client, cast.maya, f"/people/{cast.ada.pk}/looked/").content.decode()
