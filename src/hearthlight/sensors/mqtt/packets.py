"""The packets of MQTT 3.1.1 and 5, as far as a door and its clients need them."""

from __future__ import annotations

from dataclasses import dataclass

from hearthlight.sensors.mqtt.wire import Properties

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE = range(1, 9)
SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(9, 16)

MQTT_3_1_1 = 4
MQTT_5 = 5


@dataclass(slots=True)
class Will:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    delay_seconds: int = 0
    forward: bytes = b""
    expiry_seconds: int | None = None


@dataclass(slots=True)
class Connect:
    version: int
    client_id: str
    clean_start: bool
    keepalive: int
    username: str | None
    password: bytes | None
    will: Will | None
    properties: Properties


@dataclass(slots=True)
class Connack:
    session_present: bool
    code: int
    properties: Properties


@dataclass(slots=True)
class Publish:
    """`forward` holds the MQTT 5 properties that go on to subscribers untouched, message expiry excepted."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    packet_id: int
    forward: bytes = b""
    expiry_seconds: int | None = None


@dataclass(slots=True)
class Ack:
    """PUBACK, PUBREC, PUBREL or PUBCOMP."""

    kind: int
    packet_id: int
    code: int


@dataclass(slots=True)
class Wanted:
    """One line of a SUBSCRIBE."""

    filter: str
    qos: int
    no_local: bool = False
    as_published: bool = False
    retain_handling: int = 0


@dataclass(slots=True)
class Subscribe:
    packet_id: int
    wanted: list[Wanted]
    has_identifier: bool


@dataclass(slots=True)
class Unsubscribe:
    packet_id: int
    filters: list[str]


@dataclass(slots=True)
class Granted:
    """SUBACK or UNSUBACK."""

    kind: int
    packet_id: int
    codes: bytes


@dataclass(slots=True)
class Ping:
    """PINGREQ or PINGRESP."""

    kind: int


@dataclass(slots=True)
class Disconnect:
    code: int
    properties: Properties


Packet = Connect | Connack | Publish | Ack | Subscribe | Unsubscribe | Granted | Ping | Disconnect
