"""The forms of the devices' pages. Each field refuses what its rule refuses, in the same words."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import forms

from hearthlight.core.text import LONGEST_LINE, clean_line
from hearthlight.core.types import Refusal
from hearthlight.people.permissions import NotAllowed
from hearthlight.people.types import Purpose
from hearthlight.sensors import presenters

Choices = Iterable[tuple[Any, str]]


class LineField(forms.CharField):
    """One line of text, refused or kept by `clean_line`."""

    def __init__(self, *, longest: int = LONGEST_LINE, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.longest = longest
        self.validators = []  # clean_line knows NUL too, and says so in words

    def clean(self, value: Any) -> str:
        try:
            text = value if isinstance(value, str) else ""
            return clean_line(text, what=str(self.label), longest=self.longest, may_be_empty=not self.required)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal


def choice_field(label: str, choices: Choices, **options: Any) -> forms.TypedChoiceField:
    wrong = {"required": "Choose one", "invalid_choice": "Choose one from the list"}
    return forms.TypedChoiceField(label=label, choices=choices, error_messages=wrong, **options)


def number_choice(label: str, choices: Sequence[tuple[int, str]], *, none: str, **options: Any) -> forms.TypedChoiceField:
    shown: list[tuple[Any, str]] = [("", none), *choices]
    return choice_field(label, shown, coerce=int, empty_value=None, **options)


class RoomForm(forms.Form):
    """`done` is how a view hands a form to an action."""

    use_required_attribute = False  # the browser's own bubbles vanish; our summary stays

    def done(self, act: Callable[[], object]) -> bool:
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


class DeviceForm(RoomForm):
    """Enrolling or changing a device. Which fields there are depends on what kind it is; `kind` is wearable, bridge or
    sensor."""

    label = LineField(label="Name", help_text="As staff would say it: Ada’s watch, bed mat in room 7.")
    person_id = number_choice("Who wears it", [], none="Choose")
    place_id = number_choice("Where it is", [], none="Choose")
    purpose = choice_field("What it is for", presenters.PURPOSES)
    spot = choice_field("Where in the home it looks", presenters.SPOTS)
    position = choice_field("Where it is worn", presenters.POSITIONS, required=False)
    base = LineField(label="Base topic", longest=40, help_text="What this bridge publishes under. No two bridges may share one.")
    meaning = choice_field(
        "What it senses", presenters.MEANINGS, required=False, help_text="A mat on a contact sensor is a bed; a cord on a button is a cord."
    )
    word = choice_field("By which of its words", [], required=False)
    inverted = forms.BooleanField(label="It works the other way round", required=False)
    at_least = forms.FloatField(
        label="From which number on it counts as pressed", required=False, help_text="Only for mats that say a number.",
        min_value=-1e6, max_value=1e6,
    )  # fmt: skip
    silent_after = number_choice("Silence is an alert after", presenters.SILENCES, none="the usual time", required=False)

    KEPT: dict[str, tuple[str, ...]] = {
        "wearable": ("label", "person_id", "place_id", "purpose", "position", "silent_after"),
        "bridge": ("label", "place_id", "base", "silent_after"),
        "sensor": ("label", "place_id", "person_id", "purpose", "spot", "meaning", "word", "inverted", "at_least", "silent_after"),
    }  # fmt: skip

    def __init__(
        self, data: Any = None, *, kind: str, people: Sequence[tuple[int, str]], places: Sequence[tuple[int, str]],
        properties: Sequence[str] = (), without: Sequence[str] = (), **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **options)
        for name in set(self.fields) - set(self.KEPT[kind]) | set(without):
            self.fields.pop(name, None)
        self.order_fields([name for name in self.KEPT[kind] if name not in without])
        if "person_id" in self.fields:
            self._choose("person_id", people, "Choose" if kind == "wearable" else "whoever lives there")
            self.fields["person_id"].required = kind == "wearable"
            self.fields["person_id"].label = "Who wears it" if kind == "wearable" else "Who it is about"
        if "place_id" in self.fields:
            self._choose("place_id", places, "Choose")
        if "word" in self.fields:
            self._field("word").choices = [("", "any of them"), *((one, one.replace("_", " ").lower()) for one in properties)]
            if len(properties) < 2:
                del self.fields["word"]

    def _field(self, name: str) -> forms.TypedChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)  # each of those asked for here is one
        return field

    def _choose(self, name: str, choices: Sequence[tuple[int, str]], none: str) -> None:
        self._field(name).choices = [("", none), *choices]

    @property
    def purpose_given(self) -> Purpose:
        """A bridge senses nobody; its column needs a purpose all the same."""
        return Purpose(self.cleaned_data.get("purpose") or Purpose.ENVIRONMENT)

    @property
    def silence_given(self) -> timedelta | None:
        seconds = self.cleaned_data.get("silent_after")
        return timedelta(seconds=seconds) if seconds else None

    @property
    def config_given(self) -> dict[str, Any]:
        """Only what was said: an empty setting means "as usual"."""
        told = {name: self.cleaned_data.get(name) for name in ("meaning", "inverted", "at_least", "base")}
        told["property"] = self.cleaned_data.get("word")
        return {name: value for name, value in told.items() if value not in (None, "", False)}


class ReassignForm(RoomForm):
    person_id = number_choice("Who it is about", [], none="whoever lives there", required=False)
    place_id = number_choice("Where it is", [], none="Choose")

    def __init__(
        self, data: Any = None, *, people: Sequence[tuple[int, str]], places: Sequence[tuple[int, str]], must_be_worn: bool,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **options)
        for name, choices, none in (("person_id", people, "whoever lives there"), ("place_id", places, "Choose")):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", none), *choices]
        self.fields["person_id"].required = must_be_worn
