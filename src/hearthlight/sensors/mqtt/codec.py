"""Bytes to MQTT packets: an incremental parser that holds at most one packet and raises only `MqttError`."""

from __future__ import annotations

from collections.abc import Callable

from hearthlight.sensors.mqtt.packets import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    MQTT_3_1_1,
    MQTT_5,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    Ack,
    Connack,
    Connect,
    Disconnect,
    Granted,
    Packet,
    Ping,
    Publish,
    Subscribe,
    Unsubscribe,
    Wanted,
    Will,
)
from hearthlight.sensors.mqtt.wire import (
    ON_ACK,
    ON_CONNACK,
    ON_CONNECT,
    ON_DISCONNECT,
    ON_PUBLISH,
    ON_SUBSCRIBE,
    ON_UNSUBSCRIBE,
    ON_WILL,
    Code,
    Id,
    MqttError,
    Properties,
    property_bytes,
    read_binary,
    read_length,
    read_number,
    read_properties,
    read_text,
)

FILTERS = 1_000
"Subscriptions in one SUBSCRIBE; ten times what any client of ours sends. More is refused, not worked through."


class Parser:
    """Feed it chunks as they come, take packets while there are any.

    A packet is refused by its declared length, before its body is held, so one client makes us hold at most
    `limit` bytes and one chunk. `version` 0 means that only a CONNECT may come next.
    """

    __slots__ = ("_at", "_chunk", "_need", "_rest", "limit", "version")

    def __init__(self, *, limit: int, version: int = 0) -> None:
        self.limit = limit
        self.version = version
        self._chunk = b""
        self._at = 0
        self._rest = bytearray()
        self._need = 0

    def feed(self, data: bytes) -> None:
        rest = self._rest
        if not rest and self._at >= len(self._chunk):
            self._chunk = data
            self._at = 0
            return
        if not rest:
            rest += self._chunk[self._at :]
            self._chunk = b""
            self._at = 0
        rest += data
        if len(rest) >= self._need:
            # Taken over whole only when the packet is complete: one copy per packet, however small its pieces.
            self._chunk = bytes(rest)
            self._at = 0
            self._need = 0
            rest.clear()

    @property
    def held(self) -> int:
        """Bytes waiting here."""
        return len(self._rest) + len(self._chunk) - self._at

    def next(self) -> Packet | None:
        """The next whole packet, or None until more bytes are fed."""
        chunk = self._chunk
        at = self._at
        size = len(chunk)
        if size - at < 2:
            self._wait(2)
            return None
        first = chunk[at]
        length = chunk[at + 1]
        body = at + 2
        if length > 0x7F:
            length, body = self._long_length(chunk, at + 1, size)
            if length < 0:
                self._wait(size - at + 1)
                return None
        if length > self.limit:
            raise MqttError(Code.TOO_LARGE, "packet is too large")
        if self.version == 0 and first != CONNECT << 4:
            raise MqttError(Code.PROTOCOL, "first packet is not CONNECT")
        end = body + length
        if end > size:
            self._wait(end - at)
            return None
        self._at = end
        if first & 0xF0 == PUBLISH << 4:
            return _publish(first, chunk, body, end, self.version)
        packet = _rare(first, chunk, body, end, self.version)
        if self.version == 0 and isinstance(packet, Connect):
            self.version = packet.version
        return packet

    def _wait(self, need: int) -> None:
        """Put the beginning of a packet aside until `need` bytes of it are here."""
        if self._at < len(self._chunk):
            self._rest += self._chunk[self._at :]
            self._need = need
        self._chunk = b""
        self._at = 0

    @staticmethod
    def _long_length(chunk: bytes, at: int, size: int) -> tuple[int, int]:
        """The length and the body's start; length -1 when its bytes are not all here."""
        value = shift = 0
        while at < size:
            byte = chunk[at]
            value |= (byte & 0x7F) << shift
            at += 1
            if byte < 0x80:
                return value, at
            shift += 7
            if shift > 21:
                raise MqttError(Code.MALFORMED, "length has five bytes")
        return -1, at


def _publish(first: int, data: bytes, at: int, end: int, version: int) -> Publish:
    """The one packet that matters for speed: kept flat on purpose."""
    qos = first >> 1 & 3
    if qos == 3 or (first & 8 and not qos):
        raise MqttError(Code.MALFORMED, "impossible publish flags")
    start = at + 2
    stop = start + (data[at] << 8 | data[at + 1]) if start <= end else end + 1
    if stop > end:
        raise MqttError(Code.MALFORMED, "topic runs out")
    try:
        topic = data[start:stop].decode()
    except UnicodeDecodeError:
        raise MqttError(Code.MALFORMED, "topic is not UTF-8") from None
    if "+" in topic or "#" in topic or "\0" in topic:
        raise MqttError(Code.TOPIC_INVALID, "topic holds a wildcard")
    packet_id = 0
    if qos:
        packet_id, stop = _packet_id(data, stop, end)
    if version != MQTT_5:
        if not topic:
            raise MqttError(Code.TOPIC_INVALID, "topic is empty")
        return Publish(topic, data[stop:end], qos, bool(first & 1), bool(first & 8), packet_id)
    forward, expiry, stop = (
        (b"", None, stop + 1) if stop < end and not data[stop] else _forward(data, stop, end)
    )
    if not topic:
        raise MqttError(Code.TOPIC_INVALID, "topic is empty")
    return Publish(topic, data[stop:end], qos, bool(first & 1), bool(first & 8), packet_id, forward, expiry)


def _forward(data: bytes, at: int, end: int) -> tuple[bytes, int | None, int]:
    """The properties of a publish: those to pass on as they came, the expiry, and where the payload starts."""
    found, stop = read_properties(data, at, end, ON_PUBLISH)
    if Id.TOPIC_ALIAS in found:
        # We never offer aliases (Topic Alias Maximum 0), so none may be used: MQTT 5, 3.3.2.3.4.
        raise MqttError(Code.TOPIC_ALIAS, "topic alias was not offered")
    _, start = read_length(data, at, end)
    return _without_expiry(data, start, stop, found), _number(found, Id.MESSAGE_EXPIRY), stop


def _without_expiry(data: bytes, start: int, stop: int, found: Properties) -> bytes:
    if Id.MESSAGE_EXPIRY not in found:
        return data[start:stop]
    # User properties are dropped here: rare with an expiry, and keeping their order is not worth the code.
    return property_bytes({key: value for key, value in found.items() if key != Id.MESSAGE_EXPIRY})


def _number(found: Properties, key: int) -> int | None:
    value = found.get(key)
    return value if isinstance(value, int) else None


def _packet_id(data: bytes, at: int, end: int) -> tuple[int, int]:
    number, at = read_number(data, at, end, 2)
    if number == 0:
        raise MqttError(Code.MALFORMED, "packet identifier is zero")
    return number, at


def _connect(data: bytes, at: int, end: int, _version: int) -> Connect:
    name, at = read_text(data, at, end)
    version, at = read_number(data, at, end, 1)
    if name != "MQTT" or version not in {MQTT_3_1_1, MQTT_5}:
        raise MqttError(Code.VERSION, "not MQTT 3.1.1 or 5")
    flags, at = read_number(data, at, end, 1)
    if flags & 1 or flags & 0x18 == 0x18 or (not flags & 4 and flags & 0x38):
        raise MqttError(Code.MALFORMED, "impossible connect flags")
    if version == MQTT_3_1_1 and flags & 0xC0 == 0x40:
        raise MqttError(Code.MALFORMED, "password without username")
    keepalive, at = read_number(data, at, end, 2)
    properties: Properties = {}
    if version == MQTT_5:
        properties, at = read_properties(data, at, end, ON_CONNECT)
    client_id, at = read_text(data, at, end)
    will = None
    if flags & 4:
        will, at = _will(flags, data, at, end, version)
    username: str | None = None
    password: bytes | None = None
    if flags & 0x80:
        username, at = read_text(data, at, end)
    if flags & 0x40:
        password, at = read_binary(data, at, end)
    _whole(at, end)
    return Connect(version, client_id, bool(flags & 2), keepalive, username, password, will, properties)


def _will(flags: int, data: bytes, at: int, end: int, version: int) -> tuple[Will, int]:
    found: Properties = {}
    if version == MQTT_5:
        found, at = read_properties(data, at, end, ON_WILL)
    topic, at = read_text(data, at, end)
    if not topic or "+" in topic or "#" in topic:
        raise MqttError(Code.TOPIC_INVALID, "will topic is not a topic")
    payload, at = read_binary(data, at, end)
    delay = _number(found, Id.WILL_DELAY) or 0
    expiry = _number(found, Id.MESSAGE_EXPIRY)
    kept = {key: value for key, value in found.items() if key not in {Id.WILL_DELAY, Id.MESSAGE_EXPIRY}}
    return Will(topic, payload, flags >> 3 & 3, bool(flags & 0x20), delay, property_bytes(kept), expiry), at


def _connack(data: bytes, at: int, end: int, version: int) -> Connack:
    flags, at = read_number(data, at, end, 1)
    code, at = read_number(data, at, end, 1)
    properties: Properties = {}
    if version == MQTT_5 and at < end:
        properties, at = read_properties(data, at, end, ON_CONNACK)
    _whole(at, end)
    if flags > 1:
        raise MqttError(Code.MALFORMED, "impossible connack flags")
    return Connack(bool(flags), code, properties)


def _ack(kind: int) -> Callable[[bytes, int, int, int], Ack]:
    def read(data: bytes, at: int, end: int, version: int) -> Ack:
        packet_id, at = _packet_id(data, at, end)
        code = 0
        if version == MQTT_5 and at < end:
            code, at = read_number(data, at, end, 1)
            if at < end:
                _, at = read_properties(data, at, end, ON_ACK)
        _whole(at, end)
        return Ack(kind, packet_id, code)

    return read


def _subscribe(data: bytes, at: int, end: int, version: int) -> Subscribe:
    packet_id, at = _packet_id(data, at, end)
    found: Properties = {}
    if version == MQTT_5:
        found, at = read_properties(data, at, end, ON_SUBSCRIBE)
    wanted = []
    while at < end:
        filter_, at = read_text(data, at, end)
        options, at = read_number(data, at, end, 1)
        wanted.append(_wanted(filter_, options, version))
        _not_too_many(wanted)
    if not wanted:
        raise MqttError(Code.PROTOCOL, "subscribes to nothing")
    return Subscribe(packet_id, wanted, Id.SUBSCRIPTION_ID in found)


def _wanted(filter_: str, options: int, version: int) -> Wanted:
    reserved = 0xC0 if version == MQTT_5 else 0xFC
    handling = options >> 4 & 3
    if options & reserved or options & 3 == 3 or handling == 3:
        raise MqttError(Code.MALFORMED, "impossible subscribe options")
    return Wanted(filter_, options & 3, bool(options & 4), bool(options & 8), handling)


def _unsubscribe(data: bytes, at: int, end: int, version: int) -> Unsubscribe:
    packet_id, at = _packet_id(data, at, end)
    if version == MQTT_5:
        _, at = read_properties(data, at, end, ON_UNSUBSCRIBE)
    filters = []
    while at < end:
        filter_, at = read_text(data, at, end)
        filters.append(filter_)
        _not_too_many(filters)
    if not filters:
        raise MqttError(Code.PROTOCOL, "unsubscribes from nothing")
    return Unsubscribe(packet_id, filters)


def _not_too_many(lines: list[Wanted] | list[str]) -> None:
    if len(lines) > FILTERS:
        raise MqttError(Code.QUOTA, "too many filters in one packet")


def _granted(kind: int) -> Callable[[bytes, int, int, int], Granted]:
    def read(data: bytes, at: int, end: int, version: int) -> Granted:
        packet_id, at = _packet_id(data, at, end)
        if version == MQTT_5:
            _, at = read_properties(data, at, end, ON_ACK)
        return Granted(kind, packet_id, data[at:end])

    return read


def _ping(kind: int) -> Callable[[bytes, int, int, int], Ping]:
    def read(_data: bytes, at: int, end: int, _version: int) -> Ping:
        _whole(at, end)
        return Ping(kind)

    return read


def _disconnect(data: bytes, at: int, end: int, version: int) -> Disconnect:
    code = 0
    properties: Properties = {}
    if version == MQTT_5 and at < end:
        code, at = read_number(data, at, end, 1)
        if at < end:
            properties, at = read_properties(data, at, end, ON_DISCONNECT)
    _whole(at, end)
    return Disconnect(code, properties)


def _whole(at: int, end: int) -> None:
    if at != end:
        raise MqttError(Code.MALFORMED, "bytes left over")


_READERS: dict[int, Callable[[bytes, int, int, int], Packet]] = {
    CONNECT << 4: _connect,
    CONNACK << 4: _connack,
    PUBACK << 4: _ack(PUBACK),
    PUBREC << 4: _ack(PUBREC),
    PUBREL << 4 | 2: _ack(PUBREL),
    PUBCOMP << 4: _ack(PUBCOMP),
    SUBSCRIBE << 4 | 2: _subscribe,
    SUBACK << 4: _granted(SUBACK),
    UNSUBSCRIBE << 4 | 2: _unsubscribe,
    UNSUBACK << 4: _granted(UNSUBACK),
    PINGREQ << 4: _ping(PINGREQ),
    PINGRESP << 4: _ping(PINGRESP),
    DISCONNECT << 4: _disconnect,
}
"By the whole first byte, so that wrong flags are an unknown packet. AUTH is not here: we offer no method."


def _rare(first: int, data: bytes, at: int, end: int, version: int) -> Packet:
    reader = _READERS.get(first)
    if reader is None:
        raise MqttError(Code.PROTOCOL, "unknown packet")
    return reader(data, at, end, version)
