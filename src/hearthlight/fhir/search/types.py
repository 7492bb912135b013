"""What a resource is found by (`Rows`) and what a search asks for (`Query`). Whoever stores compiles one against the other.

Instants are UTC and intervals half open, `[lo, hi)`. Numbers are `Decimal`, in the resource's own unit: units are not
converted. Source: FHIR R4 §3.1.1 (search)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

DAWN = datetime.min.replace(tzinfo=UTC)
"""Where a period that has no start begins."""
DUSK = datetime.max.replace(tzinfo=UTC)
"""Where a period that has no end ends."""
LEAST = Decimal("-Infinity")
MOST = Decimal("Infinity")


class Type(StrEnum):
    """The types of search parameter (§3.1.1.4.7)."""

    NUMBER = "number"
    DATE = "date"
    STRING = "string"
    TOKEN = "token"  # noqa: S105 — a kind of parameter
    REFERENCE = "reference"
    COMPOSITE = "composite"
    QUANTITY = "quantity"
    URI = "uri"
    SPECIAL = "special"  # Location.near only: positions


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite: the type of its value, and where the part begins, from the composite's own element."""

    type: Type
    expression: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one resource type. `targets` are the types a reference may point to (empty: any, or a
    canonical); `is_canonical` says it holds canonical URLs rather than literal references."""

    code: str
    type: Type
    expression: str = ""
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    is_canonical: bool = False


# --- what a resource is found by -------------------------------------------------------------------------------------


class Token(NamedTuple):
    """`system` is empty where the resource names none (and none follows from a `code` element's binding)."""

    parameter: str
    system: str
    code: str


class TypedToken(NamedTuple):
    """An identifier with its type, for `:of-type`."""

    parameter: str
    system: str
    code: str
    value: str


class Text(NamedTuple):
    """`text` as written (for `:exact`), `normalised` folded (`search.text.normalised`)."""

    parameter: str
    text: str
    normalised: str


class Date(NamedTuple):
    parameter: str
    lo: datetime
    hi: datetime


class Number(NamedTuple):
    """A number, a quantity or money. A plain value has lo == hi; a Range or a comparator may reach to infinity.
    A quantity whose unit differs from its code has a second row, with the unit as the code and no system."""

    parameter: str
    lo: Decimal
    hi: Decimal
    system: str = ""
    code: str = ""


class Reference(NamedTuple):
    """A local reference has `type` and `id` and no `url`; another server's has its `url` too (type and id where the URL
    tells); a canonical or a URN has only the `url`. `identifier` is (system, value) where there is one: the row of a
    logical reference has nothing else but perhaps the type."""

    parameter: str
    type: str
    id: str
    url: str = ""
    identifier: tuple[str, str] | None = None


class Uri(NamedTuple):
    parameter: str
    uri: str


class Position(NamedTuple):
    """Degrees, WGS84."""

    parameter: str
    latitude: Decimal
    longitude: Decimal


Row = Token | Text | Date | Number | Reference | Uri


class Composite(NamedTuple):
    """One row of each component, that stand together in the resource (all pairs that do have a row each). The rows'
    own parameter is the composite's."""

    parameter: str
    rows: tuple[Row, ...]


@dataclass(slots=True)
class Rows:
    """Everything one resource is found by, but its id and when it was last updated, which the store knows itself.

    `patients` are the local Patient ids it is about (itself, if it is one); `codes` what it says it is (Observation.code,
    MedicationRequest.medication, …; all codings, the first the main one); `date` its main interval (Observation.effective,
    Encounter.period …)."""

    tokens: list[Token] = field(default_factory=list)
    typed_tokens: list[TypedToken] = field(default_factory=list)
    displays: list[Text] = field(default_factory=list)  # words of tokens, for `:text`
    strings: list[Text] = field(default_factory=list)
    dates: list[Date] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)  # numbers and quantities
    references: list[Reference] = field(default_factory=list)
    uris: list[Uri] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    composites: list[Composite] = field(default_factory=list)
    patients: tuple[str, ...] = ()
    codes: tuple[Token, ...] = ()
    date: Date | None = None

    @property
    def patient(self) -> str | None:
        return self.patients[0] if self.patients else None

    @property
    def code(self) -> Token | None:
        return self.codes[0] if self.codes else None


# --- what a search asks for ------------------------------------------------------------------------------------------


class Prefix(StrEnum):
    """How a number, date or quantity in the resource `[rlo, rhi)` stands to the one asked for `[lo, hi)` (§3.1.1.4.5).

    eq: lo <= rlo and rhi <= hi        ne: not eq
    gt: rhi > hi                       lt: rlo < lo
    ge: rhi > hi or eq                 le: rlo < lo or eq
    sa: rlo >= hi                      eb: rhi <= lo
    ap: rlo < hi and rhi > lo (the interval asked for is already widened)
    For numbers only eq, ne and ap have the implicit range; the others compare with `lo == hi`, strictly for gt, lt, sa
    and eb, and a row's lo and hi are both inclusive: eq: lo <= rlo and rhi < hi (or both equal lo, when lo == hi)."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"
    SA = "sa"
    EB = "eb"
    AP = "ap"


class Modifier(StrEnum):
    """`:[type]` is no modifier here: it is the type of the `ReferenceValue`."""

    MISSING = "missing"
    EXACT = "exact"
    CONTAINS = "contains"
    TEXT = "text"
    NOT = "not"
    ABOVE = "above"
    BELOW = "below"
    OF_TYPE = "of-type"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`code` alone: system None, any system. `|code`: system "", has none. `system|`: code None, any code of it."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class TypedTokenValue:
    """`:of-type`: the identifier type's system and code, and the identifier's value."""

    system: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class StringValue:
    """Begins with `normalised` (no modifier), contains it (`:contains`), or is `text` to the letter (`:exact`)."""

    text: str
    normalised: str


@dataclass(frozen=True, slots=True)
class DateValue:
    prefix: Prefix
    lo: datetime
    hi: datetime


@dataclass(frozen=True, slots=True)
class NumberValue:
    """Numbers and quantities. `system` None: any. `code` None: any unit; else the unit's code, or its human word."""

    prefix: Prefix
    lo: Decimal
    hi: Decimal
    system: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """`[type/]id` (`type` None: any of the parameter's targets), or a `url`: another server's, a URN or a canonical (with
    `|version` if it was asked for; a canonical row without version is stored beside the one with it)."""

    type: str | None = None
    id: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class UriValue:
    """No modifier: equal. `:above`: the stored one is a beginning of it. `:below`: it is a beginning of the stored one."""

    uri: str


@dataclass(frozen=True, slots=True)
class NearValue:
    latitude: Decimal
    longitude: Decimal
    kilometres: Decimal


@dataclass(frozen=True, slots=True)
class CompositeValue:
    parts: tuple["Value", ...]


Value = (
    TokenValue | TypedTokenValue | StringValue | DateValue | NumberValue | ReferenceValue | UriValue | NearValue | CompositeValue
)


@dataclass(frozen=True, slots=True)
class Condition:
    """Any of `values` (or: none of them, for `:not`; `:missing` has no values but `is_missing`). Parameters `_id` and
    `_lastUpdated` come here too, as token and date, and are the store's own columns. `:identifier` has TokenValues,
    `:text` StringValues to look for among the `displays`."""

    parameter: Parameter
    values: tuple[Value, ...] = ()
    modifier: Modifier | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The reference points to a resource that satisfies a clause: one for each target type for which the rest of the
    chain makes sense, any of which will do."""

    parameter: Parameter
    to: tuple[tuple[str, "Clause"], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Some resource of type `source` points here by `parameter` and satisfies `clause`."""

    source: str
    parameter: Parameter
    clause: "Clause"


Clause = Condition | Chain | Has


@dataclass(frozen=True, slots=True)
class Include:
    """Bring along what `source`'s reference `parameter` (None: all of them) points to (or, in `revincludes`, the sources
    that point here), only of type `target` if one is named. `is_iterate`: also from what was brought along."""

    source: str
    parameter: str | None
    target: str | None = None
    is_iterate: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """By a parameter's earliest or least row (greatest and latest when descending); `_id` and `_lastUpdated` too."""

    parameter: Parameter
    is_descending: bool = False


class Total(StrEnum):
    NONE = "none"
    ESTIMATE = "estimate"
    ACCURATE = "accurate"


class Summary(StrEnum):
    TRUE = "true"
    TEXT = "text"
    DATA = "data"
    COUNT = "count"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Query:
    """All of `where` at once, in resources of any of `types` (empty: every type). `understood` are the pairs that had
    meaning, in the order asked, for the self link (without `_cursor`)."""

    types: tuple[str, ...] = ()
    where: tuple[Clause, ...] = ()
    sorts: tuple[Sort, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    count: int | None = None
    cursor: str = ""
    total: Total | None = None
    summary: Summary = Summary.FALSE
    elements: tuple[str, ...] = ()
    understood: Sequence[tuple[str, str]] = ()
    ignored: Sequence[tuple[str, str]] = ()
