"""What Zigbee2MQTT says about its sensors, and about itself.

A sensor's message is a JSON object with some of its properties; which of them there are depends on the sensor. What
cannot be read is passed over, so that one strange value never costs an alarm beside it; a message of which nothing at
all can be read is malformed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hearthlight.detect.types import Signal, SignalKind
from hearthlight.sensors.families.zigbee2mqtt.bridge import announced, is_online
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.reading import number, parsed_object
from hearthlight.sensors.types import Decoded, DeviceFacts, Health

MEANINGS = (SignalKind.BED, SignalKind.CHAIR, SignalKind.PULL_CORD, SignalKind.BUTTON)
"""What enrolment may say that a sensor's one yes-or-no property means: a mat on a contact sensor is a bed."""
TWO_STATES = {
    "occupancy": SignalKind.MOTION,
    "presence": SignalKind.MOTION,
    "contact": SignalKind.CONTACT,
    "vibration": SignalKind.VIBRATION,
    "pressure": None,  # only with a meaning: by itself it may be the weather's
    "sos": SignalKind.PULL_CORD,
}
CLOSED_IS_TRUE = ("contact",)  # Zigbee2MQTT: contact is true when the door is closed; ours is 1 when it is open
MEASURES = {
    "temperature": (SignalKind.TEMPERATURE, -40.0, 85.0),  # what room sensors can measure, degrees Celsius
    "humidity": (SignalKind.HUMIDITY, 0.0, 100.0),
}
SHAKES = ("vibration", "tilt", "drop")  # actions of vibration sensors
NO_PRESS = ("release", "hold_release", "long_release", "disarm", "arm_all_zones", "arm_day_zones", "arm_night_zones")
EMERGENCIES = ("emergency", "panic", "sos")
LOW_BATTERY = 10  # per cent to say for a sensor that only says "low": below what we alert on
LARGEST = 1e9  # of any unit a mat may measure in
OTHER_PROPERTIES = 400  # a lawful message has some twenty


def decode(*, device: DeviceFacts, topic: str, payload: bytes, at: float) -> Decoded:
    if "/bridge/" in topic and not device.bridge:
        return _from_bridge(topic, payload)
    if topic.endswith("/availability"):
        return Decoded(is_online=is_online(payload))
    if not payload:  # Zigbee2MQTT clears a removed device's retained message with an empty one
        return Decoded()
    told = parsed_object(payload)
    if len(told) > OTHER_PROPERTIES:
        raise Malformed("TOO_MANY_PROPERTIES")
    signals = tuple(_signals(device, told, at))
    health = _health(told)
    if not signals and health is None and _has_wrong(device, told):
        raise Malformed("WRONG_TYPES")
    return Decoded(signals=signals, health=health)


def _from_bridge(topic: str, payload: bytes) -> Decoded:
    if topic.endswith("/bridge/state"):
        return Decoded(is_online=is_online(payload))
    if topic.endswith("/bridge/devices"):
        return Decoded(announced=tuple(announced(payload)), announces_all=True)
    return Decoded()


def _signals(device: DeviceFacts, told: Mapping[str, Any], at: float) -> Iterator[Signal]:
    for name, usual in TWO_STATES.items():
        if name not in told:
            continue
        if (kind := _kind(device, name, usual)) and (state := _state(device, name, told[name])) is not None:
            yield Signal(device.id, kind, float(state), at, device.spot)
    for name, (kind, lowest, highest) in MEASURES.items():
        if (value := number(told.get(name), lowest, highest)) is not None:
            yield Signal(device.id, kind, value, at, device.spot)
    if kind := _pressed(device, told.get("action")):
        yield Signal(device.id, kind, 1.0, at, device.spot)


def _is_chosen(device: DeviceFacts, name: str) -> bool:
    """Is this the property that enrolment spoke of? An SOS is an SOS whatever enrolment says."""
    return name != "sos" and device.config.get("property", name) == name


def _kind(device: DeviceFacts, name: str, usual: SignalKind | None) -> SignalKind | None:
    """What a property means here: as enrolment said, or as usual."""
    meaning = device.config.get("meaning")
    return SignalKind(meaning) if meaning in MEANINGS and _is_chosen(device, name) else usual


def _state(device: DeviceFacts, name: str, value: object) -> bool | None:
    """Yes or no, from true and false, or from a number and the threshold that enrolment gave."""
    if isinstance(value, bool):
        is_on = value
    else:
        measure, least = number(value, -LARGEST, LARGEST), number(device.config.get("at_least"), -LARGEST, LARGEST)
        if measure is None or least is None:
            return None
        is_on = measure >= least
    if name in CLOSED_IS_TRUE and _kind(device, name, SignalKind.CONTACT) == SignalKind.CONTACT:
        is_on = not is_on  # a door; where it has another meaning, a closed contact is a pressed mat
    return is_on != (_is_chosen(device, name) and device.config.get("inverted") is True)


def _pressed(device: DeviceFacts, action: object) -> SignalKind | None:
    """Any press of an enrolled button asks for help: nobody counts clicks on the floor. Releases and the keys of an
    alarm panel are not presses. `actions` in the configuration narrows it down."""
    if not isinstance(action, str) or not action or action in NO_PRESS:
        return None
    if action in SHAKES:
        return SignalKind.VIBRATION
    allowed = device.config.get("actions")
    if isinstance(allowed, list) and allowed and action not in allowed and action not in EMERGENCIES:
        return None
    is_cord = device.config.get("meaning") == SignalKind.PULL_CORD
    return SignalKind.PULL_CORD if is_cord else SignalKind.BUTTON


def _health(told: Mapping[str, Any]) -> Health | None:
    battery = number(told.get("battery"), 0, 100)
    if battery is None and told.get("battery_low") is True:
        battery = LOW_BATTERY
    link = number(told.get("linkquality"), 0, 255)
    if battery is None and link is None:
        return None
    return Health(None if battery is None else int(battery), None if link is None else int(link))


def _has_wrong(device: DeviceFacts, told: Mapping[str, Any]) -> bool:
    """Is there a property we know, with a value nobody can read?"""
    known = [name for name, usual in TWO_STATES.items() if _kind(device, name, usual)]
    known += [*MEASURES, "battery", "linkquality"]
    return any(told.get(name) is not None for name in known) or not isinstance(told.get("action", ""), str | None)
