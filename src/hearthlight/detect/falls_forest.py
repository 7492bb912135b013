"""The learned part: decision trees kept as plain arrays in `falls_model.npz`, walked all at once with numpy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARTEFACT = Path(__file__).with_name("falls_model.npz")
GRAIN = 1e-4  # features are rounded to this (g, degrees, s) so that the last bit of a float can never turn a branch
OFFSET = 0.1379  # of a grain: keeps round numbers, which are common, away from the edges of rounding


@dataclass(frozen=True)
class Forest:
    """Trees as arrays over nodes; a leaf is its own child. `card` says what it learned from and how it was chosen."""

    names: tuple[str, ...]
    feature: NDArray[np.int16]
    cut: NDArray[np.float32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    depth: int
    threshold: float
    card: Mapping[str, Any]

    def score(self, measured: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """0..1 per window: how much a blow looks like a fall."""
        table = np.stack([measured[name] for name in self.names], axis=1)
        table = np.floor(table / GRAIN + OFFSET) * GRAIN
        row = np.arange(len(table))[:, None]
        node = np.broadcast_to(self.roots, (len(table), len(self.roots)))
        for _ in range(self.depth):
            down = table[row, self.feature[node]] <= self.cut[node]
            node = np.where(down, self.low[node], self.high[node])
        votes = self.value[node].astype(np.float64)
        return np.round(np.array([vote.sum() for vote in votes]) / len(self.roots), 6)


@cache
def forest(path: Path = ARTEFACT) -> Forest:
    """The shipped trees, read once."""
    with np.load(path, allow_pickle=False) as held:
        kept = dict(held)
    card = json.loads(str(kept["card"]))
    return Forest(
        names=tuple(str(name) for name in kept["names"]),
        feature=kept["feature"],
        cut=kept["cut"],
        low=kept["low"],
        high=kept["high"],
        value=kept["value"],
        roots=kept["roots"],
        depth=int(kept["depth"]),
        threshold=float(kept["threshold"]),
        card=card,
    )
