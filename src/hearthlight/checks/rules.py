"""The room's decisions: which values are possible, how a score compares with usual, what to do and when again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from hearthlight.checks import early_warning
from hearthlight.checks.types import Kind, Level, Limit, Measure, Outcome, Policy, Readings, UsualFacts
from hearthlight.core.types import Refusal


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can be at all, and what is likely enough not to be asked again. `places`: decimals a reading may have."""

    low: Decimal
    high: Decimal
    likely_low: Decimal
    likely_high: Decimal
    places: int = 0


def _bounds(low: str, high: str, likely_low: str, likely_high: str, places: int = 0) -> Bounds:
    return Bounds(Decimal(low), Decimal(high), Decimal(likely_low), Decimal(likely_high), places)


# Ours: the outer pair is what a living adult can show and a home's devices can measure; the inner one is where a slip
# of the thumb is likelier than the value. Nothing inside the outer pair is refused, only asked again.
BOUNDS: dict[Measure, Bounds] = {
    Measure.RESPIRATION: _bounds("2", "80", "8", "40"),
    Measure.SATURATION: _bounds("40", "100", "80", "100"),
    Measure.SYSTOLIC: _bounds("40", "300", "80", "219"),
    Measure.DIASTOLIC: _bounds("15", "200", "40", "120"),
    Measure.PULSE: _bounds("20", "250", "40", "140"),
    Measure.TEMPERATURE: _bounds("25.0", "45.0", "34.0", "40.5", 1),
    Measure.FLOW: _bounds("0.1", "60", "0.5", "15", 1),
    Measure.WEIGHT: _bounds("20", "300", "35", "140", 1),
    Measure.HEIGHT: _bounds("100", "230", "135", "205", 1),
}
LONGEST_AGO = timedelta(hours=24)  # a check may be written down later the same day, never before that without a reason
MINUTES_A_DAY = 1440
MOST_MINUTES = 7 * MINUTES_A_DAY  # a policy's check-again, at most
MOST_DAYS = 366
FEWEST_TOTALS = 4  # full sets, before they say what is usual

DEFAULT = Policy(
    levels=(
        Level(
            "Watch", total=1, rise=1, again_minutes=360, tone="watch",
            acts=(
                "Tell the senior on duty.",
                "Look for a reason: pain, infection, not drinking, constipation, a new medicine.",
                "No better at the next check: ask the GP or 111 for advice.",
            ),
        ),
        Level(
            "Ask today", total=3, rise=2, again_minutes=120, tone="soon",
            acts=("Fetch the senior now, to look for themselves.", "Ask the GP or 111 for advice today."),
        ),
        Level(
            "Urgent", total=5, rise=3, again_minutes=60, tone="urgent", on_three=True,
            acts=(
                "Stay with them, or make sure somebody does.", "Fetch the senior now.",
                "A clinician’s advice within the hour: GP, urgent community response, or 111.",
            ),
        ),
        Level(
            "Emergency", total=7, rise=7, again_minutes=15, tone="urgent",
            acts=(
                "Ring 999 now, unless their own plan says otherwise.", "Stay with them.",
                "Have the plan, the medicines list and these readings ready for the crew.",
            ),
        ),
    ),
    routine_days={Kind.VITALS: 30, Kind.WEIGHT: 30},
    fluid_target_ml=1500,
    head_watch=((2, 30), (6, 60), (24, 120)),
)  # fmt: skip
"""A starting point of our own until a home has agreed its policy with its GP and integrated care board. The totals are
the RCP's (2017); how soon and the rise above usual are ours. After a knock to the head: half-hourly for 2 hours, hourly
for 4, then two-hourly, as NICE NG232 has it for hospitals, until 24 hours have passed."""


# Readings


def number(readings: Readings, measure: Measure) -> Decimal | None:
    given = readings.get(measure)
    return Decimal(given) if given not in (None, "") else None


def checked(measure: Measure, given: Decimal) -> Decimal:
    """The value, or a refusal of what cannot be."""
    bounds = BOUNDS[measure]
    if not given.is_finite() or not bounds.low <= given <= bounds.high:
        raise Refusal(f"{WORDS[measure]} must be between {bounds.low} and {bounds.high}")
    if given != round(given, bounds.places):
        raise Refusal(f"{WORDS[measure]}: {'whole numbers only' if bounds.places == 0 else 'one decimal at most'}")
    return given


def is_unlikely(measure: Measure, given: Decimal) -> bool:
    bounds = BOUNDS[measure]
    return not bounds.likely_low <= given <= bounds.likely_high


WORDS = {
    Measure.RESPIRATION: "Breathing", Measure.SATURATION: "Oxygen level", Measure.OXYGEN: "Air or oxygen",
    Measure.SYSTOLIC: "Upper blood pressure", Measure.DIASTOLIC: "Lower blood pressure", Measure.PULSE: "Pulse",
    Measure.CONSCIOUSNESS: "How awake", Measure.TEMPERATURE: "Temperature", Measure.FLOW: "Oxygen flow",
    Measure.WEIGHT: "Weight", Measure.HEIGHT: "Height",
}  # fmt: skip


def check_pressures(readings: Readings) -> None:
    upper, lower = number(readings, Measure.SYSTOLIC), number(readings, Measure.DIASTOLIC)
    if upper is not None and lower is not None and lower >= upper:
        raise Refusal("The lower blood pressure must be below the upper one")


def decimal_of(text: str) -> Decimal | None:
    """What somebody typed as a number: 36.8, 36,8 or nothing. Refuses words, infinities and exponents."""
    cleaned = text.strip().replace(",", ".")
    if not cleaned:
        return None
    if len(cleaned) > 8 or not set(cleaned) <= set("0123456789."):
        raise Refusal("Enter a number")
    try:
        return Decimal(cleaned)
    except InvalidOperation as wrong:
        raise Refusal("Enter a number") from wrong


# What a set of vital signs comes to


def outcome(readings: Readings, usual: UsualFacts, policy: Policy) -> Outcome:
    """The score, against usual and against the policy."""
    scored = early_warning.score({part: readings.get(part) or None for part in early_warning.PARTS}, scale=usual.scale)
    rise = None if scored.total is None or usual.total is None else scored.total - usual.total
    outside = outside_limits(readings, usual.limits)
    level = level_of(
        policy.levels, at_least=scored.at_least, usual=usual,
        threes=[part for part in scored.threes if not _is_agreed(part, readings, usual.limits)],
    )  # fmt: skip
    return Outcome(scored, usual.total, rise, max(level, 1 if outside and policy.levels else 0), outside)


def level_of(levels: Iterable[Level], *, at_least: int, usual: UsualFacts, threes: Iterable[Measure]) -> int:
    """The highest level reached, 1 upwards; 0 for none. A score that is not above usual is that person's normal and
    reaches nothing: from 5 on only if a clinician agreed to it, and 7 always counts. `at_least` is the total, or what
    is known of it."""
    counted = 0 if is_usual(at_least, usual) else at_least
    rise = None if usual.total is None else at_least - usual.total
    has_three = any(threes)
    reached = 0
    for index, level in enumerate(levels, start=1):
        by_total = level.total is not None and counted >= level.total
        by_rise = level.rise is not None and rise is not None and rise >= level.rise
        if by_total or by_rise or (level.on_three and has_three):
            reached = index
    return reached


def is_usual(total: int, usual: UsualFacts) -> bool:
    if usual.total is None or total > usual.total or total >= early_warning.EMERGENCY:
        return False
    return total < early_warning.URGENT or bool(usual.agreed_with)


def usual_total(totals: Iterable[int]) -> int | None:
    """What the latest totals suggest: their median, the lower of two; None for too few to tell."""
    known = sorted(totals)
    return known[(len(known) - 1) // 2] if len(known) >= FEWEST_TOTALS else None


def outside_limits(readings: Readings, limits: Mapping[Measure, Limit]) -> tuple[Measure, ...]:
    return tuple(m for m in limits if (value := number(readings, m)) is not None and not _is_within(value, limits[m]))


def _is_within(value: Decimal, limit: Limit) -> bool:
    return (limit.low is None or value >= limit.low) and (limit.high is None or value <= limit.high)


def _is_agreed(part: Measure, readings: Readings, limits: Mapping[Measure, Limit]) -> bool:
    value = number(readings, part) if part in BOUNDS else None
    return value is not None and part in limits and _is_within(value, limits[part])


# When again


def next_due(kind: Kind, *, taken_at: datetime, level: int, policy: Policy, zone: ZoneInfo) -> datetime | None:
    """When the next check of this kind is due: as the level says, else by routine; None where there is no routine."""
    again = policy.levels[level - 1].again_minutes if level else 0
    if again:
        return taken_at + timedelta(minutes=again)  # so many minutes later, whatever the clock on the wall does
    days = policy.routine_days.get(kind, 0)
    return days_later(taken_at, days, zone) if days else None


def days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time on the wall clock, some days later, also when the clocks change in between."""
    local = at.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)


def watch_due(
    fell_at: datetime, watch: Iterable[tuple[int, int]], looked_at: Iterable[datetime]
) -> datetime | None:
    """When somebody who may have hit their head must be checked next; None once the watch is over. Counted from the
    latest look since the fall, so that a late check does not make the next one early."""
    since = max([fell_at, *(at for at in looked_at if at > fell_at)])
    for until_hours, every_minutes in watch:
        if since < fell_at + timedelta(hours=until_hours):
            return since + timedelta(minutes=every_minutes)
    return None


def latest_at(clock_time: time, at: datetime, zone: ZoneInfo) -> datetime:
    """The latest instant up to `at` when the clock on the wall showed this time. A time that the clocks skipped today
    is yesterday's; one that came twice is the second, unless that is still to come."""
    today = at.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        for fold in (1, 0):
            moment = datetime.combine(day, clock_time, tzinfo=zone).replace(fold=fold).astimezone(UTC)
            if moment <= at and moment.astimezone(zone).time() == clock_time:
                return moment
    raise Refusal("Enter the time on the clock")


def check_taken_at(taken_at: datetime, at: datetime) -> None:
    if taken_at > at + timedelta(minutes=1):
        raise Refusal("A check cannot have been made after now")
    if taken_at < at - LONGEST_AGO:
        raise Refusal("A check is written down within a day")


# Policy, kept as JSON


def kept_policy(policy: Policy) -> dict[str, Any]:
    return {
        "levels": [
            {
                "name": one.name, "total": one.total, "rise": one.rise, "acts": list(one.acts),
                "again_minutes": one.again_minutes, "tone": one.tone, "on_three": one.on_three,
            }
            for one in policy.levels
        ],
        "routine_days": {kind.value: days for kind, days in policy.routine_days.items()},
        "fluid_target_ml": policy.fluid_target_ml,
        "head_watch": [list(one) for one in policy.head_watch],
    }  # fmt: skip


def policy_from(kept: Mapping[str, Any]) -> Policy:
    return Policy(
        levels=tuple(Level(**{**one, "acts": tuple(one["acts"])}) for one in kept["levels"]),
        routine_days={Kind(kind): days for kind, days in kept["routine_days"].items()},
        fluid_target_ml=kept["fluid_target_ml"],
        head_watch=tuple((hours, minutes) for hours, minutes in kept["head_watch"]),
    )


def check_policy(policy: Policy) -> None:
    """Graver levels ask for more and check sooner; the RCP's two thresholds lead somewhere."""
    if not policy.levels:
        raise Refusal("A policy needs at least one level")
    for one in policy.levels:
        if not one.acts:
            raise Refusal(f"{one.name}: say what to do")
        if not 0 <= one.again_minutes <= MOST_MINUTES:
            raise Refusal(f"{one.name}: check again within a week")
    for lower, higher in zip(policy.levels, policy.levels[1:], strict=False):
        if lower.total is not None and higher.total is not None and higher.total <= lower.total:
            raise Refusal(f"{higher.name} must start at a higher total than {lower.name}")
        if lower.rise is not None and higher.rise is not None and higher.rise <= lower.rise:
            raise Refusal(f"{higher.name} must start at a higher rise than {lower.name}")
        if higher.again_minutes == 0 or (lower.again_minutes and higher.again_minutes > lower.again_minutes):
            raise Refusal(f"{higher.name} must be checked again no later than {lower.name}")
    totals = [one.total for one in policy.levels if one.total is not None]
    if not any(total <= early_warning.URGENT for total in totals) or not any(total <= early_warning.EMERGENCY for total in totals[-1:]):
        raise Refusal("Something must happen at 5, and the gravest level must start at 7 or before (RCP 2017)")
    if not any(one.on_three for one in policy.levels):
        raise Refusal("Something must happen at a 3 in any one part (RCP 2017)")
    if any(not 0 <= days <= MOST_DAYS for days in policy.routine_days.values()):
        raise Refusal("A routine check is at least once a year")
    if not 500 <= policy.fluid_target_ml <= 5000:
        raise Refusal("The target for fluids must be between 500 and 5000 ml a day")
