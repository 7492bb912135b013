"""The reads of apps and tokens: what a token stands for, what managers see, what staff may open."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.http import Http404

from hearthlight.people import queries as people
from hearthlight.people.types import Viewer
from hearthlight.record.smart import rules
from hearthlight.record.smart.models import App, Permit, Token
from hearthlight.record.smart.permissions import EDITORS
from hearthlight.record.smart.types import AppFacts, AppKind, Bearer, PermitFacts


def digest_of(secret: str) -> str:
    """What is kept of a code, a token or a client's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer(token: str, *, at: datetime) -> Bearer | None:
    """What an access token stands for; None when it is unknown, has ended, or its app is suspended."""
    row = live_tokens(at).filter(digest=digest_of(token), is_refresh=False).first()
    return bearer_of(row) if row else None


def bearer_of(row: Token) -> Bearer:
    permit, app = row.permit, row.permit.app
    return Bearer(
        app_id=app.pk, permit_id=permit.pk, user_id=permit.user_id, staff_id=permit.staff_id, person_id=permit.person_id,
        place_path=app.place.path if app.place else "", scopes=tuple(row.scopes), sections=tuple(app.sections),
        made_at=row.made_at, ends_at=row.ends_at,
    )  # fmt: skip


def standing(app_id: int, staff_id: int | None, *, at: datetime) -> Bearer | None:
    """What an app may do without a token in its hand, for something that lasts: for itself all it was let in for, for a
    member of staff what their newest permit says."""
    app = App.objects.select_related("place").filter(pk=app_id, suspended_at=None).first()
    if app is None:
        return None
    permit = None
    if staff_id is not None:
        live = Permit.objects.filter(app=app, staff_id=staff_id, ended_at=None, ends_at__gt=at, tokens__isnull=False)
        permit = live.order_by("-given_at", "-pk").first()
        if permit is None:
            return None
    elif app.kind != AppKind.BACKEND:
        return None
    return Bearer(
        app_id=app.pk, permit_id=permit.pk if permit else 0, user_id=permit.user_id if permit else None, staff_id=staff_id,
        person_id=permit.person_id if permit else None, place_path=app.place.path if app.place else "",
        scopes=tuple(permit.scopes if permit else app.scopes), sections=tuple(app.sections), made_at=at, ends_at=at,
    )  # fmt: skip


def live_tokens(at: datetime) -> QuerySet[Token]:
    """Tokens that are good now: not ended, not used up, their permit and their app still in force."""
    return Token.objects.select_related("permit__app__place").filter(
        ends_at__gt=at, used_at=None, permit__ended_at=None, permit__ends_at__gt=at, permit__app__suspended_at=None
    )


def app_of_client(client_id: str) -> App | None:
    """The app that calls itself this, if it is let in at all. Not for pages."""
    if "\x00" in client_id or len(client_id) > rules.LONGEST_CLIENT_ID:
        return None
    return App.objects.select_related("place").filter(client_id=client_id, suspended_at=None).first()


def _managed(viewer: Viewer) -> Q:
    found = Q(pk__in=[])
    for scope in viewer.scopes:
        if scope.role in EDITORS:
            found |= Q(place__path__startswith=scope.path)
    return found


def apps(viewer: Viewer) -> list[AppFacts]:
    """The apps of the places this viewer manages, those in use before the suspended."""
    rows = App.objects.filter(_managed(viewer)).select_related("place").annotate(used=Max("permits__tokens__made_at"))
    return [_facts(row) for row in rows.order_by("suspended_at", "label", "pk")]


def every_app() -> list[AppFacts]:
    """All there are, for the command line."""
    return [_facts(row) for row in App.objects.select_related("place").order_by("pk")]


def app(viewer: Viewer, app_id: int) -> AppFacts:
    row = App.objects.filter(_managed(viewer), pk=app_id).select_related("place").annotate(used=Max("permits__tokens__made_at")).first()
    if row is None:
        raise Http404("no such app")
    return _facts(row)


def apps_to_open(viewer: Viewer, person_id: int) -> list[AppFacts]:
    """Apps that staff may open for this person: in force, with an address to open, for a place the person lives in."""
    facts = people.person(viewer, person_id)
    path = facts.place.path
    rows = App.objects.filter(suspended_at=None).exclude(launch_url="").select_related("place")
    return [_facts(row) for row in rows if row.place is None or path.startswith(row.place.path)]


def _facts(row: App) -> AppFacts:
    keys = row.jwks.get("keys", []) if isinstance(row.jwks, dict) else []
    return AppFacts(
        id=row.pk, client_id=row.client_id, label=row.label, kind=AppKind(row.kind), place_id=row.place_id,
        place_name=row.place.name if row.place else "", scopes=tuple(row.scopes), redirect_uris=tuple(row.redirect_uris),
        launch_url=row.launch_url, sections=tuple(row.sections), jwks_url=row.jwks_url,
        key_ids=tuple(str(key.get("kid", "")) for key in keys), added_at=row.added_at,
        is_suspended=row.suspended_at is not None, used_at=getattr(row, "used", None),
    )  # fmt: skip


def permits_of_staff(staff_id: int, at: datetime) -> list[PermitFacts]:
    """The apps this member of staff has let in and that may still act for them."""
    return _permits(Permit.objects.filter(staff_id=staff_id), at)


def permits_of_app(app_id: int, at: datetime) -> list[PermitFacts]:
    return _permits(Permit.objects.filter(app_id=app_id).exclude(staff=None), at)


def _permits(rows: QuerySet[Permit], at: datetime) -> list[PermitFacts]:
    found = rows.filter(ended_at=None, ends_at__gt=at, tokens__ends_at__gt=at, tokens__used_at=None).distinct()
    return [
        PermitFacts(
            id=row.pk, app_id=row.app_id, app_label=row.app.label, staff_id=row.staff_id, person_id=row.person_id,
            scopes=tuple(row.scopes), given_at=row.given_at, ends_at=row.ends_at,
        )
        for row in found.select_related("app").order_by("-given_at")
    ]  # fmt: skip


def labels_of(app_ids: Iterable[int]) -> dict[int, str]:
    """What apps are called, for those who read who looked."""
    return dict(App.objects.filter(pk__in=set(app_ids)).values_list("pk", "label"))


def apps_by_place(paths: Sequence[str]) -> list[int]:
    """The ids of apps registered for any of these places or inside them."""
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(place__path__startswith=path)
    return list(App.objects.filter(found).values_list("pk", flat=True))
