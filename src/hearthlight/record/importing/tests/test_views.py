"""The pages of bringing in: for managers, of their own people; for nobody else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hearthlight.core.types import staff_actor, system
from hearthlight.people.models import Person
from hearthlight.record import actions as record
from hearthlight.record.importing import actions, presenters, queries
from hearthlight.record.importing.models import Batch
from hearthlight.record.importing.tests.bundles import bundle, patient, r4_observation, r4_patient, structured
from hearthlight.record.importing.tests.test_bundles import BOMB, DEEP
from hearthlight.record.models import Resource

TABLE = "given_name,family_name,room\nZoë,Hughes,Room 7\n".encode()


@pytest.fixture
def maya(cast, client, at):
    for person in (cast.ada, cast.lewis):
        record.project("person", str(person.pk), by=system("test"), at=at)
    client.force_login(cast.maya.user)
    return client


def send(client, body, name="oak.json", **told):
    return client.post(reverse("bring_in"), {"file": SimpleUploadedFile(name, body), "person_id": "", "place_id": "", **told})


def words(response):
    return response.content.decode()


def brought():
    return Resource.objects.filter(origin__startswith="import:")


def test_it_shows_what_it_would_do_and_does_it_when_told(cast, maya):
    shown = maya.get(send(maya, bundle(*structured()))["Location"])

    assert "Bring this in?" in words(shown) and "Allergies" in words(shown) and "Adaeze Okafor" in words(shown)
    assert not brought().exists()
    done = maya.post(reverse("import_confirm", args=[Batch.objects.get().pk]), follow=True)
    assert "Brought in." in words(done) and "written" in words(done)
    assert brought().filter(type="Condition", patient=f"person-{cast.ada.pk}").exists()
    assert "oak.json" in words(maya.get(reverse("bring_in")))
    assert "Penicillin" in words(maya.get(reverse("record", args=[cast.ada.pk])))


def test_it_asks_for_the_person_when_the_file_does_not_say(cast, maya):
    body = bundle(patient("0"), *structured()[1:])

    assert "choose the person" in words(send(maya, body))
    assert send(maya, body, person_id=str(cast.lewis.pk)).status_code == 302
    assert Batch.objects.get().person_id == cast.lewis.pk


def test_it_shows_where_the_file_says_otherwise(cast, maya):
    sent = send(maya, bundle(patient("0", name=[{"family": "Somebody", "given": ["Else"]}])), person_id=str(cast.lewis.pk))

    assert "Else Somebody" in words(maya.get(sent["Location"])) and "right person" in words(maya.get(sent["Location"]))


def test_it_brings_in_a_table_of_residents(cast, maya):
    sent = send(maya, TABLE, name="residents.csv", place_id=str(cast.home.pk))

    assert "Zoë Hughes" in words(maya.get(sent["Location"]))
    maya.post(reverse("import_confirm", args=[Batch.objects.get().pk]))
    assert Person.objects.filter(given_name="Zoë", place=cast.room7).exists()


def test_it_says_what_is_wrong_and_offers_no_way_on(cast, maya):
    sent = send(maya, TABLE.replace(b"Room 7", b"Room 70"), name="residents.csv", place_id=str(cast.home.pk))
    shown = words(maya.get(sent["Location"]))

    assert "Line 2" in shown and "Bring it in<" not in shown
    assert "Nothing was brought in" in words(maya.post(reverse("import_confirm", args=[Batch.objects.get().pk]), follow=True))
    assert not Person.objects.filter(given_name="Zoë").exists()


def test_it_does_not_keep_what_is_not_wanted(cast, maya):
    sent = send(maya, bundle(r4_patient(), r4_observation()))
    maya.post(sent["Location"] + "discard/")

    assert not Batch.objects.exists() and not brought().exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\0" * 100, DEEP, BOMB, b"[" * 100_000, b'{"resourceType":"Bundle","entry":' + b"[" * 9_000 + b"]" * 9_000 + b"}", b"<a/>", b"a,b\n"], ids=range(9)
)  # fmt: skip
def test_it_refuses_a_hostile_file_in_words(cast, maya, body):
    sent = send(maya, body, person_id=str(cast.ada.pk))

    assert sent.status_code == 422 and "Something needs changing" in words(sent)
    assert not Batch.objects.exists()


def test_it_refuses_a_file_that_is_too_large(cast, maya, monkeypatch):
    monkeypatch.setattr("hearthlight.record.importing.forms.LARGEST", 1_000)

    assert "smaller than" in words(send(maya, bundle(*structured())))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.json", "x" * 300 + ".json", "\u202egnp.json", "../../etc/passwd"])
def test_it_shows_a_hostile_name_as_words_or_refuses_it(cast, maya, name):
    sent = send(maya, bundle(r4_patient(), r4_observation()), name=name)

    assert sent.status_code in (302, 422)
    assert "<script>alert" not in words(maya.get(reverse("bring_in")))


def test_it_shows_hostile_words_of_a_file_as_words(cast, maya):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": "<script>alert(1)</script>"}]}
    sent = send(maya, bundle(patient(), outcome))

    assert "<script>alert" not in words(maya.get(sent["Location"]))


def test_a_stranger_and_a_carer_bring_nothing_in(cast, maya, client, at):
    batch_id = actions.put_forward(
        content=bundle(*structured()), file_name="oak.json", viewer=cast.viewer(cast.maya), by=staff_actor(cast.maya.pk), at=at
    )
    for name, status in (("nia", 403), ("stranger", 422)):
        client.force_login(getattr(cast, name).user)
        assert send(client, bundle(*structured())).status_code == status
    for path in ("import", "import_confirm", "import_discard"):
        address = reverse(path, args=[batch_id])
        assert (client.get(address) if path == "import" else client.post(address)).status_code == 404
    assert "oak.json" not in words(client.get(reverse("bring_in")))
    assert Batch.objects.get().done_at is None and not brought().exists()


def test_it_tells_a_report_in_counts(cast, maya):
    send(maya, bundle(*structured()))
    viewer = cast.viewer(cast.maya)

    lines = list(presenters.told(queries.preview(queries.batch(viewer, Batch.objects.get().pk), viewer)))

    assert any(line.startswith("Condition") and "1 read" in line for line in lines)
    assert not any("Okafor" in line for line in lines)
