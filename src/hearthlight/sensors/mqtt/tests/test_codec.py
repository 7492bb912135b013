"""Any bytes, in any pieces: packets or one kind of error, nothing else, and never more held than the limit."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.codec import Parser
from hearthlight.sensors.mqtt.packets import (
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    SUBACK,
    UNSUBACK,
    Ack,
    Connack,
    Connect,
    Granted,
    Packet,
    Publish,
    Subscribe,
    Wanted,
)
from hearthlight.sensors.mqtt.wire import (
    Code,
    Id,
    MqttError,
    length_bytes,
    property_bytes,
    read_length,
    text_bytes,
)

LIMIT = 2_000
versions = st.sampled_from([4, 5])
topics = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="+#\0"), min_size=1, max_size=40
)
packet_ids = st.integers(1, 0xFFFF)


def parse(
    data: bytes, *, version: int = 4, pieces: list[int] | None = None, limit: int = LIMIT
) -> list[Packet]:
    parser = Parser(limit=limit, version=version)
    found: list[Packet] = []
    for size in [*(pieces or []), len(data)]:
        piece, data = data[:size], data[size:]
        parser.feed(piece)
        while (packet := parser.next()) is not None:
            found.append(packet)
        assert parser.held <= limit + 5
    return found


@st.composite
def packets(draw: st.DrawFn) -> tuple[int, bytes]:
    """Lawful packets, as bytes, for one version."""
    version = draw(versions)
    publish = st.builds(
        lambda topic, payload, qos, retain, packet_id, text: encode.publish(
            topic=topic.encode(),
            payload=payload,
            qos=qos,
            retain=retain,
            version=version,
            packet_id=packet_id,
            properties=property_bytes({Id.CONTENT_TYPE: text}),
        ),
        topics,
        st.binary(max_size=300),
        st.integers(0, 2),
        st.booleans(),
        packet_ids,
        topics,
    )
    kinds = st.sampled_from([PUBACK, PUBREC, PUBREL, PUBCOMP])
    codes = st.sampled_from([Code.SUCCESS, Code.NOT_AUTHORISED])
    acks = st.builds(
        lambda kind, packet_id, code: encode.ack(kind, packet_id, code, version), kinds, packet_ids, codes
    )
    wanted = st.lists(st.builds(Wanted, topics, st.integers(0, 2)), min_size=1, max_size=5)
    subscribe = st.builds(
        lambda packet_id, lines: encode.subscribe(packet_id, lines, version), packet_ids, wanted
    )
    grants = st.builds(
        lambda kind, packet_id: encode.granted(kind, packet_id, b"\0\1", version),
        st.sampled_from([SUBACK, UNSUBACK]),
        packet_ids,
    )
    simple = st.sampled_from(
        [encode.PING_ANSWER, encode.PING_QUESTION, encode.disconnect(version, Code.KEEPALIVE)]
    )
    return version, b"".join(draw(st.lists(st.one_of(publish, acks, subscribe, grants, simple), max_size=6)))


@given(st.binary(max_size=300), st.sampled_from([0, 4, 5]), st.lists(st.integers(0, 20), max_size=20))
@example(b"\x10\xff\xff\xff\xff\x7f", 0, [1, 1, 1, 1, 1, 1])
@example(b"\x30\x02\x00", 4, [])
@example(b"\x30\x00", 5, [])
@example(b"\x32\x04\x00\x01a\x00", 5, [])
def test_it_raises_nothing_but_its_own_error(data: bytes, version: int, pieces: list[int]) -> None:
    try:
        parse(data, version=version, pieces=pieces)
    except MqttError as error:
        assert error.code >= 0x80


@given(st.sampled_from(range(256)), st.binary(max_size=200), versions)
def test_it_raises_nothing_else_for_well_framed_nonsense(first: int, body: bytes, version: int) -> None:
    try:
        parse(bytes((first,)) + length_bytes(len(body)) + body, version=version)
    except MqttError as error:
        assert error.code >= 0x80


@given(packets(), st.data())
def test_it_raises_nothing_else_for_one_changed_byte(given_: tuple[int, bytes], data: st.DataObject) -> None:
    version, raw = given_
    if raw:
        at = data.draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + bytes((data.draw(st.integers(0, 255)),)) + raw[at + 1 :]
    try:
        parse(raw, version=version)
    except MqttError as error:
        assert error.code >= 0x80


@given(packets(), st.lists(st.integers(0, 7), max_size=200))
def test_it_finds_the_same_packets_in_any_pieces(given_: tuple[int, bytes], pieces: list[int]) -> None:
    version, raw = given_

    assert parse(raw, version=version, pieces=pieces) == parse(raw, version=version)


@given(
    topic=topics,
    payload=st.binary(max_size=300),
    qos=st.integers(0, 2),
    retain=st.booleans(),
    packet_id=packet_ids,
    version=versions,
)
def test_it_reads_what_was_written(
    *, topic: str, payload: bytes, qos: int, retain: bool, packet_id: int, version: int
) -> None:
    packet_id = packet_id if qos else 0
    written = encode.publish(
        topic=topic.encode(), payload=payload, qos=qos, retain=retain, version=version, packet_id=packet_id
    )

    assert parse(written, version=version) == [Publish(topic, payload, qos, retain, False, packet_id)]


@given(
    client_id=topics,
    name=st.none() | topics,
    password=st.none() | st.binary(max_size=50),
    keepalive=st.integers(0, 0xFFFF),
    version=versions,
    clean=st.booleans(),
)
def test_it_reads_the_connect_it_wrote(
    *, client_id: str, name: str | None, password: bytes | None, keepalive: int, version: int, clean: bool
) -> None:
    if name is None and version == 4:
        password = None
    properties = {Id.SESSION_EXPIRY: 7, Id.RECEIVE_MAXIMUM: 9} if version == 5 else {}
    connect = Connect(version, client_id, clean, keepalive, name, password, None, properties)

    assert parse(encode.connect(connect), version=0) == [connect]


def test_it_reads_a_connack_with_properties() -> None:
    written = encode.connack(5, Code.SUCCESS, session_present=True, properties={Id.MAXIMUM_PACKET: 10})

    assert parse(written, version=5) == [Connack(True, 0, {Id.MAXIMUM_PACKET: 10})]


def test_it_reads_subscribe_options() -> None:
    line = Wanted("a/#", 1, True, True, 2)

    assert parse(encode.subscribe(3, [line], 5), version=5) == [Subscribe(3, [line], False)]


def test_it_reads_grants_and_codes() -> None:
    assert parse(encode.granted(SUBACK, 3, b"\0\x87", 4)) == [Granted(SUBACK, 3, b"\0\x80")]
    assert parse(encode.ack(PUBACK, 3, Code.NOT_AUTHORISED, 5), version=5) == [Ack(PUBACK, 3, 0x87)]
    assert parse(encode.ack(PUBACK, 3, Code.NOT_AUTHORISED, 4)) == [Ack(PUBACK, 3, 0)]


def test_it_refuses_a_large_packet_by_its_first_bytes() -> None:
    parser = Parser(limit=LIMIT, version=4)
    parser.feed(b"\x30" + length_bytes(LIMIT + 1))

    with pytest.raises(MqttError) as raised:
        parser.next()

    assert raised.value.code == Code.TOO_LARGE


def test_it_takes_a_packet_as_large_as_the_limit_byte_by_byte() -> None:
    written = encode.publish(topic=b"a", payload=b"x" * (LIMIT - 3), qos=0, retain=False, version=4)

    assert len(parse(written, pieces=[1] * len(written))) == 1


def test_it_takes_nothing_before_connect() -> None:
    with pytest.raises(MqttError, match="first packet is not CONNECT"):
        parse(encode.PING_QUESTION, version=0)


@pytest.mark.parametrize(
    ("why", "raw"),
    [
        ("AUTH", b"\xf0\0"),
        ("packet type 0", b"\0\0"),
        ("SUBSCRIBE without its flags", b"\x80\x06\0\1\0\1a\0"),
        ("SUBSCRIBE to nothing", b"\x82\2\0\1"),
        ("SUBSCRIBE at QoS 3", b"\x82\6\0\1\0\1a\3"),
        ("UNSUBSCRIBE from nothing", b"\xa2\2\0\1"),
        ("PUBLISH at QoS 3", b"\x36\5\0\1a\0\1"),
        ("PUBLISH at QoS 0 with DUP", b"\x38\3\0\1a"),
        ("PUBLISH to a wildcard", b"\x30\3\0\1#"),
        ("PUBLISH to U+0000", b"\x30\3\0\1\0"),
        ("PUBLISH to what is no UTF-8", b"\x30\3\0\1\xff"),
        ("PUBLISH to nothing", b"\x30\2\0\0"),
        ("packet identifier 0", b"\x32\5\0\1a\0\0"),
        ("PUBACK with more", b"\x40\3\0\1\0"),
        ("PINGREQ with a body", b"\xc0\1\0"),
        ("five bytes of length", b"\x30\x80\x80\x80\x80\1"),
    ],
)
def test_it_refuses(why: str, raw: bytes) -> None:
    with pytest.raises(MqttError):
        parse(raw)


@pytest.mark.parametrize(
    ("code", "properties"),
    [
        (Code.TOPIC_ALIAS, property_bytes({Id.TOPIC_ALIAS: 1})),
        (Code.PROTOCOL, property_bytes({Id.SESSION_EXPIRY: 1})),
        (Code.PROTOCOL, property_bytes({Id.PAYLOAD_FORMAT: 2})),
        (Code.PROTOCOL, property_bytes({Id.CONTENT_TYPE: "a"}) * 2),
        (Code.MALFORMED, b"\x02\0"),
        (Code.MALFORMED, b"\x26\0\1a"),
        (Code.PROTOCOL, b"\x7f"),
    ],
)
def test_it_refuses_wrong_properties(code: Code, properties: bytes) -> None:
    written = encode.publish(topic=b"a", payload=b"", qos=0, retain=False, version=5, properties=properties)

    with pytest.raises(MqttError) as raised:
        parse(written, version=5)

    assert raised.value.code == code


def test_it_passes_on_properties_as_they_came() -> None:
    pair = b"\x26" + text_bytes("key") + text_bytes("value")
    properties = property_bytes({Id.CONTENT_TYPE: "text"}) + pair
    written = encode.publish(topic=b"a", payload=b"x", qos=0, retain=False, version=5, properties=properties)

    assert parse(written, version=5) == [Publish("a", b"x", 0, False, False, 0, properties, None)]


def test_it_keeps_the_expiry_apart() -> None:
    properties = property_bytes({Id.MESSAGE_EXPIRY: 60, Id.CONTENT_TYPE: "text"})
    written = encode.publish(topic=b"a", payload=b"x", qos=0, retain=False, version=5, properties=properties)

    forward = property_bytes({Id.CONTENT_TYPE: "text"})
    assert parse(written, version=5) == [Publish("a", b"x", 0, False, False, 0, forward, 60)]


@given(st.integers(0, 268_435_455))
def test_it_reads_the_lengths_it_writes(value: int) -> None:
    written = length_bytes(value)

    assert read_length(written, 0, len(written)) == (value, len(written))
