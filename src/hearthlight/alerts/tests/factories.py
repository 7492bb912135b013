"""Events and alerts of the fixed cast."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from hearthlight.alerts import actions
from hearthlight.alerts.models import Alert
from hearthlight.events import queries as events
from hearthlight.events.models import Event
from hearthlight.events.types import EventFacts, EventKind
from hearthlight.people.tests.factories import NIGHT, Cast

_keys = itertools.count(1)
SIGHTING = {
    "seen": "A hard knock (2.9 g), then no movement for 12 s.",
    "usual": "At this hour Ada is usually lying still; her hardest knock this week was 1.4 g.",
    "sure": "Fairly sure: 0.91 of 1.",
    "silent_if": "Had she moved about within 12 s, this would have stayed silent.",
    "facts": {"peak_g": 2.9},
}
EVIDENCE = {
    "trace": {"at": [-2.0, -1.0, 0.0, 1.0, 2.0], "g": [1.0, 1.1, 2.9, 0.4, 1.0]},
    "trail": [
        {"at": (NIGHT - timedelta(minutes=4)).timestamp(), "spot": "bedroom", "kind": "BED", "value": 0.0},
        {"at": (NIGHT - timedelta(minutes=1)).timestamp(), "spot": "bathroom", "kind": "MOTION", "value": 1.0},
    ],
}


def make_event(
    cast: Cast, kind: EventKind = EventKind.FALL_SUSPECTED, *, at: datetime = NIGHT, **fields: Any
) -> EventFacts:
    given = {
        "person": cast.ada, "place": cast.room7, "device_id": "w1", "began_at": at, "noticed_at": at,
        "sureness": 0.91, "sighting": SIGHTING, "evidence": EVIDENCE, "key": f"test|{next(_keys)}|0", "claimed_at": at,
    }  # fmt: skip
    return events.event(Event.objects.create(kind=kind, **{**given, **fields}).pk)


def make_alert(
    cast: Cast, kind: EventKind = EventKind.FALL_SUSPECTED, *, at: datetime = NIGHT, **fields: Any
) -> Alert:
    """An alert as it is just after being raised."""
    return Alert.objects.get(pk=actions.raise_alert(make_event(cast, kind, at=at, **fields), at=at))
