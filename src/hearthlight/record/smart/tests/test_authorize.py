"""Letting an app in: what is asked, of whom, and what a hostile request gets."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from hearthlight.core.models import AuditEntry
from hearthlight.people.tests.factories import make_person
from hearthlight.record.smart import actions
from hearthlight.record.smart.models import Launch, Permit
from hearthlight.record.smart.tests.factories import (
    BACK,
    TESTS,
    asking,
    code_of,
    make_app,
    make_launch,
    sign_in,
)
from hearthlight.record.smart.types import AppKind


@pytest.fixture
def app(cast):
    return make_app(cast.home)


@pytest.fixture
def nia(client, cast):
    return sign_in(client, cast)


def told(answer):
    """What the app was told in the address it was sent back with."""
    assert answer.status_code == 302, answer.content[:500]
    parts = urlsplit(answer["Location"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}", {name: value[0] for name, value in parse_qs(parts.query).items()}


def test_it_sends_a_stranger_to_sign_in_and_back(client, cast, app):
    answer = client.get(asking(app))

    assert client.get("/oauth/authorize").status_code == 302
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/login/?next=/oauth/authorize")


def test_it_offers_a_stranger_from_another_home_nobody_to_choose(client, cast, app):
    answer = sign_in(client, cast, "stranger").get(asking(app))

    assert answer.status_code == 200
    assert b"Ada" not in answer.content and b"nobody here" in answer.content


def test_it_asks_in_plain_words_and_offers_only_people_one_may_see(nia, cast, app):
    make_person("Bronwen", "Hughes", cast.other_unit)

    page = nia.get(asking(app)).content.decode()

    assert "Let Surgery app in?" in page and "See everything in the record, about this person" in page
    assert "Ada, Room 7" in page and "Bronwen" not in page
    assert "patient/" not in page.split("<main", 1)[1].split("action=")[0]


def test_it_says_loudly_what_an_app_would_change(nia, cast, app):
    page = nia.get(asking(app, scope="patient/Observation.cu")).content.decode()

    assert "<strong>Change measurements and observations, about this person</strong>" in page


def test_it_lets_the_pages_form_lead_back_to_the_app_and_nowhere_else(nia, app):
    policy = nia.get(asking(app))["Content-Security-Policy"]

    form = next(part for part in policy.split(";") if "form-action" in part)
    assert form.split() == ["form-action", "'self'", "https://app.example.org"]


def test_it_sends_the_app_a_code_after_a_yes_and_keeps_only_its_digest(nia, cast, app):
    where, given = told(nia.post(asking(app), {"answer": "yes", "person": cast.ada.pk}))

    permit = Permit.objects.get()
    assert where == BACK and given["state"] == "s1"
    assert permit.person_id == cast.ada.pk and permit.staff_id == cast.nia.pk
    assert given["code"] not in str(vars(permit))
    entry = AuditEntry.objects.get(action="permit.given")
    assert (entry.person_id, entry.by) == (cast.ada.pk, f"staff:{cast.nia.pk}")


def test_it_gives_nothing_after_a_no(nia, cast, app):
    where, given = told(nia.post(asking(app), {"answer": "no", "person": cast.ada.pk}))

    assert given == {"error": "access_denied", "state": "s1"} and where == BACK
    assert not Permit.objects.exists()


def test_it_takes_no_person_the_user_may_not_see(nia, cast, app):
    bron = make_person("Bronwen", "Hughes", cast.other_unit)

    for chosen in (bron.pk, "", "x", -1, f"{cast.ada.pk} OR 1=1", 10**30):
        answer = nia.post(asking(app), {"answer": "yes", "person": chosen})
        assert answer.status_code == 422 and b"Choose whom it is about" in answer.content
    assert not Permit.objects.exists()


def test_it_takes_no_person_who_lives_outside_the_apps_place(client, cast):
    app = make_app(cast.other_unit)

    answer = sign_in(client, cast, "maya").post(asking(app), {"answer": "yes", "person": cast.ada.pk})

    assert answer.status_code == 422 and not Permit.objects.exists()


def test_it_asks_about_nobody_when_no_person_is_needed(nia, cast, app):
    code_of(nia, app, None, scope="openid fhirUser user/*.rs")

    assert Permit.objects.get().person_id is None


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"}, {"client_id": None}, {"client_id": "x" * 5000}, {"client_id": "a\x00b"},
        {"redirect_uri": "https://evil.example/back"}, {"redirect_uri": f"{BACK}/../evil"}, {"redirect_uri": f"{BACK}?x=1"},
        {"redirect_uri": f"{BACK}#x"}, {"redirect_uri": "https://app.example.org.evil.example/back"}, {"redirect_uri": None},
        {"redirect_uri": "https://app.example.org@evil.example/back"}, {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": BACK.upper()}, {"redirect_uri": "http://app.example.org/back"},
    ],
)  # fmt: skip
def test_it_sends_nobody_to_an_address_that_is_not_the_apps_own(nia, cast, app, changed):
    for answer in (nia.get(asking(app, **changed)), nia.post(asking(app, **changed), {"answer": "yes", "person": cast.ada.pk})):
        assert answer.status_code == 400 and "Location" not in answer
    assert not Permit.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"aud": "https://evil.example/fhir/r4"}, "invalid_request"), ({"aud": None}, "invalid_request"),
        ({"aud": "http://127.0.0.1:8000/fhir/r4/../evil"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
        ({"state": None}, "invalid_request"), ({"nonce": "n" * 201}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"), ({"response_type": None}, "invalid_request"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"scope": "system/*.rs"}, "invalid_scope"), ({"scope": "patient/Condition.d"}, "invalid_scope"), ({"scope": ""}, "invalid_scope"),
        ({"scope": "patient/Observation.rs?code=x"}, "invalid_scope"), ({"scope": "patient/*.rs " * 400}, "invalid_scope"),
        ({"launch": "nonsense"}, "invalid_request"),
    ],
)  # fmt: skip
def test_it_tells_the_app_what_is_wrong_and_gives_it_nothing(nia, cast, app, changed, error):
    given = {"scope": "launch patient/*.rs"} | changed

    for answer in (nia.get(asking(app, **given)), nia.post(asking(app, **given), {"answer": "yes", "person": cast.ada.pk})):
        where, got = told(answer)
        assert where == BACK and got["error"] == error and "code" not in got
    assert not Permit.objects.exists()


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "response_type"])
def test_it_takes_no_parameter_twice(nia, app, name):
    assert nia.get(f"{asking(app)}&{name}=another").status_code == 400


@pytest.mark.parametrize("tail", ["&x=%zz", "&%ff=%fe", "&x=<script>", "&\u00e9=1", "&x=%00", "&state="])
def test_it_breaks_on_no_bytes_in_the_address(nia, app, tail):
    assert nia.get(asking(app) + tail).status_code in (200, 302, 400)


def test_it_grants_only_what_the_app_was_let_in_for(nia, cast):
    app = make_app(cast.home, scopes=["patient/Observation.rs", "launch/patient"])

    code_of(nia, app, cast.ada, scope="launch/patient patient/*.cruds user/*.rs offline_access")

    assert Permit.objects.get().scopes == ["launch/patient", "patient/Observation.rs"]


def test_it_lets_no_suspended_app_and_no_service_in(nia, cast, app, at):
    actions.suspend(app_id=app.app_id, by=TESTS, at=at)

    assert nia.get(asking(app)).status_code == 400
    assert nia.get(asking(make_app(cast.home, AppKind.BACKEND))).status_code == 400


def test_it_refuses_a_forged_yes(cast, app):
    forging = sign_in(Client(enforce_csrf_checks=True), cast)

    assert forging.post(asking(app), {"answer": "yes", "person": cast.ada.pk}).status_code == 403
    assert not Permit.objects.exists()


def test_it_shows_no_page_to_an_app_that_wants_none(client, cast, app):
    assert told(client.get(asking(app, prompt="none")))[1]["error"] == "login_required"

    assert told(sign_in(client, cast).get(asking(app, prompt="none")))[1] == {"error": "interaction_required", "state": "s1"}
    assert client.get(asking(app, prompt="none", redirect_uri="https://evil.example")).status_code == 400


# Opened from a person's page


def test_it_lets_an_app_opened_from_a_persons_page_have_that_person(nia, cast, app):
    word = make_launch(app, cast.nia, cast.lewis)
    given = {"scope": "launch patient/*.rs", "launch": word}

    page = nia.get(asking(app, **given)).content.decode()
    code_of(nia, app, cast.ada, **given)

    assert "Mr Lewis" in page and "<select" not in page
    assert Permit.objects.get().person_id == cast.lewis.pk


def test_it_takes_a_launch_once_soon_from_whom_it_was_given(nia, cast, app, still_clock):
    used, old = make_launch(app, cast.nia, cast.ada), make_launch(app, cast.nia, cast.ada)
    others, elsewhere = make_launch(app, cast.sam, cast.ada), make_launch(make_app(cast.home), cast.nia, cast.ada)
    code_of(nia, app, None, scope="launch patient/*.rs", launch=used)

    for word in (used, others, elsewhere):
        assert told(nia.get(asking(app, scope="launch patient/*.rs", launch=word)))[1]["error"] == "invalid_request"
    still_clock.at += timedelta(minutes=6)
    assert told(nia.get(asking(app, scope="launch patient/*.rs", launch=old)))[1]["error"] == "invalid_request"


def test_it_keeps_no_launch_word(nia, cast, app):
    word = make_launch(app, cast.nia, cast.ada)

    assert word not in str(vars(Launch.objects.get()))
