"""The devices as their pages show them: what is in service where, how it is, and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Sum
from django.http import Http404

from hearthlight.people.types import Purpose, Viewer
from hearthlight.sensors import family
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.models import Device, Newcomer, Reading, RefusalCount
from hearthlight.sensors.roster import all_facts_of, is_bridge
from hearthlight.sensors.types import DeviceFacts

REFUSED_SHOWN = timedelta(hours=24)
CHART_SHOWN = timedelta(days=28)
LATEST_READINGS = 30
CHART_POINTS = 700  # hourly for four weeks


@dataclass(frozen=True, slots=True)
class Shown:
    """One device on its page or in a list. `is_allowed`: does everyone it senses agree to its purpose, just now?"""

    facts: DeviceFacts
    family_title: str
    place_name: str
    around_name: str
    around_path: str
    is_bridge: bool
    is_allowed: bool
    is_retired: bool
    has_card: bool
    heard_at: datetime | None
    battery: int | None
    link: int | None
    trouble: str
    offline_at: datetime | None
    silent_after: timedelta
    enrolled_at: datetime
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def refused_count(self) -> int:
        return sum(self.refused.values())


def devices(viewer: Viewer, at: datetime, *, person_id: int | None = None) -> list[Shown]:
    """Those in service that the viewer may see; of one person, those they wear or live with."""
    found = Device.objects.visible_to(viewer).filter(retired_at__isnull=True).select_related("place__parent")
    shown = _shown(list(found), at)
    return [one for one in shown if person_id is None or one.facts.person_id == person_id]


def device(viewer: Viewer, device_id: str, at: datetime) -> Shown:
    """One, in service or retired; Http404 for one that is not there or may not be seen: the two look the same."""
    found = list(Device.objects.visible_to(viewer).filter(pk=device_id).select_related("place__parent"))
    if not found:
        raise Http404("no such device")
    return _shown(found, at)[0]


def _shown(found: Sequence[Device], at: datetime) -> list[Shown]:
    gate = Gate()
    gate.refresh(at)
    facts = all_facts_of(found)
    refused = _refused([one.pk for one in found], at)
    families = family.found()
    return [
        Shown(
            facts=facts[one.pk], family_title=families[one.family].title if one.family in families else one.family,
            place_name=one.place.name, around_name=one.place.parent.name if one.place.parent else "",
            around_path=one.place.parent.path if one.place.parent else "", is_bridge=is_bridge(one),
            is_allowed=one.retired_at is None and gate.is_allowed(one.pk, Purpose(one.purpose), at),
            is_retired=one.retired_at is not None, has_card=bool(one.secret_hash), heard_at=one.heard_at,
            battery=one.battery, link=one.link, trouble=one.trouble, offline_at=one.offline_at,
            silent_after=timedelta(seconds=one.silent_after_s), enrolled_at=one.enrolled_at,
            refused=refused.get(one.pk, {}),
        )
        for one in found
    ]  # fmt: skip


def _refused(device_ids: Sequence[str], at: datetime) -> dict[str, dict[str, int]]:
    counts = RefusalCount.objects.filter(device_id__in=device_ids, hour__gt=at - REFUSED_SHOWN, hour__lte=at)
    found: dict[str, dict[str, int]] = {}
    for device_id, reason, count in counts.values_list("device_id", "reason").annotate(total=Sum("count")):
        found.setdefault(device_id, {})[reason] = count
    return found


def newcomers(viewer: Viewer) -> list[Newcomer]:
    """Announced by a bridge the viewer may see, and enrolled by nobody yet."""
    bridges = Device.objects.visible_to(viewer).filter(retired_at__isnull=True)
    return list(Newcomer.objects.filter(bridge__in=bridges).select_related("bridge__place").order_by("bridge", "address"))


def newcomer(viewer: Viewer, newcomer_id: int) -> Newcomer:
    for one in newcomers(viewer):
        if one.pk == newcomer_id:
            return one
    raise Http404("no such newcomer")


def strangers_refused(at: datetime) -> int:
    """Messages and sign-ins of the last day that belonged to no device at all."""
    counts = RefusalCount.objects.filter(device_id="", hour__gt=at - REFUSED_SHOWN, hour__lte=at)
    return counts.aggregate(total=Sum("count"))["total"] or 0


def latest_of(device_id: str) -> list[Reading]:
    """What a device said last, newest first."""
    found = Reading.objects.filter(device_id=device_id).exclude(kind__in=("BATTERY", "LINK"))
    return list(found.order_by("-at", "-pk")[:LATEST_READINGS])


def health_of(device_id: str, at: datetime) -> dict[str, list[tuple[datetime, float]]]:
    """Battery and link over four weeks, oldest first."""
    found = Reading.objects.filter(device_id=device_id, kind__in=("BATTERY", "LINK"), at__gt=at - CHART_SHOWN, at__lte=at)
    series: dict[str, list[tuple[datetime, float]]] = {"BATTERY": [], "LINK": []}
    for kind, moment, value in found.order_by("at").values_list("kind", "at", "value"):
        series[kind].append((moment, value))
    return {kind: points[-CHART_POINTS:] for kind, points in series.items()}
