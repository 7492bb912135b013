"""What the record hands to others: who asks, what is found, and how a room's facts become resources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hearthlight.core.facts import Kind as Kind  # noqa: PLC0414 — rooms above are handed it here
from hearthlight.core.types import Actor, Refusal

Resource = dict[str, Any]
"""One FHIR R4 resource as JSON. Decimals are `decimal.Decimal`, so that 72.50 stays 72.50."""


class Section(StrEnum):
    """Parts of a record that are guarded beside the right to the person: a security label on the resource."""

    SAFEGUARDING = "SAFEGUARDING"
    SEXUAL_HEALTH = "SEXUAL_HEALTH"
    KEY_SAFE = "KEY_SAFE"


class Verb(StrEnum):
    """The letters of a SMART v2 scope."""

    CREATE = "c"
    READ = "r"
    UPDATE = "u"
    DELETE = "d"
    SEARCH = "s"


@dataclass(frozen=True, slots=True)
class Access:
    """What one reader may do, decided once for each request. `people` are the ids of Patient resources they have a
    legitimate relationship with (None: everyone, for the platform's own work); `may` is asked for every type touched;
    `sections` are the guarded parts they may open.

    `outside` are those of `people` whom the reader reaches only by a circle, a referral or broken glass: to be read,
    not written about, and nothing guarded of theirs is opened. Ask `may_open` and `may_write_about`, not the sets."""

    by: Actor
    people: frozenset[str] | None
    may: Callable[[str, Verb], bool]
    sections: frozenset[Section] = frozenset()
    why: str = ""  # the reason a break-glass reader gave
    outside: frozenset[str] = frozenset()
    app: str = ""  # the id of the registered app it comes through; empty: no app

    def may_see(self, patient: str) -> bool:
        return self.people is None or patient in self.people

    def may_open(self, section: Section, patient: str) -> bool:
        """May a resource labelled `section`, in this Patient's compartment, be shown?"""
        return section in self.sections and patient not in self.outside and self.may_see(patient)

    def may_write_about(self, patient: str) -> bool:
        """May a resource in this Patient's compartment be created, changed or deleted? `may` is asked as well."""
        return self.may_see(patient) and patient not in self.outside


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version of a resource. `body` is canonical JSON; empty when this version is the deletion. `patients`
    are the ids of the Patients it is about: every query fills them in, for whoever audits what was shown. `origin` says
    where it came from: `fact:<kind>:<id>`, `api:<client or user>`, `import:<batch>`."""

    type: str
    id: str
    version: int
    at: datetime
    by: str
    body: bytes
    is_deleted: bool = False
    patients: tuple[str, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One of several writes in one transaction (`actions.many`). `resource` None: delete. With `id`, an update (or a
    delete) of that resource; with `is_new`, a create that keeps the id if it is valid and free."""

    type: str
    resource: Resource | None
    id: str = ""
    is_new: bool = False
    if_match: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search: what matched, what came along (`_include`), and how to go on."""

    matches: Sequence[Version]
    included: Sequence[Version] = ()
    total: int | None = None
    next_cursor: str = ""


class NotFound(Refusal):
    """There is no such resource, or this reader may not know that there is."""


class Gone(Refusal):
    """It was deleted."""


class Conflict(Refusal):
    """It is no longer as the writer read it (`if_match`), or the id is taken."""


class Forbidden(Refusal):
    """This writer may not do that, and it is no secret."""
