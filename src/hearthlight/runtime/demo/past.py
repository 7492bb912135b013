"""The fortnight before: alerts that were raised, answered and judged, so that history has something to show."""

from datetime import datetime, timedelta

from django.db import transaction

from hearthlight.alerts import actions as alerts
from hearthlight.alerts.types import Found, ToldTo, Truth
from hearthlight.events import actions as events
from hearthlight.events import queries as events_queries
from hearthlight.events import rules
from hearthlight.events.types import EventKind
from hearthlight.people.types import Role, Scope, Viewer
from hearthlight.runtime.demo.house import Furnished, dice

NIGHTS = 14
A_NIGHT = 3  # alerts on a night like these
"""About what a home of 24 sees: enough to judge a setting by, few enough to read."""

KINDS = [
    (EventKind.FALL_SUSPECTED, "A hard knock, then lying still.", 0.45),
    (EventKind.CALLED_FOR_HELP, "The cord in the bathroom was pulled.", 0.9),
    (EventKind.NOT_BACK_IN_BED, "Got up and was not back in bed after 20 minutes.", 0.6),
]


def live_through(house: Furnished, until: datetime) -> None:
    """Play the past: each alert raised, told, answered and closed at its own time."""
    chance = dice(11)
    carer = Viewer(house.staff["nia"], "Nia Price", (Scope(Role.CARER, _path(house)),))
    moments = sorted(
        until - timedelta(days=night + 1) + timedelta(hours=chance.uniform(-5, 3)) for night in range(NIGHTS) for _ in range(A_NIGHT)
    )
    for moment in moments:
        kind, seen, truth = chance.choice(KINDS)
        number = chance.choice(sorted(house.wearables) if kind == EventKind.FALL_SUSPECTED else range(3, 25))
        is_true = chance.random() < truth
        score = round(chance.uniform(0.75, 0.97) if is_true else chance.uniform(0.55, 0.85), 2)
        _one(house, carer, number=number, kind=kind, seen=seen, is_true=is_true, score=score, at=moment, wait=chance.uniform(8, 95))


def _path(house: Furnished) -> str:
    return f"/{house.places['Willow Care']}/{house.places['Willow House']}/"


def _one(  # noqa: PLR0913
    house: Furnished, carer: Viewer, *, number: int, kind: EventKind, seen: str, is_true: bool, score: float, at: datetime, wait: float
) -> None:
    sighting = {
        "seen": seen, "usual": "Seldom in this room.", "sure": f"{round(score * 100)} in 100.",
        "silent_if": "Movement soon after.", "facts": {"score": score},
    }  # fmt: skip
    with transaction.atomic():
        event = events.record(
            kind=kind, person_id=house.persons[number], place_id=house.rooms[number], device_id="", began_at=at,
            noticed_at=at, sureness=score, sighting=sighting, evidence={}, key=rules.key_of("past", str(number), at.timestamp()), at=at,
        )  # fmt: skip
        if event is None:
            return
        events.claim(event, at=at)
        alert = alerts.raise_alert(events_queries.event(event), at=at)
    went, there = at + timedelta(seconds=wait), at + timedelta(seconds=wait + 75)
    alerts.accept(alert, by=carer, at=went)
    alerts.attend(alert, by=carer, at=there)
    found = Found.ON_FLOOR if is_true and kind == EventKind.FALL_SUSPECTED else Found.FINE
    alerts.close(
        alert, by=carer, at=there + timedelta(minutes=6), truth=Truth.TRUE if is_true else Truth.FALSE, found=found,
        told=[ToldTo.FAMILY] if is_true else [], note="", is_up=True,
    )  # fmt: skip
