import doctest
from datetime import UTC, datetime

import pytest

from hearthlight.detect import night as night_module
from hearthlight.detect.night import Night, wall_clock

NIGHT = Night(from_minute=22 * 60, until_minute=6 * 60, tz="Europe/London")


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ("2026-01-15T21:59:59", False),
        ("2026-01-15T22:00:00", True),
        ("2026-01-16T05:59:59", True),
        ("2026-01-16T06:00:00", False),
        # Spring: the night of 28 March ends at 05:00 UTC, 06:00 summer time.
        ("2026-03-29T04:59:59", True),
        ("2026-03-29T05:00:00", False),
        # Autumn: the night of 24 October begins at 21:00 UTC and ends at 06:00 UTC.
        ("2026-10-24T20:59:59", False),
        ("2026-10-24T21:00:00", True),
        ("2026-10-25T00:30:00", True),
        ("2026-10-25T01:30:00", True),
        ("2026-10-25T05:59:59", True),
        ("2026-10-25T06:00:00", False),
    ],
)
def test_it_holds_the_hours_on_the_wall(moment: str, held: bool) -> None:
    assert NIGHT.holds(utc(moment)) is held


@pytest.mark.parametrize(
    ("start", "hours"), [("2026-01-15T22:00:00", 8), ("2026-03-28T22:00:00", 7), ("2026-10-24T21:00:00", 9)]
)
def test_it_is_an_hour_shorter_in_spring_and_longer_in_autumn(start: str, hours: int) -> None:
    assert NIGHT.next_end(utc(start)) - utc(start) == hours * 3600


def test_it_finds_the_next_border_and_not_the_present_one() -> None:
    assert NIGHT.next_start(utc("2026-01-15T22:00:00")) == utc("2026-01-16T22:00:00")


def test_it_may_lie_within_one_day() -> None:
    nap = Night(from_minute=13 * 60, until_minute=15 * 60, tz="Europe/London")

    assert nap.holds(utc("2026-01-15T14:59:00"))
    assert not nap.holds(utc("2026-01-15T15:00:00"))


@pytest.mark.parametrize(("begins", "ends"), [(-1, 60), (60, 1440), (60, 60)])
def test_it_refuses_borders_that_are_none(begins: int, ends: int) -> None:
    with pytest.raises(ValueError, match="night"):
        Night(begins, ends, "Europe/London")


def test_it_says_the_time_as_the_wall_clock_does() -> None:
    assert wall_clock(utc("2026-07-01T02:12:00"), "Europe/London") == "03:12"


def test_the_example_in_its_docstring_runs() -> None:
    assert doctest.testmod(night_module) == (0, 4)
