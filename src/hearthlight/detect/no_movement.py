"""No movement: by day nothing has moved for hours where it should have.

**What it notices.** For the quiet time, all of it by day, nothing a person could have caused: no motion, no door or
drawer, nobody getting in or out of bed or chair, no button. At night it stays silent, because people sleep; except when
a bed sensor says that the bed is empty: then somebody who is not in bed is not moving, and it counts at night too.

**What it ignores.** Stillness in bed or in a chair at night; night stillness where no bed sensor has ever spoken
(whether the person is in bed is not known, and asleep is likelier than not); sensors repeating an unchanged state; a
room in which nothing ever moved. When the latest movement was the outside door, or the hall just after it, the person
has probably gone out, and it waits the longer out time.

**Still or silent?** If the sensors have failed, nothing moves either. Watching devices is another room's work; here the
facts say when any sensor of the room last spoke, and the sighting is less sure when none did.

**Settings.**

- `quiet_hours` (5 h): judgement; long enough for a nap after lunch or an afternoon in an armchair out of the sensors'
  view, short enough that a morning fall is found the same day. Shorten it where rooms are well covered.
- `out_hours` (12 h): the same, once the person has probably gone out.
- `out_grace_minutes` (5 min): movement in the hall this soon after the door still belongs to going out. Motion sensors
  report the same walk for a few minutes.
- `outside_door_spots`, `hall_spots`: which spots those are.
- `night_from_minute` (22:00), `night_until_minute` (07:00): minutes after midnight on the wall clock in `tz`. The quiet
  time starts afresh in the morning, so the earliest morning sighting is 07:00 plus `quiet_hours`.

>>> detector = Detector("room-7", Settings())
>>> morning = 1_768_467_600.0  # 15 January 2026, 09:00 in London
>>> detector.feed(Signal("motion-1", SignalKind.MOTION, 1.0, at=morning, spot="lounge"))
[]
>>> (detector.due_at() - morning) / 3600
5.0
>>> [sighting.seen for sighting in detector.tick(morning + 5 * 3600)]
['No movement since 09:00, in the lounge.']

**Reference.** Rowe, Lane and Phipps (2007), CareWatch, Topics in Geriatric Rehabilitation 23:3-8, and telecare inactivity
monitors describe the idea; the five hours are our judgement.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hearthlight.detect.movement import RESTS, movements, rest, tells_of_a_person
from hearthlight.detect.night import Night, wall_clock
from hearthlight.detect.room_rule import Episode, RoomRule
from hearthlight.detect.trail import Trail
from hearthlight.detect.types import Sighting, Signal, SignalKind

NAME = "no_movement"

SURENESS = 0.8  # judgement: the sensors work and see nobody
SURENESS_WHEN_OUT = 0.5  # judgement: probably not at home
SURENESS_WHEN_SILENT = 0.4  # judgement: it may be the sensors


@dataclass(frozen=True, slots=True)
class Settings:
    """See the module's docstring for what each is for and why it has this value."""

    quiet_hours: float = 5.0
    out_hours: float = 12.0
    out_grace_minutes: float = 5.0
    outside_door_spots: tuple[str, ...] = ("front_door", "back_door", "entrance")
    hall_spots: tuple[str, ...] = ("hall", "hallway")
    night_from_minute: int = 22 * 60
    night_until_minute: int = 7 * 60
    tz: str = "Europe/London"

    def __post_init__(self) -> None:
        night = self.night()
        day_hours = (night.from_minute - night.until_minute) % 1440 / 60
        for hours in (self.quiet_hours, self.out_hours):
            if not 0 < hours <= day_hours:
                raise ValueError("quiet_hours and out_hours must fit into the day between two nights.")
        if not (math.isfinite(self.out_grace_minutes) and self.out_grace_minutes >= 0):
            raise ValueError("out_grace_minutes must be a number of minutes, 0 or more.")

    def night(self) -> Night:
        return Night(self.night_from_minute, self.night_until_minute, self.tz)


class Detector(RoomRule):
    """Waits from the newest movement."""

    def __init__(self, subject: str, settings: Settings) -> None:
        self.settings = settings
        self._night = settings.night()
        self._quiet_seconds = settings.quiet_hours * 3600
        self._moves = Trail()
        self._heard = Trail(most=64)  # signals of any kind, for one fact only: when the sensors last spoke
        super().__init__(subject, name=NAME, trails={"moves": self._moves, "heard": self._heard})

    def _hear(self, signal: Signal) -> list[Sighting]:
        self._heard.add(signal)
        if not tells_of_a_person(signal):
            return []
        # The first word of a bed or chair can shorten a wait that is already running: look again at once.
        first_word = signal.kind in RESTS and not self._moves.has_heard(signal)
        if self._moves.add(signal):
            in_order = self._moves.is_newest(signal) and not first_word
            self._ask_again_at(signal.at + self._quiet_seconds if in_order else signal.at)
        return []

    def _episodes(self, at: float) -> Sequence[Episode]:
        signals = self._moves.all(by=at)
        moved = movements(signals)
        settled_until = max((one.at for one in movements(self._moves.settled(by=at))), default=-math.inf)
        found = []
        for place, movement in enumerate(moved):
            after = moved[place + 1].at if place + 1 < len(moved) else math.inf
            # Of what is settled only a part is kept: gaps within it are not gaps.
            if movement.at < settled_until or after < movement.at + self._quiet_seconds:
                continue
            due = self._due_after(movement, signals, moved)
            if after >= due:
                found.append(Episode(float(movement.at), due, movement))
        return found

    def _due_after(self, movement: Signal, signals: Sequence[Signal], moved: Sequence[Signal]) -> float:
        hours = self.settings.out_hours if self._went_out(movement, moved) else self.settings.quiet_hours
        due = movement.at + hours * 3600
        by_day = not self._night.holds(movement.at) and self._night.next_start(movement.at) >= due
        if by_day or rest(signals, before=due) is False:
            return due
        return self._night.next_end(movement.at) + hours * 3600

    def _went_out(self, movement: Signal, moved: Sequence[Signal]) -> bool:
        doors = self.settings.outside_door_spots
        if movement.spot not in (*doors, *self.settings.hall_spots):
            return False
        grace = self.settings.out_grace_minutes * 60
        return any(
            one.kind == SignalKind.CONTACT and one.spot in doors and 0 <= movement.at - one.at <= grace
            for one in moved
        )

    def _describe(self, episode: Episode) -> Sighting:
        movement = episode.cause
        assert movement is not None  # _episodes always gives one
        spoke_at = self._last_spoke_at(episode)
        out = self._went_out(movement, movements(self._moves.all(by=episode.due)))
        sureness, sure = self._how_sure(out=out, silent=spoke_at <= episode.began_at)
        hours = self.settings.out_hours if out else self.settings.quiet_hours
        since, due, spoke = (
            wall_clock(moment, self.settings.tz) for moment in (episode.began_at, episode.due, spoke_at)
        )
        return Sighting(
            detector=NAME,
            subject=self.subject,
            began_at=episode.began_at,
            noticed_at=episode.due,
            sureness=sureness,
            seen=f"No movement since {since}, in the {movement.spot.replace('_', ' ')}.",
            usual=f"Something moves at least every {hours:g} hours by day.",
            sure=f"{sure} The sensors last spoke at {spoke}.",
            silent_if=f"Any movement, door, bed or chair signal before {due}.",
            facts={
                "latest_movement_at": episode.began_at,
                "latest_movement_spot": movement.spot,
                "due_at": episode.due,
                "waited_hours": hours,
                "probably_out": out,
                "sensors_last_spoke_at": spoke_at,
            },
        )

    def _last_spoke_at(self, episode: Episode) -> float:
        heard = (one.at for one in self._heard.all(by=episode.due) if one.at < episode.due)
        return float(max(heard, default=episode.began_at))

    def _how_sure(self, *, out: bool, silent: bool) -> tuple[float, str]:
        if silent:
            return SURENESS_WHEN_SILENT, "Not sure: the sensors have said nothing since, so it may be them."
        if out:
            return SURENESS_WHEN_OUT, "Not sure: the outside door was used, they may be out."
        return SURENESS, "Fairly sure: the sensors are working and see nobody."
