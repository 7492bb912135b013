"""What bridges say about themselves and theirs: who has joined, who has gone, who is back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hearthlight.core import bus
from hearthlight.sensors.models import Device, Newcomer
from hearthlight.sensors.types import Accepted, Announced

MOST_NEWCOMERS = 1_000  # on one bridge: beyond that somebody is making them up
MOST_ENTITIES = 100  # of one device; the richest have some forty


def follow(accepted: Sequence[Accepted]) -> None:
    """Keep up with the bridges, inside the transaction that accepts their words."""
    for one in accepted:
        if one.decoded.is_online is not None:
            _note_online(one.device.id, one.decoded.is_online, one.at)
        if one.decoded.announced or one.decoded.announces_all:
            _offer(one)


def _note_online(device_id: str, is_online: bool, at: datetime) -> None:
    if is_online:
        Device.objects.filter(pk=device_id, offline_at__isnull=False).update(offline_at=None)
    else:
        Device.objects.filter(pk=device_id, offline_at__isnull=True).update(offline_at=at)


def _offer(one: Accepted) -> None:
    """Offer what is not enrolled; bring what is up to date. Bridges repeat their lists, so nothing is written that is
    already so."""
    bridge_id = one.device.id
    announced = {device.address: device for device in one.decoded.announced}
    enrolled = {d.address: d for d in Device.objects.filter(bridge_id=bridge_id, retired_at__isnull=True)}
    offered = {n.address: n for n in Newcomer.objects.filter(bridge_id=bridge_id)}
    gone = set(offered) & set(enrolled)
    if one.decoded.announces_all:
        gone |= set(offered) - set(announced)
    if gone:
        Newcomer.objects.filter(bridge_id=bridge_id, address__in=gone).delete()
    room = MOST_NEWCOMERS - len(offered)
    fresh: list[Newcomer] = []
    for address, device in announced.items():
        if address in enrolled:
            _bring_up_to_date(enrolled[address], device)
        elif address in offered:
            _renew(offered[address], device, one.at)
        elif len(fresh) < room:
            fresh.append(_newcomer(bridge_id, device, one.at))
    Newcomer.objects.bulk_create(fresh, ignore_conflicts=True)


def _newcomer(bridge_id: str, device: Announced, at: datetime) -> Newcomer:
    return Newcomer(
        bridge_id=bridge_id, address=device.address, description=device.description, config=dict(device.config), seen_at=at
    )


def _renew(newcomer: Newcomer, device: Announced, at: datetime) -> None:
    config = merged(newcomer.config, device.config)
    description = device.description or newcomer.description
    if (config, description) != (newcomer.config, newcomer.description):
        newcomer.config, newcomer.description, newcomer.seen_at = config, description, at
        newcomer.save(update_fields=["config", "description", "seen_at"])


def _bring_up_to_date(enrolled: Device, device: Announced) -> None:
    """A device that says more, or says it elsewhere, since its firmware was renewed. Only `entities` is the bridge's to
    say; the rest was chosen by whoever enrolled it."""
    if "entities" not in device.config:
        return
    config = {**enrolled.config, "entities": merged(enrolled.config, device.config).get("entities", {})}
    if config != enrolled.config:
        enrolled.config = config
        enrolled.save(update_fields=["config"])
        bus.nudge_after_commit("gate")


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What is known about a device, and what was just said. Discovery names one entity at a time; an entity told with
    None is taken back."""
    entities = {**before.get("entities", {}), **now.get("entities", {})}
    kept = {name: one for name, one in entities.items() if one is not None}
    both = {**before, **now}
    if kept or "entities" in both:
        both["entities"] = dict(list(kept.items())[:MOST_ENTITIES])
    return both
