"""Devices coming and going: enrolled, adopted, moved to someone else, given a battery, retired.

Each action writes its audit entry in the same transaction, tells live pages, and nudges the gate, which then goes by it
within the blink of an eye; a gate that missed the nudge looks again within a minute.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404

from hearthlight.core import audit, bus, changes, facts
from hearthlight.core.text import clean_line
from hearthlight.core.types import Actor, Refusal
from hearthlight.people import queries as people
from hearthlight.people.types import Purpose
from hearthlight.sensors import family, rules, secret
from hearthlight.sensors.models import Device, Newcomer
from hearthlight.sensors.types import Enrolled

ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike: people read ids aloud and copy them by hand
ID_LENGTH = 10  # 31^10 names; chance meetings are refused by the table
RESERVED_BASES = ("hearthlight",)  # the topics of devices with their own credentials
LONGEST_BASE = 40
BASE_LETTERS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@transaction.atomic
def enrol(
    *, family_name: str, label: str, place_id: int, purpose: Purpose, by: Actor, at: datetime,
    person_id: int | None = None, spot: str = "bedroom", position: str = "", silent_after: timedelta | None = None,
    config: Mapping[str, Any] | None = None, device_id: str = "",
) -> Enrolled:  # fmt: skip
    """A device or a bridge with credentials of its own. The secret is returned this once, and only its hash kept."""
    of = _family(family_name)
    words = secret.new_secret()
    device = _device(
        of, label=label, place_id=place_id, person_id=person_id, purpose=purpose, spot=spot, position=position,
        silent_after=silent_after or (of.bridge_silent_after if of.is_bridged else of.silent_after),
        config=_bridge_config(of, config) if of.is_bridged else dict(config or {}), by=by, at=at, device_id=device_id,
    )  # fmt: skip
    device.secret_hash = secret.hash_of(words)
    _add(device, by=by, at=at)
    return Enrolled(device.pk, words)


@transaction.atomic
def adopt(
    *, bridge_id: str, address: str, label: str, place_id: int, purpose: Purpose, by: Actor, at: datetime,
    person_id: int | None = None, spot: str = "bedroom", silent_after: timedelta | None = None,
    config: Mapping[str, Any] | None = None, device_id: str = "",
) -> str:  # fmt: skip
    """A device behind a bridge; returns its id. What the bridge announced of it is kept beside what `config` says."""
    bridge = Device.objects.select_for_update().filter(pk=bridge_id, bridge=None, retired_at=None).first()
    if bridge is None:
        raise Refusal("That bridge is not in service any more")
    of = _family(bridge.family)
    newcomer = Newcomer.objects.filter(bridge=bridge, address=address).first()
    entities = {"entities": newcomer.config["entities"]} if newcomer and "entities" in newcomer.config else {}
    device = _device(
        of, label=label, place_id=place_id, person_id=person_id, purpose=purpose, spot=spot, position="",
        silent_after=silent_after or of.silent_after, config={**(config or {}), **entities}, by=by, at=at, device_id=device_id,
    )  # fmt: skip
    device.bridge, device.address = bridge, address
    _add(device, by=by, at=at)
    Newcomer.objects.filter(bridge=bridge, address=address).delete()
    return device.pk


def _family(name: str) -> family.Family:
    of = family.found().get(name)
    if of is None:
        raise Refusal("Choose a kind of device from the list")
    return of


def _device(
    of: family.Family, *, label: str, place_id: int, person_id: int | None, purpose: Purpose, spot: str, position: str,
    silent_after: timedelta, config: dict[str, Any], by: Actor, at: datetime, device_id: str,
) -> Device:  # fmt: skip
    _check_whose(place_id, person_id)
    _check_silence(silent_after)
    return Device(
        id=device_id or new_id(), family=of.name, label=clean_line(label, what="Name"), place_id=place_id,
        person_id=person_id, purpose=purpose, spot=clean_line(spot, what="Spot", longest=20),
        position=clean_line(position, what="Position", longest=20, may_be_empty=True), config=config,
        silent_after_s=int(silent_after.total_seconds()), enrolled_at=at, enrolled_by=str(by),
    )  # fmt: skip


def new_id() -> str:
    return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))


def _check_whose(place_id: int, person_id: int | None) -> None:
    """Raises a refusal for a place or a person that is not there."""
    try:
        people.place_facts(place_id)
        if person_id is not None:
            people.person_facts(person_id)
    except Http404:
        raise Refusal("That place or person is not there any more") from None


def _check_silence(silent_after: timedelta) -> None:
    if not rules.SHORTEST_SILENCE <= silent_after <= rules.LONGEST_SILENCE:
        raise Refusal("Silence must be noticed after 2 minutes at the soonest and 7 days at the latest")


def _bridge_config(of: family.Family, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Its base topic, which no other bridge may share: each would read the other's words."""
    base = clean_line(str((config or {}).get("base") or of.base), what="Base topic", longest=LONGEST_BASE)
    if base in RESERVED_BASES or not set(base) <= BASE_LETTERS:
        raise Refusal("Base topic must be letters, digits, dots, dashes or underscores, and not hearthlight")
    for other in Device.objects.select_for_update().filter(bridge=None, retired_at=None).exclude(config={}):
        if other.config.get("base") == base:
            raise Refusal(f"Another bridge already has the base topic {base}: choose another name")
    return {"base": base}


def _add(device: Device, *, by: Actor, at: datetime) -> None:
    try:
        with transaction.atomic():
            device.save(force_insert=True)
    except IntegrityError:
        raise Refusal("That device is already enrolled") from None
    _note(device, "device enrolled", by=by, at=at, family=device.family, purpose=device.purpose)


def _note(device: Device, action: str, *, by: Actor, at: datetime, **detail: Any) -> None:
    subject = f"device:{device.pk}"
    audit.record(by=by, at=at, action=action, subject=subject, person_id=device.person_id, detail=detail)
    path = people.place_facts(device.place_id).path
    changes.publish(kind="device", path=path, subject=subject, at=at)
    facts.changed("device", device.pk, by=by, at=at)
    bus.nudge_after_commit("gate")


def _in_service(device_id: str) -> Device:
    device = Device.objects.select_for_update().filter(pk=device_id, retired_at=None).first()
    if device is None:
        raise Refusal("That device is not in service any more")
    return device


@transaction.atomic
def renew_secret(*, device_id: str, by: Actor, at: datetime) -> Enrolled:
    """A new card for one that was lost: the old secret stops working. The nudge asks the broker to send the device
    away, so that it comes back with the new one."""
    device = _in_service(device_id)
    if not device.secret_hash:
        raise Refusal("This device speaks through a bridge and has no card of its own")
    words = secret.new_secret()
    device.secret_hash = secret.hash_of(words)
    device.save(update_fields=["secret_hash"])
    _note(device, "device card renewed", by=by, at=at)
    bus.nudge_after_commit(f"expel:{device.pk}")
    return Enrolled(device.pk, words)


@transaction.atomic
def retire(*, device_id: str, by: Actor, at: datetime) -> None:
    """Out of service: it may not speak again. A bridge takes everything behind it with it."""
    device = _in_service(device_id)
    behind = list(Device.objects.select_for_update().filter(bridge=device, retired_at=None))
    for one in [*behind, device]:
        one.retired_at, one.retired_by, one.trouble = at, str(by), ""
        one.save(update_fields=["retired_at", "retired_by", "trouble"])
        _note(one, "device retired", by=by, at=at)
    Newcomer.objects.filter(bridge=device).delete()
    bus.nudge_after_commit(f"expel:{device.pk}")


@transaction.atomic
def reassign(*, device_id: str, place_id: int, person_id: int | None, by: Actor, at: datetime) -> None:
    """Worn by someone else, or moved to another room, from now on. What it said before stays where it was said."""
    device = _in_service(device_id)
    _check_whose(place_id, person_id)
    if (device.place_id, device.person_id) == (place_id, person_id):
        return
    before = {"from_place": device.place_id, "from_person": device.person_id}
    _note(device, "device taken away", by=by, at=at, to_place=place_id, to_person=person_id)
    device.place_id, device.person_id = place_id, person_id
    device.save(update_fields=["place", "person"])
    _note(device, "device reassigned", by=by, at=at, **before)


@transaction.atomic
def change(
    *, device_id: str, label: str, spot: str, position: str, silent_after: timedelta, config: Mapping[str, Any], by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """What it is called, where it looks, what its words mean. What a bridge announced of it, and a bridge's own base
    topic, stay."""
    device = _in_service(device_id)
    _check_silence(silent_after)
    device.label, device.spot = clean_line(label, what="Name"), clean_line(spot, what="Spot", longest=20)
    device.position = clean_line(position, what="Position", longest=20, may_be_empty=True)
    device.silent_after_s = int(silent_after.total_seconds())
    fixed = {name: value for name, value in device.config.items() if name in ("entities", "base")}
    device.config = {**config, **fixed}
    device.save(update_fields=["label", "spot", "position", "silent_after_s", "config"])
    _note(device, "device changed", by=by, at=at)


@transaction.atomic
def replace_battery(*, device_id: str, by: Actor, at: datetime) -> None:
    """Someone put in a new battery. What it says next tells whether that helped."""
    device = _in_service(device_id)
    device.battery = None
    device.save(update_fields=["battery"])
    _note(device, "device battery replaced", by=by, at=at)


@transaction.atomic
def note_devices_read(*, person_id: int, by: Actor, at: datetime) -> None:
    """Someone has looked at what a person's device said."""
    audit.record(by=by, at=at, action="read", subject=f"person:{person_id}", person_id=person_id, detail={"part": "devices"})
