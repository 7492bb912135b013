"""The default plan on the fixed cast, by the second."""

from datetime import datetime, timedelta

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts import queries as alerts
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.types import State
from hearthlight.core.models import Change
from hearthlight.people.tests.factories import Cast
from hearthlight.response import worker


def run_all(at: datetime) -> None:
    while worker.step(at):
        pass


def told_at(alert: Alert) -> list[tuple[int, list[int]]]:
    """(seconds after raising, staff told) for every time screens rang."""
    rows = Change.objects.filter(kind="tell", subject=f"alert:{alert.pk}").order_by("pk")
    return [(round((row.at - alert.raised_at).total_seconds()), row.data["staff"]) for row in rows]


def play(alert: Alert, seconds: int) -> None:
    """Let that long pass after the raising, second by second, with the ticker's eye on `due_at`."""
    for second in range(seconds + 1):
        at = alert.raised_at + timedelta(seconds=second)
        due = worker.due_at()
        if second == 0 or (due and due <= at):
            run_all(at)


def test_it_tells_the_carer_then_the_senior_then_on_call_then_everybody_again_and_again(cast: Cast, at: datetime) -> None:
    alert = make_alert(cast, at=at)

    play(alert, 430)

    everyone = sorted([cast.nia.pk, cast.sam.pk, cast.olu.pk, cast.maya.pk])
    assert told_at(alert) == [
        (0, [cast.nia.pk]), (60, [cast.sam.pk]), (120, [cast.olu.pk]),
        (180, everyone), (300, everyone), (420, everyone),
    ]  # fmt: skip
    alert.refresh_from_db()
    assert alert.state == State.ESCALATED
    assert [move.to_state for move in alerts.moves(alert.pk)] == ["RAISED", "TOLD"] + ["ESCALATED"] * 5


def test_it_stops_when_somebody_is_there(cast: Cast, at: datetime) -> None:
    alert = make_alert(cast, at=at)
    play(alert, 70)

    alert_actions.accept(alert.pk, by=cast.viewer(cast.sam), at=at + timedelta(seconds=80))
    alert_actions.attend(alert.pk, by=cast.viewer(cast.sam), at=at + timedelta(seconds=140))
    play(alert, 900)

    assert [second for second, _ in told_at(alert)] == [0, 60]
    assert worker.due_at() is None


def test_it_escalates_again_when_nobody_is_there_five_minutes_after_accepting(cast: Cast, at: datetime) -> None:
    alert = make_alert(cast, at=at)
    run_all(at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at + timedelta(seconds=20))
    run_all(at + timedelta(seconds=20))

    for second in range(21, 400):
        run_all(at + timedelta(seconds=second))

    assert told_at(alert)[:3] == [(0, [cast.nia.pk]), (320, [cast.sam.pk]), (380, [cast.olu.pk])]
    alert.refresh_from_db()
    assert (alert.state, alert.owner_id) == (State.ESCALATED, cast.nia.pk)
    assert "Nia Price said they were going at 03:12" in alerts.moves(alert.pk)[3].why


def test_it_tells_the_next_at_once_when_the_alert_is_handed_back(cast: Cast, at: datetime) -> None:
    alert = make_alert(cast, at=at)
    run_all(at)
    nia = cast.viewer(cast.nia)
    alert_actions.accept(alert.pk, by=nia, at=at + timedelta(seconds=5))
    run_all(at + timedelta(seconds=6))
    alert_actions.hand_back(alert.pk, by=nia, at=at + timedelta(seconds=10))

    for second in range(10, 140):
        run_all(at + timedelta(seconds=second))

    assert told_at(alert) == [(0, [cast.nia.pk]), (10, [cast.sam.pk]), (70, [cast.olu.pk]),
                              (130, sorted([cast.nia.pk, cast.sam.pk, cast.olu.pk, cast.maya.pk]))]
