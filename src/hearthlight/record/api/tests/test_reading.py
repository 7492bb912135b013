"""Read, vread and history over HTTP, and how they are answered."""

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.record.api.tests.site import ADA, Site, observation


def test_it_reads_what_was_created_number_for_number(site: Site):
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/person-7"},"valueQuantity":{"value":72.50}}'
    made = site.ask("POST", "Observation", content=body, headers={"Content-Type": "application/fhir+json"})

    read = site.ask("GET", f"Observation/{made.json()['id']}")

    assert read.status_code == 200
    assert read.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert b'"value":72.50' in read.content
    assert read.headers["etag"] == 'W/"1"' and "GMT" in read.headers["last-modified"]
    assert read.json()["meta"]["versionId"] == "1"


def test_it_says_304_to_whoever_has_it_already(site: Site):
    made = site.create(observation())
    place = f"Observation/{made['id']}"
    first = site.ask("GET", place)

    for header, value, status in (
        ("If-None-Match", 'W/"1"', 304), ("If-None-Match", 'W/"2"', 200), ("If-None-Match", '"0", W/"1"', 304),
        ("If-Modified-Since", first.headers["last-modified"], 304), ("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT", 200),
        ("If-Modified-Since", "the other day", 200),
    ):  # fmt: skip
        answer = site.ask("GET", place, headers={header: value})
        assert answer.status_code == status, header
        assert answer.headers["etag"] == 'W/"1"'
        assert bool(answer.content) == (status == 200)


def test_it_answers_head_with_no_body(site: Site):
    made = site.create(observation())

    answer = site.ask("HEAD", f"Observation/{made['id']}")

    assert answer.status_code == 200 and answer.content == b""
    assert int(answer.headers["content-length"]) > 100


def test_it_keeps_every_version_and_tells_its_history(site: Site):
    made = site.create(observation(value=70))
    site.put({**made, "status": "amended"})
    site.ask("DELETE", f"Observation/{made['id']}")
    place = f"Observation/{made['id']}"

    gone = site.ask("GET", place)
    assert (gone.status_code, gone.json()["issue"][0]["code"]) == (410, "deleted")
    assert site.ask("GET", f"{place}/_history/1").json()["status"] == "final"
    assert site.ask("GET", f"{place}/_history/2").json()["status"] == "amended"
    assert site.ask("GET", f"{place}/_history/3").status_code == 410
    assert site.ask("GET", f"{place}/_history/4").status_code == 404
    assert site.ask("GET", f"{place}/_history/first").status_code == 404
    bundle = site.ask("GET", f"{place}/_history").json()
    assert bundle["type"] == "history"
    assert [entry["request"]["method"] for entry in bundle["entry"]] == ["DELETE", "PUT", "POST"]
    assert "resource" not in bundle["entry"][0]
    assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']


def test_it_pages_through_a_history(site: Site):
    made = site.create(observation())
    for status in ("amended", "corrected", "cancelled", "final"):
        site.put({**made, "status": status})

    seen, url = [], f"{site.url}/Observation/{made['id']}/_history?_count=2"
    while url:
        bundle = site.client.get(url, headers={"Authorization": "Bearer system"}).json()
        seen += [entry["response"]["etag"] for entry in bundle.get("entry", [])]
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")

    assert seen == [f'W/"{number}"' for number in (5, 4, 3, 2, 1)]


def test_it_tells_the_history_of_a_type_and_of_everything(site: Site):
    made = site.create({"resourceType": "Basic", "code": {"text": "x"}})

    of_type = site.ask("GET", "Basic/_history?_count=5").json()
    of_all = site.ask("GET", "_history?_count=1").json()

    assert of_type["entry"][0]["resource"]["id"] == made["id"]
    assert of_all["entry"][0]["resource"]["id"] == made["id"]
    assert site.ask("GET", "_history?_since=2999-01-01T00:00:00Z").json().get("entry", []) == []


@pytest.mark.parametrize("query", ["_since=yesterday", "_since=2026-01-01T00:00:00", "_count=-1", "_count=many"])
def test_it_refuses_a_history_of_nonsense(site: Site, query: str):
    answer = site.ask("GET", f"Basic/_history?{query}")

    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_gives_a_part_and_marks_it_as_one(site: Site):
    made = site.create(observation(text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">72</div>'}))
    place = f"Observation/{made['id']}"

    some = site.ask("GET", f"{place}?_elements=valueQuantity").json()
    bare = site.ask("GET", f"{place}?_elements=value").json()
    data = site.ask("GET", f"{place}?_summary=data").json()
    text = site.ask("GET", f"{place}?_summary=text").json()

    assert set(some) == set(bare) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
    assert some["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "text" not in data and "valueQuantity" in data
    assert "text" in text and "valueQuantity" not in text and "status" in text
    assert site.ask("GET", f"{place}?_summary=everything").status_code == 400


def test_it_writes_down_who_read_what_before_it_answers(site: Site):
    made = site.create(observation())

    site.ask("GET", f"Observation/{made['id']}", who="nia")
    entry = AuditEntry.objects.order_by("-id")[0]

    assert (entry.by, entry.action, entry.subject, entry.person_id) == (
        "staff:3", "record.read", f"Observation/{made['id']}", 7,
    )  # fmt: skip


def test_a_reader_finds_nothing_of_a_person_who_is_not_theirs(site: Site):
    lewis = site.create(observation("person-8"))

    for path in (f"Observation/{lewis['id']}", f"Observation/{lewis['id']}/_history", f"Observation/{lewis['id']}/_history/1"):
        answer = site.ask("GET", path, who="nia")
        assert answer.status_code == 404, path
        assert "person-8" not in answer.text
    assert ADA not in site.ask("GET", f"Observation/{lewis['id']}", who="elsewhere").text
