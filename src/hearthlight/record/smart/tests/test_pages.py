"""The pages: letting apps in, one's own apps, opening them, and breaking the glass."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.people.tests.factories import make_person
from hearthlight.record.smart.models import App, Glass, Launch, Permit
from hearthlight.record.smart.tests.factories import (
    BACK,
    jwks,
    key_of,
    make_app,
    make_glass,
    make_permit,
    make_token,
    sign_in,
)
from hearthlight.record.smart.types import AppKind


def filled(cast, **changed):
    given = {
        "label": "Dr Patel’s surgery", "kind": "SECRET", "place_id": cast.home.pk, "scopes": "patient/*.rs\nopenid", "redirect_uris": BACK,
        "launch_url": "https://app.example.org/launch", "jwks": "", "jwks_url": "",
    }  # fmt: skip
    return given | changed


@pytest.fixture
def maya(client, cast):
    return sign_in(client, cast, "maya")


PAGES = ["/apps/", "/apps/new/", "/apps/mine/", "/emergency/", "/emergency/opened/", "/people/1/apps/"]


@pytest.mark.parametrize("path", PAGES)
def test_it_sends_a_stranger_who_is_not_signed_in_away(client, db, path):
    answer = client.get(path)

    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/login/")


def test_it_shows_a_stranger_from_another_home_no_app_and_lets_them_change_none(client, cast):
    app = make_app(cast.home)
    permit = make_permit(app, staff=cast.nia)
    make_token(permit)
    glass = make_glass(cast.sam, cast.ada)
    stranger = sign_in(client, cast, "stranger")

    assert b"Surgery" not in stranger.get("/apps/").content
    assert stranger.get(f"/apps/{app.app_id}/").status_code == 404
    assert b"Ada" not in stranger.get("/emergency/opened/").content
    for path in (f"/apps/{app.app_id}/suspend/", f"/apps/{app.app_id}/secret/", f"/apps/permits/{permit.pk}/end/",
                 f"/people/{cast.ada.pk}/apps/{app.app_id}/open/", f"/emergency/opened/{glass.pk}/seen/"):  # fmt: skip
        assert stranger.post(path).status_code == 404
    assert stranger.get(f"/people/{cast.ada.pk}/apps/").status_code == 404
    assert App.objects.get().suspended_at is None and Permit.objects.get().ended_at is None


def test_it_tells_a_carer_that_letting_apps_in_is_a_managers(client, cast):
    app = make_app(cast.home)
    nia = sign_in(client, cast)

    for path in ("/apps/", "/apps/new/", f"/apps/{app.app_id}/", "/emergency/opened/"):
        assert nia.get(path).status_code == 403
    assert nia.post("/apps/new/", filled(cast)).status_code == 403
    assert nia.post(f"/apps/{app.app_id}/suspend/").status_code == 403
    assert App.objects.count() == 1


def test_it_shows_the_secret_once_and_keeps_its_digest(maya, cast):
    page = maya.post("/apps/new/", filled(cast))

    app = App.objects.get()
    secret = page.content.decode().split('id="secret" readonly value="')[1].split('"')[0]
    assert len(secret) > 40 and secret not in str(vars(app))
    assert secret not in maya.get(f"/apps/{app.pk}/").content.decode()
    entry = AuditEntry.objects.get(action="app.added")
    assert entry.by == f"staff:{cast.maya.pk}" and entry.detail["scopes"] == ["patient/*.rs", "openid"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": ""}, "Enter name"), ({"label": "a\x00b"}, "plain text"), ({"kind": "ROOT"}, "Choose one"), ({"place_id": "999999"}, "Choose one"),
        ({"scopes": ""}, "required"), ({"scopes": "everything"}, "no scope this record knows"), ({"scopes": "system/*.rs"}, "does not fit"),
        ({"redirect_uris": ""}, "comes back to"), ({"redirect_uris": "http://app.example.org/"}, "https"),
        ({"redirect_uris": "javascript:alert(1)"}, "https"), ({"redirect_uris": "https://a.example/#x"}, "no address"),
        ({"redirect_uris": "https://u:p@a.example/"}, "no address"), ({"redirect_uris": "https://a.example/\n" * 1 + "\n".join(f"https://a.example/{n}" for n in range(12))}, "At most"),
        ({"launch_url": "http://app.example.org/"}, "https"), ({"kind": "KEY"}, "public keys"), ({"jwks_url": "https://a.example/"}, "no keys"),
        ({"kind": "KEY", "jwks": "{}"}, "must look like"), ({"kind": "KEY", "jwks": "["}, "not JSON"),
        ({"kind": "KEY", "jwks_url": "http://a.example/"}, "https"), ({"kind": "BACKEND", "scopes": "system/*.rs"}, "without a user"),
        ({"kind": "BACKEND", "scopes": "patient/*.rs", "redirect_uris": ""}, "public keys"),
    ],
)  # fmt: skip
def test_it_registers_nothing_that_is_not_in_order(maya, cast, changed, said):
    answer = maya.post("/apps/new/", filled(cast, **changed))

    assert answer.status_code == 422 and said in answer.content.decode()
    assert not App.objects.exists()


def test_it_refuses_a_private_key_and_weak_keys(maya, cast):
    from jwcrypto import jwk

    private = '{"keys": [' + key_of().export(private_key=True) + "]}"
    weak = jwk.JWK.generate(kty="RSA", size=1024, kid="w")
    small = jwk.JWK.generate(kty="EC", crv="P-256", kid="s")

    for text, said in ((private, "private key"), (jwks(weak), "It needs a key"), (jwks(small), "It needs a key"), (jwks(key_of(), key_of()), "kid of its own")):
        answer = maya.post("/apps/new/", filled(cast, kind="KEY", jwks=text))
        assert answer.status_code == 422 and said in answer.content.decode()


def test_it_registers_an_app_for_ones_own_place_only(maya, cast):
    assert maya.post("/apps/new/", filled(cast, place_id=cast.other_home.pk)).status_code == 422
    assert maya.post("/apps/new/", filled(cast, place_id=cast.organisation.pk)).status_code == 422
    assert not App.objects.exists()


def test_it_shuts_an_app_out_and_lets_it_ask_again(maya, cast):
    app = make_app(cast.home)
    make_token(make_permit(app, staff=cast.nia, person=cast.ada))
    assert b"Nia Price" in maya.get(f"/apps/{app.app_id}/").content

    maya.post(f"/apps/{app.app_id}/suspend/", {"answer": "suspend"})
    shut = maya.get(f"/apps/{app.app_id}/").content.decode()
    maya.post(f"/apps/{app.app_id}/suspend/", {"answer": "let-in"})

    assert "Shut out." in shut and "Nobody, now." in shut
    assert App.objects.get().suspended_at is None
    assert Permit.objects.get().ended_at is not None
    assert [e.action for e in AuditEntry.objects.filter(action__startswith="app.")] == ["app.added", "app.suspended", "app.let_in_again"]


def test_it_asks_everyone_again_when_an_app_may_have_something_else(maya, cast):
    app = make_app(cast.home)
    make_token(make_permit(app, staff=cast.nia))
    given = {"label": "New name", "scopes": "patient/Observation.rs", "redirect_uris": BACK, "launch_url": "", "jwks": "", "jwks_url": ""}

    assert maya.post(f"/apps/{app.app_id}/", given).status_code == 302

    row = App.objects.get()
    assert row.label == "New name" and row.scopes == ["patient/Observation.rs"]
    assert Permit.objects.get().ended_at is not None


def test_it_keeps_the_keys_of_a_changed_app_unless_new_ones_are_given(maya, cast):
    app = make_app(cast.home, AppKind.KEY)
    given = {"label": "Signs", "scopes": "patient/*.rs", "redirect_uris": BACK, "launch_url": "", "jwks": "", "jwks_url": ""}

    maya.post(f"/apps/{app.app_id}/", given)
    assert App.objects.get().jwks["keys"][0]["kid"] == "k1"
    maya.post(f"/apps/{app.app_id}/", given | {"jwks": jwks(key_of("EC", "e1"))})
    assert App.objects.get().jwks["keys"][0]["kid"] == "e1"


def test_it_makes_a_new_secret_and_the_old_one_is_worth_nothing(maya, cast):
    app = make_app(cast.home, AppKind.SECRET)
    before = App.objects.get().secret_digest

    assert "The secret is shown once" in maya.post(f"/apps/{app.app_id}/secret/").content.decode()
    assert App.objects.get().secret_digest != before
    assert maya.post(f"/apps/{make_app(cast.home).app_id}/secret/").status_code == 403


def test_it_lets_staff_take_back_what_they_gave(client, cast):
    permit = make_permit(make_app(cast.home), staff=cast.nia, person=cast.ada)
    make_token(permit)
    nia = sign_in(client, cast)
    assert "Surgery app" in nia.get("/apps/mine/").content.decode()

    nia.post(f"/apps/permits/{permit.pk}/end/")

    assert "Surgery app" not in nia.get("/apps/mine/").content.decode()
    assert AuditEntry.objects.get(action="permit.ended").person_id == cast.ada.pk


def test_it_lets_no_colleague_take_it_back_for_them(client, cast):
    permit = make_permit(make_app(cast.home), staff=cast.nia)
    make_token(permit)

    assert sign_in(client, cast, "sam").post(f"/apps/permits/{permit.pk}/end/").status_code == 404
    assert Permit.objects.get().ended_at is None


def test_it_opens_an_app_with_the_person_and_a_word_that_is_kept_as_a_digest(client, cast):
    app = make_app(cast.home)
    make_app(cast.other_home, label="Elsewhere")
    nia = sign_in(client, cast)
    page = nia.get(f"/people/{cast.ada.pk}/apps/").content.decode()

    answer = nia.post(f"/people/{cast.ada.pk}/apps/{app.app_id}/open/")

    parts = urlsplit(answer["Location"])
    assert "Surgery app" in page and "Elsewhere" not in page
    assert answer.status_code == 303 and parts.netloc == "app.example.org"
    assert parse_qs(parts.query)["iss"] == ["http://127.0.0.1:8000/fhir/r4"]
    assert parse_qs(parts.query)["launch"][0] not in str(vars(Launch.objects.get()))


# Breaking the glass


WHY = "Found on the stairs outside, hardly breathing"


def test_it_opens_somebody_elses_page_to_one_who_knows_whom_they_have_before_them(client, cast, still_clock):
    bron = make_person("Bronwen", "Hughes", cast.other_unit, nhs_number="9990000026")
    nia = sign_in(client, cast)
    assert nia.get(f"/people/{bron.pk}/").status_code == 404

    opened = nia.post("/emergency/", {"nhs_number": "999 000 0026", "why": WHY})

    assert opened["Location"] == f"/people/{bron.pk}/" and nia.get(f"/people/{bron.pk}/").status_code == 200
    assert nia.get(f"/people/{bron.pk}/edit/").status_code == 403
    entry = AuditEntry.objects.get(action="glass.broken")
    assert (entry.person_id, entry.by) == (bron.pk, f"staff:{cast.nia.pk}") and WHY not in str(vars(entry))
    still_clock.at += timedelta(hours=1)
    assert nia.get(f"/people/{bron.pk}/").status_code == 404


def test_it_finds_by_family_name_and_date_of_birth_together(client, cast):
    cast.ada.place = cast.other_unit
    cast.ada.save()
    nia = sign_in(client, cast)

    assert nia.post("/emergency/", {"family_name": "okafor", "born_on": "1942-02-03", "why": WHY}).status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"why": ""}, "Enter why"), ({"why": "fall"}, "say what has happened"), ({"nhs_number": "", "family_name": "Hughes"}, "Enter the NHS number"),
        ({"nhs_number": "9990000034"}, "Nobody here fits"), ({"nhs_number": "%"}, "Nobody here fits"), ({"born_on": "x"}, "real date"),
        ({"nhs_number": "", "family_name": "%", "born_on": "1940-01-01"}, "Nobody here fits"), ({"why": "a\x00" * 20}, "plain text"),
    ],
)  # fmt: skip
def test_it_opens_nothing_without_a_reason_and_a_person(client, cast, changed, said):
    make_person("Bronwen", "Hughes", cast.other_unit, nhs_number="9990000026")
    answer = sign_in(client, cast).post("/emergency/", {"nhs_number": "9990000026", "why": WHY} | changed)

    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Glass.objects.exists()


def test_it_opens_nobody_of_another_organisation(client, cast):
    make_person("Bronwen", "Hughes", cast.other_home, nhs_number="9990000026")

    answer = sign_in(client, cast).post("/emergency/", {"nhs_number": "9990000026", "why": WHY})

    assert answer.status_code == 422 and not Glass.objects.exists()


def test_it_lets_nobody_guess_on(client, cast, still_clock):
    make_person("Bronwen", "Hughes", cast.other_unit, nhs_number="9990000026")
    nia = sign_in(client, cast)
    for _ in range(5):
        nia.post("/emergency/", {"nhs_number": "9990000034", "why": WHY})
        still_clock.at += timedelta(seconds=1)

    answer = nia.post("/emergency/", {"nhs_number": "9990000026", "why": WHY})

    assert "Ring the home" in answer.content.decode() and not Glass.objects.exists()
    assert AuditEntry.objects.filter(action="glass.tried").count() == 5


def test_it_shows_managers_what_was_opened_until_one_looks_into_it(client, cast):
    glass = make_glass(cast.nia, cast.ada, why=WHY)
    maya = sign_in(client, cast, "maya")
    assert WHY in maya.get("/emergency/opened/").content.decode()

    maya.post(f"/emergency/opened/{glass.pk}/seen/")

    assert "looked into" in maya.get("/emergency/opened/").content.decode()
    assert Glass.objects.get().seen_by == f"staff:{cast.maya.pk}"


def test_it_lets_no_manager_clear_their_own(client, cast):
    glass = make_glass(cast.maya, cast.ada)

    sign_in(client, cast, "maya").post(f"/emergency/opened/{glass.pk}/seen/")

    assert Glass.objects.get().seen_at is None


# What there is to know about us


def test_it_tells_apps_a_stranger_too_what_it_can_do(client, db):
    smart = client.get("/fhir/r4/.well-known/smart-configuration").json()
    openid = client.get("/oauth/.well-known/openid-configuration").json()

    assert smart["code_challenge_methods_supported"] == ["S256"]
    assert smart["token_endpoint"] == openid["token_endpoint"] == "http://127.0.0.1:8000/oauth/token"
    assert {"launch-ehr", "launch-standalone", "client-confidential-asymmetric", "permission-v2"} <= set(smart["capabilities"])
    assert smart["issuer"] == openid["issuer"] and client.get("/oauth/jwks").json()["keys"][0]["alg"] == "RS256"
