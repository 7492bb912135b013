"""PLACEHOLDER"""
from hearthlight.sensors.types import Decoded, DeviceFacts


def decode(*, device: DeviceFacts, topic: str, payload: bytes, at: float) -> Decoded:
    return Decoded()
