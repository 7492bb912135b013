"""How many wearers one process can watch: binary frames decoded, buffered and judged, one second at a time.

The movement is made, not recorded, with a fixed seed: most people are still, some walk, a few work or exercise, and a
few give a hard knock. A push holds one second of every wearer. `realtime_factor` is seconds of movement per second of
work: above 1 the stream is kept up with. One process, and whatever cores numpy uses (normally one).
"""

import argparse
import resource
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.falls import Chunk, FallWatch
from hearthlight.sensors.families.wearable import frame

SEED = 20  # any; fixed so that two runs do the same work
START = 1_700_000_000.0  # POSIX s
STEP_S = 1  # seconds of movement in one frame and one push
PATTERN_S = 30  # seconds of movement made for each kind of person, then repeated
KINDS = 64  # different people made; wearers share them, each beginning at another second
# Share of people, step acceleration (g) and knocks (per minute, mean g): a care home's evening, somewhat lively.
ASLEEP, WALKING, BUSY = (0.70, 0.02, 0.0), (0.22, 0.25, 0.5), (0.08, 0.6, 6.0)
STEPS_HZ = 1.8  # steps a second of a walking person
KNOCK_G = 2.5
WARM_UP = 5  # pushes before timing starts: rings fill, arrays are allocated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wearers", type=int, default=1000)
    parser.add_argument("--hz", type=float, default=50.0, help="samples a second of each wearable (10 to 200)")
    parser.add_argument("--seconds", type=int, default=30, help="seconds of movement to push")


def run(args: argparse.Namespace) -> dict[str, Any]:
    if args.wearers < 1 or args.seconds < 1 or not frame.SLOWEST_HZ <= args.hz <= frame.FASTEST_HZ:
        raise ValueError("Give at least one wearer, one second, and 10 to 200 samples a second.")
    people = _people(args.hz)
    watch = FallWatch(args.wearers)
    spent, seen = [], 0
    for second in range(-WARM_UP, args.seconds):
        sent = _frames(people, args.wearers, args.hz, second + WARM_UP)
        began = time.perf_counter()
        found = watch.push(_decoded(sent))
        if second >= 0:
            spent.append(time.perf_counter() - began)
            seen += len(found)
    return _figures(args, np.array(spent), seen)


def _figures(args: argparse.Namespace, spent: NDArray[np.float64], seen: int) -> dict[str, Any]:
    return {
        "realtime_factor": round(args.seconds * STEP_S / float(spent.sum()), 3),
        "wearers": args.wearers,
        "p99_ms": round(1000 * float(np.quantile(spent, 0.99)), 1),
        "p50_ms": round(1000 * float(np.median(spent)), 1),
        "hz": args.hz,
        "seconds": args.seconds,
        "samples_per_s": round(args.wearers * args.hz * args.seconds / float(spent.sum())),
        "falls_seen": seen,
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _decoded(sent: list[bytes]) -> list[Chunk]:
    """What intake does with a frame, checksum and all."""
    chunks = []
    for wearer, payload in enumerate(sent):
        told = frame.unpack(payload)
        chunks.append(Chunk(wearer, told.time_ms / 1000.0, told.rate_hz, told.acc))
    return chunks


def _frames(people: NDArray[np.int16], wearers: int, hz: float, second: int) -> list[bytes]:
    """One second of every wearer as sent. Made outside the timing: it is the devices' work."""
    each = round(hz * STEP_S)
    sent = []
    for wearer in range(wearers):
        at = (second + 7 * wearer) % PATTERN_S * each
        acc = people[wearer % KINDS, at : at + each]
        time_ms = round(1000 * (START + second * STEP_S)) + wearer % 1000  # devices do not tick together
        sent.append(frame.pack(frame.Frame(sequence=second, boot=1, time_ms=time_ms, rate_hz=hz, acc=acc)))
    return sent


def _people(hz: float) -> NDArray[np.int16]:
    """[kind, sample, axis] milli-g."""
    dice = np.random.default_rng(SEED)
    n = round(hz * STEP_S) * PATTERN_S
    at = np.arange(n) / hz
    shares = np.cumsum([ASLEEP[0], WALKING[0], BUSY[0]])
    made = []
    for kind in range(KINDS):
        _, step_g, knocks = (ASLEEP, WALKING, BUSY)[int(np.searchsorted(shares, (kind + 0.5) / KINDS))]
        down = dice.normal(size=3)
        down /= np.linalg.norm(down)
        size = 1.0 + step_g * np.sin(2 * np.pi * STEPS_HZ * at + dice.uniform(0, 6))
        for _ in range(dice.poisson(knocks * PATTERN_S / 60)):
            begin = int(dice.integers(0, n - 10))
            size[begin : begin + max(2, round(0.1 * hz))] += dice.exponential(KNOCK_G)
        made.append(size[:, None] * down + dice.normal(0, 0.01 + step_g / 5, (n, 3)))
    return np.clip(np.rint(1000 * np.array(made)), -16000, 16000).astype(np.int16)


def table(result: dict[str, Any]) -> str:
    return (
        f"{result['wearers']:,} wearers at {result['hz']:g} Hz: {result['realtime_factor']:.2f} times real time; "
        f"a second of everyone takes {result['p50_ms']} ms (p50), {result['p99_ms']} ms (p99); "
        f"{result['falls_seen']} falls seen, {result['rss_mb']} MB"
    )
