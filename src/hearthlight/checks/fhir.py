"""A check as FHIR R4 Observations by UK Core's profiles, and a vital sign from outside as readings. Pure.

Codes are in `codes.json`, each measure with its LOINC code (fixed by the profile) and its SNOMED CT code. What has no
code there is said with our own, `urn:hearthlight:check`, and in words. UK Core's profiles fix the status to `final`:
what was taken back is `entered-in-error` and claims no profile. The profiles of single measures want a value: where there
is none, only the profile that all vital signs share is claimed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hearthlight.checks import body, early_warning, falls, scales, signs, vectors
from hearthlight.checks.types import Absent, CheckFacts, Kind, Measure
from hearthlight.core.types import Refusal

Resource = dict[str, Any]
CODES: dict[str, Any] = json.loads(Path(__file__).with_name("codes.json").read_text(encoding="utf-8"))
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-"
LOINC, SNOMED, UCUM, OURS = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org", "urn:hearthlight:check"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT_CODES = {
    Absent.DECLINED: ("asked-declined", "Asked But Declined"), Absent.NOT_MEASURED: ("not-performed", "Not Performed"),
    Absent.FAULT: ("error", "Error"),
}  # fmt: skip
INTERPRETATIONS = {"L": "Low", "H": "High", "N": "Normal"}
SINGLES = (Measure.RESPIRATION, Measure.SATURATION, Measure.PULSE, Measure.TEMPERATURE)
OUR_WORDS = {
    "SIGNS": "Soft signs", "POST_FALL": "Check after a fall", "PAIN": "Pain", "FLUID": "Fluid", "STOOL": "Bowels, by form (1 to 7)",
    "SKIN": "Skin",
}  # fmt: skip


def observations(check: CheckFacts) -> list[Resource]:
    """Everything one check amounts to; the first is named `check-<id>` wherever there is one for the whole."""
    return list(MAPPERS.get(check.kind, lambda _: iter(()))(check))


# Vital signs


def _vitals(check: CheckFacts) -> Iterator[Resource]:
    members = list(_members(check))
    is_lone = bool(check.result.get("missing")) and "ABSENT" not in check.readings  # from outside, never meant as a set
    if check.result.get("applies", True) and not is_lone:
        yield _total(check, members)
    yield from members


def _total(check: CheckFacts, members: list[Resource]) -> Resource:
    """NEWS2: no value while a part is missing, and the reason; each part there is as a component."""
    result = check.result
    value = {"valueQuantity": _score(check.total)} if check.total is not None else {"dataAbsentReason": _absent(check)}
    return _observation(
        check, "", profile=CODES["news2"]["profile"], category="survey", code=_coded(CODES["news2"]), **value,
        derivedFrom=[{"reference": f"Observation/{member['id']}"} for member in members],
        component=[_part(check, part) for part in early_warning.PARTS if part.value in result["parts"] or part.value in result["missing"]],
    )  # fmt: skip


def _part(check: CheckFacts, part: Measure) -> Resource:
    key = f"SATURATION_{check.result['scale']}" if part is Measure.SATURATION else part.value
    code, display = CODES["parts"][key]
    points = check.result["parts"].get(part.value)
    value = {"dataAbsentReason": _absent(check)} if points is None else {"valueQuantity": _score(points)}
    return {"code": {"coding": [_coding(SNOMED, code, display)]}, **value}


def _score(points: int) -> Resource:
    return {"value": Decimal(points), "unit": "ScoreOf", "system": UCUM, "code": "{ScoreOf}"}


def _members(check: CheckFacts) -> Iterator[Resource]:
    """What was measured; and in a set that somebody tried to take, what could not be."""
    was_tried = "ABSENT" in check.readings
    for measure in SINGLES:
        if measure in check.readings or was_tried:
            yield _measured(check, measure)
    if was_tried or check.readings.keys() & {Measure.SYSTOLIC, Measure.DIASTOLIC}:
        yield _pressure(check)
    if was_tried or Measure.CONSCIOUSNESS in check.readings:
        yield _acvpu(check)
    if Measure.OXYGEN in check.readings:
        yield _oxygen(check)


def _measured(check: CheckFacts, measure: Measure, *, suffix: str | None = None, value: str | None = None) -> Resource:
    entry = CODES["measures"][measure.value]
    given = check.readings.get(measure) if value is None else value
    told = {"dataAbsentReason": _absent(check)} if given is None else {"valueQuantity": _quantity(entry, given)}
    return _observation(
        check, measure.lower() if suffix is None else suffix, profile=entry["profile"] if given is not None else "VitalSigns",
        category="vital-signs", code=_coded(entry), **told,
        interpretation=_interpretation(check, measure) if given is not None else None,
    )  # fmt: skip


def _pressure(check: CheckFacts) -> Resource:
    there = [measure for measure in (Measure.SYSTOLIC, Measure.DIASTOLIC) if measure in check.readings]
    return _observation(
        check, "pressure", profile=CODES["pressure"]["profile"] if len(there) == 2 else "VitalSigns", category="vital-signs",
        code=_coded(CODES["pressure"]), dataAbsentReason=None if there else _absent(check), component=[_pressed(check, measure) for measure in there],
        interpretation=_interpretation(check, Measure.SYSTOLIC) if Measure.SYSTOLIC in there else None,
    )  # fmt: skip


def _pressed(check: CheckFacts, measure: Measure) -> Resource:
    entry = CODES["measures"][measure.value]
    return {"code": {**_coded(entry), "text": entry["loinc"][1]}, "valueQuantity": _quantity(entry, check.readings[measure])}


def _acvpu(check: CheckFacts) -> Resource:
    given = check.readings.get(Measure.CONSCIOUSNESS)
    told = {"valueCodeableConcept": {"coding": [_coding(SNOMED, *CODES["consciousness"][given])]}} if given else {"dataAbsentReason": _absent(check)}
    return _observation(check, "acvpu", profile=CODES["acvpu"]["profile"], category="survey", code=_coded(CODES["acvpu"]), **told)


def _oxygen(check: CheckFacts) -> Resource:
    """UK Core says air or oxygen by the code itself, and how much by the value."""
    flow = check.readings.get(Measure.FLOW)
    value = {"value": Decimal(flow), "unit": "litre per minute", "system": UCUM, "code": "L/min"} if flow else None
    code = {"coding": [_coding(SNOMED, *CODES["oxygen"][check.readings[Measure.OXYGEN]])]}
    return _observation(check, "oxygen", profile="InspiredOxygen", category="therapy", code=code, valueQuantity=value)


def _interpretation(check: CheckFacts, measure: Measure) -> list[Resource] | None:
    """High, low or normal: by NEWS2's points, or by the person's own limits where the reading is outside them."""
    points = check.result.get("parts", {}).get(measure.value)
    if points is None:
        return None
    code = "N"
    if points or measure.value in check.result.get("outside", ()):
        value, middle = Decimal(check.readings[measure]), Decimal(vectors.NORMAL[measure])
        if measure is Measure.SATURATION:
            middle = early_warning.SCALE_2_TARGET if check.result.get("scale") == 2 else Decimal(101)
        code = "L" if value < middle else "H"
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [{"coding": [_coding(system, code, INTERPRETATIONS[code])]}]


# Everything else


def _weight(check: CheckFacts) -> Iterator[Resource]:
    yield _measured(check, Measure.WEIGHT, suffix="")
    if Measure.HEIGHT in check.readings:
        yield _measured(check, Measure.HEIGHT)
    if "bmi" in check.result:
        entry = CODES["measures"]["BMI"]
        yield _observation(
            check, "bmi", profile=entry["profile"], category="vital-signs", code=_coded(entry), valueQuantity=_quantity(entry, check.result["bmi"]),
            derivedFrom=[{"reference": f"Observation/check-{check.id}"}],
        )  # fmt: skip


def _soft_signs(check: CheckFacts) -> Iterator[Resource]:
    found = set(check.readings["SIGNS"])
    yield _own(check, "SIGNS", valueBoolean=bool(found), component=[
        {"code": _our_code(sign.code, sign.words), "valueBoolean": sign.code in found} for sign in signs.SIGNS
    ])  # fmt: skip


def _post_fall(check: CheckFacts) -> Iterator[Resource]:
    answers = check.readings["ANSWERS"]
    words = {"YES": ("Y", "Yes"), "NO": ("N", "No"), "UNSURE": ("asked-unknown", "Asked But Unknown")}

    def component(question: falls.Question) -> Resource:
        code = {"code": _our_code(question.code, question.asks)}
        given = answers.get(question.code)
        if given in ("YES", "NO"):
            return code | {"valueCodeableConcept": {"coding": [_coding("http://terminology.hl7.org/CodeSystem/v2-0136", *words[given])]}}
        return code | {"dataAbsentReason": _reason(*(words["UNSURE"] if given else ("not-asked", "Not Asked")))}

    advice = check.result["advice"]
    yield _own(
        check, "POST_FALL", valueCodeableConcept=_our_code(advice, advice.replace("_", " ").capitalize()),
        component=[component(question) for question in falls.QUESTIONS],
        focus=[{"reference": f"Flag/alert-{check.alert_id}"}] if check.alert_id else None,
    )  # fmt: skip


def _pain(check: CheckFacts) -> Iterator[Resource]:
    readings = check.readings
    seen = [{"code": _our_code(code, words), "valueBoolean": code in readings["SEEN"]} for code, words in scales.PAIN_SEEN.items()]
    says = readings.get("SAYS")
    value = {"valueInteger": says} if says is not None else {"dataAbsentReason": _reason("unknown", "Unknown")}
    yield _own(check, "PAIN", component=seen, bodySite={"text": readings["WHERE"]} if readings.get("WHERE") else None, **value)


def _fluid(check: CheckFacts) -> Iterator[Resource]:
    what = check.readings["WHAT"]
    words = (scales.DRINKS | scales.OUTPUTS)[what]
    code = _our_code(what, f"{words}, {'taken in' if what in scales.DRINKS else 'passed'}")
    yield _own(
        check, "FLUID", code=code,
        valueQuantity={"value": Decimal(check.readings["ML"]), "unit": "millilitre", "system": UCUM, "code": "mL"},
    )  # fmt: skip


def _stool(check: CheckFacts) -> Iterator[Resource]:
    yield _own(check, "STOOL", valueInteger=check.readings["TYPE"])


def _skin(check: CheckFacts) -> Iterator[Resource]:
    """One for each place; one that says so where nothing was found."""
    if not check.readings["POINTS"]:
        yield _own(check, "SKIN", valueCodeableConcept=_our_code("NOTHING", "Nothing found"))
    for number, point in enumerate(check.readings["POINTS"], start=1):
        size = {"value": Decimal(point["MM"]), "unit": "millimeter", "system": UCUM, "code": "mm"} if point.get("MM") else None
        yield _own(
            check, "SKIN", suffix=str(number), valueCodeableConcept=_our_code(point["FOUND"], body.FOUND[point["FOUND"]]),
            bodySite=_our_code(point["AREA"], body.BY_CODE[point["AREA"]].words),
            component=[{"code": _our_code("WIDEST", "Widest part"), "valueQuantity": size}] if size else None,
        )  # fmt: skip


MAPPERS = {
    Kind.VITALS: _vitals, Kind.WEIGHT: _weight, Kind.SOFT_SIGNS: _soft_signs, Kind.POST_FALL: _post_fall, Kind.PAIN: _pain,
    Kind.FLUID: _fluid, Kind.STOOL: _stool, Kind.SKIN: _skin,
}  # fmt: skip


def _own(check: CheckFacts, name: str, *, suffix: str = "", **members: Any) -> Resource:
    code = members.pop("code", None) or _our_code(name, OUR_WORDS[name])
    return _observation(check, suffix, profile="", category="survey", code=code, **members)


def _observation(check: CheckFacts, suffix: str, *, profile: str, category: str, code: Resource, **members: Any) -> Resource:
    is_wrong = check.withdrawn_at is not None
    _, _, staff_id = check.recorded_by.partition("staff:")
    told: Resource = {
        "identifier": [{"system": OURS, "value": f"{check.id}-{suffix}" if suffix else str(check.id)}],
        "status": "entered-in-error" if is_wrong else "final",
        "category": [{"coding": [_coding(CATEGORY, category, category.replace("-", " ").title())]}], "code": code,
        "subject": {"reference": f"Patient/person-{check.person_id}"}, "effectiveDateTime": instant(check.taken_at),
        "issued": instant(check.recorded_at), "performer": [{"reference": f"Practitioner/staff-{staff_id}"}] if staff_id else None,
        "note": [{"text": check.note}] if check.note and not suffix else None, **members,
    }  # fmt: skip
    meta = {"meta": {"profile": [f"{UK_CORE}{profile}"]}} if profile and not is_wrong else {}
    id_ = f"check-{check.id}-{suffix}" if suffix else f"check-{check.id}"
    return {"resourceType": "Observation", "id": id_, **meta} | {name: value for name, value in told.items() if value not in (None, [])}


def _coded(entry: Mapping[str, Any]) -> Resource:
    codings = [_coding(SNOMED, *entry["snomed"])]
    return {"coding": [_coding(LOINC, *entry["loinc"]), *codings] if "loinc" in entry else codings}


def _coding(system: str, code: str, display: str) -> Resource:
    return {"system": system, "code": code, "display": display}


def _our_code(code: str, words: str) -> Resource:
    return {"coding": [_coding(OURS, code, words)], "text": words}


def _quantity(entry: Mapping[str, Any], value: str) -> Resource:
    code, unit = entry["unit"]
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": code}


def _absent(check: CheckFacts) -> Resource:
    return _reason(*ABSENT_CODES[Absent(check.readings.get("ABSENT", Absent.NOT_MEASURED))])


def _reason(code: str, display: str) -> Resource:
    return {"coding": [_coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", code, display)]}


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# From outside


@dataclass(frozen=True, slots=True)
class Sent:
    """A vital sign or a weight that an outside system says it measured of one of our people."""

    person_id: int
    kind: Kind
    readings: dict[str, str]
    taken_at: datetime
    suffix: str  # of the Observation that it will be among the check's
    identifier: str  # what the sender calls it: sent again, it is the same check
    note: str


def _by_code() -> dict[tuple[str, str], Measure]:
    found: dict[tuple[str, str], Measure] = {}
    for name, entry in CODES["measures"].items():
        if name in set(Measure):
            found[LOINC, entry["loinc"][0]] = found[SNOMED, entry["snomed"][0]] = Measure(name)
    return found | {(SNOMED, code): Measure(name) for code, name in CODES["also"].items()}


MEASURES = _by_code()
PRESSURES = {(LOINC, CODES["pressure"]["loinc"][0]), (SNOMED, CODES["pressure"]["snomed"][0])}
SUBJECT = re.compile(r"Patient/person-([1-9][0-9]{0,17})\Z")
TAKEN = ("final", "amended", "corrected")


def sent(resource: Resource) -> Sent | None:
    """The check that this Observation is, or None where it is none: another kind of observation, nobody of ours, no
    moment, no plain value. Raises Refusal for a measure in a unit that is not the measure's."""
    subject = SUBJECT.match(str(_get(resource, "subject", "reference")))
    taken_at = _moment(resource.get("effectiveDateTime"))
    if subject is None or taken_at is None or resource.get("status") not in TAKEN:
        return None
    codes = _codes(resource.get("code"))
    readings = _components(resource) if codes & PRESSURES else _single(codes, resource)
    if not readings:
        return None
    first = Measure(next(iter(readings)))
    is_weight = first in (Measure.WEIGHT, Measure.HEIGHT)
    if first is Measure.HEIGHT:  # a check of weight needs a weight; a height alone is kept as it came
        return None
    suffix = "pressure" if codes & PRESSURES or first in (Measure.SYSTOLIC, Measure.DIASTOLIC) else "" if is_weight else first.lower()
    return Sent(int(subject[1]), Kind.WEIGHT if is_weight else Kind.VITALS, readings, taken_at, suffix, _identifier(resource), _note(resource))


def _single(codes: set[tuple[str, str]], resource: Resource) -> dict[str, str]:
    measures = {MEASURES[code] for code in codes if code in MEASURES}
    value = _value(_get(resource, "valueQuantity"), next(iter(measures))) if len(measures) == 1 else None
    return {next(iter(measures)).value: value} if value is not None else {}


def _components(resource: Resource) -> dict[str, str]:
    found: dict[str, str] = {}
    components = resource.get("component")
    for component in components if isinstance(components, list) else ():
        found |= _single(_codes(_get(component, "code")), component)
    return {name: value for name, value in found.items() if name in (Measure.SYSTOLIC, Measure.DIASTOLIC)}


def _value(quantity: Any, measure: Measure) -> str | None:
    if not isinstance(quantity, Mapping) or "value" not in quantity or quantity.get("comparator"):
        return None
    wanted = CODES["measures"][measure.value]["unit"][0]
    unit = re.sub(r"\{[^}]*\}", "", str(quantity.get("code", ""))) or str(quantity.get("code", ""))
    if quantity.get("system") != UCUM or unit != wanted:
        raise Refusal(f"{measure.capitalize()} is taken in {wanted} (UCUM) only")
    try:
        return format(Decimal(str(quantity["value"])).normalize(), "f")
    except InvalidOperation:
        return None


def _codes(concept: Any) -> set[tuple[str, str]]:
    codings = _get(concept, "coding")
    return {(str(_get(one, "system")), str(_get(one, "code"))) for one in codings} if isinstance(codings, list) else set()


def _moment(given: Any) -> datetime | None:
    """A full moment with its offset; a day alone does not say when."""
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _identifier(resource: Resource) -> str:
    named = resource.get("identifier")
    if not isinstance(named, list) or not named:
        return ""
    return f"{_get(named[0], 'system') or ''}|{_get(named[0], 'value') or ''}"


def _note(resource: Resource) -> str:
    notes = resource.get("note")
    return "\n".join(str(_get(one, "text") or "") for one in notes) if isinstance(notes, list) else ""


def _get(given: Any, *names: str) -> Any:
    for name in names:
        given = given.get(name) if isinstance(given, Mapping) else None
    return given
