"""Signing in: nobody sees anything on a password alone, and nobody is invited to sign up."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from hearthlight.people.tests.factories import PASSWORD, TOTP_SECRET, Cast


def code() -> str:
    return format_hotp_value(hotp_value(TOTP_SECRET, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture(autouse=True)
def nobody_has_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def bare(cast: Cast, client: Client) -> Client:
    """Nia, signed in, without a second factor."""
    Authenticator.objects.filter(user=cast.nia.user).delete()
    client.force_login(cast.nia.user)
    return client


def test_it_asks_for_a_code_after_the_password(cast: Cast, client: Client) -> None:
    answer = client.post("/sign-in/login/", {"login": "nia", "password": PASSWORD})

    assert answer.headers["Location"] == "/sign-in/2fa/authenticate/"
    assert client.get("/more/").status_code == 302

    answer = client.post("/sign-in/2fa/authenticate/", {"code": code()})

    assert answer.headers["Location"] == "/"
    assert client.get("/more/").status_code == 200


def test_it_says_kindly_what_was_wrong(cast: Cast, client: Client) -> None:
    page = client.post("/sign-in/login/", {"login": "nia", "password": "wrong"}).content.decode()

    assert "do not go together" in page
    assert 'value="wrong"' not in page


def test_it_slows_down_guessing_and_says_so(cast: Cast, client: Client) -> None:
    for _ in range(5):
        client.post("/sign-in/login/", {"login": "nia", "password": "wrong"})

    page = client.post("/sign-in/login/", {"login": "nia", "password": PASSWORD}).content.decode()

    assert "we are being careful" in page


def test_it_sends_staff_without_a_second_factor_to_set_one_up(bare: Client) -> None:
    for address in ("/", "/more/", "/people/", "/nowhere/"):
        assert bare.get(address).headers["Location"] == "/sign-in/2fa/", address


def test_it_shows_no_navigation_before_the_second_factor_is_set_up(bare: Client) -> None:
    page = bare.get("/sign-in/2fa/").content.decode()

    assert "Make your sign-in safe" in page
    assert '<nav class="nav"' not in page
    assert "data-live-since" not in page


def test_it_needs_no_second_factor_where_the_setting_says_so(bare: Client, settings: object) -> None:
    site = settings.SITE  # type: ignore[attr-defined]
    settings.SITE = type(site)(second_factor=False)  # type: ignore[attr-defined]

    assert bare.get("/more/").status_code == 200


@pytest.mark.parametrize(
    "address", ["signup/", "email/", "confirm-email/", "password/reset/", "3rdparty/", "social/signup/", "login/code/"]
)
def test_it_serves_none_of_the_rest_of_allauth(cast: Cast, client: Client, address: str) -> None:
    assert client.get(f"/sign-in/{address}").status_code == 404


def test_it_offers_a_passkey_before_a_password(cast: Cast, client: Client) -> None:
    page = client.get("/sign-in/login/").content.decode()

    assert page.index("Sign in with a passkey") < page.index("Sign-in name")


PAGES = [
    "/sign-in/logout/", "/sign-in/reauthenticate/", "/sign-in/password/change/", "/sign-in/2fa/", "/sign-in/inactive/",
    "/sign-in/2fa/reauthenticate/", "/sign-in/2fa/webauthn/", "/sign-in/password/reset/key/done/", "/sign-in/password/reset/key/1-abc-def/",
]  # fmt: skip
AFTER_PASSWORD = [
    "/sign-in/2fa/totp/deactivate/", "/sign-in/2fa/webauthn/add/",
    "/sign-in/2fa/recovery-codes/", "/sign-in/2fa/recovery-codes/generate/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_it_shows_every_sign_in_page_in_our_own_frame(cast: Cast, client: Client, address: str) -> None:
    client.force_login(cast.nia.user)

    assert 'class="head__name"' in client.get(address).content.decode()


@pytest.mark.parametrize("address", AFTER_PASSWORD)
def test_it_asks_again_who_you_are_before_sign_in_is_changed(cast: Cast, client: Client, address: str) -> None:
    client.force_login(cast.nia.user)
    RecoveryCodes.activate(cast.nia.user)

    assert "reauthenticate" in client.get(address).headers["Location"]

    client.post("/sign-in/reauthenticate/", {"password": PASSWORD})

    assert 'class="head__name"' in client.get(address).content.decode()


def test_it_keeps_inline_scripts_and_styles_out_of_every_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.nia.user)
    for address in [*PAGES, "/more/", "/offline/"]:
        page = client.get(address).content.decode()

        assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))", page), address
        assert not re.search(r"\sstyle=|\son[a-z]+=", page), address
