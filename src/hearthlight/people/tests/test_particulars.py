"""What hospitals and councils ask for: written, refused, and told in the Patient resource."""

import pytest
from django.urls import reverse

from hearthlight.core.models import AuditEntry
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.fhir.check import check
from hearthlight.people import actions
from hearthlight.people.particulars import Told, particulars_of
from hearthlight.people.projection import KINDS

ALL = Told(
    title="Mrs", suffix="OBE", gender="female", sex="female", ethnicity="Nigerian", religion="Methodist", birth_place="Enugu",
    organ_donation=True, other_identifier="LA-77", address="12 Mill Lane\nOldtown", postcode="ol1 2ab",
)  # fmt: skip


def _tell(cast, at, told=ALL):
    actions.change_particulars(person_id=cast.ada.pk, told=told, by=staff_actor(cast.maya.pk), at=at)


def test_it_tells_them_in_the_patient_resource(cast, at):
    _tell(cast, at)

    (patient,) = KINDS["person"].resources(str(cast.ada.pk))

    assert patient["name"][0] == {
        "use": "official", "text": "Adaeze Okafor", "family": "Okafor", "given": ["Adaeze"], "prefix": ["Mrs"], "suffix": ["OBE"],
    }  # fmt: skip
    assert (patient["gender"], patient["address"]) == ("female", [{"line": ["12 Mill Lane", "Oldtown"], "postalCode": "OL1 2AB"}])
    assert {"type": {"text": "Other number"}, "value": "LA-77"} in patient["identifier"]
    told = [next(value for key, value in one.items() if key != "url") for one in patient["extension"]]
    assert told == [{"text": "Nigerian"}, {"text": "Methodist"}, {"text": "Enugu"}, "female", True]
    assert [one.diagnostics for one in check(patient) if one.is_error] == []


def test_it_says_nothing_of_what_is_not_known(cast, at):
    (patient,) = KINDS["person"].resources(str(cast.ada.pk))

    assert not patient.keys() & {"gender", "address", "extension"}


def test_it_audits_which_changed_and_not_what_they_say(cast, at):
    _tell(cast, at)

    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "particulars changed"
    assert "religion" in entry.detail["fields"] and "Methodist" not in str(entry.detail)


def test_it_writes_nothing_when_nothing_changes(cast, at):
    _tell(cast, at)
    before = AuditEntry.objects.count()

    _tell(cast, at)

    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "told", [Told(address="a\nb\nc\nd\ne\nf"), Told(gender="mauve"), Told(title="x" * 41), Told(religion="\u202e")]
)
def test_it_refuses_what_cannot_be_meant(cast, at, told):
    with pytest.raises(Refusal):
        _tell(cast, at, told)


def test_a_manager_fills_them_in_on_a_page(cast, client):
    client.force_login(cast.maya.user)
    page = reverse("particulars", args=[cast.ada.pk])

    assert client.get(page).status_code == 200
    sent = client.post(page, {"title": "Mrs", "postcode": "OL1 2AB", "organ_donation": "no"})

    assert sent.status_code == 302
    row = particulars_of(cast.ada)
    assert (row.title, row.organ_donation) == ("Mrs", False)
    assert client.post(page, {"address": "a\nb\nc\nd\ne\nf"}).status_code == 422


def test_a_carer_may_not_change_them_and_a_stranger_finds_nothing(cast, client):
    page = reverse("particulars", args=[cast.ada.pk])

    client.force_login(cast.nia.user)
    assert client.get(page).status_code == 403
    client.force_login(cast.stranger.user)
    assert client.get(page).status_code == 404
