"""Got up, not back: someone left their bed in the night and is still not back after a while.

**What it notices.** The bed becomes empty during the night hours, and for the whole of the waiting time nobody is in
it again and nobody sits down in a chair that has a sensor. A person on the bathroom floor looks like this. So does a
person making tea.

**What it ignores.** Leaving the bed by day; coming back in time; settling in a chair; getting up so shortly before the
night ends that the wait would end by day (that is getting up for the day); a bed sensor that only repeats that the bed
is empty; a bed nobody was ever known to be in.

**Settings.**

- `away_minutes` (20 min): how long a trip may take. Most trips to the toilet at night take a few minutes; twenty leaves
  time for a slow, safe walk, and is far from the hour after which lying on the floor does lasting harm.
- `night_from_minute` (22:00) and `night_until_minute` (06:00): minutes after midnight on the wall clock. Wide enough
  for care homes; move the end to when people here really get up, or every early riser rings.
- `moving_minutes` (5 min): movement this shortly before the end of the wait makes it likelier that the person is up and
  about, and the sighting says it is less sure. It is told all the same: people who need help also move.
- `tz` (Europe/London): whose wall clock. On the nights the clocks change, the wait stays twenty real minutes.

>>> detector = Detector("room-7", Settings())
>>> night = 1_768_442_400.0  # 15 January 2026, 02:00 in London
>>> detector.feed(Signal("bed-1", SignalKind.BED, 1.0, at=night - 7200))
[]
>>> detector.feed(Signal("bed-1", SignalKind.BED, 0.0, at=night))
[]
>>> detector.due_at() - night
1200.0
>>> [sighting.seen for sighting in detector.tick(night + 1200)]
['Got out of bed at 02:00 and was not back by 02:20.']

**Reference.** NICE guideline NG249 (2025), Falls: assessment and prevention, for night-time rising as a time of risk;
the twenty minutes and the hours are our judgement, not the guideline's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hearthlight.detect.movement import RESTS
from hearthlight.detect.night import Night, wall_clock
from hearthlight.detect.room_rule import Episode, RoomRule
from hearthlight.detect.trail import Trail, is_on, order
from hearthlight.detect.types import Sighting, Signal, SignalKind

NAME = "got_up_not_back"

SURENESS_WHEN_STILL = 0.9  # judgement: empty bed and nothing moving
SURENESS_WHEN_MOVING = 0.6  # judgement: empty bed, but somebody is up and about


@dataclass(frozen=True, slots=True)
class Settings:
    """See the module's docstring for what each is for and why it has this value."""

    away_minutes: float = 20.0
    night_from_minute: int = 22 * 60
    night_until_minute: int = 6 * 60
    moving_minutes: float = 5.0
    tz: str = "Europe/London"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.away_minutes) and self.away_minutes > 0):
            raise ValueError("away_minutes must be a number of minutes above 0.")
        if not (math.isfinite(self.moving_minutes) and self.moving_minutes >= 0):
            raise ValueError("moving_minutes must be a number of minutes, 0 or more.")
        self.night()

    def night(self) -> Night:
        return Night(self.night_from_minute, self.night_until_minute, self.tz)


class Detector(RoomRule):
    """Waits from the moment the bed became empty."""

    def __init__(self, subject: str, settings: Settings) -> None:
        self.settings = settings
        self._night = settings.night()
        self._away_seconds = settings.away_minutes * 60
        # Rests decide; moves only colour the words, so a busy motion sensor can never push a rest out.
        self._rests = Trail()
        self._moves = Trail(most=64)
        trails = {"rests": self._rests, "moves": self._moves}
        super().__init__(subject, name=NAME, trails=trails, keep_seconds=self._away_seconds)

    def _hear(self, signal: Signal) -> list[Sighting]:
        if signal.kind in (SignalKind.MOTION, SignalKind.VIBRATION) and is_on(signal):
            self._moves.add(signal)
        if signal.kind in RESTS and self._rests.add(signal):
            if not self._rests.is_newest(signal):
                self._ask_again_at(signal.at)  # it came late: what it changes may already be due
            elif signal.kind == SignalKind.BED and not is_on(signal):
                self._ask_again_at(signal.at + self._away_seconds)
        return []

    def _episodes(self, at: float) -> Sequence[Episode]:
        settled = self._rests.settled(by=at)
        signals = sorted([*settled, *self._rests.items], key=order)
        recent = set(self._rests.items)
        found = []
        for place, signal in leavings(signals):
            due = signal.at + self._away_seconds
            if signal not in recent or not self._night.holds(signal.at) or not self._night.holds(due):
                continue
            back = settling_after(signals, place)
            if back is None or back.at >= due:
                found.append(Episode(float(signal.at), due, signal))
        return found

    def _describe(self, episode: Episode) -> Sighting:
        minutes = self.settings.away_minutes
        latest = self._latest_movement(episode)
        moving = latest is not None and latest.at > episode.due - self.settings.moving_minutes * 60
        left, due = (wall_clock(moment, self.settings.tz) for moment in (episode.began_at, episode.due))
        return Sighting(
            detector=NAME,
            subject=self.subject,
            began_at=episode.began_at,
            noticed_at=episode.due,
            sureness=SURENESS_WHEN_MOVING if moving else SURENESS_WHEN_STILL,
            seen=f"Got out of bed at {left} and was not back by {due}.",
            usual=f"Back in bed, or in a chair, within {minutes:g} minutes.",
            sure=(
                "Not very sure: somebody is moving about."
                if moving
                else "Fairly sure: the bed is empty and nothing is moving nearby."
            ),
            silent_if=f"Someone in the bed, or sitting down in the chair, before {due}.",
            facts={
                "left_bed_at": episode.began_at,
                "due_at": episode.due,
                "away_minutes": minutes,
                "latest_movement_at": None if latest is None else float(latest.at),
                "latest_movement_spot": None if latest is None else latest.spot,
            },
        )

    def _latest_movement(self, episode: Episode) -> Signal | None:
        moves = self._moves.all(by=episode.due)
        return max((one for one in moves if episode.began_at < one.at < episode.due), key=order, default=None)


def leavings(signals: Sequence[Signal]) -> list[tuple[int, Signal]]:
    """Where in the row of signals the last occupied bed became empty."""
    occupied: set[str] = set()
    found = []
    for place, signal in enumerate(signals):
        if signal.kind != SignalKind.BED:
            continue
        if is_on(signal):
            occupied.add(signal.sensor)
        elif signal.sensor in occupied:
            occupied.discard(signal.sensor)
            if not occupied:
                found.append((place, signal))
    return found


def settling_after(signals: Sequence[Signal], place: int) -> Signal | None:
    """The first signal after `place` of somebody in bed, or newly in a chair."""
    taken: dict[str, bool] = {}
    for number, signal in enumerate(signals):
        if number > place and is_on(signal):
            if signal.kind == SignalKind.BED:
                return signal
            # A chair that had been taken all along has a bag on it, or somebody else in it.
            if signal.kind == SignalKind.CHAIR and not taken.get(signal.sensor, False):
                return signal
        if signal.kind == SignalKind.CHAIR:
            taken[signal.sensor] = is_on(signal)
    return None
