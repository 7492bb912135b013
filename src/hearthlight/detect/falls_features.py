"""What is measured about a blow: a handful of plain quantities that do not care which way round the sensor is worn.

A window is 8 seconds of mean acceleration in g, twenty bins a second: 5 s before the blow, the blow, 3 s after it.
"""

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.falls_ring import BIN_HZ

BEFORE = 100  # bins before the blow, 5 s: long enough to know the posture and pace a person came from
AFTER = 60  # bins after the blow, 3 s: the longest a carer is kept waiting for the stillness to be seen
CLIP_G = 4.0  # g: many wearables measure no more than this on an axis, so no feature may depend on more
Floats = NDArray[np.float64]


def fill(window: Floats) -> Floats:
    """Bridge bins without samples by a straight line, and hold the outermost values: [n, bins, 3] without NaN."""
    n, bins, _ = window.shape
    here = np.arange(bins)
    real = ~np.isnan(window[:, :, 0])
    earlier = np.maximum.accumulate(np.where(real, here, -1), axis=1)
    later = np.minimum.accumulate(np.where(real, here, bins)[:, ::-1], axis=1)[:, ::-1]
    left = np.where(earlier < 0, later, earlier)
    right = np.where(later >= bins, earlier, later)
    share = np.where(left == right, 0.0, (here - left) / np.maximum(right - left, 1))[..., None]
    row = np.arange(n)[:, None]
    known = np.nan_to_num(window)
    filled: Floats = known[row, left] * (1 - share) + known[row, right] * share
    return filled


def turn_degrees(one: Floats, other: Floats) -> Floats:
    """Angle between two directions of gravity as the sensor felt them, degrees."""
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    cosine = (one * other).sum(-1) / np.maximum(lengths, 1e-6)
    angle: Floats = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def features(window: Floats) -> dict[str, Floats]:
    """Each quantity by name, one value per window; `window` is [n, BEFORE + 1 + AFTER, 3] in g, NaN where missing."""
    acc = np.clip(fill(window), -CLIP_G, CLIP_G)
    size = np.sqrt((acc**2).sum(-1))
    jerk = np.sqrt((np.diff(acc, axis=1) ** 2).sum(-1))
    return {
        **_blow(size),
        **_drop(size),
        **_stillness(acc, jerk),
        **_others(size),
        **_posture(acc),
    }


def _blow(size: Floats) -> dict[str, Floats]:
    at = BEFORE
    return {
        "blow_g": size[:, at],
        "excess_half_s": np.maximum(size[:, at - 10 : at + 11] - 1, 0).mean(1),
        "excess_fifth_s": np.maximum(size[:, at - 4 : at + 5] - 1, 0).mean(1),
    }


def _drop(size: Floats) -> dict[str, Floats]:
    falling = size[:, BEFORE - 16 : BEFORE]  # 0.8 s: a fall from standing height takes about half a second
    return {
        "lowest_before_g": falling.min(1),
        "weightless_g_s": np.maximum(1 - falling, 0).sum(1) / BIN_HZ,
        "speed_g_s": (falling - 1).sum(1) / BIN_HZ,
    }


def _stillness(acc: Floats, jerk: Floats) -> dict[str, Floats]:
    at = BEFORE
    spans = {"1.0": (20, 28), "1.4": (28, 36), "1.8": (36, 44), "2.2": (44, 52), "2.6": (52, 60)}
    out = {f"restless_{name}": jerk[:, at + a : at + b].mean(1) for name, (a, b) in spans.items()}
    for name, (a, b) in {"-4": (-80, -60), "-2": (-40, -20), "-1": (-20, -8), "1": (20, 36), "2": (36, 60)}.items():
        out[f"sway_{name}"] = np.sqrt(acc[:, at + a : at + b].var(1).sum(-1))
    return out


def _others(size: Floats) -> dict[str, Floats]:
    at, blow = BEFORE, np.maximum(size[:, BEFORE], 0.1)
    return {
        "next_blow_share": size[:, at + 7 :].max(1) / blow,
        "previous_blow_share": size[:, at - 40 : at - 6].max(1) / blow,
        "largest_after_g": size[:, at + 20 :].max(1),
    }


def _posture(acc: Floats) -> dict[str, Floats]:
    at = BEFORE
    before = acc[:, at - 60 : at - 20].mean(1)
    return {
        "turn_deg": turn_degrees(before, acc[:, at + 24 :].mean(1)),
        "turn_end_deg": turn_degrees(before, acc[:, -16:].mean(1)),
        "rest_g": np.sqrt((acc[:, at + 36 :] ** 2).sum(-1)).mean(1),
    }
