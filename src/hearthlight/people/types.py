"""What the people room hands to others: kinds, roles, purposes, and the viewer every read is scoped by."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PlaceKind(StrEnum):
    ORGANISATION = "ORGANISATION"
    HOME = "HOME"
    UNIT = "UNIT"
    ROOM = "ROOM"


class Role(StrEnum):
    """What a member of staff may be on a shift or by grant. Rank is in rules.RANK."""

    CARER = "CARER"
    SENIOR = "SENIOR"
    ON_CALL = "ON_CALL"
    MANAGER = "MANAGER"
    ADMINISTRATOR = "ADMINISTRATOR"


class Purpose(StrEnum):
    """Why something is sensed. Consent is given purpose by purpose."""

    FALLS = "FALLS"  # a wearable's movement, watched for falls
    ROOM_MOVEMENT = "ROOM_MOVEMENT"  # motion, doors, bed and chair in the person's own room
    CALL_FOR_HELP = "CALL_FOR_HELP"  # buttons and pull cords
    ENVIRONMENT = "ENVIRONMENT"  # temperature and humidity


class Basis(StrEnum):
    """On whose say-so (Mental Capacity Act 2005)."""

    OWN = "OWN"
    ATTORNEY = "ATTORNEY"  # lasting power of attorney for health and welfare, or a deputy
    BEST_INTERESTS = "BEST_INTERESTS"  # a recorded best-interests decision, section 4


class Gender(StrEnum):
    """FHIR's administrative-gender, in its words."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scope:
    """A role held over a place and everything inside it. `path` ends with `/`."""

    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Every query takes one; an empty one sees nothing."""

    staff_id: int
    name: str
    scopes: tuple[Scope, ...] = ()
    opened: tuple[int, ...] = ()  # persons elsewhere whose record they opened in an emergency, while that lasts

    def covers(self, path: str, *roles: Role) -> bool:
        """Does this viewer hold one of `roles` (any, if none named) over the place at `path`?"""
        return any((not roles or s.role in roles) and path.startswith(s.path) for s in self.scopes)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person as other rooms need them."""

    id: int
    preferred_name: str
    full_name: str
    place_id: int
    place_path: str
    place_name: str
    unit_name: str = ""
    photo_digest: str = ""  # empty: no photo; else the photo's version, for its address


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    id: int
    name: str
    kind: PlaceKind
    path: str
    timezone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """A member of staff as `response` needs them to reach them. `role` is None when asked for by id, not by duty."""

    id: int
    user_id: int
    name: str
    role: Role | None
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One consent, as the gate keeps it in memory. Hours are local minutes after midnight; equal ends mean all day.
    `place_path` empty means anywhere."""

    id: int
    person_id: int
    purpose: Purpose
    place_path: str
    from_minute: int
    until_minute: int
    given_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """A consent past its review date: still in force, and someone must look at it."""

    consent_id: int
    person_id: int
    purpose: Purpose
    review_on: date
    days_over: int


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    id: int
    staff_id: int
    staff_name: str
    role: Role
    place_id: int
    place_path: str
    place_name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody answers for the place at `path` as `role`, from when until when (None: until further notice)."""

    staff_id: int
    role: Role
    path: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a person may be sensed where they live: `now`, and at some hour of the day."""

    now: frozenset[Purpose] = frozenset()
    ever: frozenset[Purpose] = frozenset()
