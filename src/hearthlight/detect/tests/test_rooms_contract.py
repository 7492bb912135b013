"""What every detector over a room promises, whoever wrote it. The detectors are found by looking."""

import doctest
import json
import math
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.detect.discover import room_detectors
from hearthlight.detect.tests.streams import SENSORS, Deed, deeds, live, signals_in_order, told, wait
from hearthlight.detect.types import Sighting, Signal, SignalKind

YEAR = 365 * 86_400.0
DAY = 86_400.0
# Stops before the next evening, so that one story is one story.
AFTER_S = 8 * 3600.0
DOCS = Path(__file__).parents[4] / "docs" / "detectors"

every_detector = pytest.mark.parametrize("name", list(room_detectors()))


def made(name: str) -> Any:
    module = room_detectors()[name]
    return module.Detector("room-7", module.Settings())


def story(name: str) -> list[Signal]:
    return list(import_module(f"hearthlight.detect.tests.naive_{name}").STORY)


def must_tell(name: str) -> list[float]:
    return list(import_module(f"hearthlight.detect.tests.naive_{name}").MUST_TELL)


def moments(found: list[Sighting]) -> list[float]:
    return [one.began_at for one in found]


def shifted(signals: list[Signal], seconds: float) -> list[Signal]:
    return [replace(one, at=one.at + seconds) for one in signals]


@every_detector
def test_it_tells_its_story_at_the_exact_moments(name: str) -> None:
    signals = story(name)

    assert moments(live(made(name), signals, signals[-1].at + AFTER_S)) == must_tell(name)


@every_detector
def test_it_says_what_a_tired_carer_needs(name: str) -> None:
    signals = story(name)

    for one in live(made(name), signals, signals[-1].at + AFTER_S):
        assert (one.detector, one.subject) == (name, "room-7")
        assert 0.0 <= one.sureness <= 1.0
        assert one.began_at <= one.noticed_at
        assert any(isinstance(fact, float) for fact in one.facts.values())
        json.dumps(dict(one.facts), allow_nan=False)
        for sentence in (one.seen, one.usual, one.sure, one.silent_if):
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert len(sentence) <= 120
            assert "_" not in sentence


@every_detector
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_it_ignores_values_and_times_that_are_no_numbers(name: str, value: float) -> None:
    signals = story(name)
    at = signals[0].at
    wrong = [Signal(sensor, kind, value, at, spot) for sensor, kind, spot in SENSORS]
    wrong += [Signal(sensor, kind, 1.0, value, spot) for sensor, kind, spot in SENSORS]
    detector = made(name)
    detector.tick(value)

    assert moments(live(detector, signals, signals[-1].at + AFTER_S, wrong)) == must_tell(name)


@every_detector
def test_it_ignores_times_no_calendar_can_name(name: str) -> None:
    signals = story(name)
    detector = made(name)
    for at in (-1.0, 1e18, 1e300):
        assert detector.feed(replace(signals[-1], at=at)) == []

    assert moments(live(detector, signals, signals[-1].at + AFTER_S)) == must_tell(name)


@every_detector
def test_it_ignores_repeated_signals(name: str) -> None:
    signals = story(name)
    repeated = [one for one in signals for _ in range(3)]

    assert moments(live(made(name), repeated, signals[-1].at + AFTER_S)) == must_tell(name)


@every_detector
def test_it_ignores_unknown_sensors_and_kinds(name: str) -> None:
    signals = story(name)
    strange: list[Signal] = []
    for one in signals:
        strange.append(Signal("radar-1", "RADAR", 1.0, one.at))  # type: ignore[arg-type]
        strange.append(Signal("nobody-knows", SignalKind.TEMPERATURE, 21.0, one.at, "shed"))
        strange.append(Signal("nobody-knows", SignalKind.MOTION, 0.0, one.at, "shed"))
        strange.append(one)

    assert moments(live(made(name), strange, signals[-1].at + AFTER_S)) == must_tell(name)


@every_detector
def test_it_puts_late_signals_in_their_place(name: str) -> None:
    signals = story(name)
    detector = made(name)
    found = [sighting for one in reversed(signals) for sighting in detector.feed(one)]

    found += wait(detector, signals[-1].at + AFTER_S)

    assert moments(found) == must_tell(name)


@every_detector
def test_it_survives_its_own_clock_a_year_ahead_and_back(name: str) -> None:
    signals = story(name)
    detector = made(name)
    live(detector, signals, signals[-1].at)
    live(detector, shifted(signals, YEAR), signals[-1].at + YEAR + DAY)

    next_day = shifted(signals, DAY)
    found = live(detector, next_day, next_day[-1].at + AFTER_S)

    assert [at + DAY for at in must_tell(name)] == [at for at in moments(found) if at >= next_day[0].at]


@every_detector
@pytest.mark.parametrize("ahead", [DAY + 3600.0, YEAR])
def test_it_hears_again_once_its_clock_is_right(name: str, ahead: float) -> None:
    signals = story(name)
    detector = made(name)
    live(detector, shifted(signals, ahead), signals[-1].at + ahead + AFTER_S)
    # What comes first after the clock was put right may be lost; the detector must not stay deaf.
    live(detector, shifted(signals, -DAY / 2), signals[0].at)

    found = live(detector, signals, signals[-1].at + AFTER_S)

    assert set(must_tell(name)) <= set(moments(found))


@every_detector
@pytest.mark.parametrize("astray", [YEAR, -YEAR])
def test_it_is_not_led_astray_by_a_sensor_a_year_out(name: str, astray: float) -> None:
    signals = story(name)
    wrong = [
        Signal("motion-8", SignalKind.MOTION, 1.0, signals[0].at + astray + n, "kitchen") for n in range(600)
    ]

    assert moments(live(made(name), signals, signals[-1].at + AFTER_S, wrong)) == must_tell(name)


@every_detector
@given(start=st.integers(1_700_000_000, 1_800_000_000), sensor=st.sampled_from(SENSORS))
@settings(max_examples=20, deadline=None)
def test_it_is_not_stirred_by_a_sensor_that_says_the_same_for_a_day(
    name: str, start: int, sensor: Any
) -> None:
    device, kind, spot = sensor
    detector = made(name)
    steady = [Signal(device, kind, 0.0, float(start + 60 * n), spot) for n in range(24 * 60)]

    assert live(detector, steady, steady[-1].at + DAY) == []


@every_detector
@given(row=deeds(), data=st.data())
@settings(max_examples=100, deadline=None)
def test_it_goes_on_after_a_restart_as_if_there_had_been_none(
    name: str, row: list[Deed], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(row)))
    first, second, unbroken = made(name), made(name), made(name)

    answers = told(first, row[:cut])
    second.restore(json.loads(json.dumps(first.snapshot(), allow_nan=False)))
    answers += told(second, row[cut:])

    assert answers == told(unbroken, row)
    assert second.snapshot() == unbroken.snapshot()
    assert second.due_at() == unbroken.due_at()


@every_detector
@given(signals=signals_in_order(), cuts=st.sets(st.integers(0, 40)))
@settings(max_examples=100, deadline=None)
def test_it_gives_the_same_answer_in_batches_as_one_by_one(
    name: str, signals: list[Signal], cuts: set[int]
) -> None:
    if not signals:
        return
    end = signals[-1].at + 2 * DAY
    in_batches = made(name)
    found = []
    for place, one in enumerate(signals):
        found += in_batches.feed(one)
        if place in cuts:
            found += in_batches.tick(one.at)
    found += in_batches.tick(end)

    one_by_one = live(made(name), signals, end)

    assert sorted(moments(found)) == sorted(at for at in moments(one_by_one) if is_fresh(at, signals, found))


def is_fresh(at: float, signals: list[Signal], found: list[Sighting]) -> bool:
    """In one batch of several days, what was due a day before its end is not told any more."""
    return at in moments(found) or at > signals[-1].at - DAY


@every_detector
@given(row=deeds())
@settings(max_examples=50, deadline=None)
def test_it_is_due_no_later_than_it_has_something_to_tell(name: str, row: list[Deed]) -> None:
    detector = made(name)
    for deed in row:
        due = detector.due_at()
        found = told(detector, [deed])[0]
        if deed.verb == "tick" and found:
            assert due is not None
            assert due <= min(one.noticed_at for one in found)
        if deed.verb == "tick" and (after := detector.due_at()) is not None:
            assert after > deed.what


@every_detector
def test_its_snapshot_stays_small_over_a_busy_week(name: str) -> None:
    detector = made(name)
    start = story(name)[0].at
    week = [
        Signal(device, kind, float(n // 7 % 2), start + 97.0 * n, spot)
        for n in range(6236)
        for device, kind, spot in (SENSORS[n % len(SENSORS)],)
    ]
    live(detector, week, week[-1].at)

    assert len(json.dumps(detector.snapshot())) < 32_000


@every_detector
def test_it_has_a_page_of_honest_errors_and_a_docstring_with_its_settings(name: str) -> None:
    module = room_detectors()[name]
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")

    for heading in ("## What it misses", "## When it cries wolf", "## How well it has been checked"):
        assert heading in page
    for word in ("**What it notices.**", "**What it ignores.**", "**Reference.**", ">>> "):
        assert word in module.__doc__
    for setting in module.Settings.__dataclass_fields__:
        assert f"`{setting}`" in module.__doc__


@every_detector
def test_the_example_in_its_docstring_runs(name: str) -> None:
    result = doctest.testmod(room_detectors()[name])

    assert result.attempted >= 3
    assert result.failed == 0


@every_detector
def test_it_does_not_tell_again_when_played_again_after_a_restart(name: str) -> None:
    signals = story(name)
    first, second = made(name), made(name)
    live(first, signals, signals[-1].at + AFTER_S)

    second.restore(json.loads(json.dumps(first.snapshot())))
    late = [replace(one, at=one.at - 1, sensor="late-1") for one in signals if one.kind == SignalKind.MOTION]

    assert moments(live(second, [*late, *signals], signals[-1].at + AFTER_S)) == []
