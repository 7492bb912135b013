"""Watch Hearthlight from outside: three questions, none of which the watched process can answer by mistake."""

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connections

from hearthlight.core import heartbeat
from hearthlight.response import queries as response_queries
from hearthlight.runtime.settings import Settings

STALE = timedelta(seconds=15)  # three missed beats of five seconds
PARTS = {
    "pump": "takes in what devices say and follows up alerts",
    "sender": "sends push messages, e-mails and texts",
}
PATIENCE_S = 5  # how long the web server may take to say that it is well
ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — where to ask a server listening everywhere


@dataclass(frozen=True, slots=True)
class Trouble:
    """`code` is the same for as long as the same thing is wrong; `words` are for whoever looks after the system."""

    code: str
    words: str


def troubles(site: Settings, *, at: datetime) -> list[Trouble]:
    """Everything wrong now. `at` is the machine's time: the watched process's clock is one of the things watched."""
    found = list(_silence(site))
    try:
        found += [*_stale_parts(at), *_overdue(at)]
    except DatabaseError as error:
        found.append(Trouble("database", f"The database cannot be read ({type(error).__name__}). Run hearthlight doctor."))
    finally:
        connections.close_all()  # the next look begins afresh, whatever this one met
    return found


def _silence(site: Settings) -> Iterator[Trouble]:
    """The web server, asked whether it is well."""
    try:
        status = _ask(site)
    except (OSError, http.client.HTTPException) as error:
        yield Trouble("web", f"Hearthlight does not answer on port {site.port} ({type(error).__name__}).")
        return
    if status != http.client.OK:
        yield Trouble("unwell", f"Hearthlight answers, but says it is not well (status {status}).")


def _ask(site: Settings) -> int:
    host = ANYWHERE.get(site.host, site.host)
    if site.tls_certificate:
        # Our own process on our own machine: its certificate names the home's address, not this one.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line: http.client.HTTPConnection = http.client.HTTPSConnection(host, site.port, timeout=PATIENCE_S, context=context)
    else:
        line = http.client.HTTPConnection(host, site.port, timeout=PATIENCE_S)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status
    finally:
        line.close()


def _stale_parts(at: datetime) -> Iterator[Trouble]:
    latest = {beat.part: beat.real_at for beat in heartbeat.latest()}
    for part, what in PARTS.items():
        if part not in latest:
            yield Trouble(f"part {part}", f"The part that {what} has never been seen.")
        elif at - latest[part] > STALE:
            seconds = int((at - latest[part]).total_seconds())
            yield Trouble(f"part {part}", f"The part that {what} has done nothing for {seconds} seconds.")


def _overdue(at: datetime) -> Iterator[Trouble]:
    for late in response_queries.overdue(at):
        yield Trouble(f"alert {late.alert_id} {late.what}", f"Alert {late.alert_id}: {late.what}. Look at the board now.")
