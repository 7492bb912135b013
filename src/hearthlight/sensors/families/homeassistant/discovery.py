"""Home Assistant's MQTT discovery: what a `…/config` message says about one entity of one device.

Only what we can honour is taken: a wrong guess at what a template means would be a wrong alarm, or none.
"""

import re
from collections.abc import Mapping
from typing import Any

from hearthlight.detect.types import SignalKind
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.reading import line, parsed_object
from hearthlight.sensors.types import Announced

SHORT = {
    "avty_t": "availability_topic", "avty": "availability", "dev": "device", "dev_cla": "device_class", "ids": "identifiers",
    "mdl": "model", "mf": "manufacturer", "pl_on": "payload_on", "pl_off": "payload_off", "pl": "payload",
    "pl_avail": "payload_available", "pl_not_avail": "payload_not_available", "stat_t": "state_topic", "t": "topic",
    "uniq_id": "unique_id", "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template", "atype": "automation_type",
    "cns": "connections", "stype": "subtype",
}  # fmt: skip
"""The abbreviations devices with little memory use (home-assistant.io, MQTT, discovery payload), of the keys we read."""
YES_OR_NO = {
    "motion": SignalKind.MOTION, "occupancy": SignalKind.MOTION, "presence": SignalKind.MOTION, "moving": SignalKind.MOTION,
    "door": SignalKind.CONTACT, "opening": SignalKind.CONTACT, "window": SignalKind.CONTACT,
    "garage_door": SignalKind.CONTACT, "vibration": SignalKind.VIBRATION, "safety": SignalKind.PULL_CORD,
}  # fmt: skip
"""Device classes of binary sensors. `safety` is what emergency cords and buttons call themselves."""
MEASURES = {"temperature": "TEMPERATURE", "humidity": "HUMIDITY", "battery": "BATTERY", "signal_strength": "LINK"}
PRESSES = ("event", "device_automation")
DEGREES = {"": "C", "°C": "C", "C": "C", "°F": "F", "F": "F"}
TEMPLATE = re.compile(r"\{\{\s*value_json\.([A-Za-z_][A-Za-z0-9_]{0,60})\s*\}\}")
LONGEST_TOPIC, LONGEST_TEXT, LONGEST_ADDRESS = 200, 120, 120  # characters, as the columns
CONFIG_LEVELS = (4, 5)  # homeassistant/<component>/[<node>/]<object>/config


def announced(topic: str, payload: bytes) -> Announced | None:
    """The device and its one entity. None for what we have no use for (lights, switches); an entity with None as its
    value is taken back. Raises Malformed for what cannot be honoured, so that it is counted and seen."""
    levels = topic.split("/")
    if len(levels) not in CONFIG_LEVELS:
        raise Malformed("DISCOVERY_TOPIC")
    component, entity = levels[1], "/".join(levels[1:-1])
    if component not in ("binary_sensor", "sensor", *PRESSES) or not payload:
        return None
    told = _long(parsed_object(payload))
    if (made := _entity(component, told)) is None:
        return None
    device = _long(told.get("device"))
    address = _address(device, told)
    if made["topic"] == "" or len(made["topic"]) > LONGEST_TOPIC or "#" in made["topic"] or "+" in made["topic"]:
        raise Malformed("STATE_TOPIC")
    names = [line(device.get(key), LONGEST_TEXT) for key in ("manufacturer", "model", "name")]
    made.update(_availability(told))
    return Announced(address, line(" ".join(filter(None, names)), LONGEST_TEXT), {"entities": {line(entity, LONGEST_TEXT): made}})


def _long(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        return {}
    whole: dict[str, Any] = {SHORT.get(str(key), str(key)): value for key, value in told.items()}
    base = whole.get("~")
    if isinstance(base, str):
        for key, value in whole.items():
            if isinstance(value, str) and key.endswith("topic") and len(base) <= LONGEST_TOPIC:
                whole[key] = base + value[1:] if value[:1] == "~" else value[:-1] + base if value[-1:] == "~" else value
    return whole


def _address(device: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What makes a device itself: its first identifier, or the entity's own where it names none."""
    identifiers = device.get("identifiers")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else identifiers
    address = first if isinstance(first, str) and first else told.get("unique_id")
    if not isinstance(address, str) or not address or line(address, LONGEST_ADDRESS) != address:
        raise Malformed("NO_IDENTITY")
    return address


def _entity(component: str, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """What we need to read it later: kind, topic, the field of the JSON, and which words mean yes and no."""
    device_class = told.get("device_class")
    topic = told.get("topic" if component == "device_automation" else "state_topic")
    made: dict[str, Any] = {"topic": topic if isinstance(topic, str) else ""}
    if component == "binary_sensor":
        if device_class == "battery":
            return {**made, "kind": "BATTERY_LOW", "field": _field(told), **_words(told)}
        if not isinstance(device_class, str) or device_class not in YES_OR_NO:
            return None
        return {**made, "kind": str(YES_OR_NO[device_class]), "field": _field(told), **_words(told)}
    if component == "sensor":
        if not isinstance(device_class, str) or device_class not in MEASURES:
            return None
        return {**made, "kind": MEASURES[device_class], "field": _field(told), **_unit(device_class, told)}
    if component == "event":
        return {**made, "kind": "BUTTON", "field": _field(told) or "event_type"}
    if told.get("automation_type") not in (None, "trigger"):
        return None
    payload = told.get("payload")
    return {**made, "kind": "BUTTON", "field": _field(told), "on": payload if isinstance(payload, str) else ""}


def _field(told: Mapping[str, Any]) -> str:
    """The name in the one simple template, `{{ value_json.x }}`; empty for a bare value. Any other is refused: a
    template is a program, and running a stranger's program is not how alarms should work."""
    template = told.get("value_template")
    if template is None or template in ("", "{{ value }}"):
        return ""
    found = TEMPLATE.fullmatch(template.strip()) if isinstance(template, str) and len(template) < LONGEST_TEXT else None
    if found is None:
        raise Malformed("TEMPLATE")
    return found.group(1)


def _words(told: Mapping[str, Any]) -> dict[str, str]:
    return {"on": word(told.get("payload_on", "ON")), "off": word(told.get("payload_off", "OFF"))}


def word(value: object) -> str:
    """A value as the word that Home Assistant would compare: true and True and "true" are one word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}"
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Malformed("PAYLOAD_WORD")
    return value.lower() if value.lower() in ("true", "false") else value


def _unit(device_class: str, told: Mapping[str, Any]) -> dict[str, str]:
    if device_class != "temperature":
        return {}
    unit = told.get("unit_of_measurement", "")
    if not isinstance(unit, str) or unit not in DEGREES:
        raise Malformed("UNIT")
    return {"unit": DEGREES[unit]}


def _availability(told: Mapping[str, Any]) -> dict[str, str]:
    """Where the device says that it is there. Of several, the last: the first is usually the bridge's."""
    several = told.get("availability")
    last = _long(several[-1]) if isinstance(several, list) and several else {}
    topic = told.get("availability_topic", last.get("topic"))
    if not isinstance(topic, str) or not 0 < len(topic) <= LONGEST_TOPIC:
        return {}
    return {
        "availability": topic,
        "online": word(told.get("payload_available", last.get("payload_available", "online"))),
        "offline": word(told.get("payload_not_available", last.get("payload_not_available", "offline"))),
    }
