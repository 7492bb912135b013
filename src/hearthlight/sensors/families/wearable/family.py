"""Wearables that send movement over MQTT with credentials of their own."""

from datetime import timedelta

from hearthlight.sensors.families.wearable.decode import decode
from hearthlight.sensors.family import Family

FAMILY = Family(
    name="wearable",
    title="Wearable",
    decode=decode,
    keep=timedelta(minutes=5),  # the fall detector looks back half a minute; the rest is for a slow restart
    silent_after=timedelta(minutes=10),  # frames come every second or two; ten minutes is a shower with it taken off
)
