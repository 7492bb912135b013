"""Zigbee sensors behind a Zigbee2MQTT bridge."""

from datetime import timedelta

from hearthlight.sensors.families.zigbee2mqtt.decode import decode
from hearthlight.sensors.family import Family
from hearthlight.sensors.types import DeviceFacts


def topics_of(base: str, device: DeviceFacts) -> tuple[str, ...]:
    return (f"{base}/{device.address}", f"{base}/{device.address}/availability")


def owns(base: str, topic: str) -> bool:
    return topic.startswith(f"{base}/bridge/")


FAMILY = Family(
    name="zigbee2mqtt",
    title="Zigbee sensor, through Zigbee2MQTT",
    decode=decode,
    keep=timedelta(hours=13),  # "no movement today" looks back over half a day
    silent_after=timedelta(hours=25),  # battery sensors report at least daily; Zigbee2MQTT itself waits 25 h for them
    base="zigbee2mqtt",
    subscribes=("homeassistant/status",),
    topics_of=topics_of,
    owns=owns,
)
