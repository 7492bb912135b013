"""Each part says it is alive by a row; the watchdog, a process of its own, notices when one stops."""

from datetime import datetime

from django.db import models

from hearthlight.core import clock
from hearthlight.core.models import Heartbeat


def beat(*, part: str, at: datetime, note: str = "") -> None:
    Heartbeat.objects.update_or_create(
        part=part, defaults={"at": at, "real_at": clock.real_now(), "note": note[:200]}
    )


def latest() -> models.QuerySet[Heartbeat]:
    return Heartbeat.objects.order_by("part")
