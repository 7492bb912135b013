"""A person's page, gathered from the rooms that know something about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import AlertFacts
from hearthlight.checks import queries as checks
from hearthlight.checks.types import CheckFacts, Due, Kind
from hearthlight.core import audit
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts, Purpose, Viewer
from hearthlight.record import permissions as record
from hearthlight.sensors import queries as sensors
from hearthlight.sensors.types import DeviceState
from hearthlight.site import presenters
from hearthlight.site.presenters import Line, Presence
from hearthlight.site.usual import NIGHTS, BedSaid, usual_nights

HISTORY = timedelta(days=90)  # how far back the timeline goes
LOOKS = 20  # the latest looks shown
SHOWN = ("all", "alerts", "consents", "changes")


@dataclass(frozen=True, slots=True)
class PersonPage:
    row: Any  # people's own Person: name, about, birth date; never its photo's bytes
    facts: PersonFacts
    presence: Presence
    open_alerts: Sequence[AlertFacts]
    consents: Sequence[Any]
    devices: Sequence[DeviceState]
    circle: Sequence[Any]
    usual: Sequence[str]
    timeline: Sequence[Line]
    looks: Sequence[Line]
    shown: str
    vitals: CheckFacts | None
    vitals_words: str
    checks_due: Sequence[Due]


def person_page(viewer: Viewer, person_id: int, *, at: datetime, shown: str) -> PersonPage:
    """Everything on the page; Http404 for a viewer who may not see this person."""
    row = people.person(viewer, person_id)
    facts = people.person_facts(person_id)
    watched = people.watched([facts], at)[person_id]
    heard = sensors.latest([facts.place_id], at - presenters.LOOKED_BACK)
    found = alerts.of_person(viewer, person_id)
    entries = audit.entries(about=[person_id], by=(), since=at - HISTORY, until=at + timedelta(days=1))
    names = presenters.names_of(presenters.actors_in(entries), people.staff_facts, record.app_labels)
    consents = people.consents(viewer, person_id)
    vitals = checks.latest(person_id, Kind.VITALS)
    return PersonPage(
        row=row, facts=facts,
        presence=presenters.presence(watched, heard),
        open_alerts=[alert for alert in found if presenters.is_open(alert) and not presenters.is_about_a_device(alert)],
        consents=[one for one in consents if one.withdrawn_at is None],
        devices=sensors.of_person(viewer, person_id=person_id, place_id=row.place_id),
        circle=people.circle(viewer, person_id),
        usual=_usual(facts.place_id, row.place.timezone, at) if Purpose.ROOM_MOVEMENT in watched.ever else [],
        timeline=_timeline(found, entries, names, shown),
        looks=[presenters.look(entry, names) for entry in entries if entry.action in presenters.LOOKING][:LOOKS],
        shown=shown, vitals=vitals, vitals_words=presenters.vitals(vitals) if vitals else "",
        checks_due=[] if row.moved_out_on else checks.due_of(person_id, facts.place_path, at),
    )  # fmt: skip


def _usual(place_id: int, zone: str, at: datetime) -> list[str]:
    rows = sensors.readings(place_id, at - timedelta(days=NIGHTS), at)
    return usual_nights((BedSaid(row.at, row.value >= 1) for row in rows if row.kind == "BED"), ZoneInfo(zone))


def _timeline(found: Sequence[AlertFacts], entries: Sequence[Any], names: dict[str, str], shown: str) -> list[Line]:
    lines = [presenters.alert_line(alert) for alert in found]
    lines += [line for entry in entries if (line := presenters.change_line(entry, names))]
    wanted = [line for line in lines if shown in ("all", line.group)]
    return sorted(wanted, key=lambda line: line.at, reverse=True)
