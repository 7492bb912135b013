import pytest

from hearthlight.detect.long_lie import Detector, Settings, long_lie_seconds
from hearthlight.detect.tests.days import bed, chair, london, motion
from hearthlight.detect.tests.streams import live, wait
from hearthlight.detect.types import Sighting, Signal

FELL = london("2026-01-16 03:12")
NOON = london("2026-01-16 12:00")


def after_fall(*signals: Signal) -> list[Sighting]:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(FELL)
    return live(detector, signals, NOON)


def night(*signals: Signal) -> list[Sighting]:
    return live(Detector("room-7", Settings()), signals, NOON)


def test_it_fires_a_quarter_of_an_hour_after_a_fall_nobody_attended() -> None:
    (sighting,) = after_fall()

    assert (sighting.began_at, sighting.noticed_at) == (FELL, FELL + 900)
    assert sighting.facts["lying_seconds"] == 900.0


def test_it_is_silent_once_somebody_attended() -> None:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(FELL)
    detector.attended(FELL + 300)

    assert wait(detector, NOON) == []


@pytest.mark.parametrize(
    "signals",
    [
        [bed("2026-01-16 03:20", 1.0)],
        [chair("2026-01-16 03:20", 1.0)],
        [motion("2026-01-16 03:18", "bedroom"), motion("2026-01-16 03:20", "hall")],
    ],
)
def test_it_is_silent_when_the_person_got_up(signals: list[Signal]) -> None:
    assert after_fall(*signals) == []


@pytest.mark.parametrize(
    "signals",
    [
        [motion("2026-01-16 03:14", "bedroom"), motion("2026-01-16 03:25", "bedroom")],
        [motion("2026-01-16 03:12:20", "hall"), motion("2026-01-16 03:12:50", "bedroom")],
        [bed("2026-01-16 03:11", 1.0), bed("2026-01-16 03:20", 1.0)],
    ],
)
def test_it_does_not_take_stirring_for_getting_up(signals: list[Signal]) -> None:
    assert len(after_fall(*signals)) == 1


def test_it_tells_of_one_fall_once_however_often_it_is_suspected() -> None:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(FELL)

    assert len(wait(detector, NOON)) == 1
    detector.fall_suspected(FELL)
    assert wait(detector, NOON) == []


def test_it_judges_a_fall_once_and_not_again_when_the_trail_has_gone_cold() -> None:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(FELL)
    got_up = [bed("2026-01-16 03:20", 1.0), bed("2026-01-16 07:00", 0.0)]
    bath = [motion("2026-01-16 09:00", "hall"), motion("2026-01-16 09:05", "bathroom")]

    found = live(detector, [*got_up, *bath], NOON)

    assert [one.began_at for one in found] == [london("2026-01-16 09:05")]


def test_it_fires_when_nothing_moves_after_the_bathroom() -> None:
    (sighting,) = night(motion("2026-01-16 02:18", "bedroom"), motion("2026-01-16 02:20", "bathroom"))

    assert (sighting.began_at, sighting.noticed_at) == (
        london("2026-01-16 02:20"),
        london("2026-01-16 03:05"),
    )
    assert sighting.seen == "Last moved in the bathroom at 02:20; nothing has moved anywhere since."


@pytest.mark.parametrize(
    "after",
    [
        motion("2026-01-16 03:04", "hall"),
        bed("2026-01-16 02:30", 1.0),
    ],
)
def test_it_is_silent_when_the_person_left_the_bathroom(after: Signal) -> None:
    signals = [
        bed("2026-01-15 20:00", 0.0),
        motion("2026-01-16 02:18", "bedroom"),
        motion("2026-01-16 02:20", "bathroom"),
    ]

    assert night(*signals, after) == []


def test_it_waits_from_the_newest_movement_in_a_long_bath() -> None:
    found = night(
        motion("2026-01-16 02:18", "bedroom"),
        motion("2026-01-16 02:20", "bathroom"),
        motion("2026-01-16 03:00", "bathroom"),
    )

    assert [one.began_at for one in found] == [london("2026-01-16 03:00")]


def test_it_is_silent_where_only_the_bathroom_is_watched() -> None:
    assert night(motion("2026-01-16 02:18", "bathroom"), motion("2026-01-16 02:20", "bathroom")) == []


def test_it_takes_the_bathroom_for_a_carers_while_the_person_is_in_bed() -> None:
    assert (
        night(
            bed("2026-01-15 22:00", 1.0),
            motion("2026-01-16 02:18", "hall"),
            motion("2026-01-16 02:20", "bathroom"),
        )
        == []
    )


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), -1.0])
def test_it_ignores_falls_at_no_time(moment: float) -> None:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(moment)
    detector.attended(moment)

    assert detector.due_at() is None


@pytest.mark.parametrize(
    ("began", "attended", "seconds"), [(100.0, 1360.0, 1260.0), (100.0, 100.0, 0.0), (100.0, 40.0, 0.0)]
)
def test_it_counts_how_long_somebody_lay(began: float, attended: float, seconds: float) -> None:
    assert long_lie_seconds(began, attended) == seconds


def test_it_does_not_count_from_an_unknown_moment() -> None:
    with pytest.raises(ValueError, match="known moments"):
        long_lie_seconds(float("nan"), 100.0)


def test_it_says_not_up_only_while_it_remembers_who_got_up() -> None:
    detector = Detector("room-7", Settings())
    detector.fall_suspected(FELL)
    for signal in (bed("2026-01-16 03:20", 1.0), bed("2026-01-16 03:50", 0.0), bed("2026-01-16 04:20", 1.0)):
        detector.feed(signal)
    for minute in range(300):
        detector.feed(motion(f"2026-01-16 {4 + minute // 60:02}:{minute % 60:02}", "bedroom"))

    assert detector.tick(NOON) == []
