"""Reading the audit chain: scoped by whoever asks, and cheap to ask whether something was noted."""

from datetime import UTC, datetime, timedelta

from hearthlight.core import audit
from hearthlight.core.types import staff_actor, system

AT = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
NIA = staff_actor(4)


def note(by=NIA, action="read", person=1, at=AT, subject="person:1"):
    return audit.record(by=by, at=at, action=action, subject=subject, person_id=person)


def read(**given):
    asked = {"about": [1], "by": ["staff:4"], "since": AT - timedelta(days=1), "until": AT + timedelta(days=1)}
    return [entry.pk for entry in audit.entries(**(asked | given))]


def test_it_shows_entries_about_the_given_people_and_the_doings_of_the_given_staff(db):
    mine, others = note(), note(by=system("x"))
    note(person=2)
    listed = note(person=None, action="listed", subject="person:*")
    note(person=None, by=staff_actor(5))

    assert read() == [listed.pk, others.pk, mine.pk]
    assert read(about=[], by=[]) == []


def test_it_narrows_by_action_span_and_number(db):
    first, second = note(), note(action="consent given", at=AT + timedelta(hours=1))

    assert read(actions=["read"]) == [first.pk]
    assert read(since=AT + timedelta(minutes=1)) == [second.pk]
    assert read(until=AT + timedelta(minutes=1)) == [first.pk]
    assert read(limit=1) == [second.pk]


def test_it_knows_what_was_noted_lately(db):
    note()

    def noted(**given):
        return audit.is_noted(**({"by": NIA, "action": "read", "subject": "person:1", "since": AT} | given))

    assert noted()
    assert not noted(by=staff_actor(5))
    assert not noted(action="listed")
    assert not noted(subject="person:2")
    assert not noted(since=AT + timedelta(seconds=1))
