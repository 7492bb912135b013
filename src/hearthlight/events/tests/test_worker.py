from datetime import timedelta

from hearthlight.events import worker
from hearthlight.events.models import Event
from hearthlight.events.types import EventKind
from hearthlight.sensors import actions as sensors_actions
from hearthlight.sensors.tests.factories import make_wearable, open_gate


def test_it_makes_one_event_of_a_device_that_stopped_speaking(cast, at):
    make_wearable(cast.ada, silent_after_s=600, heard_at=at - timedelta(hours=2))
    sensors_actions.write_health(gate=open_gate(), at=at)

    worker.step(at)
    worker.step(at)

    assert [event.kind for event in Event.objects.all()] == [EventKind.DEVICE_SILENT]
