"""Deriving anew changes nothing where nothing is wrong, and mends what is; verifying finds what was changed."""

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.core.types import system
from hearthlight.fhir import text
from hearthlight.people.models import Person
from hearthlight.record import actions, projecting, queries, rebuilding
from hearthlight.record.models import Resource, Token, Version
from hearthlight.record.tests.factories import LEWIS, keep, make_access, make_observation, make_patient
from hearthlight.record.types import Gone

ALL = make_access()
US = system("test")


@pytest.fixture
def home(cast, at):
    """A home whose facts are all in the record, and two resources from outside."""
    actions.rebuild(by=US, at=at)
    keep(make_observation(f"person-{cast.ada.pk}"), at=at)
    both = [{"actor": {"reference": f"Patient/{who}"}, "status": "accepted"} for who in ("gp-1", LEWIS)]
    keep({"resourceType": "Appointment", "status": "booked", "participant": both}, at=at)
    return cast


def test_it_changes_nothing_on_a_sound_record(home, at):
    before = list(Version.objects.order_by("pk").values_list("pk", "digest")), list(Token.objects.values_list("rid", "seq", "code"))

    done = actions.rebuild(by=US, at=at)

    assert done.is_unchanged
    assert done.facts["person"] == 2 and done.indexed == Resource.objects.count()
    after = list(Version.objects.order_by("pk").values_list("pk", "digest")), list(Token.objects.values_list("rid", "seq", "code"))
    assert before == after


def test_it_writes_what_was_never_written_and_buries_what_is_no_more(cast, at):
    made = actions.rebuild(by=US, at=at)
    assert (made.changed["person"], made.changed["place"]) == (2, 9)
    Person.objects.filter(pk=cast.lewis.pk).delete()

    assert actions.rebuild(by=US, at=at).changed["person"] == 1
    with pytest.raises(Gone):
        queries.read("Patient", f"person-{cast.lewis.pk}", access=ALL)


def test_it_mends_an_index_that_is_not_as_the_bodies_are(home, at):
    Token.objects.all().delete()
    Resource.objects.update(lo_us=0, is_shared=False)

    done = actions.rebuild(by=US, at=at)

    assert done.reindexed == done.indexed > 2
    assert actions.rebuild(by=US, at=at).is_unchanged


def test_it_finds_nothing_wrong_where_nothing_is(home, at):
    made = keep(make_patient("gp-1"), at=at)
    actions.delete("Patient", made.id, access=ALL, at=at)

    assert list(queries.troubles()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"body": b"{}"}, "digest differs"), ({"by": "staff:9"}, "digest differs"), ({"patients": ""}, "digest differs"),
        ({"digest": b"x" * 32}, "digest differs"),
    ],
)  # fmt: skip
def test_it_finds_a_version_that_was_changed(home, change, told):
    version = Version.objects.order_by("pk").last()
    Version.objects.filter(pk=version.pk).update(**change)

    assert any(told in trouble for trouble in queries.troubles())


def test_it_finds_a_version_changed_with_its_digest(home):
    """Whoever knows how digests are made cannot make the chain agree."""
    version = Version.objects.order_by("pk").last()
    resource = Resource.objects.get(rid=version.rid)
    body = text.dumps({**text.loads(bytes(version.body)), "status": "cancelled"})
    digest = rebuilding.rules.digest_of(
        type_=resource.type, id_=resource.fid, version=version.version, at_us=version.at_us, by=version.by,
        origin=version.origin, patients=version.patients, section=version.section, is_deleted=False, body=body,
    )  # fmt: skip
    Version.objects.filter(pk=version.pk).update(body=body, digest=digest)

    assert any("not in the audit" in trouble for trouble in queries.troubles())


def test_it_finds_a_version_that_is_gone_and_a_broken_chain(home):
    Version.objects.order_by("pk").last().delete()
    AuditEntry.objects.filter(action="record.created").update(by="staff:9")

    told = " ".join(queries.troubles())
    assert "gone or changed" in told and "has not all of its versions" in told and "chain is broken" in told


def test_it_knows_every_kind_the_rooms_project(home):
    assert {"person", "place", "staff", "circle", "consent", "device", "alert", "response"} <= projecting.kinds().keys()
