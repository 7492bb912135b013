"""Counting what alerts cost, and the quietest safe setting."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hearthlight.alerts.types import AlertFacts, Severity, State, Truth
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import NIGHT
from hearthlight.response import budget

LONDON = ZoneInfo("Europe/London")


def alert(truth: str = "", score: float = 0.9, **fields: object) -> AlertFacts:
    given = AlertFacts(
        id=1, kind=EventKind.FALL_SUSPECTED, severity=Severity.URGENT, state=State.CLOSED if truth else State.TOLD, headline="",
        person_id=1, place_id=1, place_path="/1/", place_name="", person_name="Ada", began_at=NIGHT, raised_at=NIGHT, owner_id=None,
        owner_name="", repeats=0, truth=truth, sureness=score,
    )  # fmt: skip
    return replace(given, **fields)


def counted(alerts: list[AlertFacts], days: int = 1) -> budget.Budget:
    return budget.count(alerts, zone=LONDON, since=NIGHT - timedelta(days=days), until=NIGHT + timedelta(hours=1))


def test_it_counts_what_told_somebody_and_repeats_apart():
    found = counted([alert(Truth.TRUE), alert(Truth.FALSE), alert(Truth.UNSURE), alert(), alert(state=State.MERGED),
                     alert(state=State.CANCELLED, truth=Truth.FALSE)])  # fmt: skip

    assert (found.told, found.repeats, found.judged, found.false, found.called_off) == (5, 1, 3, 2, 1)
    assert found.false_share == pytest.approx(2 / 3)


def test_it_has_no_share_of_nothing():
    found = counted([])

    assert found.false_share is None
    assert (found.accept_s, found.attend_s) == (None, None)
    assert sum(shift.told for shift in found.shifts) == 0


def test_it_takes_the_median_of_how_long_people_took():
    spans = [10, 20, 600]
    found = counted([alert(accepted_at=NIGHT + timedelta(seconds=s), attended_at=NIGHT + timedelta(seconds=2 * s)) for s in spans])

    assert (found.accept_s, found.attend_s) == (20, 40)


@pytest.mark.parametrize(
    ("hour", "shift"),
    [("07:59", (date(2026, 11, 21), True)), ("08:00", (date(2026, 11, 22), False)), ("19:59", (date(2026, 11, 22), False)),
     ("20:00", (date(2026, 11, 22), True)), ("00:00", (date(2026, 11, 21), True))],
)  # fmt: skip
def test_it_counts_a_night_to_the_evening_it_began(hour: str, shift: tuple[date, bool]):
    at = datetime.fromisoformat(f"2026-11-22T{hour}").replace(tzinfo=LONDON)

    assert budget.shift_of(at.astimezone(UTC), LONDON) == shift


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["clocks go forward", "clocks go back"])
def test_it_counts_every_shift_once_when_the_clocks_change(day: date):
    since = datetime(day.year, day.month, day.day, 12, tzinfo=LONDON) - timedelta(days=2)

    found = budget.count([], zone=LONDON, since=since, until=since + timedelta(days=4))

    assert [(shift.day - found.shifts[0].day).days for shift in found.shifts if not shift.is_night] == [0, 1, 2, 3, 4]
    assert len({(shift.day, shift.is_night) for shift in found.shifts}) == len(found.shifts) == 9


def test_it_lists_quiet_shifts_too():
    found = counted([alert()], days=3)

    assert [shift.told for shift in found.shifts] == [0, 0, 0, 0, 0, 0, 1]


def test_it_names_those_with_most_alerts_first():
    found = counted([alert(person_id=2, person_name="Lewis"), alert(Truth.FALSE), alert(Truth.TRUE, repeats=3), alert(person_id=None)])

    assert [(one.name, one.told, one.judged, one.false, one.repeats) for one in found.persons] == [("Ada", 2, 2, 1, 3), ("Lewis", 1, 0, 0, 0)]


# The quietest safe setting

TRUE = [alert(Truth.TRUE, score) for score in (0.81, 0.9, 0.95, 0.99)]
FALSE = [alert(Truth.FALSE, score) for score in (0.5, 0.6, 0.7, 0.8, 0.85, 0.97)]


def test_it_proposes_the_highest_threshold_that_keeps_every_true_alert():
    found = budget.propose(TRUE + FALSE)

    assert (found.judged, found.kept_true, found.threshold, found.silenced, found.false) == (10, 4, 0.81, 4, 6)
    assert all(one.sureness >= found.threshold for one in TRUE)


def test_it_does_not_propose_from_too_few():
    found = budget.propose(TRUE + FALSE[:5])

    assert not found.is_enough
    assert (found.threshold, found.silenced) == (None, 0)


def test_it_proposes_nothing_when_no_alert_was_true():
    found = budget.propose(FALSE * 2)

    assert found.is_enough
    assert found.threshold is None


def test_it_does_not_buy_quiet_with_doubt():
    doubtful = alert(Truth.UNSURE, 0.55)

    found = budget.propose([*TRUE, *FALSE, doubtful])

    assert (found.threshold, found.judged, found.silenced) == (0.55, 10, 1)


def test_it_learns_only_from_falls_somebody_went_to():
    called_off = [alert(Truth.FALSE, 0.1, state=State.CANCELLED)] * 20
    others = [alert(Truth.FALSE, 0.1, kind=EventKind.CALLED_FOR_HELP)] * 20

    assert budget.propose([*called_off, *others]).judged == 0


@pytest.mark.parametrize("score", [0.29, 0.57, 0.58, 1.0, 0.999, 0.005])
def test_it_never_rounds_a_true_alert_away(score: float):
    found = budget.propose([alert(Truth.TRUE, score), *FALSE, *FALSE])

    assert found.threshold <= score
    assert score - found.threshold < 0.0101


def test_it_prefers_the_detectors_own_score():
    assert budget.score_of(alert(sighting={"facts": {"score": 0.4}})) == 0.4
    assert budget.score_of(alert(sighting={"facts": {"score": "0.4"}})) == 0.9
    assert budget.score_of(alert(sighting={"facts": None})) == 0.9
