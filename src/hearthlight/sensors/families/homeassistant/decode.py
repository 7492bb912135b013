"""What a device that announced itself by Home Assistant's discovery says, read as it announced."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from hearthlight.detect.types import Signal, SignalKind
from hearthlight.sensors.families.homeassistant import discovery
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.reading import number
from hearthlight.sensors.types import Decoded, DeviceFacts, Health

LIMITS = {"TEMPERATURE": (-40.0, 85.0), "HUMIDITY": (0.0, 100.0), "BATTERY": (0.0, 100.0), "LINK": (-128.0, 0.0)}
LOW_BATTERY = 10  # per cent to say for a sensor that only says "low": below what we alert on
WEAKEST_DBM, STRONGEST_DBM, LINK_MAX = -100.0, -40.0, 255.0  # as for wearables
NO_PRESS = ("", "release", "hold_release", "long_release", "None", "unknown", "unavailable")
MEANINGS = (SignalKind.BED, SignalKind.CHAIR, SignalKind.PULL_CORD, SignalKind.BUTTON)
LONGEST_VALUE = 200  # characters of a bare value: numbers and words are short


def decode(*, device: DeviceFacts, topic: str, payload: bytes, at: float) -> Decoded:
    if not device.bridge:
        announced = discovery.announced(topic, payload)
        return Decoded(announced=(announced,) if announced else ())
    entities = device.config.get("entities")
    entities = [e for e in entities.values() if isinstance(e, dict)] if isinstance(entities, dict) else []
    value = _value(payload)
    said = [entity for entity in entities if entity.get("topic") == topic]
    signals = tuple(signal for entity in said for signal in _signals(device, entity, value, at))
    health = _health(said, value)
    is_online = _is_online(entities, topic, value)
    if not signals and health is None and is_online is None and any(_is_wrong(entity, value) for entity in said):
        raise Malformed("WRONG_TYPES")
    return Decoded(signals=signals, health=health, is_online=is_online)


def _value(payload: bytes) -> Any:
    """A JSON value, or a bare word."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        pass
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise Malformed("NOT_TEXT") from None
    if len(text) > LONGEST_VALUE:
        raise Malformed("NOT_JSON")
    return text


def _told(entity: Mapping[str, Any], value: Any) -> Any:
    field = entity.get("field")
    if not field:
        return value
    return value.get(field) if isinstance(value, dict) else None


def _word(value: Any) -> str | None:
    try:
        return discovery.word(value)
    except Malformed:
        return None


def _signals(device: DeviceFacts, entity: Mapping[str, Any], value: Any, at: float) -> Iterator[Signal]:
    kind, told = entity.get("kind"), _told(entity, value)
    if kind == "BUTTON":
        if _is_press(entity, told):
            meaning = SignalKind.PULL_CORD if device.config.get("meaning") == "PULL_CORD" else SignalKind.BUTTON
            yield Signal(device.id, meaning, 1.0, at, device.spot)
    elif kind in ("TEMPERATURE", "HUMIDITY"):
        if (measure := _measure(entity, told)) is not None:
            yield Signal(device.id, SignalKind(kind), measure, at, device.spot)
    elif kind in discovery.YES_OR_NO.values() and (state := _state(entity, told)) is not None:
        is_chosen = device.config.get("property", kind) == kind
        is_on = state != (is_chosen and device.config.get("inverted") is True)
        yield Signal(device.id, _meant(device, SignalKind(str(kind)), is_chosen=is_chosen), float(is_on), at, device.spot)


def _meant(device: DeviceFacts, usual: SignalKind, *, is_chosen: bool) -> SignalKind:
    """As enrolment said, if it said so of this entity: a mat on a contact sensor is a bed."""
    meaning = device.config.get("meaning")
    return SignalKind(meaning) if is_chosen and meaning in MEANINGS else usual


def _is_press(entity: Mapping[str, Any], told: Any) -> bool:
    wanted, word = entity.get("on"), _word(told)
    return word == wanted if wanted else word is not None and word not in NO_PRESS


def _state(entity: Mapping[str, Any], told: Any) -> bool | None:
    word = _word(told)
    if word is None or word not in (entity.get("on"), entity.get("off")):
        return None
    return word == entity.get("on")


def _measure(entity: Mapping[str, Any], told: Any) -> float | None:
    if isinstance(told, str):
        try:
            told = float(told)
        except ValueError:
            return None
    if entity.get("unit") == "F" and (fahrenheit := number(told, -1e6, 1e6)) is not None:
        told = (fahrenheit - 32.0) / 1.8
    limits = LIMITS.get(str(entity.get("kind")))
    return number(told, *limits) if limits else None


def _health(said: list[dict[str, Any]], value: Any) -> Health | None:
    battery, link = None, None
    for entity in said:
        told = _told(entity, value)
        if entity.get("kind") == "BATTERY":
            battery = _measure(entity, told)
        elif entity.get("kind") == "BATTERY_LOW" and _state(entity, told) is True and battery is None:
            battery = LOW_BATTERY
        elif entity.get("kind") == "LINK" and (dbm := _measure(entity, told)) is not None:
            link = min(1.0, max(0.0, (dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM))) * LINK_MAX
    if battery is None and link is None:
        return None
    return Health(None if battery is None else int(battery), None if link is None else int(link))


def _is_online(entities: list[dict[str, Any]], topic: str, value: Any) -> bool | None:
    for entity in entities:
        if entity.get("availability") == topic:
            word = _word(value.get("state") if isinstance(value, dict) else value)
            if word in (entity.get("online"), entity.get("offline")):
                return word == entity.get("online")
    return None


def _is_wrong(entity: Mapping[str, Any], value: Any) -> bool:
    """Something was said about this entity, and nobody could read it. A press that is none of ours is not wrong."""
    return entity.get("kind") not in ("BUTTON", "BATTERY_LOW") and _told(entity, value) is not None
