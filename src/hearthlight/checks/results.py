"""What a check comes to, worked out once when it is recorded and kept with it as it was shown."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hearthlight.checks import body, early_warning, falls, queries, rules, scales, signs
from hearthlight.checks.types import CheckFacts, Kind, Measure, Policy, Readings
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts


@dataclass(frozen=True, slots=True)
class Worked:
    result: dict[str, Any] = field(default_factory=dict)
    total: int | None = None
    level: int = 0
    again_minutes: int = 0
    due_at: datetime | None = None


def result_of(person: PersonFacts, kind: Kind, readings: Readings, *, taken_at: datetime) -> Worked:
    """`readings` cleaned. `due_at`: when the next check of this kind is due."""
    policy = queries.policy_for(person.place_path)
    worked = WORKERS[kind](person, readings, taken_at, policy)
    if worked.due_at:
        return worked
    if worked.again_minutes:
        return replace(worked, due_at=taken_at + timedelta(minutes=worked.again_minutes))
    zone = queries.zone_of(person.place_path)
    return replace(worked, due_at=rules.next_due(kind, taken_at=taken_at, level=worked.level, policy=policy, zone=zone))


def _vitals(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:
    if is_too_young(people.born_on(person.id), taken_at.date()):
        return Worked({"applies": False})
    usual = queries.usual_of(person.id)
    came_to = rules.outcome(readings, usual, policy)
    scored = came_to.news2
    level = policy.levels[came_to.level - 1] if came_to.level else None
    result = {
        "applies": True, "scale": scored.scale, "parts": {part.value: points for part, points in scored.parts.items()},
        "missing": [part.value for part in scored.missing], "at_least": scored.at_least,
        "threes": [part.value for part in scored.threes], "risk": scored.risk.value if scored.risk else None,
        "usual": came_to.usual, "rise": came_to.rise, "outside": [part.value for part in came_to.outside],
        "level": level.name if level else "", "tone": level.tone if level else "good",
        "acts": list(level.acts) if level else [],
    }  # fmt: skip
    before = queries.latest_before(person.id, Kind.VITALS, taken_at) if scored.missing else None
    return Worked(result, scored.total, came_to.level, **_after_less(before, readings, came_to.level, policy, taken_at))


def _after_less(
    before: CheckFacts | None, readings: Readings, level: int, policy: Policy, taken_at: datetime
) -> dict[str, Any]:
    """When the next is due after less than a full set: never later than what came before asked for. A set that
    somebody tried to take starts the time anew, at the graver of the two levels; a reading by itself does not."""
    if before is None or before.due_at is None:
        return {}
    if "ABSENT" in readings:
        graver = max(level, before.level)
        return {"again_minutes": policy.levels[graver - 1].again_minutes} if 0 < graver <= len(policy.levels) else {}
    own = taken_at + timedelta(minutes=policy.levels[level - 1].again_minutes) if level else before.due_at
    return {"due_at": min(own, before.due_at)}


def is_too_young(born_on: date | None, on: date) -> bool:
    """NEWS2 is not for anyone under 16. Without a birth date it is taken to apply: homes like these are for adults."""
    return born_on is not None and on < born_on.replace(year=born_on.year + early_warning.YOUNGEST, day=min(born_on.day, 28))


def _weight(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    now = Decimal(readings[Measure.WEIGHT])
    before = queries.standing(person.id, Kind.WEIGHT, since=taken_at - timedelta(days=250))
    known = [(one.taken_at, Decimal(one.readings[Measure.WEIGHT])) for one in before if one.taken_at < taken_at]
    changed = scales.weight_changes(known, now, taken_at)
    height = readings.get(Measure.HEIGHT) or queries.height_of(person.id)
    result: dict[str, Any] = {
        "changes": [{"months": one.months, "percent": str(one.percent), "before": str(one.before_kg)} for one in changed],
        "acts": [] if readings.get("PLANNED") == "YES" else list(scales.weight_acts(changed)),
    }
    if height:
        result |= {"height": str(height), "bmi": str(scales.bmi(now, Decimal(height)))}
    return Worked(_toned(result))


def _fluid(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:
    zone = queries.zone_of(person.place_path)
    entries = queries.standing(person.id, Kind.FLUID, since=taken_at - timedelta(days=2))
    told = [(one.taken_at, one.readings["WHAT"], one.readings["ML"]) for one in entries]
    days = scales.balances([*told, (taken_at, readings["WHAT"], readings["ML"])], zone)
    today = next(day for day in days if day.day == taken_at.astimezone(zone).date())
    return Worked({"in_ml": today.in_ml, "out_ml": today.out_ml, "target_ml": policy.fluid_target_ml, "tone": "good", "acts": []})


def _stool(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    before = queries.standing(person.id, Kind.STOOL, since=taken_at - timedelta(days=7))
    stools = [(one.taken_at, one.readings["TYPE"]) for one in before] + [(taken_at, readings["TYPE"])]
    return Worked(_toned({"acts": list(scales.bowels_words(stools, taken_at))}))


def _pain(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    says, seen = readings.get("SAYS"), readings["SEEN"]
    result = _toned({"acts": list(scales.pain_acts(says, seen))})
    return Worked(result, again_minutes=scales.pain_again_minutes(says, seen))


def _soft_signs(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    return Worked(_toned({"acts": list(signs.ACTS) if readings["SIGNS"] else []}))


def _post_fall(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    came_to = falls.outcome(readings["ANSWERS"])
    tone = {falls.Advice.DO_NOT_MOVE: "urgent", falls.Advice.ASK_FIRST: "soon", falls.Advice.HELP_UP: "good"}
    return Worked({
        "advice": came_to.advice.value, "flags": list(came_to.flags), "watch": came_to.watch, "acts": list(came_to.acts),
        "tone": tone[came_to.advice],
    })  # fmt: skip


def _skin(person: PersonFacts, readings: Readings, taken_at: datetime, policy: Policy) -> Worked:  # noqa: ARG001
    pressed = any(p["FOUND"] == "PRESSURE_MARK" or (p["FOUND"] == "WOUND" and p["AREA"] in body.OVER_BONE) for p in readings["POINTS"])
    return Worked(_toned({"acts": list(body.PRESSURE_ACTS) if pressed else []}))


def _toned(result: dict[str, Any]) -> dict[str, Any]:
    return result | {"tone": "soon" if result["acts"] else "good"}


WORKERS: dict[Kind, Callable[[PersonFacts, Readings, datetime, Policy], Worked]] = {
    Kind.VITALS: _vitals, Kind.WEIGHT: _weight, Kind.FLUID: _fluid, Kind.STOOL: _stool, Kind.PAIN: _pain,
    Kind.SOFT_SIGNS: _soft_signs, Kind.POST_FALL: _post_fall, Kind.SKIN: _skin,
}  # fmt: skip
