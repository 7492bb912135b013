"""What a file would bring in, and what it brought: told the same before and after."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from hearthlight.record.types import Resource


class Kind(StrEnum):
    R4 = "R4"  # a FHIR R4 Bundle
    STU3 = "STU3"  # a GP Connect structured record
    RESIDENTS = "RESIDENTS"  # a table of people


class Left(StrEnum):
    """Why something of a file is not brought in. It stays in the file, which is kept."""

    SOMEBODY_ELSE = "SOMEBODY_ELSE"  # it names another person
    NOBODY = "NOBODY"  # it does not say whom it is about
    AGAIN = "AGAIN"  # the same again
    COMPARED = "COMPARED"  # the Patient itself: ours stands
    MESSAGE = "MESSAGE"  # an OperationOutcome
    NOT_TAKEN = "NOT_TAKEN"  # a type that is not brought in by a file


@dataclass(slots=True)
class Counted:
    """Of one type as the file calls it. `kept`: elements kept word for word, for R4 has no place for them; `whole`:
    resources kept whole; `elsewhere`: references to what is not in the file."""

    read: int = 0
    mapped: int = 0
    kept: int = 0
    whole: int = 0
    elsewhere: int = 0
    left: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """`differs`: where the file's Patient says otherwise than our person (what, theirs, ours). `messages`: what the
    sender had to say. `wrong`: why nothing can be brought in; a line number first, for a table."""

    counted: dict[str, Counted] = field(default_factory=dict)
    differs: list[tuple[str, str, str]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    people: list[list[str]] = field(default_factory=list)  # of a table: line, name, room

    def of(self, type_: str) -> Counted:
        return self.counted.setdefault(type_, Counted())

    def leave(self, type_: str, why: Left) -> None:
        left = self.of(type_).left
        left[why.value] = left.get(why.value, 0) + 1

    def total(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.counted.values())

    def told(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_told(cls, told: dict[str, Any]) -> Self:
        counted = {type_: Counted(**one) for type_, one in told.get("counted", {}).items()}
        return cls(**{**told, "counted": counted})


@dataclass(frozen=True, slots=True)
class Aim:
    """Whose record a file is brought into."""

    patient: str  # person-7
    nhs_number: str = ""
    name: str = ""
    born_on: str = ""


@dataclass(slots=True)
class Plan:
    """The resources to write, each under the id it will have, and the report."""

    resources: list[Resource] = field(default_factory=list)
    report: Report = field(default_factory=Report)
