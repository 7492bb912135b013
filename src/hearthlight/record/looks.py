"""Every read of the record is an entry of the audit chain, written before the answer leaves.

A read names one person, a search everyone whose resources it showed: one entry for each question, however many answers.
Entries hold ids and codes only. The API hands over what many requests read at once; they are committed together."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hearthlight.core import audit
from hearthlight.core.audit import AuditEntry, Noted
from hearthlight.record.audit_event import Entry, audit_event
from hearthlight.record.types import Access, NotFound, Resource, Verb

READ, SEARCHED, EXPORTED = "record.read", "record.searched", "record.exported"
LOOKING = (READ, SEARCHED, EXPORTED)
PATIENT = re.compile(r"person-([1-9][0-9]{0,17})")
EVENT = re.compile(r"audit-([1-9][0-9]{0,17})")
LONGEST_SUBJECT = 80  # characters, the column's


@dataclass(frozen=True, slots=True)
class Look:
    """One question and whom its answer was about. `subject` says what was asked for by type and id, `Observation/x`
    or `Observation?code,date`: names of parameters, never their values, for those may be a name or a date of birth.
    `people` are Patient ids."""

    access: Access
    action: str
    subject: str
    people: Sequence[str]
    at: datetime


def note(looks: Iterable[Look]) -> None:
    """Write the entries of many reads, in one transaction of its own. Raises what the database raises: then nothing
    may be answered."""
    with transaction.atomic():
        audit.record_all([_noted(look) for look in looks])


def person_id_of(patient: str) -> int | None:
    """`person-7` is person 7; Patients from outside are nobody here."""
    match = PATIENT.fullmatch(patient)
    return int(match[1]) if match else None


def _noted(look: Look) -> Noted:
    ids = sorted({found for one in look.people if (found := person_id_of(one)) is not None})
    detail: dict[str, object] = {}
    if len(ids) > 1:
        detail["persons"] = ids
    if look.access.app:
        detail["app"] = look.access.app
    if any(one in look.access.outside for one in look.people):
        detail["outside"] = True
    only = ids[0] if len(ids) == 1 else None
    return Noted(look.access.by, look.at, look.action, look.subject[:LONGEST_SUBJECT], only, detail)


def events(access: Access, patient: str, *, since: datetime, until: datetime, limit: int = 100) -> list[Resource]:
    """Who looked at this Patient, the newest first, as AuditEvents: for the API, read only. Raises NotFound for a Patient
    whom the reader may not see; that the reader may read AuditEvents at all is asked of `access.may` here too."""
    person_id = person_id_of(patient)
    if person_id is None or not access.may("AuditEvent", Verb.SEARCH) or not access.may_see(patient):
        raise NotFound("There is no such person")
    found = audit.entries_naming(person_id, since=since, until=until, limit=limit)
    return [audit_event(_shown(entry, access)) for entry in found]


def event(access: Access, id_: str) -> Resource:
    """One entry of the chain by its AuditEvent id, `audit-<number>`. Raises NotFound also for one that is about nobody
    the reader may see."""
    match = EVENT.fullmatch(id_)
    entry = audit.entry(int(match[1])) if match and access.may("AuditEvent", Verb.READ) else None
    shown = _shown(entry, access) if entry else None
    if shown is None or not shown.persons:
        raise NotFound("There is no such entry")
    return audit_event(shown)


def _shown(entry: AuditEntry, access: Access) -> Entry:
    """Of everyone an entry names, only those the reader may see."""
    named = [entry.person_id] if entry.person_id else entry.detail.get("persons", [])
    seen = [one for one in named if access.may_see(f"person-{one}")]
    return Entry(entry.pk, entry.at, entry.by, entry.action, entry.subject, seen, str(entry.detail.get("app", "")), entry.digest)
