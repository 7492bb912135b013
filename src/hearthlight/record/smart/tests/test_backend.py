"""Services without a user prove who they are by signing; each way of faking that is tried."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings
from jwcrypto import jwk, jws

from hearthlight.record.smart import assertion, keys, limits
from hearthlight.record.smart.keys import KeySets, NotFetched
from hearthlight.record.smart.models import App, Token
from hearthlight.record.smart.queries import bearer
from hearthlight.record.smart.tests.factories import (
    TOKEN_URL,
    ask_as_backend,
    claims_of,
    jwks,
    key_of,
    make_app,
    signed,
)
from hearthlight.record.smart.types import AppKind


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet(monkeypatch):
    monkeypatch.setattr(limits, "WRONG", limits.Limit(limits.MOST_WRONG))


@pytest.fixture
def app(cast):
    return make_app(cast.home, AppKind.BACKEND, jwks=jwks(key_of(), key_of("EC", "e1")))


def coded(told):
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def test_it_gives_a_service_a_short_token_for_what_it_was_let_in_for(client, app, at):
    answer = ask_as_backend(client, signed(claims_of(app)), scope="system/*.cruds patient/*.rs")

    given = answer.json()
    assert answer.status_code == 200 and given["scope"] == "system/*.rs"
    assert given["expires_in"] <= 300 and "refresh_token" not in given
    assert bearer(given["access_token"], at=at).user_id is None


def test_it_takes_elliptic_keys_and_a_list_of_audiences(client, app):
    assert ask_as_backend(client, signed(claims_of(app, aud=["x", TOKEN_URL]), key_of("EC", "e1"))).status_code == 200


def test_it_takes_an_assertion_once(client, app):
    once = signed(claims_of(app))

    assert ask_as_backend(client, once).status_code == 200
    again = ask_as_backend(client, once)

    assert again.status_code == 401 and again.json()["error"] == "invalid_client"
    assert ask_as_backend(client, signed(claims_of(app, jti=json.loads(base64.urlsafe_b64decode(once.split(".")[1] + "=="))["jti"]))).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://evil.example/oauth/token"}, {"aud": None}, {"aud": []}, {"aud": {"x": TOKEN_URL}}, {"aud": TOKEN_URL + "/"},
        {"exp": None}, {"exp": 0}, {"exp": "tomorrow"}, {"exp": True}, {"exp": 1e300}, {"exp": -1}, {"exp": [1]},
        {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 501},
        {"sub": "someone"}, {"iss": "someone"}, {"iss": None, "sub": None}, {"iss": 5, "sub": 5}, {"iss": "a\x00", "sub": "a\x00"},
        {"nbf": 2e9}, {"iat": 2e9}, {"nbf": "x"},
    ],
)  # fmt: skip
def test_it_refuses_claims_that_do_not_fit(client, app, changed):
    answer = ask_as_backend(client, signed(claims_of(app, **changed)))

    assert answer.status_code == 401 and not Token.objects.exists()


def test_it_refuses_an_assertion_that_is_over_or_lasts_too_long(client, app, at):
    now = int(at.timestamp())

    for exp in (now - 31, now - 3600, now + 331, now + 3600):
        assert ask_as_backend(client, signed(claims_of(app, exp=exp))).status_code == 401


def test_it_looks_at_nothing_that_is_not_signed(client, app):
    told = claims_of(app)

    for alg in ("none", "None", "NONE", ""):
        unsigned = f"{coded({'alg': alg, 'kid': 'k1'})}.{coded(told)}."
        assert ask_as_backend(client, unsigned).status_code == 401
    good = signed(told)
    assert ask_as_backend(client, good.rsplit(".", 1)[0] + ".").status_code == 401


def test_it_is_not_fooled_by_hmac_over_the_public_key(client, app):
    public = key_of().export_to_pem()
    secret = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(public).decode().rstrip("="), kid="k1")

    for alg in ("HS256", "HS384", "HS512"):
        message = jws.JWS(json.dumps(claims_of(app)).encode())
        message.add_signature(secret, None, json.dumps({"alg": alg, "kid": "k1"}))
        assert ask_as_backend(client, message.serialize(compact=True)).status_code == 401


def test_it_takes_no_other_algorithm_of_the_same_key(client, app):
    for alg in ("RS256", "RS512", "PS384"):
        assert ask_as_backend(client, signed(claims_of(app), alg=alg)).status_code == 401


@pytest.mark.parametrize("kid", ["", "k2", "../k1", "/etc/passwd", "k1' OR '1'='1", "k1\x00", ["k1"], {"k": 1}, 1, None, "http://evil.example/k1"])
def test_it_uses_a_kid_for_nothing_but_comparing(client, app, kid):
    assert ask_as_backend(client, signed(claims_of(app), kid=kid)).status_code == 401


def test_it_fetches_no_keys_from_where_the_message_says(client, app, monkeypatch):
    asked = []
    monkeypatch.setattr(keys, "SETS", KeySets(lambda url: asked.append(url) or b"{}"))

    assert ask_as_backend(client, signed(claims_of(app), jku="https://evil.example/jwks")).status_code == 401
    assert ask_as_backend(client, signed(claims_of(app), jwk=json.loads(key_of().export_public()), kid="mine")).status_code == 401
    assert asked == []


def test_it_takes_nothing_critical_that_it_does_not_know(client, app):
    plain, critical = by_hand({}, claims_of(app)), by_hand({"crit": ["x"], "x": 1}, claims_of(app))

    assert ask_as_backend(client, critical).status_code == 401
    assert ask_as_backend(client, plain).status_code == 200


def by_hand(header, claims):
    """Signed without a library that would refuse to."""
    text = f"{coded({'alg': 'RS384', 'kid': 'k1'} | header)}.{coded(claims)}"
    signature = key_of().get_op_key("sign").sign(text.encode(), padding.PKCS1v15(), hashes.SHA384())
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_it_takes_no_assertion_of_another_app_and_none_from_an_app_that_does_not_sign(client, cast, app):
    other = make_app(cast.home, AppKind.BACKEND, jwks=jwks(key_of("RSA", "k9")))

    assert ask_as_backend(client, signed(claims_of(other))).status_code == 401
    assert ask_as_backend(client, signed(claims_of(make_app(cast.home)))).status_code == 401
    assert ask_as_backend(client, signed(claims_of(app)), client_id=other.client_id).status_code == 401


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "..", "é.é.é", "W10.W10.W10", "bnVsbA.bnVsbA.x", "x" * 9000, "[" * 3000 + ".e30.x"])
def test_it_refuses_what_is_no_signed_jwt(client, app, text):
    assert ask_as_backend(client, text).status_code == 401
    assert ask_as_backend(client, signed(claims_of(app)), client_assertion_type="jwt").status_code == 401


def test_it_lets_a_service_have_no_users_grant_and_a_user_app_no_services(client, cast, app):
    assert ask_as_backend(client, signed(claims_of(app)), grant_type="authorization_code", code="x").status_code == 400
    signing = make_app(cast.home, AppKind.KEY)
    assert ask_as_backend(client, signed(claims_of(signing))).json()["error"] == "unauthorized_client"
    assert ask_as_backend(client, signed(claims_of(app)), scope="patient/*.rs").json()["error"] == "invalid_scope"


# Keys by address


def by_address(cast, monkeypatch, fetch):
    monkeypatch.setattr(keys, "SETS", KeySets(fetch))
    return make_app(cast.home, AppKind.BACKEND, jwks="", jwks_url="https://gp.example.org/jwks.json")


def test_it_fetches_keys_once_and_again_for_a_new_one(client, cast, monkeypatch, still_clock):
    asked, shown = [], [key_of()]
    app = by_address(cast, monkeypatch, lambda url: asked.append(url) or jwks(*shown).encode())

    assert ask_as_backend(client, signed(claims_of(app))).status_code == 200
    assert ask_as_backend(client, signed(claims_of(app))).status_code == 200
    assert len(asked) == 1
    shown.append(key_of("EC", "e1"))
    assert ask_as_backend(client, signed(claims_of(app), key_of("EC", "e1"))).status_code == 401  # asked a moment ago
    still_clock.at += timedelta(minutes=1)
    assert ask_as_backend(client, signed(claims_of(app, at=still_clock.at), key_of("EC", "e1"))).status_code == 200
    assert len(asked) == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [5]}', b"[" * 5000, b'{"keys": [{"kty": "oct", "k": "eA", "kid": "k1"}]}'])
def test_it_takes_no_nonsense_for_keys(client, cast, monkeypatch, body):
    app = by_address(cast, monkeypatch, lambda url: body)

    assert ask_as_backend(client, signed(claims_of(app))).status_code == 401


@pytest.mark.parametrize(
    "url",
    ["http://gp.example.org/jwks", "https://127.0.0.1/jwks", "https://localhost/jwks", "https://10.0.0.1/jwks", "https://[::1]/jwks",
     "https://169.254.169.254/latest", "https://192.168.1.1/", "file:///etc/passwd", "https://user:x@gp.example.org/", "https://0.0.0.0/"],
)
def test_it_looks_for_keys_nowhere_inside_this_network(url):
    with pytest.raises((NotFetched, keys.Refusal)):
        keys.fetch(url)


def test_it_keeps_its_own_signing_key_to_itself(db):
    keys.signing_key()

    assert (settings.HOME / "id-token-key.pem").stat().st_mode & 0o077 == 0
    assert "d" not in keys.public_keys()["keys"][0]
    assert App.objects.count() == 0 and assertion.LONGEST
