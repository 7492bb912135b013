"""What may be sensed of a whole board's people, in one question."""

from datetime import timedelta

from hearthlight.people import queries
from hearthlight.people.tests.factories import NIGHT, make_consent
from hearthlight.people.types import Purpose, Watched


def watched(cast, person, at=NIGHT):
    return queries.watched([queries.person_facts(person.pk)], at)[person.pk]


def test_it_says_nothing_may_be_sensed_without_consent(cast):
    assert watched(cast, cast.ada) == Watched()


def test_it_knows_the_hours(cast):
    make_consent(cast.ada, Purpose.FALLS, from_minute=22 * 60, until_minute=3 * 60 + 12)
    make_consent(cast.ada, Purpose.ENVIRONMENT)

    by_night = watched(cast, cast.ada, NIGHT - timedelta(minutes=1))
    now = watched(cast, cast.ada)

    assert by_night.now == by_night.ever == now.ever == {Purpose.FALLS, Purpose.ENVIRONMENT}
    assert now.now == {Purpose.ENVIRONMENT}


def test_it_counts_neither_withdrawn_consent_nor_consent_for_elsewhere(cast):
    make_consent(cast.ada, Purpose.FALLS, withdrawn_at=NIGHT, withdrawn_by="staff:1")
    make_consent(cast.ada, Purpose.ROOM_MOVEMENT, place=cast.lounge)
    make_consent(cast.lewis, Purpose.FALLS, place=cast.unit)

    assert watched(cast, cast.ada) == Watched()
    assert watched(cast, cast.lewis).now == {Purpose.FALLS}


def test_it_asks_once_for_any_number_of_people(cast, django_assert_num_queries):
    persons = [queries.person_facts(one.pk) for one in (cast.ada, cast.lewis)]

    with django_assert_num_queries(1):
        queries.watched(persons, NIGHT)
