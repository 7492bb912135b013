"""The only place that reads the clock. Everything else is given `at`.

A demonstration runs the same product on a clock that starts elsewhere and runs faster; a test puts in one that
stands still. Escalation uses this clock, so it follows corrections of the machine's time: see `Clock.now`.
"""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time, optionally starting at `start` and running `speed` times as fast.

    Time never runs backwards within one process: if the machine's clock is set back, this one stands still until
    the machine catches up, but for at most `LARGEST_STAND_STILL`; after a larger correction it follows, because
    a home whose clock stood still for a day would escalate nothing.
    """

    LARGEST_STAND_STILL = timedelta(seconds=5)  # ntpd steps beyond 0.128 s; hand-set clocks jump hours

    def __init__(self, *, start: datetime | None = None, speed: float = 1.0) -> None:
        self._origin = datetime.now(UTC)
        self._start = start or self._origin
        self.speed = speed
        self._latest = self._start

    def now(self) -> datetime:
        real = datetime.now(UTC)
        at = real if self._is_plain else self._start + (real - self._origin) * self.speed
        if at < self._latest <= at + self.LARGEST_STAND_STILL:
            return self._latest
        self._latest = at
        return at

    @property
    def _is_plain(self) -> bool:
        return self.speed == 1.0 and self._start is self._origin

    def real_seconds(self, span: timedelta) -> float:
        """How long to wait, in real seconds, for `span` to pass on this clock."""
        return span.total_seconds() / self.speed


class StillClock(Clock):
    """A clock that stands where it is put. For tests."""

    def __init__(self, at: datetime) -> None:
        super().__init__(start=at)
        self.at = at

    def now(self) -> datetime:
        return self.at


_installed = Clock()


def install(clock: Clock) -> Clock:
    """Put in another clock; returns the one that was there."""
    global _installed  # noqa: PLW0603 — one process, one clock
    before, _installed = _installed, clock
    return before


def now() -> datetime:
    return _installed.now()


def current() -> Clock:
    return _installed


def real_now() -> datetime:
    """The machine's own time, whatever clock is installed: for parts watched from another process."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds for measuring spans, never for saying when."""
    return time.monotonic()
