"""Notice that a person wearing a small movement sensor has fallen.

What it notices: a blow to the body such as hitting the floor gives, judged together with the five seconds before it
(was the body dropping?) and the four seconds after it (did the body lie still, and in another posture?). The sensor
may be worn at the waist, wrist, chest, ankle or in a trouser pocket, either way round; where it is worn need not be
known.

What it ignores: knocks of the hand, clapping, sitting down heavily, stairs, jogging, a sensor put on a table, a sensor
that is stuck, and missing or repeated pieces of the stream. It cannot see a slow slide from a chair with no blow, and
it does not know whether the person got up again: that is asked by the long-lie clock.

    >>> import numpy as np
    >>> watch = FallWatch(1)
    >>> lying_still = np.tile(np.array([0, 0, 1000], np.int16), (50, 1))
    >>> watch.push([Chunk(wearer=0, at=1_700_000_000.0, rate_hz=50.0, acc=lying_still)])
    []

Reference for the ideas: Palmerini et al., "Accelerometer-based fall detection using machine learning: training and
testing on real-world falls", Sensors 20:6479, 2020.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect import falls_words as words
from hearthlight.detect.falls_features import AFTER, BEFORE, EDGES, features
from hearthlight.detect.falls_forest import forest
from hearthlight.detect.falls_ring import BIN_HZ, MISSING, RING, Ring, bin_of
from hearthlight.detect.falls_state import pack, unpack
from hearthlight.detect.types import Sighting

GATE_G = 1.4  # g: softer knocks are not judged; of UMAFall's falls 1 in 75 stays below it (loose ankle and chest straps)
APART = 20  # bins, 1 s: of several knocks closer than this only the hardest is judged; a body bounces within a second
LATE_S = 8.0  # s: a chunk this much older than the newest sample fills a hole; older still, the clock was set back
GAP_S = 5.0  # s: after a longer silence what was waiting is judged with what there is
PIECE_S = 4.0  # s: longer chunks are taken in pieces of this, so that the ring never overtakes itself
RATES_HZ = (5.0, 1000.0)  # samples per second believed; the aim is 10 to 200
SEEN_BEFORE = 30  # bins, 1.5 s: with less known before it (just put on), a blow's change of posture cannot be told
SEEN_AFTER = 40  # bins, 2 s: with less known after it (fell silent), stillness cannot be told
BODY_G = (0.2, 2.5)  # g: middle magnitude of a window outside this is a broken or stuck sensor, not a body
STILL_G = 0.1  # g of change from one twentieth of a second to the next: lying, breathing and a tremor stay below it
BRISK_G = 0.3  # g of sway: UMAFall's walking lies around it
NEVER = -(2**40)  # bin number before any real moment


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of evenly spaced samples of one wearer. `acc` is [n, 3] in milli-g: int16 (-32768 on an axis means no
    reading) or float (NaN means no reading). `at` is the moment of its first sample in POSIX seconds."""

    wearer: int
    at: float
    rate_hz: float
    acc: NDArray[Any]


@dataclass(frozen=True, slots=True)
class FallSeen:
    """One blow that looks like a fall. `began_at` is the blow, `noticed_at` the moment judged from, POSIX seconds."""

    wearer: int
    began_at: float
    noticed_at: float
    score: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sighting(self, subject: str) -> Sighting:
        """What an alert shows a night carer, in four sentences."""
        return Sighting(
            detector=words.DETECTOR,
            subject=subject,
            began_at=self.began_at,
            noticed_at=self.noticed_at,
            sureness=self.score,
            seen=words.seen(self.facts),
            usual=words.usual(self.facts),
            sure=words.sure(self.score, float(self.facts["threshold"])),
            silent_if=words.silent_if(self.facts),
            facts=self.facts,
        )


class FallWatch:
    """Watches many wearers at once. The answer is the same however the stream is cut into chunks and pushes.

    `threshold`: score (0..1) from which a blow is reported; None takes the shipped one, chosen by leaving UMAFall's
    volunteers out in turn. `positions`: where each wearer wears the sensor, if enrolment knows it (kept as a fact of
    the alert; the judgement never needs it). `quiet_s`: seconds after a reported fall in which further blows are taken
    to be part of it (15: bouncing, rolling and being helped up belong to the same event).
    """

    def __init__(
        self,
        wearers: int,
        *,
        threshold: float | None = None,
        positions: Sequence[str | None] | None = None,
        quiet_s: float = 15.0,
    ) -> None:
        self.threshold = forest().threshold if threshold is None else threshold
        self.quiet_s = quiet_s
        self.wearers = wearers
        self.refused = 0  # chunks that made no sense: unknown wearer, wrong shape, impossible rate or moment
        self._positions: list[str | None] = [None] * wearers if positions is None else list(positions)
        self._ring = Ring(wearers)
        self._newest = np.full(wearers, -np.inf)  # POSIX s of the newest sample, readable or not
        self._judged = np.full(wearers, NEVER, np.int64)  # the latest bin already judged
        self._reported = np.full(wearers, -np.inf)  # POSIX s of the latest blow reported

    def push(self, chunks: Sequence[Chunk]) -> list[FallSeen]:
        """Take any mix of wearers' chunks; return the falls they complete. Each wearer's chunks are taken in order."""
        seen: list[FallSeen] = []
        for turn in self._turns(chunks):
            seen += self._take(turn)
        return seen

    def settle(self, wearer: int | None = None) -> list[FallSeen]:
        """Judge now what still waits for its three seconds after a blow: the device fell silent or is taken off."""
        rows = np.arange(self.wearers) if wearer is None else np.array([wearer])
        return self._settle(rows[np.isfinite(self._newest[rows])])

    def add_wearer(self, position: str | None = None) -> int:
        """Make room for one more wearer and return their number."""
        if self.wearers == len(self._newest):
            self._grow(self.wearers + max(8, self.wearers // 2))
        self._positions.append(position)
        self.wearers += 1
        return self.wearers - 1

    def forget(self, wearer: int) -> None:
        """Drop everything remembered about one wearer: consent was withdrawn or the device changed hands."""
        self._ring.clear(np.array([wearer]))
        self._newest[wearer] = self._reported[wearer] = -np.inf
        self._judged[wearer] = NEVER

    def snapshot(self, wearer: int) -> bytes:
        """Everything remembered about one wearer, to be restored after a restart."""
        past = (self._newest[wearer], self._reported[wearer], self._judged[wearer])
        return pack(self._ring, wearer, past)

    def restore(self, wearer: int, state: bytes) -> None:
        """Go on exactly where `snapshot` was taken. Raises ValueError on bytes that are not a snapshot."""
        self._newest[wearer], self._reported[wearer], self._judged[wearer] = unpack(self._ring, wearer, state)

    def trace(
        self, wearer: int, around: float, *, before_s: float = 6.0, after_s: float = 6.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(moments in POSIX s [n], milli-g [n, 3]) kept around a moment; NaN where nothing was measured."""
        first, last = bin_of(np.array([around - before_s, around + after_s]))
        bins = np.arange(first, min(last, first + RING - 1) + 1)
        return bins / BIN_HZ, 1000.0 * self._ring.gather(np.array(wearer), bins)

    def _grow(self, wearers: int) -> None:
        more = wearers - len(self._newest)
        self._ring.grow(wearers)
        self._newest = np.r_[self._newest, np.full(more, -np.inf)]
        self._reported = np.r_[self._reported, np.full(more, -np.inf)]
        self._judged = np.r_[self._judged, np.full(more, NEVER, np.int64)]

    def _turns(self, chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
        """Cut into turns in which each wearer speaks once, each wearer's chunks keeping their order."""
        good = [chunk for chunk in chunks if self._believable(chunk)]
        if all(len(chunk.acc) <= PIECE_S * chunk.rate_hz for chunk in good) and len(good) == len(
            {chunk.wearer for chunk in good}
        ):
            if good:
                yield good
            return
        queues: dict[int, list[Chunk]] = {}
        for chunk in good:
            queues.setdefault(chunk.wearer, []).extend(_pieces(chunk))
        for turn in zip_longest(*queues.values()):
            yield [chunk for chunk in turn if chunk is not None]

    def _believable(self, chunk: Chunk) -> bool:
        shape = chunk.acc.shape
        good = (
            0 <= chunk.wearer < self.wearers
            and len(shape) == 2
            and shape[1] == 3
            and RATES_HZ[0] <= chunk.rate_hz <= RATES_HZ[1]
            and abs(chunk.at) < 1e11  # also refuses NaN; a moment beyond the year 5000 is no moment
        )
        self.refused += not good
        return good and shape[0] > 0

    def _take(self, turn: list[Chunk]) -> list[FallSeen]:
        row = np.array([chunk.wearer for chunk in turn])
        at = np.array([chunk.at for chunk in turn])
        rate = np.array([chunk.rate_hz for chunk in turn])
        size = np.array([len(chunk.acc) for chunk in turn])
        acc = np.concatenate([_whole(chunk.acc) for chunk in turn])
        seen = self._jump(row, at)
        step = np.arange(len(acc)) - np.repeat(np.cumsum(size) - size, size)
        moment = np.repeat(at, size) + step / np.repeat(rate, size)
        rows = np.repeat(row, size)
        if acc.min() == MISSING:
            read = (acc != MISSING).all(axis=1)
            rows, moment, acc = rows[read], moment[read], acc[read]
        self._ring.add(rows, moment, acc)
        self._newest[row] = np.maximum(self._newest[row], at + (size - 1) / rate)
        return seen + self._judge(row, bin_of(self._newest[row]) - 1 - AFTER)

    def _jump(self, row: NDArray[np.int64], at: NDArray[np.float64]) -> list[FallSeen]:
        """Where a clock was set back or a device was silent, judge what was waiting before going on."""
        newest = self._newest[row]
        known = np.isfinite(newest)
        back = known & (at < newest - LATE_S)
        ahead = known & (at > newest + GAP_S)
        seen = self._settle(row[back | ahead])
        for wearer in row[back].tolist():
            self.forget(wearer)
        fresh = ahead | ~np.isfinite(self._newest[row])
        self._judged[row[fresh]] = bin_of(at[fresh]) - 1
        return seen

    def _settle(self, row: NDArray[np.int64]) -> list[FallSeen]:
        return self._judge(row, bin_of(self._newest[row])) if len(row) else []

    def _judge(self, row: NDArray[np.int64], last: NDArray[np.int64]) -> list[FallSeen]:
        """Look for blows in the bins after those already judged, up to and including `last`."""
        first = self._judged[row] + 1
        span = int((last - first).max(initial=-1)) + 1
        if span <= 0:
            return []
        bins = first[:, None] + np.arange(span)
        hit = self._ring.harder_than(GATE_G, row[:, None], bins) & (bins <= last[:, None])
        self._judged[row] = np.maximum(self._judged[row], last)
        which, column = np.nonzero(hit)
        if not len(which):
            return []
        return self._single_out(row[which], bins[which, column])

    def _single_out(self, row: NDArray[np.int64], blow: NDArray[np.int64]) -> list[FallSeen]:
        """Of knocks close together keep the hardest, and of those the ones a body can have given."""
        size = np.linalg.norm(self._ring.gather(row[:, None], blow[:, None] + np.arange(-APART, APART + 1)), axis=2)
        size = np.nan_to_num(size, nan=-1.0)
        hardest = (size[:, APART] >= size.max(1)) & (size[:, APART] > size[:, :APART].max(1))
        row, blow = row[hardest], blow[hardest]
        window = self._ring.gather(row[:, None], blow[:, None] + np.arange(-BEFORE, AFTER + 1))
        kept = _judgeable(window)
        row, blow, window = row[kept], blow[kept], window[kept]
        return self._weigh(row, blow, window) if len(row) else []

    def _weigh(
        self, row: NDArray[np.int64], blow: NDArray[np.int64], window: NDArray[np.float64]
    ) -> list[FallSeen]:
        measured = features(window)
        scores = forest().score(measured)
        order = [k for k in np.argsort(blow, kind="stable").tolist() if scores[k] >= self.threshold]
        told = [self._report(int(row[k]), int(blow[k]), float(scores[k]), _facts(measured, k)) for k in order]
        return [seen for seen in told if seen is not None]

    def _report(self, wearer: int, blow: int, score: float, facts: dict[str, Any]) -> FallSeen | None:
        began_at = blow / BIN_HZ
        if began_at - self._reported[wearer] < self.quiet_s:
            return None
        self._reported[wearer] = began_at
        newest = int(bin_of(self._newest[wearer : wearer + 1])[0])
        noticed_at = (min(blow + AFTER, newest) + 1) / BIN_HZ
        facts |= {"threshold": round(self.threshold, 4), "position": self._positions[wearer]}
        return FallSeen(wearer=wearer, began_at=began_at, noticed_at=noticed_at, score=score, facts=facts)


def _pieces(chunk: Chunk) -> Iterator[Chunk]:
    longest = max(1, int(PIECE_S * chunk.rate_hz))
    for start in range(0, len(chunk.acc), longest):
        at = chunk.at + start / chunk.rate_hz
        yield Chunk(chunk.wearer, at, chunk.rate_hz, chunk.acc[start : start + longest])


def _whole(acc: NDArray[Any]) -> NDArray[np.int16]:
    """Whole milli-g; what cannot be read (NaN, infinity) becomes MISSING."""
    if acc.dtype == np.int16:
        return acc
    values = np.asarray(acc, np.float64)
    readable = np.isfinite(values)
    clipped = np.clip(np.rint(np.where(readable, values, 0.0)), MISSING + 1, 32767)
    return np.where(readable, clipped, MISSING).astype(np.int16)


def _judgeable(window: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Enough is known around the blow, and a body can have given it: not a stuck or broken sensor."""
    known = ~np.isnan(window[:, :, 0])
    known[:, 1:-1] |= known[:, :-2] & known[:, 2:]  # a 10 Hz sensor leaves every second bin empty
    enough = (known[:, :BEFORE].sum(1) >= SEEN_BEFORE) & (known[:, BEFORE + 1 :].sum(1) >= SEEN_AFTER)
    middle = np.zeros(len(window))
    middle[enough] = np.nanmedian(np.linalg.norm(window[enough], axis=2), axis=1)
    kept: NDArray[np.bool_] = (middle > BODY_G[0]) & (middle < BODY_G[1])
    return kept


def _facts(measured: Mapping[str, NDArray[np.float64]], k: int) -> dict[str, Any]:
    """The numbers behind the sentences, in g, degrees and seconds."""
    spans = [(b - a, float(measured[f"restless{a}"][k])) for a, b in pairwise(EDGES) if a >= 14]
    still_s = sum(bins for bins, restless in spans if restless < STILL_G) / BIN_HZ
    busy = "moving briskly" if measured["sway-40"][k] > BRISK_G else "moving a little or at rest"
    return {
        "blow_g": round(float(measured["size0"][k]), 2),
        "lowest_before_g": round(float(measured["lowest_in16"][k]), 2),
        "turn_deg": round(float(measured["turn_lasting"][k])),
        "still_s": round(still_s, 1),
        "next_blow_share": round(float(measured["next_share_after"][k]), 2),
        "busy_before": busy,
    }
