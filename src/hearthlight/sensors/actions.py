"""What can be done to devices, and what they may do. The only writers of this room's tables."""

from datetime import datetime

from hearthlight.core import changes
from hearthlight.sensors import journal, upkeep
from hearthlight.sensors.enrolment import (
    adopt,
    change,
    enrol,
    note_devices_read,
    reassign,
    renew_secret,
    replace_battery,
    retire,
)
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.intake import accept
from hearthlight.sensors.models import Device

__all__ = [
    "accept", "adopt", "change", "enrol", "forget", "mark_trouble", "note_devices_read", "reassign", "renew_secret",
    "replace_battery", "retire", "write_health",
]  # fmt: skip


def write_health(*, gate: Gate, at: datetime) -> None:
    """Write what was heard and refused, and that we are listening. `accept` does it with each batch; call it each second
    too, or a quiet hour would look as if we had been away. Inside a transaction; then `gate.committed([])`."""
    upkeep.write_due(tally=gate.counted, at=at)


def mark_trouble(*, device_id: str, trouble: str, at: datetime) -> None:
    """An event stands for this trouble now; empty: it is over."""
    device = Device.objects.filter(pk=device_id, retired_at__isnull=True).select_related("place").first()
    if device is None or device.trouble == trouble:
        return
    Device.objects.filter(pk=device_id).update(trouble=trouble)
    changes.publish(kind="device", path=device.place.path, subject=f"device:{device_id}", at=at)


def forget(*, at: datetime) -> bool:
    """Delete a little of what is no longer needed; True if there is more."""
    return any([journal.forget(at), upkeep.forget(at)])
