"""Batches and transactions: all or nothing, in FHIR's order, with references that find each other."""

import pytest

from hearthlight.record.api.tests.site import ADA, Site, observation, patient


def entry(method: str, url: str, resource: dict | None = None, full_url: str = "", **request: str) -> dict:
    made = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    return {"fullUrl": full_url, **made} if full_url else made


def send(site: Site, kind: str, *entries: dict, who: str = "system", **more):
    return site.ask("POST", "", json={"resourceType": "Bundle", "type": kind, "entry": list(entries)}, who=who, **more)


def statuses(answer) -> list[str]:
    return [one["response"]["status"][:3] for one in answer.json()["entry"]]


def total(site: Site, query: str) -> int:
    return site.ask("GET", f"{query}&_summary=count").json()["total"]


def test_it_points_the_new_to_the_new(site: Site):
    answer = send(
        site, "transaction",
        entry("POST", "Observation", observation(subject={"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}), "urn:uuid:2"),
        entry("POST", "Patient", patient("x"), "urn:uuid:11111111-1111-4111-8111-111111111111"),
        headers={"Prefer": "return=representation"},
    )  # fmt: skip

    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    assert statuses(answer) == ["201", "201"]
    made, person = (one["resource"] for one in answer.json()["entry"])
    assert made["subject"]["reference"] == f"Patient/{person['id']}"
    assert f"Patient/{person['id']}/_history/1" in answer.json()["entry"][1]["response"]["location"]


def test_it_writes_nothing_where_one_entry_cannot_be(site: Site):
    good = observation(identifier=[{"system": "urn:test", "value": "half"}])

    for bad in (
        entry("POST", "Observation", {**observation(), "status": "done"}),
        entry("PUT", "Observation/nobody-has", {**observation(), "id": "nobody-has"}, ifMatch='W/"7"'),
        entry("DELETE", "Observation/nobody-has"),
        entry("GET", "Observation/nobody-has"),
        entry("PATCH", "Observation/nobody-has", {"resourceType": "Parameters"}),
        entry("POST", "Observation", observation(subject={"reference": "Patient?identifier=urn:test|no-such-person"})),
        entry("POST", "AuditEvent", {"resourceType": "AuditEvent"}),
        {"nothing": True},
    ):
        answer = send(site, "transaction", entry("POST", "Observation", good), bad)

        assert 400 <= answer.status_code < 500, bad
        assert answer.json()["issue"][0]["expression"][0].startswith("Bundle.entry[1]"), answer.text
        assert total(site, "Observation?identifier=urn:test|half") == 0


def test_it_goes_by_fhirs_order_and_answers_in_the_senders(site: Site):
    site.put({**observation(), "id": "old"})

    answer = send(
        site, "transaction",
        entry("GET", "Observation/young"), entry("PUT", "Observation/young", {**observation(), "id": "young"}),
        entry("POST", "Observation", observation()), entry("DELETE", "Observation/old"),
    )  # fmt: skip

    assert statuses(answer) == ["200", "201", "201", "204"]
    assert answer.json()["entry"][0]["resource"]["id"] == "young"
    assert site.ask("GET", "Observation/old").status_code == 410


def test_it_finds_who_is_meant_by_an_identifier(site: Site):
    site.put(patient("by-number", identifier=[{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]))
    reference = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"

    answer = send(site, "transaction", entry("POST", "Observation", observation(subject={"reference": reference})), headers={"Prefer": "return=representation"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][0]["resource"]["subject"]["reference"] == "Patient/by-number"


def test_it_points_to_what_was_there_already(site: Site):
    site.put(patient("known", identifier=[{"system": "urn:test", "value": "known"}]))

    answer = send(
        site, "transaction",
        entry("POST", "Patient", patient("x"), "urn:uuid:33333333-3333-4333-8333-333333333333", ifNoneExist="identifier=urn:test|known"),
        entry("POST", "Observation", observation(subject={"reference": "urn:uuid:33333333-3333-4333-8333-333333333333"})),
        headers={"Prefer": "return=representation"},
    )  # fmt: skip

    assert statuses(answer) == ["200", "201"]
    assert answer.json()["entry"][1]["resource"]["subject"]["reference"] == "Patient/known"


def test_it_does_each_entry_of_a_batch_alone(site: Site):
    answer = send(
        site, "batch",
        entry("POST", "Observation", observation()), entry("POST", "Observation", {"resourceType": "Observation"}),
        entry("GET", "Observation/no-such"), entry("GET", f"Observation?patient={ADA}&_count=1"), entry("GET", "Nonsense/1"), {"x": 1},
    )  # fmt: skip

    assert answer.status_code == 200
    assert answer.json()["type"] == "batch-response"
    assert statuses(answer) == ["201", "422", "404", "200", "404", "400"]
    assert answer.json()["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert answer.json()["entry"][3]["resource"]["type"] == "searchset"


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_it_takes_an_empty_bundle(site: Site, kind: str):
    answer = site.ask("POST", "", json={"resourceType": "Bundle", "type": kind})

    assert (answer.status_code, answer.json()["type"]) == (200, f"{kind}-response")


@pytest.mark.parametrize(
    "bundle",
    [{"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Bundle"}, {"resourceType": "Patient"}, [], "x",
     {"resourceType": "Bundle", "type": "batch", "entry": {}}, {"resourceType": "Bundle", "type": "transaction", "entry": [3]}],
)  # fmt: skip
def test_it_refuses_what_is_no_batch(site: Site, bundle):
    answer = site.ask("POST", "", json=bundle)

    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_refuses_two_writes_of_one_resource_and_a_thousand_and_one(site: Site):
    put = entry("PUT", "Observation/twice", {**observation(), "id": "twice"})

    assert send(site, "transaction", put, entry("DELETE", "Observation/twice")).status_code == 400
    assert send(site, "transaction", *[entry("GET", "Observation/x")] * 1_001).status_code == 413


def test_it_writes_for_a_reader_only_what_they_may(site: Site):
    answer = send(site, "transaction", entry("POST", "Observation", observation("person-8", code="29463-7")), who="nia")
    batch = send(site, "batch", entry("POST", "Observation", observation("person-8", code="29463-7")), entry("GET", "Condition/x"), who="reader")

    assert answer.status_code == 403
    assert statuses(batch) == ["403", "403"]
    assert total(site, "Observation?code=29463-7") == 0


def test_it_takes_circular_references_in_its_stride(site: Site):
    first, second = "urn:uuid:44444444-4444-4444-8444-444444444444", "urn:uuid:55555555-5555-4555-8555-555555555555"

    answer = send(
        site, "transaction",
        entry("POST", "Observation", observation(hasMember=[{"reference": second}]), first),
        entry("POST", "Observation", observation(hasMember=[{"reference": first}]), second),
        headers={"Prefer": "return=representation"},
    )  # fmt: skip

    one, two = (each["resource"] for each in answer.json()["entry"])
    assert one["hasMember"][0]["reference"] == f"Observation/{two['id']}"
    assert two["hasMember"][0]["reference"] == f"Observation/{one['id']}"
