"""The doctor's look at what is kept: tables, audit chain, heartbeats, consents, devices, and who is on at night."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from django.db import Error as DatabaseError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from hearthlight.alerts import queries as alerts_queries
from hearthlight.core import audit, heartbeat
from hearthlight.events.types import EventKind
from hearthlight.people import queries as people_queries
from hearthlight.people.types import PlaceFacts, PlaceKind, Role, Scope, Viewer
from hearthlight.response import queries as response_queries
from hearthlight.runtime.operations import watch
from hearthlight.runtime.operations.finding import Finding, Level, look, well, wrong

EVERYTHING = Viewer(staff_id=0, name="doctor", scopes=(Scope(Role.ADMINISTRATOR, "/"), Scope(Role.MANAGER, "/")))
NIGHTS = 7  # how far ahead the rota is looked at
DEAD_OF_NIGHT = time(3, 0)
AHEAD = timedelta(minutes=5)  # a heartbeat later than this after now: the clock has been set back
PUSH_KEY = "push-key.pem"  # made by response's push channel when a phone first asks
DEVICE_KINDS = {EventKind.DEVICE_SILENT, EventKind.DEVICE_BATTERY_LOW, EventKind.DEVICE_LINK_WEAK}


def examine(home: Path, *, at: datetime) -> Iterator[Finding]:
    """Everything that needs the database; the first thing that cannot be asked ends it."""
    try:
        drawn = tables()
        yield drawn
        if drawn.level is Level.WRONG:
            return
        yield chain()
        yield from running(at)
        yield late(at)
        yield consents(at)
        yield devices()
        yield from nights(at)
        yield push(home)
    except DatabaseError as error:
        yield wrong("database", f"It cannot be asked ({type(error).__name__}).", "Check HEARTHLIGHT_DATABASE and that it runs.")


def tables() -> Finding:
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return wrong("tables", "They are not those of this version.", "Start Hearthlight: it brings them up to date.")
    return well("tables", "They are those of this version.")


def chain() -> Finding:
    broken = audit.first_broken()
    if broken is None:
        return well("audit", "The chain of who did and read what is unbroken.")
    todo = "Keep this machine as it is and tell whoever is responsible for data protection: the log has been changed."
    return wrong("audit", f"The chain is broken at entry {broken}.", todo)


def is_running(at: datetime) -> bool:
    """Has any part been heard of lately? False, too, when the database cannot be asked."""
    try:
        return any(at - beat.real_at < watch.STALE * 2 for beat in heartbeat.latest())
    except DatabaseError:
        return False


def running(at: datetime) -> Iterator[Finding]:
    beats = {beat.part: beat.real_at for beat in heartbeat.latest()}
    if any(real_at > at + AHEAD for real_at in beats.values()):
        yield wrong("clock", "It has been set back since Hearthlight last ran.", "Set it right before anything else.")
    if not is_running(at):
        yield look("process", "Hearthlight is not running here.", "Start it:  sudo systemctl start hearthlight")
        return
    for part, what in watch.PARTS.items():
        if part not in beats or at - beats[part] > watch.STALE:
            yield wrong("process", f"The part that {what} has stopped.", "Restart:  sudo systemctl restart hearthlight")
        else:
            yield well("process", f"The part that {what} is at work.")


def late(at: datetime) -> Finding:
    found = response_queries.overdue(at)
    if found:
        return wrong("alerts", f"{len(found)} things that should have happened for an alert have not.", "Look at the board now.")
    return well("alerts", "Every alert is where its plan says.")


def consents(at: datetime) -> Finding:
    due = people_queries.reviews_due(EVERYTHING, at)
    if due:
        todo = "Review them with each person: the pages of their consents say which."
        return look("consents", f"{len(due)} are past their review date, the longest by {due[0].days_over} days.", todo)
    return well("consents", "None is past its review date.")


def devices() -> Finding:
    troubled = [alert for alert in alerts_queries.open_alerts(EVERYTHING) if alert.kind in DEVICE_KINDS]
    if troubled:
        return look("devices", f"{len(troubled)} are silent, or low on battery or signal.", "The devices page says which.")
    return well("devices", "None is known to be in trouble.")


def nights(at: datetime) -> Iterator[Finding]:
    for home in people_queries.places(EVERYTHING, PlaceKind.HOME):
        uncovered = [f"{night:%a %d %B}" for night in _nights(home, at) if not _has_senior(home, night)]
        if uncovered:
            todo = "Put a senior on the rota: an alert nobody answers goes to them after a minute."
            yield look("rota", f"No senior in home {home.id} at 03:00 on {', '.join(uncovered)}.", todo)
        else:
            yield well("rota", f"A senior is on every night of the coming {NIGHTS} in home {home.id}.")


def _nights(home: PlaceFacts, at: datetime) -> Iterator[datetime]:
    local = at.astimezone(people_queries.timezone_of(home.path))
    for number in range(1, NIGHTS + 1):
        yield datetime.combine(local.date() + timedelta(days=number), DEAD_OF_NIGHT, local.tzinfo)


def _has_senior(home: PlaceFacts, night: datetime) -> bool:
    units = [place.path for place in people_queries.places(EVERYTHING, PlaceKind.UNIT) if place.path.startswith(home.path)]
    return all(people_queries.staff_on(Role.SENIOR, path, night) for path in units or [home.path])


def push(home: Path) -> Finding:
    if (home / PUSH_KEY).exists():
        return well("push", "This home has a key to sign messages to phones with.")
    return look("push", "No phone has asked for messages yet: there is no key.", "Turn messages on from a phone's board.")
