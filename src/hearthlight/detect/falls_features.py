"""What is measured about a blow, in quantities that do not care which way round the sensor is worn.

A window is 8.65 s of mean acceleration in g, twenty bins a second: 5 s before the blow, the blow, 3.6 s after it. Most
quantities are one plain statistic over one span of it; spans are named by their first bin, counted from the blow.
"""

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.falls_ring import BIN_HZ

BEFORE = 100  # bins before the blow, 5 s: long enough to know the posture and pace a person came from
AFTER = 72  # bins after the blow, 3.6 s: as long as a carer may be kept waiting for the stillness to be seen
CLIP_G = 4.0  # g: many wearables measure no more than this on an axis, so no feature may depend on more
EDGES = (-80, -60, -40, -30, -20, -14, -8, -4, 0, 4, 8, 14, 20, 28, 36, 44, 52, 60, 70)  # bins; finer near the blow
HALF_G = 0.5  # of the blow's excess over rest: a knock at least half as hard counts as another of its kind
Floats = NDArray[np.float64]
Measured = dict[str, Floats]


def fill(window: Floats) -> Floats:
    """Bridge bins without samples by a straight line, and hold the outermost values: [n, bins, 3] without NaN."""
    n, bins, _ = window.shape
    real = ~np.isnan(window[:, :, 0])
    if real.all():
        return window
    here = np.arange(bins)
    earlier = np.maximum.accumulate(np.where(real, here, -1), axis=1)
    later = np.minimum.accumulate(np.where(real, here, bins)[:, ::-1], axis=1)[:, ::-1]
    left = np.where(earlier < 0, later, earlier)
    right = np.where(later >= bins, earlier, later)
    share = np.where(left == right, 0.0, (here - left) / np.maximum(right - left, 1))[..., None]
    row = np.arange(n)[:, None]
    known = np.nan_to_num(window)
    filled: Floats = known[row, left] * (1 - share) + known[row, right] * share
    return filled


def length(vectors: Floats) -> Floats:
    """Length of each vector along the last axis."""
    squared: Floats = np.einsum("...k,...k->...", vectors, vectors)
    return np.sqrt(squared)


def turn_degrees(one: Floats, other: Floats) -> Floats:
    """Angle between two directions of gravity as the sensor felt them, degrees."""
    cosine = np.einsum("...k,...k->...", one, other) / np.maximum(length(one) * length(other), 1e-6)
    angle: Floats = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def features(window: Floats) -> Measured:
    """Each quantity by name, one value per window; `window` is [n, BEFORE + 1 + AFTER, 3] in g, NaN where missing."""
    acc = np.clip(fill(window), -CLIP_G, CLIP_G)
    size = length(acc)
    jerk = length(np.diff(acc, axis=1))
    return {
        **_spans(acc, size, jerk),
        **_blow(size),
        **_drop(size),
        **_others(size),
        **_posture(acc),
        **_upright(acc, size, "came", acc[:, BEFORE - 60 : BEFORE - 20].mean(1)),
        **_upright(acc, size, "stayed", acc[:, BEFORE + 24 :].mean(1)),
        **_pace(size),
        **_shape(acc, size, jerk),
    }


def _spans(acc: Floats, size: Floats, jerk: Floats) -> Measured:
    """Plain statistics of each span, and how far gravity turned from each span to the next."""
    out: Measured = {}
    means = []
    for a, b in zip(EDGES[:-1], EDGES[1:], strict=True):
        here = slice(BEFORE + a + (a >= 0), BEFORE + b + (a >= 0))
        mean = acc[:, here].mean(1)
        out[f"mean{a}"], out[f"spread{a}"] = size[:, here].mean(1), size[:, here].std(1)
        out[f"hardest{a}"], out[f"softest{a}"] = size[:, here].max(1), size[:, here].min(1)
        out[f"restless{a}"] = jerk[:, here].mean(1)
        out[f"sway{a}"] = np.sqrt(np.maximum((acc[:, here] ** 2).mean(1) - mean**2, 0).sum(-1))
        means.append(mean)
    for k, a in enumerate(EDGES[1:-1]):
        out[f"turned{a}"] = turn_degrees(means[k], means[k + 1])
    return out


def _blow(size: Floats) -> Measured:
    """The blow itself, bin by bin and as a whole."""
    out = {f"size{k}": size[:, BEFORE + k] for k in range(-3, 4)}
    for half in (4, 10, 20):
        near = size[:, BEFORE - half : BEFORE + half + 1]
        out[f"excess{half}"], out[f"lack{half}"] = np.maximum(near - 1, 0).mean(1), np.maximum(1 - near, 0).mean(1)
    peak = size[:, BEFORE]
    out["jump"], out["fall_off"] = peak - size[:, BEFORE - 1], peak - size[:, BEFORE + 1]
    out["width"] = (size[:, BEFORE - 6 : BEFORE + 7] > (1 + peak[:, None]) / 2).sum(1).astype(np.float64)
    return out


def _drop(size: Floats) -> Measured:
    """A falling body weighs less: how little, how long, and the downward speed (g seconds) it gained."""
    out: Measured = {}
    for bins in (8, 16, 30):
        falling = size[:, BEFORE - bins : BEFORE]
        out[f"lowest_in{bins}"] = falling.min(1)
        out[f"weightless_in{bins}"] = np.maximum(1 - falling, 0).sum(1) / BIN_HZ
        out[f"light_bins_in{bins}"] = (falling < 0.7).sum(1).astype(np.float64)
        out[f"speed_in{bins}"] = (falling - 1).sum(1) / BIN_HZ
        out[f"lowest_ago_in{bins}"] = (bins - falling.argmin(1)).astype(np.float64)
    return out


def _others(size: Floats) -> Measured:
    """Other knocks around: walking, clapping and jumping give many alike, a fall one."""
    at, peak = BEFORE, np.maximum(size[:, BEFORE], 0.1)
    around = {
        "long_before": size[:, at - 80 : at - 10],
        "before": size[:, at - 40 : at - 6],
        "after": size[:, at + 7 :],
        "long_after": size[:, at + 20 :],
        "beside": np.concatenate([size[:, at - 10 : at - 1], size[:, at + 2 : at + 11]], axis=1),
    }
    out: Measured = {}
    for name, span in around.items():
        top = span.max(1)
        out[f"hardest_{name}"], out[f"next_share_{name}"] = top, top / peak
        out[f"alike_{name}"] = (span > 1 + HALF_G * (peak - 1)[:, None]).sum(1).astype(np.float64)
        out[f"hard_{name}"] = (span > 1.5).sum(1).astype(np.float64)
    return out


def _posture(acc: Floats) -> Measured:
    """How far gravity turned in the sensor between moments: lying is another posture than standing."""
    at = BEFORE
    came, long_before = acc[:, at - 60 : at - 20].mean(1), acc[:, at - 80 : at - 40].mean(1)
    just_before, stayed = acc[:, at - 16 : at - 3].mean(1), acc[:, at + 24 :].mean(1)
    soon, end = acc[:, at + 12 : at + 32].mean(1), acc[:, -16:].mean(1)
    pairs = {
        "before": (came, long_before), "lasting": (came, stayed), "soon": (came, soon), "start": (came, just_before),
        "drop": (just_before, stayed), "after": (soon, end), "end": (came, end), "whole": (long_before, end),
        "blow_came": (acc[:, at], came), "blow_stayed": (acc[:, at], stayed),
    }  # fmt: skip
    out = {f"turn_{name}": turn_degrees(one, other) for name, (one, other) in pairs.items()}
    out |= {"rest_came": length(came), "rest_stayed": length(stayed), "rest_end": length(end)}
    out["rest_drop"] = length(just_before)
    return out


def _upright(acc: Floats, size: Floats, name: str, gravity: Floats) -> Measured:
    """Movement along and across a direction of gravity, that before the blow (came) or that after it (stayed)."""
    at = BEFORE
    down = gravity / np.maximum(length(gravity), 1e-6)[:, None]
    along = np.einsum("nbk,nk->nb", acc, down)
    across = np.sqrt(np.maximum(size**2 - along**2, 0))
    near = slice(at - 20, at + 21)
    values = {
        "share": along[:, at] / np.maximum(size[:, at], 0.1),
        "most": along[:, near].max(1), "least": along[:, near].min(1), "across": across[:, near].max(1),
        "speed": (along[:, at - 16 : at] - 1).sum(1) / BIN_HZ, "stop": (along[:, at - 6 : at + 14] - 1).sum(1) / BIN_HZ,
        "after": along[:, at + 20 :].mean(1), "before": along[:, at - 60 : at - 10].mean(1),
        "across_after": across[:, at + 20 :].mean(1), "across_before": across[:, at - 60 : at - 10].mean(1),
    }  # fmt: skip
    return {f"{name}_{key}": value for key, value in values.items()}


def _pace(size: Floats) -> Measured:
    """How regular the movement was: steps and claps repeat, a fall does not."""
    out: Measured = {}
    for name, span, shortest in (("before", (-80, -2), 5), ("around", (-40, 41), 3)):
        wave = size[:, BEFORE + span[0] : BEFORE + span[1]]
        wave = wave - wave.mean(1, keepdims=True)
        power = (wave**2).sum(1) + 1e-6
        alike = [np.einsum("nb,nb->n", wave[:, lag:], wave[:, :-lag]) / power for lag in range(shortest, 31)]
        repeats = np.stack(alike, axis=1)
        out[f"repeats_{name}"], out[f"repeats_every_{name}"] = repeats.max(1), repeats.argmax(1).astype(np.float64)
    return out


def _shape(acc: Floats, size: Floats, jerk: Floats) -> Measured:
    """How much of all movement lies near the blow, in how many directions, and how still the quiet parts are."""
    at = BEFORE
    out: Measured = {}
    hard = np.maximum(size - 1.2, 0)
    for half in (4, 10, 20):
        out[f"hard_share{half}"] = hard[:, at - half : at + half + 1].sum(1) / (hard.sum(1) + 1e-6)
    for half in (10, 20):
        out[f"jerk_share{half}"] = jerk[:, at - half : at + half].sum(1) / (jerk.sum(1) + 1e-6)
    near = acc[:, at - 20 : at + 21] - acc[:, at - 20 : at + 21].mean(1, keepdims=True)
    axes = np.linalg.eigvalsh(np.einsum("nbi,nbj->nij", near, near) / near.shape[1])
    for k, name in enumerate(("least", "middle", "most")):
        out[f"spread_{name}_axis"] = np.sqrt(np.maximum(axes[:, k], 0))
    quiet = {"size_before": size[:, at - 80 : at - 10], "size_after": size[:, at + 10 :],
             "jerk_before": jerk[:, at - 80 : at - 10], "jerk_after": jerk[:, at + 10 :]}  # fmt: skip
    for name, span in quiet.items():
        ranked = np.sort(span, axis=1)
        for share in (10, 50, 75, 90):
            out[f"{name}_{share}"] = ranked[:, share * (ranked.shape[1] - 1) // 100]
    return out
