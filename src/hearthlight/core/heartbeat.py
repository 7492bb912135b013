"""Each part says it is alive by a row; the watchdog, a process of its own, notices when one stops."""

from datetime import datetime

from django.db import models

from hearthlight.core import clock
from hearthlight.core.models import Heartbeat
from hearthlight.core.prepared import change


def beat(*, part: str, at: datetime, note: str = "") -> None:
    fields = {"at": at, "real_at": clock.real_now(), "note": note[:200]}
    if not change(Heartbeat, {"part": part}, **fields):
        Heartbeat.objects.update_or_create(part=part, defaults=fields)


def latest() -> models.QuerySet[Heartbeat]:
    return Heartbeat.objects.order_by("part")
