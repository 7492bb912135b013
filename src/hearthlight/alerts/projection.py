"""What an alert amounts to in the shared record, from the moment somebody is told of it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from hearthlight.alerts import fhir
from hearthlight.alerts.models import Alert
from hearthlight.alerts.types import TOLD_TO_WORDS, State, ToldTo
from hearthlight.core.facts import Kind
from hearthlight.events.types import EventKind
from hearthlight.sensors import queries as sensors

SQL = (
    "SELECT a.id, a.kind, a.state, a.person_id, a.place_id, a.began_at, a.closed_at, a.attended_at, a.owner_id, a.truth,"
    " a.found, a.found_note, a.people_told, e.device_id,"
    " (SELECT MIN(m.at) FROM alerts_alertmove m WHERE m.alert_id = a.id AND m.to_state = 'MERGED')"
    " FROM alerts_alert a JOIN events_event e ON e.id = a.event_id WHERE a.id = %s"
)
"""By hand: it is on the way of every alarm."""


def _alert(id_: str) -> Sequence[fhir.Resource]:
    """Nothing until its plan has begun: the plan's transaction is the one that writes it, for the raising has no time."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, [id_])
        row = cursor.fetchone()
    if row is None or row[2] == State.RAISED:
        return []
    number, kind, state, person, place, began, closed, attended, owner, truth, found, note, told, device, joined = row
    ended = _moment(closed) or (_moment(joined) if state == State.MERGED else None)
    told_to = json.loads(told) if isinstance(told, str) else told
    return fhir.resources(
        fhir.Alert(
            id=number, kind=EventKind(kind), state=State(state), person_id=person, place_id=place, began_at=_known(began),
            ended_at=ended, attended_at=_moment(attended), owner_id=owner, truth=truth, found=found, note=note,
            told_to=tuple(TOLD_TO_WORDS[ToldTo(code)] for code in told_to),
            device=sensors.fhir_id(device) if device else "",
        )
    )  # fmt: skip


def _moment(stored: Any) -> datetime | None:
    """SQLite hands moments back as text."""
    if stored is None:
        return None
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _known(stored: Any) -> datetime:
    at = _moment(stored)
    assert at is not None
    return at


def _ids() -> Iterable[str]:
    return (str(pk) for pk in Alert.objects.order_by("pk").values_list("pk", flat=True).iterator())


KINDS = {"alert": Kind(_alert, _ids)}
