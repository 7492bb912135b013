"""A response in the shared record, once it is over."""

from datetime import timedelta

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.core.types import Actor
from hearthlight.fhir import text
from hearthlight.people.tests.factories import Cast
from hearthlight.record import queries
from hearthlight.record.types import Access, NotFound
from hearthlight.response import actions, projection, worker

ALL = Access(Actor("system", "test"), None, lambda type_, verb: True)


def stored(alert_id: int) -> dict | None:
    try:
        return text.loads(queries.read("Communication", f"response-{alert_id}", access=ALL).body)
    except NotFound:
        return None


def test_it_says_who_was_told_and_when_once_somebody_is_there(cast: Cast, at):
    alert, nia = make_alert(cast, at=at), cast.viewer(cast.nia)
    worker.step(at)
    assert stored(alert.pk) is None

    alert_actions.attend(alert.pk, by=nia, at=at + timedelta(seconds=40))
    worker.step(at + timedelta(seconds=40))

    told = stored(alert.pk)
    assert told is not None
    assert {"reference": f"Practitioner/staff-{cast.nia.pk}"} in told["recipient"]
    assert (told["status"], told["sent"]) == ("completed", "2026-11-22T03:12:00Z")
    assert told["about"] == [{"reference": f"Flag/alert-{alert.pk}"}]
    assert "Ada" not in str(told["payload"])


def test_it_hears_of_a_screen_that_showed_it_late(cast: Cast, at):
    alert, nia = make_alert(cast, at=at), cast.viewer(cast.nia)
    worker.step(at)
    alert_actions.attend(alert.pk, by=nia, at=at)
    worker.step(at)

    actions.seen(alert.pk, by=nia, at=at + timedelta(seconds=50), path=alert.path)

    assert (stored(alert.pk) or {})["received"] == "2026-11-22T03:12:50Z"
    assert list(projection.KINDS["response"].ids()) == [str(alert.pk)]
