from datetime import timedelta

import pytest

from hearthlight.core.models import AuditEntry
from hearthlight.core.types import system
from hearthlight.events import actions, queries, rules
from hearthlight.events.models import Event
from hearthlight.events.types import EventKind

from .factories import make_sighting


def record(cast, at, **changed):
    sighting = make_sighting(at)
    given = {
        "kind": EventKind.CALLED_FOR_HELP, "person_id": cast.ada.pk, "place_id": cast.room7.pk, "device_id": "cord-7",
        "began_at": at, "noticed_at": at, "sureness": 1.0, "sighting": rules.sentences(sighting), "evidence": {},
        "key": rules.key_of("pull_cord", "place:7", at.timestamp()), "at": at,
    }  # fmt: skip
    return actions.record(**{**given, **changed})


def test_it_writes_a_happening_once(cast, at):
    first, again = record(cast, at), record(cast, at)

    assert (first is not None, again, Event.objects.count()) == (True, None, 1)


@pytest.mark.parametrize(("shift", "is_same"), [(-1, True), (1, True), (2, False), (-2, False)])
def test_it_knows_a_happening_that_lands_a_rounding_away(cast, at, shift, is_same):
    record(cast, at)

    moved = record(cast, at, key=rules.key_of("pull_cord", "place:7", at.timestamp() + shift))

    assert (moved is None) == is_same


def test_it_never_dates_an_event_after_it_was_written(cast, at):
    number = record(cast, at, began_at=at + timedelta(hours=1), noticed_at=at + timedelta(hours=1))

    assert queries.event(number).noticed_at == at


def test_it_lets_an_event_be_claimed_once(cast, at):
    number = record(cast, at)

    assert [actions.claim(number, at=at), actions.claim(number, at=at)] == [True, False]
    assert queries.unclaimed() == []


def test_it_audits_a_change_of_watching(cast, at):
    actions.set_watch(place_id=cast.room7.pk, detector="no_movement", is_on=False, settings={}, by=system("test"), at=at)

    assert queries.watches() == {cast.room7.pk: {"no_movement": (False, {})}}
    assert AuditEntry.objects.get().action == "set watch"


def test_a_stranger_sees_no_events_of_a_person(cast, at):
    record(cast, at)

    assert len(queries.of_person(cast.viewer(cast.nia), cast.ada.pk, at - timedelta(days=1))) == 1
    assert queries.of_person(cast.viewer(cast.stranger), cast.ada.pk, at - timedelta(days=1)) == []
