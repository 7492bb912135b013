"""From a device's message to a screen: real MQTT client, broker, detector, committed alert, live stream.

One message in a hundred is a pulled cord, which becomes an alert; the others are motion sensors and, one in five,
a second of a wearable's movement. Latency is from handing the message to the MQTT client to reading the change.
Beyond a minute cords are pulled again, and repeat their open alerts, whose plans ring on: nobody ever answers.
"""

import argparse
import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt

from hearthlight.runtime.bench.rig import Rig, connect, furnished
from hearthlight.sensors.families.wearable.frame import Frame, pack

ONE_IN = 100  # messages to an alert
WEARABLE_ONE_IN = 5  # other messages to a wearable's frame
WEARERS = 20
MOTIONS = 50
TURN_S = 0.005  # the sender sends what is due this often
PULLED_AGAIN_S = 65  # longest before the first cord's turn comes again; within a minute it would be the same call
WAIT_S = 10.0  # after the last message, for the last alert


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=int, default=1000, help="messages a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--broker", choices=("embedded", "mosquitto"), default="embedded", help="ours, or a Mosquitto started beside it"
    )


@dataclass
class Tally:
    """What was sent when (perf_counter seconds) and not yet seen, by cord, and how long each took that was (ms)."""

    sent: int = 0
    pulled: int = 0
    waiting: dict[int, deque[float]] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    alerts: set[int] = field(default_factory=set)
    rss: list[float] = field(default_factory=list)

    def pull(self, cord: int) -> None:
        self.pulled += 1
        self.waiting.setdefault(cord, deque()).append(time.perf_counter())

    def see(self, cord: int, alert: int) -> None:
        """A change of an alert. The first of each answers the oldest pull of its cord."""
        if alert not in self.alerts and self.waiting.get(cord):
            self.alerts.add(alert)
            self.delays.append((time.perf_counter() - self.waiting[cord].popleft()) * 1000)

    def result(self, seconds: float, rate: int) -> dict[str, Any]:
        delays = sorted(self.delays)
        return {
            "sent": self.sent, "alerts": self.pulled, "delivered": len(delays),
            "p50_ms": _quantile(delays, 0.5), "p99_ms": _quantile(delays, 0.99), "max_ms": _quantile(delays, 1.0),
            "rss_mb": round(max(self.rss), 1), "rss_start_mb": round(self.rss[0], 1), "rss_end_mb": round(self.rss[-1], 1),
            "rate": rate, "achieved_rate": round(self.sent / seconds, 1), "seconds": round(seconds, 2),
        }  # fmt: skip


def _quantile(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def run(args: argparse.Namespace) -> dict[str, Any]:
    cords = math.ceil(args.rate * min(args.seconds, PULLED_AGAIN_S) / ONE_IN)
    with furnished(cords=cords, motions=MOTIONS, wearers=WEARERS, broker=args.broker) as rig:
        rig.start()
        return {"broker": args.broker, **asyncio.run(_measure(rig, args.rate, args.seconds, cords))}


async def _measure(rig: Rig, rate: int, seconds: int, cords: int) -> dict[str, Any]:
    tally = Tally()
    listening = asyncio.Event()
    screen = asyncio.create_task(_watch(rig, tally, listening))
    await listening.wait()
    began, worked = time.perf_counter(), rig.cpu_s()
    clients = await _send(rig, tally, rate, seconds, cords)
    took = time.perf_counter() - began
    deadline = time.perf_counter() + WAIT_S
    while len(tally.delays) < tally.pulled and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    tally.rss.append(rig.rss_mb())
    screen.cancel()
    for client in clients:
        client.disconnect()
        client.loop_stop()
    return {**tally.result(took, rate), "cpu_s": round(rig.cpu_s() - worked, 2)}


async def _watch(rig: Rig, tally: Tally, listening: asyncio.Event) -> None:
    async for _, change in rig.changes():
        listening.set()
        if change.get("kind") != "alert" and "alert_id" not in change:
            continue
        name = change.get("place", "")
        if name.startswith("Cord "):
            tally.see(int(name[5:]), change["alert_id"])


async def _send(rig: Rig, tally: Tally, rate: int, seconds: int, cords: int) -> list[mqtt.Client]:
    bridge = rig.bridge()
    wearables = [(name, connect(rig.mqtt, name, secret)) for name, secret in rig.people["wearables"]]
    quiet = np.tile(np.array([[12, -30, 1001]], np.int16), (50, 1))
    tally.rss.append(rig.rss_mb())
    began = time.perf_counter()
    for number in range(rate * seconds):
        due = began + number / rate
        if due - time.perf_counter() > 0:
            await asyncio.sleep(max(TURN_S, due - time.perf_counter()))
        if number % ONE_IN == 0:
            cord = number // ONE_IN % cords
            tally.pull(cord)
            bridge.publish(f"zigbee2mqtt/cord-{cord}", b'{"action":"emergency","linkquality":120}', qos=1)
        elif number % WEARABLE_ONE_IN == 0:
            name, client = wearables[number // WEARABLE_ONE_IN % WEARERS]
            frame = pack(Frame(number, 1, round(time.time() * 1000), 50.0, quiet))
            client.publish(f"hearthlight/{name}/up", frame, qos=1)
        else:
            body = b'{"occupancy":%b,"linkquality":88,"battery":97}' % (b"true" if number % 2 else b"false")
            bridge.publish(f"zigbee2mqtt/motion-{number % MOTIONS}", body, qos=1)
        tally.sent += 1
        if number % rate == 0:
            tally.rss.append(rig.rss_mb())
    return [bridge, *(client for _, client in wearables)]


def table(result: dict[str, Any]) -> str:
    return (
        f"{result['sent']} messages at {result['achieved_rate']}/s (asked {result['rate']}/s): "
        f"{result['delivered']} of {result['alerts']} alerts on the screen, "
        f"p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms, slowest {result['max_ms']} ms; "
        f"{result['rss_mb']} MB at most (start {result['rss_start_mb']} MB, end {result['rss_end_mb']} MB), "
        f"{result['cpu_s']} s of processor time"
    )
