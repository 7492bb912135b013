"""What the events room does by itself: make events of devices that fell silent, are running flat or out of reach."""

from datetime import datetime

from hearthlight.events import actions, rules
from hearthlight.events.types import EventKind
from hearthlight.sensors import actions as sensors_actions
from hearthlight.sensors import queries as sensors_queries
from hearthlight.sensors.types import Trouble

KINDS = {
    "SILENT": EventKind.DEVICE_SILENT,
    "BATTERY": EventKind.DEVICE_BATTERY_LOW,
    "LINK": EventKind.DEVICE_LINK_WEAK,
}


def step(at: datetime) -> bool:
    """Record what has gone wrong with devices since the last step, and forget what has come right."""
    for trouble in sensors_queries.troubles(at):
        _record(trouble, at)
        sensors_actions.mark_trouble(device_id=trouble.device.id, trouble=trouble.kind, at=at)
    for device in sensors_queries.cleared(at):
        sensors_actions.mark_trouble(device_id=device.id, trouble="", at=at)
    return False


def _record(trouble: Trouble, at: datetime) -> None:
    device = trouble.device
    actions.record(
        kind=KINDS[trouble.kind],
        person_id=device.person_id,
        place_id=device.place_id,
        device_id=device.id,
        began_at=trouble.since,
        noticed_at=at,
        sureness=1.0,
        sighting=trouble.sighting,
        evidence={},
        key=rules.key_of(f"device {trouble.kind.lower()}", f"device:{device.id}", trouble.since.timestamp()),
        at=at,
    )
