"""The default plans, what a plan may be, and the escalation clock. Pure: no database, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from hearthlight.alerts.types import Severity
from hearthlight.core.types import Refusal
from hearthlight.people.types import Duty, Role
from hearthlight.response.types import Audience, FrozenStep, Step

# The night of the design: the carer at once, the senior after a minute, whoever is on call after two, then everybody.
# A minute is about what it takes to dry one's hands, find the phone and read it; a plan can be set place by place.
DEFAULTS: dict[Severity, tuple[Step, ...]] = {
    Severity.URGENT: (
        Step(0, Audience.CARER),
        Step(60, Audience.SENIOR),
        Step(120, Audience.ON_CALL),
        Step(180, Audience.EVERYBODY, repeat_s=120),
    ),
    # Someone should look, nobody is known to be hurt: room to finish what one is doing with somebody else.
    Severity.SOON: (
        Step(0, Audience.CARER),
        Step(180, Audience.SENIOR),
        Step(600, Audience.ON_CALL),
        Step(900, Audience.EVERYBODY, repeat_s=300),
    ),
    # A battery or a quiet sensor. Told once, then the senior, then it waits on the board, by day and by night: an alarm
    # that rings on for a battery teaches people to silence alarms. It stays open until somebody answers it.
    Severity.WATCH: (
        Step(0, Audience.CARER),
        Step(1800, Audience.SENIOR),
    ),
}

# How long after "I'm going" somebody should be there before more people are told; None: no hurry.
ATTEND_WITHIN: dict[Severity, timedelta | None] = {
    Severity.URGENT: timedelta(minutes=5),
    Severity.SOON: timedelta(minutes=15),
    Severity.WATCH: None,
}

NOBODY_REPEAT_S = 60  # when a plan found nobody at all to tell, look again this often
OVERDUE_AFTER = timedelta(seconds=15)  # a step this late did not happen by itself: the watchdog speaks up
RETRY = timedelta(seconds=10)  # after a fault of ours in one run, so that it neither spins nor is forgotten
TELL_OVERDUE_AFTER = timedelta(seconds=60)  # longer than one send may take with every attempt timing out

BACK_OFF_S = (5, 15, 60, 120, 300)  # seconds after the 1st, 2nd … failed attempt
LAST_ATTEMPT = len(BACK_OFF_S) + 1

SHORTEST_REPEAT_S = 30  # s: below this, phones ring without a pause
LONGEST_AFTER_S = 4 * 3600  # s: half a shift
MOST_STEPS = 8

AUDIENCES: dict[Audience, str] = {
    Audience.CARER: "carers of the unit",
    Audience.SENIOR: "seniors",
    Audience.ON_CALL: "on call",
    Audience.MANAGER: "managers",
    Audience.EVERYBODY: "everybody on shift, on call, and managers",
}


def check_plan(steps: Sequence[Step]) -> None:
    """Raise Refusal unless these steps make a plan somebody can rely on."""
    if not steps:
        raise Refusal("A plan needs at least one step.")
    if len(steps) > MOST_STEPS:
        raise Refusal(f"A plan may have at most {MOST_STEPS} steps.")
    if steps[0].after_s != 0:
        raise Refusal("The first step must happen at once: after 0 seconds.")
    for earlier, later in zip(steps, steps[1:], strict=False):
        if later.after_s <= earlier.after_s:
            raise Refusal("Each step must come later than the one before it.")
        if earlier.repeat_s:
            raise Refusal("Only the final step may repeat.")
    if steps[-1].after_s > LONGEST_AFTER_S:
        raise Refusal("No step may wait longer than four hours.")
    if 0 < steps[-1].repeat_s < SHORTEST_REPEAT_S:
        raise Refusal(f"A repeat must be at least {SHORTEST_REPEAT_S} seconds apart.")


def check_plan_for(severity: Severity, steps: Sequence[Step]) -> None:
    check_plan(steps)
    if severity == Severity.URGENT and not steps[-1].repeat_s:
        raise Refusal("The final step of an urgent plan must repeat: somebody may be on the floor until one answers.")


def freeze(plan: Sequence[Step], staff_of: Callable[[Step], Sequence[int]]) -> list[FrozenStep]:
    """The plan with the people in it. A step nobody is on for does not keep its place: the next one takes its turn.

    The final step stays even when empty: it is asked again, round by round, who is there by then.

    >>> plan = DEFAULTS[Severity.URGENT]
    >>> [(s.after_s, s.audience.value) for s in freeze(plan, lambda s: () if s.audience == Audience.CARER else (1,))]
    [(0, 'SENIOR'), (120, 'ON_CALL'), (180, 'EVERYBODY')]
    """
    frozen: list[FrozenStep] = []
    skipped: list[Audience] = []
    turn_s: int | None = None
    for number, step in enumerate(plan):
        staff = tuple(staff_of(step))
        turn_s = step.after_s if turn_s is None else turn_s
        if not staff and number < len(plan) - 1:
            skipped.append(step.audience)
            continue
        frozen.append(FrozenStep(turn_s, step.audience, step.repeat_s, staff, tuple(skipped), step.after_s))
        skipped, turn_s = [], None
    return frozen


ROLES = {
    Audience.CARER: Role.CARER,
    Audience.SENIOR: Role.SENIOR,
    Audience.ON_CALL: Role.ON_CALL,
    Audience.MANAGER: Role.MANAGER,
}


def on_duty(audience: Audience, duties: Sequence[Duty], *, path: str, at: datetime) -> tuple[int, ...]:
    """Which of a home's duties a step for `audience` tells at `at`, for an alert at `path`. EVERYBODY is everyone in
    the home, whichever unit they are on; the others answer for that very place."""
    now = [duty for duty in duties if duty.starts_at <= at and (duty.ends_at is None or duty.ends_at > at)]
    if audience != Audience.EVERYBODY:
        now = [duty for duty in now if duty.role == ROLES[audience] and path.startswith(duty.path)]
    return tuple(sorted({duty.staff_id for duty in now}))


def next_after(
    steps: Sequence[FrozenStep], taken: int, *, base_at: datetime, at: datetime, told_anyone: bool
) -> tuple[int, datetime | None]:
    """(next step, when it is due) once step `taken` has been taken at `at`.

    A step not yet due keeps its own time, even when that has passed: after a stop of the process the missed steps run
    at once, in order. A repeat counts from when it last rang, so ten missed rounds are one, not ten.
    """
    if taken + 1 < len(steps):
        return taken + 1, base_at + timedelta(seconds=steps[taken + 1].after_s)
    repeat_s = steps[taken].repeat_s or (0 if told_anyone else NOBODY_REPEAT_S)
    return taken, at + timedelta(seconds=repeat_s) if repeat_s else None


def longest_wait(steps: Sequence[FrozenStep], index: int) -> timedelta:
    """The longest that step `index` can lie ahead while time only goes forward.

    >>> longest_wait([FrozenStep(0, Audience.CARER, 0, (1,), ()), FrozenStep(90, Audience.SENIOR, 0, (2,), ())], 1)
    datetime.timedelta(seconds=90)
    """
    gap = timedelta(seconds=steps[index].after_s - (steps[index - 1].after_s if index else 0))
    if index < len(steps) - 1:
        return max(gap, RETRY)
    return max(gap, RETRY, timedelta(seconds=steps[index].repeat_s or NOBODY_REPEAT_S))


def back_off(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts; None: give up."""
    return timedelta(seconds=BACK_OFF_S[attempts - 1]) if attempts < LAST_ATTEMPT else None


def thawed(rows: Sequence[dict[str, Any]]) -> list[FrozenStep]:
    """Frozen steps as a run keeps them."""
    return [
        FrozenStep(
            after_s=row["after_s"], audience=Audience(row["audience"]), repeat_s=row["repeat_s"],
            staff=tuple(row["staff"]), skipped=tuple(Audience(code) for code in row["skipped"]),
            planned_s=row["planned_s"],
        )
        for row in rows
    ]  # fmt: skip


def kept(steps: Sequence[FrozenStep] | Sequence[Step]) -> list[dict[str, Any]]:
    return [asdict(step) for step in steps]


def planned(rows: Sequence[dict[str, Any]]) -> tuple[Step, ...]:
    """A plan's steps as the database keeps them."""
    return tuple(Step(row["after_s"], Audience(row["audience"]), row.get("repeat_s", 0)) for row in rows)


def why_told(step: FrozenStep, *, people: int, round_number: int = 0) -> str:
    """The sentence of an alert's history for one step of its plan.

    >>> why_told(FrozenStep(0, Audience.SENIOR, 0, (2,), (Audience.CARER,)), people=1)
    'Told seniors (1). Nobody is on shift as: carers of the unit.'
    """
    again = f", round {round_number}" if round_number else ""
    told = f"Told {AUDIENCES[step.audience]} ({people}){again}." if people else "Nobody to tell was found; every screen here rings."
    if not step.skipped:
        return told
    return f"{told} Nobody is on shift as: {', '.join(AUDIENCES[code] for code in step.skipped)}."
