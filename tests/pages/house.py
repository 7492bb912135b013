"""Willow House with its web pages and live stream, as a process of its own: real Chromium, real server, real tables.

Run by conftest.py as `python -m tests.pages.house PORT`, with HEARTHLIGHT_HOME set. Prints one JSON line once it
listens: the ids pages need in their addresses, and a signed-in session for each member of staff. What happens in the
house while a test watches is asked for at /__do__/ (here only; a real server has no such address).
"""

import asyncio
import json
import logging
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

import uvicorn  # noqa: E402
from a2wsgi import WSGIMiddleware  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402
from starlette.routing import Mount, Route  # noqa: E402

from hearthlight.alerts import actions as alerts  # noqa: E402
from hearthlight.alerts.models import Alert  # noqa: E402
from hearthlight.alerts.tests.factories import make_alert  # noqa: E402
from hearthlight.alerts.types import Found, Truth  # noqa: E402
from hearthlight.checks import actions as checks  # noqa: E402
from hearthlight.checks import queries as checks_queries  # noqa: E402
from hearthlight.checks.tests.factories import ADAS, WELL, make_check, make_limit, make_usual  # noqa: E402
from hearthlight.checks.types import Kind, Measure  # noqa: E402
from hearthlight.core import changes, clock  # noqa: E402
from hearthlight.core.types import staff_actor, system  # noqa: E402
from hearthlight.events.types import EventKind  # noqa: E402
from hearthlight.people import actions as people  # noqa: E402
from hearthlight.people.models import CircleMember, Staff  # noqa: E402
from hearthlight.people.tests.factories import (  # noqa: E402
    NIGHT,
    Cast,
    make_cast,
    make_consent,
    make_person,
    make_place,
    make_shift,
    make_staff,
)
from hearthlight.people.types import PlaceKind, Purpose, Role  # noqa: E402
from hearthlight.record import actions as record  # noqa: E402
from hearthlight.record.access import of_viewer  # noqa: E402
from hearthlight.record.entries.definitions import entries  # noqa: E402
from hearthlight.record.entries.shape import resource_of  # noqa: E402
from hearthlight.record.importing import actions as importing  # noqa: E402
from hearthlight.record.importing.tests.bundles import bundle, patient, structured  # noqa: E402
from hearthlight.record.smart import actions as apps  # noqa: E402
from hearthlight.record.smart.tests.factories import asking, make_app, make_glass, make_permit, make_token  # noqa: E402
from hearthlight.record.smart.types import AppKind  # noqa: E402
from hearthlight.response import worker  # noqa: E402
from hearthlight.sensors.models import Device, Newcomer, Reading  # noqa: E402
from hearthlight.sensors.tests.factories import make_bridge, make_bridged, make_wearable  # noqa: E402
from hearthlight.site.live import Live  # noqa: E402

TESTS = system("tests")
MORE = [
    ("Bronwen", "Hughes", "Bron"), ("Kwame", "Mensah", ""), ("Rosa", "Delgado", ""), ("Siobhán", "O’Neill", ""),
    ("Maximiliana-Alexandra", "Wolfeschlegelsteinhausenbergerdorff", ""), ("Yi", "Li", ""),
]  # fmt: skip


def furnish() -> tuple[Cast, dict[str, Any]]:
    """The cast, with something on every page."""
    cast = make_cast()
    cast.ada.about = "Hums when she is in pain. Likes the hall light on.\nHer daughter Grace may be rung at any hour."
    cast.ada.save()
    CircleMember.objects.create(
        person=cast.ada, name="Grace Okafor", relationship="Daughter", phone="07700 900456", may_be_told=True, may_see=True
    )
    for number, (given, family, called) in enumerate(MORE, start=9):
        room = make_place(PlaceKind.ROOM, f"Room {number}", cast.unit if number < 12 else cast.other_unit)
        person = make_person(given, family, room, preferred_name=called)
        make_consent(person, Purpose.ROOM_MOVEMENT)
        _reading(room.pk, "BED", 0, minutes=300)
        _reading(room.pk, "BED", 1, minutes=200 + number)
    for purpose in (Purpose.FALLS, Purpose.ROOM_MOVEMENT, Purpose.CALL_FOR_HELP):
        make_consent(cast.ada, purpose)
    _reading(cast.room7.pk, "BED", 1, minutes=240)
    _reading(cast.room7.pk, "BED", 0, minutes=4)
    _reading(cast.room7.pk, "MOTION", 1, minutes=2, spot="bathroom")
    for name in ("Tomos Rees", "Wyn Ellis"):  # two new colleagues: a password, and no second factor yet
        colleague = make_staff(name)
        Authenticator.objects.filter(user=colleague.user).delete()
        make_shift(colleague, Role.CARER, cast.unit, starts_at=NIGHT - timedelta(hours=7))
    known = _equip(cast) | _alarm(cast) | _let_in(cast) | _check(cast) | _write_down(cast)
    ids = {
        "person": cast.ada.pk, "consent": cast.ada.consents.first().pk, "circle": cast.ada.circle.get().pk,
        "place": cast.unit.pk, "home": cast.home.pk, "staff": cast.nia.pk, "shift": cast.nia.shifts.get().pk,
        "lewis": cast.lewis.pk, "grant": cast.maya.grants.get().pk, "other_unit": cast.other_unit.pk,
    }  # fmt: skip
    return cast, ids | known


def _reading(place_id: int, kind: str, value: float, *, minutes: float, spot: str = "bedroom") -> None:
    at = NIGHT - timedelta(minutes=minutes)
    Reading.objects.create(device_id=f"{kind}-{place_id}", place_id=place_id, kind=kind, spot=spot, value=value, at=at)


def _equip(cast: Cast) -> dict[str, Any]:
    worn = make_wearable(cast.ada, label="Ada’s wrist", position="wrist", battery=64, heard_at=NIGHT)
    hub = make_bridge(cast.home, label="Hub in the office", heard_at=NIGHT)
    make_bridged(
        hub, cast.room7, "bed-7", label="Bed, room 7", person=cast.ada, battery=9, trouble="BATTERY", heard_at=NIGHT
    )
    newcomer = Newcomer.objects.create(bridge=hub, address="motion-new", description="Motion sensor", seen_at=NIGHT)
    Device.objects.update(enrolled_at=NIGHT - timedelta(days=40))
    return {"device": worn.pk, "hub": hub.pk, "newcomer": newcomer.pk}


def _let_in(cast: Cast) -> dict[str, Any]:
    """An app that Nia let in for Ada, one shut out, one asking; and glass broken for Mr Lewis."""
    app = make_app(cast.home, AppKind.SECRET, label="Dr Patel’s surgery")
    make_token(make_permit(app, staff=cast.nia, person=cast.ada), minutes=12 * 60)
    apps.suspend(app_id=make_app(cast.home, label="Old reader").app_id, by=TESTS, at=NIGHT)
    make_glass(cast.stranger, cast.lewis)
    return {"app": app.app_id, "asking": asking(app, aud="http://localhost/fhir/r4", scope="openid launch/patient patient/*.rs patient/Observation.cu")}


def _write_down(cast: Cast) -> dict[str, str]:
    """About Ada, in her own words; an allergy, an alert; and a problem that her surgery sent."""
    for person in (cast.ada, cast.lewis):
        record.project("person", str(person.pk), by=TESTS, at=NIGHT)
    access = of_viewer(cast.viewer(cast.maya), at=NIGHT)
    kept = {}
    for key, said in {
        "about-me": {"what_is_most_important_to_me": "My daughter Grace, and the choir on Sundays.", "date": "2026-10-01"},
        "allergy": {"causative_agent_free_text": "Penicillin"},
        "alert": {"alert": "Two carers when she is tired."},
    }.items():
        resource = resource_of(entries()[key], said, patient=f"person-{cast.ada.pk}")
        kept[key] = record.create(resource, access=access, at=NIGHT - timedelta(days=9), origin=f"staff:{cast.maya.pk}")
    theirs = {"resourceType": "Condition", "code": {"text": "Heart failure"}, "subject": {"reference": f"Patient/person-{cast.ada.pk}"}}
    record.create(theirs, access=access, at=NIGHT - timedelta(days=3), origin="api:Oak Surgery")
    return {"allergy": kept["allergy"].id} | _bring_in(cast)


def _bring_in(cast: Cast) -> dict[str, Any]:
    """Her surgery's record, brought in; and one of Mr Lewis's that waits, with another name in it."""
    viewer, by = cast.viewer(cast.maya), staff_actor(cast.maya.pk)
    at = NIGHT - timedelta(days=2)
    brought = importing.put_forward(content=bundle(*structured()), file_name="oak-surgery.json", viewer=viewer, by=by, at=at)
    importing.bring_in(batch_id=brought, viewer=viewer, access=of_viewer(viewer, at=at), by=by, at=at)
    waiting = importing.put_forward(
        content=bundle(patient("0"), *structured()[1:]), file_name="oak-surgery-2.json", viewer=viewer, by=by, at=NIGHT, person_id=cast.lewis.pk
    )
    return {"brought": brought, "waiting": waiting}


def _alarm(cast: Cast) -> dict[str, int]:
    """One alert nobody has, one somebody goes to, one about a device, one long closed."""
    nia = cast.viewer(cast.nia)
    old = make_alert(cast, at=NIGHT - timedelta(hours=4), device_id="w0")
    alerts.accept(old.pk, by=nia, at=NIGHT - timedelta(hours=4))
    alerts.attend(old.pk, by=nia, at=NIGHT - timedelta(hours=4) + timedelta(minutes=1))
    alerts.close(old.pk, by=nia, at=NIGHT - timedelta(hours=3, minutes=50), truth=Truth.FALSE, found=Found.FINE)
    low = make_alert(cast, EventKind.DEVICE_BATTERY_LOW, at=NIGHT - timedelta(hours=2), device_id="bed-7")
    taken = make_alert(
        cast, EventKind.NOT_BACK_IN_BED, at=NIGHT - timedelta(minutes=3), person=cast.lewis, place=cast.room8, device_id="b8"
    )
    alerts.accept(taken.pk, by=nia, at=NIGHT - timedelta(minutes=2))
    fall = make_alert(cast, at=NIGHT - timedelta(seconds=20), device_id="w1")
    return {"closed": old.pk, "low": low.pk, "taken": taken.pk, "fall": fall.pk}


def _check(cast: Cast) -> dict[str, int]:
    """A usual, a fortnight of vital signs, the night's own, one that was wrong, a fall and a mark on the skin."""
    make_usual(cast, 1, at=NIGHT - timedelta(days=20))
    make_limit(cast, Measure.SYSTOLIC, Decimal(110), Decimal(165), at=NIGHT - timedelta(days=20))
    for days in range(14, 0, -1):
        well = WELL | {"RESPIRATION": str(15 + days % 4), "SYSTOLIC": str(118 + days), "SATURATION": str(94 + days % 3)}
        make_check(cast, readings=well, at=NIGHT - timedelta(days=days))
        make_check(cast, kind=Kind.WEIGHT, readings={"WEIGHT": str(60 - days / 10)}, at=NIGHT - timedelta(days=days))
    wrong = make_check(cast, readings=WELL, at=NIGHT - timedelta(minutes=30))
    checks.withdraw_check(check_id=wrong, why="That was Mr Lewis", by=TESTS, at=NIGHT - timedelta(minutes=28))
    fall = make_check(cast, kind=Kind.POST_FALL, readings={"ANSWERS": {"HEAD": "YES"}}, at=NIGHT - timedelta(minutes=2))
    skin = make_check(
        cast, kind=Kind.SKIN, readings={"POINTS": [{"AREA": "LEFT_HIP", "FOUND": "BRUISE", "MM": 40}]}, at=NIGHT - timedelta(minutes=1)
    )
    return {"check": make_check(cast, readings=ADAS), "wrong_check": wrong, "fall_check": fall, "skin_check": skin}


def sessions(cast: Cast) -> dict[str, str]:
    """A session cookie for each member of staff; `new` has typed a password and still owes a second factor."""
    found = {}
    for name in ("nia", "sam", "olu", "maya", "stranger"):
        client = Client()
        client.force_login(getattr(cast, name).user)
        client.post("/sign-in/reauthenticate/", {"password": "a lamp in the hall"})
        found[name] = client.cookies["sessionid"].value
    RecoveryCodes.activate(cast.nia.user)
    return found


class Doing:
    """What can be made to happen while a test watches."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def fall(self, *, who: str = "lewis") -> int:
        person = getattr(self.cast, who)
        fall = make_alert(self.cast, at=clock.now(), person=person, place=person.place, device_id=f"w-{clock.now()}")
        worker.step(clock.now())
        return fall.pk

    def move(self, *, alert: int, how: str, who: str = "sam") -> None:
        by = self.cast.viewer(getattr(self.cast, who))
        extra: dict[str, Any] = {
            "cancel": {"why": "a test"}, "close": {"truth": Truth.TRUE, "found": Found.ON_FLOOR}
        }.get(how, {})  # fmt: skip
        getattr(alerts, how)(alert, by=by, at=clock.now(), **extra)
        worker.step(clock.now())

    def quiet(self) -> None:
        """Everything seen to: the night goes on from here."""
        sam = self.cast.viewer(self.cast.sam)
        for alert in Alert.objects.filter(state__in=("RAISED", "TOLD", "ESCALATED", "ACCEPTED", "ATTENDED")):
            if alert.state not in ("ACCEPTED", "ATTENDED"):
                alerts.accept(alert.pk, by=sam, at=clock.now())
            if alert.state != "ATTENDED":
                alerts.attend(alert.pk, by=sam, at=clock.now())
            alerts.close(alert.pk, by=sam, at=clock.now(), truth=Truth.UNSURE, found=Found.OTHER)

    def sign_out(self, *, session: str) -> None:
        Session.objects.filter(session_key=session).delete()

    def consent(self) -> None:
        consent = self.cast.ada.consents.filter(withdrawn_at=None).first()
        people.withdraw_consent(consent_id=consent.pk, why="a test", by=TESTS, at=clock.now())

    def rename(self, *, to: str) -> None:
        people.change_person(
            person_id=self.cast.ada.pk, given_name="Adaeze", family_name="Okafor", preferred_name=to,
            place_id=self.cast.room7.pk, by=TESTS, at=clock.now(),
        )  # fmt: skip

    def place(self, *, to: str) -> None:
        people.change_place(place_id=self.cast.room7.pk, name=to, by=TESTS, at=clock.now())

    def shift(self) -> None:
        people.end_shift(shift_id=Staff.objects.get(pk=self.cast.sam.pk).shifts.get().pk, by=TESTS, at=clock.now())

    def publish(self, *, kind: str, subject: str = "test:1", **data: Any) -> int:
        return changes.publish(kind=kind, path=self.cast.unit.path, subject=subject, at=clock.now(), data=data)

    def count_checks(self) -> int:
        return len(checks_queries.standing(self.cast.ada.pk, Kind.VITALS, since=NIGHT - timedelta(days=30)))

    def latest(self) -> int:
        return changes.latest()


async def serve(cast: Cast, told: dict[str, Any], port: int) -> None:
    live, doing = Live(), Doing(cast)
    await live.start()

    async def do(request: Request) -> JSONResponse:
        asked = await request.json()
        name = asked.pop("do")

        def work() -> Any:
            with transaction.atomic():
                return getattr(doing, name)(**asked)

        return JSONResponse({"answer": await asyncio.get_running_loop().run_in_executor(None, work)})

    async def drop(_: Request) -> JSONResponse:
        """The line breaks: every open stream ends."""
        for listener in list(live._listeners):
            listener.offer(changes.Told(0, clock.now(), "bye", "", "", {}))
        return JSONResponse({"answer": None})

    async def trouble(request: Request) -> JSONResponse:
        live.trouble = (await request.json())["text"]
        return JSONResponse({})

    pages = WSGIMiddleware(get_wsgi_application(), workers=4)
    routes = [
        Route("/live", live.endpoint), Route("/__do__/", do, methods=["POST"]),
        Route("/__trouble__/", trouble, methods=["POST"]), Route("/__drop__/", drop, methods=["POST"]), Mount("/", pages),
    ]  # fmt: skip
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    )
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    told["port"] = server.servers[0].sockets[0].getsockname()[1]
    print(json.dumps(told), flush=True)
    await running


def main() -> None:
    logging.disable(logging.WARNING)
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0)
    clock.install(clock.StillClock(NIGHT))
    cast, ids = furnish()
    told = {"ids": ids, "sessions": sessions(cast)}
    worker.step(NIGHT)
    connections.close_all()
    clock.install(clock.Clock(start=NIGHT))
    asyncio.run(serve(cast, told, int(sys.argv[1])))


if __name__ == "__main__":
    main()
