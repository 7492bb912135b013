import pytest

from hearthlight.detect.got_up_not_back import Detector, Settings
from hearthlight.detect.tests.days import bed, chair, london, motion
from hearthlight.detect.tests.streams import live
from hearthlight.detect.types import Sighting, Signal

TO_BED = bed("2026-01-15 21:30", 1.0)


def night(*signals: Signal, until: str = "2026-01-16 12:00") -> list[Sighting]:
    return live(Detector("room-7", Settings()), signals, london(until))


def test_it_fires_exactly_once_twenty_minutes_after_the_bed_was_left() -> None:
    (sighting,) = night(TO_BED, bed("2026-01-16 03:12", 0.0), bed("2026-01-16 04:10", 1.0))

    assert sighting.began_at == london("2026-01-16 03:12")
    assert sighting.noticed_at == london("2026-01-16 03:32")
    assert sighting.seen == "Got out of bed at 03:12 and was not back by 03:32."
    assert sighting.sureness == 0.9


def test_it_counts_each_absence_of_a_restless_night_once() -> None:
    found = night(
        TO_BED,
        bed("2026-01-15 23:50", 0.0),
        bed("2026-01-15 23:58", 1.0),  # the toilet
        bed("2026-01-16 01:10", 0.0),
        bed("2026-01-16 01:55", 1.0),  # forty-five minutes
        bed("2026-01-16 04:00", 0.0),
        bed("2026-01-16 04:19", 1.0),  # just in time
        bed("2026-01-16 05:30", 0.0),
    )

    assert [one.began_at for one in found] == [london("2026-01-16 01:10"), london("2026-01-16 05:30")]


@pytest.mark.parametrize(
    "after",
    [
        [bed("2026-01-16 03:31", 1.0)],
        [chair("2026-01-16 03:20", 1.0)],
        [bed("2026-01-16 03:20", 1.0, sensor="bed-2")],
    ],
)
def test_it_is_silent_when_the_person_settled_in_time(after: list[Signal]) -> None:
    assert night(TO_BED, bed("2026-01-16 03:12", 0.0), *after) == []


def test_it_takes_a_chair_that_was_taken_all_along_for_no_one() -> None:
    found = night(
        chair("2026-01-15 20:00", 1.0), TO_BED, bed("2026-01-16 03:12", 0.0), chair("2026-01-16 03:15", 1.0)
    )

    assert len(found) == 1


@pytest.mark.parametrize("left", ["2026-01-16 05:41", "2026-01-16 06:30", "2026-01-15 21:59"])
def test_it_is_silent_by_day_and_just_before_it(left: str) -> None:
    assert night(TO_BED, bed(left, 0.0)) == []


def test_it_does_not_start_again_when_the_sensor_repeats_that_the_bed_is_empty() -> None:
    found = night(
        TO_BED, bed("2026-01-16 03:12", 0.0), bed("2026-01-16 03:30", 0.0), bed("2026-01-16 04:30", 0.0)
    )

    assert [one.began_at for one in found] == [london("2026-01-16 03:12")]


def test_it_is_silent_about_a_bed_nobody_was_known_to_be_in() -> None:
    assert night(bed("2026-01-16 03:12", 0.0)) == []


def test_it_is_less_sure_while_somebody_moves_about() -> None:
    (sighting,) = night(TO_BED, bed("2026-01-16 03:12", 0.0), motion("2026-01-16 03:30", "kitchen"))

    assert sighting.sureness == 0.6
    assert sighting.facts["latest_movement_spot"] == "kitchen"


def test_it_waits_twenty_real_minutes_across_the_spring_change() -> None:
    (sighting,) = night(bed("2026-03-28 22:30", 1.0), bed("2026-03-29 00:50", 0.0), until="2026-03-29 12:00")

    assert sighting.noticed_at - sighting.began_at == 20 * 60
    assert sighting.seen == "Got out of bed at 00:50 and was not back by 02:10."


def test_it_waits_twenty_real_minutes_across_the_autumn_change() -> None:
    (sighting,) = night(bed("2026-10-24 22:30", 1.0), bed("2026-10-25 01:50", 0.0), until="2026-10-25 12:00")

    assert sighting.noticed_at - sighting.began_at == 20 * 60
    assert sighting.seen == "Got out of bed at 01:50 and was not back by 01:10."


@pytest.mark.parametrize(
    "wrong", [{"away_minutes": 0}, {"away_minutes": float("nan")}, {"moving_minutes": -1}]
)
def test_it_refuses_settings_that_are_no_minutes(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="minutes"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_it_counts_only_what_came_before_the_due_moment() -> None:
    detector = Detector("room-7", Settings())
    for signal in (TO_BED, bed("2026-01-16 03:12", 0.0), bed("2026-01-16 03:32", 1.0)):
        detector.feed(signal)

    assert len(detector.tick(london("2026-01-16 12:00"))) == 1


def test_it_does_not_judge_last_night_again_from_what_is_left_of_it() -> None:
    found = night(
        TO_BED,
        bed("2026-01-16 02:00", 0.0),
        chair("2026-01-16 02:10", 1.0),
        chair("2026-01-16 03:00", 0.0),
        chair("2026-01-16 05:00", 1.0),
        chair("2026-01-16 05:30", 0.0),
        bed("2026-01-16 22:30", 1.0),
        bed("2026-01-16 23:10", 0.0),
        bed("2026-01-16 23:20", 1.0),
        bed("2026-01-17 00:30", 0.0),
        bed("2026-01-17 00:40", 1.0),
        until="2026-01-17 12:00",
    )

    assert found == []
