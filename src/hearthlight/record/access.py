"""Who may read and write what, decided once for each request: a member of staff by their session, or an app by its token.

Everything comes down to a legitimate relationship: a role over the place where somebody lives (by grant, or for the
hours of a shift), being named in their circle, or glass broken in an emergency. A token never gives more than the
person who let the app in has at that moment; an app that acts for itself reaches the people of the place it was
registered for. Suspended apps, ended permits, closed accounts and ended shifts are felt at the next request."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from hearthlight.core import bus, clock
from hearthlight.core.types import Actor, Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.types import Viewer
from hearthlight.record.smart import glass, powers, scopes
from hearthlight.record.smart import queries as smart
from hearthlight.record.smart.scopes import Level
from hearthlight.record.smart.types import Bearer
from hearthlight.record.types import Access, Section

REMEMBERED_FOR = timedelta(seconds=1)
"""How long an answer is given again without asking the database. Whatever is changed through this process (an app
suspended, a permit ended, a role taken) is felt at once; what the clock changes (a shift that ends), and what another
process changes, within this time."""
MOST_REMEMBERED = 1_000  # callers; beyond it all are asked again
FORGETTING = ("smart", "gate", "changes")  # what is nudged when an app, a person, a role or a rota changes
SAFE = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Refusal):
    """Nobody we know is asking: HTTP 401."""


class Asking(Protocol):
    """The parts of a Starlette request that say who is asking."""

    @property
    def method(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def cookies(self) -> Mapping[str, str]: ...


def of_viewer(viewer: Viewer, *, at: datetime, why: str = "") -> Access:
    """What a member of staff may do. `why` is the reason of somebody who broke the glass; left out, it is looked up."""
    opened = glass.opened_by(viewer.staff_id, at)
    seen, outside = people.reach(replace(viewer, opened=tuple(opened)))
    roles = powers.standing(viewer.scopes)
    return Access(
        by=staff_actor(viewer.staff_id),
        people=_patients(seen),
        may=powers.of_roles(roles),
        sections=powers.sections_of(roles),
        why=why or "; ".join(opened[one] for one in sorted(opened) if one in outside),
        outside=_patients(outside),
    )


def of_token(bearer: Bearer, *, at: datetime) -> Access:
    """What the holder of a live token may do."""
    if bearer.user_id is None:
        return _of_app(bearer)
    viewer = people.viewer_of(user_id=bearer.user_id, at=at)
    if viewer is None or viewer.staff_id != bearer.staff_id:
        raise NotSignedIn("Whoever let this app in does not work here any more.")
    own = of_viewer(viewer, at=at)
    seen = own.people or frozenset()
    if bearer.place_path:
        seen &= _patients(people.living_under(bearer.place_path))
    if bearer.person_id is not None and scopes.is_for_one_person(bearer.scopes):
        seen &= _patients({bearer.person_id})
    asked = scopes.power(bearer.scopes, Level.USER, Level.PATIENT)
    return Access(
        by=own.by, people=seen, may=powers.both(own.may, asked), sections=own.sections & _sections(bearer),
        why=own.why, outside=own.outside & seen, app=str(bearer.app_id),
    )  # fmt: skip


def again(by: str, app: str, at: datetime) -> Access:
    """What whoever asked for something lasting (a subscription, an export) may do now: `by` and `app` as their Access said
    then. An app that a person used needs a permit of theirs that still stands. Raises NotSignedIn."""
    kind, _, number = by.partition(":")
    if not number.isdecimal():
        raise NotSignedIn("Nobody known asked for this.")
    if app:
        bearer = smart.standing(int(app), int(number) if kind == "staff" else None, at=at) if app.isdecimal() else None
        if bearer is None:
            raise NotSignedIn("The app was shut out, or what it was given has been taken back.")
        return of_token(bearer, at=at)
    user_id = next((facts.user_id for facts in people.staff_facts([int(number)]).values()), None)
    viewer = people.viewer_of(user_id=user_id, at=at) if kind == "staff" and user_id is not None else None
    if viewer is None:
        raise NotSignedIn("Whoever asked for this does not work here any more.")
    return of_viewer(viewer, at=at)


def _of_app(bearer: Bearer) -> Access:
    return Access(
        by=Actor("app", str(bearer.app_id)),
        people=_patients(people.living_under(bearer.place_path)) if bearer.place_path else None,
        may=scopes.power(bearer.scopes, Level.SYSTEM),
        sections=_sections(bearer),
        app=str(bearer.app_id),
    )


def _sections(bearer: Bearer) -> frozenset[Section]:
    return frozenset(Section(one) for one in bearer.sections)


def _patients(ids: frozenset[int] | set[int]) -> frozenset[str]:
    return frozenset(f"person-{one}" for one in ids)


class Door:
    """Says who is asking, for the API. One per process: it remembers for a moment what it found."""

    def __init__(self, *, viewer_of_session: Callable[[str], Viewer | None], cookie: str = "sessionid") -> None:
        """`viewer_of_session` is the site's: it knows sessions and second factors, and lies above this room."""
        self._viewer_of_session = viewer_of_session
        self._cookie = cookie
        self._known: dict[str, tuple[datetime, Access]] = {}
        bus.listen(self._heard)

    def _heard(self, topic: str) -> None:
        if topic in FORGETTING:
            self._known = {}

    def known(self, request: Asking, *, at: datetime) -> Access | None:
        """Who is asking, if it was asked a moment ago: no database, so fit for the loop."""
        found = self._known.get(_key(*self._shown(request)))
        if found is None or not timedelta() <= at - found[0] < REMEMBERED_FOR:
            return None
        return found[1]

    def of_request(self, request: Asking, *, at: datetime | None = None) -> Access:
        """Who is asking. It may ask the database, so not on the loop: call it in a thread when `known` is None.
        Raises NotSignedIn."""
        at = at or clock.now()
        token, cookie = self._shown(request)
        found = self.known(request, at=at)
        if found is None:
            before = self._known
            found = self._of_token(token, at) if token else self._of_session(cookie, at)
            if len(before) >= MOST_REMEMBERED:
                before.clear()
            before[_key(token, cookie)] = (at, found)  # if all was forgotten meanwhile, this is too
        return found

    def _shown(self, request: Asking) -> tuple[str, str]:
        """The bearer token, or the session cookie. A cookie is sent by the browser whoever made the page, so for a
        change the page must be ours."""
        authorization = request.headers.get("authorization", "")
        if authorization:
            kind, _, token = authorization.partition(" ")
            if kind.lower() != "bearer" or not token.strip():
                raise NotSignedIn("Sign in with a bearer token.")
            return token.strip(), ""
        cookie = request.cookies.get(self._cookie, "")
        if not cookie:
            raise NotSignedIn("Sign in first.")
        if request.method not in SAFE and not _is_ours(request.headers):
            raise NotSignedIn("This was sent by a page that is not ours.")
        return "", cookie

    def _of_token(self, token: str, at: datetime) -> Access:
        bearer = smart.bearer(token, at=at)
        if bearer is None:
            raise NotSignedIn("This token is not known, has ended, or belongs to an app that was suspended.")
        return of_token(bearer, at=at)

    def _of_session(self, cookie: str, at: datetime) -> Access:
        viewer = self._viewer_of_session(cookie)
        if viewer is None:
            raise NotSignedIn("Sign in first.")
        return of_viewer(viewer, at=at)


def _key(token: str, cookie: str) -> str:
    return hashlib.sha256(f"{'t' if token else 'c'}{token or cookie}".encode()).hexdigest()


def _is_ours(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin", "")
    return bool(origin) and origin.split("://", 1)[-1] == headers.get("host", "")
