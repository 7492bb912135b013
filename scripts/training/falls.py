"""Teach the fall detector on UMAFall alone and write `falls_model.npz`. Run it as scripts/train-falls DIR."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from blows import Pieces, altered, blows, copies_of, labels, pieces
from numpy.typing import NDArray

from hearthlight.detect import falls_forest
from hearthlight.detect.falls_features import features
from hearthlight.runtime.bench.recordings import Recordings, read

SEED = 2
FOLDS = 4  # each volunteer is left out once
TOGETHER = 2000  # windows measured at once
TREES: dict[str, Any] = {
    "n_estimators": 600,
    "learning_rate": 0.04,
    "num_leaves": 15,  # at most 16: falls_forest holds a leaf in one bit of sixteen
    "min_child_samples": 60,
    "subsample": 0.7,
    "subsample_freq": 1,
    "colsample_bytree": 0.2,
    "reg_lambda": 10.0,
    "class_weight": "balanced",
    "verbose": -1,
    "n_jobs": 1,  # two threads on busy cores wait for each other: minutes become an hour
    "random_state": 0,
    "deterministic": True,
    "force_row_wise": True,
}


class Lessons:
    """What is learned from: blows and altered copies of them, with the volunteer each came from."""

    def __init__(self, source: Recordings) -> None:
        self.source = source
        self.recording, self.window = blows(source)
        self.label = labels(source, self.recording, self.window)
        keep = self.label >= 0
        self.recording, self.window, self.label = self.recording[keep], self.window[keep], self.label[keep]
        self.person = source.subject[self.recording]
        self.fold = np.unique(self.person, return_inverse=True)[1] % FOLDS

    def copies(
        self, which: NDArray[np.bool_], stock: Pieces, seed: int
    ) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
        """(altered windows, the blow each is a copy of, the how-manieth copy it is)."""
        dice = np.random.default_rng(seed)
        made, origin, turn = [], [], []
        for i in np.flatnonzero(which).tolist():
            position, fall = str(self.source.position[self.recording[i]]), bool(self.label[i])
            for k in range(copies_of(position, fall)):
                made.append(altered(self.window[i], position, fall, stock, dice).astype(np.float32))
                origin.append(i)
                turn.append(k + 1)
        return np.array(made), np.array(origin), np.array(turn)


def table(window: NDArray[Any]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    parts, names = [], ()
    for k in range(0, len(window), TOGETHER):
        measured = features(window[k : k + TOGETHER].astype(np.float64))
        names = tuple(measured)
        parts.append(falls_forest.grained(np.stack(list(measured.values()), axis=1)))
    return np.concatenate(parts), names


def left_out(lessons: Lessons, plain: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(highest score, label) of recordings, as they are and as altered copies, of people left out of the teaching.

    The pasts and quiet spells that copies are given are left out with their people too.
    """
    scores, answers = [], []
    for fold in range(FOLDS):
        out = lessons.fold == fold
        folds_of = np.isin(lessons.source.subject, np.unique(lessons.person[out]))
        taught = _with_copies(lessons, ~out, ~folds_of, plain, seed=10 + fold)
        asked = _with_copies(lessons, out, folds_of, plain, seed=50 + fold)
        model = lightgbm.LGBMClassifier(**TREES).fit(taught.table, taught.label)
        highest, label = by_recording(model.predict_proba(asked.table)[:, 1], asked)
        scores.append(highest)
        answers.append(label)
        print(f"fold {fold + 1} of {FOLDS}: {len(taught.label)} taught, {len(asked.label)} asked", flush=True)
    return np.concatenate(scores), np.concatenate(answers)


@dataclass(frozen=True)
class Taught:
    """Blows ready to be learned from or asked about: quantities, label, and which recording in which copy."""

    table: NDArray[np.float32]
    label: NDArray[np.int64]
    recording: NDArray[np.int64]
    turn: NDArray[np.int64]  # 0 as recorded, then the copies


def _with_copies(
    lessons: Lessons, which: NDArray[np.bool_], people: NDArray[np.bool_], plain: NDArray[np.float32], *, seed: int
) -> Taught:
    made, origin, turn = lessons.copies(which, pieces(lessons.source, people), seed)
    blow = np.concatenate([origin, np.flatnonzero(which)])
    return Taught(
        table=np.concatenate([table(made)[0], plain[which]]),
        label=lessons.label[blow],
        recording=lessons.recording[blow],
        turn=np.concatenate([turn, np.zeros(int(which.sum()), np.int64)]),
    )


def by_recording(score: NDArray[np.float64], asked: Taught) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A recording counts as its highest-scoring blow does: a person is disturbed by the worst of an activity's blows."""
    key = asked.recording * 1000 + asked.turn
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    highest = np.zeros(len(first))
    np.maximum.at(highest, group, score)
    return highest, asked.label[first]


def fairest(score: NDArray[np.float64], label: NDArray[np.int64]) -> dict[str, float]:
    """The threshold at which as many falls are missed, in proportion, as activities are taken for falls."""
    cuts = np.round(np.arange(0.02, 0.99, 0.01), 2)
    points = [(float(c), float((score[label == 1] >= c).mean()), float((score[label == 0] < c).mean())) for c in cuts]
    cut, sensitivity, specificity = max(points, key=lambda point: min(point[1:]))
    return {"threshold": cut, "sensitivity": round(sensitivity, 4), "specificity": round(specificity, 4)}


def trees(model: lightgbm.LGBMClassifier) -> dict[str, NDArray[Any]]:
    """LightGBM's trees as questions, bit masks and leaves (see falls_forest)."""
    dumped = model.booster_.dump_model()["tree_info"]
    questions, leaves = falls_forest.LEAVES - 1, falls_forest.LEAVES
    out = {
        "feature": np.zeros((len(dumped), questions), np.int16),
        "cut": np.full((len(dumped), questions), np.inf, np.float32),
        "left": np.full((len(dumped), questions), 0xFFFF, np.uint16),
        "value": np.zeros((len(dumped), leaves), np.float32),
    }
    for number, one in enumerate(dumped):
        _flatten(one["tree_structure"], number, out, [0, 0])
    return out


def _flatten(node: dict[str, Any], tree: int, out: dict[str, NDArray[Any]], used: list[int]) -> None:
    """Number leaves from the low side; a yes ("more than") rules out every leaf of the low side."""
    if "leaf_value" in node:
        out["value"][tree, used[1]] = node["leaf_value"]
        used[1] += 1
        return
    question, first = used[0], used[1]
    used[0] += 1
    _flatten(node["left_child"], tree, out, used)
    ruled_out = ((1 << used[1]) - 1) & ~((1 << first) - 1)
    out["feature"][tree, question] = node["split_feature"]
    out["cut"][tree, question] = node["threshold"]
    out["left"][tree, question] = 0xFFFF & ~ruled_out
    _flatten(node["right_child"], tree, out, used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with falls/umafall.npz")
    parser.add_argument("--out", type=Path, default=falls_forest.ARTEFACT)
    parser.add_argument("--threshold", type=float, help="skip leaving people out and take this one (for trying out)")
    args = parser.parse_args()
    lessons = Lessons(read(args.data / "falls" / "umafall.npz"))
    plain, names = table(lessons.window)
    print(f"{len(plain)} blows, {int(lessons.label.sum())} of them falls; {len(names)} quantities", flush=True)
    chosen = {"threshold": args.threshold} if args.threshold else fairest(*left_out(lessons, plain))
    everyone = np.ones(len(plain), np.bool_)
    taught = _with_copies(lessons, everyone, np.ones(len(lessons.source), np.bool_), plain, seed=SEED)
    model = lightgbm.LGBMClassifier(**TREES).fit(taught.table, taught.label)
    card = {"learned_from": "UMAFall (CC BY 4.0)", "blows": len(plain), "with_copies": len(taught.label), "left_out": chosen}
    print(card)
    np.savez_compressed(
        args.out, names=np.array(names), start=0.0, threshold=chosen["threshold"], card=json.dumps(card), **trees(model)
    )
    falls_forest.forest.cache_clear()
    ours = falls_forest.forest(args.out).score(dict(zip(names, plain.T.astype(np.float64) + 5e-5, strict=True)))
    print("largest difference from LightGBM:", float(np.abs(ours - model.predict_proba(plain)[:, 1]).max()))


if __name__ == "__main__":
    main()
