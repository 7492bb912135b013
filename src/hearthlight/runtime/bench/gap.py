"""What a gap costs: alerts raised while a screen is offline, and messages sent while the process is killed.

First a screen goes away for five seconds while twenty alerts are raised, comes back with the number it saw last, and
counts. Then the process is killed (SIGKILL) under fifty QoS 1 messages a second and started again; the client, as MQTT
asks of it, sends again what was not acknowledged. Every message is a pulled cord: each must be one alert.
"""

import argparse
import asyncio
import contextlib
import time
from typing import Any

import paho.mqtt.client as mqtt

from hearthlight.runtime.bench.rig import Rig, furnished

RAISED = 20
AWAY_S = 5.0
RATE = 50  # messages a second under the kill
WAIT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=int, default=20, help="how long messages are sent around the kill")


def run(args: argparse.Namespace) -> dict[str, Any]:
    with furnished(cords=RAISED + RATE * args.seconds) as rig:
        first_start = rig.start()
        return asyncio.run(_measure(rig, args.seconds)) | {"start_s": round(first_start, 2)}


async def _measure(rig: Rig, seconds: int) -> dict[str, Any]:
    seen = await _offline(rig)
    return {"raised": RAISED, "seen": seen, **await _killed(rig, seconds)}


def _pull(bridge: mqtt.Client, cord: int) -> None:
    bridge.publish(f"zigbee2mqtt/cord-{cord}", b'{"action":"emergency","linkquality":120}', qos=1)


async def _offline(rig: Rig) -> int:
    """How many of the alerts raised while a screen was away it sees when it is back."""
    latest = 0
    async for number, change in rig.changes(since=0):
        latest = max(latest, number)
        if not change.get("kind"):
            break
    bridge = rig.bridge()
    for cord in range(RAISED):
        _pull(bridge, cord)
        await asyncio.sleep(AWAY_S / RAISED)
    bridge.disconnect()
    bridge.loop_stop()
    return len(await _alerts(rig, since=latest, want={f"Cord {n}" for n in range(RAISED)}))


async def _alerts(rig: Rig, *, since: int, want: set[str]) -> dict[str, set[int]]:
    """Which alerts the stream tells of for the wanted places, by place."""
    found: dict[str, set[int]] = {}

    async def follow() -> None:
        async for _, change in rig.changes(since=since):
            if change.get("kind") and change.get("place") in want:
                found.setdefault(change["place"], set()).add(change["alert_id"])
                if len(found) == len(want):
                    return

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(follow(), WAIT_S)
    return found


async def _killed(rig: Rig, seconds: int) -> dict[str, Any]:
    bridge = rig.bridge()
    total = RATE * seconds
    restart: asyncio.Task[float] | None = None
    for number in range(total):
        _pull(bridge, RAISED + number)
        await asyncio.sleep(1 / RATE)
        if number == total // 2:
            rig.kill()
            restart = asyncio.create_task(_outage(rig))
    outage = await restart if restart else 0.0
    want = {f"Cord {RAISED + n}" for n in range(total)}
    found = await _alerts(rig, since=0, want=want)
    bridge.disconnect()
    bridge.loop_stop()
    twice = sum(len(numbers) > 1 for numbers in found.values())
    return {"sent": total, "lost_on_kill": total - len(found), "twice": twice, "outage_s": round(outage, 2)}


async def _outage(rig: Rig) -> float:
    began = time.perf_counter()
    await asyncio.get_running_loop().run_in_executor(None, rig.start)
    return time.perf_counter() - began


def table(result: dict[str, Any]) -> str:
    return (
        f"A screen away for {AWAY_S:g} s saw {result['seen']} of {result['raised']} alerts on its return.\n"
        f"Killed under {RATE} messages/s: {result['lost_on_kill']} of {result['sent']} lost, {result['twice']} twice; "
        f"back after {result['outage_s']} s."
    )
