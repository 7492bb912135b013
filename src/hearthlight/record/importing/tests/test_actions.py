"""Bringing a file in: whose it is, all of it or nothing, and what is there afterwards."""

import hashlib

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.core.types import Refusal, staff_actor, system
from hearthlight.fhir import text
from hearthlight.people.models import Person
from hearthlight.people.permissions import NotAllowed
from hearthlight.record import actions as record
from hearthlight.record import queries as found
from hearthlight.record.access import of_viewer
from hearthlight.record.importing import actions, queries
from hearthlight.record.importing.models import Batch
from hearthlight.record.importing.tests.bundles import bundle, patient, r4_observation, r4_patient, structured
from hearthlight.record.types import NotFound

HEAD = b"given_name,family_name,room,nhs_number,born_on\n"


@pytest.fixture
def house(cast, at):
    for person in (cast.ada, cast.lewis):
        record.project("person", str(person.pk), by=system("test"), at=at)
    return cast


def put(cast, at, body, who="maya", **aim):
    staff = getattr(cast, who)
    return actions.put_forward(content=body, file_name="oak.json", viewer=cast.viewer(staff), by=staff_actor(staff.pk), at=at, **aim)


def bring(cast, at, batch_id, who="maya"):
    staff = getattr(cast, who)
    viewer = cast.viewer(staff)
    return actions.bring_in(batch_id=batch_id, viewer=viewer, access=of_viewer(viewer, at=at), by=staff_actor(staff.pk), at=at)


def test_it_finds_the_person_by_the_nhs_number_and_writes_about_them(house, at):
    report = bring(house, at, put(house, at, bundle(*structured())))

    access = of_viewer(house.viewer(house.maya), at=at)
    condition = found.read("Condition", "c1", access=access)
    assert condition.patients == (f"person-{house.ada.pk}",)
    assert condition.origin.startswith("import:") and condition.origin.endswith("oak.json")
    assert report.total("read") == len(structured())
    assert found.read("List", next(one.id for one in found.history("List", access=access).matches), access=access)


def test_it_keeps_the_file_to_the_byte_and_says_in_the_log_that_it_came(house, at):
    body = bundle(*structured())
    batch_id = put(house, at, body)
    bring(house, at, batch_id)

    batch = Batch.objects.get(pk=batch_id)
    assert bytes(batch.content) == body and batch.digest == hashlib.sha256(body).hexdigest()
    entry = AuditEntry.objects.filter(action="import.done").get()
    assert (entry.person_id, entry.detail["kind"]) == (house.ada.pk, "STU3")


def test_it_does_not_guess_whose_it_is(house, at):
    with pytest.raises(Refusal, match="choose the person"):
        put(house, at, bundle(patient("0"), *structured()[1:]))

    batch_id = put(house, at, bundle(patient("0"), *structured()[1:]), person_id=house.lewis.pk)
    bring(house, at, batch_id)
    assert found.read("Condition", "c1", access=of_viewer(house.viewer(house.maya), at=at)).patients == (f"person-{house.lewis.pk}",)


def test_it_refuses_a_file_with_somebody_elses_nhs_number(house, at):
    with pytest.raises(Refusal, match="another NHS number"):
        put(house, at, bundle(patient("9434765919"), *structured()[1:]), person_id=house.ada.pk)


def test_a_carer_and_a_stranger_bring_in_nothing(house, at):
    with pytest.raises(NotAllowed):
        put(house, at, bundle(*structured()), who="nia")
    with pytest.raises(Refusal):
        put(house, at, bundle(*structured()), who="stranger")
    assert not Batch.objects.exists()


def test_it_writes_nothing_of_a_bundle_with_something_wrong_in_it(house, at):
    batch_id = put(house, at, bundle(r4_patient(), r4_observation(), r4_observation("w2", status="perhaps")))

    with pytest.raises(Refusal, match="Nothing was brought in"):
        bring(house, at, batch_id)

    with pytest.raises(NotFound):
        found.read("Observation", "weight-1", access=of_viewer(house.viewer(house.maya), at=at))
    assert Batch.objects.get().done_at is None


def test_it_brings_a_file_in_once(house, at):
    body = bundle(r4_patient(), r4_observation())
    batch_id = put(house, at, body)
    bring(house, at, batch_id)

    with pytest.raises(Refusal, match="already"):
        bring(house, at, batch_id)
    with pytest.raises(Refusal, match="already"):
        put(house, at, body)


def test_it_gives_another_id_to_what_has_one_of_ours(house, at):
    bring(house, at, put(house, at, bundle(r4_patient(), r4_observation(f"person-{house.ada.pk}"))))

    (kept,) = found.history("Observation", access=of_viewer(house.viewer(house.maya), at=at)).matches
    assert kept.id != f"person-{house.ada.pk}" and text.loads(kept.body)["code"] == {"text": "Weight"}


def test_it_forgets_a_file_that_nobody_wanted(house, at):
    actions.drop(batch_id=put(house, at, bundle(r4_patient())), by=system("test"), at=at)
    old = put(house, at, bundle(r4_patient(), r4_observation()))

    put(house, at + actions.WAITS * 2, bundle(r4_patient()))

    assert not Batch.objects.filter(pk=old).exists() and Batch.objects.count() == 1


def test_it_admits_everybody_in_a_table(house, at):
    body = HEAD + "Zoë,Hughes,Room 7,943 476 5919,03/02/1941\nIdris,Vaughan,lounge,,\n".encode()
    batch_id = put(house, at, body, place_id=house.home.pk)

    assert [one[1] for one in queries.preview(queries.batch(house.viewer(house.maya), batch_id), house.viewer(house.maya)).people] == ["Zoë Hughes", "Idris Vaughan"]
    bring(house, at, batch_id)

    zoe = Person.objects.get(given_name="Zoë")
    assert (zoe.nhs_number, str(zoe.born_on), zoe.place_id) == ("9434765919", "1941-02-03", house.room7.pk)
    assert Person.objects.filter(given_name="Idris").exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Zoë,Hughes,Room 99,,", "Line 3: Room 'Room 99' is not in this home"), ("Zoë,Hughes,Room 7,9434765918,", "Line 3: NHS number is not right"),
        ("Zoë,Hughes,Room 7,,31/02/1941", "Line 3: Date of birth must be a day"), ("Zoë,,Room 7,,", "Line 3: .*amily name"),
        ("Zoë,Hughes,Room 7,9990000018,", "Line 3: NHS number is already recorded"), ("Good,Row,Room 7,,", "Line 3: the same person as line 2"),
        ("Zoë,Hughes,Room 7,,1750-01-01", "Line 3: Date of birth must be in the past"),
    ],
)  # fmt: skip
def test_it_says_which_line_is_wrong_and_adds_nobody(house, at, row, why):
    batch_id = put(house, at, HEAD + f"Good,Row,Room 7,,\n{row}\n".encode(), place_id=house.home.pk)

    with pytest.raises(Refusal, match=why.replace("'", ".")):
        bring(house, at, batch_id)

    assert not Person.objects.filter(given_name="Good").exists()


@pytest.mark.parametrize(
    "body",
    [b"given_name,family_name\nA,B\n", b"given_name,family_name,room,shoe\nA,B,Room 7,9\n", HEAD, HEAD + b"A,B\n", HEAD + b'"A,B,Room 7,,\n', b"\xff\xfeg",
     b"given_name,family_name,room,room\nA,B,C,D\n", HEAD + b"A,B,Room 7,,\n" * 501],
)  # fmt: skip
def test_it_refuses_what_is_no_table_of_residents(house, at, body):
    with pytest.raises(Refusal):
        put(house, at, body, place_id=house.home.pk)


def test_it_wants_to_know_the_home(house, at):
    with pytest.raises(Refusal, match="Choose the home"):
        put(house, at, HEAD + b"A,B,Room 7,,\n")
    with pytest.raises(NotAllowed):
        put(house, at, HEAD + b"A,B,Room 7,,\n", place_id=house.other_home.pk)
