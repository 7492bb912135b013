"""The fall watch written as slowly and plainly as possible: one sample at a time, dictionaries and loops.

It shares with falls.py only the constants, the trees' numbers and the quantities measured over one window; the naive
twins of the quantities that carry the facts on an alert are below.
"""

import math
from statistics import fmean, median

import numpy as np

from hearthlight.detect import falls, falls_forest
from hearthlight.detect.falls_features import AFTER, BEFORE, CLIP_G, features

HZ = 20


def bin_number(at):
    return math.floor((at + 50e-6) * 20)


def naive_score(quantities):
    """Ask every question of every tree; take the first leaf no answer rules out."""
    trees = falls_forest.forest()
    odds = trees.start
    for tree in range(len(trees.feature)):
        possible = [True] * 16
        for question in range(15):
            value = quantities[trees.names[trees.feature[tree, question]]]
            rounded = np.float32(math.floor(value / 1e-4 + 0.1379) * 1e-4)
            if rounded > trees.cut[tree, question]:
                for leaf in range(16):
                    possible[leaf] = possible[leaf] and bool(trees.left[tree, question] >> leaf & 1)
        odds += float(trees.value[tree, possible.index(True)])
    return 1 / (1 + math.exp(-odds))


class NaiveWatch:
    """One wearer, samples in order of time, no gap longer than the watch's own GAP_S."""

    def __init__(self, threshold, quiet_s=15.0):
        self.threshold, self.quiet_s = threshold, quiet_s
        self.bins = {}  # bin number -> list of (x, y, z) in milli-g
        self.first = self.head = None
        self.reported = -math.inf

    def sample(self, at, xyz):
        now = bin_number(at)
        self.first = now if self.first is None else self.first
        seen = []
        if self.head is not None:
            for head in range(self.head + 1, now + 1):
                seen += self.look(head - 1 - AFTER, head)
        self.head = now
        if all(math.isfinite(value) and value != -32768 for value in xyz):
            self.bins.setdefault(now, []).append([round(value) for value in xyz])
        return seen

    def finish(self):
        return [fall for blow in range(self.head - AFTER, self.head + 1) for fall in self.look(blow, self.head)]

    def mean(self, number):
        held = self.bins.get(number)
        return None if not held else [sum(one[k] for one in held) / (len(held) * 1000.0) for k in range(3)]

    def size(self, number):
        mean = self.mean(number)
        return -1.0 if mean is None else math.sqrt(sum(value * value for value in mean))

    def look(self, blow, head):
        if blow < self.first or self.size(blow) < falls.GATE_G:
            return []
        if any(self.size(blow - k) >= self.size(blow) for k in range(1, 21)):
            return []
        if any(self.size(blow + k) > self.size(blow) for k in range(1, 21)):
            return []
        window = [self.mean(blow + k) for k in range(-BEFORE, AFTER + 1)]
        known = [mean is not None for mean in window]
        bridged = [0 < k < len(known) - 1 and known[k - 1] and known[k + 1] for k in range(len(known))]
        known = [one or other for one, other in zip(known, bridged, strict=True)]
        if sum(known[:BEFORE]) < 30 or sum(known[BEFORE + 1 :]) < 40:
            return []
        middle = median(math.sqrt(sum(v * v for v in mean)) for mean in window if mean)
        if not 0.2 < middle < 2.5:
            return []
        return self.judge(blow, head, window)

    def judge(self, blow, head, window):
        held = np.array([[mean or [math.nan] * 3 for mean in window]])
        score = naive_score({name: float(value[0]) for name, value in features(held).items()})
        if score < self.threshold or blow / HZ - self.reported < self.quiet_s:
            return []
        self.reported = blow / HZ
        return [(blow / HZ, (min(blow + AFTER, head) + 1) / HZ, score)]


def naive_fill(window):
    """Straight lines across holes, outermost values held."""
    known = [k for k, mean in enumerate(window) if mean is not None]
    filled = []
    for k in range(len(window)):
        left = max((j for j in known if j <= k), default=None)
        right = min((j for j in known if j >= k), default=None)
        left, right = (right if left is None else left), (left if right is None else right)
        share = 0.0 if left == right else (k - left) / (right - left)
        filled.append([window[left][i] * (1 - share) + window[right][i] * share for i in range(3)])
    return filled


def naive_quantities(window):
    """The quantities behind the words of an alert, and one of each kind behind the score, one window, by hand."""
    acc = [[max(-CLIP_G, min(CLIP_G, value)) for value in mean] for mean in naive_fill(window)]
    size = [math.sqrt(sum(value * value for value in mean)) for mean in acc]
    jerk = [math.dist(acc[k], acc[k + 1]) for k in range(len(acc) - 1)]
    falling = size[BEFORE - 16 : BEFORE]
    came, stayed = (_middle(acc[a:b]) for a, b in ((40, 80), (BEFORE + 24, len(acc))))
    return {
        "size0": size[BEFORE],
        "lowest_in16": min(falling),
        "weightless_in16": sum(max(1 - one, 0) for one in falling) / HZ,
        "next_share_after": max(size[BEFORE + 7 :]) / size[BEFORE],
        "restless20": fmean(jerk[BEFORE + 21 : BEFORE + 29]),
        "mean-8": fmean(size[BEFORE - 8 : BEFORE - 4]),
        "turn_lasting": _degrees(came, stayed),
        "excess4": fmean(max(one - 1, 0) for one in size[BEFORE - 4 : BEFORE + 5]),
        "came_share": sum(a * c for a, c in zip(acc[BEFORE], came, strict=True)) / math.hypot(*came) / size[BEFORE],
    }


def _middle(means):
    return [fmean(mean[k] for mean in means) for k in range(3)]


def _degrees(one, other):
    cosine = sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
