"""How fast a broker acknowledges: `python -m hearthlight.sensors.mqtt.tests.measure`.

Starts the door in a process of its own (or measures another broker with --port), publishes QoS 1 messages over some
connections with a window each, and prints one JSON object: messages per second and the time to each acknowledgement.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field

import uvloop

from hearthlight.sensors.mqtt import encode
from hearthlight.sensors.mqtt.door import Door
from hearthlight.sensors.mqtt.packets import Connect
from hearthlight.sensors.mqtt.types import Limits, Listener, Received


@dataclass(frozen=True)
class Anyone:
    name: str = "anyone"

    def may_publish(self, topic: str, /) -> bool:
        return topic.startswith("hearthlight/")

    def may_subscribe(self, filter: str, /) -> bool:
        return True


async def serve() -> None:
    """The door, with every message done at once: what the door itself costs."""

    def deliver(message: Received) -> None:
        message.done()

    door = Door(
        authenticate=lambda *_: Anyone(),
        deliver=deliver,
        refused=lambda *_: None,
        now=time.time,
        limits=Limits(messages_per_second=None),
    )
    await door.open([Listener(port=0)])
    sys.stdout.write(f"{door.ports[0]}\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


@dataclass
class Publisher(asyncio.Protocol):
    """A client of our own, so that its cost does not hide the broker's; it only counts acknowledgements."""

    name: str
    window: int
    messages: int
    rate: float
    payload: bytes
    delays: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rest = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent = 0
        self.started = 0.0
        self.sent_at: dict[int, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(encode.connect(Connect(4, self.name, True, 60, "u", b"p", None, {})))

    def data_received(self, data: bytes) -> None:
        if not self.ready.done():
            assert data[:4] == b"\x20\x02\x00\x00", data
            self.ready.set_result(None)
            return
        now = time.perf_counter()
        data = self.rest + data
        whole = len(data) & ~3
        self.rest = data[whole:]
        for at in range(0, whole, 4):
            self.delays.append(now - self.sent_at.pop(data[at + 2] << 8 | data[at + 3]))
        if len(self.delays) >= self.messages:
            self.done.set_result(None)
        elif not self.rate:
            self.fill()

    def fill(self, most: int = 1 << 30) -> None:
        now = time.perf_counter()
        out = []
        while len(self.sent_at) < self.window and self.sent < self.messages and len(out) < most:
            self.sent += 1
            packet_id = self.sent % 65535 + 1
            self.sent_at[packet_id] = now
            out.append(
                encode.publish(
                    topic=b"hearthlight/%s/move" % self.name.encode(),
                    payload=self.payload,
                    qos=1,
                    retain=False,
                    version=4,
                    packet_id=packet_id,
                )
            )
        self.transport.write(b"".join(out))

    async def run(self) -> None:
        if not self.rate:
            self.fill()
        else:
            started = time.perf_counter()
            while self.sent < self.messages:
                due = int((time.perf_counter() - started) * self.rate) - self.sent
                if due > 0:
                    self.fill(due)
                await asyncio.sleep(0.001)
        await self.done


async def measure(port: int, asked: argparse.Namespace) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    each = asked.messages // asked.clients
    clients = []
    for number in range(asked.clients):
        name = f"d{number}"
        client = Publisher(name, asked.window, each, asked.rate / asked.clients, b"x" * asked.bytes)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
        await asyncio.wait_for(client.ready, 10)
        clients.append(client)
    started = time.perf_counter()
    await asyncio.wait_for(asyncio.gather(*(client.run() for client in clients)), 300)
    took = time.perf_counter() - started
    delays = sorted(delay for client in clients for delay in client.delays)
    return {
        "messages": len(delays),
        "per_second": round(len(delays) / took),
        "p50_ms": round(delays[len(delays) // 2] * 1000, 2),
        "p99_ms": round(delays[len(delays) * 99 // 100] * 1000, 2),
        "max_ms": round(delays[-1] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true", help="be the broker only")
    parser.add_argument("--port", type=int, help="measure this broker instead of a fresh door")
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument(
        "--bytes", type=int, default=150, help="payload; a second of a wearable is about this"
    )
    parser.add_argument(
        "--rate", type=float, default=0, help="messages per second over all; 0: as fast as it goes"
    )
    asked = parser.parse_args()
    if asked.serve:
        uvloop.run(serve())
        return
    if asked.port:
        sys.stdout.write(json.dumps(uvloop.run(measure(asked.port, asked))) + "\n")
        return
    command = [sys.executable, "-m", "hearthlight.sensors.mqtt.tests.measure", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as broker:
        assert broker.stdout is not None
        port = int(broker.stdout.readline())
        try:
            sys.stdout.write(json.dumps(uvloop.run(measure(port, asked))) + "\n")
        finally:
            broker.terminate()


if __name__ == "__main__":
    main()
