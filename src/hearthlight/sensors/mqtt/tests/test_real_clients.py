"""The clients people have: aiomqtt, gmqtt, mosquitto's own tools, and TLS."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import aiomqtt
import gmqtt
import pytest

from hearthlight.sensors.mqtt.tests.devices import connected, make
from hearthlight.sensors.mqtt.tests.hosting import PASSWORD, door, until
from hearthlight.sensors.mqtt.types import Limits, Listener

STATE = "zigbee2mqtt/kitchen"


def tool(name: str) -> str:
    found = shutil.which(name)
    assert found, "these tests need mosquitto's own clients: apt-get install mosquitto-clients"
    return found


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto_pub_and_sub_talk_through_it(version: str) -> None:
    with door() as host:
        common = ["-h", "127.0.0.1", "-p", str(host.port), "-V", version, "-P", PASSWORD, "-q", "1"]
        listener = subprocess.Popen(
            [tool("mosquitto_sub"), *common, "-u", "board", "-t", "zigbee2mqtt/#", "-C", "2", "-W", "10"],
            stdout=subprocess.PIPE,
        )
        until(lambda: host.broker.audience.of(STATE))
        for payload in ("on", "off"):
            command = [tool("mosquitto_pub"), *common, "-u", "bridge", "-t", STATE, "-m", payload]
            subprocess.run(command, check=True, timeout=10)
        out, _ = listener.communicate(timeout=10)

    assert out == b"on\noff\n"
    assert host.payloads == [b"on", b"off"]


def test_mosquitto_pub_loses_none_of_a_quick_burst_before_its_goodbye() -> None:
    lines = b"".join(b"%d\n" % number for number in range(3_000))
    with door(limits=Limits(receive_maximum=20)) as host:
        common = ["-h", "127.0.0.1", "-p", str(host.port), "-u", "bridge", "-P", PASSWORD]
        command = [tool("mosquitto_pub"), *common, "-t", STATE, "-l", "-q", "0"]
        subprocess.run(command, input=lines, check=True, timeout=20)
        until(lambda: len(host.received) == 3_000)

    assert host.payloads == [b"%d" % number for number in range(3_000)]


def test_mosquitto_pub_is_told_that_it_is_a_stranger() -> None:
    with door() as host:
        common = ["-h", "127.0.0.1", "-p", str(host.port), "-u", "bridge", "-P", "wrong"]
        ended = subprocess.run(
            [tool("mosquitto_pub"), *common, "-t", STATE, "-m", "x"],
            capture_output=True,
            timeout=10,
            check=False,
        )

    assert b"not authorised" in ended.stderr
    assert not host.received


@pytest.mark.parametrize("version", [aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5])
def test_aiomqtt_talks_through_it(version: aiomqtt.ProtocolVersion) -> None:
    async def story(port: int) -> list[bytes]:
        bridge = aiomqtt.Client("127.0.0.1", port, username="bridge", password=PASSWORD, protocol=version)
        board = aiomqtt.Client("127.0.0.1", port, username="board", password=PASSWORD, protocol=version)
        async with bridge, board:
            await board.subscribe("zigbee2mqtt/#", 1)
            for number in range(100):
                await bridge.publish(STATE, b"%d" % number, qos=1)
            heard: list[bytes] = []
            async for message in board.messages:
                heard.append(bytes(message.payload))  # type: ignore[arg-type]
                if len(heard) == 100:
                    return heard
        raise AssertionError

    with door() as host:
        assert asyncio.run(asyncio.wait_for(story(host.port), 20)) == [
            b"%d" % number for number in range(100)
        ]


@pytest.mark.parametrize("version", [4, 5])
def test_gmqtt_talks_through_it(version: int) -> None:
    async def story(port: int) -> list[bytes]:
        heard: list[bytes] = []
        client = gmqtt.Client("gmqtt")
        client.set_auth_credentials("bridge", PASSWORD)
        client.on_message = lambda _c, _topic, payload, _qos, _properties: heard.append(payload)
        await client.connect("127.0.0.1", port, version=version)
        client.subscribe("zigbee2mqtt/#", qos=1)
        for number in range(100):
            client.publish(STATE, b"%d" % number, qos=1)
        while len(heard) < 100:
            await asyncio.sleep(0.01)
        await client.disconnect()
        return heard

    with door() as host:
        assert asyncio.run(asyncio.wait_for(story(host.port), 20)) == [
            b"%d" % number for number in range(100)
        ]
        assert len(host.received) == 100


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    assert openssl, "this test needs openssl: apt-get install openssl"
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return key, cert


def test_it_speaks_tls_beside_plain_tcp(certificate: tuple[Path, Path]) -> None:
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with door() as host:
        host.wait(host.broker.open([Listener(port=0, ssl=context)]))
        client = make("ada-watch")
        client.tls_set(str(cert))
        client.connect("localhost", host.broker.ports[1])
        client.loop_start()
        client.publish("hearthlight/ada-watch/move", b"x" * 200_000, 1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()
        with connected(host.port, "ada-watch") as plain:
            plain.publish("hearthlight/ada-watch/move", b"plain", 1).wait_for_publish(10)

    assert [len(payload) for payload in host.payloads] == [200_000, 5]
