"""The forms of these pages: an app's registration, and breaking the glass. What is wrong is said by the rules."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from hearthlight.core.text import clean_line
from hearthlight.core.types import Refusal
from hearthlight.people.permissions import NotAllowed
from hearthlight.record.smart import glass, presenters, rules
from hearthlight.record.smart.types import AppFacts, AppKind
from hearthlight.record.types import Section

USUAL_SCOPES = "launch\nlaunch/patient\nopenid\nfhirUser\npatient/*.rs"


class LineField(forms.CharField):
    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(strip=False, **options)
        self.longest, self.validators = longest, []

    def clean(self, value: Any) -> str:
        try:
            text = value if isinstance(value, str) else ""
            return clean_line(text, what=str(self.label), longest=self.longest, may_be_empty=not self.required)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal


def _lines(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=6_000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}), **options
    )


class SmartForm(forms.Form):
    use_required_attribute = False

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


class AppForm(SmartForm):
    label = LineField(label="Name", longest=80, help_text="As staff will read it: Dr Patel’s surgery.")
    kind = forms.TypedChoiceField(
        label="What is it", coerce=AppKind, choices=[(kind.value, words) for kind, words in presenters.KINDS.items()],
        widget=forms.RadioSelect, error_messages={"required": "Choose one", "invalid_choice": "Choose one from the list"},
    )  # fmt: skip
    place_id = forms.TypedChoiceField(
        label="For whom", coerce=int, help_text="It never reaches anyone who lives elsewhere.",
        error_messages={"required": "Choose a place", "invalid_choice": "Choose one from the list"},
    )  # fmt: skip
    scopes = _lines("What it may ask for", help_text="Scopes, one on each line. Whoever lets it in can be given less, never more.")
    sections = forms.TypedMultipleChoiceField(
        label="Guarded parts it may open", coerce=Section, required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, words) for one, words in presenters.SECTIONS.items()],
        help_text="Leave empty unless it cannot do its work without.",
    )  # fmt: skip
    redirect_uris = _lines("Where it comes back to", required=False, help_text="https addresses, one on each line. Not for a service without a user.")
    launch_url = forms.CharField(
        label="Address that opens it", required=False, max_length=rules.LONGEST_URI,
        help_text="Then staff can open it from a person’s page.",
    )  # fmt: skip
    jwks = _lines("Its public keys", required=False, help_text="A JSON Web Key Set, for an app that signs. Or enter their address below.")
    jwks_url = forms.CharField(label="Address of its keys", required=False, max_length=rules.LONGEST_URI)

    def __init__(self, *args: Any, places: Sequence[tuple[int, str]], known: AppFacts | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["place_id"].choices = [("", "Choose"), *places]  # type: ignore[attr-defined]
        self.fields["scopes"].initial = "\n".join(known.scopes) if known else USUAL_SCOPES
        if known:
            del self.fields["kind"], self.fields["place_id"]
            self.fields["label"].initial, self.fields["launch_url"].initial = known.label, known.launch_url
            self.fields["redirect_uris"].initial = "\n".join(known.redirect_uris)
            self.fields["sections"].initial = list(known.sections)
            self.fields["jwks"].help_text = "Leave both empty to keep the keys it has."

    def clean_scopes(self) -> list[str]:
        return rules.clean_lines(self.cleaned_data["scopes"])

    def clean_redirect_uris(self) -> list[str]:
        return rules.clean_lines(self.cleaned_data["redirect_uris"])

    def clean_jwks(self) -> str:
        return str(self.cleaned_data["jwks"]).strip()


class GlassForm(SmartForm):
    nhs_number = LineField(label="NHS number", longest=20, required=False, help_text="10 digits. Or enter the two below.")
    family_name = LineField(label="Family name", longest=80, required=False)
    born_on = forms.DateField(
        label="Date of birth", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a real date"},
    )  # fmt: skip
    why = LineField(label="Why", longest=glass.LONGEST_WHY, help_text="What has happened. Their managers read this.")

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        digits = "".join(given.get("nhs_number", "").replace("-", " ").split())
        if not digits and not (given.get("family_name") and given.get("born_on")) and not self.errors:
            self.add_error("nhs_number", "Enter the NHS number, or the family name and the date of birth")
        given["nhs_number"] = digits
        return given
