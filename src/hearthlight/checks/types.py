"""What checks hands to others: kinds of check, what is measured, and what a check came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What was looked at. One check is of one kind."""

    VITALS = "VITALS"
    SOFT_SIGNS = "SOFT_SIGNS"
    POST_FALL = "POST_FALL"
    PAIN = "PAIN"
    WEIGHT = "WEIGHT"
    FLUID = "FLUID"
    STOOL = "STOOL"
    SKIN = "SKIN"
    SCALE = "SCALE"  # a scale its owner licenses, filled in by the home


class Measure(StrEnum):
    """One thing measured or judged; the keys of a check's readings."""

    RESPIRATION = "RESPIRATION"  # breaths a minute
    SATURATION = "SATURATION"  # SpO2, per cent
    OXYGEN = "OXYGEN"  # air or oxygen
    SYSTOLIC = "SYSTOLIC"  # mmHg
    DIASTOLIC = "DIASTOLIC"  # mmHg
    PULSE = "PULSE"  # beats a minute
    CONSCIOUSNESS = "CONSCIOUSNESS"  # ACVPU
    TEMPERATURE = "TEMPERATURE"  # degrees Celsius
    FLOW = "FLOW"  # oxygen, litres a minute
    WEIGHT = "WEIGHT"  # kg
    HEIGHT = "HEIGHT"  # cm


class Oxygen(StrEnum):
    AIR = "AIR"
    OXYGEN = "OXYGEN"


class Consciousness(StrEnum):
    """ACVPU, as NEWS2 (RCP 2017) asks it. C is new confusion only."""

    ALERT = "ALERT"
    CONFUSION = "CONFUSION"
    VOICE = "VOICE"
    PAIN = "PAIN"
    UNRESPONSIVE = "UNRESPONSIVE"


class Risk(StrEnum):
    """The bands of NEWS2 (RCP 2017)."""

    LOW = "LOW"  # 0 to 4
    LOW_MEDIUM = "LOW_MEDIUM"  # a 3 in any one part, and no more than 4 in all
    MEDIUM = "MEDIUM"  # 5 or 6
    HIGH = "HIGH"  # 7 or more


class Absent(StrEnum):
    """Why a reading is missing. FHIR's data-absent-reason has a code for each."""

    DECLINED = "DECLINED"
    NOT_MEASURED = "NOT_MEASURED"
    FAULT = "FAULT"


Readings = Mapping[str, Any]
"""A check's readings as stored: numbers as text ("36.8"), so that no decimal is lost; codes; lists of codes."""


@dataclass(frozen=True, slots=True)
class News2:
    """A NEWS2 score. `total` is None while any part is missing; `at_least` is the sum of the parts there are."""

    parts: Mapping[Measure, int]
    missing: tuple[Measure, ...]
    scale: int
    total: int | None
    at_least: int
    threes: tuple[Measure, ...]
    risk: Risk | None


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a home's policy: reached by a total, by a rise above usual, or by a 3 in any one part. `acts` is what
    to do now, a sentence each; `again_minutes` how soon to check again (0: at the routine time)."""

    name: str
    total: int | None
    rise: int | None
    acts: tuple[str, ...]
    again_minutes: int
    tone: str
    on_three: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a home does by score, how often it checks by routine (days by kind), its fluid target (ml a day), and how it
    watches after a knock to the head: (until so many hours after, every so many minutes)."""

    levels: tuple[Level, ...]
    routine_days: Mapping[Kind, int]
    fluid_target_ml: int
    head_watch: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """What is acceptable for this person, agreed with somebody. Both ends included; None: no end on that side."""

    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class UsualFacts:
    """This person's normal. `total` is their usual NEWS2; `agreed_with` the clinician who agreed it, or empty."""

    total: int | None = None
    agreed_with: str = ""
    limits: Mapping[Measure, Limit] = field(default_factory=dict)
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a set of vital signs came to: the score, the rise above usual, which level of the policy, and what is
    outside this person's own limits."""

    news2: News2
    usual: int | None
    rise: int | None
    level: int  # 0: none reached; else 1 upwards, an index into the policy's levels plus one
    outside: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """A check as others see it. `result` holds what was worked out and shown when it was recorded."""

    id: int
    person_id: int
    kind: Kind
    taken_at: datetime
    recorded_by: str
    readings: Readings
    result: Mapping[str, Any]
    total: int | None
    note: str
    due_at: datetime | None
    recorded_at: datetime
    level: int = 0
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_why: str = ""
    corrects_id: int | None = None
    corrected_by_id: int | None = None
    alert_id: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A check that is due: whose, which, since when (None: it was never done)."""

    person_id: int
    kind: Kind
    due_at: datetime | None
    why: str
