"""The form that puts a file forward."""

from typing import Any

from django import forms

from hearthlight.people.types import PersonFacts, PlaceFacts
from hearthlight.record.importing.reading import LARGEST

TOO_LARGE = f"The file must be smaller than {LARGEST // 1024 // 1024} MB"


class FileForm(forms.Form):
    use_required_attribute = False
    file = forms.FileField(
        label="File", max_length=200, help_text="A FHIR Bundle (JSON or XML), a GP Connect record, or a table of residents (CSV).",
        error_messages={"required": "Choose a file", "empty": "The file is empty", "invalid": "Choose a file", "max_length": "The name of the file is too long"},
    )  # fmt: skip
    person_id = forms.TypedChoiceField(
        label="Whose record", coerce=int, empty_value=None, required=False, help_text="Leave it open where the file has their NHS number.",
        error_messages={"invalid_choice": "Choose one from the list"},
    )  # fmt: skip
    place_id = forms.TypedChoiceField(
        label="For a table: the home they live in", coerce=int, empty_value=None, required=False,
        error_messages={"invalid_choice": "Choose one from the list"},
    )  # fmt: skip

    def __init__(self, *args: Any, people: list[PersonFacts], homes: list[PlaceFacts], **options: Any) -> None:
        super().__init__(*args, **options)
        persons = [(one.id, f"{one.full_name}, {one.place_name}") for one in people]
        self.fields["person_id"].choices = [("", "As the file’s NHS number says"), *persons]  # type: ignore[attr-defined]
        self.fields["place_id"].choices = [("", "No table"), *[(one.id, one.name) for one in homes]]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file
