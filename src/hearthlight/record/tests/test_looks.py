from datetime import timedelta

import pytest

from hearthlight.core import audit
from hearthlight.core.models import AuditEntry
from hearthlight.core.types import Actor, staff_actor
from hearthlight.record import looks
from hearthlight.record.audit_event import INTERACTIONS
from hearthlight.record.looks import Look
from hearthlight.record.types import Access, NotFound


def reader(**given):
    return Access(by=given.pop("by", staff_actor(4)), people=None, may=lambda *_: True, **given)


def test_it_notes_a_read_of_one_person_as_theirs(db, at):
    looks.note([Look(reader(), looks.READ, "Observation/x", ["person-7"], at)])

    entry = AuditEntry.objects.get()
    assert (entry.person_id, entry.action, entry.subject, entry.by) == (7, "record.read", "Observation/x", "staff:4")
    assert entry.detail == {}


def test_it_notes_a_search_once_with_everyone_it_showed(db, at):
    looks.note([Look(reader(by=Actor("app", "3"), app="3"), looks.SEARCHED, "Observation?code", ["person-7", "person-2", "person-7", "x"], at)])

    entry = AuditEntry.objects.get()
    assert entry.person_id is None
    assert entry.detail == {"persons": [2, 7], "app": "3"}


def test_it_says_when_a_read_was_of_somebody_elses_person(db, at):
    looks.note([Look(reader(outside=frozenset({"person-7"})), looks.READ, "Patient/person-7", ["person-7"], at)])

    assert AuditEntry.objects.get().detail == {"outside": True}


def test_it_keeps_the_chain_whole_over_many_notes_at_once(db, at):
    audit.record(by=staff_actor(1), at=at, action="read", subject="person:1", person_id=1)
    looks.note([Look(reader(), looks.READ, f"Observation/{n}", [f"person-{n}"], at) for n in range(1, 60)])
    looks.note([])
    audit.record(by=staff_actor(1), at=at, action="read", subject="person:1", person_id=1)

    assert AuditEntry.objects.count() == 61
    assert audit.first_broken() is None


def test_it_finds_what_names_a_person_alone_or_among_others(db, at):
    looks.note([
        Look(reader(), looks.READ, "Observation/x", ["person-7"], at),
        Look(reader(), looks.SEARCHED, "Observation?", ["person-7", "person-8"], at),
        Look(reader(), looks.SEARCHED, "Observation?", ["person-8", "person-77"], at),
        Look(reader(), looks.READ, "Observation/y", ["person-8"], at),
    ])

    found = audit.entries_naming(7, since=at, until=at + timedelta(seconds=1), actions=looks.LOOKING)

    assert [entry.subject for entry in found] == ["Observation?", "Observation/x"]


def seeing(*patients, may=True):
    return Access(by=staff_actor(9), people=frozenset(patients), may=lambda *_: may)


def test_it_gives_the_chain_as_audit_events_without_telling_of_others(db, at):
    looks.note([Look(reader(by=Actor("app", "3"), app="3"), looks.SEARCHED, "Condition?code", ["person-7", "person-8"], at)])
    entry = AuditEntry.objects.get()

    found = looks.events(seeing("person-7"), "person-7", since=at, until=at + timedelta(seconds=1))

    assert found == [looks.event(seeing("person-7"), f"audit-{entry.pk}")]
    event = found[0]
    assert (event["resourceType"], event["action"], event["recorded"]) == ("AuditEvent", "E", "2026-11-22T03:12:00.000Z")
    assert {"system": INTERACTIONS, "code": "search-type"} in event["subtype"]
    assert event["agent"] == [{"who": {"reference": "Device/app-3"}, "requestor": True}]
    assert [one["what"].get("reference") for one in event["entity"]] == ["Patient/person-7", None]
    assert event["entity"][-1]["detail"][0]["valueString"] == entry.digest


def test_it_names_the_app_beside_the_person_who_used_it(db, at):
    looks.note([Look(reader(app="3"), looks.READ, "Observation/x", ["person-7"], at)])

    event = looks.events(seeing("person-7"), "person-7", since=at, until=at + timedelta(seconds=1))[0]

    assert [agent["who"]["reference"] for agent in event["agent"]] == ["Practitioner/staff-4", "Device/app-3"]
    assert [agent["requestor"] for agent in event["agent"]] == [True, False]


@pytest.mark.parametrize("id_", ["", "audit-", "audit-0", "audit-999999", "audit-x", "audit-1 ", "audit-" + "9" * 30, "1"])
def test_it_has_no_event_that_is_not_in_the_chain(db, at, id_):
    with pytest.raises(NotFound):
        looks.event(seeing("person-7"), id_)


def test_it_shows_a_stranger_no_audit_event(db, at):
    looks.note([Look(reader(), looks.READ, "Observation/x", ["person-7"], at)])
    entry = AuditEntry.objects.get()

    for access, patient in ((seeing("person-8"), "person-7"), (seeing("person-7", may=False), "person-7"), (reader(), "foreign")):
        with pytest.raises(NotFound):
            looks.events(access, patient, since=at, until=at + timedelta(seconds=1))
    for access in (seeing("person-8"), seeing("person-7", may=False)):
        with pytest.raises(NotFound):
            looks.event(access, f"audit-{entry.pk}")
