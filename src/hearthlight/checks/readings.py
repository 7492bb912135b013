"""What a check's readings may be, by kind: cleaned, or refused with the sentence a person will read."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hearthlight.checks import body, falls, rules, scales, signs
from hearthlight.checks.types import Absent, Consciousness, Kind, Measure, Oxygen, Readings
from hearthlight.core.text import clean_line
from hearthlight.core.types import Refusal

NUMBERS = (
    Measure.RESPIRATION, Measure.SATURATION, Measure.SYSTOLIC, Measure.DIASTOLIC, Measure.PULSE, Measure.TEMPERATURE,
    Measure.FLOW,
)  # fmt: skip
MOST_POINTS = 20
LARGEST_MM = 500


def clean(kind: Kind, given: Readings) -> dict[str, Any]:
    """The readings as they will be kept: only what belongs to this kind, numbers as text."""
    return CLEANERS[kind](given)


def _number(given: Readings, measure: Measure) -> str | None:
    value = given.get(measure)
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError as wrong:
        raise Refusal(f"{rules.WORDS[measure]}: enter a number") from wrong
    return format(rules.checked(measure, number), "f")


def _numbers(given: Readings, measures: tuple[Measure, ...]) -> dict[str, Any]:
    return {measure.value: number for measure in measures if (number := _number(given, measure)) is not None}


def _code(given: Readings, name: str, allowed: Any, what: str) -> str | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    if value not in [str(one) for one in allowed]:
        raise Refusal(f"{what}: choose one from the list")
    return str(value)


def _codes(given: Readings, name: str, allowed: Any, what: str) -> list[str]:
    values = given.get(name) or []
    if not isinstance(values, list) or any(value not in allowed for value in values):
        raise Refusal(f"{what}: choose from the list")
    return [code for code in allowed if code in values]


def _kept(**found: Any) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _vitals(given: Readings) -> dict[str, Any]:
    found = _numbers(given, NUMBERS)
    found |= _kept(
        OXYGEN=_code(given, Measure.OXYGEN, Oxygen, "Air or oxygen"),
        CONSCIOUSNESS=_code(given, Measure.CONSCIOUSNESS, Consciousness, "How awake"),
        ABSENT=_code(given, "ABSENT", Absent, "Why something is missing"),
    )
    if not found.keys() - {"ABSENT", Measure.FLOW}:
        raise Refusal("Enter at least one reading")
    if Measure.FLOW in found and found.get(Measure.OXYGEN) != Oxygen.OXYGEN:
        raise Refusal("Litres a minute are for oxygen: choose oxygen, or leave them empty")
    rules.check_pressures(found)
    return found


def _weight(given: Readings) -> dict[str, Any]:
    found = _numbers(given, (Measure.WEIGHT, Measure.HEIGHT))
    if Measure.WEIGHT not in found:
        raise Refusal("Enter their weight")
    return found | _kept(PLANNED=_code(given, "PLANNED", ("YES", "NO"), "Planned"))


def _fluid(given: Readings) -> dict[str, Any]:
    what = _code(given, "WHAT", (*scales.DRINKS, *scales.OUTPUTS), "What it was")
    ml = _whole(given.get("ML"), "Amount", 1, scales.MOST_ML)
    if what is None or ml is None:
        raise Refusal("Say what it was, and how much")
    return {"WHAT": what, "ML": ml}


def _whole(given: Any, what: str, low: int, high: int) -> int | None:
    if given in (None, ""):
        return None
    text = str(given)
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and low <= int(text) <= high):
        raise Refusal(f"{what} must be a whole number from {low} to {high}")
    return int(text)


def _stool(given: Readings) -> dict[str, Any]:
    kind = _whole(given.get("TYPE"), "The type", 1, 7)
    if kind is None:
        raise Refusal("Choose what it looked like")
    return {"TYPE": kind} | _kept(SIZE=_code(given, "SIZE", ("SMALL", "MEDIUM", "LARGE"), "How much"))


def _pain(given: Readings) -> dict[str, Any]:
    says = _whole(given.get("SAYS"), "Pain in their own words", 0, 10)
    seen = _codes(given, "SEEN", scales.PAIN_SEEN, "What you see")
    where = clean_line(str(given.get("WHERE") or ""), what="Where", may_be_empty=True)
    if says is None and "SEEN" not in given:
        raise Refusal("Say what they told you, or what you see")
    return {"SEEN": seen, "WHERE": where} | _kept(SAYS=says, WHEN=_code(given, "WHEN", scales.PAIN_WHEN, "When"))


def _soft_signs(given: Readings) -> dict[str, Any]:
    return {"SIGNS": _codes(given, "SIGNS", signs.CODES, "Signs")}


def _post_fall(given: Readings) -> dict[str, Any]:
    answers = given.get("ANSWERS")
    if not isinstance(answers, Mapping) or not set(answers) <= set(falls.CODES):
        raise Refusal("Answer the questions")
    try:
        return {"ANSWERS": {code: falls.Answer(answers[code]).value for code in falls.CODES if code in answers}}
    except ValueError as wrong:
        raise Refusal("Answer yes, no or not sure") from wrong


def _skin(given: Readings) -> dict[str, Any]:
    points = given.get("POINTS")
    if not isinstance(points, list) or len(points) > MOST_POINTS:
        raise Refusal("Mark at most 20 places")
    return {"POINTS": [_point(point) for point in points]}


def _point(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Refusal("Choose where and what")
    area, found = given.get("AREA"), given.get("FOUND")
    if area not in body.BY_CODE or found not in body.FOUND:
        raise Refusal("Choose where and what")
    size = _whole(given.get("MM"), "Size", 1, LARGEST_MM)
    return {"AREA": area, "FOUND": found} | _kept(MM=size)


CLEANERS: dict[Kind, Callable[[Readings], dict[str, Any]]] = {
    Kind.VITALS: _vitals, Kind.WEIGHT: _weight, Kind.FLUID: _fluid, Kind.STOOL: _stool, Kind.PAIN: _pain,
    Kind.SOFT_SIGNS: _soft_signs, Kind.POST_FALL: _post_fall, Kind.SKIN: _skin,
}  # fmt: skip
