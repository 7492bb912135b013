"""What is usual at night, by hand: a fortnight of one bed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hearthlight.site.usual import BedSaid, usual_nights

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2026, 11, 1, tzinfo=UTC)


def nights(count: int, *, ups: int, minutes: int = 8) -> list[BedSaid]:
    said = []
    for day in range(count):
        said.append(BedSaid(FIRST + timedelta(days=day, hours=22, minutes=30), True))
        for up in range(ups):
            left = FIRST + timedelta(days=day + 1, hours=1 + up)
            said += [BedSaid(left, False), BedSaid(left + timedelta(minutes=minutes), True)]
        said.append(BedSaid(FIRST + timedelta(days=day + 1, hours=7), False))
    return said


def test_it_says_when_how_often_and_how_long() -> None:
    assert usual_nights(nights(14, ups=2), LONDON) == [
        "In the last 14 nights, in bed by about 22:30.", "Up twice a night.", "Back in bed after about 8 minutes.",
    ]  # fmt: skip


def test_it_says_nothing_of_too_few_nights() -> None:
    assert usual_nights(nights(4, ups=2), LONDON) == []


def test_it_does_not_count_turning_over() -> None:
    said = nights(7, ups=0) + [
        BedSaid(FIRST + timedelta(days=day + 1, hours=2, seconds=s), s > 0) for day in range(7) for s in (0, 20)
    ]

    assert "Up not once a night." in usual_nights(said, LONDON)


def test_it_gives_the_same_answer_in_any_order_and_with_repeats() -> None:
    said = nights(9, ups=1)

    assert usual_nights([*reversed(said), *said], LONDON) == usual_nights(said, LONDON)
