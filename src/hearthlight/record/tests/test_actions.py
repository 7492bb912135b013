"""Writing: versions, refusals, one transaction, and what the audit says."""

from datetime import timedelta

import pytest

from hearthlight.core import audit
from hearthlight.core.models import AuditEntry
from hearthlight.fhir import text
from hearthlight.record import actions, queries
from hearthlight.record.models import Resource, Version
from hearthlight.record.tests.factories import ADA, LEWIS, keep, make_access, make_observation, make_patient
from hearthlight.record.types import Conflict, Forbidden, Gone, NotFound, Section, Verb, Write

ALL = make_access()
pytestmark = pytest.mark.django_db(databases="__all__")


def label(section):
    return {"meta": {"security": [{"system": "urn:x", "code": section.value}]}}


def test_it_keeps_what_was_given_and_stamps_it(at):
    made = keep(make_observation(), at=at)

    body = text.loads(queries.read("Observation", made.id, access=ALL).body)
    assert body["meta"] == {"versionId": "1", "lastUpdated": "2026-11-22T03:12:00.000Z"}
    assert str(body["valueQuantity"]["value"]) == "72.50"
    assert list(body)[:3] == ["resourceType", "id", "meta"]
    assert (made.version, made.by, made.origin, made.patients) == (1, "staff:1", "api:test", (ADA,))


def test_it_keeps_an_id_that_is_free_and_makes_one_otherwise(at):
    first = keep(make_patient("from-the-gp"), at=at)
    second = keep(make_patient("from-the-gp"), at=at)
    third = keep(make_patient("no good!"), at=at)

    assert first.id == "from-the-gp"
    assert len({first.id, second.id, third.id}) == 3


def test_it_makes_a_new_version_of_every_update_and_keeps_the_old(at):
    made = keep(make_observation(value="72"), at=at)

    actions.update(
        "Observation", made.id, make_observation(value="80"), access=ALL, at=at + timedelta(hours=1), origin="api:test", if_match=1
    )

    assert b"80" in queries.read("Observation", made.id, access=ALL).body
    assert b'"value":72,' in queries.vread("Observation", made.id, 1, access=ALL).body
    assert [v.version for v in queries.history("Observation", made.id, access=ALL).matches] == [2, 1]


def test_it_refuses_a_writer_who_has_not_read_the_latest(at):
    made = keep(make_observation(), at=at)
    actions.update("Observation", made.id, make_observation(), access=ALL, at=at, origin="api:test")

    with pytest.raises(Conflict):
        actions.update("Observation", made.id, make_observation(), access=ALL, at=at, origin="api:test", if_match=1)
    with pytest.raises(Conflict):
        actions.delete("Observation", made.id, access=ALL, at=at, if_match=1)
    with pytest.raises(Conflict):
        actions.update("Observation", "not-there", make_observation(), access=ALL, at=at, origin="api:test", if_match=1)


def test_it_creates_by_update_what_is_not_there(at):
    made = actions.update("Patient", "gp-1", make_patient("gp-1"), access=ALL, at=at, origin="api:gp")

    assert (made.id, made.version) == ("gp-1", 1)


def test_it_deletes_softly_and_can_bring_back(at):
    made = keep(make_observation(), at=at)

    gone = actions.delete("Observation", made.id, access=ALL, at=at)
    assert gone is not None and gone.version == 2
    assert actions.delete("Observation", made.id, access=ALL, at=at) is None
    with pytest.raises(Gone):
        queries.read("Observation", made.id, access=ALL)
    with pytest.raises(Gone):
        queries.vread("Observation", made.id, 2, access=ALL)
    assert queries.vread("Observation", made.id, 1, access=ALL).version == 1

    again = actions.update("Observation", made.id, make_observation(), access=ALL, at=at, origin="api:test")
    assert again.version == 3
    assert queries.read("Observation", made.id, access=ALL).version == 3


def test_it_never_learns_of_what_was_never_there(at):
    with pytest.raises(NotFound):
        actions.delete("Observation", "nothing", access=ALL, at=at)
    with pytest.raises(NotFound):
        queries.read("Observation", "nothing", access=ALL)


def test_a_stranger_finds_nothing_and_writes_nothing(at):
    made = keep(make_observation(ADA), at=at)
    stranger = make_access(LEWIS)

    for ask in (
        lambda: queries.read("Observation", made.id, access=stranger),
        lambda: queries.vread("Observation", made.id, 1, access=stranger),
        lambda: queries.history("Observation", made.id, access=stranger),
        lambda: actions.delete("Observation", made.id, access=stranger, at=at),
        lambda: actions.update("Observation", made.id, make_observation(LEWIS), access=stranger, at=at, origin="x"),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(Forbidden):
        keep(make_observation(ADA), at=at, access=stranger)
    assert queries.history(access=stranger).matches == []


def test_a_stranger_is_not_told_that_something_was_deleted(at):
    made = keep(make_observation(ADA), at=at)
    actions.delete("Observation", made.id, access=ALL, at=at)

    with pytest.raises(NotFound):
        queries.read("Observation", made.id, access=make_access(LEWIS))


def test_it_shows_what_is_about_two_to_nobody_who_may_see_only_one(at):
    both = [{"actor": {"reference": f"Patient/{who}"}, "status": "accepted"} for who in (ADA, LEWIS)]
    made = keep({"resourceType": "Appointment", "status": "booked", "participant": both}, at=at)

    assert set(made.patients) == {ADA, LEWIS}
    assert queries.read("Appointment", made.id, access=make_access(ADA, LEWIS)).id == made.id
    with pytest.raises(NotFound):
        queries.read("Appointment", made.id, access=make_access(ADA))


def test_it_opens_a_guarded_section_only_to_whoever_may(at):
    opened = make_access(ADA, sections=frozenset({Section.SAFEGUARDING}))
    made = keep(make_observation(ADA, **label(Section.SAFEGUARDING)), at=at, access=opened)

    assert queries.read("Observation", made.id, access=opened).id == made.id
    with pytest.raises(NotFound):
        queries.read("Observation", made.id, access=make_access(ADA))
    with pytest.raises(Forbidden):
        keep(make_observation(ADA, **label(Section.KEY_SAFE)), at=at, access=opened)


def test_it_keeps_an_old_version_as_guarded_as_it_was(at):
    opened = make_access(ADA, sections=frozenset({Section.SAFEGUARDING}))
    made = keep(make_observation(ADA, **label(Section.SAFEGUARDING)), at=at, access=opened)
    actions.update("Observation", made.id, make_observation(ADA), access=opened, at=at, origin="api:test")

    with pytest.raises(NotFound):
        queries.vread("Observation", made.id, 1, access=make_access(ADA))
    assert [v.version for v in queries.history("Observation", made.id, access=make_access(ADA)).matches] == [2]


def test_it_asks_whether_the_type_may_be_touched_in_this_way(at):
    reader = make_access(may=lambda type_, verb: verb is Verb.READ)
    made = keep(make_observation(), at=at)

    for ask in (
        lambda: keep(make_observation(), at=at, access=reader),
        lambda: actions.update("Observation", made.id, make_observation(), access=reader, at=at, origin="x"),
        lambda: actions.delete("Observation", made.id, access=reader, at=at),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_it_does_all_or_nothing(at):
    writes = [Write("Observation", make_observation(), is_new=True), Write("Observation", None, "nothing")]

    with pytest.raises(NotFound):
        actions.many(writes, access=ALL, at=at, origin="api:test")

    assert (Resource.objects.count(), Version.objects.count(), AuditEntry.objects.count()) == (0, 0, 0)


def test_it_notes_every_write_with_the_digest_of_what_was_written(at):
    made = keep(make_observation(ADA), at=at)

    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.subject, entry.person_id) == ("record.created", f"Observation/{made.id}", 7)
    digest = bytes(Version.objects.get().digest).hex()
    assert entry.detail == {"versions": [["Observation", made.id, 1, digest]]}
    assert audit.first_broken() is None


def test_it_notes_many_writes_once_for_each_person(at):
    writes = [Write("Observation", make_observation(who), is_new=True) for who in (ADA, ADA, LEWIS)]

    actions.many(writes, access=ALL, at=at, origin="import:1")

    noted = {entry.person_id: len(entry.detail["versions"]) for entry in AuditEntry.objects.all()}
    assert noted == {7: 2, 8: 1}


def test_it_pages_through_a_history_by_cursor(at):
    made = keep(make_observation(), at=at)
    for hour in range(1, 5):
        later = at + timedelta(hours=hour)
        actions.update("Observation", made.id, make_observation(), access=ALL, at=later, origin="api:test")

    first = queries.history("Observation", made.id, access=ALL, count=2)
    second = queries.history("Observation", made.id, access=ALL, count=2, cursor=first.next_cursor)
    third = queries.history("Observation", made.id, access=ALL, count=2, cursor=second.next_cursor)
    assert [v.version for page in (first, second, third) for v in page.matches] == [5, 4, 3, 2, 1]
    assert third.next_cursor == ""
    assert len(queries.history(access=ALL, since=at + timedelta(hours=3)).matches) == 2
