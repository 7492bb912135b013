"""Raising, answering, merging and closing, each with its move, its audit entry and its change."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from hearthlight.alerts import actions, queries
from hearthlight.alerts.models import Alert, AlertMove
from hearthlight.alerts.tests.factories import make_alert, make_event
from hearthlight.alerts.types import Found, Severity, State, ToldTo, Truth
from hearthlight.core import audit
from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.types import Refusal, system
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import Cast
from hearthlight.people.types import Role, Scope, Viewer

PLAN = system("plan")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def attended(cast: Cast, at: datetime, kind: EventKind = EventKind.FALL_SUSPECTED) -> Alert:
    alert = make_alert(cast, kind, at=at)
    actions.attend(alert.pk, by=cast.viewer(cast.nia), at=at)
    alert.refresh_from_db()
    return alert


# Raising


def test_it_raises_an_alert_with_a_move_an_audit_entry_and_a_change(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    assert (alert.state, alert.severity, alert.person_id, alert.path) == (State.RAISED, Severity.URGENT, cast.ada.pk, cast.room7.path)
    assert [(move.from_state, move.to_state) for move in alert.moves.all()] == [("", "RAISED")]
    entry = AuditEntry.objects.get(action="alert.raised")
    assert (entry.subject, entry.person_id, entry.by) == (f"alert:{alert.pk}", cast.ada.pk, "system:alerts")
    change = Change.objects.get()
    assert (change.kind, change.path, change.subject) == ("alert", cast.room7.path, f"alert:{alert.pk}")
    assert change.data == {
        "alert_id": alert.pk, "event_id": alert.event_id, "state": "RAISED", "severity": "URGENT", "kind": "FALL_SUSPECTED",
        "headline": "Ada may have fallen, room 7", "place": "Room 7", "person": "Ada", "owner": "",
        "began_at": at.isoformat(), "raised_at": at.isoformat(), "url": f"/alerts/{alert.pk}/", "asked": [],
    }  # fmt: skip
    assert audit.first_broken() is None


def test_it_raises_with_few_questions_to_the_database(cast: Cast, at: datetime):
    """It runs for every event, and each question is most of what it costs."""
    event = make_event(cast)

    with CaptureQueriesContext(connection) as asked:
        actions.raise_alert(event, at=at)

    questions = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"] and "advisory" not in one["sql"]]
    assert len(questions) <= 7


def test_it_raises_an_event_once_only(cast: Cast, at: datetime):
    event = make_event(cast)
    actions.raise_alert(event, at=at)

    with pytest.raises(IntegrityError), transaction.atomic():
        actions.raise_alert(event, at=at)

    assert Alert.objects.count() == 1


def test_it_raises_nothing_when_the_audit_cannot_be_written(cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch):
    def fail(**_):
        raise OSError("disk full")

    monkeypatch.setattr(actions.audit, "record", fail)

    with pytest.raises(OSError, match="disk full"), transaction.atomic():
        make_alert(cast, at=at)

    assert not Alert.objects.exists() and not Change.objects.exists()


def test_it_raises_for_a_shared_place_without_a_person(cast: Cast, at: datetime):
    alert = make_alert(cast, EventKind.CALLED_FOR_HELP, at=at, person=None, place=cast.lounge)

    assert queries.facts(alert.pk).headline == "Somebody called for help, lounge"


# Merging


@pytest.mark.parametrize("state", ["RAISED", "TOLD", "ESCALATED", "ACCEPTED"])
def test_it_joins_the_open_alert_it_repeats_and_leaves_that_as_it_is(cast: Cast, at: datetime, state: str):
    leader = make_alert(cast, at=at)
    Alert.objects.filter(pk=leader.pk).update(state=state, owner=cast.nia if state == "ACCEPTED" else None)

    repeat = make_alert(cast, EventKind.LONG_LIE, at=at + minutes(10))

    leader.refresh_from_db()
    assert (repeat.state, repeat.merged_into_id, leader.state) == (State.MERGED, leader.pk, state)
    assert [move.why for move in repeat.moves.all()] == [f"Repeats alert {leader.pk}"]
    assert queries.facts(leader.pk).repeats == 1
    assert Change.objects.filter(subject=f"alert:{leader.pk}").count() == 2


def test_it_lets_a_graver_alert_take_over_with_all_that_had_joined(cast: Cast, at: datetime):
    bed = make_alert(cast, EventKind.NOT_BACK_IN_BED, at=at)
    still = make_alert(cast, EventKind.NO_MOVEMENT, at=at)
    actions.accept(bed.pk, by=cast.viewer(cast.nia), at=at)

    fall = make_alert(cast, at=at + minutes(1))

    for older in (bed, still):
        older.refresh_from_db()
        assert (older.state, older.merged_into_id) == (State.MERGED, fall.pk)
    assert fall.state == State.RAISED
    assert f"Part of alert {fall.pk}" in bed.moves.last().why


def test_it_tells_anew_when_help_is_called_from_a_room_with_a_carer_in_it(cast: Cast, at: datetime):
    first = attended(cast, at)

    call = make_alert(cast, EventKind.CALLED_FOR_HELP, at=at + minutes(2))

    first.refresh_from_db()
    assert (call.state, first.state) == (State.RAISED, State.ATTENDED)


def test_it_takes_a_second_knock_while_somebody_is_there_as_part_of_the_visit(cast: Cast, at: datetime):
    first = attended(cast, at)

    assert make_alert(cast, at=at + minutes(2)).merged_into_id == first.pk


def test_it_never_lets_an_alert_nobody_closed_swallow_a_later_fall(cast: Cast, at: datetime):
    attended(cast, at)

    assert make_alert(cast, at=at + minutes(16)).state == State.RAISED


def test_it_joins_the_newer_of_two_open_alerts(cast: Cast, at: datetime):
    attended(cast, at)
    call = make_alert(cast, EventKind.CALLED_FOR_HELP, at=at + minutes(2))

    assert make_alert(cast, at=at + minutes(3)).merged_into_id == call.pk


def test_it_raises_anew_once_the_first_is_over(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.cancel(alert.pk, by=cast.viewer(cast.sam), at=at, why="Testing")

    assert make_alert(cast, at=at + minutes(1)).state == State.RAISED


def test_it_keeps_two_people_apart(cast: Cast, at: datetime):
    make_alert(cast, at=at)

    assert make_alert(cast, at=at, person=cast.lewis, place=cast.room8).state == State.RAISED


# Answering


def test_it_gives_the_alert_to_the_first_and_names_them_to_the_second(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at + minutes(1))

    with pytest.raises(Refusal, match="^Nia Price is already going, since 03:13.$"):
        actions.accept(alert.pk, by=cast.viewer(cast.sam), at=at + minutes(2))

    alert.refresh_from_db()
    assert (alert.owner_id, alert.state) == (cast.nia.pk, State.ACCEPTED)
    told = Change.objects.order_by("pk").last().data
    assert (told["state"], told["owner"]) == ("ACCEPTED", "Nia Price")


def test_it_takes_a_second_tap_as_the_same_answer(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    nia = cast.viewer(cast.nia)

    for act in (actions.accept, actions.accept, actions.attend, actions.attend):
        act(alert.pk, by=nia, at=at)

    assert [move.to_state for move in alert.moves.all()] == ["RAISED", "ACCEPTED", "ATTENDED"]


def test_it_gives_the_alert_to_whoever_is_there_first(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.sam), at=at)

    actions.attend(alert.pk, by=cast.viewer(cast.nia), at=at + minutes(1))

    with pytest.raises(Refusal, match="Nia Price is already there, since 03:13"):
        actions.attend(alert.pk, by=cast.viewer(cast.sam), at=at + minutes(2))


def test_it_gives_the_alert_back_and_forgets_who_had_it(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    actions.hand_back(alert.pk, by=cast.viewer(cast.nia), at=at + minutes(1))

    alert.refresh_from_db()
    assert (alert.state, alert.owner_id, alert.accepted_at) == (State.ESCALATED, None, None)


def test_it_hands_nothing_back_that_nobody_has(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    with pytest.raises(Refusal, match="nothing to hand back"):
        actions.hand_back(alert.pk, by=cast.viewer(cast.sam), at=at)


def test_it_is_called_off_by_its_owner_or_a_senior_and_only_with_a_reason(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    nia = cast.viewer(cast.nia)
    with pytest.raises(Refusal, match="I’m going"):
        actions.cancel(alert.pk, by=nia, at=at, why="Knocked")
    with pytest.raises(Refusal, match="Say why"):
        actions.cancel(alert.pk, by=cast.viewer(cast.sam), at=at, why="  ")

    actions.accept(alert.pk, by=nia, at=at)
    actions.cancel(alert.pk, by=nia, at=at, why="Knocked " + "x" * 500)

    alert.refresh_from_db()
    assert (alert.state, alert.truth, alert.closed_at) == (State.CANCELLED, Truth.FALSE, at)
    assert len(alert.moves.last().why) == 300


def test_it_closes_with_what_was_found(cast: Cast, at: datetime):
    alert = attended(cast, at)

    actions.close(
        alert.pk, by=cast.viewer(cast.nia), at=at + minutes(9), truth=Truth.TRUE, found=Found.ON_FLOOR,
        told=[ToldTo.FAMILY, ToldTo.AMBULANCE], note=" Left hip hurts. ", is_up=False,
    )  # fmt: skip

    facts = queries.facts(alert.pk)
    assert (facts.state, facts.truth, facts.found, facts.found_note) == (State.CLOSED, "TRUE", "ON_FLOOR", "Left hip hurts.")
    assert (facts.people_told, facts.up_at) == (("FAMILY", "AMBULANCE"), None)


def test_it_stops_the_long_lie_clock_once(cast: Cast, at: datetime):
    alert = attended(cast, at)
    nia = cast.viewer(cast.nia)
    actions.close(alert.pk, by=nia, at=at, truth=Truth.TRUE, found=Found.ON_FLOOR, is_up=False)

    actions.up(alert.pk, by=nia, at=at + minutes(70))
    actions.up(alert.pk, by=nia, at=at + minutes(80))

    assert queries.facts(alert.pk).up_at == at + minutes(70)
    assert [move.why for move in alert.moves.all()].count("Is up now") == 1


def test_it_closes_only_what_somebody_attended(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    with pytest.raises(Refusal, match="cannot become “Closed”"):
        actions.close(alert.pk, by=cast.viewer(cast.nia), at=at, truth=Truth.TRUE, found=Found.FINE)


def test_it_refuses_when_the_row_has_moved_since_it_was_read(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    stale = queries.row(alert.pk)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    with pytest.raises(Refusal, match="Nia Price is already going"):
        actions._move(stale, to=State.ACCEPTED, by=PLAN, at=at, owner_id=cast.sam.pk)


def test_it_escalates_nothing_somebody_has_answered(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    with pytest.raises(Refusal):
        actions.escalate(alert.pk, by=PLAN, at=at, why="", asked=[])
    actions.escalate(alert.pk, by=PLAN, at=at, why="late", asked=[], is_late=True)

    assert queries.facts(alert.pk).owner_id == cast.nia.pk


def test_it_is_taken_up_once(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    taken = [actions.tell(alert.pk, by=PLAN, at=at, why="", asked=[cast.nia.pk]) for _ in range(2)]

    assert taken == [True, False]
    assert AlertMove.objects.filter(alert=alert, to_state="TOLD").count() == 1


# The stranger


@pytest.mark.parametrize("act", [actions.accept, actions.attend, actions.hand_back, actions.up])
def test_a_stranger_cannot_even_learn_that_it_exists(cast: Cast, at: datetime, act):
    alert = make_alert(cast, at=at)

    with pytest.raises(Http404):
        act(alert.pk, by=cast.viewer(cast.stranger), at=at)
    with pytest.raises(Http404):
        actions.cancel(alert.pk, by=cast.viewer(cast.stranger), at=at, why="x")
    with pytest.raises(Http404):
        actions.close(alert.pk, by=cast.viewer(cast.stranger), at=at, truth=Truth.TRUE, found=Found.FINE)


def test_an_administrator_sees_and_does_not_answer(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    administrator = Viewer(cast.maya.pk, "Maya", (Scope(Role.ADMINISTRATOR, cast.home.path),))

    assert queries.alert(administrator, alert.pk).id == alert.pk
    with pytest.raises(Refusal, match="not on duty"):
        actions.accept(alert.pk, by=administrator, at=at)


def test_a_place_whose_path_begins_like_another_stays_apart(cast: Cast, at: datetime):
    """/1/2/ must not cover /1/20/."""
    alert = make_alert(cast, at=at)
    room7 = Viewer(1, "x", (Scope(Role.MANAGER, cast.room7.path),))
    assert queries.alert(room7, alert.pk)
    Alert.objects.filter(pk=alert.pk).update(path=f"{cast.room7.path.rstrip('/')}0/")

    with pytest.raises(Http404):
        queries.alert(room7, alert.pk)
