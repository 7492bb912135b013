"""The last half minute of movement of many wearers, on one common clock of twenty bins a second.

Whatever the rate of a device (10 to 200 Hz), each sample falls into the bin of its own moment and a bin holds the
mean of its samples: a 100 Hz blow and a 20 Hz blow then look alike. Sums are whole numbers, so the order in which
samples are added can never change an answer.
"""

import numpy as np
from numpy.typing import NDArray

BIN_HZ = 20  # bins per second: the rate of most of the recordings the detector learned from (UMAFall)
RING = 512  # bins kept per wearer, 25.6 s: a judged window (8 s), one piece (4 s) and the evidence an alert shows
MISSING = -32768  # milli-g: an int16 axis with this value says "no reading" (the one value no sensor can reach)
BOUNDARY_S = 50e-6  # s: a sample this little before a bin's edge belongs to the bin, so float noise decides nothing
REPEAT_S = 100e-6  # s: a sample this close to the newest of its bin is the same one sent again (200 Hz is 5 ms)


def bin_of(at: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which bin a moment (POSIX s) falls in."""
    return np.floor((at + BOUNDARY_S) * BIN_HZ).astype(np.int64)


class Ring:
    """Sums of the samples of each bin, per wearer. A slot belongs to the bin its newest sample names."""

    def __init__(self, wearers: int) -> None:
        self.sums = np.zeros((wearers, RING, 3), np.int32)
        self.count = np.zeros((wearers, RING), np.int32)
        self.latest = np.full((wearers, RING), -1.0)  # POSIX s of the newest sample in the slot

    def grow(self, wearers: int) -> None:
        bigger = Ring(wearers)
        kept = len(self.count)
        bigger.sums[:kept], bigger.count[:kept], bigger.latest[:kept] = self.sums, self.count, self.latest
        self.sums, self.count, self.latest = bigger.sums, bigger.count, bigger.latest

    def clear(self, rows: NDArray[np.int64]) -> None:
        self.sums[rows] = 0
        self.count[rows] = 0
        self.latest[rows] = -1.0

    def add(self, row: NDArray[np.int64], at: NDArray[np.float64], acc: NDArray[np.int16]) -> None:
        """Add samples: `row` and `at` per sample, ascending moments within a row, each row in one run."""
        if not len(row):
            return
        bins = bin_of(at)
        slot = row * RING + bins % RING
        first = np.flatnonzero(np.r_[True, slot[1:] != slot[:-1]])
        held = self.latest.reshape(-1)[slot[first]]
        same = bin_of(held) == bins[first]
        if np.any(same & (at[first] <= held + REPEAT_S)):
            fresh = self._not_repeated(slot, bins, at)
            self.add(row[fresh], at[fresh], acc[fresh])
            return
        self._write(slot, first, same, at, acc)

    def _not_repeated(
        self, slot: NDArray[np.int64], bins: NDArray[np.int64], at: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        held = self.latest.reshape(-1)[slot]
        fresh: NDArray[np.bool_] = (bin_of(held) != bins) | (at > held + REPEAT_S)
        return fresh

    def _write(
        self,
        slot: NDArray[np.int64],
        first: NDArray[np.int64],
        same: NDArray[np.bool_],
        at: NDArray[np.float64],
        acc: NDArray[np.int16],
    ) -> None:
        where = slot[first]
        ends = np.r_[first[1:], len(slot)]
        sums = np.add.reduceat(acc.astype(np.int32), first, axis=0)
        all_sums, all_counts = self.sums.reshape(-1, 3), self.count.reshape(-1)
        all_sums[where] = all_sums[where] * same[:, None] + sums
        all_counts[where] = all_counts[where] * same + (ends - first)
        self.latest.reshape(-1)[where] = at[ends - 1]

    def gather(self, row: NDArray[np.int64], bins: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean acceleration in g, shape of `bins` + (3,); NaN where nothing was measured. `row` broadcasts."""
        slot = row * RING + bins % RING
        count = self.count.reshape(-1)[slot]
        real = (count > 0) & (bin_of(self.latest.reshape(-1)[slot]) == bins)
        sums = self.sums.reshape(-1, 3)[slot]
        mean: NDArray[np.float64] = sums / (np.maximum(count, 1)[..., None] * 1000.0)
        mean[~real] = np.nan
        return mean

    def harder_than(self, g: float, row: NDArray[np.int64], bins: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the mean acceleration of each bin is at least `g`; False where nothing was measured."""
        slot = row * RING + bins % RING
        count = self.count.reshape(-1)[slot]
        sums = self.sums.reshape(-1, 3)[slot].astype(np.float64)
        hard: NDArray[np.bool_] = (sums**2).sum(-1) >= (1000.0 * g * count) ** 2
        hard &= count > 0
        hard[hard] &= bin_of(self.latest.reshape(-1)[slot[hard]]) == bins[hard]
        return hard
