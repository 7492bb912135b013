"""What can be done to devices, and what they may do. The only writers of this room's tables."""

from datetime import datetime

from hearthlight.sensors import journal, upkeep
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.intake import accept
from hearthlight.sensors.models import Device

__all__ = ["accept", "forget", "mark_trouble", "write_health"]


def write_health(*, gate: Gate, at: datetime) -> None:
    """Write what was heard and refused, and that we are listening. `accept` does it with each batch; call it each second
    too, or a quiet hour would look as if we had been away. Inside a transaction; then `gate.committed([])`."""
    upkeep.write_due(tally=gate.counted, at=at)


def mark_trouble(*, device_id: str, trouble: str, at: datetime) -> None:  # noqa: ARG001 — as every action
    """An event stands for this trouble now; empty: it is over."""
    Device.objects.filter(pk=device_id).update(trouble=trouble)


def forget(*, at: datetime) -> bool:
    """Delete a little of what is no longer needed; True if there is more."""
    return any([journal.forget(at), upkeep.forget(at)])
