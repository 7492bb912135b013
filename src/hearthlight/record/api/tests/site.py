"""A real server on localhost with the API on it, for clients nobody here wrote, and who they are to it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from django.db import connection
from starlette.applications import Starlette
from starlette.routing import Mount

from hearthlight.core.types import Actor, Refusal
from hearthlight.record.access import NotSignedIn
from hearthlight.record.api.service import Service
from hearthlight.record.api.types import Asked
from hearthlight.record.types import Access, Verb

ADA, LEWIS = "person-7", "person-8"
FHIR = {"Content-Type": "application/fhir+json"}
START_S = 20.0


def _all(type_: str, verb: Verb) -> bool:
    return True


def _only_reading_observations(type_: str, verb: Verb) -> bool:
    return type_ in ("Observation", "Patient") and verb in (Verb.READ, Verb.SEARCH)


def _nothing(type_: str, verb: Verb) -> bool:
    return False


ACCESSES: dict[str, Access] = {
    "system": Access(Actor("app", "1"), None, _all, app="1"),
    "gp": Access(Actor("app", "2"), frozenset({ADA, LEWIS}), _all, app="2"),
    "nia": Access(Actor("staff", "3"), frozenset({ADA}), _all),
    "reader": Access(Actor("app", "4"), frozenset({ADA}), _only_reading_observations, app="4"),
    "elsewhere": Access(Actor("staff", "9"), frozenset(), _all),  # the stranger: works at another home
    "powerless": Access(Actor("app", "5"), None, _nothing, app="5"),
}
"""Who holds which token."""


def access_of(asked: Asked) -> Access:
    """The test's own door: a token names its holder."""
    token = asked.header("authorization").removeprefix("Bearer ")
    if token not in ACCESSES:
        raise NotSignedIn("Sign in first.")
    return ACCESSES[token]


def access_again(by: str, app: str, at: datetime) -> Access:
    found = next((one for one in ACCESSES.values() if (str(one.by), one.app) == (by, app)), None)
    if found is None:
        raise Refusal("They are gone")
    return found


@dataclass
class Site:
    """`ask` is an HTTP client; `who` of each request is a token."""

    port: int
    service: Service
    client: httpx.Client = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir/r4"

    def ask(self, method: str, path: str, *, who: str = "system", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        if "json" in more:
            headers |= FHIR
        headers |= more.pop("headers", {})
        return self.client.request(method, f"{self.url}/{path.lstrip('/')}", headers=headers, **more)

    def create(self, resource: dict[str, Any], *, who: str = "system") -> dict[str, Any]:
        answer = self.ask("POST", resource["resourceType"], json=resource, who=who)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def put(self, resource: dict[str, Any], *, who: str = "system", **headers: str) -> httpx.Response:
        place = f"{resource['resourceType']}/{resource['id']}"
        return self.ask("PUT", place, json=resource, who=who, headers={name.replace("_", "-"): v for name, v in headers.items()})


@contextmanager
def as_on_a_site(folder: Path) -> Iterator[None]:
    """The test database as a file, as on a site: the one in memory locks whole tables, which no site does."""
    if connection.vendor != "sqlite":
        yield
        return
    held, name = connection.connection, connection.settings_dict["NAME"]
    connection.cursor().execute("VACUUM INTO %s", [str(folder / "core.sqlite3")])
    connection.connection, connection.settings_dict["NAME"] = None, str(folder / "core.sqlite3")
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = held, name


@contextmanager
def serving(who: Callable[[Asked], Access] = access_of) -> Iterator[Site]:
    """Start it, on a thread of its own."""
    service, started, ports = Service(access_of=who), threading.Event(), []
    app = Starlette(routes=[Mount("/fhir/r4", service.application)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", server_header=False))

    async def run() -> None:
        service.start(asyncio.get_running_loop())
        serve = asyncio.create_task(server.serve())
        while not server.started and not serve.done():
            await asyncio.sleep(0.01)
        ports.append(server.servers[0].sockets[0].getsockname()[1])
        started.set()
        await serve

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert started.wait(START_S)
    with httpx.Client(timeout=30) as client:
        yield Site(ports[0], service, client)
    server.should_exit = True
    thread.join(timeout=START_S)
    service.stop()


# --- the cast, as resources ------------------------------------------------------------------------------------------


def observation(patient: str = ADA, *, code: str = "8867-4", value: float = 72, on: str = "2026-11-22", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": on,
        "valueQuantity": {"value": value, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}, **more,
    }  # fmt: skip


def patient(id_: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, "name": [{"family": "Okafor", "given": ["Adaeze"]}], **more}
