"""Clients nobody here wrote, against a real server over a real socket: SMART's own `fhirclient`, with somebody signing in as
they would, and plain HTTP with an assertion that jwcrypto signs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from fhirclient import client as smart_client
from fhirclient.auth import FHIRAuth

from hearthlight.core import clock
from hearthlight.people.tests.factories import PASSWORD, TOTP_SECRET, Cast, make_cast
from hearthlight.record import access
from hearthlight.record.smart.assertion import TYPE
from hearthlight.record.smart.tests.factories import claims_of, make_app, make_launch, signed
from hearthlight.record.smart.types import AppKind, Registered

NOWHERE = "http://127.0.0.1:9/back"  # an app on this machine; nobody needs to listen, the code is in the address
AT_ONCE = {"Connection": "close"}  # a line left open outlives the test's server, and its thread complains
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SCOPES = "openid fhirUser launch/patient offline_access patient/*.rs"


@pytest.fixture
def house(live_server: Any, settings: Any, still_clock: clock.StillClock) -> Cast:
    cache.clear()  # of codes that were typed a moment ago
    settings.SITE = replace(settings.SITE, address=live_server.url)
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return make_cast()


@pytest.fixture
def nia(live_server: Any, house: Cast) -> Iterator[httpx.Client]:
    """Nia's browser, signed in with her password and her code app."""
    with httpx.Client(base_url=live_server.url, follow_redirects=True, headers=AT_ONCE) as browser:
        page = browser.get("/sign-in/login/")
        page = send(browser, page, login=house.nia.user.username, password=PASSWORD)
        counter = next(iter(yield_hotp_counters_from_time()))
        page = send(browser, page, code=format_hotp_value(hotp_value(TOTP_SECRET, counter)))
        assert "Nia Price" in page.text
        yield browser


def send(browser: httpx.Client, page: httpx.Response, **given: str) -> httpx.Response:
    """Fill in the page's form and send it."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text
    return browser.post(str(page.url), data={"csrfmiddlewaretoken": token[1], **given})


def let_in(browser: httpx.Client, address: str, person: str = "") -> str:
    """Open the address an app sends somebody to, say yes, and give the address it leads back to."""
    browser.follow_redirects = False
    answer = send(browser, browser.get(address), answer="yes", person=person)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def smart_app(url: str, app: Registered, **more: str) -> smart_client.FHIRClient:
    """fhirclient, told what `.well-known/smart-configuration` says of where to go."""
    found = httpx.get(f"{url}/fhir/r4/.well-known/smart-configuration").json()
    client = smart_client.FHIRClient({
        "app_id": app.client_id, "app_secret": app.secret or None, "api_base": f"{url}/fhir/r4", "redirect_uri": NOWHERE, "scope": SCOPES, **more,
    })  # fmt: skip
    client.server.session.headers.update(AT_ONCE)
    client.server.auth = FHIRAuth.create("oauth2", {
        "aud": f"{url}/fhir/r4", "app_id": app.client_id, "app_secret": app.secret or None, "redirect_uri": NOWHERE,
        "authorize_uri": found["authorization_endpoint"], "token_uri": found["token_endpoint"],
    })  # fmt: skip
    return client


@pytest.mark.parametrize("kind", [AppKind.PUBLIC, AppKind.SECRET])
def test_it_lets_fhirclient_in_with_a_person_chosen_and_refreshes(
    live_server: Any, house: Cast, nia: httpx.Client, at: Any, kind: AppKind
) -> None:
    client = smart_app(live_server.url, make_app(house.home, kind, redirect_uris=[NOWHERE]))

    client.handle_callback(let_in(nia, client.server.authorize_uri, str(house.ada.pk)))

    assert client.patient_id == f"person-{house.ada.pk}"
    first = client.server.auth.access_token
    assert reads(first, at) == {f"person-{house.ada.pk}"}
    assert client.reauthorize()
    assert client.server.auth.access_token != first and reads(client.server.auth.access_token, at) == {f"person-{house.ada.pk}"}


def test_it_lets_fhirclient_in_from_a_persons_page(live_server: Any, house: Cast, nia: httpx.Client) -> None:
    app = make_app(house.home, redirect_uris=[NOWHERE])
    client = smart_app(live_server.url, app, launch_token=make_launch(app, house.nia, house.lewis), scope="launch patient/*.rs")

    client.handle_callback(let_in(nia, client.server.authorize_uri))

    assert client.patient_id == f"person-{house.lewis.pk}"


def test_it_tells_fhirclient_what_a_stranger_gets(live_server: Any, house: Cast) -> None:
    client = smart_app(live_server.url, make_app(house.home, redirect_uris=[NOWHERE]))

    answer = httpx.get(client.server.authorize_uri)
    assert answer.status_code == 302 and urlsplit(answer.headers["Location"]).path == "/sign-in/login/"
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["next"][0].startswith("/oauth/authorize?")
    with pytest.raises(Exception, match="400"):
        client.handle_callback(f"{NOWHERE}?code=guess&state={client.server.auth.auth_state}")


def test_it_gives_a_service_its_token_over_the_wire_once(live_server: Any, house: Cast, at: Any) -> None:
    app = make_app(house.unit, AppKind.BACKEND)
    found = httpx.get(f"{live_server.url}/fhir/r4/.well-known/smart-configuration").json()
    given = {
        "grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion_type": TYPE,
        "client_assertion": signed(claims_of(app, aud=found["token_endpoint"])),
    }  # fmt: skip

    first, again = (httpx.post(found["token_endpoint"], data=given) for _ in range(2))

    assert reads(first.json()["access_token"], at) == {f"person-{house.ada.pk}", f"person-{house.lewis.pk}"}
    assert again.status_code == 401


class Asked:
    method = "GET"

    def __init__(self, token: str) -> None:
        self.headers, self.cookies = {"authorization": f"Bearer {token}"}, {}


def reads(token: str, at: Any) -> frozenset[str] | None:
    """Whom the record lets this token read."""
    return access.Door(viewer_of_session=lambda _: None).of_request(Asked(token), at=at).people
