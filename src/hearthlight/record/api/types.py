"""What passes between the door, the interactions and the threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from starlette.requests import cookie_parser

from hearthlight.fhir.types import Issue, Severity
from hearthlight.record.looks import Look

Resource = dict[str, Any]


class Return(StrEnum):
    """What a writer wants back (`Prefer: return=…`)."""

    REPRESENTATION = "representation"
    MINIMAL = "minimal"
    OUTCOME = "OperationOutcome"


@dataclass(frozen=True, slots=True)
class Prefers:
    returns: Return = Return.REPRESENTATION
    is_strict: bool = False  # handling=strict: a parameter nobody knows is an error
    is_async: bool = False  # respond-async


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `path` is what stands below the base, in parts; header names are lower case; `base` is the absolute
    address of the API without a slash at its end."""

    method: str
    path: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    at: datetime
    prefers: Prefers = Prefers()

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def cookies(self) -> Mapping[str, str]:
        return cookie_parser(self.header("cookie"))


@dataclass(slots=True)
class Answer:
    """What is answered: a `resource` still to be written out, or the `body` of one as canonical JSON. `looks` says what
    it shows of whom: written down before it leaves."""

    status: int = 200
    resource: Resource | None = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None  # when what is answered was last changed
    media: str = ""  # a media type that is not negotiated (NDJSON)
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """The second half of a request that writes: `write` runs on the writer's thread, in a transaction of its own."""

    write: Callable[[], Answer]
    weight: int = 1  # resources it writes, about


class Problem(Exception):
    """An answer that is a refusal: an HTTP status and at least one issue."""

    def __init__(
        self, status: int, code: str, diagnostics: str, *, expression: str = "", headers: Mapping[str, str] | None = None,
        issues: Sequence[Issue] = (),
    ) -> None:  # fmt: skip
        super().__init__(diagnostics)
        self.status = status
        self.issues = tuple(issues) or (Issue(Severity.ERROR, code, diagnostics, expression),)
        self.headers = dict(headers or {})
