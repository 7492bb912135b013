"""The blows in UMAFall as the shipped watch finds them, and altered copies of them to learn more from.

Volunteers fall after standing or walking, jog for a whole recording and clap for another: a learner takes what went
before for the answer. So copies are given another past (of another recording, turned to the same posture), single
knocks are cut out of repeated ones and set between quiet spells, and all are turned, scaled, blurred, clipped and
cut short as other sensors would. Nothing here knows any other set of recordings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.falls import Chunk, FallSeen, FallWatch
from hearthlight.detect.falls_features import AFTER, BEFORE
from hearthlight.detect.falls_ring import BIN_HZ
from hearthlight.runtime.bench.recordings import Recordings

START = 1_700_000_000.0  # POSIX s: any moment will do, but a real one has the float grain of real ones
STILL = 80  # bins, 4 s: the length of a quiet spell kept to set knocks in
STILL_G = 0.12  # g of sway: lying, sitting and standing stay below it
COPIES = 3  # altered copies of each blow of a daily activity; twice as many of a fall, and for the wrist again
WRIST_COPIES = 2  # times as many: the wrist is where most sensors are worn and where knocks are most varied
ANOTHER_PAST, QUIET_PAST = 0.8, 0.35  # share of copies given another past, and of those a quiet one
QUIET_FUTURE = 0.1  # share of activities' copies followed by stillness
ALONE, ALONE_AT_WRIST = 0.2, 0.5  # share of activities' copies whose knock is set alone between quiet spells
TILT, TILT_AT_WRIST = 0.15, 0.6  # how far the posture of those quiet spells differs (about a radian each way)
CLIPS_G = (2, 4, 4, 8, 16)  # g: full scales that wearables use, 4 most
SLOW = 0.15  # share of copies as a 10 Hz sensor would give them: every second bin empty
Window = NDArray[np.float64]


class Blows(FallWatch):
    """A watch that keeps the windows it would have judged."""

    def __init__(self, wearers: int) -> None:
        super().__init__(wearers, threshold=0.0)
        self.kept: list[tuple[NDArray[np.int64], Window]] = []

    def _weigh(self, row: NDArray[np.int64], blow: NDArray[np.int64], window: Window) -> list[FallSeen]:  # noqa: ARG002
        self.kept.append((row, window))
        return []


def blows(source: Recordings) -> tuple[NDArray[np.int64], Window]:
    """(recording, window) of every blow."""
    watch = Blows(len(source))
    for i in range(len(source)):
        watch.push([Chunk(i, START, float(source.rate_hz[i]), source.samples(i))])
        watch.settle(i)
    return np.concatenate([row for row, _ in watch.kept]), np.concatenate([window for _, window in watch.kept])


def labels(source: Recordings, recording: NDArray[np.int64], window: Window) -> NDArray[np.int64]:
    """1 the hardest blow of a recorded fall, 0 a blow of a daily activity, -1 another blow of a fall (not learned)."""
    label = np.where(source.fall[recording], -1, 0)
    hardness = np.linalg.norm(window[:, BEFORE], axis=1)
    for i in np.unique(recording[label < 0]):
        mine = np.flatnonzero(recording == i)
        label[mine[hardness[mine].argmax()]] = 1
    return label


@dataclass
class Pieces:
    """Whole recordings of daily activities, and quiet spells cut from them, by position."""

    whole: dict[str, list[Window]]
    quiet: dict[str, list[Window]]


def pieces(source: Recordings, keep: NDArray[np.bool_]) -> Pieces:
    """Of the daily activities kept, as the watch bins them."""
    out = Pieces({}, {})
    watch = Blows(len(source))
    for i in np.flatnonzero(keep & ~source.fall).tolist():
        watch.push([Chunk(i, START, float(source.rate_hz[i]), source.samples(i))])
        seconds = float(source.seconds()[i])
        _, acc = watch.trace(i, START, before_s=0.0, after_s=seconds - 1 / BIN_HZ)
        if np.isnan(acc).any() or np.abs(acc).max() > 16_000:
            continue
        position = str(source.position[i])
        out.whole.setdefault(position, []).append(acc / 1000)
        spells = [acc[k : k + STILL] / 1000 for k in range(0, len(acc) - STILL, STILL // 2)]
        out.quiet.setdefault(position, []).extend(spell for spell in spells if _is_quiet(spell))
    return out


def _is_quiet(spell: Window) -> bool:
    weight = float(np.linalg.norm(spell, axis=1).mean())
    return float(np.sqrt(spell.var(axis=0).sum())) < STILL_G and 0.8 < weight < 1.2


def turning(one: Window, other: Window) -> Window:
    """The rotation that takes one direction to another."""
    a, b = (v / max(float(np.linalg.norm(v)), 1e-6) for v in (one, other))
    axis, cosine = np.cross(a, b), float(a @ b)
    if cosine < -0.9999:
        side = np.cross(a, (1, 0, 0) if abs(a[0]) < 0.9 else (0, 1, 0))
        side /= np.linalg.norm(side)
        return 2 * np.outer(side, side) - np.eye(3)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def any_turn(dice: np.random.Generator) -> Window:
    w, x, y, z = (q := dice.normal(size=4)) / np.linalg.norm(q)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def altered(window: Window, position: str, fall: bool, stock: Pieces, dice: np.random.Generator) -> Window:
    """One altered copy of a blow."""
    at_wrist = position == "wrist"
    if not fall and dice.random() < (ALONE_AT_WRIST if at_wrist else ALONE):
        window = _alone(window, stock.quiet[position], TILT_AT_WRIST if at_wrist else TILT, dice)
    else:
        if dice.random() < ANOTHER_PAST:
            window = _with_another_past(window, stock, position, dice)
        if not fall and dice.random() < QUIET_FUTURE:
            window = _then_still(window, stock.quiet[position], dice)
    return _as_another_sensor(window, dice)


def _gravity_before(window: Window) -> Window | None:
    for span in (window[BEFORE - 60 : BEFORE - 20], window[BEFORE - 20 : BEFORE]):
        known = span[~np.isnan(span[:, 0])]
        if len(known):
            return known.mean(axis=0)
    return None


def _stretched(spell: Window, bins: int) -> Window:
    """A quiet spell played forwards and backwards until it is long enough."""
    turns = int(np.ceil(bins / len(spell)))
    return np.concatenate([spell if k % 2 == 0 else spell[::-1] for k in range(turns)])[:bins]


def _with_another_past(window: Window, stock: Pieces, position: str, dice: np.random.Generator) -> Window:
    cut = BEFORE - int(dice.integers(10, 22))
    gravity = _gravity_before(window)
    if gravity is None:
        return window
    if dice.random() < QUIET_PAST:
        spells = stock.quiet[position]
        past = _stretched(spells[dice.integers(len(spells))], cut)
    else:
        others = stock.whole[position]
        other = others[dice.integers(len(others))]
        begin = int(dice.integers(max(1, len(other) - cut)))
        past = other[begin : begin + cut]
    out = window.copy()
    out[:cut] = np.nan
    out[cut - len(past) : cut] = past @ turning(past[-60:].mean(axis=0), gravity).T
    return out


def _then_still(window: Window, spells: list[Window], dice: np.random.Generator) -> Window:
    cut = BEFORE + int(dice.integers(4, 24))
    gravity = _gravity_before(window)
    if gravity is None:
        return window
    still = _stretched(spells[dice.integers(len(spells))], len(window) - cut)
    out = window.copy()
    out[cut:] = still @ turning(still.mean(axis=0), gravity).T
    return out


def _alone(window: Window, spells: list[Window], tilt: float, dice: np.random.Generator) -> Window:
    first, last = BEFORE - int(dice.integers(4, 24)), BEFORE + int(dice.integers(4, 30))
    around = window[first:last]
    known = around[~np.isnan(around[:, 0])]
    gravity = known.mean(axis=0) if dice.random() < 0.3 else _gravity_before(window)
    if gravity is None:
        return window
    gravity = gravity / max(float(np.linalg.norm(gravity)), 1e-6)
    out = window.copy()
    for span, bins in ((slice(0, first), first), (slice(last, None), len(window) - last)):
        still = _stretched(spells[dice.integers(len(spells))], bins)
        out[span] = still @ turning(still.mean(axis=0), gravity + dice.normal(0, tilt, 3)).T
    return out


def _as_another_sensor(window: Window, dice: np.random.Generator) -> Window:
    """Blurred (slower filter), turned, mis-scaled, offset, noisy, clipped, and sometimes with less before or after."""
    if dice.random() < 0.6:
        share = dice.uniform(0, 0.5)
        window = np.concatenate([window[:1], (1 - share) * window[1:] + share * window[:-1]])
    window = window @ any_turn(dice).T
    window = window * dice.normal(1, 0.03, 3) * dice.uniform(0.92, 1.08) + dice.normal(0, 0.02, 3)
    window = window + dice.normal(0, dice.choice([0, 0.01, 0.03]), window.shape)
    full_scale = dice.choice(CLIPS_G)
    window = np.clip(window, -full_scale, full_scale)
    if dice.random() < SLOW:
        window[(BEFORE + 1) % 2 :: 2] = np.nan
    if dice.random() < 0.2:
        window[: BEFORE - dice.integers(6, 80)] = np.nan
    if dice.random() < 0.25:
        window[BEFORE + dice.integers(16, AFTER) :] = np.nan
    return window


def copies_of(position: str, fall: bool) -> int:
    return COPIES * (2 if fall else 1) * (WRIST_COPIES if position == "wrist" else 1)
