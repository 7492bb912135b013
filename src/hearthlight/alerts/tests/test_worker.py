"""From events to alerts, exactly once, whatever one of them does."""

from datetime import datetime

import pytest
from django.db import OperationalError

from hearthlight.alerts import actions, worker
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_alert, make_event
from hearthlight.alerts.tests.threads import as_on_a_site, together
from hearthlight.alerts.types import State
from hearthlight.core.types import Refusal
from hearthlight.events.models import Event
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import Cast, make_cast
from hearthlight.people.types import Viewer


def _events(cast: Cast, count: int) -> None:
    for number in range(count):
        make_event(cast, EventKind.DEVICE_SILENT, device_id=f"d{number}", claimed_at=None)


def test_it_raises_every_unclaimed_event_once(cast: Cast, at: datetime):
    _events(cast, worker.BATCH + 3)

    assert worker.step(at) is True
    assert worker.step(at) is False
    assert worker.step(at) is False

    assert Alert.objects.count() == worker.BATCH + 3
    assert not Event.objects.filter(claimed_at=None).exists()


def test_it_leaves_an_event_it_cannot_raise_and_raises_the_others(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    _events(cast, 3)
    broken = Event.objects.order_by("id").first().pk
    plain = actions.raise_alert

    def fail_one(event, *, at):
        if event.id == broken:
            raise ValueError("our fault")
        return plain(event, at=at)

    monkeypatch.setattr(actions, "raise_alert", fail_one)

    assert worker.step(at) is False

    assert list(Event.objects.filter(claimed_at=None).values_list("pk", flat=True)) == [broken]
    assert Alert.objects.count() == 2
    assert f"no alert could be raised of event {broken}" in caplog.text


def test_it_leaves_failing_storage_to_the_caller(cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch):
    _events(cast, 1)

    def fail(event, *, at):
        raise OperationalError("database is locked")

    monkeypatch.setattr(actions, "raise_alert", fail)

    with pytest.raises(OperationalError):
        worker.step(at)


# Real threads, real connections, real commits


@pytest.fixture
def on_a_site(transactional_db, tmp_path):
    with as_on_a_site(tmp_path):
        yield


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_gives_an_alert_to_one_of_many_who_tap_at_once(on_a_site, still_clock, at: datetime):
    cast = make_cast()
    alert = make_alert(cast, at=at)
    scope = cast.viewer(cast.sam).scopes
    staff = [cast.nia, cast.sam, cast.olu, cast.maya]

    results = together(4, lambda number: actions.accept(alert.pk, by=Viewer(staff[number].pk, "x", scope), at=at))

    alert.refresh_from_db()
    assert results.count(None) == 1
    assert [type(result) for result in results].count(Refusal) == 3
    owner = next(person for person in staff if person.pk == alert.owner_id)
    assert {result.why for result in results if result} == {f"{owner.name} is already going, since 03:12."}
    assert alert.moves.filter(to_state=State.ACCEPTED).count() == 1


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_raises_each_event_once_with_four_workers(on_a_site, still_clock, at: datetime):
    cast = make_cast()
    for number in range(20):
        make_event(cast, EventKind.DEVICE_SILENT, device_id=f"d{number % 5}", claimed_at=None)

    results = together(4, lambda _: worker.step(at))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert Alert.objects.count() == 20
    assert Alert.objects.filter(state=State.RAISED).count() == 5
