"""The forms of checks. A value that cannot be is refused; one that is unlikely is asked again; nothing is filled in for
anybody, because a number that nobody measured looks like one that somebody did."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from hearthlight.checks import body, early_warning, falls, rules, scales, signs
from hearthlight.checks import readings as cleaning
from hearthlight.checks.types import Absent, Consciousness, Kind, Measure, Oxygen
from hearthlight.core.text import LONGEST_NOTE, clean_note
from hearthlight.core.types import Refusal
from hearthlight.people.permissions import NotAllowed

Choices = Iterable[tuple[str, str]]
UNITS = {
    Measure.RESPIRATION: "breaths a minute", Measure.SATURATION: "per cent", Measure.SYSTOLIC: "mmHg",
    Measure.DIASTOLIC: "mmHg", Measure.PULSE: "beats a minute", Measure.TEMPERATURE: "°C", Measure.FLOW: "litres a minute",
    Measure.WEIGHT: "kg", Measure.HEIGHT: "cm",
}  # fmt: skip
CONSCIOUSNESS_WORDS = {
    Consciousness.ALERT: "Alert", Consciousness.CONFUSION: "Newly confused", Consciousness.VOICE: "Only to voice",
    Consciousness.PAIN: "Only to pain", Consciousness.UNRESPONSIVE: "Not responding",
}  # fmt: skip
OXYGEN_WORDS = {Oxygen.AIR: "Air", Oxygen.OXYGEN: "Oxygen"}
ABSENT_WORDS = {
    Absent.DECLINED: "They did not want it", Absent.NOT_MEASURED: "It could not be measured", Absent.FAULT: "Device missing or broken",
}  # fmt: skip
WRONG_CHOICE = {"required": "Choose one", "invalid_choice": "Choose one from the list"}


class NumberField(forms.CharField):
    """One measured number, as text with as many decimals as the measure has."""

    def __init__(self, measure: Measure, **options: Any) -> None:
        bounds = rules.BOUNDS[measure]
        pad = {
            "inputmode": "decimal" if bounds.places else "numeric", "autocomplete": "off", "maxlength": "6", "enterkeyhint": "next",
            "data-places": str(bounds.places), "data-low": str(bounds.low), "data-high": str(bounds.high),
        }  # fmt: skip
        super().__init__(label=rules.WORDS[measure], widget=forms.TextInput(attrs=pad), **options)
        self.measure = measure
        self.validators = []

    def clean(self, value: Any) -> Any:
        def cleaned() -> str:
            number = rules.decimal_of(value if isinstance(value, str) else "")
            return "" if number is None else format(rules.checked(self.measure, number), "f")

        text = ruled(cleaned)
        if self.required and not text:
            raise forms.ValidationError("Enter a number")
        return text


def ruled(decide: Callable[[], Any]) -> Any:
    """A rule's refusal as a form's error."""
    try:
        return decide()
    except Refusal as refusal:
        raise forms.ValidationError(refusal.why) from refusal


def radio(label: str, choices: Choices, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), widget=forms.RadioSelect, error_messages=WRONG_CHOICE, **options)


def ticks(label: str, choices: Choices, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), widget=forms.CheckboxSelectMultiple, required=False,
        error_messages={"invalid_choice": "Choose from the list"}, **options,
    )  # fmt: skip


class RoomForm(forms.Form):
    """A form of this room. `done` is how a view hands it to an action."""

    use_required_attribute = False

    def done(self, act: Callable[[], Any]) -> bool:
        """If the form is in order, act. A refusal becomes an error of the form."""
        if not self.is_valid():
            return False
        try:
            act()
        except NotAllowed:
            raise
        except Refusal as refusal:
            self.add_error(None, refusal.why)
        return not self.errors


class CheckForm(RoomForm):
    """What every check asks: when, a note, and the key that makes one form one check."""

    KIND: Kind
    APART: tuple[str, ...] = ()  # fields that this kind's page puts together in its own way
    when = forms.TimeField(
        label="When, if not just now", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter a time, like 20:00"}, help_text="The latest time the clock showed this.",
    )  # fmt: skip
    note = forms.CharField(label="Note", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2}))
    key = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "Open the form afresh"})

    def __init__(self, *args: Any, at: datetime, zone: ZoneInfo, **options: Any) -> None:
        super().__init__(*args, **options)
        self.at, self.zone = at, zone

    def clean_note(self) -> str:
        return str(ruled(lambda: clean_note(self.cleaned_data["note"], what="The note", may_be_empty=True)))

    def clean_key(self) -> str:
        try:
            return str(UUID(self.cleaned_data["key"]))
        except ValueError as wrong:
            raise forms.ValidationError("Open the form afresh") from wrong

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                cleaning.clean(self.KIND, self.readings())
            except Refusal as refusal:
                raise forms.ValidationError(refusal.why) from refusal
        return given

    def taken_at(self) -> datetime:
        clock_time = self.cleaned_data.get("when")
        return rules.latest_at(clock_time, self.at, self.zone) if clock_time else self.at

    def readings(self) -> dict[str, Any]:
        raise NotImplementedError


class SureForm(CheckForm):
    """A form whose unlikely numbers are asked again, each with a box to tick beside the number itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: list[tuple[str, str]] = []

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            self.asked = [pair for pair in self._unlikely(given) if pair[0] not in self.data_list("sure")]
            if self.asked:
                self.add_error(None, "Look again: this is unusual. If it is right, say so below.")
        return given

    def data_list(self, name: str) -> list[str]:
        return list(self.data.getlist(name)) if hasattr(self.data, "getlist") else []

    def _unlikely(self, given: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [
            (f"{name}={given[name]}", f"{field.label} {given[name]} {UNITS[field.measure]} is right")
            for name, field in self.fields.items()
            if isinstance(field, NumberField) and given.get(name) and rules.is_unlikely(field.measure, Decimal(given[name]))
        ]


class VitalsForm(SureForm):
    KIND = Kind.VITALS
    RESPIRATION = NumberField(Measure.RESPIRATION, required=False, help_text="Count for a whole minute.")
    SATURATION = NumberField(Measure.SATURATION, required=False)
    OXYGEN = radio("Air or oxygen", [(code.value, words) for code, words in OXYGEN_WORDS.items()], required=False)
    FLOW = NumberField(Measure.FLOW, required=False)
    SYSTOLIC = NumberField(Measure.SYSTOLIC, required=False)
    DIASTOLIC = NumberField(Measure.DIASTOLIC, required=False)
    PULSE = NumberField(Measure.PULSE, required=False)
    CONSCIOUSNESS = radio("How awake", [(code.value, words) for code, words in CONSCIOUSNESS_WORDS.items()], required=False)
    TEMPERATURE = NumberField(Measure.TEMPERATURE, required=False)
    ABSENT = radio("Why is it missing?", [(code.value, words) for code, words in ABSENT_WORDS.items()], required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.missing: list[str] = []

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if self.errors and not self.asked:
            return given
        self.missing = [rules.WORDS[part] for part in early_warning.PARTS if not given.get(part.value)]
        if self.missing and not given.get("ABSENT"):
            self.add_error("ABSENT", f"Not measured: {', '.join(self.missing).lower()}. Without it there is no NEWS2 total. Say why")
        return given

    def readings(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in (*(m.value for m in Measure), "ABSENT") if name in self.fields}


class WeightForm(SureForm):
    KIND = Kind.WEIGHT
    WEIGHT = NumberField(Measure.WEIGHT, help_text="Same scales, same time of day, same kind of clothes.")
    HEIGHT = NumberField(Measure.HEIGHT, required=False, help_text="Once is enough.")
    PLANNED = radio("Has anybody planned that their weight should change?", [("NO", "No"), ("YES", "Yes")], required=False)

    def readings(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("WEIGHT", "HEIGHT", "PLANNED")}


class FluidForm(CheckForm):
    KIND = Kind.FLUID
    WHAT = radio("What", [*scales.DRINKS.items(), *scales.OUTPUTS.items()])
    ML = forms.CharField(
        label="How much, in ml", max_length=4, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="A cup is about 150, a mug 250, a glass 200.", error_messages={"required": "Enter how much"},
    )  # fmt: skip

    def readings(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("WHAT", "ML")}


class StoolForm(CheckForm):
    KIND = Kind.STOOL
    TYPE = radio("What did it look like?", [(str(number), f"{number}. {words}") for number, words in scales.BRISTOL.items()])
    SIZE = radio("How much?", [("SMALL", "Little"), ("MEDIUM", "Medium"), ("LARGE", "A lot")], required=False)

    def readings(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("TYPE", "SIZE")}


class PainForm(CheckForm):
    KIND = Kind.PAIN
    SAYS = radio(
        "What do they say, from 0 (none) to 10 (the worst)?", [("", "They cannot say"), *((str(n), str(n)) for n in range(11))],
        required=False,
    )  # fmt: skip
    SEEN = ticks("What do you see?", scales.PAIN_SEEN.items(), help_text="Nothing ticked: none of these.")
    WHEN = radio("When?", scales.PAIN_WHEN.items(), required=False)
    WHERE = forms.CharField(label="Where", required=False, max_length=80)

    def readings(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("SAYS", "SEEN", "WHEN", "WHERE")}


class SoftSignsForm(CheckForm):
    KIND = Kind.SOFT_SIGNS
    SIGNS = ticks("Different from usual", [(sign.code, sign.words) for sign in signs.SIGNS], help_text="Nothing ticked: as usual.")

    def readings(self) -> dict[str, Any]:
        return {"SIGNS": self.cleaned_data.get("SIGNS", [])}


class PostFallForm(CheckForm):
    KIND = Kind.POST_FALL

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        answers = [("NO", "No"), ("YES", "Yes"), ("UNSURE", "Not sure")]
        asked = {
            question.code: radio(question.asks, answers, help_text=question.hint, required=False)
            for question in falls.QUESTIONS
        }
        self.fields = asked | self.fields  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        unanswered = [code for code in falls.CODES if not given.get(code) and code not in self.errors]
        if unanswered and len(unanswered) < len(falls.CODES) and self._is_grave(given):
            return given  # 999 does not wait for the rest: what was not asked counts as not sure
        for code in unanswered:
            self.add_error(code, "Choose one; not sure is an answer")
        return given

    def _is_grave(self, given: Mapping[str, Any]) -> bool:
        grave = falls.Advice.DO_NOT_MOVE
        return any(given.get(question.code) == "YES" for question in falls.QUESTIONS if question.advice is grave)

    def readings(self) -> dict[str, Any]:
        return {"ANSWERS": {code: self.cleaned_data[code] for code in falls.CODES if self.cleaned_data.get(code)}}


class SkinForm(CheckForm):
    """Up to `ROWS` places; a row without a place is not there."""

    KIND = Kind.SKIN
    ROWS = 6
    APART = tuple(f"{name}_{number}" for name in ("area", "found", "mm") for number in range(6))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        areas = [("", "Choose where"), *((area.code, area.words) for area in body.AREAS)]
        rows: dict[str, forms.Field] = {}
        for number in range(self.ROWS):
            rows[f"area_{number}"] = forms.ChoiceField(label=f"Place {number + 1}", choices=areas, required=False)
            rows[f"found_{number}"] = forms.ChoiceField(
                label=f"What is at place {number + 1}", choices=[("", "Choose what"), *body.FOUND.items()], required=False
            )
            rows[f"mm_{number}"] = forms.CharField(
                label=f"Size of place {number + 1} in mm", required=False, max_length=3,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )  # fmt: skip
        self.fields = rows | self.fields  # type: ignore[assignment]

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [(self[f"area_{n}"], self[f"found_{n}"], self[f"mm_{n}"]) for n in range(self.ROWS)]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for number in range(self.ROWS):
            area, found = given.get(f"area_{number}"), given.get(f"found_{number}")
            if bool(area) != bool(found):
                self.add_error(f"found_{number}" if area else f"area_{number}", "Choose both where and what")
        return given

    def readings(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "POINTS": [
                {"AREA": given[f"area_{n}"], "FOUND": given[f"found_{n}"], "MM": given.get(f"mm_{n}") or None}
                for n in range(self.ROWS)
                if given.get(f"area_{n}") and given.get(f"found_{n}")
            ]
        }


FORMS: dict[Kind, type[CheckForm]] = {
    form.KIND: form
    for form in (VitalsForm, WeightForm, FluidForm, StoolForm, PainForm, SoftSignsForm, PostFallForm, SkinForm)
}


class WhyForm(RoomForm):
    """Why a check is taken back or replaced."""

    why = forms.CharField(
        label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": "Say why"},
        help_text="For example: the wrong person, a slip of the thumb.",
    )  # fmt: skip

    def clean_why(self) -> str:
        return str(ruled(lambda: clean_note(self.cleaned_data["why"], what="Why", longest=300)))
