"""Writing down what was heard and refused, and how long we ourselves were not listening."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, connections, router, transaction
from django.db.models import F

from hearthlight.core.prepared import Given, Read
from hearthlight.sensors import rules
from hearthlight.sensors.journal import storing
from hearthlight.sensors.models import Device, Listening, Reading, RefusalCount
from hearthlight.sensors.tally import Due, LastWord, Refusals, Tally

THE_ROW = 1
READINGS_KEPT = timedelta(days=92)  # a season: what is normal for a person is learned from weeks, not from years
COUNTS_KEPT = timedelta(days=92)
DELETE_AT_ONCE = 500  # rows, ~5 ms: nothing waits behind it
DEAF = timedelta(seconds=60)  # a longer gap between two writes means we were not listening: four writes were missed
COUNT_AGAIN = (
    f"INSERT INTO {RefusalCount._meta.db_table} AS kept (device_id, reason, hour, count) VALUES (%s, %s, %s, %s) "  # noqa: S608 — names are constants
    "ON CONFLICT (device_id, reason, hour) DO UPDATE SET count = kept.count + excluded.count"
)
TABLE = Device._meta.db_table
HEARD = f"UPDATE {TABLE} SET heard_at = %s, grace_s = 0 WHERE id = %s"  # noqa: S608
BATTERY = f"UPDATE {TABLE} SET battery = %s WHERE id = %s"  # noqa: S608
WEAK = f"UPDATE {TABLE} SET link = %s, weak_since = COALESCE(weak_since, %s) WHERE id = %s"  # noqa: S608
STRONG = f"UPDATE {TABLE} SET link = %s, weak_since = NULL WHERE id = %s"  # noqa: S608
ADD_READING = (
    f"INSERT INTO {Reading._meta.db_table} (device_id, place_id, kind, spot, value, at) "  # noqa: S608
    "VALUES (%s, %s, %s, '', %s, %s)"
)
_listening = Read(lambda: Listening.objects.filter(pk=THE_ROW))
_offline = Read(
    lambda: Device.objects.filter(pk__in=[Given("names")], offline_at__isnull=False).values_list("pk", "offline_at")
)
_as_last_written = Read(
    lambda: Device.objects.filter(pk__in=[Given("names")]).only("pk", "place_id", "battery", "link", "heard_at")
)


def write_due(*, tally: Tally, at: datetime) -> None:
    """Write what the tally says is due, in the transaction now open. Call it when no messages come, too: a second
    without messages is a second of listening."""
    due = tally.due(at)
    if due is None:
        return
    _listen(at)
    if due.heard:
        _write_heard(due)
    if due.refusals:
        _write_refusals(due.refusals)


def is_listening(at: datetime) -> bool:
    """Did we listen until now? If not, silence says nothing about a device."""
    row = _listening.first()
    return row is not None and at - row.at <= DEAF


def _listen(at: datetime) -> None:
    """Note that we listen. If we did not for a while (a power cut, an update), no device is blamed for that time."""
    row = _listening.first()
    if row is None:
        Listening.objects.create(pk=THE_ROW, at=at)
        return
    gap = at - row.at
    if gap > DEAF:
        Device.objects.filter(retired_at__isnull=True).update(grace_s=F("grace_s") + int(gap.total_seconds()))
    if gap < timedelta(0) or gap >= DEAF / 4:
        Listening.objects.filter(pk=THE_ROW).update(at=at)


def _write_heard(due: Due) -> None:
    stored = storing()
    battery, weak, strong = [], [], []
    for name, heard in due.heard.items():
        health = heard.health
        if health.battery is not None:
            battery.append((health.battery, name))
        if health.link is not None and health.link < rules.WEAK_LINK:
            weak.append((health.link, stored(heard.at), name))
        elif health.link is not None:
            strong.append((health.link, name))
    _chart(due)
    _run(HEARD, [(stored(heard.at), name) for name, heard in due.heard.items()])
    _run(BATTERY, battery)
    _run(WEAK, weak)
    _run(STRONG, strong)
    for name, offline_at in _offline(names=[*due.heard]):
        if offline_at is not None and offline_at < due.heard[name].at:
            Device.objects.filter(pk=name).update(offline_at=None)


def _run(sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def _write_refusals(refusals: Refusals) -> None:
    stored = storing()
    _run(COUNT_AGAIN, [(name, str(reason), stored(hour), count) for (name, reason, hour), count in refusals.items()])


def _chart(due: Due) -> None:
    """A point on the battery and link charts, once an hour."""
    told = {name: heard for name, heard in due.heard.items() if heard.health.battery is not None or heard.health.link is not None}
    if not told:
        return
    points = []
    for device in _as_last_written(names=[*told]):
        points += _points(device, told[device.pk])
    alias = router.db_for_write(Reading)
    if points:
        with transaction.atomic(using=alias, savepoint=False), connections[alias].cursor() as cursor:
            cursor.executemany(ADD_READING, points)


def _points(device: Device, heard: LastWord) -> list[tuple[Any, ...]]:
    at = storing()(heard.at)
    is_new_hour = device.heard_at is None or heard.at.replace(minute=0, second=0, microsecond=0) > device.heard_at
    points = []
    for kind, before, now in (("BATTERY", device.battery, heard.health.battery), ("LINK", device.link, heard.health.link)):
        if now is not None and (before is None or is_new_hour):
            points.append((device.pk, device.place_id, kind, float(now), at))
    return points


def forget(at: datetime) -> bool:
    """Delete a few old readings and counts; True if there are more."""
    old = list(Reading.objects.filter(at__lt=at - READINGS_KEPT).order_by("at").values_list("pk", flat=True)[:DELETE_AT_ONCE])
    Reading.objects.filter(pk__in=old).delete()
    RefusalCount.objects.filter(hour__lt=at - COUNTS_KEPT).delete()
    return len(old) == DELETE_AT_ONCE
