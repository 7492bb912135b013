"""The person page, who looked, the corridor, more: what they say, and to whom."""

from datetime import timedelta

import pytest
from django.test import Client

from hearthlight.core import audit
from hearthlight.core.clock import StillClock
from hearthlight.core.models import AuditEntry
from hearthlight.core.types import staff_actor
from hearthlight.people import actions as people
from hearthlight.people.tests.factories import NIGHT, Cast, make_consent
from hearthlight.people.types import Purpose
from hearthlight.site import presenters


@pytest.fixture
def nia(cast: Cast, client: Client) -> Client:
    client.force_login(cast.nia.user)
    return client


@pytest.fixture
def maya(cast: Cast, client: Client) -> Client:
    client.force_login(cast.maya.user)
    return client


def test_it_shows_what_matters_and_what_is_watched(cast: Cast, nia: Client) -> None:
    cast.ada.about = "Hums when she is in pain."
    cast.ada.save()
    make_consent(cast.ada, Purpose.FALLS, from_minute=22 * 60, until_minute=6 * 60)

    page = nia.get(f"/people/{cast.ada.pk}/").content.decode()

    for words in ("Hums when she is in pain.", "Room 7", "a small wearable feels movement", "from 22:00 to 06:00", "84"):
        assert words in page if words != "84" else "Okafor</bdi>, 84." in page, words


def test_it_notes_each_look_and_shows_it(cast: Cast, nia: Client) -> None:
    nia.get(f"/people/{cast.ada.pk}/")

    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.person_id, entry.by) == ("read", cast.ada.pk, f"staff:{cast.nia.pk}")
    assert "Looked at the page" in nia.get(f"/people/{cast.ada.pk}/").content.decode()


def test_it_notes_a_page_that_stays_open_every_quarter_of_an_hour(
    cast: Cast, nia: Client, still_clock: StillClock
) -> None:
    address = f"/people/{cast.ada.pk}/"
    for minutes, looks in ((0, 1), (5, 1), (16, 2)):
        still_clock.at = NIGHT + timedelta(minutes=minutes)
        nia.get(address, headers={"X-Live": "1"})

        assert AuditEntry.objects.filter(action="read", person_id=cast.ada.pk).count() == looks, minutes


@pytest.mark.parametrize("shown", ["all", "alerts", "consents", "changes", "nonsense"])
def test_it_filters_the_timeline(cast: Cast, nia: Client, shown: str) -> None:
    make_consent(cast.ada, Purpose.FALLS)
    by = staff_actor(cast.maya.pk)
    people.withdraw_consent(consent_id=cast.ada.consents.get().pk, why="asked to", by=by, at=NIGHT)

    page = nia.get(f"/people/{cast.ada.pk}/", {"show": shown}).content.decode()

    assert ("Consent withdrawn" in page) == (shown in ("all", "consents", "nonsense"))


def test_it_shows_a_stranger_no_person_and_no_audit(cast: Cast, client: Client) -> None:
    client.force_login(cast.stranger.user)
    people.note_read(person_id=cast.ada.pk, by=staff_actor(cast.nia.pk), at=NIGHT)

    assert client.get(f"/people/{cast.ada.pk}/").status_code == 404
    assert "Ada" not in client.get("/corridor/").content.decode()
    page = client.get("/audit/", {"person": cast.ada.pk, "days": "30", "what": "everything"}).content.decode()
    assert "Ada" not in page
    assert "Nia" not in page


def test_it_asks_a_stranger_who_is_not_signed_in_to_sign_in(cast: Cast, client: Client) -> None:
    for address in ("/corridor/", "/audit/", f"/people/{cast.ada.pk}/"):
        assert client.get(address).headers["Location"].startswith("/sign-in/login/"), address


def test_it_gives_a_stranger_only_what_holds_nobodys_name(cast: Cast, client: Client) -> None:
    for address in ("/offline/", "/sw.js"):
        assert client.get(address).status_code == 200
    assert client.post("/more/look/", {"look": "dark"}).cookies["look"].value == "dark"


def test_it_keeps_the_audit_from_carers(cast: Cast, nia: Client) -> None:
    assert nia.get("/audit/").status_code == 403


def test_it_tells_a_manager_who_looked_at_whom(cast: Cast, maya: Client) -> None:
    people.note_read(person_id=cast.ada.pk, by=staff_actor(cast.nia.pk), at=NIGHT - timedelta(hours=1))
    people.note_list_read(person_ids=[cast.ada.pk, cast.lewis.pk], by=staff_actor(cast.sam.pk), at=NIGHT)

    page = maya.get("/audit/").content.decode()

    assert "<bdi>Nia Price</bdi></strong> <bdi>looked at Ada</bdi>" in page
    assert "saw a list with 2 people" in page
    assert "Nia" not in maya.get("/audit/", {"staff": cast.sam.pk}).content.decode().partition('class="events"')[2]


def test_it_says_whether_the_chain_is_whole(cast: Cast, maya: Client) -> None:
    entry = audit.record(by=staff_actor(cast.nia.pk), at=NIGHT, action="read", subject="person:1")

    assert "nothing was altered" in maya.get("/audit/", {"check": "1"}).content.decode()

    AuditEntry.objects.filter(pk=entry.pk).update(by="staff:99")

    assert f"Entry {entry.pk} does not follow" in maya.get("/audit/", {"check": "1"}).content.decode()


@pytest.mark.parametrize("value", ["", "x", "-1", "²", "9" * 40])
def test_it_bears_anything_in_the_audits_address(cast: Cast, maya: Client, value: str) -> None:
    assert maya.get("/audit/", {"person": value, "staff": value, "days": value, "what": value}).status_code == 200


@pytest.mark.parametrize("look", ["auto", "light", "dark", "pink"])
def test_it_keeps_the_look_that_was_chosen(cast: Cast, nia: Client, look: str) -> None:
    nia.post("/more/look/", {"look": look})

    wish = look if look != "pink" else "auto"
    shown = "dark" if wish == "auto" else wish  # it is 03:12
    assert f'data-look="{shown}" data-look-wish="{wish}"' in nia.get("/more/").content.decode()


def test_it_offers_the_audit_only_to_managers(cast: Cast, nia: Client) -> None:
    assert "/audit/" not in nia.get("/more/").content.decode()

    nia.force_login(cast.maya.user)

    assert "/audit/" in nia.get("/more/").content.decode()


def test_it_has_pages_for_what_goes_wrong(cast: Cast, nia: Client) -> None:
    page = nia.get("/nowhere/")

    assert page.status_code == 404
    assert "Nothing here" in page.content.decode()


def test_it_shows_a_crash_without_asking_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hearthlight.site.views.small.render", lambda *_: 1 / 0)
    client.raise_request_exception = False

    page = client.get("/offline/")

    assert page.status_code == 500
    assert "Something went wrong" in page.content.decode()


def test_it_says_how_old_someone_is_on_and_before_the_birthday(cast: Cast) -> None:
    assert presenters.age_in_years(cast.ada.born_on, NIGHT) == 84
    assert presenters.age_in_years(NIGHT.date(), NIGHT) == 0
    assert presenters.age_in_years(None, NIGHT) is None
