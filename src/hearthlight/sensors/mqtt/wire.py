"""The smallest pieces of MQTT on the wire: numbers, text, properties, reason codes (MQTT 5, sections 1.5 and 2)."""

from __future__ import annotations

from enum import IntEnum

PropertyValue = int | str | bytes
Properties = dict[int, PropertyValue]


class Code(IntEnum):
    """MQTT 5 reason codes this door sends or understands (MQTT 5, 2.4)."""

    SUCCESS = 0x00
    DISCONNECT_WITH_WILL = 0x04
    NO_SUBSCRIPTION = 0x11
    UNSPECIFIED = 0x80
    MALFORMED = 0x81
    PROTOCOL = 0x82
    VERSION = 0x84
    CLIENT_ID = 0x85
    WRONG_PASSWORD = 0x86
    NOT_AUTHORISED = 0x87
    UNAVAILABLE = 0x88
    SHUTTING_DOWN = 0x8B
    AUTH_METHOD = 0x8C
    KEEPALIVE = 0x8D
    TAKEN_OVER = 0x8E
    FILTER_INVALID = 0x8F
    TOPIC_INVALID = 0x90
    NO_SUCH_PACKET = 0x92
    TOPIC_ALIAS = 0x94
    TOO_LARGE = 0x95
    QUOTA = 0x97
    EXPELLED = 0x98
    NO_SHARING = 0x9E
    NO_IDENTIFIERS = 0xA1
    CONNECT_RATE = 0x9F


class MqttError(Exception):
    """The other side sent something that is not MQTT, or not allowed; `code` is what to tell it."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code


class Id(IntEnum):
    """Property identifiers (MQTT 5, 2.2.2.2)."""

    PAYLOAD_FORMAT = 0x01
    MESSAGE_EXPIRY = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_ID = 0x0B
    SESSION_EXPIRY = 0x11
    ASSIGNED_CLIENT_ID = 0x12
    SERVER_KEEPALIVE = 0x13
    AUTH_METHOD = 0x15
    AUTH_DATA = 0x16
    REQUEST_PROBLEM = 0x17
    WILL_DELAY = 0x18
    REQUEST_RESPONSE = 0x19
    RESPONSE_INFORMATION = 0x1A
    SERVER_REFERENCE = 0x1C
    REASON_TEXT = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    USER = 0x26
    MAXIMUM_PACKET = 0x27
    WILDCARD_AVAILABLE = 0x28
    SUBSCRIPTION_ID_AVAILABLE = 0x29
    SHARED_AVAILABLE = 0x2A


_WIDTH = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
}
"Bytes of each property that is a plain number."
_TEXT = frozenset((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F))
_BINARY = frozenset((0x09, 0x16))
_ZERO_IS_WRONG = frozenset((0x21, 0x27, 0x0B))
_NO_OR_YES = frozenset((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A))

ON_CONNECT = frozenset((0x11, 0x21, 0x27, 0x22, 0x19, 0x17, 0x26, 0x15, 0x16))
ON_WILL = frozenset((0x18, 0x01, 0x02, 0x03, 0x08, 0x09, 0x26))
ON_CONNACK = frozenset(
    (0x11, 0x21, 0x24, 0x25, 0x27, 0x12, 0x22, 0x1F, 0x26, 0x28, 0x29, 0x2A, 0x13, 0x1A, 0x1C, 0x15, 0x16)
)
ON_PUBLISH = frozenset((0x01, 0x02, 0x23, 0x08, 0x09, 0x26, 0x03))
ON_ACK = frozenset((0x1F, 0x26))
ON_SUBSCRIBE = frozenset((0x0B, 0x26))
ON_UNSUBSCRIBE = frozenset((0x26,))
ON_DISCONNECT = frozenset((0x11, 0x1F, 0x26, 0x1C))


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A variable byte integer: its value and where the next byte is."""
    value = shift = 0
    while True:
        if at >= end or shift > 21:
            raise MqttError(Code.MALFORMED, "length runs out")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def read_number(data: bytes, at: int, end: int, width: int) -> tuple[int, int]:
    if at + width > end:
        raise MqttError(Code.MALFORMED, "number runs out")
    return int.from_bytes(data[at : at + width], "big"), at + width


def read_binary(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    if at + 2 > end:
        raise MqttError(Code.MALFORMED, "text length runs out")
    start = at + 2
    stop = start + (data[at] << 8 | data[at + 1])
    if stop > end:
        raise MqttError(Code.MALFORMED, "text runs out")
    return data[start:stop], stop


def read_text(data: bytes, at: int, end: int) -> tuple[str, int]:
    raw, at = read_binary(data, at, end)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise MqttError(Code.MALFORMED, "text is not UTF-8") from None
    if "\0" in text:
        raise MqttError(Code.MALFORMED, "text holds U+0000")
    return text, at


def read_properties(data: bytes, at: int, end: int, allowed: frozenset[int]) -> tuple[Properties, int]:
    """All properties of one packet; user properties are checked and let go, since nothing here reads them."""
    length, at = read_length(data, at, end)
    stop = at + length
    if stop > end:
        raise MqttError(Code.MALFORMED, "properties run out")
    found: Properties = {}
    while at < stop:
        key, at = read_length(data, at, stop)
        if key not in allowed:
            raise MqttError(Code.PROTOCOL, "property not allowed here")
        if key == Id.USER:
            _, at = read_text(data, at, stop)
            _, at = read_text(data, at, stop)
            continue
        if key in found:
            raise MqttError(Code.PROTOCOL, "property given twice")
        found[key], at = _read_property(key, data, at, stop)
    return found, stop


def _read_property(key: int, data: bytes, at: int, stop: int) -> tuple[PropertyValue, int]:
    if key in _TEXT:
        return read_text(data, at, stop)
    if key in _BINARY:
        return read_binary(data, at, stop)
    width = _WIDTH.get(key)
    number, at = read_length(data, at, stop) if width is None else read_number(data, at, stop, width)
    if number == 0 and key in _ZERO_IS_WRONG:
        raise MqttError(Code.PROTOCOL, "property may not be zero")
    if number > 1 and key in _NO_OR_YES:
        raise MqttError(Code.PROTOCOL, "property is neither 0 nor 1")
    return number, at


def length_bytes(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def binary_bytes(raw: bytes) -> bytes:
    return len(raw).to_bytes(2, "big") + raw


def text_bytes(text: str) -> bytes:
    return binary_bytes(text.encode())


def property_bytes(properties: Properties) -> bytes:
    """The properties without their length in front."""
    out = bytearray()
    for key, value in properties.items():
        out.append(key)
        if isinstance(value, str):
            out += text_bytes(value)
        elif isinstance(value, bytes):
            out += binary_bytes(value)
        elif key in _WIDTH:
            out += value.to_bytes(_WIDTH[key], "big")
        else:
            out += length_bytes(value)
    return bytes(out)
