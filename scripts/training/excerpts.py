"""Choose the recordings that the demonstration plays: a few from each position, of falls the shipped watch notices.

    python scripts/training/excerpts.py DIR/falls/umafall.npz

writes src/hearthlight/runtime/demo/umafall.npz. Falls are chosen because they are noticed and daily activities because
they are not: the demonstration shows how an alert looks, not how good the detector is (docs/detectors/falls.md does).
"""

import sys
from pathlib import Path

import numpy as np

from hearthlight.detect.falls_forest import forest
from hearthlight.runtime.bench.falls import judge
from hearthlight.runtime.bench.recordings import Recordings, read

OUT = Path(__file__).parents[2] / "src/hearthlight/runtime/demo/umafall.npz"
FALLS = {"wrist": 6, "waist": 4, "pocket": 2, "chest": 2}
DAILY = {"wrist": 10, "waist": 6, "pocket": 2, "chest": 2}
QUIET = ("Bending", "GoUpstairs", "LyingDown", "MakingACall", "OpeningDoor", "Sitting", "Walking")
SURE, CALM = 0.5, 0.5  # chosen falls score this share of the way up from the threshold, activities this share down


def chosen(source: Recordings) -> list[int]:
    """Recording numbers, each from another subject or activity where there is a choice."""
    score, cut = judge(source).score, forest().threshold
    picked: list[int] = []
    for fall, wanted in ((True, FALLS), (False, DAILY)):
        for position, number in wanted.items():
            fits = (source.fall == fall) & (source.position == position)
            fits &= (score >= cut + SURE * (1 - cut)) if fall else ((score < cut * (1 - CALM)) & np.isin(source.activity, QUIET))
            picked += _varied(source, np.flatnonzero(fits), number)
    return picked


def _varied(source: Recordings, among: np.ndarray, number: int) -> list[int]:
    taken: dict[tuple[str, int], int] = {}
    uses: dict[str, int] = {}
    for i in among.tolist():
        activity = str(source.activity[i])
        key = (activity, uses.get(activity, 0))
        if str(source.subject[i]) not in {str(source.subject[k]) for (a, _), k in taken.items() if a == activity}:
            taken[key] = i
            uses[activity] = uses.get(activity, 0) + 1
    return [taken[key] for key in sorted(taken, key=lambda key: (key[1], key[0]))][:number]


def write(source: Recordings, picked: list[int]) -> None:
    pieces = [source.samples(i) for i in picked]
    arrays = {
        "acc": np.concatenate(pieces),
        "start": np.cumsum([0, *map(len, pieces)]),
        **{name: getattr(source, name)[picked] for name in ("rate_hz", "fall", "subject", "activity", "position")},
    }
    np.savez_compressed(OUT, **arrays)


if __name__ == "__main__":
    source = read(Path(sys.argv[1]))
    write(source, chosen(source))
