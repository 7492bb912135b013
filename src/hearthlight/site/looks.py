"""Who looked at whom: the audit chain as a manager may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from hearthlight.core import audit
from hearthlight.core.audit import AuditEntry
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts, Role, StaffFacts, Viewer
from hearthlight.record import permissions as record
from hearthlight.site import presenters
from hearthlight.site.presenters import Line

SPANS = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}
READERS = (Role.MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader chose: ids are 0 for anyone."""

    person_id: int
    staff_id: int
    days: str
    only_looks: bool


@dataclass(frozen=True, slots=True)
class LooksPage:
    asked: Asked
    lines: Sequence[Line]
    persons: Sequence[PersonFacts]
    staff: Sequence[StaffFacts]


def may_read(viewer: Viewer) -> bool:
    return any(scope.role in READERS for scope in viewer.scopes)


def managed_by(viewer: Viewer) -> Viewer:
    """The viewer, with only the roles that let them read the audit: a manager at one home who also does shifts at
    another reads only the first's."""
    return Viewer(viewer.staff_id, viewer.name, tuple(scope for scope in viewer.scopes if scope.role in READERS))


def looks_page(viewer: Viewer, asked: Asked, *, at: datetime) -> LooksPage:
    reader = managed_by(viewer)
    persons = [*people.persons(reader), *people.persons(reader, gone=True)]
    staff = people.staff(reader)
    about = {person.id for person in persons}
    entries = _entries(asked, about, reader, staff, at)
    if asked.staff_id:
        entries = [entry for entry in entries if entry.by == f"staff:{asked.staff_id}"]
    names = presenters.names_of(presenters.actors_in(entries), people.staff_facts, record.app_labels)
    called = {person.id: person.preferred_name for person in persons}
    return LooksPage(asked, [presenters.audit_line(entry, names, called) for entry in entries], persons, _facts(staff))


def _entries(asked: Asked, about: set[int], reader: Viewer, staff: Sequence[Any], at: datetime) -> list[AuditEntry]:
    """About whoever was chosen, alone or named among others in a list or a search; or about everybody, and what the
    reader's staff and apps did that was about nobody."""
    since, until = at - SPANS[asked.days], at + timedelta(days=1)
    actions = presenters.LOOKING if asked.only_looks else ()
    if asked.person_id:
        chosen = asked.person_id in about
        return audit.entries_naming(asked.person_id, since=since, until=until, actions=actions, limit=500) if chosen else []
    by = {f"staff:{one.pk}" for one in staff} | {f"app:{one}" for one in record.apps_for(reader)}
    return audit.entries(about=about, by=by, since=since, until=until, actions=actions, limit=500)


def _facts(staff: Sequence[Any]) -> list[StaffFacts]:
    return [StaffFacts(one.pk, one.user_id, one.name, None, "", "") for one in staff]


A_YEAR = timedelta(days=366)  # what somebody is handed on paper
MOST_ON_PAPER = 2_000  # lines: some forty sheets


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Who looked at one person, for that person: by day, the newest first."""

    person: PersonFacts
    days: Sequence[tuple[date, Sequence[Line]]]
    is_all: bool


def looked_at(viewer: Viewer, person_id: int, *, at: datetime) -> LookedAt:
    """Every look of the last year at this person alone or among others; Http404 for whom the viewer may not see."""
    row = people.person(viewer, person_id)
    entries = audit.entries_naming(
        person_id, since=at - A_YEAR, until=at + timedelta(days=1), actions=presenters.LOOKING, limit=MOST_ON_PAPER
    )
    names = presenters.names_of(presenters.actors_in(entries), people.staff_facts, record.app_labels)
    zone = ZoneInfo(row.place.timezone)
    lines = [presenters.look(entry, names) for entry in entries]
    days = [(day, list(group)) for day, group in groupby(lines, key=lambda line: line.at.astimezone(zone).date())]
    return LookedAt(people.person_facts(person_id), days, len(entries) < MOST_ON_PAPER)
