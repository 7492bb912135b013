"""Sets of recorded falls and daily activities: one .npz a set, in the form docs/detectors/falls.md describes."""

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = "HEARTHLIGHT_DATA"  # environment variable: the folder that benchmarks find their data in
WHAT_TO_PUT = (
    "Give --data DIR or set HEARTHLIGHT_DATA=DIR, where DIR/falls/ holds one .npz for each set of recordings "
    "(for instance umafall.npz, sisfall_adults.npz, weda_fall.npz; docs/detectors/falls.md says what is in one)."
)
REQUIRED = ("acc", "start", "rate_hz", "fall", "subject", "activity", "position")
RATES_HZ = (5.0, 1000.0)  # what the fall watch believes


@dataclass(frozen=True)
class Recordings:
    """One set: `acc` int16 [N, 3] milli-g; recording i is acc[start[i]:start[i + 1]]; the rest is one value each."""

    name: str
    acc: NDArray[np.int16]
    start: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    fall: NDArray[np.bool_]
    subject: NDArray[np.str_]
    activity: NDArray[np.str_]
    position: NDArray[np.str_]
    onset_s: NDArray[np.float64]  # seconds from the start of the recording to the start of the fall, NaN if unknown

    def __len__(self) -> int:
        return len(self.fall)

    def samples(self, i: int) -> NDArray[np.int16]:
        return self.acc[self.start[i] : self.start[i + 1]]

    def seconds(self) -> NDArray[np.float64]:
        """Length of each recording."""
        return np.diff(self.start) / self.rate_hz


def folder(given: str | None) -> Path:
    """DIR/falls of --data, else of HEARTHLIGHT_DATA."""
    place = given or os.environ.get(DATA)
    if not place:
        raise FileNotFoundError(f"No data to measure on. {WHAT_TO_PUT}")
    falls = Path(place) / "falls"
    if not falls.is_dir() or not any(falls.glob("*.npz")):
        raise FileNotFoundError(f"No .npz file in {falls}. {WHAT_TO_PUT}")
    return falls


def each_set(falls: Path) -> Iterator[Recordings]:
    for path in sorted(falls.glob("*.npz")):
        yield read(path)


def read(path: Path) -> Recordings:
    """Raises ValueError saying what is wrong with the file."""
    try:
        with np.load(path, allow_pickle=False) as held:
            kept = {name: held[name] for name in held.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ValueError(f"{path.name} is not an .npz file of plain arrays.") from error
    missing = [name for name in REQUIRED if name not in kept]
    if missing:
        raise ValueError(f"{path.name} lacks {', '.join(missing)}.")
    _check(path.name, kept)
    onset = kept.get("onset_s", np.full(len(kept["fall"]), np.nan))
    return Recordings(name=path.stem, onset_s=onset, **{name: kept[name] for name in REQUIRED})


def _check(name: str, kept: dict[str, NDArray]) -> None:
    acc, start, rate = kept["acc"], kept["start"], kept["rate_hz"]
    if acc.ndim != 2 or acc.shape[1] != 3 or acc.dtype != np.int16:
        raise ValueError(f"{name}: acc must be int16 of shape [samples, 3] in milli-g, not {acc.dtype} {acc.shape}.")
    if len(start) < 2 or start[0] < 0 or start[-1] > len(acc) or np.any(np.diff(start) <= 0):
        raise ValueError(f"{name}: start must rise from 0 to the number of samples, one more than there are recordings.")
    for other in REQUIRED[2:]:
        if len(kept[other]) != len(start) - 1:
            raise ValueError(f"{name}: {other} has {len(kept[other])} values for {len(start) - 1} recordings.")
    if kept["fall"].dtype != np.bool_:
        raise ValueError(f"{name}: fall must be true or false.")
    if not np.all((rate >= RATES_HZ[0]) & (rate <= RATES_HZ[1])):
        raise ValueError(f"{name}: rate_hz must be between {RATES_HZ[0]:.0f} and {RATES_HZ[1]:.0f} samples a second.")
