"""The escalation clock on the fixed cast, by the second: the default plan, answers, stops and starts, handovers."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts import queries as alerts
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.types import State
from hearthlight.core.models import AuditEntry, Change
from hearthlight.events.types import EventKind
from hearthlight.people.models import Shift
from hearthlight.people.tests.factories import Cast, make_shift
from hearthlight.people.types import Role
from hearthlight.response import queries, telling, worker
from hearthlight.response.models import Plan, Run, Tell
from hearthlight.response.types import Phase, TellState


def run_all(at: datetime) -> None:
    for _ in range(50):
        if not worker.step(at):
            return
    raise AssertionError("the worker never says it is done")


def told_at(alert: Alert) -> list[tuple[int, list[int]]]:
    """(seconds after raising, staff told) for every time screens rang."""
    rows = Change.objects.filter(kind="tell", subject=f"alert:{alert.pk}").order_by("pk")
    return [(round((row.at - alert.raised_at).total_seconds()), row.data["staff"]) for row in rows]


def play(alert: Alert, until: int, *, since: int = 0) -> None:
    """Let the seconds after the raising pass as the ticker does: step now, and then whenever something is due."""
    run_all(alert.raised_at + timedelta(seconds=since))
    end = alert.raised_at + timedelta(seconds=until)
    for _ in range(100):
        due = worker.due_at()
        if due is None or due > end:
            return
        run_all(max(due, alert.raised_at + timedelta(seconds=since)))
    raise AssertionError("something is due for ever")


def everybody(cast: Cast) -> list[int]:
    return sorted([cast.nia.pk, cast.sam.pk, cast.olu.pk, cast.maya.pk])


def after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


# The default plans


def test_it_tells_the_carer_then_the_senior_then_on_call_then_everybody_again_and_again(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    play(alert, 430)

    assert told_at(alert) == [
        (0, [cast.nia.pk]), (60, [cast.sam.pk]), (120, [cast.olu.pk]),
        (180, everybody(cast)), (300, everybody(cast)), (420, everybody(cast)),
    ]  # fmt: skip
    alert.refresh_from_db()
    assert alert.state == State.ESCALATED
    assert [move.to_state for move in alerts.moves(alert.pk)] == ["RAISED", "TOLD"] + ["ESCALATED"] * 5


def test_it_takes_its_time_over_what_is_not_urgent(cast: Cast, at: datetime):
    alert = make_alert(cast, EventKind.NO_MOVEMENT, at=at)

    play(alert, 1300)

    assert [second for second, _ in told_at(alert)] == [0, 180, 600, 900, 1200]


def test_it_tells_of_a_battery_twice_and_then_waits(cast: Cast, at: datetime):
    alert = make_alert(cast, EventKind.DEVICE_BATTERY_LOW, at=at)

    play(alert, 24 * 3600)

    assert told_at(alert) == [(0, [cast.nia.pk]), (1800, [cast.sam.pk])]
    alert.refresh_from_db()
    assert alert.state == State.ESCALATED


@pytest.mark.parametrize("second", [0, 59])
def test_it_does_nothing_before_its_time(cast: Cast, at: datetime, second: int):
    alert = make_alert(cast, at=at)
    run_all(at)

    run_all(after(at, second))

    assert told_at(alert) == [(0, [cast.nia.pk])]


# Answers


def test_it_stops_when_somebody_is_there(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    play(alert, 70)

    alert_actions.accept(alert.pk, by=cast.viewer(cast.sam), at=after(at, 80))
    alert_actions.attend(alert.pk, by=cast.viewer(cast.sam), at=after(at, 140))
    play(alert, 3600, since=141)

    assert [second for second, _ in told_at(alert)] == [0, 60]
    assert worker.due_at() is None
    assert Run.objects.get().phase == Phase.DONE


def test_it_escalates_again_when_nobody_is_there_five_minutes_after_accepting(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=after(at, 20))

    play(alert, 400, since=20)

    assert told_at(alert) == [(0, [cast.nia.pk]), (320, [cast.sam.pk]), (380, [cast.olu.pk])]
    alert.refresh_from_db()
    assert (alert.state, alert.owner_id) == (State.ESCALATED, cast.nia.pk)
    assert "Nia Price said they were going at 03:12 and is not there yet" in alerts.moves(alert.pk)[3].why


def test_it_lets_somebody_else_take_what_the_first_did_not_reach(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=after(at, 20))
    play(alert, 330, since=20)

    alert_actions.accept(alert.pk, by=cast.viewer(cast.sam), at=after(at, 340))
    play(alert, 600, since=340)

    alert.refresh_from_db()
    assert (alert.state, alert.owner_id) == (State.ACCEPTED, cast.sam.pk)
    assert [second for second, _ in told_at(alert)] == [0, 320]
    assert worker.due_at() == after(at, 640)


def test_it_counts_from_the_latest_accepting(cast: Cast, at: datetime):
    """Handed back and taken again between two looks of the worker: five minutes from the second."""
    alert = make_alert(cast, at=at)
    run_all(at)
    nia, sam = cast.viewer(cast.nia), cast.viewer(cast.sam)
    alert_actions.accept(alert.pk, by=nia, at=after(at, 10))
    run_all(after(at, 11))
    alert_actions.hand_back(alert.pk, by=nia, at=after(at, 100))
    alert_actions.accept(alert.pk, by=sam, at=after(at, 101))

    play(alert, 390, since=310)

    assert [second for second, _ in told_at(alert)] == [0]
    assert worker.due_at() == after(at, 401)


def test_it_tells_the_next_at_once_when_the_alert_is_handed_back(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    nia = cast.viewer(cast.nia)
    alert_actions.accept(alert.pk, by=nia, at=after(at, 5))
    run_all(after(at, 6))
    alert_actions.hand_back(alert.pk, by=nia, at=after(at, 10))

    play(alert, 140, since=10)

    assert told_at(alert) == [
        (0, [cast.nia.pk]), (10, [cast.sam.pk]), (70, [cast.olu.pk]), (130, everybody(cast))
    ]  # fmt: skip


def test_it_tells_the_final_step_again_when_the_last_one_told_hands_it_back(cast: Cast, at: datetime):
    alert = make_alert(cast, EventKind.DEVICE_BATTERY_LOW, at=at)
    play(alert, 1900)
    sam = cast.viewer(cast.sam)
    alert_actions.accept(alert.pk, by=sam, at=after(at, 2000))
    run_all(after(at, 2001))
    alert_actions.hand_back(alert.pk, by=sam, at=after(at, 2100))

    play(alert, 9000, since=2100)

    assert [second for second, _ in told_at(alert)] == [0, 1800, 2100]


def test_it_says_nothing_more_of_an_alert_called_off(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    alert_actions.cancel(alert.pk, by=cast.viewer(cast.sam), at=after(at, 5), why="Testing")

    play(alert, 900, since=6)

    assert [second for second, _ in told_at(alert)] == [0]


def test_it_stands_down_the_messages_nobody_sent_yet(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    play(alert, 120)
    assert Tell.objects.get(channel="sms").state == TellState.WAITING

    alert_actions.accept(alert.pk, by=cast.viewer(cast.sam), at=after(at, 125))
    run_all(after(at, 126))

    assert Tell.objects.get(channel="sms").state == TellState.STOOD_DOWN


def test_it_waits_for_whoever_answered_before_the_plan_began(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    play(alert, 299)

    assert told_at(alert) == []
    assert worker.due_at() == after(at, 300)


def test_it_tells_of_an_alert_given_back_before_its_plan_began(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)
    alert_actions.hand_back(alert.pk, by=cast.viewer(cast.nia), at=at)

    play(alert, 70)

    assert told_at(alert) == [(0, [cast.nia.pk]), (60, [cast.sam.pk])]


def test_it_does_not_tell_of_an_alert_answered_the_moment_before_a_step(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=after(at, 59))

    run_all(after(at, 60))

    assert [second for second, _ in told_at(alert)] == [0]
    alert.refresh_from_db()
    assert alert.state == State.ACCEPTED


# Nobody there


def test_it_gives_an_empty_steps_turn_to_the_next_and_says_so(cast: Cast, at: datetime):
    Shift.objects.filter(staff=cast.nia).delete()
    alert = make_alert(cast, at=at)

    play(alert, 130)

    assert told_at(alert) == [(0, [cast.sam.pk]), (120, [cast.olu.pk])]
    assert "Nobody is on shift as: carers of the unit." in alerts.moves(alert.pk)[1].why
    assert AuditEntry.objects.get(action="alert.told").detail["skipped"] == ["CARER"]


def test_it_tells_the_manager_when_nobody_is_on_shift_at_all(cast: Cast, at: datetime):
    Shift.objects.all().delete()
    alert = make_alert(cast, at=at)

    play(alert, 150)

    assert told_at(alert) == [(0, [cast.maya.pk]), (120, [cast.maya.pk])]


@pytest.mark.parametrize("kind", [EventKind.FALL_SUSPECTED, EventKind.DEVICE_BATTERY_LOW])
def test_it_goes_on_asking_when_there_is_nobody_whatever_the_alert(cast: Cast, at: datetime, kind: EventKind):
    Shift.objects.all().delete()
    cast.maya.grants.all().delete()
    alert = make_alert(cast, kind, at=at)
    run_all(at)
    assert told_at(alert) == [(0, [])]

    make_shift(cast.nia, Role.CARER, cast.unit, starts_at=after(at, 90))
    play(alert, 400)

    assert [staff for _, staff in told_at(alert)[-1:]] == [[cast.nia.pk]]


# Handover, and the nights the clocks change


def test_it_tells_whoever_will_be_on_when_the_step_comes(cast: Cast, at: datetime):
    Shift.objects.filter(staff=cast.sam).update(ends_at=after(at, 30))
    make_shift(cast.maya, Role.SENIOR, cast.home, starts_at=after(at, 30))
    alert = make_alert(cast, at=at)

    play(alert, 60)

    assert told_at(alert)[1] == (60, [cast.maya.pk])


def test_it_keeps_its_promise_and_adds_the_next_shift_when_it_repeats(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    play(alert, 200)
    Shift.objects.all().update(ends_at=after(at, 250))
    make_shift(cast.stranger, Role.CARER, cast.other_unit, starts_at=after(at, 250))

    play(alert, 310)

    assert told_at(alert)[-1] == (300, [*everybody(cast), cast.stranger.pk])


def test_it_does_not_change_a_promise_when_the_plan_or_rota_is_edited(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    Shift.objects.filter(staff=cast.sam).delete()
    Plan.objects.create(
        place=cast.home, severity="URGENT", set_at=at, set_by="test",
        steps=[{"after_s": 0, "audience": "MANAGER", "repeat_s": 600}],
    )  # fmt: skip

    play(alert, 60)

    assert told_at(alert)[1] == (60, [cast.sam.pk])


@pytest.mark.parametrize(
    "night", [datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)],
    ids=["clocks go forward", "clocks go back"],
)  # fmt: skip
def test_it_keeps_time_the_night_the_clocks_change(cast: Cast, night: datetime):
    Shift.objects.all().update(starts_at=night - timedelta(hours=5), ends_at=night + timedelta(hours=7))
    alert = make_alert(cast, at=night)

    play(alert, 310)

    assert [second for second, _ in told_at(alert)] == [0, 60, 120, 180, 300]


# Stops and starts


def test_it_takes_missed_steps_at_once_and_in_order_after_a_stop(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)

    play(alert, 730, since=605)

    everyone = everybody(cast)
    assert told_at(alert) == [
        (0, [cast.nia.pk]), (605, [cast.sam.pk]), (605, [cast.olu.pk]), (605, everyone), (725, everyone)
    ]  # fmt: skip


def test_it_starts_late_rather_than_never(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    run_all(after(at, 90))

    assert told_at(alert) == [(90, [cast.nia.pk]), (90, [cast.sam.pk])]


def test_it_starts_a_plan_with_few_questions_to_the_database(cast: Cast, at: datetime):
    """Each question is most of what a plan costs, and the next message may wait for it."""
    make_alert(cast, at=at)
    worker.step(at)
    make_alert(cast, EventKind.CALLED_FOR_HELP, at=at, person=cast.lewis, place=cast.room8)

    with CaptureQueriesContext(connection) as asked:
        worker.step(at)

    questions = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"] and "advisory" not in one["sql"]]
    assert len(questions) <= 22


def test_it_has_its_channels_before_anybody_must_be_told(monkeypatch: pytest.MonkeyPatch):
    """In a process of its own: loading them is done once."""
    code = (
        "import sys, django; django.setup(); from hearthlight.response import worker; "
        "before = 'hearthlight.response.channels.push' in sys.modules; worker.get_ready(); "
        "print(before, 'hearthlight.response.channels.push' in sys.modules)"
    )
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "hearthlight.runtime.django_settings")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["False", "True"]


def test_it_takes_a_step_once_when_two_workers_read_the_same_run(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    run_all(at)
    first, second = Run.objects.get(), Run.objects.get()
    facts = alerts.facts(alert.pk)

    worker._take(first, facts, after(at, 60))
    worker._take(second, facts, after(at, 60))

    assert [second for second, _ in told_at(alert)] == [0, 60]


def test_it_starts_a_plan_once_when_two_workers_read_the_same_alert(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    (facts,) = alerts.unstarted()

    worker._start(facts, at)
    worker._start(facts, at)

    assert len(told_at(alert)) == 1


def test_it_keeps_going_when_one_alert_cannot_be_followed(cast: Cast, at: datetime, caplog: pytest.LogCaptureFixture):
    broken = make_alert(cast, EventKind.DOOR_AT_NIGHT, at=at, device_id="front")
    fine = make_alert(cast, at=at)
    run_all(at)
    Run.objects.filter(alert=broken).update(steps=[{"no": "step"}])

    play(fine, 100)

    assert [second for second, _ in told_at(fine)] == [0, 60]
    assert [one.alert_id for one in queries.overdue(after(at, 100))] == [broken.pk]
    assert f"the plan of alert {broken.pk} could not be followed" in caplog.text


def test_it_logs_no_name(cast: Cast, at: datetime, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG", logger="hearthlight")
    alert = make_alert(cast, at=at)

    play(alert, 200)

    assert "Ada" not in caplog.text and "Nia" not in caplog.text


# What is said


def test_it_says_who_on_screens_and_never_in_the_corridor(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    run_all(at)

    tell, say = (Change.objects.get(kind=kind).data for kind in ("tell", "say"))
    assert tell["headline"] == "Ada may have fallen, room 7"
    assert (tell["url"], tell["staff"]) == (f"/alerts/{alert.pk}/", [cast.nia.pk])
    assert say["words"] == "Possible fall, room 7."
    assert "Ada" not in str(say) and "Okafor" not in str(say)


def test_it_does_not_pile_up_messages_while_nothing_can_be_sent(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    play(alert, 1500)

    assert Tell.objects.filter(channel="sms", alert=alert).count() == 1


def test_it_lets_whoever_is_called_over_see_the_alert(cast: Cast, at: datetime):
    make_shift(cast.stranger, Role.CARER, cast.other_unit, starts_at=at - timedelta(hours=1))
    hazel = cast.viewer(cast.nia).__class__(cast.stranger.pk, "Rowan", (cast.viewer(cast.nia).scopes[0].__class__(Role.CARER, cast.other_unit.path),))
    alert = make_alert(cast, at=at)
    play(alert, 179)
    assert alerts.open_alerts(hazel) == []

    play(alert, 180)

    assert [one.id for one in alerts.open_alerts(hazel)] == [alert.pk]
    alert_actions.accept(alert.pk, by=hazel, at=after(at, 190))
    assert alerts.alert(hazel, alert.pk).owner_name == "Rowan Strange"


def test_it_names_what_is_overdue_and_nothing_else(cast: Cast, at: datetime):
    make_alert(cast, at=at)
    assert queries.overdue(after(at, 14)) == []
    assert [one.what for one in queries.overdue(after(at, 16))] == ["no plan has taken it up"]
    run_all(at)
    assert queries.overdue(after(at, 74)) == []

    assert [one.what for one in queries.overdue(after(at, 76))] == ["step 2 has not been taken"]


def test_it_has_the_same_notice_for_every_way_of_telling(cast: Cast, at: datetime):
    notice = telling.notice_of(alerts.facts(make_alert(cast, at=at).pk), at=at)

    assert (notice.headline, notice.discreet) == ("Ada may have fallen, room 7", "Possible fall, room 7.")
