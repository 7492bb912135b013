"""The only writers of alerts. Every change: one row hit or a refusal, a move, an audit entry and a change for the
live pages, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from hearthlight.alerts import permissions, queries, rules
from hearthlight.alerts.models import OPEN, Alert, AlertMove, Asked
from hearthlight.alerts.types import FOUND_WORDS, Found, Severity, State, ToldTo, Truth
from hearthlight.core import audit, changes, facts
from hearthlight.core.database import take_order_lock
from hearthlight.core.prepared import Given, Read, change, insert, insert_all
from hearthlight.core.types import Actor, Refusal, staff_actor, system
from hearthlight.events.types import EventFacts, EventKind
from hearthlight.people import queries as people
from hearthlight.people.types import Viewer

RAISER = system("alerts")
WHY_LENGTH = 300  # characters: AlertMove.why
_open_of_concern = Read(
    lambda: Alert.objects.filter(concern=Given("concern"), state__in=OPEN).order_by("-id").values_list("pk", flat=True)[:1]
)
_names = Read(
    lambda: Alert.objects.filter(pk=Given("id"))
    .select_related("person", "place")
    .only("person__given_name", "person__preferred_name", "place__name")
)
_asked = Read(lambda: Asked.objects.filter(alert_id=Given("alert_id")).values_list("staff_id", flat=True))


@transaction.atomic(savepoint=False)
def raise_alert(event: EventFacts, *, at: datetime) -> int:
    """Someone must be told of this event; returns the alert's id. It joins the open alert it repeats, unless it is
    graver or somebody must be told anew; then it leads, and an open alert nobody has attended joins it."""
    take_order_lock()
    concern = rules.concern_of(
        event.kind, person_id=event.person_id, place_id=event.place_id, device_id=event.device_id
    )
    severity = rules.SEVERITIES[event.kind]
    before = _leader(concern)
    leader = before if before and _joins(before, event, severity, at=at) else None
    alert = Alert(
        event_id=event.id, kind=event.kind, severity=severity, concern=concern, person_id=event.person_id,
        place_id=event.place_id, path=event.place_path, began_at=event.began_at, raised_at=at,
        state=State.MERGED if leader else State.RAISED, merged_into=leader,
    )  # fmt: skip
    insert(alert)
    _name(alert)
    why = f"Repeats alert {leader.pk}" if leader else ""
    _note(alert, before="", by=RAISER, at=at, why=why, event_id=event.id)
    if leader:
        _publish(leader, at=at)
    elif before and rules.can_move(State(before.state), State.MERGED):
        _take_over(before, alert, at=at)
    return int(alert.pk)


def _leader(concern: str) -> Alert | None:
    """The open alert of a concern; where a visit goes on beside a newer alert, the newer one."""
    leader_id = _open_of_concern.first(concern=concern)  # usually none: ask for little
    return queries.row(leader_id) if leader_id else None


def _name(alert: Alert) -> None:
    """Fetch the names a new alert's headline needs, and nothing else: this runs for every event."""
    found = _names(id=alert.pk)[0]
    alert.person, alert.place, alert.owner = found.person, found.place, None


def _joins(leader: Alert, event: EventFacts, severity: Severity, *, at: datetime) -> bool:
    if not rules.merges_into(Severity(leader.severity), severity):
        return False
    if leader.state != State.ATTENDED:
        return True
    return not rules.is_asked_anew(event.kind, attended_at=leader.attended_at, at=at)


def _take_over(older: Alert, graver: Alert, *, at: datetime) -> None:
    """The graver alert leads from now on; what had joined the older one follows."""
    Alert.objects.filter(merged_into=older).update(merged_into=graver)
    _move(older, to=State.MERGED, by=RAISER, at=at, why=f"Part of alert {graver.pk}, which is graver", merged_into_id=graver.pk)


@transaction.atomic(savepoint=False)
def tell(alert_id: int, *, by: Actor, at: datetime, why: str, asked: Sequence[int], **detail: Any) -> bool:
    """A response plan takes the alert up and tells its first people; False when one has already. An alert that
    somebody has answered before its plan began stays answered."""
    take_order_lock()
    alert = queries.row(alert_id)
    if alert.started_at is not None or alert.state not in OPEN:
        return False
    _ask(alert, asked, at=at)
    if alert.state == State.RAISED:
        _move(alert, to=State.TOLD, by=by, at=at, why=why, detail=detail, started_at=at)
        return True
    return change(Alert, {"id": alert_id, "started_at": None}, started_at=at) == 1


@transaction.atomic
def escalate(  # noqa: PLR0913
    alert_id: int, *, by: Actor, at: datetime, why: str, asked: Sequence[int], is_late: bool = False, **detail: Any
) -> None:
    """More people are told. Refused when somebody has answered, unless `is_late`: they said they were going and have
    not arrived. They stay named as owner until somebody else takes it."""
    take_order_lock()
    alert = queries.row(alert_id)
    if (alert.state == State.ACCEPTED) != is_late:
        _refuse(alert, State.ESCALATED)
    _ask(alert, asked, at=at)
    _move(alert, to=State.ESCALATED, by=by, at=at, why=why, detail=detail)


def _ask(alert: Alert, staff_ids: Sequence[int], *, at: datetime) -> None:
    insert_all([Asked(alert=alert, staff_id=staff_id, at=at) for staff_id in staff_ids], or_ignore=True)


@transaction.atomic
def accept(alert_id: int, *, by: Viewer, at: datetime) -> None:
    """“I'm going.” Tapping twice is one answer; a second person is refused by name."""
    alert = _answerable(alert_id, by)
    if alert.state == State.ACCEPTED and alert.owner_id == by.staff_id:
        return
    _move(
        alert, to=State.ACCEPTED, by=staff_actor(by.staff_id), at=at, owner_id=by.staff_id, accepted_at=at,
    )  # fmt: skip


@transaction.atomic
def attend(alert_id: int, *, by: Viewer, at: datetime) -> None:
    """“I'm here.” Whoever is there first owns it, whoever said they were going."""
    alert = _answerable(alert_id, by)
    if alert.state == State.ATTENDED and alert.owner_id == by.staff_id:
        return
    _move(alert, to=State.ATTENDED, by=staff_actor(by.staff_id), at=at, owner_id=by.staff_id, attended_at=at)


@transaction.atomic
def hand_back(alert_id: int, *, by: Viewer, at: datetime, why: str = "") -> None:
    """“I can't go.” The next people of the plan are told at once."""
    alert = _decidable(alert_id, by)
    if alert.state != State.ACCEPTED:
        raise Refusal("Nobody has said they are going, so there is nothing to hand back.")
    _move(
        alert, to=State.ESCALATED, by=staff_actor(by.staff_id), at=at, why=why or "Cannot go", owner_id=None,
        accepted_at=None,
    )  # fmt: skip


@transaction.atomic
def cancel(alert_id: int, *, by: Viewer, at: datetime, why: str) -> None:
    """Call it off as a false alarm, before anyone was there."""
    alert = _decidable(alert_id, by)
    if not why.strip():
        raise Refusal("Say why this is called off: somebody will read it tomorrow.")
    _move(
        alert, to=State.CANCELLED, by=staff_actor(by.staff_id), at=at, why=why.strip(), closed_at=at,
        truth=Truth.FALSE,
    )  # fmt: skip


@transaction.atomic
def close(  # noqa: PLR0913 — the closing form, field by field
    alert_id: int,
    *,
    by: Viewer,
    at: datetime,
    truth: Truth,
    found: Found,
    told: Sequence[ToldTo] = (),
    note: str = "",
    is_up: bool = True,
) -> None:
    """Write down what was found. A person still on the floor keeps the long-lie clock running."""
    alert = _decidable(alert_id, by)
    _move(
        alert, to=State.CLOSED, by=staff_actor(by.staff_id), at=at, why=FOUND_WORDS[found], closed_at=at, truth=truth,
        found=found, found_note=note.strip(), people_told=[code.value for code in told], up_at=at if is_up else None,
    )  # fmt: skip


@transaction.atomic
def up(alert_id: int, *, by: Viewer, at: datetime) -> None:
    """The person is off the floor: the long-lie clock stops."""
    alert = _answerable(alert_id, by)
    if Alert.objects.filter(pk=alert_id, up_at=None).update(up_at=at) != 1:
        return
    alert.up_at = at
    _note(alert, before=alert.state, by=staff_actor(by.staff_id), at=at, why="Is up now")


def _answerable(alert_id: int, by: Viewer) -> Alert:
    """The alert, locked in order, if `by` may see and answer it."""
    take_order_lock()
    alert = queries.with_names(queries.visible_to(by)).filter(pk=alert_id).first()
    if alert is None:
        raise Http404("No such alert.")
    permissions.check_answer(by, alert.path, is_asked=queries.is_asked(by, alert_id))
    return alert


def _decidable(alert_id: int, by: Viewer) -> Alert:
    alert = _answerable(alert_id, by)
    permissions.check_decide_for(by, alert.path, alert.owner_id, alert.owner.name if alert.owner else "")
    return alert


def _move(  # noqa: PLR0913
    alert: Alert,
    *,
    to: State,
    by: Actor,
    at: datetime,
    why: str = "",
    detail: dict[str, Any] | None = None,
    **fields: Any,
) -> None:
    """Take `alert`, as it was read, to another state. Exactly one row, still as it was read, or nobody has moved it."""
    before = State(alert.state)
    if not rules.can_move(before, to):
        _refuse(alert, to)
    as_read = {"id": alert.pk, "state": before, "owner_id": alert.owner_id}
    if change(Alert, as_read, state=to, **fields) != 1:
        _refuse(queries.row(alert.pk), to)
    alert.state = to
    for name, value in fields.items():
        setattr(alert, name, value)
    _note(alert, before=before, by=by, at=at, why=why, **(detail or {}))


def _refuse(alert: Alert, to: State) -> None:
    """Say no in words that help: by name and time where somebody else has it."""
    state = State(alert.state)
    if alert.owner and state in (State.ACCEPTED, State.ATTENDED) and to in (State.ACCEPTED, State.ATTENDED):
        since = alert.accepted_at if state == State.ACCEPTED else alert.attended_at
        local = since.astimezone(people.timezone_of(alert.path)) if since else None
        doing = "already going" if state == State.ACCEPTED else "already there"
        raise Refusal(f"{alert.owner.name} is {doing}{f', since {local:%H:%M}' if local else ''}.")
    raise Refusal(f"This alert cannot become “{rules.LABELS[to]}”: it is now “{rules.LABELS[state]}”.")


def _note(alert: Alert, *, before: str, by: Actor, at: datetime, why: str = "", **detail: Any) -> None:
    """The move, the audit entry and the change for live pages that every writer owes."""
    insert_all([AlertMove(alert=alert, from_state=before, to_state=alert.state, at=at, by=str(by), why=why[:WHY_LENGTH])])
    audit.record(
        by=by, at=at, action=f"alert.{str(alert.state).lower()}", subject=f"alert:{alert.pk}",
        person_id=alert.person_id, detail={"from": str(before), "kind": str(alert.kind), **detail},
    )  # fmt: skip
    _publish(alert, at=at)
    if alert.state != State.RAISED:  # the raising itself has no time: its plan's transaction follows at once
        facts.changed_in_alarm("alert", alert.pk, by=by, at=at)


def _publish(alert: Alert, *, at: datetime) -> None:
    person = alert.person.shown_name if alert.person else ""
    place = alert.place.name
    asked = [] if alert.started_at is None else _asked(alert_id=alert.pk)
    changes.publish(
        kind="alert", path=alert.path, subject=f"alert:{alert.pk}", at=at,
        data={
            "alert_id": alert.pk, "event_id": alert.event_id, "state": str(alert.state),
            "severity": str(alert.severity), "kind": str(alert.kind),
            "headline": rules.headline(EventKind(alert.kind), person=person, place=place),
            "place": place, "person": person, "owner": alert.owner.name if alert.owner else "",
            "began_at": alert.began_at.isoformat(), "raised_at": alert.raised_at.isoformat(),
            "url": f"/alerts/{alert.pk}/", "asked": asked,
        },
    )  # fmt: skip
