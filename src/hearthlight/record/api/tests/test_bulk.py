"""Bulk Data: asked for, made, polled, fetched and forgotten."""

import json
from datetime import timedelta

import pytest

from hearthlight.core import clock
from hearthlight.core.models import AuditEntry
from hearthlight.record.api import exporting
from hearthlight.record.api.models import Export
from hearthlight.record.api.states import ExportState
from hearthlight.record.api.tests.site import ADA, Site, observation, patient

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}


@pytest.fixture(scope="module")
def filled(site: Site) -> Site:
    for who in ("bulk-1", "bulk-2"):
        site.put(patient(who))
        for day in range(1, 4):
            site.create(observation(who, on=f"2026-07-0{day}"))
    site.create({"resourceType": "Basic", "code": {"text": "about nobody"}})
    site.put({"resourceType": "Group", "id": "unit", "type": "person", "actual": True, "member": [{"entity": {"reference": "Patient/bulk-1"}}]})
    return site


def make(site: Site, path: str, *, who: str = "system") -> tuple[str, dict[str, list[dict]]]:
    """Ask, make, fetch: the address of the status, and the resources by type."""
    asked = site.ask("GET", path, who=who, headers=ASYNC)
    assert asked.status_code == 202, asked.text
    place = asked.headers["content-location"].removeprefix(f"{site.url}/")
    assert site.ask("GET", place, who=who).status_code == 202
    while exporting.step(clock.now()):
        pass
    done = site.ask("GET", place, who=who)
    assert done.status_code == 200 and done.headers["content-type"] == "application/json"
    found: dict[str, list[dict]] = {}
    for output in done.json()["output"]:
        answer = site.ask("GET", output["url"].removeprefix(f"{site.url}/"), who=who)
        assert answer.headers["content-type"] == "application/fhir+ndjson"
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert len(lines) == output["count"] and {line["resourceType"] for line in lines} == {output["type"]}
        found.setdefault(output["type"], []).extend(lines)
    return place, found


def test_it_exports_everything_of_the_types_that_are_named(filled: Site):
    _, found = make(filled, "$export?_type=Patient,Observation,Basic")

    assert {one["id"] for one in found["Patient"]} >= {"bulk-1", "bulk-2"}
    assert len(found["Observation"]) >= 6
    assert found["Basic"][0]["code"]["text"] == "about nobody"


def test_it_exports_people_and_groups_of_them(filled: Site):
    _, of_people = make(filled, "Patient/$export")
    _, of_group = make(filled, "Group/unit/$export")

    assert "Basic" not in of_people and len(of_people["Patient"]) >= 2
    assert {one["id"] for one in of_group["Patient"]} == {"bulk-1"}
    assert {one["subject"]["reference"] for one in of_group["Observation"]} == {"Patient/bulk-1"}


def test_it_exports_what_is_new_and_what_is_filtered(filled: Site):
    _, later = make(filled, "$export?_since=2999-01-01T00:00:00Z&_type=Observation")
    _, some = make(filled, "$export?_type=Observation&_typeFilter=Observation%3Fdate%3D2026-07-01")

    assert later == {}
    assert {one["effectiveDateTime"] for one in some["Observation"]} == {"2026-07-01"}


def test_it_exports_for_an_app_only_those_it_may_see(filled: Site):
    filled.create(observation(ADA))

    _, found = make(filled, "$export?_type=Observation,Patient", who="gp")

    assert {one["subject"]["reference"] for one in found["Observation"]} == {f"Patient/{ADA}"}
    assert AuditEntry.objects.filter(by="app:2", action="record.exported").exists()


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [("$export", "nia", 403), ("$export", "powerless", 403), ("$export?_type=Nonsense", "system", 404), ("$export?_outputFormat=csv", "system", 400),
     ("$export?_since=yesterday", "system", 400), ("$export?_type=Patient&_typeFilter=Basic%3Fx", "system", 400), ("Group/nobody/$export", "system", 404),
     ("$export?patient=../x", "system", 400), ("$export-status/nothing", "system", 404), ("$export-file/nothing/1", "system", 404)],
)  # fmt: skip
def test_it_refuses_what_cannot_be_exported(site: Site, path: str, who: str, status: int):
    answer = site.ask("GET", path, who=who)

    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_a_stranger_finds_nobody_elses_export(filled: Site):
    place, _ = make(filled, "$export?_type=Patient")
    file = place.replace("status", "file") + "/1"

    for who in ("gp", "elsewhere", "nia"):
        for path in (place, file):
            assert filled.ask("GET", path, who=who).status_code == 404
        assert filled.ask("DELETE", place, who=who).status_code == 404
    assert filled.ask("GET", file).status_code == 200
    assert filled.ask("GET", f"{file}/../2").status_code == 404


def test_it_forgets_an_export_when_asked_and_when_it_is_old(filled: Site):
    place, _ = make(filled, "$export?_type=Patient")
    key = place.rsplit("/", 1)[1]
    kept, _ = make(filled, "$export?_type=Patient")

    assert filled.ask("DELETE", place).status_code == 202
    assert filled.ask("GET", place).status_code == 404
    assert not exporting.path(key, 1).exists()
    while exporting.step(clock.now() + exporting.KEPT + timedelta(minutes=1)):
        pass
    assert filled.ask("GET", kept).status_code == 404
    assert not exporting.path(kept.rsplit("/", 1)[1], 1).exists()


def test_it_begins_again_where_whoever_made_it_died(filled: Site):
    asked = filled.ask("GET", "$export?_type=Patient", headers=ASYNC)
    key = asked.headers["content-location"].rsplit("/", 1)[1]
    at = clock.now()
    Export.objects.filter(key=key).update(state=ExportState.RUNNING, again_at=at + exporting.LEASE)

    assert not exporting.step(at)
    assert exporting.step(at + exporting.LEASE)
    assert Export.objects.get(key=key).state == ExportState.DONE


def test_it_takes_no_more_than_a_few_at_once(filled: Site):
    statuses = [filled.ask("GET", "$export?_type=Basic", headers=ASYNC).status_code for _ in range(7)]

    assert statuses == [202] * 5 + [429] * 2
    while exporting.step(clock.now()):
        pass
