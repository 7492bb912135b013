"""The closing form, calling off, and editing a plan."""

from typing import Any

from django import forms

from hearthlight.alerts.types import (
    FOUND_WORDS,
    KIND_WORDS,
    SEVERITY_WORDS,
    TOLD_TO_WORDS,
    Found,
    Severity,
    ToldTo,
    Truth,
)
from hearthlight.core.text import LONGEST_LINE, LONGEST_NOTE, clean_line, clean_note
from hearthlight.core.types import Refusal
from hearthlight.response import rules
from hearthlight.response.presenters import CANCEL_REASONS, TRUTHS
from hearthlight.response.types import Audience, Step

OUTCOMES = {
    "open": "Still open", "TRUE": "True", "FALSE": "False alarm", "UNSURE": "Not sure", "cancelled": "Called off",
    "merged": "Repeats",
}  # fmt: skip
REPEATS = {0: "do not repeat", 30: "30 s", 60: "1 min", 120: "2 min", 300: "5 min", 600: "10 min", 1800: "30 min"}


class CloseForm(forms.Form):
    """What was found. Every question is a tap; only the note is typed, and it may be left empty."""

    truth = forms.ChoiceField(
        label="Was the alert right?", choices=[(code.value, words) for code, words in TRUTHS.items()],
        widget=forms.RadioSelect, error_messages={"required": "Say whether it was right"},
    )  # fmt: skip
    found = forms.ChoiceField(
        label="How did you find them?", choices=[(code.value, words) for code, words in FOUND_WORDS.items()],
        widget=forms.RadioSelect, error_messages={"required": "Say what you found"},
    )  # fmt: skip
    is_up = forms.ChoiceField(
        label="Are they off the floor now?", choices=[("yes", "Yes"), ("no", "No, still on the floor")],
        widget=forms.RadioSelect, help_text="If not, the clock goes on until somebody says they are up.",
        error_messages={"required": "Say whether they are off the floor"},
    )  # fmt: skip
    told = forms.MultipleChoiceField(
        label="Who was told?", choices=[(code.value, words) for code, words in TOLD_TO_WORDS.items()],
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=LONGEST_NOTE)

    def __init__(self, *args: Any, on_floor: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not on_floor:
            del self.fields["is_up"]

    def clean_note(self) -> str:
        try:
            return clean_note(self.cleaned_data["note"], what="The note", may_be_empty=True)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal

    def answers(self) -> dict[str, Any]:
        """As `alerts.actions.close` takes them."""
        given = self.cleaned_data
        return {
            "truth": Truth(given["truth"]), "found": Found(given["found"]), "told": [ToldTo(code) for code in given["told"]],
            "note": given["note"], "is_up": given.get("is_up", "yes") == "yes",
        }  # fmt: skip


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why?", choices=list(CANCEL_REASONS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Say why"},
    )  # fmt: skip
    more = forms.CharField(label="In your own words", required=False, max_length=LONGEST_LINE)

    def clean_more(self) -> str:
        try:
            return clean_line(self.cleaned_data["more"], what="This", may_be_empty=True)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("reason") == "OTHER" and not given.get("more"):
            self.add_error("more", "Say in a few words what it was")
        return given

    def why(self) -> str:
        reason, more = self.cleaned_data["reason"], self.cleaned_data["more"]
        return more if reason == "OTHER" else " — ".join(filter(None, [CANCEL_REASONS[reason], more]))


class HistoryForm(forms.Form):
    """Which alerts. Everything may be left empty; what makes no sense is left out rather than refused."""

    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    severity = forms.ChoiceField(
        label="How urgent", required=False, choices=[("", "Any"), *((s.value, w) for s, w in SEVERITY_WORDS.items())]
    )
    kind = forms.ChoiceField(
        label="What", required=False, choices=[("", "Anything"), *((k.value, w) for k, w in KIND_WORDS.items())]
    )
    outcome = forms.ChoiceField(label="How it ended", required=False, choices=[("", "Any way"), *OUTCOMES.items()])
    place = forms.IntegerField(label="Where", required=False, widget=forms.Select)

    def __init__(self, *args: Any, places: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget.choices = [("", "Everywhere"), *places]

    def wanted(self) -> dict[str, Any]:
        """The valid answers. A wrong one is shown as an error and has no effect."""
        self.is_valid()
        given = self.cleaned_data if self.is_bound else {}
        return {name: given.get(name) or None for name in self.fields}


class PlanForm(forms.Form):
    """Up to `rules.MOST_STEPS` steps; a step without an audience is not there."""

    def __init__(self, *args: Any, steps: tuple[Step, ...], severity: Severity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.severity = severity
        audiences = [("", "nobody: no such step"), *((a.value, words) for a, words in rules.AUDIENCES.items())]
        for number in range(rules.MOST_STEPS):
            step = steps[number] if number < len(steps) else None
            self.fields[f"after_{number}"] = forms.IntegerField(
                label=f"Step {number + 1}: after how many seconds?", required=False, min_value=0, max_value=rules.LONGEST_AFTER_S,
                initial=step.after_s if step else None, widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )  # fmt: skip
            self.fields[f"audience_{number}"] = forms.ChoiceField(
                label=f"Step {number + 1}: tell whom?", required=False, choices=audiences,
                initial=step.audience.value if step else "",
            )  # fmt: skip
        last = steps[-1].repeat_s if steps else 0
        choices = dict(REPEATS) | {last: REPEATS.get(last, f"{last} s")}
        self.fields["repeat"] = forms.TypedChoiceField(
            label="Repeat the final step every", coerce=int, choices=sorted(choices.items()), initial=last
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                rules.check_plan_for(self.severity, self.steps())
            except Refusal as refusal:
                raise forms.ValidationError(refusal.why) from refusal
        return given

    def steps(self) -> list[Step]:
        given = self.cleaned_data
        pairs = [
            (given.get(f"after_{number}"), given.get(f"audience_{number}")) for number in range(rules.MOST_STEPS)
        ]
        found = [Step(after or 0, Audience(audience)) for after, audience in pairs if audience]
        if not found:
            return []
        last = found[-1]
        return [*found[:-1], Step(last.after_s, last.audience, given.get("repeat") or 0)]

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"after_{number}"], self[f"audience_{number}"]) for number in range(rules.MOST_STEPS)]


