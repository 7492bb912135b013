"""Notice that a person wearing a small movement sensor has fallen.

What it notices: a blow to the body such as hitting the floor gives, judged together with the four seconds before it
(was the body dropping?) and the three seconds after it (did the body lie still, and in another posture?). The sensor
may be worn at the waist, wrist, chest, ankle or in a trouser pocket, either way round; where it is worn need not be
known.

What it ignores: knocks of the hand, clapping, sitting down heavily, stairs, jogging, a sensor put on a table, a sensor
that is stuck, and missing or repeated pieces of the stream. It cannot see a slow slide from a chair with no blow, and
it does not know whether the person got up again: that is asked by the long-lie clock.

    >>> import numpy as np
    >>> watch = FallWatch(1)
    >>> lying_still = np.tile(np.array([0, 0, 1000], np.int16), (50, 1))
    >>> watch.push([Chunk(wearer=0, at=1_700_000_000.0, rate_hz=50.0, acc=lying_still)])
    []

Reference for the ideas: Palmerini et al., "Accelerometer-based fall detection using machine learning: training and
testing on real-world falls", Sensors 20:6479, 2020.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from hearthlight.detect.types import Sighting


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of evenly spaced samples of one wearer. `acc` is [n, 3] in milli-g: int16 (-32768 on an axis means no
    reading) or float (NaN means no reading). `at` is the moment of its first sample in POSIX seconds."""

    wearer: int
    at: float
    rate_hz: float
    acc: NDArray[Any]


@dataclass(frozen=True, slots=True)
class FallSeen:
    """One blow that looks like a fall. `began_at` is the blow, `noticed_at` the moment judged from, POSIX seconds."""

    wearer: int
    began_at: float
    noticed_at: float
    score: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sighting(self, subject: str) -> Sighting:
        """What an alert shows a night carer, in four sentences."""
        raise NotImplementedError


class FallWatch:
    """Watches many wearers at once. The answer is the same however the stream is cut into chunks and pushes.

    `threshold`: score (0..1) from which a blow is reported; None takes the shipped one, chosen by leaving each of the
    UMAFall volunteers out in turn. `positions`: where each wearer wears the sensor, if enrolment knows it.
    `quiet_s`: seconds after a reported fall in which further blows are taken to be part of it (15: bouncing, rolling
    and being helped up belong to the same event).
    """

    def __init__(
        self,
        wearers: int,
        *,
        threshold: float | None = None,
        positions: Sequence[str | None] | None = None,
        quiet_s: float = 15.0,
    ) -> None:
        raise NotImplementedError

    def push(self, chunks: Sequence[Chunk]) -> list[FallSeen]:
        """Take any mix of wearers' chunks, in any order; return the falls they complete."""
        raise NotImplementedError

    def settle(self, wearer: int | None = None) -> list[FallSeen]:
        """Judge now what still waits for its three seconds after a blow: the device fell silent or is being removed."""
        raise NotImplementedError

    def add_wearer(self, position: str | None = None) -> int:
        """Make room for one more wearer and return their number."""
        raise NotImplementedError

    def snapshot(self, wearer: int) -> bytes:
        """Everything remembered about one wearer, to be restored after a restart."""
        raise NotImplementedError

    def restore(self, wearer: int, state: bytes) -> None:
        """Go on exactly where `snapshot` was taken. Raises ValueError on bytes that are not a snapshot."""
        raise NotImplementedError

    def trace(
        self, wearer: int, around: float, *, before_s: float = 6.0, after_s: float = 6.0
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """(moments in POSIX s [n], milli-g [n, 3]) kept around a moment; NaN where nothing was measured."""
        raise NotImplementedError
