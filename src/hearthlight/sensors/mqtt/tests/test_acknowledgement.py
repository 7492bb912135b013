"""A message is acknowledged once its owner is done with it, and not a moment before."""

from __future__ import annotations

import time

import pytest

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.packets import PUBACK, PUBCOMP, PUBREC, PUBREL
from hearthlight.sensors.mqtt.tests.devices import Raw, arrive, connected, hello, said
from hearthlight.sensors.mqtt.tests.hosting import door, until
from hearthlight.sensors.mqtt.types import Limits

FALL = "hearthlight/ada-watch/fall"


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [1, 2])
def test_it_is_silent_until_done(version: int, qos: int) -> None:
    with door() as host, connected(host.port, "ada-watch", version) as client:
        host.is_generous = False
        sent = client.publish(FALL, b"x", qos)
        until(lambda: host.received)
        time.sleep(0.3)

        assert not sent.is_published()
        host.done()
        until(sent.is_published)
        assert client.heard.acknowledged == {sent.mid: 0}


def test_it_acknowledges_in_the_order_of_arrival() -> None:
    with door() as host:
        host.is_generous = False
        raw = arrive(host.port, "ada-watch")
        raw.say(*(said(FALL, packet_id=number) for number in (7, 8, 9)))
        until(lambda: len(host.received) == 3)
        for index in (2, 1, 0):
            host.done(index)

        assert raw.hear(12) == b"".join(encode.ack(PUBACK, number) for number in (7, 8, 9))


def test_it_says_not_authorised_in_mqtt_5_when_the_owner_refuses() -> None:
    with door() as host, connected(host.port, "ada-watch", 5) as client:
        host.is_generous = False
        sent = client.publish(FALL, b"x", 1)
        until(lambda: host.received)
        host.done(refused=True)
        until(lambda: client.heard.acknowledged)

    assert client.heard.acknowledged == {sent.mid: 0x87}
    assert host.refusals == {("ada-watch", "refused-by-owner"): 1}


def test_it_acknowledges_plainly_in_mqtt_3_when_the_owner_refuses() -> None:
    with door() as host, connected(host.port, "ada-watch", 4) as client:
        host.is_generous = False
        sent = client.publish(FALL, b"x", 1)
        until(lambda: host.received)
        host.done(refused=True)
        until(sent.is_published)


def test_it_takes_again_what_it_had_not_acknowledged() -> None:
    with door() as host:
        host.is_generous = False
        arrive(host.port, "ada-watch", clean=False).say(said(FALL, b"first")).vanish()
        until(lambda: host.received and host.broker.stats().connections == 0)
        raw = arrive(host.port, "ada-watch", clean=False).say(encode.with_dup(said(FALL, b"first")))
        until(lambda: len(host.received) == 2)
        host.done(0)
        raw.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw.hear(1)
        host.done(1)

        assert raw.hear(4) == encode.ack(PUBACK, 1)
        assert [message.dup for message in host.received] == [False, True]


def test_paho_sends_again_after_a_broken_connection() -> None:
    with door() as host, connected(host.port, "ada-watch", clean=False) as client:
        host.is_generous = False
        sent = client.publish(FALL, b"x", 1)
        until(lambda: host.received)
        host.call(lambda: [link.abort() for link in host.broker._links])
        until(lambda: len(host.received) == 2)
        host.is_generous = True
        host.done()
        until(sent.is_published)

    assert host.received[1].dup


def test_it_ignores_done_for_a_client_that_is_gone() -> None:
    with door() as host:
        host.is_generous = False
        arrive(host.port, "ada-watch").say(said(FALL)).vanish()
        until(lambda: host.received and host.broker.stats().connections == 0)
        host.done()

        assert host.broker.stats().in_flight == 0


def test_it_takes_a_qos_2_message_once_however_often_it_is_sent() -> None:
    with door() as host:
        raw = arrive(host.port, "ada-watch", clean=False)
        raw.say(said(FALL, qos=2, packet_id=5), encode.with_dup(said(FALL, qos=2, packet_id=5)))
        assert raw.hear(8) == encode.ack(PUBREC, 5) * 2
        raw.vanish()
        until(lambda: host.broker.stats().connections == 0)
        raw = arrive_again(host.port)
        raw.say(encode.with_dup(said(FALL, qos=2, packet_id=5)))
        assert raw.hear(4) == encode.ack(PUBREC, 5)
        raw.say(encode.ack(PUBREL, 5))
        assert raw.hear(4) == encode.ack(PUBCOMP, 5)
        assert len(host.received) == 1

        raw.say(said(FALL, b"another", qos=2, packet_id=5))
        assert raw.hear(4) == encode.ack(PUBREC, 5)
        assert len(host.received) == 2


def arrive_again(port: int) -> Raw:
    raw = Raw(port).say(hello("ada-watch", clean=False))
    assert raw.hear(4) == b"\x20\x02\x01\x00", "the session was there before"
    return raw


def test_it_answers_qos_2_on_the_new_connection_when_done_comes_late() -> None:
    with door() as host:
        host.is_generous = False
        arrive(host.port, "ada-watch", clean=False).say(said(FALL, qos=2)).vanish()
        until(lambda: host.received and host.broker.stats().connections == 0)
        raw = arrive_again(host.port).say(encode.with_dup(said(FALL, qos=2)))
        until(lambda: host.broker.stats().in_flight == 1)
        host.done(0)

        assert raw.hear(4) == encode.ack(PUBREC, 1)
        assert len(host.received) == 1


def test_it_will_not_end_a_qos_2_message_that_is_not_durable() -> None:
    with door() as host:
        host.is_generous = False
        raw = arrive(host.port, "ada-watch").say(said(FALL, qos=2), encode.ack(PUBREL, 1))

        assert raw.hear_all() == b""
        assert host.refusals == {("ada-watch", "protocol"): 1}


def test_it_stops_reading_a_client_with_too_many_in_flight() -> None:
    with door(limits=Limits(receive_maximum=10)) as host:
        host.is_generous = False
        raw = arrive(host.port, "ada-watch")
        raw.say(*(said(FALL, packet_id=number) for number in range(1, 51)))
        until(lambda: len(host.received) == 10)
        time.sleep(0.1)
        assert len(host.received) == 10

        host.is_generous = True
        host.call(lambda: [message.done() for message in list(host.received)])
        assert len(raw.hear(200)) == 200
        assert len(host.received) == 50


def test_it_says_nothing_about_qos_0() -> None:
    with door() as host:
        raw = arrive(host.port, "ada-watch").say(said(FALL, qos=0), b"\xc0\0")

        assert raw.hear(2) == b"\xd0\0"
        host.done(refused=True)
        assert host.received[0].qos == 0
