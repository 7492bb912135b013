"""Furnish an empty home for a benchmark or a test: one manager signed in, and as many devices as asked for."""

import argparse
import json
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from hearthlight.core import clock
from hearthlight.core.types import system
from hearthlight.people import actions as people
from hearthlight.people.types import Basis, PlaceKind, Purpose, Role
from hearthlight.runtime.process import prepare_database
from hearthlight.sensors import actions as sensors

BY = system("bench")
PASSWORD = "a lamp in the hall"  # noqa: S105 — of a home that is thrown away


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cords", type=int, default=0)
    parser.add_argument("--motions", type=int, default=0)
    parser.add_argument("--wearers", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    prepare_database()
    with transaction.atomic():
        print(json.dumps(_furnish(args)))
    return 0


def _furnish(args: argparse.Namespace) -> dict[str, object]:
    at = clock.now()
    top = people.create_place(kind=PlaceKind.ORGANISATION, name="Bench", by=BY, at=at)
    home = people.create_place(kind=PlaceKind.HOME, name="Bench House", parent_id=top, by=BY, at=at)
    unit = people.create_place(kind=PlaceKind.UNIT, name="Bench unit", parent_id=home, by=BY, at=at)
    hub = sensors.enrol(family_name="zigbee2mqtt", label="Hub", place_id=home, purpose=Purpose.CALL_FOR_HELP, by=BY, at=at)
    for number in range(args.cords):
        place = people.create_place(kind=PlaceKind.ROOM, name=f"Cord {number}", parent_id=unit, by=BY, at=at)
        _bridged(hub.device_id, f"cord-{number}", place, Purpose.CALL_FOR_HELP)
    for number in range(args.motions):
        place = people.create_place(kind=PlaceKind.ROOM, name=f"Motion {number}", parent_id=unit, by=BY, at=at)
        _bridged(hub.device_id, f"motion-{number}", place, Purpose.ROOM_MOVEMENT)
    wearables = [_wearer(unit, number) for number in range(args.wearers)]
    return {"session": _session(home), "bridge": [hub.device_id, hub.secret], "wearables": wearables}


def _bridged(bridge_id: str, address: str, place_id: int, purpose: Purpose) -> None:
    sensors.adopt(
        bridge_id=bridge_id, address=address, label=address, place_id=place_id, purpose=purpose,
        config={"meaning": "PULL_CORD"} if purpose == Purpose.CALL_FOR_HELP else {}, by=BY, at=clock.now()
    )


def _wearer(unit: int, number: int) -> list[str]:
    at = clock.now()
    place = people.create_place(kind=PlaceKind.ROOM, name=f"Room {number}", parent_id=unit, by=BY, at=at)
    person = people.admit_person(given_name=f"Person {number}", family_name="Bench", place_id=place, by=BY, at=at)
    people.give_consent(
        person_id=person, purpose=Purpose.FALLS, basis=Basis.OWN, given_by="the person", evidence="a benchmark",
        review_on=(at + timedelta(days=90)).date(), by=BY, at=at,
    )  # fmt: skip
    worn = sensors.enrol(
        family_name="wearable", label=f"Wearable {number}", place_id=place, person_id=person, purpose=Purpose.FALLS, by=BY, at=at
    )
    return [worn.device_id, worn.secret]


def _session(home: int) -> str:
    """A manager's session, as signing in would make it."""
    at = clock.now()
    staff = people.add_staff(name="Bench Manager", username="bench", password=PASSWORD, by=BY, at=at)
    people.give_role(staff_id=staff, role=Role.MANAGER, place_id=home, by=BY, at=at)
    starts_at = at - timedelta(minutes=1)
    people.put_on_shift(
        staff_id=staff, role=Role.CARER, place_id=home, starts_at=starts_at, ends_at=starts_at + timedelta(hours=12), by=BY, at=at
    )  # fmt: skip
    user = get_user_model().objects.get(username="bench")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
