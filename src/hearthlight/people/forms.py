"""The forms of this room's pages. Each field refuses what its rule refuses, in the same words."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from hearthlight.core.text import LONGEST_LINE, LONGEST_NOTE, clean_line, clean_note
from hearthlight.core.types import Refusal
from hearthlight.people import presenters, rules
from hearthlight.people.particulars import Told
from hearthlight.people.permissions import NotAllowed
from hearthlight.people.photos import LARGEST_UPLOAD, small_jpeg
from hearthlight.people.types import Basis, Gender, PlaceFacts, PlaceKind, Purpose, Role

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
            what = str(self.label or "This")
            return clean_line(text, what=what, longest=self.longest, may_be_empty=not self.required)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal


class NoteField(LineField):
    """Several lines of text, refused or kept by `clean_note`."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, *, longest: int = LONGEST_NOTE, **options: Any) -> None:
        super().__init__(longest=longest, **options)

    def clean(self, value: Any) -> str:
        try:
            text = value if isinstance(value, str) else ""
            what = str(self.label or "This")
            return clean_note(text, what=what, longest=self.longest, may_be_empty=not self.required)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.why) from refusal


def day_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter a date", "invalid": "Enter a real date"}, **options,
    )  # fmt: skip


def clock_field(label: str, **options: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": "Enter a time", "invalid": "Enter a time, like 20:00"}, **options,
    )  # fmt: skip


def choice_field(label: str, choices: Choices, *, radio: bool = False, **options: Any) -> forms.TypedChoiceField:
    widget = forms.RadioSelect if radio else forms.Select
    wrong = {"required": "Choose one", "invalid_choice": "Choose one from the list"}
    return forms.TypedChoiceField(label=label, choices=choices, widget=widget, error_messages=wrong, **options)


def place_field(label: str, choices: list[tuple[int, str]], **options: Any) -> forms.TypedChoiceField:
    shown: list[tuple[Any, str]] = [("", "Choose"), *choices]
    return choice_field(label, shown, coerce=int, empty_value=None, **options)


class RoomForm(forms.Form):
    """A form of this room. `done` is how a view hands it to an action."""

    use_required_attribute = False  # the browser's own bubbles vanish; our summary stays

    def done(self, act: Callable[[], object], *, blame: str | None = None) -> bool:
        """If the form is in order, act. A refusal becomes an error of the form (or of the field to `blame`)."""
        if not self.is_valid():
            return False
        try:
            act()
        except NotAllowed:
            raise
        except Refusal as refusal:
            self.add_error(blame, refusal.why)
        return not self.errors


class PersonForm(RoomForm):
    given_name = LineField(label="Given name")
    family_name = LineField(label="Family name")
    preferred_name = LineField(label="Preferred name", required=False, help_text="What they like to be called.")
    nhs_number = LineField(label="NHS number", required=False, longest=20, help_text="10 digits, for example 943 476 5919.")
    born_on = day_field("Date of birth", required=False)
    place_id = place_field("Room", [])
    moved_in_on = day_field("Moved in on", required=False)
    about = NoteField(
        label="What matters most", required=False,
        help_text="What someone who has never met them must know at three in the morning.",
    )  # fmt: skip
    photo = forms.FileField(
        label="Photo", required=False, allow_empty_file=True, help_text="JPEG, PNG or WebP, up to 6 MB. It is kept small.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    remove_photo = forms.BooleanField(label="Remove the photo", required=False)

    def __init__(self, *args: Any, rooms: list[tuple[int, str]], today: date, has_photo: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["place_id"] = place_field("Room", rooms)
        if not has_photo:
            del self.fields["remove_photo"]

    def clean_nhs_number(self) -> str:
        return _ruled(lambda: rules.clean_nhs_number(self.cleaned_data["nhs_number"])) or ""

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        _ruled(lambda: rules.check_born_on(born_on, self.today))
        return born_on

    def clean_photo(self) -> bytes | None:
        uploaded = self.cleaned_data["photo"]
        if not uploaded:
            return None
        if uploaded.size > LARGEST_UPLOAD:
            raise forms.ValidationError("The photo must be smaller than 6 MB")
        data = uploaded.read()
        return bytes(_ruled(lambda: small_jpeg(data)))  # here too, so that nothing is half saved

    def details(self) -> dict[str, Any]:
        """What `admit_person` and `change_person` take."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("photo", "remove_photo")}


def _ruled(rule: Callable[[], Any]) -> Any:
    try:
        return rule()
    except Refusal as refusal:
        raise forms.ValidationError(refusal.why) from refusal


GENDERS = (("", "Not said"), *((one.value, one.value.capitalize()) for one in Gender))


class ParticularsForm(RoomForm):
    title = LineField(label="Title", required=False, longest=40, help_text="Mrs, Dr, Sister")
    suffix = LineField(label="After the name", required=False, longest=40, help_text="OBE, Jr")
    address = NoteField(label="Address", required=False, longest=400, help_text="Where they lived before, or live: up to five lines.")
    postcode = LineField(label="Postcode", required=False, longest=10)
    gender = choice_field("Gender", GENDERS, required=False)
    sex = choice_field("Sex, as registered at birth", GENDERS, required=False)
    ethnicity = LineField(label="Ethnicity", required=False, help_text="In their own words.")
    religion = LineField(label="Religion or belief", required=False)
    birth_place = LineField(label="Place of birth", required=False)
    organ_donation = choice_field(
        "Organ and tissue donation", (("", "Not known"), ("yes", "Wishes to give"), ("no", "Does not wish to")), required=False
    )
    other_identifier = LineField(label="Another number they are known by", required=False, help_text="Council or hospital number")

    def told(self) -> Told:
        given = dict(self.cleaned_data)
        return Told(**{**given, "organ_donation": {"yes": True, "no": False}.get(given["organ_donation"])})


class MoveOutForm(RoomForm):
    on = day_field("Moved out on", help_text="Sensing stops at once, and the room is free for someone else.")


class ConsentForm(RoomForm):
    purpose = choice_field("What for", [(p.value, presenters.PURPOSES[p].name) for p in Purpose], radio=True)
    place_id = place_field("Where", [])
    all_day = choice_field("When", [("yes", "Day and night"), ("no", "Only between these hours")], radio=True, initial="yes")
    from_time = clock_field("From", required=False)
    until_time = clock_field("Until", required=False, help_text="An earlier time than “from” means the next morning.")
    basis = choice_field("On whose say-so", [(b.value, presenters.BASIS_WORDS[b]) for b in Basis], radio=True)
    given_by = LineField(label="Who said yes", help_text="Their name: the person, the attorney, or who led the decision.")
    evidence = NoteField(
        label="Where is that written down", help_text="The signed form, the registration number, or the decision record.",
        longest=1000,
    )  # fmt: skip
    review_on = day_field("Review by", help_text="Within a year. It stays in force after that, and is flagged until reviewed.")

    def __init__(self, *args: Any, places: list[tuple[int, str]], today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        shown: list[tuple[Any, str]] = [("", "Anywhere in the home"), *places]
        self.fields["place_id"] = choice_field("Where", shown, coerce=int, empty_value=None, required=False)

    def clean_review_on(self) -> date:
        review_on: date = self.cleaned_data["review_on"]
        _ruled(lambda: rules.check_review_on(review_on, self.today))
        return review_on

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("all_day") == "no":
            for name in ("from_time", "until_time"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, "Enter a time, like 22:00")
            if given.get("from_time") is not None and given.get("from_time") == given.get("until_time"):
                self.add_error("until_time", "Choose two different times, or day and night")
        return given

    def details(self) -> dict[str, Any]:
        """What `give_consent` takes."""
        given = self.cleaned_data
        kept = {name: given[name] for name in ("place_id", "given_by", "evidence", "review_on")}
        is_all_day = given["all_day"] == "yes"
        hours = {
            "from_minute": 0 if is_all_day else minute_of(given["from_time"]),
            "until_minute": 0 if is_all_day else minute_of(given["until_time"]),
        }
        return {**kept, **hours, "purpose": Purpose(given["purpose"]), "basis": Basis(given["basis"])}


def minute_of(clock_time: Any) -> int:
    return int(clock_time.hour * 60 + clock_time.minute)


class WithdrawForm(RoomForm):
    why = NoteField(label="Why", longest=1000, help_text="Who asked, and what they said.")


class CircleForm(RoomForm):
    staff_id = choice_field("A member of staff", [])
    name = LineField(label="Name", required=False, help_text="Leave empty when you chose a member of staff.")
    relationship = LineField(label="Relationship", longest=40, help_text="For example daughter, friend, key worker.")
    phone = LineField(label="Phone", longest=20, required=False)
    email = forms.EmailField(label="E-mail", required=False, error_messages={"invalid": "Enter it like name@example.org"})
    may_be_told = forms.BooleanField(label="May be told when something happens", required=False)
    may_see = forms.BooleanField(label="May see their record", required=False)

    def __init__(self, *args: Any, staff: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        shown: list[tuple[Any, str]] = [("", "Nobody: someone from outside"), *staff]
        self.fields["staff_id"] = choice_field("A member of staff", shown, coerce=int, empty_value=None, required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not given.get("name") and not given.get("staff_id") and "name" not in self.errors:
            self.add_error("name", "Enter a name, or choose a member of staff")
        return given


class PlaceForm(RoomForm):
    kind = choice_field("What is it", [], radio=True)
    name = LineField(label="Name", help_text="As it is called in the house: Room 7, Rowan unit.")

    def __init__(self, *args: Any, inside: PlaceKind, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(kind.value, presenters.KIND_WORDS[kind]) for kind in rules.KINDS_INSIDE[inside]]
        self.fields["kind"] = choice_field("What is it", kinds, radio=True, initial=kinds[0][0] if kinds else None)


class RenameForm(RoomForm):
    name = LineField(label="Name")


class StaffForm(RoomForm):
    name = LineField(label="Name")
    email = LineField(label="E-mail", required=False, longest=254)
    phone = LineField(label="Phone", required=False, longest=20)


class NewStaffForm(StaffForm):
    username = LineField(label="Sign-in name", longest=150, help_text="Letters and digits, without spaces.")
    based_at_id = place_field("Where they work", [])
    field_order = ("name", "username", "based_at_id", "email", "phone")

    def __init__(self, *args: Any, places: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["based_at_id"] = place_field("Where they work", places)


def role_choices(roles: Iterable[Role]) -> list[tuple[str, str]]:
    return [(role.value, presenters.ROLE_WORDS[role]) for role in roles]


class RoleForm(RoomForm):
    role = choice_field("Role", [])
    place_id = place_field("Over", [])

    def __init__(self, *args: Any, roles: Iterable[Role], places: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"] = choice_field("Role", role_choices(roles), coerce=Role)
        self.fields["place_id"] = place_field("Over", places)


class ShiftForm(RoomForm):
    staff_id = place_field("Who", [])
    role = choice_field("As", [])
    place_id = place_field("Where", [])
    day = day_field("Day it starts")
    from_time = clock_field("From")
    until_time = clock_field("Until", help_text="The same or an earlier time means the next day.")

    def __init__(
        self, *args: Any, staff: list[tuple[int, str]], roles: Iterable[Role], places: list[PlaceFacts], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.places = {place.id: place for place in places}
        known = {place.path: place for place in places}
        self.fields["staff_id"] = place_field("Who", staff)
        self.fields["role"] = choice_field("As", role_choices(roles), coerce=Role)
        self.fields["place_id"] = place_field("Where", [(p.id, presenters.path_words(p, known)) for p in places])

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
            raise forms.ValidationError("Enter a date near today")
        return day

    def span(self) -> tuple[datetime, datetime]:
        """Start and end as instants, by the clock on the wall where the shift is."""
        given = self.cleaned_data
        zone = ZoneInfo(self.places[given["place_id"]].timezone)
        start, end = minute_of(given["from_time"]), minute_of(given["until_time"])
        end_day = given["day"] if end > start else given["day"] + timedelta(days=1)
        return rules.on_the_wall(given["day"], start, zone), rules.on_the_wall(end_day, end, zone)
