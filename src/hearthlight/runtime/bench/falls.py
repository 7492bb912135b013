"""How well falls are noticed: every set of recordings in DIR/falls, streamed second by second, the blow not given away.

A recording counts as one: noticed if anything in it was reported. False alarms per day are counted over the recordings
without a fall; those are hours of nothing but exercises, so a day of ordinary life holds fewer. umafall is what the
detector learned from: its figures prove nothing.
"""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.falls import Chunk, FallSeen, FallWatch
from hearthlight.detect.falls_forest import forest
from hearthlight.runtime.bench.recordings import Recordings, each_set, folder

START = 1_700_000_000.0  # POSIX s; a real moment, for real float grain
STEP_S = 1.0  # seconds of movement in a chunk, as wearables send it
TOGETHER = 1000  # recordings streamed side by side: 11 MB of rings
QUIET_S = 15.0  # s: FallWatch's own default
DAY_S = 86_400.0
LEARNED_FROM = "umafall"
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
# Who is old, where the published subject labels say so: (set, subject label pattern, age group).
AGES = (
    ("sisfall", r"SA\d+", "under 60"),
    ("sisfall", r"SE\d+", "60 and over"),
    ("weda_fall", r"U0\d|U1\d", "young adult"),
    ("weda_fall", r"U2[1-9]|U3[01]", "77 to 95"),
)
Keep = NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """What the watch said about each recording of a set, whatever its threshold."""

    score: NDArray[np.float64]  # the highest of the recording, 0 where no blow was found
    heard: tuple[tuple[tuple[float, float, float], ...], ...]  # (began_s, noticed_s, score) of each blow, by recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="folder with falls/*.npz (default: $HEARTHLIGHT_DATA)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    sets = {one.name: measure(one) for one in each_set(folder(args.data))}
    return {"threshold": forest().threshold, "sets": sets}


def measure(one: Recordings) -> dict[str, Any]:
    judged = judge(one)
    result = _figures(one, judged, np.ones(len(one), np.bool_))
    result["training_data"] = one.name == LEARNED_FROM
    result["roc"] = [_point(one, judged.score, cut) for cut in (*THRESHOLDS, forest().threshold)]
    result["baselines"] = _baselines(one)
    result["by_position"] = _by(one, judged, one.position)
    result["by_activity"] = {name: _rate(one, judged, one.activity == name) for name in np.unique(one.activity).tolist()}
    result["by_person"] = _spread(one, judged)
    ages = age_groups(one)
    if ages is not None:
        result["by_age_group"] = _by(one, judged, ages)
    return result


def judge(one: Recordings) -> Judged:
    """Stream every recording through the shipped watch, a second at a time, many side by side."""
    heard: list[list[tuple[float, float, float]]] = [[] for _ in range(len(one))]
    for first in range(0, len(one), TOGETHER):
        rows = range(first, min(first + TOGETHER, len(one)))
        watch = FallWatch(len(rows), threshold=0.0, quiet_s=0.0)
        longest = max(len(one.samples(i)) / one.rate_hz[i] for i in rows)
        found: list[FallSeen] = []
        for second in np.arange(0.0, longest, STEP_S):
            cuts = [_cut(one, i, first, float(second)) for i in rows]
            found += watch.push([chunk for chunk in cuts if chunk is not None])
        for seen in found + watch.settle():
            heard[first + seen.wearer].append((seen.began_at - START, seen.noticed_at - START, seen.score))
    score = np.array([max((blow[2] for blow in blows), default=0.0) for blows in heard])
    return Judged(score=score, heard=tuple(tuple(sorted(blows)) for blows in heard))


def _cut(one: Recordings, i: int, first: int, second: float) -> Chunk | None:
    rate = float(one.rate_hz[i])
    begin, end = (round(at * rate) for at in (second, second + STEP_S))
    acc = one.samples(i)[begin:end]
    return Chunk(i - first, START + begin / rate, rate, acc) if len(acc) else None


def reports(blows: tuple[tuple[float, float, float], ...], cut: float) -> list[tuple[float, float, float]]:
    """The blows that would have been reported with this threshold, the quiet spell after a report kept."""
    told: list[tuple[float, float, float]] = []
    for blow in blows:
        if blow[2] >= cut and (not told or blow[0] - told[-1][0] >= QUIET_S):
            told.append(blow)
    return told


def _figures(one: Recordings, judged: Judged, keep: Keep) -> dict[str, Any]:
    cut, fall = forest().threshold, one.fall & keep
    daily = ~one.fall & keep
    alarms = sum(len(reports(judged.heard[i], cut)) for i in np.flatnonzero(daily))
    days = float(one.seconds()[daily].sum()) / DAY_S
    return {
        "recordings": int(keep.sum()),
        "falls": int(fall.sum()),
        "sensitivity": _share(judged.score[fall] >= cut),
        "specificity": _share(judged.score[daily] < cut),
        "auc": auc(judged.score[fall], judged.score[daily]),
        "false_alarms_per_day": round(alarms / days, 1) if days else None,
        "delay_s": _delay(one, judged, fall),
        "after_blow_s": _after_blow(judged, fall),
    }


def _delay(one: Recordings, judged: Judged, fall: Keep) -> float | None:
    """Median seconds from the onset of a fall to its report, where the set says when falls began."""
    cut = forest().threshold
    known = np.flatnonzero(fall & np.isfinite(one.onset_s))
    delays = [told[0][1] - one.onset_s[i] for i in known if (told := reports(judged.heard[i], cut))]
    return round(float(np.median(delays)), 2) if delays else None


def _after_blow(judged: Judged, fall: Keep) -> float | None:
    cut = forest().threshold
    waits = [told[0][1] - told[0][0] for i in np.flatnonzero(fall) if (told := reports(judged.heard[i], cut))]
    return round(float(np.median(waits)), 2) if waits else None


def auc(falls: NDArray[np.float64], daily: NDArray[np.float64]) -> float | None:
    """Chance that a fall scores higher than a daily activity, ties counting half."""
    if not len(falls) or not len(daily):
        return None
    below = np.searchsorted(np.sort(daily), falls, side="left")
    upto = np.searchsorted(np.sort(daily), falls, side="right")
    return round(float((below + upto).mean() / 2 / len(daily)), 4)


def _share(which: Keep) -> float | None:
    return round(float(which.mean()), 4) if len(which) else None


def _point(one: Recordings, score: NDArray[np.float64], cut: float) -> dict[str, float | None]:
    return {
        "threshold": round(cut, 4),
        "sensitivity": _share(score[one.fall] >= cut),
        "specificity": _share(score[~one.fall] < cut),
    }


def _baselines(one: Recordings) -> dict[str, Any]:
    """What somebody would get for nothing: never ringing, and ringing for the hardest knock above a fixed size."""
    size = np.sqrt((one.acc.astype(np.float32) ** 2).sum(axis=1)) / 1000.0
    peak = np.maximum.reduceat(size, one.start[:-1])
    cuts = np.unique(np.round(peak, 1))
    points = [_point(one, peak, float(cut)) for cut in cuts]
    fair = max(points, key=lambda p: min(p["sensitivity"] or 0.0, p["specificity"] or 0.0))
    always_no = {"sensitivity": 0.0, "specificity": 1.0}
    return {"always_no": always_no, "peak_g": {"auc": auc(peak[one.fall], peak[~one.fall]), "best_in_hindsight": fair}}


def _by(one: Recordings, judged: Judged, group: NDArray[np.str_]) -> dict[str, Any]:
    return {name: _figures(one, judged, group == name) for name in np.unique(group).tolist()}


def _rate(one: Recordings, judged: Judged, keep: Keep) -> dict[str, Any]:
    told = judged.score[keep] >= forest().threshold
    return {"recordings": int(keep.sum()), "fall": bool(one.fall[keep].any()), "reported": _share(told)}


def _spread(one: Recordings, judged: Judged) -> dict[str, Any]:
    """The worst, the middle and the best person."""
    people = [one.subject == name for name in np.unique(one.subject)]
    cut = forest().threshold
    kinds: tuple[tuple[str, Keep, Callable[[Keep], Keep]], ...] = (
        ("sensitivity", one.fall, lambda who: judged.score[who] >= cut),
        ("specificity", ~one.fall, lambda who: judged.score[who] < cut),
    )
    return {
        name: [round(float(np.quantile([right(who & of).mean() for who in people if (who & of).any()], q)), 4) for q in (0, 0.5, 1)]
        for name, of, right in kinds
        if of.any()
    }


def age_groups(one: Recordings) -> NDArray[np.str_] | None:
    """Age group of each recording where the published labels allow it, else None."""
    rules = [(pattern, group) for name, pattern, group in AGES if one.name.startswith(name)]
    if not rules:
        return None
    return np.array([_age(str(subject), rules) for subject in one.subject])


def _age(subject: str, rules: list[tuple[str, str]]) -> str:
    return next((group for pattern, group in rules if re.fullmatch(pattern, subject)), "not stated")


COLUMNS = ("recordings", "falls", "sensitivity", "specificity", "auc", "false_alarms_per_day", "delay_s", "after_blow_s")


def table(result: dict[str, Any]) -> str:
    lines = [f"threshold {result['threshold']:.3f}, one for all", _row("set", dict(zip(COLUMNS, COLUMNS, strict=True)))]
    for name, one in result["sets"].items():
        lines.append(_row(name + (" (learned from)" if one["training_data"] else ""), one))
        for by in ("by_position", "by_age_group"):
            groups = one.get(by, {})
            lines += [_row(f"  {group}", figures) for group, figures in groups.items() if len(groups) > 1]
        peak = one["baselines"]["peak_g"]
        lines.append(f"  hardest knock alone, best cut in hindsight: {_both(peak['best_in_hindsight'])}, AUC {peak['auc']}")
        lines.append("  other thresholds: " + "; ".join(f"{p['threshold']:.2f} {_both(p)}" for p in one["roc"][:-1]))
        missed = {n: a["reported"] for n, a in one["by_activity"].items() if a["reported"] != float(a["fall"])}
        lines.append("  reported, where not all or none: " + ", ".join(f"{n} {share:.0%}" for n, share in missed.items()))
        lines.append(f"  worst, middle, best person: {one['by_person']}")
    return "\n".join(lines)


def _both(point: dict[str, Any]) -> str:
    return f"{point['sensitivity']} / {point['specificity']}"


def _row(name: str, figures: dict[str, Any]) -> str:
    return f"{name:24}" + "".join(f"{'-' if figures[c] is None else figures[c]!s:>{max(len(c), 8) + 2}}" for c in COLUMNS)
