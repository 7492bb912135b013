"""The forms that set what is usual, what is acceptable, and what a home does by score."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from hearthlight.checks import rules
from hearthlight.checks.forms import RoomForm, ruled
from hearthlight.checks.types import Kind, Level, Measure, Policy
from hearthlight.core.text import clean_line

LIMITED = (
    Measure.RESPIRATION, Measure.SATURATION, Measure.SYSTOLIC, Measure.DIASTOLIC, Measure.PULSE, Measure.TEMPERATURE,
    Measure.WEIGHT,
)  # fmt: skip
TONES = ("watch", "soon", "urgent", "urgent")
MOST_LEVELS = 4
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


def whole(label: str, low: int, high: int, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, widget=forms.TextInput(attrs=NUMERIC), error_messages={"invalid": "Enter a whole number"},
        **options,
    )  # fmt: skip


class UsualForm(RoomForm):
    total = whole("Their usual NEWS2", 0, 20, required=False, help_text="Empty: not known.")
    agreed_with = forms.CharField(
        label="Agreed with", required=False, max_length=80, help_text="From 5 on: the clinician, by name and role."
    )
    note = forms.CharField(
        label="What else is usual for them", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What a carer who has not met them should know before worrying, or not worrying.",
    )  # fmt: skip


class LimitForm(RoomForm):
    measure = forms.TypedChoiceField(
        label="What", choices=[(one.value, rules.WORDS[one]) for one in LIMITED], coerce=Measure,
        error_messages={"invalid_choice": "Choose one from the list", "required": "Choose one"},
    )  # fmt: skip
    low = forms.CharField(label="No lower than", required=False, max_length=6, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    high = forms.CharField(
        label="No higher than", required=False, max_length=6, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Both empty: no limit of their own any more.",
    )  # fmt: skip
    agreed_with = forms.CharField(label="Agreed with", required=False, max_length=80, help_text="The clinician, by name and role.")

    def clean_low(self) -> Decimal | None:
        return self._end("low")

    def clean_high(self) -> Decimal | None:
        return self._end("high")

    def _end(self, name: str) -> Decimal | None:
        found: Decimal | None = ruled(lambda: rules.decimal_of(self.cleaned_data[name]))
        return found


class ScaleTwoForm(RoomForm):
    decided_by = forms.CharField(
        label="Which clinician decided?", max_length=80, error_messages={"required": "Enter who decided"}, help_text="By name and role."
    )
    decided_on = forms.DateField(
        label="When?", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter a date", "invalid": "Enter a real date"},
    )  # fmt: skip
    evidence = forms.CharField(
        label="Where is the decision kept, and the prescribed target of 88 to 92 per cent?", max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": "Say where it is written"},
    )  # fmt: skip

    def clean_decided_on(self) -> date:
        day: date = self.cleaned_data["decided_on"]
        if day.year < 2000:
            raise forms.ValidationError("Enter a real date")
        return day


class PolicyForm(RoomForm):
    """Four levels, gravest last; one without a name is not there."""

    def __init__(self, *args: Any, before: Policy, agreed_with: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before = before
        for number in range(MOST_LEVELS):
            level = before.levels[number] if number < len(before.levels) else None
            self.fields.update(_level_fields(number, level))
        for kind in (Kind.VITALS, Kind.WEIGHT):
            words = "a full set of vital signs" if kind is Kind.VITALS else "weight"
            self.fields[f"routine_{kind}"] = whole(
                f"By routine, {words} every so many days", 0, rules.MOST_DAYS, initial=before.routine_days.get(kind, 0), help_text="0: no routine."
            )
        self.fields["fluid"] = whole("Fluids to aim for, ml a day", 500, 5000, initial=before.fluid_target_ml)
        self.fields["agreed_with"] = forms.CharField(
            label="Agreed with", max_length=80, initial=agreed_with, error_messages={"required": "Enter who it was agreed with"},
            help_text="The GP practice, the integrated care board or the clinical lead.",
        )  # fmt: skip

    def levels(self) -> list[list[forms.BoundField]]:
        names = ("name", "total", "rise", "on_three", "again", "acts")
        return [[self[f"{name}_{number}"] for name in names] for number in range(MOST_LEVELS)]

    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.rpartition("_")[2].isdecimal()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            ruled(lambda: rules.check_policy(self.policy()))
        return given

    def policy(self) -> Policy:
        given = self.cleaned_data
        routine = {kind: given[f"routine_{kind}"] for kind in (Kind.VITALS, Kind.WEIGHT) if given[f"routine_{kind}"]}
        kept = {kind: days for kind, days in self.before.routine_days.items() if kind not in (Kind.VITALS, Kind.WEIGHT)}
        levels = tuple(self._level(number) for number in range(MOST_LEVELS) if given.get(f"name_{number}"))
        return replace(self.before, levels=levels, routine_days=kept | routine, fluid_target_ml=given["fluid"])

    def _level(self, number: int) -> Level:
        given = self.cleaned_data
        acts = tuple(line for raw in given[f"acts_{number}"].splitlines() if (line := _line(raw)))
        return Level(
            name=_line(given[f"name_{number}"]), total=given[f"total_{number}"], rise=given[f"rise_{number}"], acts=acts,
            again_minutes=given[f"again_{number}"] or 0, tone=TONES[number], on_three=given[f"on_three_{number}"],
        )  # fmt: skip


def _line(text: str) -> str:
    return str(ruled(lambda: clean_line(text, what="What to do", longest=200, may_be_empty=True)))


def _level_fields(number: int, level: Level | None) -> dict[str, forms.Field]:
    told = f"Level {number + 1}"
    return {
        f"name_{number}": forms.CharField(label=f"{told}: name", required=False, max_length=30, initial=level.name if level else ""),
        f"total_{number}": whole(f"{told}: from a total of", 1, 20, required=False, initial=level.total if level else None),
        f"rise_{number}": whole(f"{told}: or a rise above usual of", 1, 20, required=False, initial=level.rise if level else None),
        f"on_three_{number}": forms.BooleanField(label=f"{told}: or a 3 in any one part", required=False, initial=bool(level and level.on_three)),
        f"again_{number}": whole(f"{told}: check again after so many minutes", 0, rules.MOST_MINUTES, required=False,
                                 initial=level.again_minutes if level else None),
        f"acts_{number}": forms.CharField(
            label=f"{told}: what to do, a line each", required=False, max_length=2000, initial="\n".join(level.acts) if level else "",
            widget=forms.Textarea(attrs={"rows": 4}),
        ),
    }  # fmt: skip
