import pytest

from hearthlight.detect.no_movement import Detector, Settings
from hearthlight.detect.tests.days import bed, chair, door, london, motion
from hearthlight.detect.tests.streams import live
from hearthlight.detect.types import Sighting, Signal, SignalKind


def days(*signals: Signal, until: str = "2026-01-16 21:59") -> list[Sighting]:
    return live(Detector("room-7", Settings()), signals, london(until))


def spans(found: list[Sighting]) -> list[tuple[float, float]]:
    return [(one.began_at, one.noticed_at) for one in found]


def test_it_fires_five_hours_after_the_latest_movement_of_the_day() -> None:
    found = days(motion("2026-01-16 08:00", "bedroom"), motion("2026-01-16 09:10", "kitchen"))

    assert spans(found) == [(london("2026-01-16 09:10"), london("2026-01-16 14:10"))]
    assert found[0].seen == "No movement since 09:10, in the kitchen."


def test_it_starts_afresh_in_the_morning_when_nobody_knows_who_is_in_bed() -> None:
    found = days(motion("2026-01-15 18:05", "lounge"))

    assert spans(found) == [(london("2026-01-15 18:05"), london("2026-01-16 12:00"))]


def test_it_lets_a_person_sleep() -> None:
    found = days(
        motion("2026-01-15 21:00", "bedroom"),
        bed("2026-01-15 20:00", 0.0),
        bed("2026-01-15 22:10", 1.0),
        bed("2026-01-16 07:30", 0.0),
        motion("2026-01-16 11:00", "kitchen"),
        until="2026-01-16 15:59",
    )

    assert found == []


def test_it_counts_the_night_when_the_bed_is_known_to_be_empty() -> None:
    found = days(bed("2026-01-15 20:00", 0.0), motion("2026-01-15 21:30", "hall"))

    assert spans(found) == [(london("2026-01-15 21:30"), london("2026-01-16 02:30"))]


def test_it_lets_a_person_sleep_in_a_chair() -> None:
    found = days(
        bed("2026-01-15 20:00", 0.0),
        chair("2026-01-15 20:00", 0.0),
        chair("2026-01-15 21:30", 1.0),
        motion("2026-01-16 08:00", "hall"),
        until="2026-01-16 12:59",
    )

    assert found == []


def test_it_notices_somebody_who_does_not_get_up() -> None:
    found = days(bed("2026-01-15 20:00", 0.0), bed("2026-01-15 22:10", 1.0))

    assert spans(found) == [(london("2026-01-15 22:10"), london("2026-01-16 12:00"))]


def test_it_waits_longer_for_somebody_who_went_out() -> None:
    out = [
        motion("2026-01-16 07:30", "bedroom"),
        door("2026-01-16 07:00", 0.0),
        door("2026-01-16 08:00", 1.0),
        door("2026-01-16 08:01", 0.0),
        motion("2026-01-16 08:02", "hall"),
    ]

    assert spans(days(*out)) == [(london("2026-01-16 08:02"), london("2026-01-16 20:02"))]


def test_it_does_not_take_coming_home_for_going_out() -> None:
    found = days(
        door("2026-01-16 07:00", 0.0),
        door("2026-01-16 12:00", 1.0),
        door("2026-01-16 12:01", 0.0),
        motion("2026-01-16 12:03", "kitchen"),
    )

    assert spans(found) == [(london("2026-01-16 12:03"), london("2026-01-16 17:03"))]


def test_it_tells_silent_sensors_from_a_still_person() -> None:
    step = motion("2026-01-16 09:10", "kitchen")
    warmth = Signal("climate-1", SignalKind.TEMPERATURE, 21.0, london("2026-01-16 13:00"), "kitchen")

    (silent,) = days(step)
    (still,) = days(step, warmth)

    assert (silent.sureness, silent.facts["sensors_last_spoke_at"]) == (0.4, step.at)
    assert (still.sureness, still.facts["sensors_last_spoke_at"]) == (0.8, warmth.at)
    assert (
        still.sure == "Fairly sure: the sensors are working and see nobody. The sensors last spoke at 13:00."
    )


def test_it_is_silent_about_a_room_where_nothing_ever_moved() -> None:
    assert days(door("2026-01-15 09:00", 0.0), bed("2026-01-15 09:00", 0.0)) == []


def test_it_takes_a_door_that_repeats_itself_for_stillness() -> None:
    repeats = [door(f"2026-01-16 {hour:02}:00", 0.0, "drawer") for hour in range(8, 20)]

    found = days(motion("2026-01-16 09:10", "kitchen"), *repeats)

    assert spans(found) == [(london("2026-01-16 09:10"), london("2026-01-16 14:10"))]


@pytest.mark.parametrize(("evening", "morning"), [("2026-03-28", "2026-03-29"), ("2026-10-24", "2026-10-25")])
def test_it_rings_at_noon_by_the_wall_clock_after_the_clocks_change(evening: str, morning: str) -> None:
    found = days(motion(f"{evening} 21:30", "lounge"), until=f"{morning} 21:00")

    assert spans(found) == [(london(f"{evening} 21:30"), london(f"{morning} 12:00"))]


@pytest.mark.parametrize("wrong", [{"quiet_hours": 0}, {"out_hours": 15.5}, {"quiet_hours": float("nan")}])
def test_it_refuses_waits_that_do_not_fit_into_a_day(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="hours"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_it_takes_no_gap_in_what_it_has_forgotten_for_stillness() -> None:
    busy = [
        motion(f"2026-01-16 {hour:02}:{minute:02}", "bedroom") for hour in range(8, 21) for minute in (0, 30)
    ]

    assert days(motion("2026-01-16 07:10", "hall"), *busy) == []


def test_it_hears_the_first_word_of_a_bed_while_it_waits() -> None:
    found = days(
        motion("2026-01-15 17:00", "lounge"),
        motion("2026-01-15 21:30", "hall"),
        bed("2026-01-15 23:00", 0.0),
        until="2026-01-16 02:30",  # told at that very moment, not hours later
    )

    assert spans(found) == [(london("2026-01-15 21:30"), london("2026-01-16 02:30"))]
