"""The board: what is open, how everybody is, and not one question more for a fuller house."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hearthlight.core.models import AuditEntry
from hearthlight.people.tests.factories import NIGHT, Cast, make_consent, make_person, make_place
from hearthlight.people.types import PlaceKind, Purpose
from hearthlight.sensors.models import Reading

MOST_QUESTIONS = 24


@pytest.fixture
def nia(cast: Cast, client: Client) -> Client:
    client.force_login(cast.nia.user)
    return client


def reading(cast: Cast, kind: str, value: float, *, minutes_ago: float, spot: str = "bedroom") -> None:
    at = NIGHT - timedelta(minutes=minutes_ago)
    Reading.objects.create(device_id=f"{kind.lower()}-7", place_id=cast.room7.pk, kind=kind, spot=spot, value=value, at=at)


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connections["default"]) as core:
        assert client.get(address).status_code == 200
    return len([one for one in core.captured_queries if one["sql"].startswith("SELECT")])


def test_it_says_when_all_is_quiet(nia: Client) -> None:
    assert "All quiet" in nia.get("/").content.decode()


def test_it_says_who_is_not_watched(nia: Client) -> None:
    assert "Not watched" in nia.get("/").content.decode()


def test_it_says_how_somebody_is(cast: Cast, nia: Client) -> None:
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT)
    for value, minutes_ago in ((0, 300), (1, 272), (1, 200), (1, 20)):
        reading(cast, "BED", value, minutes_ago=minutes_ago)

    page = nia.get("/").content.decode()

    assert "In bed since" in page
    assert "since <time datetime=\"2026-11-21T22:40" in page


def test_it_shows_what_is_seen_on_the_live_board_too(cast: Cast, nia: Client) -> None:
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT)
    reading(cast, "BED", 1, minutes_ago=90)
    reading(cast, "BED", 0, minutes_ago=7)
    whole, live = nia.get("/").content.decode(), nia.get("/board/").content.decode()

    assert live.strip() in whole
    assert "Up since" in live


def test_it_shows_only_the_unit_asked_for(cast: Cast, client: Client) -> None:
    client.force_login(cast.maya.user)
    make_person("Bronwen", "Hughes", make_place(PlaceKind.ROOM, "Room 1", cast.other_unit))

    page = client.get(f"/?unit={cast.unit.pk}").content.decode()

    assert "Ada" in page
    assert "Bronwen" not in page


@pytest.mark.parametrize("unit", ["", "x", "-1", "0", "9" * 30, "²"])
def test_it_bears_any_unit_in_the_address(nia: Client, unit: str) -> None:
    assert nia.get("/", {"unit": unit}).status_code == 200


def test_it_shows_a_stranger_nobody(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger.user)

    for address in ("/", "/board/"):
        page = client.get(address).content.decode()

        assert "Ada" not in page
        assert "Room 7" not in page
        assert "Nia" not in page


def test_it_sends_a_stranger_who_is_not_signed_in_to_sign_in(cast: Cast, client: Client) -> None:
    for address in ("/", "/board/", "/more/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/login/")


def test_it_notes_who_was_looked_at(cast: Cast, nia: Client) -> None:
    nia.get("/")

    entry = AuditEntry.objects.latest("id")
    assert entry.by == f"staff:{cast.nia.pk}"
    assert entry.detail == {"persons": [cast.ada.pk, cast.lewis.pk]}


def test_it_asks_no_more_for_thirty_people_than_for_two(cast: Cast, nia: Client) -> None:
    nia.get("/")
    few = asked(nia, "/")
    for number in range(28):
        person = make_person(f"P{number}", "Q", make_place(PlaceKind.ROOM, f"Room {number + 20}", cast.unit))
        make_consent(person, Purpose.ROOM_MOVEMENT)

    assert asked(nia, "/") == few
    assert few <= MOST_QUESTIONS
