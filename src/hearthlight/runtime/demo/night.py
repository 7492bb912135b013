"""A night at Willow House, played to the real process over real MQTT.

The room sensors are simulated. The wearables are not: their movement is recorded (UMAFall, see CREDIT.md), real falls
and real daily activities, sent frame by frame as a wearable would. Between recordings a wearable lies still, in the
posture the last recording ended in.
"""

import asyncio
import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from hearthlight.core import clock
from hearthlight.runtime.demo.house import ADA, LONDON, PEOPLE, WEARING, Furnished, dice
from hearthlight.sensors.families.wearable.frame import Frame, pack

RECORDINGS = Path(__file__).parent / "umafall.npz"
EVANS, ROSE, DENNIS = 11, 3, 23
STILL_HZ = 20.0  # samples a second of a wearable at rest; UMAFall's own rate at four of its five positions
NOISE_MG = 6.0  # what a MEMS accelerometer at rest shows, milli-g
FRAME_S = 1.0  # seconds of movement a frame carries when the clock runs as fast as yours
FRAMES_A_SECOND = 15.0  # real frames a second per wearable at most, however fast the clock runs
HEALTH_EVERY = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Recording:
    is_fall: bool
    position: str
    rate_hz: float
    acc: NDArray[np.int16]


def recordings() -> list[Recording]:
    z = dict(np.load(RECORDINGS))
    spans = zip(z["start"][:-1], z["start"][1:], strict=True)
    return [
        Recording(bool(z["fall"][i]), str(z["position"][i]).lower(), float(z["rate_hz"][i]), z["acc"][a:b])
        for i, (a, b) in enumerate(spans)
    ]


@dataclass
class Wearable:
    """One worn sensor: what it is playing, and how it lies between recordings."""

    device_id: str
    client: Client
    mine: list[Recording]
    playing: Recording | None = None
    played: int = 0
    seq: int = 0
    posture: NDArray[np.float64] = field(default_factory=lambda: np.array([60.0, -990.0, 90.0]))

    def play(self, recording: Recording) -> None:
        self.playing, self.played = recording, 0
        self.posture = recording.acc[-5:].mean(axis=0)

    def next_piece(self, seconds: float, noise: np.random.Generator) -> tuple[float, NDArray[np.int16]]:
        if self.playing is None:
            n = int(seconds * STILL_HZ)
            return STILL_HZ, np.rint(self.posture + noise.normal(0, NOISE_MG, (n, 3))).astype(np.int16)
        recording = self.playing
        end = self.played + int(seconds * recording.rate_hz)
        piece = recording.acc[self.played : end]
        self.played = end
        if end >= len(recording.acc):
            self.playing = None
        return recording.rate_hz, piece


Act = Callable[[], None]


class Night:
    """The story: a heap of (when, what), and a loop for each wearable."""

    def __init__(self, house: Furnished, *, port: int, start: datetime) -> None:
        self.house, self.port, self.start = house, port, start
        self.dice = dice()
        self.noise = np.random.default_rng(7)
        self.todo: list[tuple[datetime, int, Act]] = []
        self.bridge: Client
        self.worn: dict[int, Wearable] = {}

    async def play(self) -> None:
        """Connect everything and play until cancelled."""
        self.bridge = self._connect(*self.house.bridge)
        clips = recordings()
        for number, (device_id, secret) in self.house.wearables.items():
            fits = [c for c in clips if c.position == WEARING[number]]
            self.worn[number] = Wearable(device_id, self._connect(device_id, secret), fits)
        self._write_story()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell())
                for wearable in self.worn.values():
                    tasks.create_task(self._wear(wearable))
        finally:
            for client in (self.bridge, *(wearable.client for wearable in self.worn.values())):
                client.disconnect()
                client.loop_stop()

    def _connect(self, name: str, secret: str) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        client.username_pw_set(name, secret)
        client.connect_async("127.0.0.1", self.port)
        client.loop_start()
        return client

    def at(self, when: datetime, act: Act) -> None:
        heapq.heappush(self.todo, (when, len(self.todo), act))

    async def _tell(self) -> None:
        while self.todo:
            when, _, act = heapq.heappop(self.todo)
            await asyncio.sleep(max(0.0, clock.current().real_seconds(when - clock.now())))
            act()

    async def _wear(self, wearable: Wearable) -> None:
        speed = clock.current().speed
        seconds = max(FRAME_S, round(speed / FRAMES_A_SECOND))
        due = clock.now()
        while True:
            rate, acc = wearable.next_piece(seconds, self.noise)
            wearable.seq += 1
            sent = Frame(wearable.seq, 1, round(due.timestamp() * 1000), rate, acc, battery=81, rssi_dbm=-58)
            due += timedelta(seconds=len(acc) / rate)
            await asyncio.sleep(max(0.0, clock.current().real_seconds(due - clock.now())))
            wearable.client.publish(f"hearthlight/{wearable.device_id}/up", pack(sent), qos=1)

    def say(self, address: str, **body: Any) -> None:
        """One message of a Zigbee sensor, as zigbee2mqtt publishes it."""
        whole = {**body, "linkquality": self.dice.randint(70, 190)}
        self.bridge.publish(f"zigbee2mqtt/{address}", json.dumps(whole), qos=1)

    # The story

    def _write_story(self) -> None:
        for number in range(1, len(PEOPLE) + 1):
            self._sleep(number)
        for health in self._every(HEALTH_EVERY, timedelta(hours=11)):
            self.at(health, self._report_health)
        for when, act in self._scenes():
            if when >= self.start:
                self.at(when, act)

    def _clock_time(self, hour: int, minute: int, second: int = 0) -> datetime:
        """That time tonight, in Willow House."""
        local = self.start.astimezone(LONDON)
        then = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if hour < 12 <= local.hour:
            then += timedelta(days=1)
        return then

    def _scenes(self) -> Iterator[tuple[datetime, Act]]:
        t = self._clock_time
        yield t(22, 10), lambda: self.say(f"room-{ROSE}-cord", action="emergency")
        yield t(23, 40), lambda: self.say("garden-door", contact=False)
        yield t(23, 41), lambda: self.say("garden-door", contact=True)
        yield t(1, 20), lambda: self.say(f"room-{EVANS}-bed", occupancy=False)
        yield t(1, 21), lambda: self.say(f"room-{EVANS}-motion", occupancy=True)
        yield t(3, 11, 40), lambda: self.say(f"room-{ADA}-bed", occupancy=False)
        yield t(3, 11, 45), lambda: self.say(f"room-{ADA}-motion", occupancy=True)
        yield t(3, 12), lambda: self._fall(ADA)
        yield t(3, 40), lambda: self.say(f"room-{DENNIS}-bed", occupancy=False)
        yield t(3, 41), lambda: self.say(f"room-{DENNIS}-bathroom", occupancy=True)
        yield t(3, 44), lambda: self._fall(DENNIS)

    def _fall(self, number: int) -> None:
        wearable = self.worn[number]
        falls = [recording for recording in wearable.mine if recording.is_fall]
        wearable.play(falls[number % len(falls)])

    def _sleep(self, number: int) -> None:
        """In bed from the start, up once or twice, back within minutes."""
        self.at(self.start + timedelta(seconds=number * 0.4), lambda: self.say(f"room-{number}-bed", occupancy=True))
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            up = self.start + timedelta(minutes=self.dice.uniform(5, 540))
            if number not in (ADA, EVANS, DENNIS):
                self._visit(number, up)

    def _visit(self, number: int, up: datetime) -> None:
        minute = timedelta(minutes=1)
        steps = [(0.0, "bed", False), (0.3, "motion", True), (1.0, "bathroom", True), (1.6, "motion", False),
                 (self.dice.uniform(3, 6), "bathroom", False), (6.5, "motion", True), (7.2, "bed", True),
                 (8.0, "motion", False)]  # fmt: skip
        for after, sensor, seen in steps:
            self.at(up + after * minute, lambda s=sensor, v=seen: self.say(f"room-{number}-{s}", occupancy=v))  # type: ignore[misc]
        if number in self.worn:
            self.at(up + 0.2 * minute, lambda: self._activity(number))

    def _activity(self, number: int) -> None:
        wearable = self.worn[number]
        daily = [recording for recording in wearable.mine if not recording.is_fall]
        if daily and wearable.playing is None:
            wearable.play(self.dice.choice(daily))

    def _every(self, span: timedelta, total: timedelta) -> Iterator[datetime]:
        for number in range(int(total / span)):
            yield self.start + timedelta(seconds=10) + number * span

    def _report_health(self) -> None:
        for number in range(1, len(PEOPLE) + 1):
            battery = 9 if number == 14 else 60 + number
            self.say(f"room-{number}-cord", battery=battery)
            self.say(f"room-{number}-motion", battery=battery, temperature=round(19 + self.dice.random() * 3, 1))
