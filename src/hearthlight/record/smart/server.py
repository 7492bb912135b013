"""The OAuth 2 server: oauthlib leads through the protocol, and this says what is so. One is made for each request, with
its moment.

Codes and tokens are kept as digests. A code is taken by a conditional update before anything else about it is checked: a
try with the wrong verifier uses it up, a second try ends the family. A refresh token is taken once as well."""

# ruff: noqa: ARG002 — the signatures are oauthlib's

import base64
import binascii
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare
from jwcrypto import jws
from oauthlib.common import Request
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    ClientCredentialsGrant,
    IntrospectEndpoint,
    RefreshTokenGrant,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749 import errors

from hearthlight.core import audit, bus
from hearthlight.core.types import Actor, staff_actor
from hearthlight.people import queries as people
from hearthlight.record.smart import actions, assertion, configuration, keys, rules, scopes
from hearthlight.record.smart.models import App, Permit, Token
from hearthlight.record.smart.queries import app_of_client, bearer_of, digest_of, live_tokens
from hearthlight.record.smart.scopes import Level
from hearthlight.record.smart.types import AppKind

USERS_GRANTS = ("authorization_code", "refresh_token")
LONGEST_SECRET = 200


class Server(AuthorizationEndpoint, TokenEndpoint, IntrospectEndpoint, RevocationEndpoint):  # type: ignore[misc]
    """Only what SMART needs: code with PKCE, refresh, client credentials; no implicit grant, no passwords."""

    def __init__(self, at: datetime) -> None:
        rule = Rule(at)
        code, refresh = AuthorizationCodeGrant(rule), RefreshTokenGrant(rule)
        code.custom_validators.pre_auth.append(rule.check_asking)
        for grant in (code, refresh):
            grant.register_token_modifier(rule.with_context)
        bearer = BearerToken(rule, _made, _lasts, _made)
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": code})
        TokenEndpoint.__init__(
            self, "authorization_code", bearer,
            {"authorization_code": code, "refresh_token": refresh, "client_credentials": ClientCredentialsGrant(rule)},
        )  # fmt: skip
        IntrospectEndpoint.__init__(self, rule)
        RevocationEndpoint.__init__(self, rule)


def _made(_request: Request) -> str:
    return secrets.token_urlsafe(32)


def _lasts(request: Request) -> int:
    lasts = rules.BACKEND_LASTS if request.grant_type == "client_credentials" else rules.ACCESS_LASTS
    return int(lasts.total_seconds())


class Rule(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks. Names and signatures are its own."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    # Who the app is

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        app = app_of_client(request.client_id or "")
        return app is None or AppKind(app.kind) is not AppKind.PUBLIC

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        told = dict(request.decoded_body or [])
        if "client_assertion" in told or "client_assertion_type" in told:
            try:
                request.client = assertion.app_of(told, audience=configuration.token_address(settings.SITE.url), at=self.at)
            except assertion.NotProved as wrong:
                raise errors.InvalidClientError(description=wrong.why, request=request) from wrong
            return True
        client_id, secret = _basic(request.headers.get("Authorization", ""))
        client_id, secret = (client_id, secret) if client_id else (told.get("client_id", ""), told.get("client_secret", ""))
        app = app_of_client(client_id)
        if app is None or AppKind(app.kind) is not AppKind.SECRET or not secret or len(secret) > LONGEST_SECRET:
            return False
        request.client = app
        return constant_time_compare(digest_of(secret), app.secret_digest)

    def authenticate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        app = app_of_client(client_id or "")
        request.client = app
        return app is not None and AppKind(app.kind) is AppKind.PUBLIC

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        app = app_of_client(client_id)
        request.client = app
        return app is not None and AppKind(app.kind) is not AppKind.BACKEND

    def validate_grant_type(self, client_id: str, grant_type: str, client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        is_backend = AppKind(client.kind) is AppKind.BACKEND
        return grant_type == "client_credentials" if is_backend else grant_type in USERS_GRANTS

    # What it asks for, and where it comes back to

    def check_asking(self, request: Request) -> dict[str, Any]:
        """Before anybody is asked: the record it wants is ours (`aud`), and its code will be bound to it (PKCE)."""
        if (getattr(request, "aud", None) or "").rstrip("/") != configuration.fhir_base(settings.SITE.url):
            raise errors.InvalidRequestError(description="aud must be the address of this FHIR server", request=request)
        if request.code_challenge_method != "S256" or not rules.CHALLENGE.fullmatch(request.code_challenge or ""):
            raise errors.InvalidRequestError(description="PKCE with S256 is required", request=request)
        if not request.state:
            raise errors.InvalidRequestError(description="state is required", request=request)
        for name, most in (("nonce", 200), ("state", 2_000)):
            if len(getattr(request, name, None) or "") > most:
                raise errors.InvalidRequestError(description=f"{name} is too long", request=request)
        return {}

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return rules.is_same_redirect(redirect_uri, request.client.redirect_uris)

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str | None:
        return None  # SMART: redirect_uri is required

    def validate_response_type(self, client_id: str, response_type: str, client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return []

    def validate_scopes(self, client_id: str, asked: list[str], client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        levels = [Level.SYSTEM] if AppKind(client.kind) is AppKind.BACKEND else [Level.USER, Level.PATIENT]
        too_long = sum(map(len, asked or [])) > scopes.LONGEST
        request.scopes = [] if too_long else scopes.narrowed(asked or [], client.scopes, levels)
        return bool(request.scopes)

    # The code

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any) -> None:
        """`staff_id`, `user_id` and `person_id` are put on the request by the page where somebody said yes."""
        actions.forget(at=self.at)
        lasts = rules.PERMIT_LASTS if "offline_access" in request.scopes else rules.SITTING_LASTS
        with transaction.atomic():
            permit = Permit.objects.create(
                app=request.client, staff_id=request.staff_id, user_id=request.user_id, person_id=request.person_id,
                scopes=request.scopes, given_at=self.at, ends_at=self.at + lasts, code_digest=digest_of(code["code"]),
                code_ends_at=self.at + rules.CODE_LASTS, redirect_uri=request.redirect_uri,
                challenge=request.code_challenge, nonce=getattr(request, "nonce", None) or "",
            )  # fmt: skip
            audit.record(
                by=staff_actor(request.staff_id), at=self.at, action="permit.given", subject=f"app:{permit.app_id}",
                person_id=request.person_id, detail={"permit": permit.pk, "scopes": request.scopes},
            )  # fmt: skip

    def validate_code(self, client_id: str, code: str, client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        permit = Permit.objects.select_related("app", "staff").filter(code_digest=digest_of(code)).first()
        if permit is None:
            return False
        is_first = Permit.objects.filter(pk=permit.pk, code_used_at=None).update(code_used_at=self.at) == 1
        is_good = is_first and permit.app_id == client.pk and permit.ended_at is None and self.at < permit.code_ends_at  # type: ignore[operator]
        if not is_good:
            self._end(permit)
            return False
        request.permit, request.scopes, request.user = permit, list(permit.scopes), permit.user_id
        return True

    def get_code_challenge(self, code: str, request: Request) -> str:
        return str(request.permit.challenge)

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return "S256"

    def confirm_redirect_uri(self, client_id: str, code: str, redirect_uri: str, client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        return constant_time_compare(redirect_uri, request.permit.redirect_uri)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any) -> None:
        """It was taken in `validate_code`."""

    # Refreshing

    def validate_refresh_token(self, refresh_token: str, client: App, request: Request, *args: Any, **kwargs: Any) -> bool:
        row = Token.objects.select_related("permit__app", "permit__staff").filter(digest=digest_of(refresh_token), is_refresh=True).first()
        if row is None or row.permit.app_id != client.pk:
            return False
        if Token.objects.filter(pk=row.pk, used_at=None).update(used_at=self.at) != 1:
            self._end(row.permit)  # used before: somebody has a copy, and we cannot know who
            return False
        if row.permit.ended_at or self.at >= min(row.ends_at, row.permit.ends_at):
            return False
        if row.permit.user_id and people.viewer_of(user_id=row.permit.user_id, at=self.at) is None:
            self._end(row.permit)
            return False
        request.permit, request.user = row.permit, row.permit.user_id
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return list(request.permit.scopes)

    def is_within_original_scope(self, request_scopes: list[str], refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return scopes.is_within(request_scopes, request.permit.scopes)

    def rotate_refresh_token(self, request: Request) -> bool:
        return True

    # Tokens

    def with_context(self, token: dict[str, Any], token_handler: Any, request: Request) -> dict[str, Any]:
        """Whom it is about, who the user is, and a refresh token only where offline_access was granted."""
        permit = request.permit
        if "offline_access" not in permit.scopes:
            token.pop("refresh_token", None)
        if permit.person_id is not None:
            token["patient"] = f"person-{permit.person_id}"
            token["need_patient_banner"] = True
        if "openid" in request.scopes:
            token["id_token"] = self._id_token(permit, request)
        return token

    def _id_token(self, permit: Permit, request: Request) -> str:
        site, who = settings.SITE.url, f"staff-{permit.staff_id}"
        claims = {
            "iss": configuration.issuer(site), "sub": who, "aud": permit.app.client_id, "iat": int(self.at.timestamp()),
            "exp": int((self.at + rules.ACCESS_LASTS).timestamp()),
        }  # fmt: skip
        if permit.nonce and request.grant_type == "authorization_code":
            claims["nonce"] = permit.nonce
        if "fhirUser" in request.scopes or "profile" in request.scopes:
            claims |= {name: f"{configuration.fhir_base(site)}/Practitioner/{who}" for name in ("fhirUser", "profile")}
        if "profile" in request.scopes and permit.staff is not None:
            claims["name"] = permit.staff.name
        key = keys.signing_key()
        message = jws.JWS(json.dumps(claims).encode())
        message.add_signature(key, None, json.dumps({"alg": "RS256", "typ": "JWT", "kid": key["kid"]}))
        return str(message.serialize(compact=True))

    def save_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            permit = getattr(request, "permit", None) or self._own_permit(request, token)
            ends_at = min(self.at + timedelta(seconds=token["expires_in"]), permit.ends_at)
            self._keep(permit, token["access_token"], request.scopes, ends_at)
            if "refresh_token" in token:
                self._keep(permit, token["refresh_token"], permit.scopes, permit.ends_at, is_refresh=True)
            audit.record(
                by=staff_actor(permit.staff_id) if permit.staff_id else Actor("app", str(permit.app_id)), at=self.at,
                action="token.given", subject=f"app:{permit.app_id}", person_id=permit.person_id, detail={"permit": permit.pk},
            )  # fmt: skip

    def _own_permit(self, request: Request, token: dict[str, Any]) -> Permit:
        """An app that acts for itself. What it was given before and is over goes."""
        Permit.objects.filter(app=request.client, ends_at__lt=self.at).delete()
        ends_at = self.at + timedelta(seconds=token["expires_in"])
        return Permit.objects.create(app=request.client, scopes=request.scopes, given_at=self.at, ends_at=ends_at)

    def _keep(self, permit: Permit, token: str, granted: list[str], ends_at: datetime, *, is_refresh: bool = False) -> None:
        Token.objects.create(
            permit=permit, digest=digest_of(token), is_refresh=is_refresh, scopes=granted, made_at=self.at, ends_at=ends_at
        )

    # Looking one up, and taking it back

    def introspect_token(self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """RFC 7662, with SMART's context. An app hears of its own tokens only."""
        row = live_tokens(self.at).filter(digest=digest_of(token)).first()
        if row is None or row.permit.app_id != request.client.pk:
            return None
        bearer = bearer_of(row)
        told: dict[str, Any] = {
            "scope": " ".join(bearer.scopes), "client_id": request.client.client_id, "iss": configuration.issuer(settings.SITE.url),
            "exp": int(bearer.ends_at.timestamp()), "iat": int(bearer.made_at.timestamp()),
        }  # fmt: skip
        if bearer.person_id is not None:
            told["patient"] = f"person-{bearer.person_id}"
        if bearer.staff_id is not None:
            who = f"staff-{bearer.staff_id}"
            told |= {"sub": who, "fhirUser": f"{configuration.fhir_base(settings.SITE.url)}/Practitioner/{who}"}
        return told

    def revoke_token(self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any) -> None:
        """An access token alone, or with a refresh token the whole family (RFC 7009, 2.1)."""
        row = Token.objects.select_related("permit").filter(digest=digest_of(token)).first()
        if row is None or row.permit.app_id != request.client.pk:
            return
        if row.is_refresh:
            self._end(row.permit)
        else:
            Token.objects.filter(pk=row.pk, used_at=None).update(used_at=self.at)
            bus.nudge("smart")

    def _end(self, permit: Permit) -> None:
        with transaction.atomic():
            if Permit.objects.filter(pk=permit.pk, ended_at=None).update(ended_at=self.at):
                audit.record(
                    by=Actor("app", str(permit.app_id)), at=self.at, action="permit.ended", subject=f"app:{permit.app_id}",
                    person_id=permit.person_id, detail={"permit": permit.pk},
                )  # fmt: skip
            bus.nudge_after_commit("smart")


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret of HTTP Basic, as RFC 6749 2.3.1 encodes them."""
    kind, _, coded = header.partition(" ")
    if kind.lower() != "basic" or len(coded) > LONGEST_SECRET * 4:
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
