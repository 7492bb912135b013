"""Pull cord: somebody pulled the cord or pressed the help button.

**What it notices.** A pull cord pulled or a help button pressed, at once, by day and by night. It is not a guess: the
person, or somebody with them, asked for help. Nothing else in this library is as sure.

**What it ignores.** A second pull within a minute of the first (people in distress pull again and again; it is one
call), the cord going back, and buttons at a place that is only a doorbell.

**Settings.**

- `same_call_seconds` (60 s): a pull this close to a call already told is that same call. A minute, because a carer who
  is already on the way gains nothing from a second alarm, and a pull after a minute of silence may be a new fear.
- `doorbell_spots` (`doorbell`): buttons here are visitors. Only a place expressly called a doorbell: better one visitor
  too many than a help button by the door ignored.
- `tz` (Europe/London): whose wall clock the sentence names.

>>> detector = Detector("room-7", Settings())
>>> pull = Signal("cord-1", SignalKind.PULL_CORD, 1.0, at=1_760_000_000.0, spot="bathroom")
>>> [sighting.seen for sighting in detector.feed(pull)]
['The pull cord in the bathroom was pulled at 09:53.']
>>> detector.feed(pull)
[]

**Reference.** EN 50134-2 (social alarm systems, trigger devices) describes the cord and the button; the one-minute rule
is our judgement.
"""

import math
from dataclasses import dataclass

from hearthlight.detect.night import wall_clock
from hearthlight.detect.room_rule import Episode, RoomRule
from hearthlight.detect.trail import is_on
from hearthlight.detect.types import Sighting, Signal, SignalKind

NAME = "pull_cord"

WORDS = {
    SignalKind.PULL_CORD: ("The pull cord", "was pulled"),
    SignalKind.BUTTON: ("The help button", "was pressed"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """See the module's docstring for what each is for and why it has this value."""

    same_call_seconds: float = 60.0
    doorbell_spots: tuple[str, ...] = ("doorbell",)
    tz: str = "Europe/London"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.same_call_seconds) and self.same_call_seconds >= 0):
            raise ValueError("same_call_seconds must be a number of seconds, 0 or more.")


class Detector(RoomRule):
    """Told at once, or never: it waits for nothing."""

    def __init__(self, subject: str, settings: Settings) -> None:
        super().__init__(subject, name=NAME, trails={})
        self.settings = settings

    def _hear(self, signal: Signal) -> list[Sighting]:
        if signal.kind not in WORDS or not is_on(signal) or signal.spot in self.settings.doorbell_spots:
            return []
        if self._told.has_within(self.settings.same_call_seconds, signal.at):
            return []
        self._told.add(float(signal.at))
        return [self._describe(Episode(float(signal.at), float(signal.at), signal))]

    def _describe(self, episode: Episode) -> Sighting:
        signal = episode.cause
        assert signal is not None  # only _hear makes episodes here
        what, did = WORDS[signal.kind]
        place = signal.spot.replace("_", " ")
        return Sighting(
            detector=NAME,
            subject=self.subject,
            began_at=episode.began_at,
            noticed_at=episode.began_at,
            sureness=1.0,
            seen=f"{what} in the {place} {did} at {wall_clock(signal.at, self.settings.tz)}.",
            usual="Nobody pulls it unless they want someone to come.",
            sure="Certain: somebody asked for help.",
            silent_if=f"A pull within {self.settings.same_call_seconds:g} seconds of another counts as the same call.",
            facts={
                "called_at": episode.began_at,
                "kind": str(signal.kind),
                "spot": signal.spot,
                "sensor": signal.sensor,
                "same_call_seconds": self.settings.same_call_seconds,
            },
        )
