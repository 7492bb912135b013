"""Searches over HTTP: what is found, what is told about them, and how they are paged."""

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.record.api.tests.site import ADA, LEWIS, Site, observation, patient

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def filled(site: Site) -> Site:
    """Ada has twelve pulses, one for each day, and Mr Lewis one."""
    for who in ("ada-1", "lewis-1"):
        site.put(patient(who))
    for day in range(1, 13):
        site.create(observation("ada-1", code="8867-4", value=60 + day, on=f"2026-10-{day:02d}"))
    site.create(observation("lewis-1", code="8867-4", value=99))
    return site


def found(bundle: dict, mode: str = "match") -> list[dict]:
    return [entry["resource"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def test_it_finds_what_is_asked_for_and_repeats_the_question(filled: Site):
    query = "Observation?subject=Patient/ada-1&code=http://loinc.org|8867-4&date=ge2026-10-11"

    bundle = filled.ask("GET", query).json()

    assert bundle["type"] == "searchset"
    assert [one["effectiveDateTime"] for one in found(bundle)] == ["2026-10-11", "2026-10-12"] or len(found(bundle)) == 2
    assert bundle["link"][0]["relation"] == "self"
    assert "code=http://loinc.org|8867-4" in bundle["link"][0]["url"]
    assert bundle["entry"][0]["fullUrl"].startswith(f"{filled.url}/Observation/")


def test_it_answers_a_form_like_a_query(filled: Site):
    by_query = filled.ask("GET", "Observation?patient=ada-1&_sort=date&_count=3").json()
    by_form = filled.ask("POST", "Observation/_search", content="patient=ada-1&_sort=date&_count=3", headers=FORM).json()
    by_both = filled.ask("POST", "Observation/_search?_count=3", content="patient=ada-1&_sort=date", headers=FORM).json()

    assert [one["id"] for one in found(by_query)] == [one["id"] for one in found(by_form)] == [one["id"] for one in found(by_both)]
    assert filled.ask("POST", "Observation/_search", json={}).status_code == 415


def test_it_pages_through_everything_once(filled: Site):
    seen, url, pages = [], f"{filled.url}/Observation?patient=ada-1&_sort=-date&_count=5", 0
    while url:
        bundle = filled.client.get(url, headers={"Authorization": "Bearer system"}).json()
        seen += [one["effectiveDateTime"] for one in found(bundle)]
        url, pages = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), ""), pages + 1

    assert seen == [f"2026-10-{day:02d}" for day in range(12, 0, -1)]
    assert pages == 3


def test_it_counts_without_showing(filled: Site):
    bundle = filled.ask("GET", "Observation?patient=ada-1&_summary=count").json()

    assert bundle["total"] == 12
    assert "entry" not in bundle
    assert filled.ask("GET", "Observation?patient=ada-1&_count=1&_total=accurate").json()["total"] == 12


def test_it_brings_along_what_is_pointed_to(filled: Site):
    bundle = filled.ask("GET", "Observation?patient=ada-1&_count=2&_include=Observation:subject").json()
    back = filled.ask("GET", "Patient?_id=ada-1&_revinclude=Observation:subject").json()

    assert [one["id"] for one in found(bundle, "include")] == ["ada-1"]
    assert len(found(bundle)) == 2
    assert len(found(back, "include")) == 12


def test_it_follows_chains_and_turns_them_round(filled: Site):
    chained = filled.ask("GET", "Observation?subject:Patient.family=okafor&subject:Patient._id=lewis-1").json()
    turned = filled.ask("GET", "Patient?_has:Observation:patient:value-quantity=99&_id=lewis-1,ada-1").json()

    assert len(found(chained)) == 1
    assert [one["id"] for one in found(turned)] == ["lewis-1"]


def test_it_says_what_it_ignored_or_refuses_it(filled: Site):
    lenient = filled.ask("GET", "Observation?patient=ada-1&shoe-size=44&_count=1").json()
    strict = filled.ask("GET", "Observation?patient=ada-1&shoe-size=44", headers={"Prefer": "handling=strict"})

    assert found(lenient, "outcome")[0]["resourceType"] == "OperationOutcome"
    assert "shoe-size" not in lenient["link"][0]["url"]
    assert strict.status_code == 400


@pytest.mark.parametrize(
    "query", ["date=tomorrow", "_count=many", "_sort=shoe", "value-quantity=gtx", "_lastUpdated=never", "patient:missing=perhaps",
              "_include=Nonsense", "_has:x=1", "_cursor=%00", "code=%00", "patient=a%00b", "_summary=most", "code:nonsense=1", "_total=exact"],
)  # fmt: skip
def test_it_refuses_a_search_that_cannot_be_meant(filled: Site, query: str):
    answer = filled.ask("GET", f"Observation?{query}", headers={"Prefer": "handling=strict"})

    assert answer.status_code == 400, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_searches_several_types_at_once(filled: Site):
    bundle = filled.ask("GET", "?_type=Patient,Observation&_id=ada-1").json()

    assert [one["resourceType"] for one in found(bundle)] == ["Patient"]
    assert filled.ask("GET", "?_type=Nonsense").status_code == 404


def test_it_shows_a_reader_their_own_people_only(site: Site):
    site.create(observation(ADA, code="59408-5"))
    site.create(observation(LEWIS, code="59408-5"))

    own = site.ask("GET", "Observation?code=59408-5&_total=accurate", who="nia").json()

    assert {one["subject"]["reference"] for one in found(own)} == {f"Patient/{ADA}"}
    assert own["total"] == 1
    assert found(site.ask("GET", f"Observation?code=59408-5&patient={LEWIS}", who="nia").json()) == []
    assert site.ask("GET", "Condition", who="reader").status_code == 403


def test_it_writes_one_entry_for_a_search_and_no_values(site: Site):
    site.create(observation(ADA, code="9279-1"))
    site.create(observation(LEWIS, code="9279-1"))

    site.ask("GET", "Observation?code=9279-1", who="gp")
    entry = AuditEntry.objects.filter(by="app:2").order_by("-id")[0]

    assert (entry.action, entry.subject) == ("record.searched", "Observation?code")
    assert entry.detail["persons"] == [7, 8]
    assert "9279" not in str(entry.detail)
