"""The pages of consent, the circle and places."""

from datetime import date

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.people import queries
from hearthlight.people.models import CircleMember, Consent, Place
from hearthlight.people.tests.factories import make_consent
from hearthlight.people.types import Basis, Purpose


def _consent_form(**more):
    return {"purpose": "FALLS", "place_id": "", "all_day": "yes", "basis": "OWN", "given_by": "Ada Okafor",
            "evidence": "form 12", "review_on": "2027-05-01", **more}


def _reads(person, by):
    return AuditEntry.objects.filter(action="read", person_id=person.pk, by=f"staff:{by.pk}").count()


# Consent


def test_it_shows_consent_in_plain_words_and_audits_the_look(cast, signed):
    make_consent(cast.ada, Purpose.FALLS, from_minute=1320, until_minute=360, place=cast.room7,
                 review_on=date(2026, 11, 1))  # fmt: skip

    page = signed(cast.nia).get(f"/people/{cast.ada.pk}/consents/").content.decode()

    for words in ("feels movement", "from 22:00 to 06:00", "Room 7", "Their own decision", "Review overdue", "1 November 2026",
                  "Not agreed, and so refused"):
        assert words in page
    assert "Withdraw falls" not in page, "a carer only reads"
    assert _reads(cast.ada, cast.nia) == 1


def test_it_says_when_nothing_is_sensed(cast, signed):
    assert "Nothing is sensed" in signed(cast.nia).get(f"/people/{cast.ada.pk}/consents/").content.decode()


def test_it_lets_a_senior_record_and_withdraw_consent(cast, signed, at):
    client = signed(cast.sam)
    form = _consent_form(all_day="no", from_time="22:00", until_time="06:00", place_id=cast.room7.pk, basis="BEST_INTERESTS")

    assert client.post(f"/people/{cast.ada.pk}/consents/new/", form).status_code == 302
    (given,) = queries.consents_in_force(at)
    assert (given.from_minute, given.until_minute, given.place_path) == (1320, 360, cast.room7.path)
    assert Consent.objects.get(pk=given.id).basis == Basis.BEST_INTERESTS

    address = f"/people/{cast.ada.pk}/consents/{given.id}/withdraw/"
    assert client.post(address, {"why": ""}).status_code == 422
    assert client.post(address, {"why": "She took it off and said no"}).status_code == 302
    assert queries.consents_in_force(at) == []
    assert "was withdrawn" in client.get(address).content.decode()
    assert client.post(address, {"why": "again"}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [{"all_day": "no"}, {"all_day": "no", "from_time": "22:00", "until_time": "22:00"}, {"review_on": "2026-11-22"},
     {"review_on": "2029-01-01"}, {"basis": "MINE"}, {"purpose": "SPYING"}, {"evidence": ""}, {"given_by": " "},
     {"place_id": "999999"}, {"all_day": "no", "from_time": "25:00", "until_time": "06:00"}],
)
def test_it_refuses_a_consent_that_is_not_whole(cast, signed, wrong):
    answer = signed(cast.sam).post(f"/people/{cast.ada.pk}/consents/new/", _consent_form(**wrong))

    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_it_reviews_a_consent_in_one_step(cast, signed, at):
    old = make_consent(cast.ada, Purpose.FALLS, from_minute=1320, until_minute=360)
    client = signed(cast.sam)
    address = f"/people/{cast.ada.pk}/consents/new/?replaces={old.pk}"
    assert 'value="22:00"' in client.get(address).content.decode()

    client.post(address, _consent_form())

    (now,) = queries.consents_in_force(at)
    assert now.id != old.pk and now.from_minute == now.until_minute


def test_it_reviews_nobody_elses_consent(cast, signed):
    other = make_consent(cast.lewis, Purpose.FALLS)

    address = f"/people/{cast.ada.pk}/consents/new/?replaces={other.pk}"

    assert signed(cast.sam).post(address, _consent_form()).status_code == 404
    assert Consent.objects.get().withdrawn_at is None


def test_it_keeps_the_circle_by_page(cast, signed):
    client = signed(cast.sam)
    address = f"/people/{cast.ada.pk}/circle/"

    assert client.post(address, {"relationship": "friend"}).status_code == 422
    client.post(address, {"name": "Grace Okafor", "relationship": "daughter", "may_be_told": "on", "phone": "07700 900456"})
    client.post(address, {"staff_id": cast.nia.pk, "relationship": "key worker", "may_see": "on"})

    page = client.get(address).content.decode()
    assert "Grace Okafor" in page and "key worker" in page and "tel:07700900456" in page
    grace = CircleMember.objects.get(name="Grace Okafor")
    client.post(f"{address}{grace.pk}/remove/")
    assert [m.relationship for m in CircleMember.objects.all()] == ["key worker"]


# Places


def test_it_adds_and_renames_places(cast, signed):
    client = signed(cast.maya)

    client.post(f"/places/{cast.other_unit.pk}/new/", {"kind": "ROOM", "name": "Room 21"})
    room = Place.objects.get(name="Room 21")
    client.post(f"/places/{room.pk}/edit/", {"name": "Room 22"})

    page = client.get("/places/").content.decode()
    assert "Room 22" in page and "Room 21" not in page
    assert client.post(f"/places/{cast.unit.pk}/new/", {"kind": "ROOM", "name": "Room 7"}).status_code == 422
    assert client.post(f"/places/{cast.unit.pk}/new/", {"kind": "HOME", "name": "In a unit"}).status_code == 422
    assert client.get(f"/places/{room.pk}/new/").status_code == 403
    assert client.post(f"/places/{cast.organisation.pk}/edit/", {"name": "Mine"}).status_code == 403, "seen, not theirs"
