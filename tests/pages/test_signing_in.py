"""From a password to being let in: a passkey or a code app set up, used, renamed and taken away, as a browser does it."""

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hearthlight.people.tests.factories import PASSWORD
from tests.pages.conftest import RULES, House, open_context, watch, wrong_by_axe

pytestmark = pytest.mark.browser
FINGER = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
CODE_S = 30  # how long a code lasts


@pytest.fixture
def context(browser: Browser, house: House) -> Iterator[BrowserContext]:
    context = open_context(browser, house, "")
    yield context
    context.close()


def code(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // CODE_S + steps))


def readable(tab: Page) -> None:
    for look in ("light", "dark"):
        tab.evaluate("look => { document.documentElement.dataset.look = look; }", look)
        assert wrong_by_axe(tab, RULES) == [], tab.url


def with_password(tab: Page, house: House, name: str) -> None:
    tab.goto(f"{house.url}/sign-in/login/")
    tab.get_by_label("Sign-in name").fill(name)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def confirm(tab: Page) -> None:
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Go on").click()


def test_it_signs_in_with_a_passkey_and_nothing_else(context: BrowserContext, house: House) -> None:
    watched = watch(context, house)
    tab = watched.page
    wire = context.new_cdp_session(tab)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
    with_password(tab, house, "tomos")

    expect(tab.get_by_role("heading", name="Make your sign-in safe")).to_be_visible()
    readable(tab)
    tab.get_by_role("link", name="Add a passkey").click()
    confirm(tab)
    tab.get_by_label("What to call it").fill("My blue phone")
    tab.get_by_role("button", name="Add this passkey").click()

    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto(f"{house.url}/more/")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    tab.get_by_role("button", name="Sign in with a passkey").click()

    expect(tab.locator("#board")).to_be_visible()
    manage(tab, house)
    assert [one for one in watched.wrong if "404" not in one] == []


def manage(tab: Page, house: House) -> None:
    """Look at the passkey, rename it, be asked who you are, and take it away."""
    tab.goto(f"{house.url}/sign-in/2fa/webauthn/")
    expect(tab.get_by_text("My blue phone")).to_be_visible()
    readable(tab)
    tab.goto(f"{house.url}/sign-in/2fa/webauthn/reauthenticate/?next=/sign-in/2fa/webauthn/")
    readable(tab)
    tab.get_by_role("button", name="Use my passkey").click()
    expect(tab.get_by_role("heading", name="Passkeys")).to_be_visible()
    tab.get_by_role("link", name="Rename").click()
    expect(tab.get_by_role("heading", name="Rename a passkey")).to_be_visible()
    readable(tab)
    tab.get_by_label("Name").fill("My red phone")
    tab.get_by_role("button", name="Save").click()
    tab.get_by_role("link", name="Take away").click()
    expect(tab.get_by_role("heading", name="Take “My red phone” away?")).to_be_visible()
    readable(tab)
    tab.get_by_role("button", name="Take it away").click()
    tab.goto(f"{house.url}/")
    expect(tab.get_by_role("heading", name="Make your sign-in safe")).to_be_visible()


def test_it_signs_in_with_a_password_and_a_code(context: BrowserContext, house: House) -> None:
    watched = watch(context, house)
    tab = watched.page
    with_password(tab, house, "wyn")
    tab.get_by_role("link", name="Set up a code app").click()
    confirm(tab)
    readable(tab)
    tab.get_by_text("Cannot point it at the picture?").click()
    secret = tab.locator(".secret").inner_text()
    tab.get_by_label("Six digits").fill(code(secret))
    tab.get_by_role("button", name="Finish").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    tab.goto(f"{house.url}/more/")
    tab.get_by_role("button", name="Sign out").click()

    with_password(tab, house, "wyn")
    expect(tab.get_by_role("heading", name="One more step")).to_be_visible()
    readable(tab)
    tab.get_by_label("Code").fill("000000")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("That code is not right")
    tab.get_by_label("Code").fill(code(secret, steps=1))
    tab.get_by_role("button", name="Sign in", exact=True).click()

    expect(tab.locator("#board")).to_be_visible()
    assert watched.wrong == []


def test_it_says_plainly_when_a_passkey_is_refused(context: BrowserContext, house: House) -> None:
    tab = context.new_page()
    wire = context.new_cdp_session(tab)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})
    tab.goto(f"{house.url}/sign-in/login/")

    tab.get_by_role("button", name="Sign in with a passkey").click()

    expect(tab.locator("#passkey-trouble")).to_contain_text("Try once more, or use your password")


def test_it_shows_the_password_only_when_asked(context: BrowserContext, house: House) -> None:
    tab = context.new_page()
    tab.goto(f"{house.url}/sign-in/login/")
    field = tab.locator("input[name=password]")

    assert field.get_attribute("type") == "password"
    tab.get_by_role("button", name="Show password").click()
    assert field.get_attribute("type") == "text"


def test_it_can_be_signed_in_to_without_scripts(browser: Browser, house: House) -> None:
    context = open_context(browser, house, "", java_script_enabled=False)
    tab = context.new_page()

    with_password(tab, house, "sam")

    assert tab.url.endswith("/sign-in/2fa/authenticate/")
    context.close()
