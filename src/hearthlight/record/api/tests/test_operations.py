"""$validate, $everything, $lastn and $document over HTTP."""

from hearthlight.record.api.tests.site import ADA, LEWIS, Site, observation, patient


def resources(bundle: dict) -> list[dict]:
    return [entry["resource"] for entry in bundle.get("entry", [])]


def test_it_says_what_is_wrong_and_keeps_nothing(site: Site):
    good = site.ask("POST", "Observation/$validate", json=observation(code="2708-6"))
    bad = site.ask("POST", "Observation/$validate", json={**observation(code="2708-6"), "status": "done"})
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {**observation(), "status": "done"}}, {"name": "mode", "valueCode": "create"}]}

    assert good.status_code == bad.status_code == 200
    assert {issue["severity"] for issue in good.json()["issue"]} <= {"information", "warning"}
    assert [issue["severity"] for issue in bad.json()["issue"]][0] in ("error", "fatal")
    assert site.ask("POST", "Observation/$validate", json=wrapped).json()["issue"][0]["severity"] in ("error", "fatal")
    assert site.ask("POST", "Patient/$validate", json=observation()).json()["issue"][-1]["severity"] == "error"
    assert site.ask("GET", "Observation?code=2708-6&_summary=count").json()["total"] == 0


def test_it_validates_what_is_stored(site: Site):
    made = site.create(observation())

    answer = site.ask("GET", f"Observation/{made['id']}/$validate")

    assert answer.json()["resourceType"] == "OperationOutcome"
    assert site.ask("GET", "Observation/$validate").status_code == 400
    assert site.ask("GET", "Observation/nobody/$validate").status_code == 404
    assert site.ask("POST", "Observation/$validate?mode=guess", json=observation()).status_code == 400


def test_it_validates_against_a_profile(site: Site):
    profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Nonsense"

    answer = site.ask("POST", f"Observation/$validate?profile={profile}", json=observation())

    assert any(issue["severity"] == "error" for issue in answer.json()["issue"])


def test_it_gives_everything_about_one_person_page_by_page(site: Site):
    site.put(patient("all-of-her"))
    for day in range(1, 8):
        site.create(observation("all-of-her", on=f"2026-09-{day:02d}"))
    site.create(observation("someone-else"))

    seen, url = [], f"{site.url}/Patient/all-of-her/$everything?_count=3"
    while url:
        bundle = site.client.get(url, headers={"Authorization": "Bearer system"}).json()
        seen += resources(bundle)
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")

    assert sorted(one["resourceType"] for one in seen) == ["Observation"] * 7 + ["Patient"]
    assert len({one["id"] for one in seen}) == 8
    only = site.ask("GET", "Patient/all-of-her/$everything?_type=Patient").json()
    assert [one["id"] for one in resources(only)] == ["all-of-her"]
    assert site.ask("GET", "Patient/all-of-her/$everything", who="nia").status_code == 404


def test_it_gives_the_latest_of_each_code(site: Site):
    site.put(patient("latest"))
    for day in (1, 3, 2):
        for code in ("8867-4", "9279-1"):
            site.create(observation("latest", code=code, value=day, on=f"2026-08-{day:02d}"))

    one = site.ask("GET", "Observation/$lastn?patient=latest").json()
    two = site.ask("GET", "Observation/$lastn?patient=latest&max=2&code=8867-4").json()

    assert [(each["code"]["coding"][0]["code"], each["valueQuantity"]["value"]) for each in sorted(resources(one), key=str)] == [
        ("8867-4", 3), ("9279-1", 3),
    ] or {each["valueQuantity"]["value"] for each in resources(one)} == {3}  # fmt: skip
    assert [each["effectiveDateTime"] for each in resources(two)] == ["2026-08-03", "2026-08-02"]
    assert site.ask("GET", "Observation/$lastn").status_code == 400
    assert resources(site.ask("GET", f"Observation/$lastn?patient={LEWIS}", who="nia").json()) == []


def test_it_makes_a_document_of_a_composition(site: Site):
    site.put(patient("doc"))
    pulse = site.create(observation("doc"))
    composition = site.create({
        "resourceType": "Composition", "status": "final", "type": {"text": "Transfer of care"}, "subject": {"reference": "Patient/doc"},
        "date": "2026-11-22", "author": [{"display": "Sam"}], "title": "Ada goes to hospital",
        "section": [{"title": "Observations", "entry": [{"reference": f"Observation/{pulse['id']}"}, {"reference": "Observation/no-such"}]}],
    })  # fmt: skip

    document = site.ask("GET", f"Composition/{composition['id']}/$document").json()
    kept = site.ask("GET", f"Composition/{composition['id']}/$document?persist=true").json()

    assert document["type"] == "document"
    assert [one["resourceType"] for one in resources(document)] == ["Composition", "Patient", "Observation"]
    assert document["identifier"]["value"].startswith("urn:uuid:")
    assert site.ask("GET", f"Bundle/{kept['id']}").json()["type"] == "document"
    assert site.ask("GET", f"Composition/{composition['id']}/$document", who="nia").status_code == 404


def test_it_knows_no_other_operation(site: Site):
    for path in (f"Patient/{ADA}/$forget", "$everything", "Observation/$export"):
        assert site.ask("GET", path).status_code == 404, path
    assert site.ask("DELETE", "Observation/$lastn").status_code == 405
