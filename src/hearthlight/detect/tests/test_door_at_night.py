import pytest

from hearthlight.detect.door_at_night import Detector, Settings
from hearthlight.detect.tests.days import bed, door, london, motion
from hearthlight.detect.tests.streams import live
from hearthlight.detect.types import Sighting, Signal

SHUT = door("2026-01-15 20:00", 0.0)
OPENED = door("2026-01-16 02:00", 1.0)


def night(*signals: Signal, until: str = "2026-01-16 12:00") -> list[Sighting]:
    return live(Detector("flat-3", Settings()), signals, london(until))


def test_it_tells_the_opening_at_once_and_the_empty_home_ten_minutes_later() -> None:
    found = night(SHUT, OPENED)

    assert [(one.began_at, one.sureness) for one in found] == [
        (london("2026-01-16 02:00"), 0.6),
        (london("2026-01-16 02:10"), 0.9),
    ]
    assert [one.facts["opened_at"] for one in found] == [OPENED.at, OPENED.at]


@pytest.mark.parametrize(
    "sign",
    [
        motion("2026-01-16 02:05", "kitchen"),
        bed("2026-01-16 02:08", 1.0),
        door("2026-01-16 02:03", 1.0, "fridge"),
    ],
)
def test_it_tells_only_the_opening_when_somebody_is_inside(sign: Signal) -> None:
    found = night(SHUT, door("2026-01-15 20:00", 0.0, "fridge"), OPENED, sign)

    assert [one.sureness for one in found] == [0.6]


def test_it_takes_movement_right_after_the_opening_for_the_way_out() -> None:
    found = night(SHUT, motion("2026-01-16 01:59", "hall"), OPENED, motion("2026-01-16 02:01", "hall"))

    assert [one.sureness for one in found] == [0.6, 0.9]


def test_it_is_less_sure_while_the_person_is_in_bed() -> None:
    (sighting,) = night(bed("2026-01-15 22:00", 1.0), SHUT, OPENED)

    assert sighting.sureness == 0.3
    assert sighting.sure == "The door is sure, but someone is in bed or in the chair: it may be a visitor."


@pytest.mark.parametrize(
    "signal",
    [door("2026-01-16 14:00", 1.0), door("2026-01-16 02:00", 1.0, "bathroom"), door("2026-01-16 02:00", 0.0)],
)
def test_it_ignores_days_and_inner_doors_and_shutting(signal: Signal) -> None:
    assert night(SHUT, signal, until="2026-01-17 12:00") == []


def test_it_takes_openings_in_quick_succession_for_one() -> None:
    found = night(
        SHUT,
        OPENED,
        door("2026-01-16 02:01", 0.0),
        door("2026-01-16 02:09", 1.0),
        motion("2026-01-16 02:09:30", "kitchen"),
        door("2026-01-16 02:10", 0.0),
        door("2026-01-16 02:30", 1.0),
    )

    assert [one.began_at for one in found] == [
        OPENED.at,
        london("2026-01-16 02:30"),
        london("2026-01-16 02:40"),
    ]


def test_it_does_not_ring_again_for_a_door_that_stays_open() -> None:
    found = night(SHUT, OPENED, door("2026-01-16 03:00", 1.0), door("2026-01-16 04:00", 1.0))

    assert [one.began_at for one in found] == [OPENED.at, OPENED.at + 600]


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-29 05:59", True),
        ("2026-03-29 06:00", False),
        ("2026-10-25 05:59", True),
        ("2026-10-25 06:00", False),
        ("2026-10-24 21:59", False),
        ("2026-10-24 22:00", True),
    ],
)
def test_it_keeps_to_the_wall_clock_on_the_nights_the_clocks_change(moment: str, told: bool) -> None:
    assert bool(Detector("flat-3", Settings()).feed(door(moment, 1.0))) is told


def test_it_tells_nothing_about_last_night_once_a_new_opening_is_judged() -> None:
    busy = [
        motion(f"2026-01-16 {hour:02}:{minute:02}:{second:02}", "kitchen")
        for hour in range(8, 20)
        for minute in range(60)
        for second in (0, 30)
    ]

    found = night(
        SHUT, OPENED, door("2026-01-16 02:01", 0.0), motion("2026-01-16 02:04", "hall"), *busy,
        door("2026-01-16 23:00", 1.0), motion("2026-01-16 23:04", "hall"), until="2026-01-17 12:00",
    )  # fmt: skip

    assert [one.began_at for one in found] == [OPENED.at, london("2026-01-16 23:00")]


def test_it_refuses_a_way_out_longer_than_the_wait() -> None:
    with pytest.raises(ValueError, match="alone_minutes"):
        Settings(alone_minutes=1, leaving_seconds=60)


def test_it_says_nobody_inside_only_while_it_remembers_who_was() -> None:
    detector = Detector("flat-3", Settings())
    detector.feed(OPENED)
    for minute in range(3, 303):
        detector.feed(motion(f"2026-01-16 {2 + minute // 60:02}:{minute % 60:02}", "hall"))

    assert detector.tick(london("2026-01-16 12:00")) == []
