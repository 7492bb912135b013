"""Create, update, patch and delete over HTTP, each with its conditions."""

import json

import pytest

from hearthlight.record.api.tests.site import FHIR, Site, observation

JSON_PATCH = {"Content-Type": "application/json-patch+json"}


def find(site: Site, query: str) -> list[dict]:
    return [entry["resource"] for entry in site.ask("GET", query).json().get("entry", [])]


def identified(value: str, **more) -> dict:
    return observation(identifier=[{"system": "urn:test", "value": value}], **more)


def test_it_says_where_a_new_resource_is(site: Site):
    answer = site.ask("POST", "Observation", json={**observation(), "id": "mine"})

    assert answer.status_code == 201
    made = answer.json()
    assert made["id"] != "mine"
    assert answer.headers["location"] == f"{site.url}/Observation/{made['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize(
    ("prefer", "kind"), [("return=minimal", ""), ("return=OperationOutcome", "OperationOutcome"), ("return=representation", "Observation"), ("x, return=minimal", "")]
)
def test_it_answers_with_as_much_as_is_preferred(site: Site, prefer: str, kind: str):
    answer = site.ask("POST", "Observation", json=observation(), headers={"Prefer": prefer})

    assert answer.status_code == 201
    assert (answer.json()["resourceType"] if answer.content else "") == kind


def test_it_creates_only_where_there_is_none(site: Site):
    asked = {"If-None-Exist": "identifier=urn:test|once"}

    first = site.ask("POST", "Observation", json=identified("once"), headers=asked)
    second = site.ask("POST", "Observation", json=identified("once"), headers=asked)
    site.create(identified("once"))
    third = site.ask("POST", "Observation", json=identified("once"), headers=asked)

    assert (first.status_code, second.status_code, third.status_code) == (201, 200, 412)
    assert second.json()["id"] == first.json()["id"]
    assert len(find(site, "Observation?identifier=urn:test|once")) == 2


def test_it_updates_and_makes_what_is_not_there(site: Site):
    first = site.put({**observation(), "id": "obs-put"})
    second = site.put({**observation(value=80), "id": "obs-put"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["etag"] == 'W/"2"'
    assert site.ask("GET", "Observation/obs-put").json()["valueQuantity"]["value"] == 80


def test_it_updates_only_what_is_as_the_writer_knew_it(site: Site):
    made = site.create(observation())

    assert site.put({**made, "status": "amended"}, If_Match='W/"1"').status_code == 200
    stale = site.put({**made, "status": "cancelled"}, If_Match='W/"1"')
    assert (stale.status_code, stale.json()["issue"][0]["code"]) == (412, "conflict")
    assert site.put(made, If_Match="newest").status_code == 400
    assert site.put(made, If_Match='W/"x"').status_code == 412
    assert site.put(made, If_None_Match="*").status_code == 412
    assert site.ask("DELETE", f"Observation/{made['id']}", headers={"If-Match": 'W/"1"'}).status_code == 412
    assert site.ask("GET", f"Observation/{made['id']}").json()["status"] == "amended"


def test_it_updates_what_a_search_finds(site: Site):
    query = "Observation?identifier=urn:test|cond"

    none = site.ask("PUT", query, json=identified("cond"))
    one = site.ask("PUT", query, json={**identified("cond"), "status": "amended"})
    other_id = site.ask("PUT", query, json={**identified("cond"), "id": "another"})
    site.create(identified("cond"))
    two = site.ask("PUT", query, json=identified("cond"))

    assert [answer.status_code for answer in (none, one, other_id, two)] == [201, 200, 400, 412]
    assert one.json()["id"] == none.json()["id"]
    assert site.ask("PUT", "Observation", json=observation()).status_code == 412


def test_it_patches_by_json_patch_and_by_fhirpath(site: Site):
    made = site.create(observation())
    place = f"Observation/{made['id']}"
    operations = [{"op": "test", "path": "/status", "value": "final"}, {"op": "replace", "path": "/status", "value": "amended"}]
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Observation.status"}, {"name": "value", "valueCode": "corrected"},
    ]}]}  # fmt: skip

    first = site.ask("PATCH", place, content=json.dumps(operations), headers=JSON_PATCH)
    second = site.ask("PATCH", place, json=parameters)

    assert (first.status_code, first.json()["status"]) == (200, "amended")
    assert (second.status_code, second.json()["status"]) == (200, "corrected")
    assert site.ask("PATCH", place, content=json.dumps(operations), headers=JSON_PATCH | {"If-Match": 'W/"1"'}).status_code == 412


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "path": "/id", "value": "other"}], [{"op": "remove", "path": "/nothing"}], [{"op": "remove", "path": "/status"}],
        [{"op": "replace", "path": "/status", "value": "done"}], [{"op": "test", "path": "/status", "value": "amended"}], {}, [1], "x",
        [{"op": "add", "path": "/resourceType", "value": "Patient"}], [{"op": "copy", "path": "/a/b/c", "from": "/x"}], [{"op": "replace", "path": "", "value": 3}],
    ],
)  # fmt: skip
def test_it_refuses_a_patch_that_makes_nonsense(site: Site, operations):
    made = site.create(observation())
    place = f"Observation/{made['id']}"

    answer = site.ask("PATCH", place, content=json.dumps(operations), headers=JSON_PATCH)

    assert 400 <= answer.status_code < 500
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert site.ask("GET", place).headers["etag"] == 'W/"1"'


def test_it_deletes_and_says_so_twice(site: Site):
    made = site.create(observation())
    place = f"Observation/{made['id']}"

    assert site.ask("DELETE", place).status_code == 204
    assert site.ask("DELETE", place).status_code == 204
    assert site.ask("GET", place).status_code == 410
    assert site.ask("DELETE", "Observation/never-was").status_code == 404
    assert site.put({**made, "status": "amended"}).status_code in (200, 201)
    assert site.ask("GET", place).json()["status"] == "amended"


def test_it_deletes_what_a_search_finds_and_never_two(site: Site):
    site.create(identified("del"))
    query = "Observation?identifier=urn:test|del"

    assert site.ask("DELETE", query).status_code == 204
    assert find(site, query) == []
    assert site.ask("DELETE", query).status_code == 204
    site.create(identified("del"))
    site.create(identified("del"))
    assert site.ask("DELETE", query).status_code == 412
    assert len(find(site, query)) == 2
    assert site.ask("DELETE", "Observation").status_code == 412


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("Observation", {"resourceType": "Patient"}, 400), ("Observation", {"resourceType": "Observation"}, 422),
        ("Observation", {**observation(), "status": "done"}, 422), ("Observation", [], 400), ("Nonsense", {"resourceType": "Nonsense"}, 404),
        ("StructureDefinition", {"resourceType": "StructureDefinition"}, 404), ("AuditEvent", {"resourceType": "AuditEvent"}, 405),
        ("Observation/x/y", observation(), 404),
    ],
)  # fmt: skip
def test_it_refuses_what_is_not_sound_or_not_kept_here(site: Site, path: str, body, status: int):
    answer = site.ask("POST", path, json=body)

    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_tells_the_element_that_is_wrong(site: Site):
    answer = site.ask("POST", "Observation", json={**observation(), "status": "done"})

    assert "Observation.status" in json.dumps(answer.json()["issue"])


def test_it_refuses_an_update_of_another_id(site: Site):
    answer = site.ask("PUT", "Observation/one", json={**observation(), "id": "two"})

    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (400, ["Observation.id"])
    assert site.ask("PUT", "Observation/one", json=observation()).status_code == 400
    assert site.put({**observation(), "id": "no spaces_or underscores"}).status_code in (400, 409, 422)


def test_it_writes_nothing_about_a_person_who_is_not_theirs(site: Site):
    lewis = site.create(observation("person-8"))

    assert site.ask("POST", "Observation", json=observation("person-8"), who="nia").status_code == 403
    assert site.put({**lewis, "status": "amended"}, who="nia").status_code in (403, 404)
    assert site.ask("DELETE", f"Observation/{lewis['id']}", who="nia").status_code == 404
    assert site.put({**lewis, "subject": {"reference": "Patient/person-7"}}, who="nia").status_code in (403, 404)
    assert site.ask("POST", "Observation", json=observation(), who="reader").status_code == 403
    assert site.ask("GET", f"Observation/{lewis['id']}").headers["etag"] == 'W/"1"'


def test_it_reads_a_body_in_xml_and_answers_in_xml(site: Site):
    body = (
        '<Basic xmlns="http://hl7.org/fhir"><code><coding><system value="urn:x"/><code value="y"/></coding></code></Basic>'
    )
    headers = {"Content-Type": "application/fhir+xml", "Accept": "application/fhir+xml"}

    made = site.ask("POST", "Basic", content=body, headers=headers)

    assert (made.status_code, made.headers["content-type"]) == (201, "application/fhir+xml; charset=utf-8")
    assert b'<code value="y"/>' in made.content
    identity = made.headers["location"].split("/")[-3]
    assert site.ask("GET", f"Basic/{identity}").json()["code"]["coding"][0]["code"] == "y"
    assert FHIR["Content-Type"] == "application/fhir+json"
