"""A real Mosquitto outside: nothing it was told is lost, whichever side stops."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hearthlight.sensors.mqtt.outside import Address, OutsideBroker
from hearthlight.sensors.mqtt.tests.devices import connected
from hearthlight.sensors.mqtt.tests.hosting import (
    door,
    free_port,
    looping,
    mosquitto,
    outside,
    principal_of,
    until,
)

FALL = "hearthlight/ada-watch/fall"


@pytest.mark.parametrize("version", [4, 5])
def test_it_gets_again_what_it_was_not_done_with(tmp_path: Path, version: int) -> None:
    port = free_port()
    with mosquitto(tmp_path, port), connected(port, "ada-watch") as client:
        with outside(port, version=version, is_generous=False) as host:
            for number in range(4):
                client.publish(FALL, b"%d" % number, 1).wait_for_publish(5)
            until(lambda: len(host.received) == 4)
            host.done(0)
            host.done(1)
            until(lambda: host.broker.stats().in_flight == 2)
        with outside(port, version=version) as host:
            until(lambda: len(host.received) == 2)

    assert host.payloads == [b"2", b"3"]
    assert all(message.dup for message in host.received)


def test_it_gets_what_was_said_while_it_was_away(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port), connected(port, "ada-watch") as client:
        with outside(port):
            pass
        client.publish(FALL, b"while away", 1).wait_for_publish(5)
        with outside(port) as host:
            until(lambda: host.received)

    assert host.payloads == [b"while away"]


def test_it_comes_back_when_the_broker_does(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port), outside(port) as host:
        host.call(lambda: [call.abort() for call in [host.broker._call]])
        until(lambda: host.broker.stats().connects == 2)
        with connected(port, "ada-watch") as client:
            client.publish(FALL, b"x", 1).wait_for_publish(5)
            until(lambda: host.received)


def test_a_late_done_acknowledges_nothing_on_the_new_connection(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port), outside(port, is_generous=False) as host:
        with connected(port, "ada-watch") as client:
            client.publish(FALL, b"x", 1).wait_for_publish(5)
        until(lambda: host.received)
        host.call(host.broker._call.abort)
        until(lambda: len(host.received) == 2)
        host.done(0)
        time.sleep(0.2)
        assert host.broker.stats().in_flight == 1
        host.done(1)
        assert host.broker.stats().in_flight == 0


def test_it_waits_for_a_broker_that_is_not_there_yet(tmp_path: Path) -> None:
    port = free_port()
    with looping() as host:
        host.broker = broker = host.call(
            lambda: OutsideBroker(
                address=Address("127.0.0.1", port),
                filters=["hearthlight/#"],
                principal_of=principal_of,
                deliver=host.deliver,
                refused=host.refused,
                now=lambda: 0.0,
            )
        )
        host.wait(broker.open())
        until(lambda: host.refusals[None, "outside-broker-away"] >= 2)
        with mosquitto(tmp_path, port):
            until(lambda: broker.is_connected)


def test_it_sends_again_what_the_broker_had_not_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port), connected(port, "board") as board, outside(port) as host:
        board.join("hearthlight/#")
        host.call(lambda: [host.broker._call.abort(), host.broker.publish(FALL, b"x", 1)])
        until(lambda: board.heard.messages)

    assert board.heard.payloads == [b"x"]


def test_it_says_when_the_broker_refuses_it() -> None:
    with door() as inside, looping() as host:
        host.broker = host.call(
            lambda: OutsideBroker(
                address=Address("127.0.0.1", inside.port, username="nobody", password=b"wrong"),
                filters=["#"],
                principal_of=principal_of,
                deliver=host.deliver,
                refused=host.refused,
                now=lambda: 0.0,
            )
        )
        host.wait(host.broker.open())
        until(lambda: host.refusals[None, "outside-broker-refuses"])
        assert not host.broker.is_connected
