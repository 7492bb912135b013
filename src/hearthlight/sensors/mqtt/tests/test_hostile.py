"""Strangers, floods, half packets and the deaf: each is refused or bounded, and nothing else stops."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time

import pytest

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.link import PACKETS_PER_TURN
from hearthlight.sensors.mqtt.packets import PUBACK, Connect, Wanted
from hearthlight.sensors.mqtt.tests.devices import Raw, arrive, connected, hello, make, said
from hearthlight.sensors.mqtt.tests.hosting import ADA, PASSWORD, Host, authenticate, door, until
from hearthlight.sensors.mqtt.types import Limits, Principal
from hearthlight.sensors.mqtt.wire import Id, text_bytes

FALL = "hearthlight/ada-watch/fall"
BENS_FALL = "hearthlight/ben-watch/fall"


def still_serves(host: Host) -> None:
    """Somebody else's fall still comes through."""
    before = host.topics.count(BENS_FALL)
    raw = arrive(host.port, "ben-watch", client_id="witness")
    raw.say(said(BENS_FALL))
    assert raw.hear(4) == encode.ack(PUBACK, 1)
    assert host.topics.count(BENS_FALL) == before + 1
    raw.sock.close()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(("name", "password"), [("ada-watch", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_it_turns_a_stranger_away(version: int, name: str, password: str) -> None:
    with door() as host:
        client = make(name, version, password=password)
        client.connect("127.0.0.1", host.port)
        client.loop_start()
        until(lambda: client.heard.connected)
        client.loop_stop()

        # paho translates the codes of 3.1.1 into those of 5.
        assert client.heard.connected[0] == 0x87
        assert host.refusals == {(None, "stranger"): 1}


@pytest.mark.parametrize(
    "said_first",
    [
        said(FALL),
        encode.subscribe(1, [Wanted("#", 0)], 4),
        b"\xc0\0",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_it_hears_nothing_from_a_stranger(said_first: bytes) -> None:
    with door() as host:
        assert Raw(host.port).say(said_first).hear_all() == b""
        assert not host.received
        assert sum(host.refusals.values()) == 1
        still_serves(host)


def test_it_hears_nothing_said_between_connect_and_refusal() -> None:
    with door() as host:
        wrong = encode.connect(Connect(4, "x", True, 60, "ada-watch", b"wrong", None, {}))
        answer = Raw(host.port).say(wrong, said(FALL), encode.subscribe(1, [Wanted("#", 0)], 4)).hear_all()

        assert answer == b"\x20\2\0\5"
        assert not host.received


@pytest.mark.parametrize(
    ("name", "level", "answer"),
    [
        ("MQTT", 3, b"\x20\2\0\1"),
        ("MQIsdp", 3, b"\x20\2\0\1"),
        ("MQTT", 6, b"\x20\2\0\1"),
        ("HTTP", 4, b"\x20\2\0\1"),
    ],
)
def test_it_refuses_other_protocols(name: str, level: int, answer: bytes) -> None:
    body = text_bytes(name) + bytes((level, 2, 0, 60)) + text_bytes("x")
    with door() as host:
        assert Raw(host.port).say(bytes((0x10, len(body))), body).hear_all() == answer
        assert host.refusals == {(None, "version"): 1}


def test_it_refuses_authentication_methods_it_does_not_know() -> None:
    packet = encode.connect(Connect(5, "x", True, 60, None, None, None, {Id.AUTH_METHOD: "SCRAM"}))
    with door() as host:
        assert Raw(host.port).say(packet).hear_all()[3] == 0x8C


def test_it_names_a_client_without_a_name() -> None:
    with door() as host:
        packet = Connect(5, "", True, 60, "ada-watch", PASSWORD.encode(), None, {})
        raw = Raw(host.port).say(encode.connect(packet))
        answer = raw.hear(raw.hear(2)[1])
        assert b"hearthlight-" in answer

        packet.version, packet.clean_start = 4, False
        assert Raw(host.port).say(encode.connect(packet)).hear_all() == b"\x20\2\0\2"


@pytest.mark.parametrize(("version", "code"), [(4, 0), (5, 0x87)])
def test_it_refuses_a_topic_and_keeps_the_connection(version: int, code: int) -> None:
    with door() as host, connected(host.port, "ada-watch", version) as ada:
        for topic in ("hearthlight/ben-watch/fall", "$SYS/uptime", "/" * 100, "zigbee2mqtt/bridge/state"):
            ada.publish(topic, b"x", 1).wait_for_publish(5)
        ada.publish(FALL, b"x", 1).wait_for_publish(5)

        assert list(ada.heard.acknowledged.values()) == [code] * 4 + [0]
    assert host.topics == [FALL]
    assert host.refusals == {("ada-watch", "publish-topic"): 4}


def test_it_tells_nobody_what_it_refused() -> None:
    with door() as host, connected(host.port, "board") as board:
        board.join("#")
        with connected(host.port, "ada-watch") as ada:
            ada.publish("hearthlight/ben-watch/fall", b"lie", 1, retain=True).wait_for_publish(5)
            ada.publish(FALL, b"true", 1).wait_for_publish(5)
        until(lambda: board.heard.messages)

    assert board.heard.payloads == [b"true"]
    assert host.broker.stats().retained == 0


@pytest.mark.parametrize("cut", [1, 2, 3, 10, 30])
def test_it_lets_go_of_half_a_packet(cut: int) -> None:
    with door() as host:
        arrive(host.port, "ada-watch").say(said(FALL, b"x" * 100)[:cut]).vanish()
        until(lambda: host.broker.stats().connections == 0)

        assert not host.received
        still_serves(host)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(
    ("nonsense", "reason", "code"),
    [
        (b"\x30\xff\xff\xff\x7f", "too-large", 0x95),
        (b"\xf0\0", "protocol", 0x82),
        (b"\x30\3\0\1\xff", "malformed", 0x81),
        (b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0", "protocol", 0x82),
        (b"\x20\2\0\0", None, None),
    ],
)
def test_it_ends_a_client_that_talks_nonsense(
    nonsense: bytes, reason: str | None, code: int | None, version: int
) -> None:
    with door() as host:
        answer = arrive(host.port, "ada-watch", version=version).say(nonsense).hear_all()

        assert len(host.refusals) == 1
        if reason is not None and not (version == 5 and nonsense[0] == 0x10):
            assert host.refusals == {("ada-watch", reason): 1}
            assert answer == (bytes((0xE0, 1, code or 0)) if version == 5 else b"")
        still_serves(host)


def test_it_holds_little_for_a_stranger() -> None:
    with door() as host:
        assert Raw(host.port).say(b"\x10\xff\xff\x03", b"\0\4MQTT" + b"x" * 5_000).hear_all() == b""
        assert host.refusals == {(None, "too-large"): 1}


def test_it_gives_up_on_a_connection_that_never_connects() -> None:
    with door(limits=Limits(connect_seconds=1)) as host:
        silent, slow = Raw(host.port), Raw(host.port).say(hello("ada-watch")[:5])

        assert silent.hear_all() + slow.hear_all() == b""
        assert host.refusals == {(None, "connect-timeout"): 2}


def test_it_gives_up_on_an_authentication_that_never_answers() -> None:
    async def never(*_: object) -> Principal | None:
        await asyncio.sleep(3600)
        return ADA

    with door(authenticate=never, limits=Limits(connect_seconds=1)) as host:
        assert Raw(host.port).say(hello("ada-watch")).hear_all() == b""
        assert host.refusals == {(None, "connect-timeout"): 1}


def test_it_waits_for_a_slow_authentication_without_holding_up_others() -> None:
    async def slowly(client_id: str, name: str | None, password: bytes | None) -> Principal | None:
        await asyncio.sleep(1 if name == "ada-watch" else 0)
        return authenticate(client_id, name, password)

    with door(authenticate=slowly) as host:
        slow = Raw(host.port).say(hello("ada-watch"), said(FALL))
        started = time.monotonic()
        still_serves(host)
        assert time.monotonic() - started < 0.5

        assert slow.hear(8) == b"\x20\2\0\0" + encode.ack(PUBACK, 1)


def test_it_says_come_again_when_authentication_breaks() -> None:
    async def broken(*_: object) -> Principal | None:
        raise OSError("no database")

    with door(authenticate=broken) as host:
        assert Raw(host.port).say(hello("ada-watch")).hear_all() == b"\x20\2\0\3"
        until(lambda: host.errors)
        assert host.refusals == {(None, "authentication-broken"): 1}
        host.errors.clear()


def test_it_stops_checking_passwords_after_many_wrong_ones() -> None:
    asked: list[str | None] = []

    def ask(client_id: str, name: str | None, password: bytes | None) -> Principal | None:
        asked.append(name)
        return authenticate(client_id, name, password)

    wrong = encode.connect(Connect(4, "x", True, 60, "ada-watch", b"wrong", None, {}))
    with door(authenticate=ask, limits=Limits(wrong_passwords=3)) as host:
        answers = [Raw(host.port).say(wrong).hear_all()[3] for _ in range(6)]

        assert answers == [5, 5, 5, 3, 3, 3]
        assert len(asked) == 3
        still_serves(host)


def test_it_limits_how_often_an_address_connects() -> None:
    with door(limits=Limits(connect_burst=3, connects_per_second=1)) as host:
        answers = [Raw(host.port).say(hello("ada-watch")).hear(4)[3] for _ in range(5)]
        assert answers == [0, 0, 0, 3, 3]
        time.sleep(1.3)

        assert Raw(host.port).say(hello("ada-watch")).hear(4)[3] == 0


def test_it_limits_connections_and_sessions() -> None:
    with door(limits=Limits(connections=2, sessions=1)) as host:
        first = arrive(host.port, "ada-watch")
        assert Raw(host.port).say(hello("ben-watch")).hear_all() == b"\x20\2\0\3"
        second = Raw(host.port)
        until(lambda: host.broker.stats().connections == 2)
        assert Raw(host.port).hear_all() == b""
        assert host.refusals == {(None, "too-many-sessions"): 1, (None, "too-many-connections"): 1}
        first.sock.close()
        second.sock.close()


def test_it_serves_a_thousand_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4_096, hard)), hard))
    with door() as host:
        raws = [Raw(host.port).say(hello("ada-watch", client_id=f"c{number}")) for number in range(1_000)]
        assert all(raw.hear(4) == b"\x20\2\0\0" for raw in raws)
        for raw in raws:
            raw.say(said(FALL))
        assert all(raw.hear(4) == encode.ack(PUBACK, 1) for raw in raws)

        assert host.broker.stats().connections == 1_000
        assert len(host.received) == 1_000
        for raw in raws:
            raw.sock.close()


def test_a_flood_does_not_starve_the_others() -> None:
    flood = said(FALL, b"", qos=0) * 5_000
    with door(limits=Limits(messages_per_second=20_000)) as host:
        flooder = arrive(host.port, "ada-watch")
        flooder.sock.setblocking(False)
        waits = []
        for _ in range(30):
            push(flooder, flood)
            started = time.monotonic()
            still_serves(host)
            waits.append(time.monotonic() - started)

        assert len(host.received) > 5_000, "it was no flood"
        assert not host.refusals
        assert sorted(waits)[len(waits) // 2] < 0.2
        assert max(waits) < 1


def test_it_takes_one_turn_of_a_large_chunk_and_then_lets_others_in() -> None:
    with door() as host:
        raw = arrive(host.port, "ada-watch")
        link = next(iter(host.broker._links))

        def feed() -> int:
            link.data_received(said(FALL, qos=0) * 1_000)
            return len(host.received)

        assert host.call(feed) == PACKETS_PER_TURN
        until(lambda: len(host.received) == 1_000)
        raw.sock.close()


def test_it_slows_a_client_to_its_rate_and_loses_nothing() -> None:
    with door(limits=Limits(messages_per_second=100)) as host:
        started = time.monotonic()
        raw = arrive(host.port, "ada-watch").say(*(said(FALL, packet_id=n) for n in range(1, 301)))
        raw.hear(1_200)

        assert len(host.received) == 300
        assert 1.5 < time.monotonic() - started < 4


def test_it_holds_little_for_a_client_that_does_not_read() -> None:
    limits = Limits(queue_messages=50, write_bytes=64 * 1024)
    with door(limits=limits) as host:
        deaf = arrive(host.port, "board").say(encode.subscribe(1, [Wanted("#", 1)], 4))
        assert deaf.hear(5) == b"\x90\3\0\1\1"
        for _ in range(1_000):
            host.call(lambda: [host.broker.publish("a", b"x" * 10_000, qos) for qos in (0, 1)])

        session = next(iter(host.broker._sessions.values()))
        transport = session.connection.transport
        assert transport.get_write_buffer_size() < 64 * 1024 + limits.inflight * 10_100
        assert session._held_bytes <= limits.queue_bytes
        assert host.refusals["board", "slow-consumer"] > 0
        assert host.refusals["board", "queue-full"] > 0
        still_serves(host)
        deaf.vanish()


def test_it_does_not_read_a_client_that_does_not_read() -> None:
    with door(deliver=lambda message: message.done(), limits=Limits(write_bytes=16 * 1024)) as host:
        raw = arrive(host.port, "board").say(encode.subscribe(1, [Wanted("#", 0)], 4))
        link = next(iter(host.broker._links))
        raw.sock.setblocking(False)
        echoed = said("homeassistant/x", b"x" * 10_000, qos=1)

        until(lambda: push(raw, echoed * 10) or link.congested)
        time.sleep(0.3)
        taken = host.broker.stats().messages_in
        for _ in range(20):
            push(raw, echoed * 10)
            time.sleep(0.02)

        assert host.broker.stats().messages_in == taken
        assert host.broker.stats().connections == 1
        assert link.transport.get_write_buffer_size() < 500 * 1024
        raw.vanish()


def push(raw: Raw, data: bytes) -> None:
    """As much as goes without waiting; the next push goes on in the middle of the packet where this one stopped."""
    raw.unsent = raw.unsent or data
    with contextlib.suppress(BlockingIOError):
        while raw.unsent:
            raw.unsent = raw.unsent[raw.sock.send(raw.unsent) :]


def test_it_tells_a_newcomer_everything_retained_however_slowly_it_reads() -> None:
    with door(limits=Limits(write_bytes=16 * 1024)) as host:
        host.call(lambda: [host.broker.publish(f"a/{n}", b"x" * 5_000, 0, True) for n in range(3_000)])
        raw = arrive(host.port, "board").say(encode.subscribe(1, [Wanted("#", 0)], 4))
        time.sleep(0.5)

        total = 5 + sum(len(said(f"a/{n}", b"x" * 5_000, qos=0)) for n in range(3_000))
        assert len(raw.hear(total)) == total
        assert not host.refusals


def test_it_says_goodbye_when_it_closes() -> None:
    with door() as host:
        five, four = arrive(host.port, "ada-watch", version=5), arrive(host.port, "ben-watch")
        host.wait(host.broker.close())

        assert (five.hear_all(), four.hear_all()) == (b"\xe0\1\x8b", b"")
        with pytest.raises(OSError):
            Raw(host.port)
