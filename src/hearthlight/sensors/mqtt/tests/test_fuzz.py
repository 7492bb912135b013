"""Whatever a client says once it is in, the door answers or closes, and its own code never breaks."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthlight.sensors.mqtt.packets import Will
from hearthlight.sensors.mqtt.tests.devices import Raw, arrive, hello_with_will
from hearthlight.sensors.mqtt.tests.hosting import Host, door
from hearthlight.sensors.mqtt.tests.test_codec import packets, topics
from hearthlight.sensors.mqtt.types import Limits


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with door(limits=Limits(connect_burst=10_000, retained_messages=20)) as made:
        yield made


def talk(raw: Raw, *said: bytes) -> None:
    """Say it all, then no more, and hear whatever comes until the door closes."""
    with contextlib.suppress(OSError):
        raw.say(*said)
        raw.sock.shutdown(socket.SHUT_WR)
    raw.hear_all()
    raw.sock.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(spoken=packets(), name=st.sampled_from(["board", "bridge", "ada-watch"]), cut=st.integers(0, 3))
def test_it_survives_lawful_packets_at_odd_moments(
    host: Host, spoken: tuple[int, bytes], name: str, cut: int
) -> None:
    version, said = spoken
    talk(arrive(host.port, name, version=version, clean=cut != 0), said[cut:] if cut == 3 else said)

    assert not host.errors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=st.integers(0, 255), body=st.binary(max_size=100), version=st.sampled_from([4, 5]))
def test_it_survives_well_framed_nonsense(host: Host, first: int, body: bytes, version: int) -> None:
    talk(arrive(host.port, "board", version=version), bytes((first, len(body))) + body)

    assert not host.errors


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(topic=topics, payload=st.binary(max_size=30), qos=st.integers(0, 2), retain=st.booleans())
def test_it_survives_any_will(host: Host, topic: str, payload: bytes, qos: int, retain: bool) -> None:
    packet = hello_with_will("board", Will(topic[:10], payload, qos, retain))
    raw = Raw(host.port).say(packet)
    raw.hear(4)
    raw.vanish()

    assert not host.errors
