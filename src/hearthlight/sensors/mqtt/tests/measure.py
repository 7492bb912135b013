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
from hearthlight.sensors.mqtt.outside import Address, OutsideBroker
from hearthlight.sensors.mqtt.packets import Connect
from hearthlight.sensors.mqtt.types import Limits, Listener, Received


@dataclass(frozen=True)
class Anyone:
    name: str = "anyone"

    def may_publish(self, topic: str, /) -> bool:
        return topic.startswith("hearthlight/")

    def may_subscribe(self, filter: str, /) -> bool:
        return True


async def serve(commit_seconds: float) -> None:
    """The door; each message done at once (what the door itself costs), or all together after each "commit"."""
    waiting: list[Received] = []

    def deliver(message: Received) -> None:
        if commit_seconds:
            waiting.append(message)
        else:
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
    while True:
        await asyncio.sleep(commit_seconds or 3600)
        batch = waiting[:]
        waiting.clear()
        for message in batch:
            message.done()


async def listen(port: int, messages: int) -> dict[str, float]:
    """Our client of an outside broker, with every message done at once."""
    enough = asyncio.get_running_loop().create_future()
    first = 0.0
    count = 0

    def deliver(message: Received) -> None:
        nonlocal first, count
        message.done()
        first = first or time.perf_counter()
        count += 1
        if count == messages:
            enough.set_result(time.perf_counter())

    broker = OutsideBroker(
        address=Address("127.0.0.1", port, client_id=f"measure-{time.time_ns()}"),
        filters=["hearthlight/#"],
        principal_of=lambda _topic: Anyone(),
        deliver=deliver,
        refused=lambda *_: None,
        now=time.time,
    )
    await broker.open()
    while not broker.is_connected:
        await asyncio.sleep(0.01)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    took = await asyncio.wait_for(enough, 300) - first
    await broker.close()
    return {"received": count, "received_per_second": round(count / took)}


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


def measure_outside(asked: argparse.Namespace) -> None:
    """Publishers here, the outside broker, and our client of it in a process of its own."""
    command = [sys.executable, "-m", "hearthlight.sensors.mqtt.tests.measure", "--listen", str(asked.outside)]
    command += ["--messages", str(asked.messages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        client.stdout.readline()
        try:
            published = uvloop.run(measure(asked.outside, asked))
            sys.stdout.write(json.dumps(published | json.loads(client.stdout.readline())) + "\n")
        finally:
            client.terminate()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true", help="be the broker only")
    parser.add_argument(
        "--commit-ms", type=float, default=0, help="pretend that the store commits this often"
    )
    parser.add_argument("--port", type=int, help="measure this broker instead of a fresh door")
    parser.add_argument("--outside", type=int, help="measure our client of the outside broker at this port")
    parser.add_argument("--listen", type=int, help="be that client only")
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
        uvloop.run(serve(asked.commit_ms / 1000))
        return
    if asked.listen:
        sys.stdout.write(json.dumps(uvloop.run(listen(asked.listen, asked.messages))) + "\n")
        return
    if asked.outside:
        measure_outside(asked)
        return
    if asked.port:
        sys.stdout.write(json.dumps(uvloop.run(measure(asked.port, asked))) + "\n")
        return
    command = [sys.executable, "-m", "hearthlight.sensors.mqtt.tests.measure", "--serve"]
    command += ["--commit-ms", str(asked.commit_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as broker:
        assert broker.stdout is not None
        port = int(broker.stdout.readline())
        try:
            sys.stdout.write(json.dumps(uvloop.run(measure(port, asked))) + "\n")
        finally:
            broker.terminate()


if __name__ == "__main__":
    main()
