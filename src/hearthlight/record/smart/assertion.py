"""An app proves who it is by signing (RFC 7523; SMART App Launch 2.2, "Client Authentication: Asymmetric").

The registered key decides the algorithm: what the message names must agree with it, so nothing signed with `none`, or
with HMAC over a public key, is ever looked at. `aud` must be our token address, `exp` near, and each `jti` is taken once."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from jwcrypto import jwk, jws
from jwcrypto.common import JWException

from hearthlight.core.types import Refusal
from hearthlight.record.smart import keys, rules
from hearthlight.record.smart.models import App, Assertion
from hearthlight.record.smart.queries import app_of_client, digest_of
from hearthlight.record.smart.types import AppKind

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 8_000  # characters: a signature of 512 bytes and what goes before it, many times over
LONGEST_JTI = 500
PARTS = 3
SIGNING = (AppKind.KEY, AppKind.BACKEND)


class NotProved(Refusal):
    """The assertion does not prove who is asking."""


def app_of(given: Mapping[str, Any], *, audience: str, at: datetime) -> App:
    """The app whose assertion this is. Raises NotProved; what is wrong is said without quoting what was sent."""
    if given.get("client_assertion_type") != TYPE:
        raise NotProved("client_assertion_type is not the one for a signed JWT")
    text = given.get("client_assertion") or ""
    if len(text) > LONGEST or text.count(".") != PARTS - 1:
        raise NotProved("client_assertion is not a signed JWT")
    head, claims, _ = text.split(".")
    header, told = _object(head), _object(claims)
    app = _app(told, given.get("client_id"))
    _check_signature(text, header, app, at)
    _check_claims(told, audience, at)
    _take_once(app, told, at)
    return app


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as wrong:
        raise NotProved("client_assertion is not a signed JWT") from wrong
    if not isinstance(found, dict):
        raise NotProved("client_assertion is not a signed JWT")
    return found


def _app(told: dict[str, Any], client_id: Any) -> App:
    issuer = told.get("iss")
    if not isinstance(issuer, str) or issuer != told.get("sub") or client_id not in (None, issuer):
        raise NotProved("iss and sub must both be the client_id")
    app = app_of_client(issuer)
    if app is None or AppKind(app.kind) not in SIGNING:
        raise NotProved("no such app, or not one that signs")
    return app


def _check_signature(text: str, header: dict[str, Any], app: App, at: datetime) -> None:
    kid = header.get("kid")
    if not isinstance(kid, str) or "crit" in header or "b64" in header:
        raise NotProved("the header must name the key by kid, and nothing critical")
    if header.get("jku") not in (None, app.jwks_url or None):
        raise NotProved("jku is not the address that was registered")
    try:
        key = keys.SETS.find(app, kid, at=at)
    except keys.NotFetched as wrong:
        raise NotProved(wrong.why) from wrong
    if key is None or header.get("alg") != rules.algorithm_of(key):
        raise NotProved("not signed with a registered key and its algorithm")
    try:
        message = jws.JWS()
        message.allowed_algs = [rules.algorithm_of(key)]
        message.deserialize(text, jwk.JWK(**key))
    except (JWException, ValueError, TypeError) as wrong:
        raise NotProved("the signature is not right") from wrong


def _check_claims(told: dict[str, Any], audience: str, at: datetime) -> None:
    named = told.get("aud")
    if audience not in (named if isinstance(named, list) else [named]):
        raise NotProved("aud must be the address of the token endpoint")
    ends_at = _moment(told.get("exp"))
    if not at - rules.CLOCKS_DIFFER < ends_at <= at + rules.ASSERTION_LASTS + rules.CLOCKS_DIFFER:
        raise NotProved("exp must lie ahead, by five minutes at most")
    for name in ("nbf", "iat"):
        if told.get(name) is not None and _moment(told[name]) > at + rules.CLOCKS_DIFFER:
            raise NotProved(f"{name} lies ahead")
    if not isinstance(told.get("jti"), str) or not 0 < len(told["jti"]) <= LONGEST_JTI:
        raise NotProved("jti is missing")


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:  # the year 5138
        raise NotProved("a time must be a number of seconds")
    return datetime.fromtimestamp(int(value), UTC)


def _take_once(app: App, told: dict[str, Any], at: datetime) -> None:
    ends_at = _moment(told["exp"]) + rules.CLOCKS_DIFFER + timedelta(seconds=1)
    try:
        with transaction.atomic():
            Assertion.objects.create(app=app, digest=digest_of(told["jti"]), ends_at=max(ends_at, at))
    except IntegrityError as again:
        raise NotProved("this jti was used before") from again
