"""An alert in the shared record: written with its plan's first step, over when it is over, and never in its way."""

from datetime import timedelta

import pytest

from hearthlight.alerts import actions, projection
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.types import Found, State, ToldTo, Truth
from hearthlight.core import facts
from hearthlight.core.types import Actor, system
from hearthlight.events.types import EventKind
from hearthlight.fhir import text
from hearthlight.people.tests.factories import Cast
from hearthlight.record import queries
from hearthlight.record.types import Access, NotFound

ALL = Access(Actor("system", "test"), None, lambda type_, verb: True)


def stored(type_: str, alert: Alert) -> dict:
    return text.loads(queries.read(type_, f"alert-{alert.pk}", access=ALL).body)


def told(cast: Cast, at, **fields) -> Alert:
    alert = make_alert(cast, at=at, **fields)
    actions.tell(alert.pk, by=system("plan"), at=at, why="first step", asked=[cast.nia.pk])
    return alert


def test_it_is_in_the_record_as_soon_as_somebody_is_told(cast: Cast, at):
    raised = make_alert(cast, at=at)
    with pytest.raises(NotFound):
        stored("Flag", raised)

    actions.tell(raised.pk, by=system("plan"), at=at, why="first step", asked=[cast.nia.pk])

    flag = stored("Flag", raised)
    assert (flag["status"], flag["code"]["text"]) == ("active", "Possible fall")
    assert flag["subject"] == {"reference": f"Patient/person-{cast.ada.pk}"}
    assert flag["author"] == {"reference": "Device/device-w1"}
    assert flag["period"] == {"start": "2026-11-22T03:12:00Z"}


def test_it_says_what_was_found_by_whom_when_it_is_closed(cast: Cast, at):
    alert, nia = told(cast, at), cast.viewer(cast.nia)
    actions.attend(alert.pk, by=nia, at=at + timedelta(minutes=2))
    actions.close(
        alert.pk, by=nia, at=at + timedelta(minutes=9), truth=Truth.TRUE, found=Found.ON_FLOOR, told=[ToldTo.GP], note="By the bed"
    )

    found = stored("Observation", alert)
    assert stored("Flag", alert)["status"] == "inactive"
    assert stored("Flag", alert)["period"]["end"] == "2026-11-22T03:21:00Z"
    assert found["valueCodeableConcept"]["text"] == "On the floor"
    assert (found["effectiveDateTime"], found["issued"]) == ("2026-11-22T03:14:00Z", "2026-11-22T03:21:00Z")
    assert found["performer"] == [{"reference": f"Practitioner/staff-{cast.nia.pk}"}]
    assert [note["text"] for note in found["note"]] == ["By the bed", "Told: GP"]


def test_it_takes_back_what_proved_false(cast: Cast, at):
    alert = told(cast, at)

    actions.cancel(alert.pk, by=cast.viewer(cast.sam), at=at, why="the strap was on a chair")

    assert stored("Flag", alert)["status"] == "entered-in-error"


def test_it_is_about_the_place_where_it_is_about_nobody(cast: Cast, at):
    alert = told(cast, at, kind=EventKind.DEVICE_SILENT, person=None)

    assert stored("Flag", alert)["subject"] == {"reference": f"Location/place-{cast.room7.pk}"}


def test_it_keeps_a_repeat_as_over_from_the_moment_it_joined(cast: Cast, at):
    told(cast, at)
    repeat = make_alert(cast, at=at + timedelta(seconds=30))

    assert (repeat.state, stored("Flag", repeat)["status"]) == (State.MERGED, "inactive")
    assert stored("Flag", repeat)["period"]["end"] == "2026-11-22T03:12:30Z"


def test_it_lets_no_fault_of_the_records_stand_in_the_way_of_an_alarm(cast: Cast, at, caplog):
    def broken(kind, id_, by, when):
        raise ValueError("a fault of ours")

    facts._listeners.append(broken)
    try:
        alert = told(cast, at)
    finally:
        facts._listeners.remove(broken)

    assert Alert.objects.get(pk=alert.pk).state == State.TOLD
    assert "could not be written into the record" in caplog.text
    with pytest.raises(NotFound):  # neither half of it
        stored("Flag", alert)


def test_it_knows_every_alert_there_is(cast: Cast, at):
    alert = told(cast, at)

    assert list(projection.KINDS["alert"].ids()) == [str(alert.pk)]
    assert projection.KINDS["alert"].resources("0") == []
