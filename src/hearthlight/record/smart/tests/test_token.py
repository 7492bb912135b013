"""Codes into tokens, refreshing, looking them up and giving them back; and what is tried by whoever should not."""

import base64
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from jwcrypto import jwk, jws

from hearthlight.core.models import AuditEntry
from hearthlight.record.smart import actions, limits
from hearthlight.record.smart.assertion import TYPE
from hearthlight.record.smart.models import Permit, Token
from hearthlight.record.smart.queries import bearer
from hearthlight.record.smart.tests.factories import (
    BACK,
    BASE,
    FORM,
    SITE,
    TESTS,
    claims_of,
    code_of,
    exchange,
    key_of,
    make_app,
    sign_in,
    signed,
)
from hearthlight.record.smart.types import AppKind

OFFLINE = "openid fhirUser launch/patient offline_access patient/*.rs"


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet(monkeypatch):
    monkeypatch.setattr(limits, "ASKED", limits.Limit(limits.MOST_ASKED))
    monkeypatch.setattr(limits, "WRONG", limits.Limit(limits.MOST_WRONG))


@pytest.fixture
def app(cast):
    return make_app(cast.home)


@pytest.fixture
def nia(client, cast):
    return sign_in(client, cast)


def send(client, path="/oauth/token", authorization="", **given):
    extra = {"authorization": authorization} if authorization else {}
    return client.post(path, urlencode(given), content_type=FORM, headers=extra)


def refresh(client, app, token, **given):
    return send(client, grant_type="refresh_token", refresh_token=token, client_id=app.client_id, **given)


def basic(app, secret):
    return "Basic " + base64.b64encode(f"{app.client_id}:{secret}".encode()).decode()


def test_it_gives_a_token_with_the_person_and_the_banner(nia, cast, app, at):
    answer = exchange(nia, app, code_of(nia, app, cast.ada))

    given = answer.json()
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    assert given["token_type"] == "Bearer" and 300 <= given["expires_in"] <= 900
    assert given["patient"] == f"person-{cast.ada.pk}" and given["need_patient_banner"] is True
    assert given["scope"] == "openid fhirUser launch/patient patient/*.rs"
    assert "refresh_token" not in given
    assert bearer(given["access_token"], at=at).person_id == cast.ada.pk


def test_it_keeps_no_token_only_digests(nia, cast, app):
    given = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()

    kept = json.dumps(list(Token.objects.values()), default=str) + json.dumps(list(AuditEntry.objects.values()), default=str)
    assert given["access_token"] not in kept and given["refresh_token"] not in kept


def test_it_signs_who_the_user_is(nia, cast, app, at):
    given = exchange(nia, app, code_of(nia, app, cast.ada)).json()

    key = jwk.JWK(**nia.get("/oauth/jwks").json()["keys"][0])
    message = jws.JWS()
    message.deserialize(given["id_token"], key)
    claims = json.loads(message.payload)
    assert claims["fhirUser"] == f"{BASE}/Practitioner/staff-{cast.nia.pk}"
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (f"{SITE}/oauth", app.client_id, "n1")
    assert claims["exp"] > claims["iat"] == int(at.timestamp())
    assert "d" not in nia.get("/oauth/jwks").json()["keys"][0]


def test_it_takes_a_code_once_and_ends_all_it_gave_when_it_comes_again(nia, cast, app, at):
    code = code_of(nia, app, cast.ada)
    token = exchange(nia, app, code).json()["access_token"]

    again = exchange(nia, app, code)

    assert again.status_code == 400 and again.json()["error"] == "invalid_grant"
    assert bearer(token, at=at) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 50}, {"code_verifier": None}, {"code_verifier": ""}, {"redirect_uri": f"{BACK}/other"},
        {"redirect_uri": None}, {"code": "nonsense"}, {"code": ""}, {"code": None}, {"client_id": "nobody"}, {"client_id": None},
        {"grant_type": "password"}, {"grant_type": None}, {"grant_type": "implicit"},
    ],
)  # fmt: skip
def test_it_gives_no_token_when_anything_does_not_fit(nia, cast, app, changed):
    answer = exchange(nia, app, code_of(nia, app, cast.ada), **changed)

    assert answer.status_code in (400, 401) and "error" in answer.json()
    assert not Token.objects.exists()


def test_it_uses_a_code_up_when_the_verifier_is_wrong(nia, cast, app):
    code = code_of(nia, app, cast.ada)
    exchange(nia, app, code, code_verifier="w" * 50)

    assert exchange(nia, app, code).status_code == 400


def test_it_gives_nothing_for_a_code_that_is_late_or_another_apps(nia, cast, app, still_clock):
    late, others = code_of(nia, app, cast.ada), code_of(nia, app, cast.ada)

    assert exchange(nia, make_app(cast.home), others).status_code == 400
    still_clock.at += timedelta(seconds=61)
    assert exchange(nia, app, late).status_code == 400


def test_it_knows_an_app_by_its_secret_and_a_stranger_by_none(nia, cast):
    app = make_app(cast.home, AppKind.SECRET)

    codes = [code_of(nia, app, cast.ada) for _ in range(6)]
    fits = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": "v" * 50}

    assert send(nia, code=codes[0], authorization=basic(app, app.secret), **fits).status_code == 200
    assert send(nia, code=codes[1], client_id=app.client_id, client_secret=app.secret, **fits).status_code == 200
    assert send(nia, code=codes[2], authorization=basic(app, "guess"), **fits).status_code == 401
    assert send(nia, code=codes[3], client_id=app.client_id, **fits).status_code == 401
    assert send(nia, code=codes[4], client_id=app.client_id, client_secret="", **fits).status_code == 401
    assert send(nia, code=codes[5], authorization="Basic ###", **fits).status_code == 401


def test_it_knows_an_app_by_its_signature(nia, cast):
    app = make_app(cast.home, AppKind.KEY)
    fits = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": "v" * 50, "client_assertion_type": TYPE}

    good = send(nia, code=code_of(nia, app, cast.ada), client_assertion=signed(claims_of(app)), **fits)
    bad = send(nia, code=code_of(nia, app, cast.ada), client_assertion=signed(claims_of(app), key_of("RSA", "k1x")), **fits)

    assert good.status_code == 200
    assert bad.status_code == 401 and bad.json()["error"] == "invalid_client"


# Refreshing


def test_it_refreshes_only_with_offline_access_and_gives_a_new_token_each_time(nia, cast, app, at):
    first = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()

    second = refresh(nia, app, first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"] and second["patient"] == first["patient"]
    assert bearer(second["access_token"], at=at).scopes == tuple(OFFLINE.split())


def test_it_ends_the_family_when_a_refresh_token_comes_twice(nia, cast, app, at):
    first = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()
    second = refresh(nia, app, first["refresh_token"]).json()

    stolen = refresh(nia, app, first["refresh_token"])

    assert stolen.status_code == 400 and stolen.json()["error"] == "invalid_grant"
    assert refresh(nia, app, second["refresh_token"]).status_code == 400
    assert bearer(second["access_token"], at=at) is None


def test_it_lets_a_refresh_ask_for_less_and_never_for_more(nia, cast, app, at):
    first = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()

    less = refresh(nia, app, first["refresh_token"], scope="patient/Observation.r").json()
    more = refresh(nia, app, less["refresh_token"], scope="patient/*.rs user/*.rs")

    assert bearer(less["access_token"], at=at).scopes == ("patient/Observation.r",)
    assert more.status_code == 400 and more.json()["error"] == "invalid_scope"


def test_it_refreshes_nothing_for_another_app_a_leaver_a_suspended_app_or_too_late(nia, cast, app, at, still_clock):
    others, late = (exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()["refresh_token"] for _ in range(2))

    assert refresh(nia, make_app(cast.home), others).status_code == 400
    still_clock.at += timedelta(days=31)
    assert refresh(nia, app, late).status_code == 400
    still_clock.at = at
    left = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()["refresh_token"]
    cast.nia.user.is_active = False
    cast.nia.user.save()
    assert refresh(nia, app, left).status_code == 400
    actions.suspend(app_id=app.app_id, by=TESTS, at=at)
    assert refresh(nia, app, others).status_code == 401


def test_it_ends_everything_a_suspended_app_was_given_for_good(nia, cast, app, at):
    token = exchange(nia, app, code_of(nia, app, cast.ada)).json()["access_token"]
    actions.suspend(app_id=app.app_id, by=TESTS, at=at)
    actions.let_in_again(app_id=app.app_id, by=TESTS, at=at)

    assert bearer(token, at=at) is None


# Looking one up, giving one back


def test_it_tells_an_app_of_its_own_tokens_only(nia, cast):
    app, other = make_app(cast.home, AppKind.SECRET), make_app(cast.home, AppKind.SECRET)
    token = exchange(nia, app, code_of(nia, app, cast.ada), client_secret=app.secret).json()["access_token"]

    own = send(nia, "/oauth/introspect", basic(app, app.secret), token=token).json()
    others = send(nia, "/oauth/introspect", basic(other, other.secret), token=token).json()
    unknown = send(nia, "/oauth/introspect", basic(app, app.secret), token="nonsense").json()
    stranger = send(nia, "/oauth/introspect", token=token)

    assert own["active"] is True and own["patient"] == f"person-{cast.ada.pk}" and own["client_id"] == app.client_id
    assert own["scope"] == "openid fhirUser launch/patient patient/*.rs"
    assert others == unknown == {"active": False}
    assert stranger.status_code == 401


def test_it_takes_a_token_back_from_whoever_it_belongs_to(nia, cast, app, at):
    given = exchange(nia, app, code_of(nia, app, cast.ada, scope=OFFLINE)).json()

    send(nia, "/oauth/revoke", token=given["access_token"], client_id=make_app(cast.home).client_id)
    assert bearer(given["access_token"], at=at)
    assert send(nia, "/oauth/revoke", token=given["access_token"], client_id=app.client_id).status_code == 200
    assert bearer(given["access_token"], at=at) is None
    newer = refresh(nia, app, given["refresh_token"]).json()
    send(nia, "/oauth/revoke", token=newer["refresh_token"], client_id=app.client_id)
    assert bearer(newer["access_token"], at=at) is None
    assert send(nia, "/oauth/revoke", token="nonsense", client_id=app.client_id).status_code == 200


# Whoever may ask, and how often


def test_it_answers_a_stranger_with_json_and_no_token(client, db):
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        answer = send(client, path, token="x", grant_type="client_credentials")
        assert answer.status_code in (400, 401) and "error" in answer.json()


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"\xff\xfe", FORM), (b"{}", "application/json"), (b"a=%zz&b", FORM), (b"x" * 70_000, FORM), (b"", FORM), (b"a=1&a=2&=&&", FORM),
     (b"grant_type=authorization_code&code=%00&client_id=%00", FORM), (b"token=%F0%9F%92%A9&client_id=%F0%9F%92%A9", FORM),
     ("grant_type=é".encode(), FORM), (b"client_assertion=a.b.c&client_assertion_type=x&grant_type=client_credentials&token=t", FORM)],
)  # fmt: skip
def test_it_answers_any_bytes_with_an_error(client, db, path, body, kind):
    answer = client.post(path, body, content_type=kind)

    assert answer.status_code in (400, 401) and "error" in answer.json()
    assert client.get(path).status_code == 405


def test_it_slows_whoever_is_wrong_too_often(client, db, still_clock):
    for _ in range(limits.MOST_WRONG):
        assert send(client, grant_type="client_credentials").status_code == 401

    slowed = send(client, grant_type="client_credentials")
    still_clock.at += timedelta(seconds=61)

    assert slowed.status_code == 429 and slowed["Retry-After"] == "60"
    assert send(client, grant_type="client_credentials").status_code == 401


def test_it_lets_web_pages_of_apps_ask_without_cookies(client, db):
    before = client.options("/oauth/token")

    assert before.status_code == 204 and before["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in before


def test_it_drops_what_is_over(nia, cast, app, still_clock):
    exchange(nia, app, code_of(nia, app, cast.ada))
    still_clock.at += timedelta(hours=13)

    actions.forget(at=still_clock.at)

    assert not Token.objects.exists() and not Permit.objects.exists()
