"""Long lie: someone may have been on the floor for a while and cannot get up.

**What it notices.** Two things. After a suspected fall (told by another detector): for the waiting time nobody attended,
nobody got into bed or chair, and nobody walked from one room to another. And without any fall told: the latest movement
of all was in the bathroom, and since then nothing has moved there or anywhere.

**What it ignores.** Small movement in one place after a fall: a person on the floor moves too. A bathroom visit while
the bed or chair says someone is in it (then it was a carer). Homes where nothing outside the bathroom was ever seen to
move: there, leaving the bathroom cannot be told from lying in it.

**Settings.**

- `after_fall_minutes` (15 min): lying for an hour or more is the "long lie" that predicts death and hospital; a quarter
  of it leaves time to come. The fall itself was already told: this says nobody has come yet.
- `bathroom_minutes` (45 min): judgement; a bath can be long, and a person still in warm water does not wake a motion
  sensor, but in 45 minutes they usually do.
- `settle_seconds` (60 s): movement this soon after a suspected fall is the fall itself.
- `bathroom_spots`: which spots are bathrooms and toilets.
- `tz` (Europe/London): whose wall clock the sentences name.

>>> detector = Detector("room-7", Settings())
>>> fell = 1_768_446_720.0  # 15 January 2026, 03:12 in London
>>> detector.fall_suspected(fell)
[]
>>> [sighting.seen for sighting in detector.tick(fell + 900)]
['May have fallen at 03:12 and has not been seen up since.']
>>> long_lie_seconds(fell, fell + 1260)
1260.0

**Reference.** Fleming and Brayne, BMJ 2008;337:a2227: of people over 90 who fell, 30 % lay for an hour or more, and lying
long was linked to serious injury, hospital and moving to care. The minutes here are our judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearthlight.detect.movement import RESTS, movements, rest, tells_of_a_person
from hearthlight.detect.night import wall_clock
from hearthlight.detect.room_rule import Episode, RoomRule
from hearthlight.detect.trail import LATEST_AT, Told, Trail, is_on
from hearthlight.detect.types import Sighting, Signal, SignalKind

NAME = "long_lie"

SURENESS_AFTER_FALL = 0.9  # judgement: two sources agree
SURENESS_IN_BATHROOM = 0.6  # judgement: one gap in one room

# How many suspected falls and attendances are remembered; more than one night can hold.
MOST_MOMENTS = 16

# Seen by these, a person was in the bathroom; its door alone does not say on which side of it they are.
PRESENCE = (SignalKind.MOTION, SignalKind.VIBRATION)


@dataclass(frozen=True, slots=True)
class Settings:
    """See the module's docstring for what each is for and why it has this value."""

    after_fall_minutes: float = 15.0
    bathroom_minutes: float = 45.0
    settle_seconds: float = 60.0
    bathroom_spots: tuple[str, ...] = ("bathroom", "toilet", "wc", "en_suite", "shower")
    tz: str = "Europe/London"

    def __post_init__(self) -> None:
        for minutes in (self.after_fall_minutes, self.bathroom_minutes):
            if not (math.isfinite(minutes) and minutes > 0):
                raise ValueError("after_fall_minutes and bathroom_minutes must be minutes above 0.")
        if not 0 <= self.settle_seconds < self.after_fall_minutes * 60:
            raise ValueError("settle_seconds must be shorter than after_fall_minutes.")


def long_lie_seconds(began_at: float, attended_at: float) -> float:
    """How long somebody lay: from the fall, or the latest movement, until a person was with them.

    >>> long_lie_seconds(100.0, 40.0)
    0.0
    """
    if not (math.isfinite(began_at) and math.isfinite(attended_at)):
        raise ValueError("A long lie runs between two known moments.")
    return max(0.0, attended_at - began_at)


class Detector(RoomRule):
    """Waits from a suspected fall, or from the newest movement when that was in a bathroom."""

    def __init__(self, subject: str, settings: Settings) -> None:
        self.settings = settings
        self._moves = Trail()
        self._falls: list[float] = []
        self._judged = Told(most=MOST_MOMENTS)
        self._attended: list[float] = []
        longest = max(settings.after_fall_minutes, settings.bathroom_minutes) * 60
        super().__init__(subject, name=NAME, trails={"moves": self._moves}, keep_seconds=longest)

    def fall_suspected(self, at: float) -> list[Sighting]:
        """Another detector thinks the person fell at `at`. Starts the clock; tells nothing yet."""
        if 0.0 <= at < LATEST_AT and at not in self._falls and not self._judged.has_within(0.0, at):
            self._falls = [*self._falls, float(at)][-MOST_MOMENTS:]
            self._ask_again_at(at + self.settings.after_fall_minutes * 60)
        return []

    def attended(self, at: float) -> None:
        """Somebody was with the person at `at`: whatever began before is over."""
        if 0.0 <= at < LATEST_AT and at not in self._attended:
            self._attended = [*self._attended, float(at)][-MOST_MOMENTS:]

    def snapshot(self) -> dict[str, Any]:
        moments = {"falls": list(self._falls), "attended": list(self._attended)}
        return super().snapshot() | moments | {"judged": self._judged.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._falls = [float(moment) for moment in state["falls"]]
        self._attended = [float(moment) for moment in state["attended"]]
        self._judged.restore(state["judged"])

    def _let_go(self, at: float) -> None:
        super()._let_go(at)
        # A fall is judged once: hours later the trail will have forgotten how the person got up.
        for fell in [one for one in self._falls if one + self.settings.after_fall_minutes * 60 <= at]:
            self._falls.remove(fell)
            self._judged.add(fell)

    def _hear(self, signal: Signal) -> list[Sighting]:
        if tells_of_a_person(signal) and self._moves.add(signal):
            if not self._moves.is_newest(signal):
                self._ask_again_at(signal.at)
            elif self._is_presence_in_bathroom(signal):
                self._ask_again_at(signal.at + self.settings.bathroom_minutes * 60)
        return []

    def _is_presence_in_bathroom(self, signal: Signal) -> bool:
        return signal.kind in PRESENCE and signal.spot in self.settings.bathroom_spots

    def _episodes(self, at: float) -> Sequence[Episode]:
        signals = self._moves.all(by=at)
        moved = movements(signals)
        settled = self._moves.settled(by=at)
        # Of what is settled only a part is kept, so nothing that began within it can be judged.
        begun_after = settled[-1].at if settled else -math.inf
        found = [*self._after_falls(signals, moved), *self._in_bathroom(signals, moved)]
        return [one for one in found if one.began_at > begun_after]

    def _after_falls(self, signals: Sequence[Signal], moved: Sequence[Signal]) -> list[Episode]:
        found = []
        for fell in self._falls:
            due = fell + self.settings.after_fall_minutes * 60
            if not (self._was_attended(fell, due) or self._is_up(fell, due, signals, moved)):
                found.append(Episode(fell, due))
        return found

    def _is_up(self, fell: float, due: float, signals: Sequence[Signal], moved: Sequence[Signal]) -> bool:
        if any(one.kind in RESTS and is_on(one) and fell < one.at < due for one in _takings(signals)):
            return True
        settled = fell + self.settings.settle_seconds
        return len({one.spot for one in moved if settled < one.at < due}) > 1

    def _in_bathroom(self, signals: Sequence[Signal], moved: Sequence[Signal]) -> list[Episode]:
        found = []
        elsewhere = False
        for place, movement in enumerate(moved):
            if movement.spot not in self.settings.bathroom_spots:
                elsewhere = True
            if not (elsewhere and self._is_presence_in_bathroom(movement)):
                continue
            due = movement.at + self.settings.bathroom_minutes * 60
            after = moved[place + 1].at if place + 1 < len(moved) else math.inf
            if after < due or rest(signals, before=movement.at) or self._was_attended(movement.at, due):
                continue
            found.append(Episode(float(movement.at), due, movement))
        return found

    def _was_attended(self, began_at: float, due: float) -> bool:
        return any(began_at <= moment < due for moment in self._attended)

    def _describe(self, episode: Episode) -> Sighting:
        since, due = (wall_clock(moment, self.settings.tz) for moment in (episode.began_at, episode.due))
        spot = None if episode.cause is None else episode.cause.spot
        fell = spot is None
        place = "" if spot is None else spot.replace("_", " ")
        minutes = self.settings.after_fall_minutes if fell else self.settings.bathroom_minutes
        return Sighting(
            detector=NAME,
            subject=self.subject,
            began_at=episode.began_at,
            noticed_at=episode.due,
            sureness=SURENESS_AFTER_FALL if fell else SURENESS_IN_BATHROOM,
            seen=(
                f"May have fallen at {since} and has not been seen up since."
                if fell
                else f"Last moved in the {place} at {since}; nothing has moved anywhere since."
            ),
            usual=(
                "After a fall someone comes, or the person gets up, within minutes."
                if fell
                else f"Movement in or out of the {place} within {minutes:g} minutes."
            ),
            sure=(
                "Sure that nobody has attended; a fall was suspected."
                if fell
                else "Not very sure: they may be sitting or bathing quietly."
            ),
            silent_if=(
                f"Someone attending, the bed or chair taken, or walking between rooms, before {due}."
                if fell
                else f"Any movement anywhere before {due}."
            ),
            facts={
                "cause": "fall" if fell else "bathroom",
                "spot": spot,
                "began_at": episode.began_at,
                "due_at": episode.due,
                "lying_seconds": long_lie_seconds(episode.began_at, episode.due),
                "waited_minutes": minutes,
            },
        )


def _takings(signals: Sequence[Signal]) -> list[Signal]:
    """Beds and chairs newly taken: a bed that says "taken" all through a fall saw nobody get up."""
    taken: dict[tuple[str, str], bool] = {}
    found = []
    for signal in signals:
        if signal.kind in RESTS:
            if is_on(signal) and not taken.get((signal.sensor, signal.kind), False):
                found.append(signal)
            taken[signal.sensor, signal.kind] = is_on(signal)
    return found
