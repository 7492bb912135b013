"""The reads response offers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import Severity
from hearthlight.core.prepared import Given, Read
from hearthlight.events import queries as events
from hearthlight.people.types import StaffFacts
from hearthlight.response import rules
from hearthlight.response.models import Plan, PushAddress, Run, Tell
from hearthlight.response.types import Address, Overdue, Phase, Step, TellFacts, TellState

MANY = 200  # rows a watchdog reads at most: one is enough to speak up


def plan_for(path: str, severity: Severity) -> tuple[Step, ...]:
    """The plan of the nearest place above; the default where none was set."""
    rows, nearest = _plans_above(path, severity)
    return rules.planned(rows[nearest]) if nearest is not None else rules.DEFAULTS[severity]


_plans = Read(
    lambda: Plan.objects.filter(place__pk__in=[Given("above")], severity=Given("severity")).values_list("place_id", "steps")
)


def plan_source(path: str, severity: Severity) -> int | None:
    """The place whose plan it is; None for the default."""
    return _plans_above(path, severity)[1]


def _plans_above(path: str, severity: Severity) -> tuple[dict[int, list[dict[str, Any]]], int | None]:
    """The plans of the place and all above it by place, and whose is nearest."""
    above = _ids(path)
    rows = dict(_plans(above=above, severity=severity))
    return rows, next((place_id for place_id in reversed(above) if place_id in rows), None)


def addresses(staff: Iterable[StaffFacts]) -> dict[int, Address]:
    """Every way to reach each of them."""
    known = {facts.id: facts for facts in staff}
    push: dict[int, list[dict[str, object]]] = {}
    for staff_id, endpoint, keys in _push_addresses(staff=[*known]):
        push.setdefault(staff_id, []).append({"endpoint": endpoint, "keys": keys})
    return {key: Address(facts.email, facts.phone, tuple(push.get(key, ()))) for key, facts in known.items()}


_push_addresses = Read(
    lambda: PushAddress.objects.filter(staff__pk__in=[Given("staff")], failed_at=None)
    .order_by("id")
    .values_list("staff_id", "endpoint", "keys")
)


def browsers_of(staff_id: int) -> list[PushAddress]:
    """The browsers this member of staff is told on, newest first."""
    return list(PushAddress.objects.filter(staff_id=staff_id).order_by("-added_at"))


def tells_of(alert_id: int) -> list[TellFacts]:
    """Who was told, in order. The caller has already been allowed to see the alert."""
    rows = Tell.objects.filter(alert_id=alert_id).select_related("staff").order_by("id")
    return [
        TellFacts(
            row.pk, row.step, row.round, row.staff_id, row.staff.name if row.staff else "", row.channel, TellState(row.state),
            row.due_at, row.sent_at, row.seen_at, row.attempts, row.trouble,
        )
        for row in rows
    ]  # fmt: skip


def run_of(alert_id: int) -> Run | None:
    return Run.objects.filter(alert_id=alert_id).first()


def overdue(at: datetime) -> list[Overdue]:
    """What should have happened by itself and has not: an alert not raised, a plan not taken up, a step not taken, a
    message not sent."""
    late = at - rules.OVERDUE_AFTER
    unraised = [
        Overdue(0, f"no alert has been raised of event {event.id}", event.noticed_at)
        for event in events.unclaimed(MANY)
        if event.noticed_at < late
    ]
    unstarted = [Overdue(key, "no plan has taken it up", raised) for key, raised in alerts.unstarted_since(late)]
    is_late = Q(next_due_at__lt=late) | Q(failed_at__lt=late)
    runs = Run.objects.filter(is_late).exclude(phase=Phase.DONE).order_by("next_due_at")[:MANY]
    steps = [Overdue(row.alert_id, f"step {row.next_step + 1} has not been taken", row.failed_at or _due(row)) for row in runs]
    waiting = Tell.objects.filter(state=TellState.WAITING, due_at__lt=at - rules.TELL_OVERDUE_AFTER).order_by("due_at")
    unsent = [Overdue(row.alert_id, f"{row.channel} message {row.pk} is waiting", row.due_at) for row in waiting[:MANY]]
    return [*unraised, *unstarted, *steps, *unsent]


def _due(row: Run) -> datetime:
    assert row.next_due_at is not None  # filtered by it
    return row.next_due_at


def _ids(path: str) -> Sequence[int]:
    """A path's place ids, top first."""
    return [int(part) for part in path.split("/") if part]
