"""MQTT packets to bytes. Properties are handed in already written, so that one message is written once for all."""

from __future__ import annotations

from hearthlight.sensors.mqtt.packets import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    MQTT_5,
    PINGREQ,
    PINGRESP,
    PUBLISH,
    PUBREL,
    SUBSCRIBE,
    Connect,
    Wanted,
)
from hearthlight.sensors.mqtt.wire import (
    Code,
    Properties,
    binary_bytes,
    length_bytes,
    property_bytes,
    text_bytes,
)

PING_ANSWER = bytes((PINGRESP << 4, 0))
PING_QUESTION = bytes((PINGREQ << 4, 0))

_CONNACK_3_1_1 = {
    Code.SUCCESS: 0,
    Code.VERSION: 1,
    Code.CLIENT_ID: 2,
    Code.WRONG_PASSWORD: 4,
    Code.NOT_AUTHORISED: 5,
}
"MQTT 3.1.1 table 3.1; everything else there is 3, server unavailable."


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + length_bytes(len(body)) + body


def _block(properties: Properties) -> bytes:
    return binary_with_length(property_bytes(properties))


def binary_with_length(raw: bytes) -> bytes:
    """A property block: its length as a variable byte integer, then the properties."""
    return length_bytes(len(raw)) + raw


def connack(
    version: int, code: Code, *, session_present: bool = False, properties: Properties | None = None
) -> bytes:
    if version != MQTT_5:
        return _packet(CONNACK << 4, bytes((session_present, _CONNACK_3_1_1.get(code, 3))))
    return _packet(CONNACK << 4, bytes((session_present, code)) + _block(properties or {}))


def publish(
    *,
    topic: bytes,
    payload: bytes,
    qos: int,
    retain: bool,
    version: int,
    properties: bytes = b"",
    packet_id: int = 0,
) -> bytes:
    """`topic` is already UTF-8. To set DUP later, see `with_dup`."""
    parts = [len(topic).to_bytes(2, "big"), topic]
    if qos:
        parts.append(packet_id.to_bytes(2, "big"))
    if version == MQTT_5:
        parts.append(binary_with_length(properties) if properties else b"\0")
    parts.append(payload)
    length = sum(map(len, parts))
    return b"".join((bytes((PUBLISH << 4 | qos << 1 | retain,)), length_bytes(length), *parts))


def with_dup(packet: bytes) -> bytes:
    return bytes((packet[0] | 8,)) + packet[1:]


def ack(kind: int, packet_id: int, code: Code = Code.SUCCESS, version: int = 4) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP. MQTT 3.1.1 has no word for no."""
    first = kind << 4 | (2 if kind == PUBREL else 0)
    if code and version == MQTT_5:
        return bytes((first, 3, packet_id >> 8, packet_id & 0xFF, code))
    return bytes((first, 2, packet_id >> 8, packet_id & 0xFF))


def granted(kind: int, packet_id: int, codes: bytes, version: int) -> bytes:
    """SUBACK or UNSUBACK; MQTT 3.1.1 knows one way to refuse a SUBSCRIBE and none to refuse its opposite."""
    head = packet_id.to_bytes(2, "big")
    if version == MQTT_5:
        return _packet(kind << 4, head + b"\0" + codes)
    return _packet(kind << 4, head + bytes(min(code, 0x80) for code in codes))


def unsubscribed(kind: int, packet_id: int, codes: bytes, version: int) -> bytes:
    return granted(kind, packet_id, codes if version == MQTT_5 else b"", version)


def disconnect(version: int, code: Code = Code.SUCCESS) -> bytes:
    if version == MQTT_5 and code:
        return bytes((DISCONNECT << 4, 1, code))
    return bytes((DISCONNECT << 4, 0))


def connect(packet: Connect) -> bytes:
    """What a client says first; wills are for devices, so none here."""
    flags = packet.clean_start << 1
    body = text_bytes(packet.client_id)
    if packet.username is not None:
        flags |= 0x80
        body += text_bytes(packet.username)
    if packet.password is not None:
        flags |= 0x40
        body += binary_bytes(packet.password)
    head = text_bytes("MQTT") + bytes((packet.version, flags)) + packet.keepalive.to_bytes(2, "big")
    if packet.version == MQTT_5:
        head += _block(packet.properties)
    return _packet(CONNECT << 4, head + body)


def subscribe(packet_id: int, wanted: list[Wanted], version: int) -> bytes:
    body = packet_id.to_bytes(2, "big") + (b"\0" if version == MQTT_5 else b"")
    for line in wanted:
        options = line.qos | line.no_local << 2 | line.as_published << 3 | line.retain_handling << 4
        body += text_bytes(line.filter) + bytes((options if version == MQTT_5 else line.qos,))
    return _packet(SUBSCRIBE << 4 | 2, body)
