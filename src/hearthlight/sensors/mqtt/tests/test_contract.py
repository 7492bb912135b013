"""What an owner may rely on, whether the broker is our own door or a Mosquitto outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearthlight.sensors.mqtt.tests.devices import connected
from hearthlight.sensors.mqtt.tests.hosting import Host, door, free_port, mosquitto, outside, until


@pytest.fixture(params=["door", "mosquitto, MQTT 5", "mosquitto, MQTT 3.1.1"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    if request.param == "door":
        with door() as made:
            yield made
        return
    port = free_port()
    with mosquitto(tmp_path, port), outside(port, version=5 if request.param.endswith("5") else 4) as made:
        yield made


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_it_delivers_what_was_said(host: Host, version: int, qos: int) -> None:
    with connected(host.port, "ada-watch", version) as client:
        client.publish("hearthlight/ada-watch/move", b"\0\xff" * 10, qos)
        until(lambda: host.received)

    message = host.received[0]
    assert (message.principal.name, message.topic) == ("ada-watch", "hearthlight/ada-watch/move")
    assert (message.payload, message.retain, message.dup) == (b"\0\xff" * 10, False, False)
    assert message.arrived_at == 1_795_000_000.0


def test_it_delivers_in_the_order_of_sending(host: Host) -> None:
    with connected(host.port, "ada-watch") as client:
        for number in range(500):
            client.publish("hearthlight/ada-watch/move", b"%d" % number, 1)
        until(lambda: len(host.received) == 500)

    assert host.payloads == [b"%d" % number for number in range(500)]


def test_it_counts_one_in_flight_until_done(host: Host) -> None:
    host.is_generous = False
    with connected(host.port, "ada-watch") as client:
        client.publish("hearthlight/ada-watch/fall", b"x", 1)
        until(lambda: host.received)

        assert host.broker.stats().in_flight == 1
        host.done()
        assert host.broker.stats().in_flight == 0


def test_it_takes_done_out_of_order_and_twice(host: Host) -> None:
    host.is_generous = False
    with connected(host.port, "ada-watch") as client:
        for number in range(3):
            client.publish("hearthlight/ada-watch/fall", b"%d" % number, 1)
        until(lambda: len(host.received) == 3)

        for index in (2, 0, 2, 1, 1):
            host.done(index)
        assert host.broker.stats().in_flight == 0
        until(lambda: not client._out_messages)


def test_it_never_delivers_a_topic_that_is_not_ones_own(host: Host) -> None:
    with connected(host.port, "ada-watch") as client:
        client.publish("hearthlight/nobody/fall", b"x", 1)
        client.publish("hearthlight/ada-watch/fall", b"x", 1)
        until(lambda: host.received)

    assert host.topics == ["hearthlight/ada-watch/fall"]
    assert host.broker.stats().refused["publish-topic"] == 1


def test_it_loses_nothing_while_paused(host: Host) -> None:
    with connected(host.port, "ada-watch") as client:
        host.call(host.broker.pause)
        for number in range(300):
            client.publish("hearthlight/ada-watch/move", b"%d" % number, 1)
        time.sleep(0.2)
        few = len(host.received)
        host.call(host.broker.resume)
        until(lambda: len(host.received) == 300)

    assert few == 0
    assert host.payloads == [b"%d" % number for number in range(300)]


@pytest.mark.parametrize("qos", [0, 1])
def test_it_publishes_to_whoever_listens(host: Host, qos: int) -> None:
    with connected(host.port, "board") as client:
        client.join("hearthlight/#")
        host.call(lambda: host.broker.publish("hearthlight/ada-watch/config", b"50 Hz", qos))
        until(lambda: client.heard.messages)

    assert client.heard.payloads == [b"50 Hz"]
    assert client.heard.messages[0].qos == qos


def test_it_will_not_publish_to_a_filter(host: Host) -> None:
    with pytest.raises(ValueError, match="not a topic"):
        host.call(lambda: host.broker.publish("hearthlight/#", b""))


def test_it_delivers_an_empty_payload_and_a_large_one(host: Host) -> None:
    with connected(host.port, "ada-watch") as client:
        client.publish("hearthlight/ada-watch/move", b"", 1)
        client.publish("hearthlight/ada-watch/move", b"x" * 250_000, 1)
        until(lambda: len(host.received) == 2)

    assert [len(payload) for payload in host.payloads] == [0, 250_000]
