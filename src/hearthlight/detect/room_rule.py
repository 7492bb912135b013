"""The part that is the same in every rule over a room: hearing, waiting, telling once, stopping and going on."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hearthlight.detect.trail import Told, Trail, is_readable
from hearthlight.detect.types import Sighting, Signal

# How long after its moment a signal may still arrive and count, seconds. Judgement: battery sensors repeat for
# seconds, a gateway that lost its link catches up within the hour.
LATE_SECONDS = 3600.0

# What was due this long before the newest signal is no longer told: it is a wrong clock or a stale store, and
# nobody can act on it. Seconds. Judgement: a day, so that a night without a link is still told in the morning.
STALE_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that will be worth telling at `due`, unless a signal from before then says otherwise."""

    began_at: float
    due: float
    cause: Signal | None = None


class RoomRule(ABC):
    """A rule of the form "this began, and by then nothing had ended it".

    Whether an episode is told depends only on signals from before its `due`, never on when the rule was asked: so the same
    signals give the same sightings one by one, in batches, and after a restart. Time comes from `tick` alone; a
    signal from a wrong clock in the future waits in the trail and moves nothing.
    """

    def __init__(
        self, subject: str, *, name: str, trails: Mapping[str, Trail], keep_seconds: float = 0.0
    ) -> None:
        self.name = name
        self.subject = subject
        self._trails = dict(trails)
        self._told = Told()
        self._keep_seconds = keep_seconds + LATE_SECONDS
        self._due: float | None = None
        self._let_go_until = -math.inf

    @abstractmethod
    def _hear(self, signal: Signal) -> list[Sighting]:
        """Take in one readable signal, and say what needs no waiting for."""

    def _episodes(self, at: float) -> Sequence[Episode]:  # noqa: ARG002 - a rule that waits for nothing
        """Every episode the trails know of that nothing ended before its due, ripe at `at` or not."""
        return ()

    @abstractmethod
    def _describe(self, episode: Episode) -> Sighting: ...

    def feed(self, signal: Signal) -> list[Sighting]:
        if not is_readable(signal):
            return []
        if signal.at < self._let_go_until:
            self._ask_again_at(signal.at)  # so that a clock that has gone back is soon noticed
        return self._hear(signal)

    def tick(self, at: float) -> list[Sighting]:
        if self._due is None or not math.isfinite(at) or at < self._due:
            return []
        self._notice_clock_gone_back(at)
        episodes = self._episodes(at)
        newest = max((trail.newest_at(by=at) for trail in self._trails.values()), default=-math.inf)
        ripe = [one for one in episodes if newest - STALE_SECONDS <= one.due <= at]
        ripe.sort(key=lambda one: (one.due, one.began_at))
        found = [self._describe(one) for one in ripe if self._told.add(one.began_at)]
        self._let_go(at)
        self._due = min((one.due for one in episodes if one.due > at), default=None)
        return found

    def _let_go(self, at: float) -> None:
        """Everything due by `at` has been judged; keep of it only what can still matter."""
        self._let_go_until = at - self._keep_seconds
        for trail in self._trails.values():
            trail.settle_before(self._let_go_until)

    def _notice_clock_gone_back(self, at: float) -> None:
        if at < self._let_go_until:
            for trail in self._trails.values():
                trail.unsettle_after(at)

    def due_at(self) -> float | None:
        """No later than the next moment anything could become worth telling; None while nothing can."""
        return self._due

    def snapshot(self) -> dict[str, Any]:
        return {
            "trails": {name: trail.snapshot() for name, trail in self._trails.items()},
            "told": self._told.snapshot(),
            "due": self._due,
            "let_go_until": None if math.isinf(self._let_go_until) else self._let_go_until,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        for name, trail in self._trails.items():
            trail.restore(state["trails"][name])
        self._told.restore(state["told"])
        self._due = state["due"]
        until = state["let_go_until"]
        self._let_go_until = -math.inf if until is None else until  # JSON has no infinity

    def _ask_again_at(self, at: float) -> None:
        self._due = at if self._due is None else min(self._due, at)
