"""What is usual, what is due, how it went, and what the home does by score."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from hearthlight.checks import queries, rules, series
from hearthlight.checks.models import HomePolicy, Usual
from hearthlight.checks.tests.factories import ADAS, WELL, make_check, make_limit, make_usual
from hearthlight.checks.tests.test_pages import client_of, words
from hearthlight.checks.types import Kind, Measure
from hearthlight.people.tests.factories import NIGHT, Cast


@pytest.fixture
def nia(cast: Cast) -> Client:
    return client_of(cast.nia)


@pytest.fixture
def sam(cast: Cast) -> Client:
    return client_of(cast.sam)


@pytest.fixture
def maya(cast: Cast) -> Client:
    return client_of(cast.maya)


def usual_page(cast: Cast) -> str:
    return reverse("check_usual", args=[cast.ada.pk])


def test_it_lets_a_senior_say_what_is_usual(cast: Cast, sam: Client):
    assert sam.post(usual_page(cast), {"what": "usual", "total": "1", "agreed_with": "", "note": "Always breathless"}).status_code == 302

    assert queries.usual_of(cast.ada.pk).total == 1
    assert "Always breathless" in words(sam.get(reverse("checks", args=[cast.ada.pk])))


def test_it_lets_no_carer_say_what_is_usual(cast: Cast, nia: Client):
    assert nia.post(usual_page(cast), {"what": "usual", "total": "9"}).status_code == 403
    assert not Usual.objects.exists()


@pytest.mark.parametrize("total", ["21", "-1", "x", "5", "1.5"])
def test_it_refuses_a_usual_that_cannot_be_or_nobody_agreed(cast: Cast, sam: Client, total: str):
    assert sam.post(usual_page(cast), {"what": "usual", "total": total}).status_code == 422
    assert not Usual.objects.exists()


def test_it_suggests_the_middle_of_what_there_is(cast: Cast, sam: Client, at: datetime):
    for hours in range(5):
        make_check(cast, readings=ADAS if hours == 2 else WELL | {"PULSE": "95"}, at=at - timedelta(hours=hours))

    assert "latest 5 full sets is 1" in words(sam.get(usual_page(cast)))


@pytest.mark.parametrize(("totals", "expected"), [([], None), ([1, 1, 1], None), ([0, 1, 2, 9], 1), ([4, 0, 1, 2, 1], 1)])
def test_it_takes_the_middle_only_of_enough(totals, expected):
    assert rules.usual_total(totals) == expected


def test_it_sets_and_ends_a_limit(cast: Cast, sam: Client):
    sent = {"what": "limit", "measure": "SATURATION", "low": "88", "high": "92", "agreed_with": "Dr Rees"}
    assert sam.post(usual_page(cast), sent).status_code == 302
    assert queries.usual_of(cast.ada.pk).limits[Measure.SATURATION].low == 88

    sam.post(usual_page(cast), sent | {"low": "", "high": ""})
    assert queries.usual_of(cast.ada.pk).limits == {}


@pytest.mark.parametrize("change", [{"low": "93"}, {"agreed_with": ""}, {"measure": "MOOD"}, {"high": "900"}, {"low": "NaN"}])
def test_it_refuses_a_limit_that_makes_no_sense(cast: Cast, sam: Client, change: dict):
    sent = {"what": "limit", "measure": "SATURATION", "low": "88", "high": "92", "agreed_with": "Dr Rees"} | change

    assert sam.post(usual_page(cast), sent).status_code == 422
    assert queries.usual_of(cast.ada.pk).limits == {}


def test_it_records_and_ends_a_decision_for_scale_two(cast: Cast, sam: Client):
    sent = {"what": "scale", "decided_by": "Dr Rees, respiratory", "decided_on": "2026-11-20", "evidence": "Clinic letter"}
    assert sam.post(usual_page(cast), sent).status_code == 302
    assert queries.usual_of(cast.ada.pk).scale == 2

    sam.post(usual_page(cast), {"what": "end_scale"})
    assert queries.usual_of(cast.ada.pk).scale == 1


@pytest.mark.parametrize("day", ["2026-12-24", "0001-01-01", "yesterday"])
def test_it_refuses_a_decision_still_to_come_or_on_no_day(cast: Cast, sam: Client, day: str):
    sent = {"what": "scale", "decided_by": "Dr Rees", "decided_on": day, "evidence": "Clinic letter"}

    assert sam.post(usual_page(cast), sent).status_code == 422


# Due


def test_it_lists_what_is_late_by_unit(cast: Cast, nia: Client, at: datetime):
    make_check(cast, readings=ADAS, at=at - timedelta(hours=3))

    told = words(nia.get(reverse("checks_due")))

    assert "1 is late." in told and "Rowan unit" in told
    assert re.search(r"Ada , Room 7 Vital signs, urgent, 01:12 overdue 2 h", told)
    assert "Never done yet (2 people)" in told


# Trends


def test_it_shows_how_it_went_as_words_and_as_a_table(cast: Cast, nia: Client, at: datetime):
    make_check(cast, readings=WELL, at=at - timedelta(days=1))
    make_check(cast, readings=ADAS)

    told = words(nia.get(reverse("check_trends", args=[cast.ada.pk])))

    assert "NEWS2: 2 readings, from 0 to 6, latest 6." in told
    assert "120/70" in told


def test_it_leaves_what_was_taken_back_out_of_the_trend(cast: Cast, nia: Client):
    check = make_check(cast, readings=ADAS)
    nia.post(reverse("check_undo", args=[cast.ada.pk, check]), {"why": "Not Ada"})

    assert "Nothing to draw yet" in words(nia.get(reverse("check_trends", args=[cast.ada.pk]) + "?days=nonsense"))


def test_it_draws_what_is_usual_and_what_is_acceptable(cast: Cast):
    make_usual(cast, 1)
    make_limit(cast, Measure.PULSE, Decimal(50), None)
    make_check(cast, readings=ADAS)

    checks = queries.standing(cast.ada.pk, Kind.VITALS, since=NIGHT - timedelta(days=1))
    found = {one.code: series.drawn(one) for one in series.series(checks, queries.usual_of(cast.ada.pk))}

    assert found["NEWS2"]["usual"] == 1
    assert (found["PULSE"]["low"], found["PULSE"]["high"]) == (50, None)
    assert found["SYSTOLIC"]["second"] == [70]


# Policy


def sent_policy(**changes) -> dict:
    levels = rules.DEFAULT.levels
    sent = {"routine_VITALS": "30", "routine_WEIGHT": "30", "fluid": "1500", "agreed_with": "Elm Surgery"}
    for number, one in enumerate(levels):
        sent |= {
            f"name_{number}": one.name, f"total_{number}": str(one.total), f"rise_{number}": str(one.rise),
            f"again_{number}": str(one.again_minutes), f"acts_{number}": "\n".join(one.acts),
        } | ({f"on_three_{number}": "on"} if one.on_three else {})  # fmt: skip
    return sent | changes


def test_it_says_that_the_starting_point_is_nobodys_agreement(cast: Cast, nia: Client):
    assert "not agreed with anybody" in words(nia.get(reverse("check_policy")))


def test_it_lets_a_manager_set_what_is_done_by_score(cast: Cast, maya: Client, nia: Client):
    answer = maya.post(reverse("check_policy_edit", args=[cast.home.pk]), sent_policy(acts_2="Ring Elm Surgery on the bypass line", again_2="30"))

    assert answer.status_code == 302
    told = words(nia.get(reverse("check", args=[cast.ada.pk, make_check(cast, readings=ADAS)])))
    assert "Ring Elm Surgery on the bypass line" in told and "Check again by 03:42" in told


@pytest.mark.parametrize(
    "change",
    [
        {"total_3": "9"}, {"again_3": "500"}, {"acts_1": ""}, {"on_three_2": ""}, {"agreed_with": ""}, {"fluid": "9"}, {"total_0": "x"},
        {"name_2": "", "name_3": ""}, {"routine_VITALS": "400"},
    ],
)  # fmt: skip
def test_it_refuses_a_policy_that_lets_somebody_down(cast: Cast, maya: Client, change: dict):
    assert maya.post(reverse("check_policy_edit", args=[cast.home.pk]), sent_policy(**change)).status_code == 422
    assert not HomePolicy.objects.exists()


def test_it_lets_only_a_manager_change_the_policy(cast: Cast, sam: Client):
    assert sam.post(reverse("check_policy_edit", args=[cast.home.pk]), sent_policy()).status_code == 403


def test_it_goes_back_to_the_policy_above(cast: Cast, maya: Client):
    address = reverse("check_policy_edit", args=[cast.home.pk])
    maya.post(address, sent_policy())

    maya.post(address, {"clear": "1"})

    assert not HomePolicy.objects.exists()
