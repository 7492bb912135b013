"""Every page of the room: what it shows, whom it refuses, and that what was measured is never lost or guessed."""

import html
import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from hearthlight.alerts import actions as alerts
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.checks.models import Check
from hearthlight.checks.tests.factories import ADAS, WELL, make_check, make_usual
from hearthlight.checks.types import Kind
from hearthlight.core.models import AuditEntry
from hearthlight.people.tests.factories import Cast

HOSTILE = "<script>alert('x')</script>{{ 7*7 }}\"'>"


def client_of(staff, **options) -> Client:
    client = Client(**options)
    client.force_login(staff.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def nia(cast: Cast) -> Client:
    return client_of(cast.nia)


@pytest.fixture
def sam(cast: Cast) -> Client:
    return client_of(cast.sam)


def words(answer) -> str:
    """What a reader of the page reads."""
    body = re.sub(r"(?s)<(style|script).*?</\1>|<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(body).split())


def form(**changes) -> dict:
    return WELL | {"key": str(uuid4()), "note": "", "when": ""} | changes


def vitals_of(person) -> str:
    return reverse("check_record", args=[person.pk, "vitals"])


# Whom it refuses


def addresses(cast: Cast, check_id: int) -> list[str]:
    person = [cast.ada.pk]
    return [
        reverse("checks", args=person), reverse("check", args=[*person, check_id]), reverse("check_correct", args=[*person, check_id]),
        reverse("check_undo", args=[*person, check_id]), reverse("check_record", args=[*person, "vitals"]),
        reverse("check_trends", args=person), reverse("check_usual", args=person), reverse("check_policy_edit", args=[cast.unit.pk]),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(8))
def test_a_stranger_finds_no_checks(cast: Cast, number: int):
    check = make_check(cast, readings=ADAS)

    answer = client_of(cast.stranger).get(addresses(cast, check)[number])

    assert answer.status_code == 404
    assert "Ada" not in answer.content.decode()


@pytest.mark.parametrize("number", [2, 3, 4, 6, 7])
def test_a_stranger_writes_no_checks(cast: Cast, number: int):
    check = make_check(cast, readings=ADAS)

    answer = client_of(cast.stranger).post(addresses(cast, check)[number], form(why="no"))

    assert answer.status_code == 404
    assert Check.objects.get().withdrawn_at is None


@pytest.mark.parametrize("name", ["checks_due", "check_policy"])
def test_a_stranger_sees_nobody_of_ours_on_a_list(cast: Cast, name: str):
    make_check(cast, readings=ADAS)

    answer = client_of(cast.stranger).get(reverse(name))

    assert answer.status_code == 200
    assert "Ada" not in answer.content.decode() and "Rowan unit" not in answer.content.decode()


def test_it_shows_no_check_under_another_persons_address(cast: Cast, nia: Client):
    check = make_check(cast)

    assert nia.get(reverse("check", args=[cast.lewis.pk, check])).status_code == 404


def test_it_sends_whoever_is_not_signed_in_to_sign_in(cast: Cast):
    assert Client().get(vitals_of(cast.ada)).status_code == 302


# Entering


def test_it_answers_a_full_set_at_once_with_the_score_and_what_to_do(cast: Cast, nia: Client):
    make_usual(cast, 1)

    answer = nia.post(vitals_of(cast.ada), form(**ADAS), follow=True)

    told = words(answer)
    assert "NEWS2 6" in told and "Up 5 from Ada’s usual 1." in told
    assert "A clinician’s advice within the hour" in told
    assert "Check again by 04:12" in told
    assert "Royal College of Physicians, 2017" in told


def test_it_fills_in_nothing_for_anybody(cast: Cast, nia: Client):
    make_check(cast, readings=ADAS)

    page = nia.get(vitals_of(cast.ada)).content.decode()

    assert not re.search(r'name="[A-Z]+"[^>]*value="\d', page)
    assert "checked" not in page


@pytest.mark.parametrize(("name", "value"), [("PULSE", "700"), ("SATURATION", "101"), ("TEMPERATURE", "368"), ("RESPIRATION", "x")])
def test_it_refuses_what_cannot_be_and_keeps_what_was_typed(cast: Cast, nia: Client, name: str, value: str):
    answer = nia.post(vitals_of(cast.ada), form(**{name: value}))

    assert answer.status_code == 422
    assert f'value="{value}"' in answer.content.decode()
    assert not Check.objects.exists()


def test_it_asks_again_about_what_is_unlikely_and_then_believes_it(cast: Cast, nia: Client):
    sent = form(PULSE="38")

    asked = nia.post(vitals_of(cast.ada), sent)
    assert asked.status_code == 422
    assert "Pulse 38 beats a minute is right" in words(asked)

    assert nia.post(vitals_of(cast.ada), sent | {"sure": ["PULSE=38"]}).status_code == 302
    assert Check.objects.get().readings["PULSE"] == "38"


def test_it_asks_anew_when_the_unlikely_value_has_changed(cast: Cast, nia: Client):
    answer = nia.post(vitals_of(cast.ada), form(PULSE="28") | {"sure": ["PULSE=38"]})

    assert answer.status_code == 422


def test_it_asks_why_something_is_missing_and_then_gives_no_total(cast: Cast, nia: Client):
    sent = form(TEMPERATURE="")
    assert "Not measured: temperature" in words(nia.post(vitals_of(cast.ada), sent))

    told = words(nia.post(vitals_of(cast.ada), sent | {"ABSENT": "DECLINED"}, follow=True))

    assert "No NEWS2 total, at least 0" in told
    assert "Not measured: temperature (they did not want it)" in told


def test_it_lets_a_form_be_sent_twice(cast: Cast, nia: Client):
    sent = form(**ADAS)

    first, second = nia.post(vitals_of(cast.ada), sent), nia.post(vitals_of(cast.ada), sent)

    assert first.headers["Location"] == second.headers["Location"]
    assert Check.objects.count() == 1


def test_it_dates_a_check_by_the_clock_on_the_wall(cast: Cast, nia: Client, at: datetime):
    nia.post(vitals_of(cast.ada), form(when="02:30"))

    assert Check.objects.get().taken_at == at.replace(minute=30) - timedelta(hours=1)


@pytest.mark.parametrize("key", ["", "x", "0" * 40])
def test_it_refuses_a_form_without_its_key(cast: Cast, nia: Client, key: str):
    assert nia.post(vitals_of(cast.ada), form(key=key)).status_code == 422


def test_it_knows_no_other_kinds_of_check(cast: Cast, nia: Client):
    assert nia.get(f"/people/{cast.ada.pk}/checks/mood/").status_code == 404


def test_it_records_nothing_for_someone_who_has_moved_out(cast: Cast, nia: Client, at: datetime):
    cast.ada.moved_out_on = at.date()
    cast.ada.save()

    assert nia.post(vitals_of(cast.ada), form()).status_code == 403


SENT = {
    "soft-signs": ({"SIGNS": ["MIND"]}, "1 soft sign"),
    "weight": ({"WEIGHT": "61.5"}, "61.5 kg"),
    "fluids": ({"WHAT": "WATER", "ML": "200"}, "Water or squash, 200 ml in"),
    "bowels": ({"TYPE": "4"}, "Bowels: type 4"),
    "pain": ({"SAYS": "7", "SEEN": ["FACE"]}, "Pain 7 of 10"),
    "skin": ({"area_0": "LEFT_HEEL", "found_0": "PRESSURE_MARK", "mm_0": "20"}, "Pressure"),
}


@pytest.mark.parametrize("slug", SENT)
def test_it_records_every_other_kind(cast: Cast, nia: Client, slug: str):
    given, expected = SENT[slug]
    address = reverse("check_record", args=[cast.ada.pk, slug])
    assert nia.get(address).status_code == 200

    answer = nia.post(address, given | {"key": str(uuid4())}, follow=True)

    assert expected.lower() in words(answer).lower()
    assert Check.objects.count() == 1


def test_it_tells_a_carer_not_to_move_someone_who_may_have_broken_a_hip(cast: Cast, nia: Client, at: datetime):
    alert = make_alert(cast, at=at)
    address = reverse("check_record", args=[cast.ada.pk, "post-fall"]) + f"?alert={alert.pk}"

    answer = nia.post(address, {"LIMB": "YES", "key": str(uuid4())}, follow=True)

    assert "Do not move them. Ring 999." in words(answer)
    assert Check.objects.get().alert_id == alert.pk
    assert Check.objects.get(kind=Kind.POST_FALL).readings["ANSWERS"] == {"LIMB": "YES"}


def test_it_is_one_touch_away_from_the_alert_of_a_fall(cast: Cast, nia: Client, at: datetime):
    alert, by = make_alert(cast, at=at), cast.viewer(cast.nia)
    link = f"/people/{cast.ada.pk}/checks/post-fall/?alert={alert.pk}"
    assert link not in nia.get(reverse("alert", args=[alert.pk])).content.decode()

    alerts.accept(alert.pk, by=by, at=at)
    alerts.attend(alert.pk, by=by, at=at)

    assert link in nia.get(reverse("alert", args=[alert.pk])).content.decode()


def test_it_wants_every_answer_before_it_says_help_them_up(cast: Cast, nia: Client):
    address = reverse("check_record", args=[cast.ada.pk, "post-fall"])

    assert nia.post(address, {"LIMB": "NO", "key": str(uuid4())}).status_code == 422
    assert not Check.objects.exists()


# Putting right


def test_it_corrects_a_check_and_shows_both(cast: Cast, nia: Client):
    wrong = make_check(cast, readings=ADAS)
    address = reverse("check_correct", args=[cast.ada.pk, wrong])
    assert 'value="38.4"' in nia.get(address).content.decode()

    told = words(nia.post(address, form(why="Slip of the thumb"), follow=True))

    assert "NEWS2 0" in told and "It corrects an earlier one" in told
    assert "Slip of the thumb" in words(nia.get(reverse("check", args=[cast.ada.pk, wrong])))


def test_it_takes_a_check_back(cast: Cast, nia: Client):
    check = make_check(cast, readings=ADAS)

    told = words(nia.post(reverse("check_undo", args=[cast.ada.pk, check]), {"why": "Mr Lewis, not Ada"}, follow=True))

    assert "Entered in error" in told and "It does not count" in told


def test_it_lets_a_carer_put_right_only_their_own(cast: Cast, nia: Client, sam: Client, at: datetime):
    make_check(cast, readings=ADAS)
    Check.objects.update(recorded_by=f"staff:{cast.sam.pk}")
    address = reverse("check_undo", args=[cast.ada.pk, Check.objects.get().pk])

    assert nia.get(address).status_code == 403
    assert sam.get(address).status_code == 200


# Looking


def test_it_shows_what_there_is_and_that_there_is_nothing(cast: Cast, nia: Client):
    make_check(cast, readings=ADAS)

    assert "NEWS2 6" in words(nia.get(reverse("checks", args=[cast.ada.pk])))
    assert "No checks yet" in words(nia.get(reverse("checks", args=[cast.lewis.pk])))


def test_it_notes_every_look(cast: Cast, nia: Client):
    check = make_check(cast)

    nia.get(reverse("check", args=[cast.ada.pk, check]))

    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.person_id, entry.by) == ("read", cast.ada.pk, f"staff:{cast.nia.pk}")


def test_it_shows_hostile_words_as_words(cast: Cast, nia: Client):
    check = make_check(cast, note=HOSTILE)

    page = nia.get(reverse("check", args=[cast.ada.pk, check])).content.decode()

    assert "<script>alert" not in page
    assert html.escape(HOSTILE, quote=False)[:20] in page
