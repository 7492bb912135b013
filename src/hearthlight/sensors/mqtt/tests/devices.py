"""Clients for tests: paho, which nobody here wrote, and a bare socket for what no real client would say."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.packets import Connect, Will
from hearthlight.sensors.mqtt.tests.hosting import PASSWORD, PATIENCE_SECONDS, until
from hearthlight.sensors.mqtt.wire import binary_bytes, text_bytes


@dataclass
class Heard:
    """What one paho client was told."""

    messages: list[paho.MQTTMessage] = field(default_factory=list)
    acknowledged: dict[int, int] = field(default_factory=dict)
    connected: list[int] = field(default_factory=list)
    present: list[bool] = field(default_factory=list)
    disconnected: list[int] = field(default_factory=list)
    granted: list[list[int]] = field(default_factory=list)

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


class Client(paho.Client):
    """paho with a notebook."""

    heard: Heard

    def join(self, filter_: str, qos: int = 1, **options: object) -> list[int]:
        before = len(self.heard.granted)
        self.subscribe(filter_, qos, **options)  # type: ignore[arg-type]
        until(lambda: len(self.heard.granted) > before)
        return self.heard.granted[-1]


def make(
    name: str, version: int = 4, client_id: str = "", clean: bool = True, password: str = PASSWORD
) -> Client:
    kind = {} if version == 5 else {"clean_session": clean}
    client = Client(CallbackAPIVersion.VERSION2, client_id or f"{name}-{version}", protocol=version, **kind)  # type: ignore[arg-type]
    client.username_pw_set(name, password)
    client.reconnect_delay_set(1, 1)
    heard = client.heard = Heard()

    def on_connect(_c: object, _u: object, flags: paho.ConnectFlags, code: object, _p: object) -> None:
        heard.present.append(flags.session_present)
        heard.connected.append(code.value)  # type: ignore[attr-defined]

    client.on_connect = on_connect
    client.on_message = lambda _c, _u, message: heard.messages.append(message)
    client.on_publish = lambda _c, _u, mid, code, _p: heard.acknowledged.__setitem__(mid, code.value)
    client.on_disconnect = lambda _c, _u, _f, code, _p: heard.disconnected.append(code.value)
    client.on_subscribe = lambda _c, _u, _m, codes, _p: heard.granted.append([code.value for code in codes])
    return client


@contextmanager
def connected(port: int, name: str, version: int = 4, **details: object) -> Iterator[Client]:
    will = details.pop("will", None)
    properties = details.pop("properties", None)
    client = make(name, version, **details)  # type: ignore[arg-type]
    if will is not None:
        client.will_set(*will)  # type: ignore[misc]
    fresh = {} if version != 5 else {"clean_start": details.get("clean", True), "properties": properties}
    client.connect("127.0.0.1", port, **fresh)  # type: ignore[arg-type]
    client.loop_start()
    until(lambda: client.heard.connected)
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


class Raw:
    """A bare socket."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.unsent = b""

    def say(self, *parts: bytes) -> Raw:
        self.sock.sendall(b"".join(parts))
        return self

    def hear(self, size: int) -> bytes:
        out = b""
        while len(out) < size and (part := self.sock.recv(size - len(out))):
            out += part
        return out

    def hear_all(self) -> bytes:
        """Until the other side closes."""
        out = b""
        try:
            while part := self.sock.recv(65536):
                out += part
        except ConnectionResetError:
            pass
        return out

    def vanish(self) -> None:
        """Gone without a goodbye."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()


def hello(
    name: str, *, version: int = 4, clean: bool = True, keepalive: int = 60, client_id: str = ""
) -> bytes:
    details = (client_id or f"{name}-raw", clean, keepalive, name, PASSWORD.encode())
    return encode.connect(Connect(version, *details, None, {}))


def hello_with_will(name: str, will: Will, keepalive: int = 60) -> bytes:
    flags = 0x80 | 0x40 | 2 | 4 | will.qos << 3 | will.retain << 5
    body = text_bytes("MQTT") + bytes((4, flags)) + keepalive.to_bytes(2, "big") + text_bytes(f"{name}-will")
    body += text_bytes(will.topic) + binary_bytes(will.payload) + text_bytes(name) + text_bytes(PASSWORD)
    return bytes((0x10, len(body))) + body


def arrive(port: int, name: str, **details: object) -> Raw:
    """A raw socket already let in."""
    raw = Raw(port).say(hello(name, **details))  # type: ignore[arg-type]
    if details.get("version") == 5:
        head = raw.hear(2)
        body = raw.hear(head[1])
        assert (head[0], body[1]) == (0x20, 0)
    else:
        assert raw.hear(4)[3] == 0
    return raw


def said(
    topic: str,
    payload: bytes = b"x",
    *,
    qos: int = 1,
    packet_id: int = 1,
    retain: bool = False,
    version: int = 4,
) -> bytes:
    return encode.publish(
        topic=topic.encode(), payload=payload, qos=qos, retain=retain, version=version, packet_id=packet_id
    )
