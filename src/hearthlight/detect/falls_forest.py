"""The learned part: small decision trees kept as plain arrays in `falls_model.npz`, all looked up at once with numpy.

Each question of a tree ("is this quantity more than that?") answered yes rules out the leaves on its low side. The
leaves of a tree are numbered from its lowest to its highest side, so the leaf reached is the first one not ruled out
by any question: no walking, only comparisons and bit masks (Lucchese et al., "QuickScorer", SIGIR 2015).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARTEFACT = Path(__file__).with_name("falls_model.npz")
LEAVES = 16  # at most, per tree: one bit each
TOGETHER = 128  # windows looked up at once: keeps the answers of all questions within a few megabytes
GRAIN = 1e-4  # quantities are rounded to this (g, degrees, s) so that the last bit of a float can never turn a branch
OFFSET = 0.1379  # of a grain: keeps round numbers, which are common, away from the edges of rounding
FIRST_LEAF = np.array([(mask & -mask).bit_length() - 1 for mask in range(1 << LEAVES)], np.int8)


def grained(table: NDArray[np.float64]) -> NDArray[np.float32]:
    """Quantities as the trees are taught and asked them."""
    return (np.floor(table / GRAIN + OFFSET) * GRAIN).astype(np.float32)


@dataclass(frozen=True)
class Forest:
    """Trees as arrays: per tree up to 15 questions and 16 leaves. `card` says what they learned from, and how."""

    names: tuple[str, ...]
    feature: NDArray[np.int16]  # [tree, question] which quantity
    cut: NDArray[np.float32]  # [tree, question] is it more than this? (infinity where a tree has fewer questions)
    left: NDArray[np.uint16]  # [tree, question] the leaves a yes leaves possible
    value: NDArray[np.float32]  # [tree, leaf] evidence for a fall, log-odds
    start: float  # log-odds before any evidence
    threshold: float
    card: Mapping[str, Any]

    def score(self, measured: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """0..1 per window: how much a blow looks like a fall."""
        table = grained(np.stack([measured[name] for name in self.names], axis=1))
        odds = [self._odds(table[k : k + TOGETHER]) for k in range(0, len(table), TOGETHER)]
        return np.round(1 / (1 + np.exp(-np.concatenate(odds))), 6)

    def _odds(self, table: NDArray[np.float32]) -> NDArray[np.float64]:
        yes = table[:, self.feature.reshape(-1)] > self.cut.reshape(-1)
        left = np.where(yes, self.left.reshape(-1), np.uint16(0xFFFF)).reshape(len(table), *self.left.shape)
        possible = np.bitwise_and.reduce(left, axis=2)
        evidence = self.value[np.arange(len(self.value)), FIRST_LEAF[possible]].astype(np.float64)
        # Row by row: numpy may add in another order for another number of rows, and the answer must not change.
        return self.start + np.array([row.sum() for row in evidence])


@cache
def forest(path: Path = ARTEFACT) -> Forest:
    """The shipped trees, read once."""
    with np.load(path, allow_pickle=False) as held:
        kept = dict(held)
    return Forest(
        names=tuple(str(name) for name in kept["names"]),
        feature=kept["feature"],
        cut=kept["cut"],
        left=kept["left"],
        value=kept["value"],
        start=float(kept["start"]),
        threshold=float(kept["threshold"]),
        card=json.loads(str(kept["card"])),
    )
