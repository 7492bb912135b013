"""The only writers of events."""

from datetime import datetime
from typing import Any

from django.db import transaction

from hearthlight.core import audit, bus
from hearthlight.core.prepared import change, insert
from hearthlight.core.types import Actor
from hearthlight.events import queries, rules
from hearthlight.events.models import Event, Watch
from hearthlight.events.types import EventKind
from hearthlight.events.watcher import Happening


def record(  # noqa: PLR0913 — one row, one call
    *,
    kind: EventKind,
    person_id: int | None,
    place_id: int,
    device_id: str,
    began_at: datetime,
    noticed_at: datetime,
    sureness: float,
    sighting: dict[str, Any],
    evidence: dict[str, Any],
    key: str,
    at: datetime,
) -> int | None:
    """Write one event; None when the same happening is already there. `at` only guards against a future `noticed_at`:
    a device's fast clock must not date an event after the moment it was written."""
    if queries.is_known(rules.keys_like(key)):
        return None
    event = Event(
        kind=kind,
        person_id=person_id,
        place_id=place_id,
        device_id=device_id,
        began_at=min(began_at, at),
        noticed_at=min(noticed_at, at),
        sureness=sureness,
        sighting=sighting,
        evidence=evidence,
        key=key,
    )
    return insert(event)


def record_happening(happening: Happening, *, at: datetime) -> int | None:
    return record(**{name: getattr(happening, name) for name in Happening.__slots__}, at=at)


def claim(event_id: int, *, at: datetime) -> bool:
    """Take an event to make an alert of; False when someone else has."""
    return change(Event, {"id": event_id, "claimed_at": None}, claimed_at=at) == 1


@transaction.atomic
def set_watch(  # noqa: PLR0913
    *, place_id: int, detector: str, is_on: bool, settings: dict[str, Any], by: Actor, at: datetime
) -> None:
    """Change one detector's settings for one room, from the next message on."""
    Watch.objects.update_or_create(
        place_id=place_id,
        detector=detector,
        defaults={"is_on": is_on, "settings": settings, "set_at": at, "set_by": str(by)},
    )
    audit.record(
        by=by, at=at, action="set watch", subject=f"place:{place_id}", detail={"detector": detector, "is_on": is_on}
    )
    bus.nudge_after_commit("gate")


