"""What the room offers to others, always scoped."""

from datetime import datetime, timedelta

import pytest
from django.http import Http404

from hearthlight.alerts import actions, queries
from hearthlight.alerts.tests.factories import EVIDENCE, SIGHTING, make_alert
from hearthlight.core.types import system
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import Cast
from hearthlight.people.types import Viewer

MINUTE = timedelta(minutes=1)


def test_it_lists_the_gravest_and_longest_waiting_first(cast: Cast, at: datetime):
    battery = make_alert(cast, EventKind.DEVICE_BATTERY_LOW, at=at)
    second = make_alert(cast, at=at + 2 * MINUTE)
    first = make_alert(cast, at=at + MINUTE, person=cast.lewis, place=cast.room8)

    assert [one.id for one in queries.open_alerts(cast.viewer(cast.nia))] == [first.pk, second.pk, battery.pk]


def test_a_stranger_and_an_empty_viewer_see_nothing(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)

    for viewer in (cast.viewer(cast.stranger), Viewer(cast.nia.pk, "Nia"), None):
        assert queries.open_alerts(viewer) == []
        assert queries.of_person(viewer, cast.ada.pk) == []
        assert queries.raised_between(viewer, at - MINUTE, at + MINUTE) == []
        assert queries.repeats_of(viewer, alert.pk) == []
        with pytest.raises(Http404):
            queries.alert(viewer, alert.pk)


def test_it_gives_one_alert_with_its_evidence_and_lists_without(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    nia = cast.viewer(cast.nia)

    assert queries.alert(nia, alert.pk).evidence == EVIDENCE
    assert queries.alert(nia, alert.pk).sighting == SIGHTING
    assert queries.open_alerts(nia)[0].evidence == {}


def test_it_tells_the_history_with_names(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)

    assert [(move.by_name, move.to_state) for move in queries.moves(alert.pk)] == [("Hearthlight", "RAISED"), ("Nia Price", "ACCEPTED")]


def test_it_shows_whoever_was_asked_an_open_alert_and_keeps_what_they_answered(cast: Cast, at: datetime):
    from_elsewhere = Viewer(cast.olu.pk, "Olu", (cast.viewer(cast.stranger).scopes[0],))
    first, second = make_alert(cast, at=at), make_alert(cast, at=at, person=cast.lewis, place=cast.room8)
    for alert in (first, second):
        actions.tell(alert.pk, by=system("plan"), at=at, why="", asked=[cast.olu.pk])
    assert len(queries.open_alerts(from_elsewhere)) == 2

    actions.accept(first.pk, by=from_elsewhere, at=at)
    for alert in (first, second):
        actions.cancel(alert.pk, by=cast.viewer(cast.sam), at=at, why="Testing")

    assert queries.alert(from_elsewhere, first.pk).owner_id == cast.olu.pk
    with pytest.raises(Http404):
        queries.alert(from_elsewhere, second.pk)


def test_it_finds_what_no_plan_has_taken_up(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    make_alert(cast, at=at)  # a repeat needs no plan

    assert [one.id for one in queries.unstarted()] == [alert.pk]
    assert queries.unstarted_since(at) == []
    assert queries.unstarted_since(at + MINUTE) == [(alert.pk, at)]
    actions.tell(alert.pk, by=system("plan"), at=at, why="", asked=[])
    assert queries.unstarted() == []


def test_it_lists_many_alerts_with_one_question(cast: Cast, at: datetime, django_assert_num_queries):
    for number in range(5):
        make_alert(cast, EventKind.DEVICE_SILENT, at=at, device_id=f"d{number}")

    with django_assert_num_queries(1):
        assert len(queries.open_alerts(cast.viewer(cast.nia))) == 5


def test_it_tells_who_was_attended_since(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    actions.attend(alert.pk, by=cast.viewer(cast.nia), at=at + MINUTE)

    assert queries.attended_since(at) == [(cast.room7.pk, cast.ada.pk, at + MINUTE)]
    assert queries.attended_since(at + MINUTE) == []
