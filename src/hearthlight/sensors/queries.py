"""The reads the sensors room offers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Window
from django.db.models.functions import Lag

from hearthlight.core.prepared import Given, Read
from hearthlight.people.types import Purpose, Viewer
from hearthlight.sensors import journal
from hearthlight.sensors.fhir import fhir_id as fhir_id  # noqa: PLC0414 — what a device is called in the record
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.models import Device, Reading
from hearthlight.sensors.shelf import device, devices, newcomers, strangers_refused
from hearthlight.sensors.troubles import cleared, troubles
from hearthlight.sensors.types import Accepted, DeviceState, Heard

__all__ = [
    "cleared", "device", "devices", "latest", "newcomers", "readings", "replay", "strangers_refused", "trail", "troubles",
]  # fmt: skip

TRAIL = timedelta(hours=1)  # what an alert shows of the room before it
SEATS = ("BED", "CHAIR")  # what says not only that something happened, but how things are
HEALTH = ("BATTERY", "LINK")  # about the device, not the room
TRAIL_POINTS = 200  # a busy room's hour has some sixty


def replay(at: datetime) -> Iterator[Accepted]:
    """Every message still kept, in the order they came, as `accept` answered them: for detectors after a restart.
    Nothing of a device that has left, or whose consent has gone since."""
    gate = Gate()
    gate.refresh(at)
    for device_id, decoded, came_at in journal.kept(at):
        device = gate.device(device_id)
        if device is not None and gate.is_allowed(device_id, device.purpose, came_at):
            yield Accepted(device=device, decoded=decoded, at=came_at, is_new=True)


def readings(place_id: int, since: datetime, until: datetime) -> Sequence[Reading]:
    """What the room's sensors said, oldest first."""
    return list(Reading.objects.filter(place_id=place_id, at__gte=since, at__lte=until).order_by("at", "pk"))


def latest(place_ids: Iterable[int], since: datetime) -> list[Heard]:
    """What each sensor in these places said last, of each kind, since then: three questions for a whole board. Rows
    are numbered as they come, so the highest number is the latest."""
    rows = Reading.objects.filter(place_id__in=list(place_ids), at__gte=since).exclude(kind__in=HEALTH)
    newest = [row["newest"] for row in rows.values("device_id", "kind").annotate(newest=Max("pk"))]
    changed = _changes(rows.filter(kind__in=SEATS))
    return [
        Heard(row.device_id, row.place_id, row.kind, row.spot, row.value, row.at, changed.get((row.device_id, row.kind)))
        for row in Reading.objects.filter(pk__in=newest)
    ]


def _changes(rows: QuerySet[Reading]) -> dict[tuple[str, str], datetime]:
    """When each sensor last said something else than before. One that repeats "in bed" every hour has not changed."""
    before = Window(Lag("value"), partition_by=[F("device_id"), F("kind")], order_by=F("id").asc())
    changes = rows.annotate(before=before).filter(before__isnull=False).exclude(before=F("value"))
    return {(device, kind): at for device, kind, at in changes.order_by("pk").values_list("device_id", "kind", "at")}


def of_person(viewer: Viewer, *, person_id: int, place_id: int) -> list[DeviceState]:
    """What senses this person: what they wear, and what is in the room they live in, as far as the viewer's roles reach."""
    found = Device.objects.filter(Q(person_id=person_id) | Q(person_id=None, place_id=place_id), retired_at=None)
    return [
        DeviceState(
            id=row.pk, label=row.label, family=row.family, purpose=Purpose(row.purpose), spot=row.spot, position=row.position,
            battery=row.battery, link=row.link, heard_at=row.heard_at, trouble=row.trouble,
        )
        for row in found.select_related("place").order_by("purpose", "label")
        if viewer.covers(row.place.path)
    ]  # fmt: skip


def trail(place_id: int, until: datetime) -> list[dict[str, Any]]:
    """The last hour of a room, for an alert's evidence: what each sensor said, oldest first."""
    newest = _newest_readings(place_id=place_id, since=until - TRAIL, until=until)
    return [
        {"at": at.timestamp(), "kind": kind, "spot": spot, "value": value, "device": device_id}
        for at, kind, spot, value, device_id in reversed(newest)
    ]


_newest_readings = Read(
    lambda: Reading.objects.filter(place_id=Given("place_id"), at__gt=Given("since"), at__lte=Given("until"))
    .exclude(kind__in=HEALTH)
    .order_by("-at", "-pk")
    .values_list("at", "kind", "spot", "value", "device_id")[:TRAIL_POINTS]
)
