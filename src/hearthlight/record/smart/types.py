"""What this part of the record hands to others: kinds of app, and an app as pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AppKind(StrEnum):
    """How an app proves who it is."""

    PUBLIC = "PUBLIC"  # it cannot keep a secret: in a browser or on a phone
    SECRET = "SECRET"  # noqa: S105 — a word, not one: a server with a shared secret
    KEY = "KEY"  # a server that signs with its own key (RFC 7523)
    BACKEND = "BACKEND"  # no user at all: SMART Backend Services


@dataclass(frozen=True, slots=True)
class AppFacts:
    """One registered app, without its keys."""

    id: int
    client_id: str
    label: str
    kind: AppKind
    place_id: int | None
    place_name: str
    scopes: Sequence[str]
    redirect_uris: Sequence[str]
    launch_url: str
    sections: Sequence[str]
    jwks_url: str
    key_ids: Sequence[str]
    added_at: datetime
    is_suspended: bool
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new or renewed registration. `secret` is shown once and kept by nobody here; empty for kinds without one."""

    app_id: int
    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class PermitFacts:
    """Who let which app in, for whom: as the manager's page shows it."""

    id: int
    app_id: int
    app_label: str
    staff_id: int | None
    person_id: int | None
    scopes: Sequence[str]
    given_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class GlassFacts:
    """A record opened in an emergency, as managers read it."""

    id: int
    staff_id: int
    staff_name: str
    person_id: int
    person_name: str
    why: str
    broken_at: datetime
    ends_at: datetime
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a live access token stands for. `user_id` None: the app acts for itself. `place_path` empty: everyone."""

    app_id: int
    permit_id: int
    user_id: int | None
    staff_id: int | None
    person_id: int | None
    place_path: str
    scopes: Sequence[str]
    sections: Sequence[str]
    made_at: datetime
    ends_at: datetime
