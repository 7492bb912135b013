"""What an entry is: one kind of thing to write down about a person, and where each of its fields lives in FHIR."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hearthlight.record.types import Section


class Input(StrEnum):
    """How a field is asked, and of which FHIR type it is."""

    LINE = "LINE"  # string
    TEXT = "TEXT"  # string of several lines
    DATE = "DATE"  # date
    MOMENT = "MOMENT"  # dateTime, of which a carer is asked the day
    INSTANT = "INSTANT"  # dateTime or instant, to the minute
    FLAG = "FLAG"  # boolean
    NUMBER = "NUMBER"  # decimal
    CODE = "CODE"  # a SNOMED CT concept id, where somebody knows it
    CHOICE = "CHOICE"  # code, from `choices`


@dataclass(frozen=True, slots=True)
class Field:
    """`concept` is the element of *PRSB Care home information* it is, below the entry's own (`/` between levels);
    `at` is where it lives in the resource (`paths`). A field that is `is_detail` is asked only when opened."""

    concept: str
    at: str
    label: str
    input: Input = Input.LINE
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    is_detail: bool = False
    is_required: bool = False

    @property
    def name(self) -> str:
        """Its name in a form: the concept, in small letters."""
        return "".join(letter if letter.isalnum() else "_" for letter in self.concept.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of entry. `base` is what every such resource says; `subject` names the element that says whom it is about.
    `told_by` are the fields a line shows, in order. `roles` are the professionals named in it: the
    stem of their contained resources, and the element that refers to them."""

    key: str
    chapter: str
    title: str
    concept: str
    base: dict[str, Any]
    fields: tuple[Field, ...]
    subject: str = "subject"
    is_single: bool = False
    guard: Section | None = None
    hint: str = ""
    told_by: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()

    @property
    def type(self) -> str:
        return str(self.base["resourceType"])

    def field(self, concept: str) -> Field:
        return next(one for one in self.fields if one.concept == concept)

    def told(self) -> Sequence[Field]:
        """The fields a line in a list shows."""
        return [self.field(concept) for concept in self.told_by] or [one for one in self.fields if not one.is_detail][:3]
