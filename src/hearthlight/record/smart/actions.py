"""The only writers of apps, permits and launches. Each writes its audit entry in the same transaction and nudges the door,
which forgets what it remembered: a suspended app is refused at its next request."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from hearthlight.core import audit, bus
from hearthlight.core.text import clean_line
from hearthlight.core.types import Actor, Refusal
from hearthlight.record.smart import rules
from hearthlight.record.smart.models import App, Assertion, Launch, Permit, Token
from hearthlight.record.smart.queries import digest_of
from hearthlight.record.smart.types import AppKind, Registered
from hearthlight.record.types import Section

WITH_SECRET = (AppKind.SECRET,)
WITH_KEYS = (AppKind.KEY, AppKind.BACKEND)


@transaction.atomic
def add_app(
    *,
    label: str,
    kind: AppKind,
    place_id: int | None,
    scopes: Sequence[str],
    by: Actor,
    at: datetime,
    redirect_uris: Sequence[str] = (),
    launch_url: str = "",
    sections: Sequence[Section] = (),
    jwks: str = "",
    jwks_url: str = "",
) -> Registered:
    """Let an app in. `place_id` None, everyone on this machine, is for the command line. The secret, for kinds that
    have one, is in the answer and nowhere else."""
    if place_id is None and by.kind != "system":
        raise Refusal("An app belongs to a place")
    keys = _checked(kind, redirect_uris, launch_url, jwks, jwks_url)
    secret = secrets.token_urlsafe(32) if kind in WITH_SECRET else ""
    app = App.objects.create(
        client_id=secrets.token_hex(16), label=clean_line(label, what="Name"), kind=kind, place_id=place_id,
        secret_digest=digest_of(secret) if secret else "", redirect_uris=list(redirect_uris), launch_url=launch_url,
        scopes=rules.checked_scopes(kind, scopes), sections=[one.value for one in sections], jwks=keys, jwks_url=jwks_url,
        added_at=at, added_by=str(by),
    )  # fmt: skip
    _noted("app.added", app, by, at, {"kind": kind.value, "scopes": app.scopes, "sections": app.sections})
    return Registered(app.pk, app.client_id, secret)


def _checked(
    kind: AppKind, redirect_uris: Sequence[str], launch_url: str, jwks: str, jwks_url: str
) -> dict[str, Any] | None:
    if len(redirect_uris) > rules.MOST_URIS:
        raise Refusal(f"At most {rules.MOST_URIS} addresses to come back to")
    for uri in redirect_uris:
        rules.check_redirect_uri(uri)
    if (kind is AppKind.BACKEND) == bool(redirect_uris):
        raise Refusal(
            "A service without a user comes back to no address" if redirect_uris else "Enter the address it comes back to"
        )
    if launch_url:
        rules.check_web_address(launch_url, what="The address that opens it")
    if jwks_url:
        rules.check_https(jwks_url, what="The address of its keys")
    if kind in WITH_KEYS and bool(jwks) == bool(jwks_url):
        raise Refusal("Enter its public keys, or the address they are at: one of the two")
    if kind not in WITH_KEYS and (jwks or jwks_url):
        raise Refusal("This kind of app has no keys")
    return rules.checked_jwks(jwks) if jwks else None


@transaction.atomic
def change_app(
    *, app_id: int, label: str, scopes: Sequence[str], redirect_uris: Sequence[str], launch_url: str,
    sections: Sequence[Section], jwks: str, jwks_url: str, by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Change what it is called, may have, and where it is. Keys left empty stay. Whoever let it in for more than it may
    have now must let it in again."""
    app = App.objects.select_for_update().get(pk=app_id)
    kind = AppKind(app.kind)
    has_new_keys = bool(jwks or jwks_url)
    stands_in = jwks_url or app.jwks_url or ("" if app.jwks is None else "https://kept.example/keys")
    keys = _checked(kind, redirect_uris, launch_url, jwks, jwks_url if has_new_keys else stands_in if kind in WITH_KEYS else "")
    before = list(app.scopes)
    app.label, app.launch_url = clean_line(label, what="Name"), launch_url
    app.redirect_uris, app.sections = list(redirect_uris), [one.value for one in sections]
    app.scopes = rules.checked_scopes(kind, scopes)
    if has_new_keys:
        app.jwks, app.jwks_url = keys, jwks_url
    app.save()
    if app.scopes != before or has_new_keys:
        _end(Permit.objects.filter(app=app), at)
    _noted("app.changed", app, by, at, {"scopes": app.scopes, "sections": app.sections, "keys": has_new_keys})


@transaction.atomic
def renew_secret(*, app_id: int, by: Actor, at: datetime) -> Registered:
    """A new secret; the old one, and every token had with it, is worth nothing from now on."""
    app = App.objects.select_for_update().get(pk=app_id)
    if AppKind(app.kind) not in WITH_SECRET:
        raise Refusal("This kind of app has no secret")
    secret = secrets.token_urlsafe(32)
    app.secret_digest = digest_of(secret)
    app.save(update_fields=["secret_digest"])
    _end(Permit.objects.filter(app=app), at)
    _noted("app.secret_renewed", app, by, at)
    return Registered(app.pk, app.client_id, secret)


@transaction.atomic
def suspend(*, app_id: int, by: Actor, at: datetime) -> None:
    """Shut it out at once. Everything it was given ends: let in again, it must ask again."""
    if App.objects.filter(pk=app_id, suspended_at=None).update(suspended_at=at, suspended_by=str(by)):
        app = App.objects.get(pk=app_id)
        _end(Permit.objects.filter(app=app), at)
        _noted("app.suspended", app, by, at)


@transaction.atomic
def let_in_again(*, app_id: int, by: Actor, at: datetime) -> None:
    if App.objects.filter(pk=app_id).exclude(suspended_at=None).update(suspended_at=None, suspended_by=""):
        _noted("app.let_in_again", App.objects.get(pk=app_id), by, at)


@transaction.atomic
def end_permit(*, permit_id: int, by: Actor, at: datetime, action: str = "permit.ended") -> None:
    """Take back what was given: every token of the family is worth nothing from now on."""
    permit = Permit.objects.select_related("app").filter(pk=permit_id).first()
    if permit and _end(Permit.objects.filter(pk=permit_id), at):
        _noted(action, permit.app, by, at, {"permit": permit_id}, person_id=permit.person_id)


@transaction.atomic
def start_launch(*, app_id: int, staff_id: int, person_id: int, by: Actor, at: datetime) -> str:
    """What an app opened from a person's page hands back at the door. Worth something once, for LAUNCH_LASTS."""
    word = secrets.token_urlsafe(24)
    Launch.objects.create(
        app_id=app_id, staff_id=staff_id, person_id=person_id, digest=digest_of(word), ends_at=at + rules.LAUNCH_LASTS
    )
    audit.record(by=by, at=at, action="app.opened", subject=f"app:{app_id}", person_id=person_id)
    return word


def _end(permits: Any, at: datetime) -> int:
    ended: int = permits.filter(ended_at=None).update(ended_at=at)
    bus.nudge_after_commit("smart")
    return ended


def _noted(
    action: str, app: App, by: Actor, at: datetime, detail: dict[str, Any] | None = None, *, person_id: int | None = None
) -> None:
    audit.record(by=by, at=at, action=action, subject=f"app:{app.pk}", person_id=person_id, detail=detail)
    bus.nudge_after_commit("smart")


def forget(*, at: datetime) -> int:
    """Drop what no longer opens anything. The audit chain keeps who was let in."""
    Assertion.objects.filter(ends_at__lt=at).delete()
    Launch.objects.filter(ends_at__lt=at).delete()
    gone = Token.objects.filter(ends_at__lt=at).delete()[0]
    return gone + Permit.objects.filter(ends_at__lt=at).delete()[0]
