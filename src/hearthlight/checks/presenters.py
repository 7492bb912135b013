"""Checks in words: what was found, against what is usual, what to do now and by when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hearthlight.checks import body, early_warning, falls, rules, scales, signs
from hearthlight.checks.forms import ABSENT_WORDS, CONSCIOUSNESS_WORDS, OXYGEN_WORDS, UNITS
from hearthlight.checks.types import (
    Absent,
    CheckFacts,
    Consciousness,
    Due,
    Kind,
    Limit,
    Measure,
    Oxygen,
    Risk,
)
from hearthlight.people.types import StaffFacts

KIND_WORDS = {
    Kind.VITALS: "Vital signs", Kind.SOFT_SIGNS: "Soft signs", Kind.POST_FALL: "After a fall", Kind.PAIN: "Pain",
    Kind.WEIGHT: "Weight", Kind.FLUID: "Fluids", Kind.STOOL: "Bowels", Kind.SKIN: "Skin", Kind.SCALE: "Scale",
}  # fmt: skip
KIND_LEADS = {
    Kind.VITALS: "Breathing, oxygen, blood pressure, pulse, how awake, temperature. NEWS2 at once.",
    Kind.SOFT_SIGNS: "They are not themselves, and you cannot say why yet.",
    Kind.POST_FALL: "What to look at before anybody is moved.",
    Kind.PAIN: "What they say, and what you see.",
    Kind.WEIGHT: "And what changed since.",
    Kind.FLUID: "What went in, what came out.",
    Kind.STOOL: "Seven pictures in words.",
    Kind.SKIN: "Marks, tears and sores, on the body map.",
}
SLUGS = {
    Kind.VITALS: "vitals", Kind.SOFT_SIGNS: "soft-signs", Kind.POST_FALL: "post-fall", Kind.PAIN: "pain",
    Kind.WEIGHT: "weight", Kind.FLUID: "fluids", Kind.STOOL: "bowels", Kind.SKIN: "skin",
}  # fmt: skip
BY_SLUG = {slug: kind for kind, slug in SLUGS.items()}
RISK_WORDS = {
    Risk.LOW: "low", Risk.LOW_MEDIUM: "low to medium: a 3 in one part", Risk.MEDIUM: "medium", Risk.HIGH: "high",
}  # fmt: skip
ADVICE_WORDS = {
    falls.Advice.DO_NOT_MOVE: "Do not move them. Ring 999.",
    falls.Advice.ASK_FIRST: "Ask for advice first: 111.",
    falls.Advice.HELP_UP: "No red flag found. Help them up with care.",
}
ANSWER_WORDS = {"YES": "Yes", "NO": "No", "UNSURE": "Not sure"}
VITALS_SHOWN = (
    Measure.RESPIRATION, Measure.SATURATION, Measure.OXYGEN, Measure.FLOW, Measure.SYSTOLIC, Measure.DIASTOLIC,
    Measure.PULSE, Measure.CONSCIOUSNESS, Measure.TEMPERATURE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a check's table. `points` is empty where NEWS2 has none."""

    name: str
    value: str
    points: str = ""
    is_grave: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A check as its page shows it."""

    headline: str
    compared: str
    tone: str
    acts: tuple[str, ...]
    rows: tuple[Row, ...]
    incomplete: str = ""
    credit: str = ""


def shown(check: CheckFacts, name: str) -> Shown:
    return SHOWERS.get(check.kind, _plain)(check, name)


def headline(check: CheckFacts) -> str:
    """A line for a list."""
    return shown(check, "").headline


def tone(check: CheckFacts) -> str:
    return str(check.result.get("tone", "neutral"))


def _acts(check: CheckFacts) -> tuple[str, ...]:
    return tuple(check.result.get("acts", ()))


def _vitals(check: CheckFacts, name: str) -> Shown:
    result = check.result
    rows = tuple(_vital_row(check, measure) for measure in VITALS_SHOWN if _is_shown(check, measure))
    if not result.get("applies", True):
        return Shown("Vital signs", "NEWS2 is not for anyone under 16.", "neutral", (), rows)
    return Shown(
        headline=f"NEWS2 {check.total}" if check.total is not None else f"No NEWS2 total, at least {result['at_least']}",
        compared=_compared(check, name), tone=tone(check), acts=_acts(check), rows=rows, incomplete=_incomplete(check),
        credit=early_warning.CREDIT,
    )  # fmt: skip


def _is_shown(check: CheckFacts, measure: Measure) -> bool:
    return measure in check.readings or measure.value in check.result.get("missing", ())


def _compared(check: CheckFacts, name: str) -> str:
    usual, rise = check.result["usual"], check.result["rise"]
    whose = f"{possessive(name)} usual" if name else "usual"
    if check.total is None:
        return f"{capital(whose)} is {usual}." if usual is not None else ""
    told = f" NEWS2 risk: {RISK_WORDS[Risk(check.result['risk'])]}."
    if usual is None:
        return f"What is usual for {name or 'them'} is not known yet.{told}"
    if rise > 0:
        return f"Up {rise} from {whose} {usual}.{told}"
    return (f"The same as {whose} {usual}." if rise == 0 else f"Down {-rise} from {whose} {usual}.") + told


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def possessive(name: str) -> str:
    return f"{name}’" if name.endswith("s") else f"{name}’s"


def _incomplete(check: CheckFacts) -> str:
    missing = check.result.get("missing", ())
    if not missing:
        return ""
    names = ", ".join(rules.WORDS[Measure(part)].lower() for part in missing)
    why = check.readings.get("ABSENT")
    reason = f" ({ABSENT_WORDS[Absent(why)].lower()})" if why else ""
    return f"Not measured: {names}{reason}. A total would be a guess, so there is none."


def _vital_row(check: CheckFacts, measure: Measure) -> Row:
    points = check.result.get("parts", {}).get(measure.value)
    outside = measure.value in check.result.get("outside", ())
    return Row(
        rules.WORDS[measure], reading_words(measure, check.readings.get(measure)),
        "" if points is None else str(points), points == early_warning.SINGLE, "outside their own limits" if outside else "",
    )  # fmt: skip


def reading_words(measure: Measure, value: Any) -> str:
    if value in (None, ""):
        return "not measured"
    if measure is Measure.OXYGEN:
        return OXYGEN_WORDS[Oxygen(value)]
    if measure is Measure.CONSCIOUSNESS:
        return CONSCIOUSNESS_WORDS[Consciousness(value)]
    return f"{value} {UNITS[measure]}" if measure is not Measure.SATURATION else f"{value} %"


def _post_fall(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001 — all showers are called alike
    answers = check.readings["ANSWERS"]
    rows = tuple(
        Row(question.asks, ANSWER_WORDS.get(answers.get(question.code, ""), "Not asked"), is_grave=question.code in check.result["flags"])
        for question in falls.QUESTIONS
    )
    return Shown(ADVICE_WORDS[falls.Advice(check.result["advice"])], "", tone(check), _acts(check), rows)


def _soft_signs(check: CheckFacts, name: str) -> Shown:
    found = signs.seen(check.readings["SIGNS"])
    rows = tuple(Row(sign.words, "Different from usual", is_grave=True) for sign in found)
    count = f"{len(found)} soft {'sign' if len(found) == 1 else 'signs'}" if found else f"{name or 'They'} seemed as usual"
    return Shown(count, "One is enough." if found else "", tone(check), _acts(check), rows)


def _weight(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    result = check.result
    rows = [Row("Weight", f"{check.readings['WEIGHT']} kg")]
    rows += [Row("Height", f"{result['height']} cm"), Row("Body mass index", f"{result['bmi']} kg/m²")] if "bmi" in result else []
    rows += [
        Row(f"Against about {one['months']} {'month' if one['months'] == 1 else 'months'} ago", f"{_signed(one['percent'])} % (was {one['before']} kg)")
        for one in result["changes"]
    ]
    planned = "This change was planned." if check.readings.get("PLANNED") == "YES" else ""
    return Shown(f"{check.readings['WEIGHT']} kg", planned, tone(check), _acts(check), tuple(rows))


def _signed(text: str) -> str:
    value = Decimal(text)
    return f"+{value}" if value > 0 else str(value).replace("-", "−")


def _fluid(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    what, ml = check.readings["WHAT"], check.readings["ML"]
    words = (scales.DRINKS | scales.OUTPUTS)[what]
    result = check.result
    rows = (
        Row("In today so far", f"{result['in_ml']} ml of {result['target_ml']} ml"), Row("Out today so far", f"{result['out_ml']} ml"),
        Row("Balance", f"{_signed(str(result['in_ml'] - result['out_ml']))} ml"),
    )  # fmt: skip
    return Shown(f"{words}, {ml} ml {'in' if what in scales.DRINKS else 'out'}", "", tone(check), _acts(check), rows)


def _stool(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    number = check.readings["TYPE"]
    size = {"SMALL": "a little", "MEDIUM": "a medium amount", "LARGE": "a lot"}.get(check.readings.get("SIZE", ""), "")
    return Shown(f"Bowels: type {number}", f"{scales.BRISTOL[number]}{f', {size}' if size else ''}.", tone(check), _acts(check), ())


def _pain(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    readings = check.readings
    says = readings.get("SAYS")
    rows = [Row(words, "Seen", is_grave=True) for code, words in scales.PAIN_SEEN.items() if code in readings["SEEN"]]
    if readings.get("WHERE"):
        rows.append(Row("Where", readings["WHERE"]))
    if readings.get("WHEN"):
        rows.append(Row("When", scales.PAIN_WHEN[readings["WHEN"]]))
    seen = len(readings["SEEN"])
    words = f"Pain {says} of 10, in their words" if says is not None else (f"{seen} {'sign' if seen == 1 else 'signs'} of pain" if seen else "No sign of pain")
    return Shown(words, "", tone(check), _acts(check), tuple(rows))


def _skin(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    points = check.readings["POINTS"]
    rows = tuple(
        Row(f"{number}. {body.BY_CODE[p['AREA']].words}", body.FOUND[p["FOUND"]] + (f", {p['MM']} mm" if p.get("MM") else ""))
        for number, p in enumerate(points, start=1)
    )
    count = len(points)
    return Shown(f"Skin: {count} {'place' if count == 1 else 'places'}" if count else "Skin: nothing found", "", tone(check), _acts(check), rows)


def _plain(check: CheckFacts, name: str) -> Shown:  # noqa: ARG001
    return Shown(KIND_WORDS[check.kind], "", tone(check), _acts(check), ())


SHOWERS = {
    Kind.VITALS: _vitals, Kind.POST_FALL: _post_fall, Kind.SOFT_SIGNS: _soft_signs, Kind.WEIGHT: _weight, Kind.FLUID: _fluid,
    Kind.STOOL: _stool, Kind.PAIN: _pain, Kind.SKIN: _skin,
}  # fmt: skip


# Lists


def due_words(due: Due, at: datetime) -> str:
    """`overdue 2 h`, `due in 40 min`, `never done`."""
    if due.due_at is None:
        return "never done"
    minutes = int((due.due_at - at).total_seconds() // 60)
    return f"due in {span_words(minutes)}" if minutes > 0 else f"overdue {span_words(-minutes)}" if minutes < 0 else "due now"


def span_words(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 1440:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    days = minutes // 1440
    return f"{days} {'day' if days == 1 else 'days'}"


def limit_words(limit: Limit) -> str:
    if limit.low is None:
        return f"up to {_short(limit.high)}"
    return f"from {_short(limit.low)}" + (f" to {_short(limit.high)}" if limit.high is not None else "")


def _short(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def names_of(actors: Iterable[str], staff: Mapping[int, StaffFacts]) -> dict[str, str]:
    return {actor: who(actor, staff) for actor in actors}


def who(actor: str, staff: Mapping[int, StaffFacts]) -> str:
    kind, _, number = actor.partition(":")
    if kind == "staff":
        return staff[int(number)].name if number.isdecimal() and int(number) in staff else "someone who has left"
    return "another system" if kind in ("client", "api") else "Hearthlight"


def staff_ids(actors: Sequence[str]) -> set[int]:
    return {int(actor[6:]) for actor in actors if actor.startswith("staff:") and actor[6:].isdecimal()}
