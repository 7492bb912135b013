"""The demonstration: when it starts, who lives in it, and that it touches no real home."""

import argparse
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nhs_number as standard
import pytest

from hearthlight.checks import queries as checks
from hearthlight.checks.types import Kind
from hearthlight.core.types import system
from hearthlight.fhir import text
from hearthlight.fhir.check import check
from hearthlight.people.models import Consent, Person, Shift
from hearthlight.people.tests.factories import NIGHT
from hearthlight.record import queries as record
from hearthlight.record.types import Access
from hearthlight.runtime.commands import demo
from hearthlight.runtime.commands.demo import starting_moment
from hearthlight.runtime.demo import health, memory
from hearthlight.runtime.demo.house import ADA, PEOPLE, WEARING, furnish, nhs_number
from hearthlight.runtime.demo.night import RECORDINGS, recordings
from hearthlight.sensors.models import Device

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("now", "text", "speed", "start"),
    [
        ("2026-11-22T12:00", "", 1.0, "2026-11-22T03:11:30"),
        ("2026-11-22T02:00", "", 1.0, "2026-11-21T03:11:30"),
        ("2026-11-22T12:00", "", 60.0, "2026-11-21T21:00:00"),
        ("2026-11-22T22:00", "", 60.0, "2026-11-22T21:00:00"),
        ("2026-11-22T12:00", "11:59", 1.0, "2026-11-22T11:59:00"),
        ("2026-11-22T12:00", "12:00", 60.0, "2026-11-22T12:00:00"),
        ("2026-11-22T12:00", "12:01", 1.0, "2026-11-21T12:01:00"),
        ("2026-03-29T12:00", "", 1.0, "2026-03-29T03:11:30"),  # the night the clocks went forward
        ("2026-10-25T12:00", "", 60.0, "2026-10-24T21:00:00"),  # and the evening before they went back
    ],
)
def test_it_starts_at_the_latest_such_time(now, text, speed, start):
    moment = starting_moment(text, speed, datetime.fromisoformat(now).replace(tzinfo=LONDON))

    assert moment == datetime.fromisoformat(start).replace(tzinfo=LONDON)


@pytest.mark.parametrize("text", ["half past nine", "25:00", "9", "12:60", "-1:00", "1:2:3", ":"])
def test_it_refuses_a_time_there_is_not(text):
    with pytest.raises(ValueError):
        starting_moment(text, 1.0, NIGHT.astimezone(LONDON))


@pytest.mark.parametrize("number", range(1, 200))
def test_it_gives_people_numbers_that_are_valid_and_nobodys(number):
    given = nhs_number(number)

    assert standard.is_valid(given, for_region=standard.REGION_SYNTHETIC)
    assert not standard.is_valid(given, for_region=standard.REGION_ENGLAND)


def test_it_gives_no_number_twice():
    assert len({nhs_number(number) for number in range(1, 1_000)}) == 999


def test_it_furnishes_willow_house(db):
    house = furnish(NIGHT)

    assert Person.objects.count() == len(PEOPLE) == 24
    assert set(house.wearables) == set(WEARING)
    unwatched = [n for n, (*_, basis) in enumerate(PEOPLE, start=1) if basis is None]
    assert not Consent.objects.filter(person_id__in=[house.persons[n] for n in unwatched]).exists()
    on_now = Shift.objects.filter(starts_at__lte=NIGHT, ends_at__gt=NIGHT).values_list("staff_id", flat=True)
    assert {house.staff[name] for name in ("nia", "tomasz", "sam", "olu")} == set(on_now)
    assert Device.objects.filter(family="zigbee2mqtt").count() > 4 * 24


def test_it_knows_what_is_usual_for_everyone_and_nobody_is_ill_before_the_night(db):
    house = furnish(NIGHT)

    health.measure_all(house, NIGHT)

    assert all(checks.usual_of(person).total is not None for person in house.persons.values())
    ada = checks.standing(house.persons[ADA], Kind.VITALS, since=NIGHT - timedelta(days=15))
    assert len(ada) == health.DAYS
    latest = [checks.latest(person, Kind.VITALS) for person in house.persons.values()]
    assert all(one is not None and one.total is not None and one.level == 0 for one in latest)


def test_it_writes_down_who_ada_is_so_that_r4_allows_it(db):
    house = furnish(NIGHT)

    memory.write_down_all(house, NIGHT)

    everyone = Access(system("test"), None, lambda _type, _verb: True)
    written = record.everything(f"person-{house.persons[ADA]}", access=everyone).matches
    kinds = {one.type for one in written}
    assert {"QuestionnaireResponse", "AllergyIntolerance", "MedicationStatement", "Consent"} <= kinds
    assert [told for one in written for told in check(text.loads(one.body)) if told.is_error] == []


def test_it_has_real_falls_and_real_days_for_everyone_who_falls():
    for position in set(WEARING.values()):
        fitting = [one for one in recordings() if one.position == position]
        assert {one.is_fall for one in fitting} == {True, False}
    assert RECORDINGS.stat().st_size <= 3_000_000


def test_it_leaves_a_folder_that_is_not_a_demonstrations_alone(tmp_path: Path, capsys):
    (tmp_path / "core.sqlite3").write_text("somebody's home")

    status = demo.run(argparse.Namespace(home=tmp_path, speed=1.0, start="", port=1, mqtt_port=2))

    assert status == 2
    assert (tmp_path / "core.sqlite3").read_text() == "somebody's home"
    assert "not a demonstration's folder" in capsys.readouterr().err


@pytest.mark.parametrize(("asked", "word"), [({"start": "25:00"}, "--from"), ({"speed": 0.0}, "--speed"), ({"speed": float("nan")}, "--speed")])
def test_it_empties_nothing_when_it_is_asked_for_nonsense(tmp_path: Path, capsys, asked, word):
    (tmp_path / "is-a-demo").touch()

    status = demo.run(argparse.Namespace(**({"home": tmp_path, "speed": 1.0, "start": "", "port": 1, "mqtt_port": 2} | asked)))

    assert status == 2
    assert (tmp_path / "is-a-demo").exists()
    assert word in capsys.readouterr().err
