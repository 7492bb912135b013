"""Who looked at whom: the audit chain as a manager may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hearthlight.core import audit
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts, Role, StaffFacts, Viewer
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
    entries = audit.entries(
        about={asked.person_id} & about if asked.person_id else about,
        by=() if asked.person_id else {f"staff:{one.pk}" for one in staff},
        since=at - SPANS[asked.days], until=at + timedelta(days=1),
        actions=presenters.LOOKING if asked.only_looks else (),
        limit=500,
    )  # fmt: skip
    if asked.staff_id:
        entries = [entry for entry in entries if entry.by == f"staff:{asked.staff_id}"]
    actors = {entry.by for entry in entries} | {entry.subject for entry in entries}
    names = presenters.names_of(actors, people.staff_facts)
    called = {person.id: person.preferred_name for person in persons}
    return LooksPage(asked, [presenters.audit_line(entry, names, called) for entry in entries], persons, _facts(staff))


def _facts(staff: Sequence[Any]) -> list[StaffFacts]:
    return [StaffFacts(one.pk, one.user_id, one.name, None, "", "") for one in staff]
