"""What the door remembers and passes on: subscriptions, retained messages, wills, sessions."""

from __future__ import annotations

import time

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.packets import PUBACK, Wanted, Will
from hearthlight.sensors.mqtt.tests.devices import Raw, arrive, connected, hello, hello_with_will, said
from hearthlight.sensors.mqtt.tests.hosting import door, until
from hearthlight.sensors.mqtt.types import Limits

STATE = "zigbee2mqtt/kitchen"


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(("qos", "wanted", "heard"), [(0, 1, 0), (1, 0, 0), (1, 1, 1), (2, 2, 1)])
def test_it_routes_between_clients(version: int, qos: int, wanted: int, heard: int) -> None:
    with door() as host, connected(host.port, "board", version) as board:
        board.join("zigbee2mqtt/+", wanted)
        with connected(host.port, "bridge", version) as bridge:
            bridge.publish(STATE, b"on", qos)
            until(lambda: board.heard.messages)

    message = board.heard.messages[0]
    assert (message.topic, message.payload, message.qos, message.retain) == (STATE, b"on", heard, False)


def test_it_routes_before_the_owner_is_done() -> None:
    with door() as host, connected(host.port, "board") as board:
        host.is_generous = False
        board.join("#")
        with connected(host.port, "bridge") as bridge:
            bridge.publish(STATE, b"on", 1)
            until(lambda: board.heard.messages)


def test_it_tells_a_client_once_however_many_filters_match() -> None:
    with door() as host, connected(host.port, "board") as board:
        for filter_ in ("#", "zigbee2mqtt/#", "zigbee2mqtt/+"):
            board.join(filter_)
        host.call(lambda: host.broker.publish(STATE, b"1", 1))
        host.call(lambda: host.broker.publish("zigbee2mqtt/end", b"2", 1))
        until(lambda: len(board.heard.messages) >= 2)

    assert board.heard.payloads == [b"1", b"2"]


def test_it_stops_after_unsubscribe() -> None:
    with door() as host, connected(host.port, "board", 5) as board:
        board.join("a/#")
        board.join("b")
        board.unsubscribe("a/#")
        until(lambda: not host.broker.audience.of("a/x"))
        host.call(lambda: [host.broker.publish(topic, b"", 1) for topic in ("a/x", "b")])
        until(lambda: board.heard.messages)

    assert [message.topic for message in board.heard.messages] == ["b"]


@pytest.mark.parametrize(("version", "code"), [(4, 0x80), (5, 0x87)])
def test_it_refuses_a_subscription_that_is_not_ones_own(version: int, code: int) -> None:
    with door() as host, connected(host.port, "ada-watch", version) as ada:
        assert ada.join("#") == [code]
        assert ada.join("hearthlight/ada-watch/config") == [1]
        host.call(lambda: host.broker.publish("hearthlight/ben-watch/fall", b"", 1))
        host.call(lambda: host.broker.publish("hearthlight/ada-watch/config", b"", 1))
        until(lambda: ada.heard.messages)

    assert [message.topic for message in ada.heard.messages] == ["hearthlight/ada-watch/config"]
    assert host.refusals == {("ada-watch", "subscribe-topic"): 1}


def test_it_refuses_shared_and_impossible_filters() -> None:
    with door() as host:
        raw = arrive(host.port, "board", version=5)
        lines = [Wanted("$share/group/a", 1), Wanted("a/#/b", 1), Wanted("a", 2)]
        raw.say(encode.subscribe(9, lines, 5))

        assert raw.hear(8) == b"\x90\6\0\x09\0\x9e\x8f\1"


def test_it_limits_subscriptions() -> None:
    with door(limits=Limits(subscriptions=2)) as host, connected(host.port, "board", 5) as board:
        granted = [board.join(filter_)[0] for filter_ in ("a", "b", "c", "a")]

    assert granted == [1, 1, 0x97, 1]


@pytest.mark.parametrize("version", [4, 5])
def test_it_tells_newcomers_what_is_retained(version: int) -> None:
    with door() as host:
        with connected(host.port, "bridge", version) as bridge:
            for topic, payload in (
                (STATE, b"old"),
                (STATE, b"new"),
                ("zigbee2mqtt/gone", b"x"),
                ("zigbee2mqtt/gone", b""),
            ):
                bridge.publish(topic, payload, 1, retain=True).wait_for_publish(5)
        with connected(host.port, "board", version) as board:
            board.join("zigbee2mqtt/#")
            until(lambda: board.heard.messages)
            host.call(lambda: host.broker.publish(STATE, b"live", 1, retain=True))
            until(lambda: len(board.heard.messages) == 2)

    assert [(message.payload, message.retain) for message in board.heard.messages] == [
        (b"new", True),
        (b"live", False),
    ]
    assert host.broker.stats().retained == 1


def test_it_tells_everything_retained_to_a_client_with_a_small_window() -> None:
    with door(limits=Limits(inflight=10, queue_messages=50)) as host:
        host.call(
            lambda: [host.broker.publish(f"homeassistant/{n}", b"x" * 500, 1, True) for n in range(2_000)]
        )
        with connected(host.port, "board") as board:
            board.join("homeassistant/#")
            until(lambda: len(board.heard.messages) == 2_000)

    assert not host.refusals


def test_it_keeps_retained_messages_within_bounds() -> None:
    with door(limits=Limits(retained_messages=3)) as host:
        host.call(lambda: [host.broker.publish(f"a/{n}", b"x", 0, True) for n in range(5)])

        assert host.broker.stats().retained == 3
        assert host.refusals == {(None, "retained-full"): 2}


def test_it_follows_the_retain_options_of_mqtt_5() -> None:
    with door() as host, connected(host.port, "board", 5) as board:
        host.call(lambda: host.broker.publish("a", b"1", 1, True))
        never = SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=2)
        board.subscribe("a", options=never)
        until(lambda: board.heard.granted)
        host.call(lambda: host.broker.publish("a", b"2", 1, True))
        until(lambda: board.heard.messages)

    assert [(message.payload, message.retain) for message in board.heard.messages] == [(b"2", True)]


def test_it_does_not_echo_to_a_client_that_asked_for_no_local() -> None:
    with door() as host, connected(host.port, "board", 5) as board:
        board.subscribe("homeassistant/#", options=SubscribeOptions(qos=1, noLocal=True))
        until(lambda: board.heard.granted)
        board.publish("homeassistant/a", b"mine", 1).wait_for_publish(5)
        host.call(lambda: host.broker.publish("homeassistant/a", b"yours", 1))
        until(lambda: board.heard.messages)

    assert board.heard.payloads == [b"yours"]


def test_it_passes_mqtt_5_properties_on() -> None:
    with door() as host, connected(host.port, "board", 5) as board:
        board.join("#")
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [("a", "1"), ("b", "2")]
        properties.ContentType = "text/plain"
        with connected(host.port, "bridge", 5) as bridge:
            bridge.publish(STATE, b"on", 1, properties=properties)
            until(lambda: board.heard.messages)

    told = board.heard.messages[0].properties
    assert (told.UserProperty, told.ContentType) == ([("a", "1"), ("b", "2")], "text/plain")


@pytest.mark.parametrize("ending", ["vanish", "goodbye", "silence"])
def test_it_publishes_a_will_unless_the_client_said_goodbye(ending: str) -> None:
    will = Will("zigbee2mqtt/bridge/state", b"offline", 1, True)
    with door() as host, connected(host.port, "board") as board:
        board.join("zigbee2mqtt/#")
        raw = Raw(host.port).say(hello_with_will("bridge", will, keepalive=1))
        assert raw.hear(4)[3] == 0
        if ending == "goodbye":
            raw.say(b"\xe0\0").hear_all()
        elif ending == "vanish":
            raw.vanish()
        until(lambda: host.broker.stats().connections == 1)
        host.call(lambda: host.broker.publish("zigbee2mqtt/end", b"end", 1))
        until(lambda: b"end" in board.heard.payloads)

    expected = [] if ending == "goodbye" else [b"offline"]
    assert board.heard.payloads == [*expected, b"end"]
    assert host.payloads == expected
    assert (("bridge", "keepalive") in host.refusals) is (ending == "silence")


def test_it_lets_a_client_in_but_not_a_will_that_is_not_its_own() -> None:
    with door() as host:
        raw = Raw(host.port).say(
            hello_with_will("ada-watch", Will("hearthlight/ben-watch/fall", b"", 1, False))
        )
        assert raw.hear(4) == b"\x20\2\0\0"
        raw.vanish()
        until(lambda: host.broker.stats().connections == 0)

    assert host.refusals == {("ada-watch", "will-topic"): 1}
    assert not host.received


def test_it_hands_a_client_id_over_to_the_newer_connection() -> None:
    with door() as host:
        first = arrive(host.port, "ada-watch", version=5, client_id="x")
        second = arrive(host.port, "ada-watch", version=5, client_id="x")

        assert first.hear_all() == b"\xe0\1\x8e"
        second.say(b"\xc0\0")
        assert second.hear(2) == b"\xd0\0"


def test_it_does_not_hand_a_client_id_over_to_another_principal() -> None:
    with door() as host:
        ada = arrive(host.port, "ada-watch", client_id="x")
        arrive(host.port, "ben-watch", client_id="x")

        ada.say(said("hearthlight/ada-watch/fall"))
        assert ada.hear(4) == encode.ack(PUBACK, 1)


@pytest.mark.parametrize("version", [4, 5])
def test_it_keeps_messages_for_a_client_that_asked_to_be_remembered(version: int) -> None:
    forever = Properties(PacketTypes.CONNECT)
    forever.SessionExpiryInterval = 3600
    details = {"clean": False, **({"properties": forever} if version == 5 else {})}
    with door() as host:
        with connected(host.port, "board", version, **details) as board:
            board.join("a")
        until(lambda: host.broker.stats().connections == 0)
        host.call(lambda: [host.broker.publish("a", b"%d" % n, n % 2) for n in range(6)])
        with connected(host.port, "board", version, **details) as board:
            until(lambda: len(board.heard.messages) == 3)

    assert board.heard.present == [True]
    assert board.heard.payloads == [b"1", b"3", b"5"]


def test_it_forgets_a_client_that_did_not_ask() -> None:
    with door() as host:
        with connected(host.port, "board") as board:
            board.join("a")
        until(lambda: host.broker.stats().sessions == 0)

        assert host.broker.audience.of("a") == ()


def test_it_forgets_after_the_time_it_was_asked_for() -> None:
    soon = Properties(PacketTypes.CONNECT)
    soon.SessionExpiryInterval = 1
    with door() as host:
        with connected(host.port, "board", 5, properties=soon):
            pass
        until(lambda: host.broker.stats().connections == 0)
        assert host.broker.stats().sessions == 1
        until(lambda: host.broker.stats().sessions == 0)


def test_it_keeps_the_newest_for_a_client_that_is_away() -> None:
    with door(limits=Limits(queue_messages=3)) as host:
        with connected(host.port, "board", clean=False) as board:
            board.join("a")
        until(lambda: host.broker.stats().connections == 0)
        host.call(lambda: [host.broker.publish("a", b"%d" % n, 1) for n in range(10)])
        with connected(host.port, "board", clean=False) as board:
            until(lambda: len(board.heard.messages) == 3)

    assert board.heard.payloads == [b"7", b"8", b"9"]
    assert host.refusals == {("board", "queue-full"): 7}


def test_it_sends_again_what_a_client_had_not_acknowledged() -> None:
    with door() as host:
        raw = arrive(host.port, "board", clean=False).say(encode.subscribe(1, [Wanted("a", 1)], 4))
        assert raw.hear(5) == b"\x90\3\0\1\1"
        host.call(lambda: host.broker.publish("a", b"x", 1))
        first = raw.hear(8)
        raw.vanish()
        until(lambda: host.broker.stats().connections == 0)
        raw = Raw(host.port).say(hello("board", clean=False))

        assert raw.hear(4) == b"\x20\2\1\0"
        assert raw.hear(8) == encode.with_dup(first)
        raw.say(encode.ack(PUBACK, 1), b"\xc0\0")
        assert raw.hear(2) == b"\xd0\0"


def test_it_drops_a_message_whose_time_is_over() -> None:
    soon = Properties(PacketTypes.PUBLISH)
    soon.MessageExpiryInterval = 1
    with door() as host:
        with connected(host.port, "board", clean=False) as board:
            board.join("#")
        with connected(host.port, "bridge", 5) as bridge:
            bridge.publish(STATE, b"stale", 1, properties=soon).wait_for_publish(5)
            bridge.publish(STATE, b"fresh", 1).wait_for_publish(5)
        time.sleep(1.5)
        with connected(host.port, "board", clean=False) as board:
            until(lambda: board.heard.messages)

    assert board.heard.payloads == [b"fresh"]


def test_it_expels_a_principal_whose_credentials_were_withdrawn() -> None:
    with door() as host:
        raw = arrive(host.port, "ada-watch", version=5)
        count = host.call(lambda: host.broker.expel("ada-watch"))

        assert (count, raw.hear_all()) == (1, b"\xe0\1\x98")
        assert host.broker.stats().sessions == 0


def test_it_publishes_no_will_when_the_server_stops() -> None:
    with door() as host:
        raw = Raw(host.port).say(
            hello_with_will("bridge", Will("zigbee2mqtt/bridge/state", b"offline", 1, False))
        )
        assert raw.hear(4)[3] == 0
        host.wait(host.broker.close())

        assert not host.received
