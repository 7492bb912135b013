"""What comes through the door: any bytes, answered in FHIR; never a 500, never without an outcome."""

import json
import socket

import pytest

from hearthlight.record.api import door
from hearthlight.record.api.routes import ADDRESSES
from hearthlight.record.api.tests.site import FHIR, Site, observation


def raw(site: Site, data: bytes) -> bytes:
    """What the server answers to these very bytes."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall(data)
        line.settimeout(10)
        answer = b""
        try:
            while piece := line.recv(65_536):
                answer += piece
        except TimeoutError:
            pass
    return answer


def request(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


EVERY = (
    "/fhir/r4/Patient/person-1", "/fhir/r4/Patient/person-1/_history", "/fhir/r4/Patient/person-1/_history/1",
    "/fhir/r4/Patient/person-1/$everything", "/fhir/r4/Patient/person-1/$validate", "/fhir/r4/Composition/x/$document",
    "/fhir/r4/Observation/$lastn", "/fhir/r4/Observation", "/fhir/r4/Observation/_history", "/fhir/r4/Observation/_search",
    "/fhir/r4/_history", "/fhir/r4/", "/fhir/r4/$export", "/fhir/r4/Patient/$export", "/fhir/r4/Group/x/$export",
    "/fhir/r4/$export-status/x", "/fhir/r4/$export-file/x/1", "/fhir/r4/Subscription/x/$status", "/fhir/r4/Subscription/x/$events",
)  # fmt: skip
AS_SYSTEM = ("Host: x", "Authorization: Bearer system")


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("who", ["", "nonsense"])
def test_a_stranger_is_told_to_sign_in_at_every_address(site: Site, path: str, who: str):
    answer = site.client.get(f"http://127.0.0.1:{site.port}{path}", headers={"Authorization": f"Bearer {who}"} if who else {})
    posted = site.client.post(f"http://127.0.0.1:{site.port}{path}", json={}, headers=FHIR)

    assert answer.status_code == 401 or (path.endswith("_search") and answer.status_code in (401, 404))
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["issue"][0]["code"] == "login"
    assert posted.status_code in (401, 404, 405)


@pytest.mark.parametrize("path", EVERY)
def test_a_stranger_who_works_elsewhere_sees_nobody(site: Site, path: str):
    answer = site.client.get(f"http://127.0.0.1:{site.port}{path}", headers={"Authorization": "Bearer elsewhere"})

    assert answer.status_code in (200, 400, 403, 404, 405)
    assert "entry" not in answer.json()
    assert "person-7" not in answer.text


def test_it_asks_as_a_stranger_at_every_address_there_is():
    assert set(EVERY) == set(ADDRESSES)


def test_it_tells_anybody_what_it_can_do(site: Site):
    answer = site.ask("GET", "metadata", who="")

    assert answer.status_code == 200
    assert answer.json()["fhirVersion"] == "4.0.1"
    assert site.ask("POST", "metadata", json={}).status_code == 405


@pytest.mark.parametrize(
    ("accept", "named", "status", "kind"),
    [
        ("application/fhir+json", "", 200, "application/fhir+json"), ("application/fhir+xml", "", 200, "application/fhir+xml"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "", 200, "application/fhir+json"), ("application/xml", "", 200, "application/fhir+xml"),
        ("application/fhir+json;q=0.1, application/fhir+xml;q=0.9", "", 200, "application/fhir+xml"), ("text/html", "", 406, ""),
        ("application/fhir+json; fhirVersion=5.0", "", 406, ""), ("application/fhir+json; fhirVersion=4.0", "", 200, "application/fhir+json"),
        ("text/html", "json", 200, "application/fhir+json"), ("", "xml", 200, "application/fhir+xml"), ("", "application/fhir+xml", 200, "application/fhir+xml"),
        ("", "ttl", 406, ""), ("*/*;q=0", "", 406, ""), ("application/fhir+json;q=nan", "", 406, ""),
    ],
)  # fmt: skip
def test_it_answers_in_what_the_client_reads(site: Site, accept: str, named: str, status: int, kind: str):
    made = site.create(observation())

    answer = site.ask("GET", f"Observation/{made['id']}" + (f"?_format={named}" if named else ""), headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(kind or "application/fhir+json")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/fhir+json", 201), ("application/json", 201), ("application/fhir+json; charset=utf-8", 201), ("application/fhir+json; charset=utf-16", 415),
     ("text/plain", 415), ("", 415), ("application/fhir+json; fhirVersion=3.0", 415), ("multipart/form-data", 415), ("application/json-patch+json", 415)],
)  # fmt: skip
def test_it_reads_what_says_that_it_is_fhir(site: Site, kind: str, status: int):
    answer = site.ask("POST", "Observation", content=json.dumps(observation()), headers={"Content-Type": kind})

    assert answer.status_code == status


def test_it_refuses_a_body_too_large_before_it_comes(site: Site):
    told = site.ask("POST", "Observation", content=b" " * (door.LARGEST_BODY + 1), headers=FHIR)
    streamed = raw(
        site,
        request("POST /fhir/r4/Observation HTTP/1.1", *AS_SYSTEM, "Content-Type: application/fhir+json", f"Content-Length: {10**12}"),
    )

    assert told.status_code == 413
    assert b"413" in streamed.split(b"\r\n", 1)[0] and b"OperationOutcome" in streamed


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (("Authorization: Bearer gp",), 400), (("Host: y",), 400), (("If_Match: x", "If-Match: W/\"1\""), 400), (("Content_Type: text/plain",), 400),
        (tuple(f"X-{n}: y" for n in range(150)), 431), (("X: " + "y" * 40_000,), 431), (("Accept: text/html",), 406), (("X-Forwarded_For: 1",), 200),
    ],
)  # fmt: skip
def test_it_refuses_headers_that_two_readers_would_read_differently(site: Site, more: tuple[str, ...], status: int):
    made = site.create(observation())

    answer = raw(site, request(f"GET /fhir/r4/Observation/{made['id']} HTTP/1.1", *AS_SYSTEM, *more))

    assert int(answer.split(b" ", 2)[1]) == status
    assert status == 200 or b"OperationOutcome" in answer


@pytest.mark.parametrize(
    "lines",
    [
        ("POST /fhir/r4/Observation HTTP/1.1", *AS_SYSTEM, "Content-Length: 5", "Transfer-Encoding: chunked"),
        ("POST /fhir/r4/Observation HTTP/1.1", *AS_SYSTEM, "Content-Length: 5", "Content-Length: 6"),
        ("POST /fhir/r4/Observation HTTP/1.1", *AS_SYSTEM, "Content-Length: -1"), ("GET /fhir/r4/Observation HTTP/1.1", "Host: a b"),
        ("GET /fhir/r4/Observation HTTP/1.1", "Host: x/../y", "Authorization: Bearer system"), ("GET /fhir/r4/\x00 HTTP/1.1", *AS_SYSTEM),
    ],
)  # fmt: skip
def test_it_never_takes_one_request_for_two(site: Site, lines: tuple[str, ...]):
    answer = raw(site, request(*lines, body=b"hello"))

    assert answer.split(b" ", 2)[1] == b"400"
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "path",
    ["Observation/../Patient/1", "Observation/%2e%2e/x", "Observation/%00", "Observation/" + "a" * 65, "Observation/a b", "Observation//x", "%ff/x",
     "Observation/x/_history/1/2", "Observation/x/y", "observation/x", "Observation/x/_history/-1", "$nothing", "Observation/'; DROP TABLE x;--"],
)  # fmt: skip
def test_it_finds_nothing_at_addresses_that_mean_nothing(site: Site, path: str):
    answer = site.ask("GET", path)

    assert answer.status_code in (400, 404)
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_refuses_an_address_too_long_and_parameters_too_many(site: Site):
    assert site.ask("GET", "Observation?code=" + "x" * 9_000).status_code == 414
    assert site.ask("GET", "Observation?" + "a=1&" * 300).status_code == 400
    assert site.ask("GET", "Observation?code=%ff").status_code == 400


def test_it_knows_its_methods_and_no_others(site: Site):
    assert site.ask("TRACE", "Observation").status_code == 405
    answer = site.ask("PUT", "", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert site.ask("POST", "Observation/x", json=observation()).status_code == 405


def test_it_lets_an_app_in_a_browser_ask_with_its_token_but_never_with_a_cookie(site: Site):
    preflight = site.ask("OPTIONS", "Observation", who="", headers={"Origin": "https://app.example"})

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers


def test_it_lets_nothing_be_kept_by_those_in_between(site: Site):
    answer = site.ask("GET", "Observation?_count=1")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_counts_a_body_of_no_told_length_as_it_comes(site: Site):
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = request("POST /fhir/r4/Observation HTTP/1.1", *AS_SYSTEM, "Content-Type: application/fhir+json", "Transfer-Encoding: chunked")

    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall(head)
        sent = 0
        try:
            while sent < door.LARGEST_BODY + 2**22:
                sent += 0x10000
                line.sendall(piece)
            line.sendall(b"0\r\n\r\n")
            answer = line.recv(65_536)
        except OSError:  # it hung up on us: it has heard enough
            answer = b"HTTP/1.1 413"

    assert b"413" in answer.split(b"\r\n", 1)[0]
    assert sent > door.LARGEST_BODY
