"""Night as the people in the home mean it: hours on the clock on the wall, also when that clock changes."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_IN_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Night:
    """From `from_minute` up to but not including `until_minute`, both minutes after local midnight.

    On the spring night an hour is missing and the night is an hour shorter; on the autumn night it is an hour longer
    and both half past ones are in it. Do not put a border between 01:00 and 02:00: on the autumn night it would be
    crossed twice.

    >>> night = Night(from_minute=22 * 60, until_minute=6 * 60, tz="Europe/London")
    >>> spring = ZoneInfo("Europe/London")
    >>> night.holds(datetime(2026, 3, 29, 5, 59, tzinfo=spring).timestamp())
    True
    >>> night.holds(datetime(2026, 3, 29, 6, 0, tzinfo=spring).timestamp())
    False
    """

    from_minute: int
    until_minute: int
    tz: str

    def __post_init__(self) -> None:
        for minute in (self.from_minute, self.until_minute):
            if not 0 <= minute < MINUTES_IN_A_DAY:
                raise ValueError("A night border is a number of minutes after midnight, 0 to 1439.")
        if self.from_minute == self.until_minute:
            raise ValueError("The night must begin and end at different times.")
        ZoneInfo(self.tz)

    def holds(self, at: float) -> bool:
        local = datetime.fromtimestamp(at, ZoneInfo(self.tz))
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute

    def next_end(self, at: float) -> float:
        """The first end of a night after `at`."""
        return self._next(self.until_minute, at)

    def next_start(self, at: float) -> float:
        """The first start of a night after `at`."""
        return self._next(self.from_minute, at)

    def _next(self, minute: int, at: float) -> float:
        zone = ZoneInfo(self.tz)
        day = datetime.fromtimestamp(at, zone).date()
        border = time(minute // 60, minute % 60, tzinfo=zone)
        moment = datetime.combine(day, border).timestamp()
        while moment <= at:
            day += timedelta(days=1)
            moment = datetime.combine(day, border).timestamp()
        return moment


def wall_clock(at: float, tz: str) -> str:
    """The hour and minute a carer would read off the wall."""
    return datetime.fromtimestamp(at, ZoneInfo(tz)).strftime("%H:%M")
