"""Subscriptions: a real subscriber on localhost that goes away and comes back, and hears of everything, in order."""

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from hearthlight.core import clock
from hearthlight.record.api import following, notifying
from hearthlight.record.api.models import Feed
from hearthlight.record.api.tests.site import ADA, LEWIS, Site, access_again, observation

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
ADMISSION = "urn:hearthlight:topic:admission"
GONE_S = 5  # the line is dropped for so long


@dataclass
class Subscriber:
    """Hears on a port of its own while it is up; `status` is what it answers."""

    port: int = 0
    status: int = 200
    heard: list[tuple[str, str, dict]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _server: http.server.HTTPServer | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/told"

    def up(self) -> None:
        subscriber = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _hear(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if subscriber.status < 300:
                    subscriber.heard.append((self.command, self.path, json.loads(body) if body else {}))
                    subscriber.headers.append(dict(self.headers))
                self.send_response(subscriber.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_PUT = _hear

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    subscriber = Subscriber()
    subscriber.up()
    yield subscriber
    subscriber.down()


def subscription(endpoint: str, criteria: str, **channel) -> dict:
    return {
        "resourceType": "Subscription", "status": "requested", "reason": "to know", "criteria": criteria,
        "channel": {"type": "rest-hook", "endpoint": endpoint, **channel},
    }  # fmt: skip


def work(site: Site, at: datetime) -> None:
    """What the two threads do, until there is nothing more to do at this moment."""
    for _ in range(50):
        is_more = following.step(at, access_again)
        if not (notifying.step(at, access_again, site.url) or is_more):
            return


def topic(endpoint: str, url: str = ADMISSION, content: str = "id-only", filters: tuple[str, ...] = ()) -> dict:
    made = subscription(endpoint, url, payload="application/fhir+json")
    made["meta"] = {"profile": [f"{BACKPORT}/backport-subscription"]}
    made["channel"]["_payload"] = {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": content}]}
    if filters:
        made["_criteria"] = {"extension": [{"url": f"{BACKPORT}/backport-filter-criteria", "valueString": one} for one in filters]}
    return made


def encounter(id_: str, status: str, patient: str = ADA, kind: str = "IMP") -> dict:
    return {
        "resourceType": "Encounter", "id": id_, "status": status, "subject": {"reference": f"Patient/{patient}"},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
    }  # fmt: skip


def parameter(bundle: dict, name: str) -> str:
    head = bundle["entry"][0]["resource"]
    return next(value for one in head["parameter"] if one["name"] == name for key, value in one.items() if key != "name")


def test_it_loses_nothing_while_the_subscriber_is_gone(site: Site, subscriber: Subscriber):
    made = site.create(subscription(subscriber.endpoint, f"Observation?patient={ADA}&code=8480-6", payload="application/fhir+json", header=["X-Key: abc"]))
    at = clock.now()
    work(site, at)
    assert site.ask("GET", f"Subscription/{made['id']}").json()["status"] == "active"

    sent = []
    for number in range(20):
        if number == 5:
            subscriber.down()
        if number == 15:
            subscriber.up()
            at += timedelta(seconds=GONE_S)
        sent.append(site.create(observation(code="8480-6", value=number))["id"])
        work(site, at)
    for _ in range(8):
        at += timedelta(seconds=1)
        work(site, at)

    assert [body["id"] for _, _, body in subscriber.heard] == sent
    assert {method for method, _, _ in subscriber.heard} == {"PUT"}
    assert subscriber.heard[0][1] == f"/told/Observation/{sent[0]}"
    assert subscriber.headers[0]["X-Key"] == "abc"


def test_it_tries_again_where_it_is_refused_and_waits_longer_each_time(site: Site, subscriber: Subscriber):
    made = site.create(subscription(subscriber.endpoint, "Observation?code=8462-4"))
    at = clock.now()
    work(site, at)
    subscriber.status = 503
    site.create(observation(code="8462-4"))

    waits = []
    for _ in range(4):
        work(site, at)
        feed = Feed.objects.get(fid=made["id"])
        waits.append((feed.due_at - at).total_seconds())
        at = feed.due_at
    subscriber.status = 200
    work(site, at)

    assert waits == [1, 2, 4, 8]
    assert subscriber.heard == [("POST", "/told", {})]
    assert Feed.objects.get(fid=made["id"]).failures == 0


def test_it_gives_up_after_a_day_and_says_so(site: Site, subscriber: Subscriber):
    made = site.create(subscription(subscriber.endpoint, "Observation?code=8310-5"))
    at = clock.now()
    work(site, at)
    subscriber.down()
    site.create(observation(code="8310-5"))
    Feed.objects.filter(fid=made["id"]).update(failures=notifying.MOST_FAILURES - 1)

    work(site, at)

    assert site.ask("GET", f"Subscription/{made['id']}").json()["status"] == "error"


def test_it_tells_an_admission_once_and_numbers_what_it_tells(site: Site, subscriber: Subscriber):
    made = site.create(topic(subscriber.endpoint, filters=(f"Encounter?patient=Patient/{ADA}",)))
    at = clock.now()
    work(site, at)
    for status in ("planned", "in-progress", "in-progress", "finished"):
        site.put(encounter("adm-1", status))
    site.put(encounter("adm-2", "in-progress", patient=LEWIS))
    site.put(encounter("adm-3", "in-progress", kind="HH"))
    site.put(encounter("adm-4", "arrived"))

    work(site, at)

    kinds = [parameter(body, "type") for _, _, body in subscriber.heard]
    assert kinds == ["handshake", "event-notification", "event-notification"]
    first = subscriber.heard[1][2]
    assert first["type"] == "history" and parameter(first, "topic") == ADMISSION
    told = [
        {part["name"]: next(value for key, value in part.items() if key != "name") for part in one["part"]}
        for _, _, body in subscriber.heard[1:] for one in body["entry"][0]["resource"]["parameter"] if one["name"] == "notificationEvent"
    ]  # fmt: skip
    assert [one["eventNumber"] for one in told] == ["1", "2"]
    assert [one["focus"]["reference"] for one in told] == [f"{site.url}/Encounter/adm-1", f"{site.url}/Encounter/adm-4"]
    status = site.ask("GET", f"Subscription/{made['id']}/$status").json()
    assert parameter(status, "eventsSinceSubscriptionStart") == "2"
    events = site.ask("GET", f"Subscription/{made['id']}/$events?eventsSinceNumber=2&content=full-resource").json()
    assert [one["resource"]["id"] for one in events["entry"][1:]] == ["adm-4"]


def test_it_tells_of_plans_with_the_whole_resource(site: Site, subscriber: Subscriber):
    site.create(topic(subscriber.endpoint, "urn:hearthlight:topic:plan-change", content="full-resource"))
    at = clock.now()
    work(site, at)
    plan = {"resourceType": "CarePlan", "id": "plan-x", "status": "active", "intent": "plan", "subject": {"reference": f"Patient/{ADA}"}}
    site.put(plan)
    site.put({**plan, "status": "completed"})
    site.ask("DELETE", "CarePlan/plan-x")

    work(site, at)

    told = [body["entry"][1] for _, _, body in subscriber.heard[1:]]
    assert [one.get("resource", {}).get("status") for one in told] == ["active", "completed", None]
    assert told[2]["request"]["method"] == "DELETE"


def test_a_stranger_hears_of_nobody_and_asks_after_nothing(site: Site, subscriber: Subscriber):
    made = site.create(subscription(subscriber.endpoint, "Observation?code=2339-0", payload="application/fhir+json"), who="elsewhere")
    at = clock.now()
    work(site, at)
    site.create(observation(code="2339-0"))

    work(site, at)

    assert subscriber.heard == []
    assert site.ask("GET", f"Subscription/{made['id']}/$status", who="reader").status_code == 403
    assert site.ask("GET", "Subscription/nothing/$events").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"criteria": "Nonsense?x=1"}, {"criteria": "Observation?shoe=44"}, {"criteria": "urn:hearthlight:topic:weather"},
        {"channel": {"type": "websocket"}}, {"channel": {"type": "rest-hook", "endpoint": "file:///etc/passwd"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://a:b@c/"}}, {"channel": {"type": "rest-hook"}},
        {"channel": {"type": "rest-hook", "endpoint": "http://c/", "header": ["X: a\r\nY: b"]}},
        {"channel": {"type": "rest-hook", "endpoint": "http://c/", "header": ["Host: b"]}},
        {"channel": {"type": "rest-hook", "endpoint": "http://c/", "payload": "text/plain"}},
    ],
)  # fmt: skip
def test_it_refuses_a_subscription_it_could_not_keep(site: Site, wrong: dict):
    answer = site.ask("POST", "Subscription", json={**subscription("http://127.0.0.1:9/", f"Observation?patient={ADA}"), **wrong})

    assert answer.status_code in (400, 422), answer.text


def test_it_stops_when_it_is_switched_off_or_deleted(site: Site, subscriber: Subscriber):
    made = site.create(subscription(subscriber.endpoint, "Observation?code=85354-9"))
    other = site.create(subscription(subscriber.endpoint, "Observation?code=85354-9"))
    at = clock.now()
    work(site, at)
    site.put({**made, "status": "off"})
    site.ask("DELETE", f"Subscription/{other['id']}")
    site.create(observation(code="85354-9"))

    work(site, at)

    assert subscriber.heard == []
