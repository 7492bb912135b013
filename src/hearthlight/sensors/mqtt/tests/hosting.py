"""A door, or a client of a real Mosquitto, on a loop of its own thread: tests talk to it with ordinary clients."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hearthlight.sensors.mqtt.door import Door
from hearthlight.sensors.mqtt.outside import Address, OutsideBroker
from hearthlight.sensors.mqtt.topics import matches
from hearthlight.sensors.mqtt.types import Limits, Listener, Principal, Received

PATIENCE_SECONDS = 10.0
T = TypeVar("T")


@dataclass(frozen=True)
class Device:
    """A principal with plain filters: what it may publish and hear."""

    name: str
    publishes: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()

    def may_publish(self, topic: str, /) -> bool:
        return any(matches(filter_, topic) for filter_ in self.publishes)

    def may_subscribe(self, filter: str, /) -> bool:
        return "#" in self.hears or filter in self.hears


ADA = Device("ada-watch", ("hearthlight/ada-watch/#",), ("hearthlight/ada-watch/config",))
BEN = Device("ben-watch", ("hearthlight/ben-watch/#",))
BRIDGE = Device("bridge", ("zigbee2mqtt/#", "homeassistant/#"), ("#", "$SYS/#", "zigbee2mqtt/#"))
BOARD = Device("board", ("hearthlight/#", "homeassistant/#"), ("#",))
CAST = {principal.name: principal for principal in (ADA, BEN, BRIDGE, BOARD)}
PASSWORD = "right"


def authenticate(_client_id: str, username: str | None, password: bytes | None) -> Principal | None:
    return CAST.get(username or "") if password == PASSWORD.encode() else None


def principal_of(topic: str) -> Principal | None:
    return CAST.get((topic.split("/") + [""])[1])


def until(happened: Callable[[], object], patience: float = PATIENCE_SECONDS) -> None:
    """Wait for something, and fail if it does not come."""
    end = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@dataclass
class Host:
    """What a test sees of the owner's side."""

    loop: asyncio.AbstractEventLoop
    port: int = 0
    broker: Door | OutsideBroker | None = None
    is_generous: bool = True
    "Done at once, or when the test says so."
    received: list[Received] = field(default_factory=list)
    refusals: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    errors: list[dict[str, object]] = field(default_factory=list)

    def deliver(self, message: Received) -> None:
        self.received.append(message)
        if self.is_generous:
            message.done()

    def refused(self, name: str | None, reason: str) -> None:
        self.refusals[name, reason] += 1

    def call(self, do: Callable[[], T]) -> T:
        """Run on the loop's thread, as an owner would."""

        async def run() -> T:
            return do()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE_SECONDS)

    def wait(self, doing: Awaitable[T]) -> T:
        async def run() -> T:
            return await doing

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE_SECONDS)

    def done(self, index: int = -1, *, refused: bool = False) -> None:
        self.call(lambda: self.received[index].done(refused=refused))

    @property
    def topics(self) -> list[str]:
        return [message.topic for message in self.received]

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.received]


@contextmanager
def looping() -> Iterator[Host]:
    loop = asyncio.new_event_loop()
    host = Host(loop)
    loop.set_exception_handler(lambda _loop, context: host.errors.append(context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        if host.broker is not None:
            host.wait(host.broker.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
    assert not host.errors, host.errors


@contextmanager
def door(*, limits: Limits | None = None, **changed: object) -> Iterator[Host]:
    with looping() as host:
        ports = {
            "authenticate": authenticate,
            "deliver": host.deliver,
            "refused": host.refused,
            "now": lambda: 1_795_000_000.0,
            "limits": limits,
            **changed,
        }
        broker = host.call(lambda: Door(**ports))  # type: ignore[arg-type]
        host.wait(broker.open([Listener(port=0)]))
        host.broker = broker
        host.port = broker.ports[0]
        yield host


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def mosquitto(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real Mosquitto. Its absence is a failure, never a skip."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    assert program, "these tests need a real broker: apt-get install mosquitto mosquitto-clients"
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
        f"persistence true\npersistence_location {folder}/\nautosave_interval 1\nlog_type none\nuser root\n"
    )
    broker = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port))
        yield broker
    finally:
        broker.terminate()
        broker.wait(PATIENCE_SECONDS)


def _answers(port: int) -> bool:
    with closing(socket.socket()) as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def outside(port: int, *, version: int = 5, is_generous: bool = True) -> Iterator[Host]:
    with looping() as host:
        host.is_generous = is_generous
        host.port = port
        host.broker = broker = host.call(
            lambda: OutsideBroker(
                address=Address("127.0.0.1", port, version=version),
                filters=["hearthlight/#", "zigbee2mqtt/#"],
                principal_of=principal_of,
                deliver=host.deliver,
                refused=host.refused,
                now=lambda: 1_795_000_000.0,
            )
        )
        host.wait(broker.open())
        until(lambda: broker.is_connected)
        yield host
