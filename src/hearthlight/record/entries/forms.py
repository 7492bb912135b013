"""The form of an entry, made from its definition; and what was sent, as the resource wants it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from hearthlight.core.text import LONGEST_NOTE, clean_line, clean_note
from hearthlight.core.types import Refusal
from hearthlight.record.entries.types import Entry, Field, Input

LONGEST_LINE = 300  # characters: a dose, an address on one line
CONCEPT_ID = r"^[0-9]{6,18}$"  # SNOMED CT Release File Specification §2.1
MOST = 10**9  # beyond every dose and score


class _Words(forms.CharField):
    """Typed text as `core.text` keeps it."""

    def __init__(self, *, is_line: bool, **options: Any) -> None:
        super().__init__(strip=False, widget=forms.TextInput() if is_line else forms.Textarea(attrs={"rows": 3}), **options)
        self.validators = []
        self.is_line = is_line

    def clean(self, value: Any) -> str:
        typed, what, optional = value if isinstance(value, str) else "", str(self.label), not self.required
        try:
            if self.is_line:
                return clean_line(typed, what=what, longest=LONGEST_LINE, may_be_empty=optional)
            return clean_note(typed, what=what, longest=LONGEST_NOTE, may_be_empty=optional)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal


class EntryForm(forms.Form):
    """`detail_fields` are asked only when opened."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, entry: Entry, zone: ZoneInfo, said: Mapping[str, Any]) -> None:
        self.entry, self.zone, self.said = entry, zone, said
        super().__init__(data, initial={one.name: _shown(one, said.get(one.name), zone) for one in entry.fields})
        for one in entry.fields:
            self.fields[one.name] = _field(one, said.get(one.name))

    @property
    def first_fields(self) -> list[Any]:
        return [self[one.name] for one in self.entry.fields if not one.is_detail]

    @property
    def detail_fields(self) -> list[Any]:
        return [self[one.name] for one in self.entry.fields if one.is_detail]

    @property
    def is_detail_wanted(self) -> bool:
        """Open the details: something is wrong in them, or something is said there already."""
        return any(bound.errors or self.said.get(bound.name) for bound in self.detail_fields)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not any(value not in (None, "", False) for value in given.values()):
            raise forms.ValidationError("Nothing is written here yet")
        return given

    def values(self) -> dict[str, Any]:
        """As `shape.resource_of` takes them. What was not changed is handed back to the letter: a form shows the day of
        what may have come with its second."""
        return {
            one.name: self.said.get(one.name) if self.cleaned_data[one.name] == self._was(one) else self._said(one)
            for one in self.entry.fields
        }

    def _was(self, one: Field) -> Any:
        shown = self.initial.get(one.name)
        return shown if shown is not None else ("" if one.input in (Input.LINE, Input.TEXT, Input.CODE, Input.CHOICE) else None)

    def _said(self, one: Field) -> Any:
        value = self.cleaned_data[one.name]
        if isinstance(value, datetime):
            return value.replace(tzinfo=self.zone).astimezone(UTC).isoformat().replace("+00:00", "Z")
        return value.isoformat() if isinstance(value, date) else value


def _field(one: Field, said: Any) -> forms.Field:
    told: dict[str, Any] = {"label": one.label, "required": one.is_required, "help_text": one.hint}
    wrong = {"required": "Enter a date", "invalid": "Enter a real date"}
    if one.input in (Input.DATE, Input.MOMENT):
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), error_messages=wrong, **told)
    if one.input is Input.INSTANT:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        return _LocalTime(widget=widget, error_messages=wrong, **told)
    if one.input is Input.FLAG:
        return forms.BooleanField(**told)
    if one.input is Input.NUMBER:
        told |= {"error_messages": {"invalid": "Enter a number"}, "min_value": -MOST, "max_value": MOST}
        return forms.DecimalField(max_digits=18, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **told)
    if one.input is Input.CODE:
        wrong = {"invalid": "A SNOMED CT code is 6 to 18 digits"}
        return forms.RegexField(CONCEPT_ID, error_messages=wrong, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **told)
    if one.input is Input.CHOICE:
        theirs = [(said, said)] if said and said not in dict(one.choices) else []  # another system's word for it stays
        return forms.ChoiceField(choices=[("", "Not said"), *one.choices, *theirs], **told)
    return _Words(is_line=one.input is Input.LINE, **told)


class _LocalTime(forms.DateTimeField):
    """What the clock on the wall says, without a zone: the form knows the home's."""

    def clean(self, value: Any) -> datetime | None:
        found = super().clean(value)
        return found.replace(tzinfo=None) if found else None


def _shown(one: Field, value: Any, zone: ZoneInfo) -> Any:
    """A stored value as the form shows it."""
    if not isinstance(value, str):
        return value
    if one.input in (Input.DATE, Input.MOMENT):
        return _day(value, zone)
    if one.input is Input.INSTANT:
        moment = _moment(value)
        return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0) if moment else None
    return value


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _day(text: str, zone: ZoneInfo) -> date | None:
    """The day of a FHIR date or dateTime; None for what names only a year or a month, which no date field can show."""
    moment = _moment(text)
    if moment:
        return moment.astimezone(zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
