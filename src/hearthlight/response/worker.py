"""The escalation clock. All of it lives in rows, so stopping the process at any instant loses no step.

Run inside the caller's transaction. Every step is taken by a conditional update that must hit one row, so two workers
take it once; a step whose time passed while nobody was running is taken at once, in order.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts import queries as alerts
from hearthlight.alerts.types import WAITING_STATES, AlertFacts, State
from hearthlight.core import facts as core_facts
from hearthlight.core.database import take_order_lock
from hearthlight.core.prepared import Given, Read, change, insert
from hearthlight.core.types import Refusal, system
from hearthlight.people import queries as people
from hearthlight.response import queries, rules, telling
from hearthlight.response.channels import all_channels
from hearthlight.response.models import Run, Tell
from hearthlight.response.types import Audience, FrozenStep, Phase, Step, TellState

log = logging.getLogger(__name__)

PLAN = system("plan")
BATCH = 50  # alerts a step takes up, and runs it moves on
NOT_GOING = [state for state in State if state != State.ACCEPTED]
ANSWERED = [State.ACCEPTED, State.ATTENDED, State.CLOSED, State.CANCELLED, State.MERGED]
_soonest = Read(
    lambda: Run.objects.filter(next_due_at__isnull=False).order_by("next_due_at").values_list("next_due_at", flat=True)[:1]
)
_due = Read(
    lambda: Run.objects.filter(next_due_at__lte=Given("at")).order_by("next_due_at", "pk").values_list("pk", flat=True)[:BATCH]
)
_by_id = Read(lambda: Run.objects.filter(pk__in=[Given("ids")]))
_answered_since = Read(
    lambda: Run.objects.filter(
        Q(phase=Phase.TELLING, alert__state__in=ANSWERED) | Q(phase=Phase.GOING, alert__state__in=NOT_GOING)
    )
    .order_by("pk")
    .values_list("pk", flat=True)[:BATCH]
)


def get_ready() -> None:
    """Do now what the first alert would wait for: the channels are looked for in their folder, and loaded."""
    all_channels()


def step(at: datetime) -> bool:
    """Start the plans of new alerts, follow what people answered, take every step that is due. True if there may be
    more to do at once."""
    return any([_start_new(at), _follow_answers(at), _take_due(at)])


def due_at() -> datetime | None:
    """When the next step is due."""
    return _soonest.first()


def count_anew(at: datetime) -> None:
    """Runs whose next step lies further ahead than that step ever waits: the machine's clock was set back. What they
    waited for is due now, and the steps after it keep their distance; whoever said they were going has all their time
    again."""
    ahead = Run.objects.filter(next_due_at__gt=at).order_by("pk").values_list("pk", flat=True)
    runs, facts = _runs(list(ahead))
    for run in runs:
        wait = _longest_wait(run, facts[run.alert_id])
        if run.next_due_at is None or run.next_due_at - at <= wait:
            continue
        log.warning("the clock was set back: the plan of alert %s counts anew", run.alert_id)
        if run.phase == Phase.GOING:
            _claim(run, next_due_at=at + wait)
        else:
            _resume(run, at)


def _longest_wait(run: Run, alert: AlertFacts) -> timedelta:
    """How far ahead what this run waits for can be, while time only goes forward."""
    if run.phase == Phase.GOING:
        return rules.ATTEND_WITHIN[alert.severity] or timedelta(0)
    return rules.longest_wait(rules.thawed(run.steps), run.next_step)


def _start_new(at: datetime) -> bool:
    fresh = alerts.unstarted(BATCH)
    if fresh:
        take_order_lock()
    started = [_apart(alert.id, partial(_start, alert, at)) for alert in fresh]
    return len(fresh) == BATCH and any(started)


def _apart(alert_id: int, work: Callable[[], object]) -> bool:
    """Do one alert's work so that a fault of ours in it cannot keep the other alerts waiting. What failed is
    tried again, and is overdue till then, where the watchdog finds it. Storage that fails is the caller's to wait for."""
    try:
        with transaction.atomic():
            work()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("the plan of alert %s could not be followed", alert_id)
        return False
    return True


def _start(alert: AlertFacts, at: datetime) -> None:
    """Freeze the nearest plan with the people who will be on when each step comes, and take its first step."""
    steps = _frozen(alert)
    first = steps[0]
    staff = first.staff or _anybody(alert, at)
    why = rules.why_told(first, people=len(staff))
    if not alert_actions.tell(
        alert.id, by=PLAN, at=at, why=why, asked=staff, skipped=[code.value for code in first.skipped]
    ):
        return  # another worker was quicker
    run = Run(alert_id=alert.id, steps=rules.kept(steps), base_at=alert.raised_at)
    if alert.state == State.RAISED:
        run.next_step, run.next_due_at = rules.next_after(
            steps, 0, base_at=alert.raised_at, at=at, told_anyone=bool(staff)
        )
        run.rounds = 1
        insert(run)
        telling.tell(alert, telling.Turn(0, first.audience, staff), words=why, at=at)
    elif alert.state in WAITING_STATES:  # answered and given back before its plan began
        run.base_at = run.next_due_at = at
        insert(run)
    else:
        run.phase, run.next_due_at = _answered(alert)
        insert(run)
        core_facts.changed_in_alarm("response", run.alert_id, by=PLAN, at=at)


def _frozen(alert: AlertFacts) -> list[FrozenStep]:
    """The nearest plan, each step with whoever will be on when its time comes: at a handover that is the next shift."""
    path, raised_at = alert.place_path, alert.raised_at
    plan = queries.plan_for(path, alert.severity)
    _, duties = people.duties(path, raised_at, raised_at + timedelta(seconds=plan[-1].after_s))

    def staff_of(planned: Step) -> tuple[int, ...]:
        then = raised_at + timedelta(seconds=planned.after_s)
        return rules.on_duty(planned.audience, duties, path=path, at=then)

    return rules.freeze(plan, staff_of)


def _follow_answers(at: datetime) -> bool:
    """Runs whose alert somebody answered, gave back or closed since they were last looked at."""
    found, facts = _runs(_answered_since())
    followed = [_apart(run.alert_id, partial(_follow, run, facts[run.alert_id], at)) for run in found]
    return len(found) == BATCH and any(followed)


def _follow(run: Run, alert: AlertFacts, at: datetime) -> None:
    if alert.state in WAITING_STATES:
        _resume(run, at)
    else:
        _stand_down(run, alert, at)


def _stand_down(run: Run, alert: AlertFacts, at: datetime) -> None:
    phase, due = _answered(alert)
    if _claim(run, phase=phase, next_due_at=due):
        Tell.objects.filter(alert_id=run.alert_id, state=TellState.WAITING).update(state=TellState.STOOD_DOWN)
        core_facts.changed_in_alarm("response", run.alert_id, by=PLAN, at=at)


def _answered(alert: AlertFacts) -> tuple[Phase, datetime | None]:
    """What a run waits for once somebody has answered: that they get there, if there is any hurry."""
    within = rules.ATTEND_WITHIN[alert.severity]
    if alert.state != State.ACCEPTED:
        return Phase.DONE, None
    return Phase.GOING, alert.accepted_at + within if alert.accepted_at and within else None


def _resume(run: Run, at: datetime) -> bool:
    """Go on telling from the next step, now; the steps after it keep their distance."""
    steps = rules.thawed(run.steps)
    index = min(run.next_step, len(steps) - 1)
    base_at = at - timedelta(seconds=steps[index].after_s)
    return _claim(run, phase=Phase.TELLING, next_step=index, base_at=base_at, next_due_at=at)


def _take_due(at: datetime) -> bool:
    due, facts = _runs(_due(at=at))
    if due:
        take_order_lock()
    taken = [_apart(run.alert_id, partial(_take, run, facts[run.alert_id], at)) for run in due]
    for run, is_taken in zip(due, taken, strict=True):
        if not is_taken:
            Run.objects.filter(pk=run.pk).update(next_due_at=at + rules.RETRY, failed_at=run.failed_at or at)
    return any(taken)


def _take(run: Run, alert: AlertFacts, at: datetime) -> None:
    if run.phase == Phase.GOING:
        _take_late(run, alert, at)
    else:
        _take_step(run, alert, at)


def _take_late(run: Run, alert: AlertFacts, at: datetime) -> None:
    """They said they were going, and nobody has said they are there."""
    phase, due = _answered(alert)
    is_anew = due is not None and at < due <= at + _longest_wait(run, alert)  # later than that: the clock went back
    if alert.state != State.ACCEPTED or due is None or is_anew:
        _claim(run, phase=phase, next_due_at=due)  # accepted anew since: count from then
        return
    if not _resume(run, at):
        return
    local = alert.accepted_at.astimezone(people.timezone_of(alert.place_path)) if alert.accepted_at else at
    _take_step(run, alert, at, late=f"{alert.owner_name} said they were going at {local:%H:%M} and is not there yet. ")


def _take_step(run: Run, alert: AlertFacts, at: datetime, *, late: str = "") -> None:
    """Tell the next people, exactly once, unless somebody answers first."""
    steps = rules.thawed(run.steps)
    index, taken = run.next_step, steps[run.next_step]
    staff = _staff_now(run, taken, alert, at)
    repeats = run.rounds - index if index == len(steps) - 1 else 0
    why = late + rules.why_told(taken, people=len(staff), round_number=repeats + 1 if repeats > 0 else 0)
    next_step, due = rules.next_after(steps, index, base_at=run.base_at, at=at, told_anyone=bool(staff))
    if not _claim(run, next_step=next_step, next_due_at=due, rounds=run.rounds + 1):
        return
    try:
        alert_actions.escalate(
            alert.id, by=PLAN, at=at, why=why, asked=staff, is_late=bool(late),
            skipped=[code.value for code in taken.skipped],
        )  # fmt: skip
    except Refusal:
        return  # answered this very moment; _follow_answers sees it next
    telling.tell(alert, telling.Turn(index, taken.audience, staff, round=run.rounds - 1), words=why, at=at)


def _staff_now(run: Run, taken: FrozenStep, alert: AlertFacts, at: datetime) -> tuple[int, ...]:
    """The people frozen into the step. A round repeated tells whoever is on by now as well: a promise made to the
    night shift must not leave out the morning's."""
    is_repeat = run.next_step == len(run.steps) - 1 and run.rounds > run.next_step
    if taken.staff and not is_repeat:
        return taken.staff
    _, duties = people.duties(alert.place_path, at, at)
    now = rules.on_duty(taken.audience, duties, path=alert.place_path, at=at)
    staff = tuple(dict.fromkeys([*taken.staff, *now]))
    return staff or rules.on_duty(Audience.EVERYBODY, duties, path=alert.place_path, at=at)


def _anybody(alert: AlertFacts, at: datetime) -> tuple[int, ...]:
    """Nobody is on for any step of the plan: whoever there is."""
    _, duties = people.duties(alert.place_path, at, at)
    return rules.on_duty(Audience.EVERYBODY, duties, path=alert.place_path, at=at)


def _runs(ids: list[int]) -> tuple[list[Run], dict[int, AlertFacts]]:
    """Those runs, in that order, and their alerts. Asked for only once the cheap question has found some: the two
    questions are asked at every step of the whole process, and nearly always nothing is due."""
    rows = {row.pk: row for row in _by_id(ids=ids)} if ids else {}
    runs = [rows[pk] for pk in ids]
    return runs, alerts.many([run.alert_id for run in runs]) if runs else {}


def _claim(run: Run, **fields: object) -> bool:
    """Move a run on from exactly where it was read; False when another worker has."""
    as_read = {name: getattr(run, name) for name in ("id", "phase", "next_step", "rounds", "next_due_at")}
    if change(Run, as_read, failed_at=None, **fields) != 1:
        return False
    for name, value in fields.items():
        setattr(run, name, value)
    return True
