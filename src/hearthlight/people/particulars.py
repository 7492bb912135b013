"""What else a record says of somebody: title, address, background. The writer is offered in `actions`."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from hearthlight.core import audit, facts
from hearthlight.core.text import clean_line, clean_note
from hearthlight.core.types import Actor, Refusal
from hearthlight.people.models import Particulars, Person
from hearthlight.people.types import Gender

ADDRESS_LINES = 5  # PRSB: address lines 1 to 5
LONGEST = {"title": 40, "suffix": 40, "postcode": 10}  # characters; the others 80
NAMES = {
    "title": "Title", "suffix": "Suffix", "ethnicity": "Ethnicity", "religion": "Religion", "birth_place": "Place of birth",
    "other_identifier": "Other number", "postcode": "Postcode",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """As it was typed. `gender` and `sex` are empty or one of Gender; `organ_donation` None: not known."""

    title: str = ""
    suffix: str = ""
    gender: str = ""
    sex: str = ""
    ethnicity: str = ""
    religion: str = ""
    birth_place: str = ""
    organ_donation: bool | None = None
    other_identifier: str = ""
    address: str = ""
    postcode: str = ""


@transaction.atomic
def change_particulars(*, person_id: int, told: Told, by: Actor, at: datetime) -> None:
    """Which of them changed is audited, not what they say."""
    person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    row, _ = Particulars.objects.get_or_create(person=person)
    changed = sorted(name for name, value in _cleaned(told).items() if getattr(row, name) != value)
    if not changed:
        return
    for name, value in _cleaned(told).items():
        setattr(row, name, value)
    row.save()
    audit.record(
        by=by, at=at, action="particulars changed", subject=f"person:{person_id}", person_id=person_id, detail={"fields": changed}
    )
    facts.changed("person", person_id, by=by, at=at)


def _cleaned(told: Told) -> dict[str, object]:
    said: dict[str, object] = dict(asdict(told))
    for name, what in NAMES.items():
        said[name] = clean_line(str(said[name]), what=what, longest=LONGEST.get(name, 80), may_be_empty=True)
    address = clean_note(told.address, what="Address", longest=400, may_be_empty=True)
    if address.count("\n") >= ADDRESS_LINES:
        raise Refusal("An address has at most five lines")
    for name in ("gender", "sex"):
        if said[name] and said[name] not in set(Gender):
            raise Refusal("Choose one from the list")
    return {**said, "address": address, "postcode": str(said["postcode"]).upper()}


def particulars_of(person: Person) -> Particulars:
    """What is said of somebody; an empty row where nothing is."""
    return Particulars.objects.filter(person=person).first() or Particulars(person=person)
