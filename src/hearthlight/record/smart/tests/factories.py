"""Apps, keys and tokens for tests: a surgery's app on a phone, one with a secret, one that signs, one without a user."""

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from jwcrypto import jwk, jws

from hearthlight.core.types import system
from hearthlight.people.models import Person, Place, Staff
from hearthlight.people.tests.factories import NIGHT, Cast
from hearthlight.record.smart import actions
from hearthlight.record.smart.assertion import TYPE
from hearthlight.record.smart.models import Assertion, Glass, Permit, Token
from hearthlight.record.smart.queries import digest_of
from hearthlight.record.smart.types import AppKind, Registered

TESTS = system("tests")
SITE = "http://127.0.0.1:8000"  # what settings.SITE.url is when nothing is set
BASE, TOKEN_URL = f"{SITE}/fhir/r4", f"{SITE}/oauth/token"
BACK = "https://app.example.org/back"
FORM = "application/x-www-form-urlencoded"
ALL_SCOPES = (
    "openid", "fhirUser", "profile", "launch", "launch/patient", "offline_access", "patient/*.rs", "patient/Observation.cud", "user/*.rs",
)  # fmt: skip
VERIFIER = "v" * 50


@cache
def key_of(kind: str = "RSA", kid: str = "k1") -> jwk.JWK:
    made = jwk.JWK.generate(kty="RSA", size=2048) if kind == "RSA" else jwk.JWK.generate(kty="EC", crv="P-384")
    return jwk.JWK(**{**json.loads(made.export(private_key=True)), "kid": kid})


def jwks(*keys: jwk.JWK) -> str:
    return json.dumps({"keys": [json.loads(key.export_public()) for key in keys]})


def make_app(place: Place | None, kind: AppKind = AppKind.PUBLIC, *, at: datetime = NIGHT, **given: Any) -> Registered:
    is_backend = kind is AppKind.BACKEND
    usual: dict[str, Any] = {
        "label": "Surgery app", "scopes": ["system/*.rs"] if is_backend else list(ALL_SCOPES),
        "redirect_uris": [] if is_backend else [BACK], "launch_url": "" if is_backend else "https://app.example.org/launch",
        "jwks": jwks(key_of()) if kind in (AppKind.KEY, AppKind.BACKEND) else "",
    }  # fmt: skip
    return actions.add_app(kind=kind, place_id=place.pk if place else None, by=TESTS, at=at, **(usual | given))


def make_permit(app: Registered, *, staff: Staff | None = None, person: Person | None = None, at: datetime = NIGHT, **given: Any) -> Permit:
    usual: dict[str, Any] = {"scopes": ["patient/*.rs"], "given_at": at, "ends_at": at + timedelta(hours=12)}
    return Permit.objects.create(app_id=app.app_id, staff=staff, user=staff.user if staff else None, person=person, **(usual | given))


def make_token(permit: Permit, *, at: datetime = NIGHT, minutes: float = 10, is_refresh: bool = False, scopes: list[str] | None = None) -> str:
    """The token itself, whose digest is kept."""
    token = secrets.token_urlsafe(32)
    Token.objects.create(
        permit=permit, digest=digest_of(token), is_refresh=is_refresh, made_at=at, ends_at=at + timedelta(minutes=minutes),
        scopes=permit.scopes if scopes is None else scopes,
    )  # fmt: skip
    return token


def make_glass(staff: Staff, person: Person, *, at: datetime = NIGHT, why: str = "found on the stairs, not breathing well") -> Glass:
    return Glass.objects.create(staff=staff, person=person, why=why, broken_at=at, ends_at=at + timedelta(hours=1))


def make_launch(app: Registered, staff: Staff, person: Person, *, at: datetime = NIGHT) -> str:
    return actions.start_launch(app_id=app.app_id, staff_id=staff.pk, person_id=person.pk, by=TESTS, at=at)


def make_assertion(app: Registered, *, at: datetime = NIGHT) -> Assertion:
    return Assertion.objects.create(app_id=app.app_id, digest=digest_of("jti"), ends_at=at + timedelta(minutes=5))


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def asking(app: Registered, **changed: Any) -> str:
    """The address an app sends somebody to. A value of None leaves a parameter out."""
    given = {
        "response_type": "code", "client_id": app.client_id, "redirect_uri": BACK, "scope": "openid fhirUser launch/patient patient/*.rs",
        "state": "s1", "aud": BASE, "code_challenge": challenge(), "code_challenge_method": "S256", "nonce": "n1",
    }  # fmt: skip
    return "/oauth/authorize?" + urlencode({name: value for name, value in (given | changed).items() if value is not None})


def code_of(client: Any, app: Registered, person: Person | None, **changed: Any) -> str:
    """Let the app in, as whoever `client` is signed in as; the code it is sent back with."""
    answer = client.post(asking(app, **changed), {"answer": "yes", "person": person.pk if person else ""})
    assert answer.status_code == 302, answer.content
    return parse_qs(urlsplit(answer["Location"]).query)["code"][0]


def exchange(client: Any, app: Registered, code_given: str, **changed: Any) -> Any:
    given = {
        "grant_type": "authorization_code", "code": code_given, "redirect_uri": BACK, "client_id": app.client_id, "code_verifier": VERIFIER,
    }  # fmt: skip
    body = urlencode({name: value for name, value in (given | changed).items() if value is not None})
    return client.post("/oauth/token", body, content_type=FORM)


def signed(claims: dict[str, Any], key: jwk.JWK | None = None, **header: Any) -> str:
    key = key or key_of()
    alg = "ES384" if key["kty"] == "EC" else "RS384"
    message = jws.JWS(json.dumps(claims).encode())
    message.add_signature(key, None, json.dumps({"alg": alg, "typ": "JWT", "kid": key["kid"]} | header))
    return str(message.serialize(compact=True))


def claims_of(app: Registered, *, at: datetime = NIGHT, **changed: Any) -> dict[str, Any]:
    given = {
        "iss": app.client_id, "sub": app.client_id, "aud": TOKEN_URL, "exp": int(at.timestamp()) + 240, "jti": secrets.token_hex(8),
    }  # fmt: skip
    return {name: value for name, value in (given | changed).items() if value is not None}


def ask_as_backend(client: Any, assertion: str, **changed: Any) -> Any:
    given = {
        "grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion_type": TYPE, "client_assertion": assertion,
    }  # fmt: skip
    body = urlencode({name: value for name, value in (given | changed).items() if value is not None})
    return client.post("/oauth/token", body, content_type=FORM)


def sign_in(client: Any, cast: Cast, who: str = "nia") -> Any:
    client.force_login(getattr(cast, who).user)
    return client
