"""Facts of `people` in the record; other rooms test their own in the same way."""

from datetime import date

import pytest

from hearthlight.core import facts
from hearthlight.core.types import system
from hearthlight.fhir import text
from hearthlight.people import actions as people
from hearthlight.people.models import Person
from hearthlight.people.types import Basis, Purpose
from hearthlight.record import actions, projecting, queries
from hearthlight.record.models import Resource, Version
from hearthlight.record.tests.factories import make_access, make_patient
from hearthlight.record.types import Conflict, Forbidden, Gone

ALL = make_access()
US = system("test")


def stored(type_, id_):
    return text.loads(queries.read(type_, id_, access=ALL).body)


def admit(cast, at, **more):
    told = {"given_name": "Adaeze", "family_name": "Okafor", "preferred_name": "Ada", "nhs_number": "9990000026", **more}
    return people.admit_person(place_id=cast.room7.pk, by=US, at=at, **told)


def test_it_knows_a_person_the_moment_they_are_admitted(cast, at):
    person_id = admit(cast, at, born_on=date(1942, 2, 3))

    patient = stored("Patient", f"person-{person_id}")
    assert patient["identifier"] == [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}]
    official, usual = patient["name"]
    assert (official["use"], official["family"], official["given"]) == ("official", "Okafor", ["Adaeze"])
    assert (usual["use"], usual["text"]) == ("usual", "Ada")
    assert (patient["birthDate"], patient["active"]) == ("1942-02-03", True)
    assert patient["managingOrganization"] == {"reference": f"Organization/place-{cast.organisation.pk}"}
    version = queries.read("Patient", f"person-{person_id}", access=ALL)
    assert (version.origin, version.by, version.at) == (f"fact:person:{person_id}", "system:test", at)


def test_it_undoes_the_fact_when_it_cannot_be_written(cast, at):
    actions.update("Patient", "squatter", make_patient("squatter"), access=ALL, at=at, origin="api:x")
    person_id = admit(cast, at)
    Resource.objects.filter(fid=f"person-{person_id}").update(origin="api:x")

    with pytest.raises(Conflict):
        people.move_out(person_id=person_id, on=at.date(), by=US, at=at)

    assert stored("Patient", f"person-{person_id}")["active"] is True
    assert not Person.objects.filter(pk=person_id, moved_out_on__isnull=False).exists()


def test_it_writes_nothing_when_nothing_it_tells_has_changed(cast, at):
    person_id = admit(cast, at)
    before = Version.objects.count()

    facts.changed("person", person_id, by=US, at=at)

    assert Version.objects.count() == before


def test_it_follows_the_circle_and_forgets_who_left(cast, at):
    person_id = admit(cast, at)
    grace = people.add_to_circle(
        person_id=person_id, relationship="Daughter", name="Grace Okafor", phone="07700 900123", by=US, at=at, may_be_told=True
    )
    people.add_to_circle(person_id=person_id, relationship="Key worker", staff_id=cast.sam.pk, by=US, at=at)

    related = stored("RelatedPerson", f"circle-{grace}")
    assert related["relationship"][0]["coding"][0]["code"] == "DAU"
    members = [each["member"]["reference"] for each in stored("CareTeam", f"person-{person_id}")["participant"]]
    assert members == [f"RelatedPerson/circle-{grace}", f"Practitioner/staff-{cast.sam.pk}"]

    people.remove_from_circle(member_id=grace, by=US, at=at)
    with pytest.raises(Gone):
        queries.read("RelatedPerson", f"circle-{grace}", access=ALL)
    assert len(stored("CareTeam", f"person-{person_id}")["participant"]) == 1


def test_it_shows_a_consent_as_given_and_as_withdrawn(cast, at):
    consent = people.give_consent(
        person_id=cast.ada.pk, purpose=Purpose.FALLS, basis=Basis.BEST_INTERESTS, given_by="Dr Nwosu", evidence="Form 3",
        review_on=date(2027, 6, 1), by=US, at=at, from_minute=22 * 60, until_minute=6 * 60, place_id=cast.room7.pk,
    )  # fmt: skip
    given = stored("Consent", f"consent-{consent}")
    people.withdraw_consent(consent_id=consent, why="asked to", by=US, at=at)
    withdrawn = stored("Consent", f"consent-{consent}")

    assert (given["status"], withdrawn["status"]) == ("active", "inactive")
    assert "22:00 to 06:00" in given["provision"]["code"][0]["text"]
    assert "section 4" in given["policyRule"]["text"]
    assert withdrawn["provision"]["period"]["end"] == "2026-11-22T03:12:00Z"


def test_it_knows_who_works_here_as_what_and_where(cast, at):
    staff = people.add_staff(name="Tess Moor", username="tess", by=US, at=at, phone="07700 900124")
    grant = people.give_role(staff_id=staff, role="MANAGER", place_id=cast.home.pk, by=US, at=at)

    role = stored("PractitionerRole", f"grant-{grant}")
    assert role["practitioner"] == {"reference": f"Practitioner/staff-{staff}"}
    assert role["location"] == [{"reference": f"Location/place-{cast.home.pk}"}]
    assert "900124" not in str(stored("Practitioner", f"staff-{staff}"))
    people.end_role(grant_id=grant, by=US, at=at)
    assert stored("PractitionerRole", f"grant-{grant}")["active"] is False


def test_it_places_a_room_in_its_unit_and_a_home_in_its_organisation(cast, at):
    room = people.create_place(kind="ROOM", name="Room 9", parent_id=cast.unit.pk, by=US, at=at)
    home = people.create_place(kind="HOME", name="Oak House", parent_id=cast.organisation.pk, by=US, at=at)

    assert stored("Location", f"place-{room}")["partOf"] == {"reference": f"Location/place-{cast.unit.pk}"}
    assert "partOf" not in stored("Location", f"place-{home}")


def test_nobody_else_writes_what_is_a_rooms(cast, at):
    person_id = admit(cast, at)
    id_ = f"person-{person_id}"

    for write in (
        lambda: actions.update("Patient", id_, make_patient(id_), access=ALL, at=at, origin="api:x"),
        lambda: actions.delete("Patient", id_, access=ALL, at=at),
        lambda: actions.update("Patient", "person-999", make_patient(), access=ALL, at=at, origin="api:x"),
    ):
        with pytest.raises(Forbidden):
            write()
    assert actions.create(make_patient("person-999"), access=ALL, at=at, origin="api:x").id != "person-999"


def test_it_says_nothing_of_facts_nobody_projects(cast, at):
    projecting.listen("no such kind", "1", US, at)

    assert "no such kind" not in projecting.kinds()
