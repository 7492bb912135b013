"""Who may read which checks, and what is due."""

from datetime import timedelta

import pytest
from django.http import Http404

from hearthlight.checks import permissions, presenters, queries
from hearthlight.checks.tests.factories import ADAS, WELL, make_check
from hearthlight.checks.types import Due, Kind
from hearthlight.people.permissions import NotAllowed


def test_it_hides_a_strangers_checks_as_if_there_were_none(cast):
    check = make_check(cast)
    stranger = cast.viewer(cast.stranger)

    with pytest.raises(Http404):
        queries.of_person(stranger, cast.ada.pk)
    with pytest.raises(Http404):
        queries.check(stranger, cast.ada.pk, check)
    assert queries.due(stranger, queries.facts_of(check).taken_at + timedelta(days=99)) == []


def test_it_says_what_is_due_and_what_was_never_done(cast, at):
    make_check(cast, readings=ADAS)

    found = queries.due(cast.viewer(cast.nia), at + timedelta(hours=2))

    assert (found[0].person_id, found[0].kind, found[0].due_at, found[0].why) == (cast.ada.pk, Kind.VITALS, at + timedelta(hours=1), "urgent")
    assert {(one.person_id, one.kind) for one in found if one.due_at is None} == {
        (cast.ada.pk, Kind.WEIGHT), (cast.lewis.pk, Kind.VITALS), (cast.lewis.pk, Kind.WEIGHT)
    }  # fmt: skip


def test_it_asks_for_nothing_that_a_later_check_has_answered(cast, at):
    make_check(cast, readings=ADAS)
    make_check(cast, readings=WELL, at=at + timedelta(minutes=30))

    found = queries.due(cast.viewer(cast.nia), at + timedelta(hours=2))

    assert (cast.ada.pk, Kind.VITALS) not in {(one.person_id, one.kind) for one in found}


def test_it_watches_after_a_knock_to_the_head(cast, at):
    make_check(cast, readings=WELL, at=at - timedelta(hours=1))
    make_check(cast, kind=Kind.POST_FALL, readings={"ANSWERS": {"HEAD": "YES"}})

    watched = queries.due_of(cast.ada.pk, cast.room7.path, at)[0]
    assert (watched.kind, watched.due_at, watched.why) == (Kind.VITALS, at + timedelta(minutes=30), "after a fall")

    make_check(cast, readings=WELL, at=at + timedelta(minutes=40))
    again = queries.due_of(cast.ada.pk, cast.room7.path, at + timedelta(minutes=41))[0]
    assert again.due_at == at + timedelta(minutes=70)

    assert queries.due_of(cast.ada.pk, cast.room7.path, at + timedelta(hours=25))[0].why != "after a fall"


def test_it_lets_carers_record_and_seniors_decide(cast):
    nia, sam, maya = cast.viewer(cast.nia), cast.viewer(cast.sam), cast.viewer(cast.maya)
    path = cast.room7.path

    permissions.check_record(nia, path)
    permissions.check_set_usual(sam, path)
    permissions.check_set_policy(maya, path)
    for refused in (
        lambda: permissions.check_set_usual(nia, path), lambda: permissions.check_set_policy(sam, path),
        lambda: permissions.check_change(nia, path, "staff:0"), lambda: permissions.check_record(cast.viewer(cast.stranger), path),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            refused()


@pytest.mark.parametrize(
    ("minutes", "words"), [(-125, "overdue 2 h 5 min"), (-3, "overdue 3 min"), (0, "due now"), (40, "due in 40 min"), (2900, "due in 2 days")]
)
def test_it_says_how_late_it_is(at, minutes, words):
    assert presenters.due_words(Due(1, Kind.VITALS, at + timedelta(minutes=minutes), ""), at) == words


def test_it_speaks_of_what_was_never_done(at):
    assert presenters.due_words(Due(1, Kind.WEIGHT, None, ""), at) == "never done"
