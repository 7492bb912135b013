"""The devices in service, read in two queries, with whom each of them senses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hearthlight.people.types import Purpose
from hearthlight.sensors import family
from hearthlight.sensors.models import Device
from hearthlight.sensors.types import DeviceFacts


@dataclass(frozen=True, slots=True)
class Row:
    """One device as the gate keeps it. `sensed` is everyone whose consent it needs."""

    facts: DeviceFacts
    family: family.Family
    sensed: tuple[int, ...]
    secret_hash: str
    base: str

    @property
    def is_bridge(self) -> bool:
        return bool(self.base)


def rows() -> Iterator[Row]:
    """Every device in service whose family is known here."""
    found = list(Device.objects.filter(retired_at__isnull=True).select_related("place"))
    at_home = _living_at()
    families = family.found()
    for device in found:
        if device.family in families:
            yield _row(device, families[device.family], at_home)


def all_facts_of(devices: Iterable[Device]) -> dict[str, DeviceFacts]:
    """By id, for devices wherever they are shown."""
    shown = list(devices)
    at_home = _living_at() if shown else {}
    return {d.pk: _facts(d, _sensed(d, is_bridge=is_bridge(d), at_home=at_home)) for d in shown}


def is_bridge(device: Device) -> bool:
    of = family.found().get(device.family)
    return of is not None and of.is_bridged and device.bridge_id is None


def _row(device: Device, of: family.Family, at_home: dict[str, tuple[int, ...]]) -> Row:
    sensed = _sensed(device, is_bridge=is_bridge(device), at_home=at_home)
    base = str(device.config.get("base") or of.base) if is_bridge(device) else ""
    return Row(_facts(device, sensed), of, sensed, device.secret_hash, base)


def _sensed(device: Device, *, is_bridge: bool, at_home: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    if is_bridge:
        return ()  # it says who has joined it, and nothing about anyone
    return (device.person_id,) if device.person_id is not None else sensed_by(device.place.path, at_home)


def _facts(device: Device, sensed: tuple[int, ...]) -> DeviceFacts:
    return DeviceFacts(
        id=device.pk, family=device.family, label=device.label, place_id=device.place_id, place_path=device.place.path,
        person_id=sensed[0] if len(sensed) == 1 else None, purpose=Purpose(device.purpose), spot=device.spot,
        position=device.position, bridge=device.bridge_id or "", address=device.address, config=device.config,
    )  # fmt: skip


def sensed_by(path: str, at_home: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Who lives where a room sensor looks: in that place, or else in the nearest place around it that somebody lives
    in. A kitchen in someone's own home is theirs; a care home's lounge, around which nobody lives, is shared."""
    while path not in ("", "/"):
        if path in at_home:
            return at_home[path]
        path = path[: path.rstrip("/").rfind("/") + 1]
    return ()


def _living_at() -> dict[str, tuple[int, ...]]:
    """Place path -> the persons living there now. By way of the devices' places: persons are another room's table."""
    homes: dict[str, tuple[int, ...]] = {}
    place = Device._meta.get_field("place").related_model
    pairs = place._default_manager.filter(persons__isnull=False, persons__moved_out_on__isnull=True)
    for path, person in pairs.order_by("persons__pk").values_list("path", "persons__pk"):
        homes[path] = (*homes.get(path, ()), person)
    return homes
