"""Clients nobody here wrote, unchanged: fhirpy and fhirclient."""

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from hearthlight.record.api.tests.site import Site, observation, patient


@pytest.fixture
def fhirpy(site: Site) -> SyncFHIRClient:
    return SyncFHIRClient(site.url, authorization="Bearer system")


def test_fhirpy_creates_reads_updates_and_deletes(site: Site, fhirpy: SyncFHIRClient):
    person = fhirpy.resource("Patient", **{**patient("x"), "resourceType": "Patient"})
    person.pop("id", None)
    person.save()
    again = fhirpy.reference("Patient", person["id"]).to_resource()
    again["birthDate"] = "1942-02-03"
    again.save()

    assert fhirpy.reference("Patient", person["id"]).to_resource()["birthDate"] == "1942-02-03"
    assert again["meta"]["versionId"] == "2"
    again.delete()
    with pytest.raises((ResourceNotFound, OperationOutcome)):
        fhirpy.reference("Patient", person["id"]).to_resource()


def test_fhirpy_searches_every_page(site: Site, fhirpy: SyncFHIRClient):
    site.put(patient("fhirpy-1"))
    for day in range(1, 8):
        site.create(observation("fhirpy-1", on=f"2026-06-0{day}"))

    found = fhirpy.resources("Observation").search(patient="fhirpy-1").sort("-date").limit(3)

    assert [one["effectiveDateTime"] for one in found] == [f"2026-06-0{day}" for day in range(7, 0, -1)]
    assert found.count() == 7
    assert found.first()["effectiveDateTime"] == "2026-06-07"


def test_fhirpy_is_told_what_is_wrong(fhirpy: SyncFHIRClient):
    with pytest.raises(OperationOutcome):
        fhirpy.resource("Observation", **{**observation(), "status": "done"}).save()


def test_fhirclient_reads_and_searches(site: Site):
    site.put(patient("fhirclient-1", birthDate="1942-02-03"))
    for day in range(1, 4):
        site.create(observation("fhirclient-1", on=f"2026-05-0{day}"))
    client = FHIRClient(settings={"app_id": "test", "api_base": site.url})
    client.server.session.headers["Authorization"] = "Bearer system"

    person = Patient.read("fhirclient-1", client.server)
    found = Observation.where({"patient": "fhirclient-1", "_sort": "date"}).perform_resources(client.server)

    assert person.name[0].family == "Okafor"
    assert [one.effectiveDateTime.isostring[:10] for one in found] == ["2026-05-01", "2026-05-02", "2026-05-03"]


def test_fhirclient_creates_and_updates(site: Site):
    client = FHIRClient(settings={"app_id": "test", "api_base": site.url})
    client.server.session.headers["Authorization"] = "Bearer system"
    made = Observation(observation("fhirclient-2"))

    answer = made.create(client.server)
    kept = Observation.read(answer["id"], client.server)
    kept.status = "amended"
    kept.update(client.server)

    assert site.ask("GET", f"Observation/{answer['id']}").json()["status"] == "amended"
