"""Which devices need looking at, and which no longer do. Asked of the tables alone, so a restart changes nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce

from hearthlight.sensors import rules
from hearthlight.sensors.models import Device
from hearthlight.sensors.roster import all_facts_of
from hearthlight.sensors.types import DeviceFacts, Trouble, TroubleKind
from hearthlight.sensors.upkeep import is_listening

WORST_FIRST = list(TroubleKind)


def troubles(at: datetime) -> list[Trouble]:
    """Those that are new: worse than what is already marked."""
    suspects = _suspects(at)
    listening = is_listening(at)
    silent_bridges = _silent_bridges(suspects, at, listening=listening)
    found = [(device, wrong) for device in suspects if (wrong := _wrong(device, silent_bridges, at, listening=listening))]
    new = [(device, kind, since) for device, (kind, since) in found if _is_worse(kind, device.trouble)]
    facts = all_facts_of(device for device, _, _ in new)
    return [
        Trouble(facts[device.pk], kind, since, _sighting(device, kind, since, at)) for device, kind, since in new
    ]  # fmt: skip


def cleared(at: datetime) -> list[DeviceFacts]:
    """Those marked whose trouble is over."""
    if not Device.objects.filter(~Q(trouble=""), retired_at__isnull=True).exists():
        return []
    suspects = _suspects(at)
    silent_bridges = _silent_bridges(suspects, at, listening=is_listening(at))
    over = [d for d in suspects if d.trouble and _is_over(d, silent_bridges, at)]
    return list(all_facts_of(over).values())


def _suspects(at: datetime) -> list[Device]:
    """The devices worth a closer look: everything else was heard as lately as can be asked of it and said that it is
    well. A bridge may be gone before its own time is up, see below."""
    in_service = Device.objects.filter(retired_at__isnull=True).annotate(last_word=Coalesce("heard_at", "enrolled_at"))
    is_quiet = Q(bridge__isnull=True, last_word__lt=at - rules.SHORTEST_SILENCE)
    for seconds in in_service.order_by().values_list("silent_after_s", flat=True).distinct():
        is_quiet |= Q(silent_after_s=seconds, last_word__lt=at - timedelta(seconds=seconds))
    is_unwell = Q(battery__lt=rules.BATTERY_RIGHT_AGAIN) | Q(weak_since__isnull=False) | Q(offline_at__isnull=False)
    return list(in_service.filter(is_quiet | is_unwell | ~Q(trouble="")).select_related("place").order_by("pk"))


def _silent_bridges(suspects: Iterable[Device], at: datetime, *, listening: bool) -> frozenset[str]:
    """Bridges that have gone: one trouble each, and none for the forty devices behind them. A bridge with several
    devices is also gone when it has carried nothing for as long as the most talkative of them is given."""
    silent = set()
    counted = Device.objects.filter(retired_at__isnull=True, bridge__isnull=False).values("bridge_id")
    behind = {row["bridge_id"]: row for row in counted.annotate(many=Count("pk"), least=Min("silent_after_s"))}
    for device in suspects:
        theirs = behind.get(device.pk, {"many": 0, "least": device.silent_after_s})
        if theirs["many"] > 1:
            device.silent_after_s = min(device.silent_after_s, theirs["least"])
        if device.bridge_id is None and _is_silent(device, at, listening=listening):
            silent.add(device.pk)
    return frozenset(silent)


def _is_silent(device: Device, at: datetime, *, listening: bool) -> bool:
    if device.offline_at is not None:
        return True
    heard_at = device.heard_at or device.enrolled_at
    return listening and rules.is_silent(
        heard_at=heard_at, grace_s=device.grace_s, silent_after_s=device.silent_after_s, at=at
    )


def _wrong(
    device: Device, silent_bridges: frozenset[str], at: datetime, *, listening: bool
) -> tuple[TroubleKind, datetime] | None:
    """The worst of what is wrong, and since when."""
    if device.bridge_id not in silent_bridges and _is_silent(device, at, listening=listening):
        return TroubleKind.SILENT, device.offline_at or device.heard_at or device.enrolled_at
    if rules.is_low(device.battery, was_low=device.trouble == TroubleKind.BATTERY):
        return TroubleKind.BATTERY, at
    if rules.is_weak(
        weak_since=device.weak_since, link=device.link, was_weak=device.trouble == TroubleKind.LINK, at=at
    ):
        return TroubleKind.LINK, device.weak_since or at
    return None


def _is_worse(kind: TroubleKind, marked: str) -> bool:
    return not marked or WORST_FIRST.index(kind) < WORST_FIRST.index(TroubleKind(marked))


def _is_over(device: Device, silent_bridges: frozenset[str], at: datetime) -> bool:
    """A device behind a bridge that has gone is not known to be well again, whatever it was marked with."""
    if device.trouble == TroubleKind.SILENT:
        behind_silence = device.bridge_id in silent_bridges
        return not behind_silence and not _is_silent(device, at, listening=True)
    if device.trouble == TroubleKind.BATTERY:
        return not rules.is_low(device.battery, was_low=True)
    return not rules.is_weak(weak_since=device.weak_since, link=device.link, was_weak=True, at=at)


def _sighting(device: Device, kind: TroubleKind, since: datetime, at: datetime) -> dict[str, Any]:
    """The four sentences, and the numbers behind them."""
    seen, usual, sure, silent_if = _SENTENCES[kind](device, at - since)
    facts: Mapping[str, Any] = {
        "device": device.pk, "since": since.timestamp(), "battery": device.battery, "link": device.link,
        "silent_after_s": device.silent_after_s, "is_offline": device.offline_at is not None,
    }  # fmt: skip
    return {
        "detector": "device", "seen": seen, "usual": usual, "sure": sure, "silent_if": silent_if, "facts": dict(facts),
    }  # fmt: skip


def _silence(device: Device, span: timedelta) -> tuple[str, str, str, str]:
    if device.offline_at is not None:
        seen = f"{device.label} says it is no longer connected."
    elif device.heard_at is None:
        seen = f"{device.label} has never been heard since it was enrolled."
    else:
        seen = f"{device.label} has not been heard for {spoken(span)}."
    usual = f"It is expected at least every {spoken(timedelta(seconds=device.silent_after_s))}."
    return seen, usual, "Certain: nothing has come from it.", "Any message from it would have kept this silent."


def _flat(device: Device, span: timedelta) -> tuple[str, str, str, str]:  # noqa: ARG001 — one of three alike
    return (
        f"The battery of {device.label} is at {device.battery} per cent.",
        f"We ask for a new battery below {rules.LOW_BATTERY} per cent.",
        "As sure as the device's own gauge, which is rough.",
        f"A battery of {rules.LOW_BATTERY} per cent or more would have kept this silent.",
    )


def _faint(device: Device, span: timedelta) -> tuple[str, str, str, str]:
    return (
        f"{device.label} has been hard to hear for {spoken(span)}: its link is {device.link} of 255.",
        f"A link of {rules.WEAK_LINK} or more is usual.",
        "Certain about the link; some of its messages may be getting lost.",
        f"A link of {rules.WEAK_LINK} or more within the hour would have kept this silent.",
    )


_SENTENCES = {TroubleKind.SILENT: _silence, TroubleKind.BATTERY: _flat, TroubleKind.LINK: _faint}


def spoken(span: timedelta) -> str:
    """A length of time as a person says it: 40 seconds, 12 minutes, 3 hours, 2 days."""
    seconds = max(0, int(span.total_seconds()))
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or seconds == size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds" if seconds < 60 else "1 minute"
