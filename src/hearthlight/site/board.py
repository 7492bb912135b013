"""The board: what a carer at 3 in the morning needs to see, gathered in the same few questions for any number of people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import AlertFacts
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts, PlaceFacts, PlaceKind, ShiftFacts, Viewer
from hearthlight.sensors import queries as sensors
from hearthlight.sensors.types import Heard
from hearthlight.site import presenters
from hearthlight.site.presenters import Presence

QUIET_SHOWN = timedelta(hours=12)  # "all quiet since" looks back one night
NOTED_FOR = timedelta(minutes=15)  # a page left open is noted again this often, not at every change
AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tile:
    """One person, as their room's tile says how they are."""

    person: PersonFacts
    presence: Presence
    alert: AlertFacts | None


@dataclass(frozen=True, slots=True)
class Board:
    units: Sequence[PlaceFacts]
    unit: PlaceFacts | None
    waiting: Sequence[AlertFacts]
    taken: Sequence[AlertFacts]
    devices: Sequence[AlertFacts]
    tiles: Sequence[tuple[str, Sequence[Tile]]]
    on_shift: Sequence[ShiftFacts]
    quiet_since: datetime | None
    at: datetime

    @property
    def is_quiet(self) -> bool:
        return not self.waiting and not self.taken

    @property
    def person_ids(self) -> list[int]:
        return [tile.person.id for _, tiles in self.tiles for tile in tiles]


def board_of(viewer: Viewer, *, at: datetime, unit_id: int | None = None) -> Board:
    units = people.places(viewer, PlaceKind.UNIT)
    unit = next((one for one in units if one.id == unit_id), None)
    within = unit.path if unit else "/"
    persons = people.persons(viewer, within=within)
    open_now = [alert for alert in alerts.open_alerts(viewer) if alert.place_path.startswith(within)]
    about_people = [alert for alert in open_now if not presenters.is_about_a_device(alert)]
    return Board(
        units=units,
        unit=unit,
        waiting=[alert for alert in about_people if presenters.is_waiting(alert)],
        taken=[alert for alert in about_people if not presenters.is_waiting(alert)],
        devices=[alert for alert in open_now if presenters.is_about_a_device(alert)],
        tiles=_tiles(persons, open_now, at),
        on_shift=people.shifts(viewer, since=at, until=at + AN_INSTANT, within=within),
        quiet_since=_quiet_since(viewer, within, at) if not about_people else None,
        at=at,
    )


def _tiles(persons: Sequence[PersonFacts], open_now: Iterable[AlertFacts], at: datetime) -> list[tuple[str, list[Tile]]]:
    watched = people.watched(persons, at)
    heard: dict[int, list[Heard]] = defaultdict(list)
    for one in sensors.latest({person.place_id for person in persons}, at - presenters.LOOKED_BACK):
        heard[one.place_id].append(one)
    gravest: dict[int | None, AlertFacts] = {}
    for alert in open_now:
        gravest.setdefault(alert.person_id, alert)
    tiles = [
        Tile(person, presenters.presence(watched[person.id], heard[person.place_id]), gravest.get(person.id))
        for person in persons
    ]
    tiles.sort(key=lambda tile: (tile.person.unit_name, presenters.as_counted(tile.person.place_name)))
    return [(unit, list(group)) for unit, group in groupby(tiles, key=lambda tile: tile.person.unit_name)]


def _quiet_since(viewer: Viewer, within: str, at: datetime) -> datetime | None:
    """When the latest alert about a person here was over; None when there was none all night."""
    recent = alerts.raised_between(viewer, at - QUIET_SHOWN, at)
    over = [
        alert.closed_at or alert.raised_at
        for alert in recent
        if alert.place_path.startswith(within) and not presenters.is_about_a_device(alert)
    ]
    return max(over, default=None)
