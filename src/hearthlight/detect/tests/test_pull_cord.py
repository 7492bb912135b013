from dataclasses import replace

import pytest

from hearthlight.detect.pull_cord import Detector, Settings
from hearthlight.detect.tests.days import london
from hearthlight.detect.types import Signal, SignalKind

PULL = Signal("cord-1", SignalKind.PULL_CORD, 1.0, london("2026-01-15 03:12"), "bathroom")


def test_it_is_certain_and_immediate() -> None:
    (sighting,) = Detector("room-7", Settings()).feed(PULL)

    assert (sighting.sureness, sighting.began_at, sighting.noticed_at) == (1.0, PULL.at, PULL.at)
    assert sighting.seen == "The pull cord in the bathroom was pulled at 03:12."


@pytest.mark.parametrize(("later", "calls"), [(1, 0), (60, 0), (61, 1)])
def test_it_takes_a_second_pull_within_the_minute_for_the_same_call(later: float, calls: int) -> None:
    detector = Detector("room-7", Settings())
    detector.feed(PULL)

    assert len(detector.feed(replace(PULL, at=PULL.at + later))) == calls


def test_it_does_not_let_a_row_of_pulls_hide_a_new_call() -> None:
    detector = Detector("room-7", Settings())

    calls = [found for n in range(10) for found in detector.feed(replace(PULL, at=PULL.at + 40 * n))]

    assert [one.began_at - PULL.at for one in calls] == [0, 80, 160, 240, 320]


def test_it_hears_help_buttons_but_no_doorbell() -> None:
    detector = Detector("room-7", Settings())
    press = replace(PULL, kind=SignalKind.BUTTON, spot="bedroom")

    assert detector.feed(replace(press, spot="doorbell")) == []
    assert detector.feed(press)[0].seen == "The help button in the bedroom was pressed at 03:12."


def test_it_waits_for_nothing() -> None:
    detector = Detector("room-7", Settings())
    detector.feed(PULL)

    assert detector.due_at() is None
    assert detector.tick(PULL.at + 3600) == []


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_it_refuses_settings_that_are_no_seconds(seconds: float) -> None:
    with pytest.raises(ValueError, match="same_call_seconds"):
        Settings(same_call_seconds=seconds)
