"""Sensors that announce themselves by Home Assistant's MQTT discovery: ESPHome, Tasmota, and many gateways."""

from datetime import timedelta

from hearthlight.sensors.families.homeassistant.decode import decode
from hearthlight.sensors.family import Family
from hearthlight.sensors.types import DeviceFacts

PREFIX = "homeassistant"


def topics_of(base: str, device: DeviceFacts) -> tuple[str, ...]:  # noqa: ARG001 — its topics are where it said
    entities = device.config.get("entities")
    if not isinstance(entities, dict):
        return ()
    told = [one.get(name) for one in entities.values() if isinstance(one, dict) for name in ("topic", "availability")]
    return tuple({topic for topic in told if isinstance(topic, str) and topic})


def owns(base: str, topic: str) -> bool:  # noqa: ARG001 — discovery is under one prefix for all
    return topic.startswith(f"{PREFIX}/") and topic.endswith("/config")


FAMILY = Family(
    name="homeassistant",
    title="Sensor with Home Assistant discovery",
    decode=decode,
    keep=timedelta(hours=13),  # "no movement today" looks back over half a day
    silent_after=timedelta(hours=25),  # as for other battery sensors
    base=PREFIX,
    also_publishes=PREFIX,
    subscribes=("homeassistant/status",),
    topics_of=topics_of,
    owns=owns,
)
