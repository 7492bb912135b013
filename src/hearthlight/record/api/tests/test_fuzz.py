"""Any bytes to any endpoint: an OperationOutcome, never a 500, never half a transaction. Bounded, and the same every time."""

import json

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from hearthlight.record.api.tests.site import Site, observation

QUICK = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NAMES = ["resourceType", "id", "status", "code", "subject", "entry", "request", "method", "url", "type", "resource", "extension", "contained", "reference", "meta", "x"]
WORDS = ["Observation", "Patient", "Bundle", "transaction", "batch", "POST", "PUT", "DELETE", "GET", "Observation/x", "Patient?identifier=1", "final", "urn:uuid:1", ""]
LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8) | st.sampled_from(WORDS)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=6), max_leaves=25
)
PATHS = st.sampled_from(["", "Observation", "Observation/x", "Patient", "Observation/$validate", "Bundle", "Subscription", "Observation/_search", "$export", "Patient/x"])
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["code", "date", "patient", "_id", "_count", "_sort", "_include", "_has:Observation:patient:code", "_format", "_summary", "_elements", "subject.name", "value-quantity", "_cursor", "_since", "code:not"]),
        st.text(max_size=10) | st.sampled_from(["ge2026", "1", "-1", "|", "a|b", "Patient/1", "*", "$", "9" * 40, "2026-99-99"]),
    ),
    max_size=4,
)  # fmt: skip


def judged(answer) -> None:
    assert answer.status_code != 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["resourceType"] == "OperationOutcome" or answer.headers["content-type"].startswith("application/fhir+xml")


@seed(20261124)
@QUICK
@given(path=PATHS, body=JSON, method=st.sampled_from(["POST", "PUT", "PATCH"]))
def test_it_takes_any_json_without_falling(site: Site, path: str, body, method: str):
    judged(site.ask(method, path, content=json.dumps(body), headers={"Content-Type": "application/fhir+json"}))


@seed(20261124)
@QUICK
@given(path=PATHS, body=st.binary(max_size=200), kind=st.sampled_from(["application/fhir+json", "application/fhir+xml", "application/json-patch+json", "application/x-www-form-urlencoded"]))
def test_it_takes_any_bytes_without_falling(site: Site, path: str, body: bytes, kind: str):
    judged(site.ask("POST", path, content=body, headers={"Content-Type": kind}))


@seed(20261124)
@QUICK
@given(type_=st.sampled_from(["Observation", "Patient", "Encounter", "_history", ""]), pairs=QUERIES)
def test_it_takes_any_question_without_falling(site: Site, type_: str, pairs: list[tuple[str, str]]):
    answer = site.client.get(f"{site.url}/{type_}", params=pairs, headers={"Authorization": "Bearer system"})

    assert answer.status_code != 500, answer.text


@seed(20261124)
@QUICK
@given(bad=st.dictionaries(st.sampled_from(["request", "resource", "fullUrl"]), JSON, max_size=3))
def test_it_never_writes_half_a_transaction(site: Site, bad: dict):
    good = {"resource": observation(identifier=[{"system": "urn:fuzz", "value": "half"}]), "request": {"method": "POST", "url": "Observation"}}

    answer = site.ask("POST", "", json={"resourceType": "Bundle", "type": "transaction", "entry": [good, bad]})

    judged(answer)
    if answer.status_code >= 400:
        assert site.ask("GET", "Observation?identifier=urn:fuzz|half&_summary=count").json()["total"] == 0
