"""Door at night: an outside door was opened in the night, and perhaps nobody came back in.

**What it notices.** An outside door opens during the night hours: told at once. And, stronger: after that nothing moves
inside and nobody is in bed or chair for a while: someone may be outside, perhaps in nightclothes.

**What it ignores.** Doors inside, drawers and cupboards; doors by day; a door sensor repeating that the door stands
open; opening the same home's doors again a few minutes later (someone taking in the post, a carer fetching something).

**Settings.**

- `outside_door_spots`: the spots that lead outside. All others are inside.
- `same_opening_minutes` (10 min): an opening this close to one already told is part of the same coming and going.
- `alone_minutes` (10 min): with no movement inside for this long after the door opened, someone is probably outside. A
  winter night in nightclothes is dangerous within the hour; ten minutes leaves time to look.
- `leaving_seconds` (60 s): movement this soon after the opening is the person on the way out, not someone still inside.
- `night_from_minute` (22:00), `night_until_minute` (06:00): minutes after midnight on the wall clock in `tz`.

The stronger sighting is about the moment the wait ended, so that it is told beside the first and not instead of it.

>>> detector = Detector("flat-3", Settings())
>>> night = 1_768_442_400.0  # 15 January 2026, 02:00 in London
>>> opened = Signal("door-1", SignalKind.CONTACT, 1.0, at=night, spot="front_door")
>>> [sighting.seen for sighting in detector.feed(opened)]
['The front door was opened at 02:00.']
>>> [sighting.seen for sighting in detector.tick(night + 600)]
['The front door was opened at 02:00 and nothing has moved inside since 02:01.']

**Reference.** The Herbert Protocol (UK police and care services) on people with dementia who go missing: the first
minutes matter. The minutes here are our judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearthlight.detect.movement import movements, rest, tells_of_a_person
from hearthlight.detect.night import Night, wall_clock
from hearthlight.detect.room_rule import Episode, RoomRule
from hearthlight.detect.trail import Told, Trail, is_on, packed, unpacked
from hearthlight.detect.types import Sighting, Signal, SignalKind

NAME = "door_at_night"

SURENESS_OPENED = 0.6  # judgement: surely opened, but carers and visitors open doors too
SURENESS_OPENED_IN_BED = 0.3  # judgement: the person is in bed, somebody else is at the door
SURENESS_ALONE = 0.9  # judgement: door and then nobody inside

# Openings waiting at once; at one telling in ten minutes and a ten-minute wait there are normally one or two.
MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """See the module's docstring for what each is for and why it has this value."""

    outside_door_spots: tuple[str, ...] = ("front_door", "back_door", "entrance")
    same_opening_minutes: float = 10.0
    alone_minutes: float = 10.0
    leaving_seconds: float = 60.0
    night_from_minute: int = 22 * 60
    night_until_minute: int = 6 * 60
    tz: str = "Europe/London"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.same_opening_minutes) and self.same_opening_minutes >= 0):
            raise ValueError("same_opening_minutes must be a number of minutes, 0 or more.")
        if not (math.isfinite(self.alone_minutes) and 0 <= self.leaving_seconds < self.alone_minutes * 60):
            raise ValueError("alone_minutes must be longer than leaving_seconds.")
        self.night()

    def night(self) -> Night:
        return Night(self.night_from_minute, self.night_until_minute, self.tz)


class Detector(RoomRule):
    """Tells the opening at once, and waits after it for a sign of somebody inside."""

    def __init__(self, subject: str, settings: Settings) -> None:
        self.settings = settings
        self._night = settings.night()
        self._alone_seconds = settings.alone_minutes * 60
        self._doors = Trail()
        self._inside = Trail()
        self._opened = Told()
        self._waiting: list[Signal] = []
        trails = {"doors": self._doors, "inside": self._inside}
        super().__init__(subject, name=NAME, trails=trails, keep_seconds=self._alone_seconds)

    def snapshot(self) -> dict[str, Any]:
        waiting = [packed(signal) for signal in self._waiting]
        return super().snapshot() | {"opened": self._opened.snapshot(), "waiting": waiting}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._opened.restore(state["opened"])
        self._waiting = [unpacked(row) for row in state["waiting"]]

    def _let_go(self, at: float) -> None:
        super()._let_go(at)
        # Judged once: by the next night the trail will have forgotten who moved inside on this one.
        self._waiting = [door for door in self._waiting if door.at + self._alone_seconds > at]

    def _hear(self, signal: Signal) -> list[Sighting]:
        outside = signal.spot in self.settings.outside_door_spots
        if signal.kind == SignalKind.CONTACT and outside:
            return self._hear_door(signal)
        if not outside and tells_of_a_person(signal):
            self._inside.add(signal)
        return []

    def _hear_door(self, signal: Signal) -> list[Sighting]:
        if not self._doors.add(signal) or not self._is_opening(signal) or not self._night.holds(signal.at):
            return []
        if self._opened.has_within(self.settings.same_opening_minutes * 60, signal.at):
            return []
        self._opened.add(float(signal.at))
        self._waiting = [*self._waiting, signal][-MOST_WAITING:]
        self._ask_again_at(signal.at + self._alone_seconds)
        return [self._opening(signal)]

    def _is_opening(self, signal: Signal) -> bool:
        """Open now, and not known to have stood open already."""
        before = [one for one in self._doors.all(by=signal.at) if one.sensor == signal.sensor]
        place = before.index(signal)
        return is_on(signal) and (place == 0 or not is_on(before[place - 1]))

    def _episodes(self, at: float) -> Sequence[Episode]:
        signals = self._inside.all(by=at)
        moved = movements(signals)
        settled = self._inside.settled(by=at)
        found = []
        for door in self._waiting:
            due = door.at + self._alone_seconds
            # Of what is settled only a part is kept: who moved inside just then can no longer be said.
            if rest(signals, before=due) or (settled and settled[-1].at > door.at):
                continue
            gone_by = door.at + self.settings.leaving_seconds
            if not any(gone_by < one.at < due for one in moved):
                found.append(Episode(due, due, door))
        return found

    def _opening(self, signal: Signal) -> Sighting:
        in_bed = rest(self._inside.all(by=signal.at), before=signal.at) is True
        return self._sighting(
            signal,
            moment=float(signal.at),
            sureness=SURENESS_OPENED_IN_BED if in_bed else SURENESS_OPENED,
            seen=f"The {_words(signal)} was opened at {self._clock(signal.at)}.",
            sure=(
                "The door is sure, but someone is in bed or in the chair: it may be a visitor."
                if in_bed
                else "The door is sure; who opened it is not known."
            ),
            silent_if="The door staying shut until the night is over.",
        )

    def _describe(self, episode: Episode) -> Sighting:
        signal = episode.cause
        assert signal is not None  # _episodes always gives one
        gone_by = self._clock(signal.at + self.settings.leaving_seconds)
        return self._sighting(
            signal,
            moment=episode.due,
            sureness=SURENESS_ALONE,
            seen=(
                f"The {_words(signal)} was opened at {self._clock(signal.at)} "
                f"and nothing has moved inside since {gone_by}."
            ),
            sure="Fairly sure: someone may be outside.",
            silent_if=f"Any movement inside, or someone in bed or chair, before {self._clock(episode.due)}.",
        )

    def _sighting(
        self, door: Signal, *, moment: float, sureness: float, seen: str, sure: str, silent_if: str
    ) -> Sighting:
        return Sighting(
            detector=NAME,
            subject=self.subject,
            began_at=moment,
            noticed_at=moment,
            sureness=sureness,
            seen=seen,
            usual="Outside doors stay shut at night.",
            sure=sure,
            silent_if=silent_if,
            facts={
                "opened_at": float(door.at),
                "spot": door.spot,
                "sensor": door.sensor,
                "nobody_inside": sureness == SURENESS_ALONE,
                "quiet_seconds": moment - float(door.at),
            },
        )

    def _clock(self, at: float) -> str:
        return wall_clock(at, self.settings.tz)


def _words(signal: Signal) -> str:
    return signal.spot.replace("_", " ")
