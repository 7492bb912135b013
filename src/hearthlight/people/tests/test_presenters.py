from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hearthlight.people import presenters, rules
from hearthlight.people.presenters import DAY, NIGHT, ON_CALL
from hearthlight.people.types import Basis, PersonFacts, PlaceFacts, PlaceKind, Purpose, Role, ShiftFacts

LONDON = ZoneInfo("Europe/London")
TOP = PlaceFacts(1, "Willow Care", PlaceKind.ORGANISATION, "/1/")
HOME = PlaceFacts(2, "Willow House", PlaceKind.HOME, "/1/2/")
UNIT = PlaceFacts(3, "Rowan", PlaceKind.UNIT, "/1/2/3/")
ROOM = PlaceFacts(4, "Room 7", PlaceKind.ROOM, "/1/2/3/4/")
OWN_HOME = PlaceFacts(5, "12 Elm Road", PlaceKind.HOME, "/1/5/")
SATURDAY = date(2026, 11, 21)


def _shift(role, place, start, hours, name="Nia"):
    starts_at = datetime(2026, 11, 21, 0, tzinfo=UTC) + timedelta(hours=start)
    return ShiftFacts(1, 1, name, role, place.id, place.path, place.name, starts_at, starts_at + timedelta(hours=hours))


def _lacks(*shifts, at=datetime(2026, 11, 21, 12, tzinfo=UTC)):
    """What Saturday lacks in the unit: by day, by night, on call."""
    rota = presenters.home_rota(home=HOME, units=[UNIT], shifts=shifts, days=[SATURDAY], at=at)
    return [row.cells[0].lacks for row in rota.rows]


def test_it_has_words_for_every_code():
    assert set(presenters.PURPOSES) == set(Purpose)
    assert set(presenters.ROLE_WORDS) == set(Role)
    assert set(presenters.BASIS_WORDS) == set(presenters.BASIS_HINTS) == set(Basis)
    assert set(presenters.KIND_WORDS) == set(PlaceKind)


def test_it_flags_an_empty_day_night_and_on_call():
    assert _lacks() == ["Nobody on", "Nobody on", "Nobody on call"]


def test_it_flags_a_night_without_a_senior_but_not_a_day():
    carers = [_shift(Role.CARER, UNIT, 8, 12), _shift(Role.CARER, UNIT, 20, 12)]

    assert _lacks(*carers)[:2] == ["", "No senior"]
    assert _lacks(*carers, _shift(Role.SENIOR, HOME, 20, 12))[1] == "", "the home's senior is every unit's"
    assert _lacks(*carers, _shift(Role.ON_CALL, HOME, 20, 12))[1] == "No senior", "on call is not on the floor"


def test_it_does_not_take_a_handover_for_cover():
    assert _lacks(_shift(Role.CARER, UNIT, 19.5, 1.25))[:2] == ["Nobody on", "Nobody on"]
    assert _lacks(_shift(Role.CARER, UNIT, 19, 1))[:2] == ["", "Nobody on"]


def test_it_counts_what_is_still_to_fill_and_not_what_is_past():
    late = datetime(2026, 11, 21, 21, tzinfo=UTC)
    rota = presenters.home_rota(home=HOME, units=[UNIT], shifts=[], days=[SATURDAY], at=late)

    assert rota.lacking == 2
    assert [row.cells[0].is_past for row in rota.rows] == [True, False, False]


def test_it_shows_a_home_without_units_as_itself():
    rota = presenters.home_rota(home=OWN_HOME, units=[], shifts=[], days=[SATURDAY], at=datetime(2026, 11, 21, tzinfo=UTC))

    assert [(row.place.name, row.period.words) for row in rota.rows] == [
        ("12 Elm Road", "Day"), ("12 Elm Road", "Night"), ("12 Elm Road", "On call")
    ]  # fmt: skip


def test_it_names_seniors_first_and_unusual_hours():
    shifts = [_shift(Role.CARER, UNIT, 20, 12, "Nia"), _shift(Role.SENIOR, HOME, 21, 9, "Sam")]
    cell = presenters.home_rota(
        home=HOME, units=[UNIT], shifts=shifts, days=[SATURDAY], at=datetime(2026, 11, 21, tzinfo=UTC)
    ).rows[1].cells[0]

    assert [(on.shift.staff_name, on.is_usual, on.hours) for on in cell.on] == [
        ("Sam", False, "21:00 to 06:00"), ("Nia", True, "20:00 to 08:00")
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 11), (date(2026, 10, 24), 13), (SATURDAY, 12)])
def test_it_keeps_nights_to_the_wall_clock_when_the_clocks_change(day, hours):
    start, end = NIGHT.span(day, LONDON)

    assert end - start == timedelta(hours=hours)
    assert DAY.span(day, LONDON)[1] == start
    assert ON_CALL.span(day, LONDON)[1] - ON_CALL.span(day, LONDON)[0] == timedelta(hours=hours + 12)


@pytest.mark.parametrize(("hour", "night"), [(3, 20), (7, 20), (8, 21), (19, 21), (23, 21)])
def test_it_knows_which_night_it_is(hour, night):
    assert presenters.night_of(datetime(2026, 11, 21, hour, tzinfo=UTC), LONDON) == date(2026, 11, night)


def test_it_offers_rooms_and_homes_of_ones_own_to_live_in():
    assert presenters.room_choices([TOP, HOME, UNIT, ROOM, OWN_HOME]) == [
        (4, "Willow House, Rowan, Room 7"), (5, "12 Elm Road")
    ]  # fmt: skip


def test_it_draws_places_as_a_tree_with_who_lives_there():
    ada = PersonFacts(1, "Ada", "Adaeze Okafor", ROOM.id, ROOM.path, ROOM.name)

    branches = presenters.tree([TOP, HOME, UNIT, ROOM], [ada])

    assert [(b.place.name, b.depth, b.may_hold, len(b.persons)) for b in branches] == [
        ("Willow Care", 0, True, 0), ("Willow House", 1, True, 0), ("Rowan", 2, True, 0), ("Room 7", 3, False, 1)
    ]  # fmt: skip
    assert presenters.tree([], []) == []


@pytest.mark.parametrize(
    ("start", "end", "words"), [(0, 0, "day and night"), (1320, 360, "from 22:00 to 06:00"), (5, 65, "from 00:05 to 01:05")]
)
def test_it_says_hours_as_people_do(start, end, words):
    assert presenters.hours_words(start, end) == words


def test_it_says_days_for_a_span_longer_than_one():
    start = rules.on_the_wall(SATURDAY, 480, LONDON)

    assert presenters.span_words(start, start + timedelta(hours=12), LONDON) == "08:00 to 20:00"
    assert presenters.span_words(start, start + timedelta(days=7), LONDON) == "Sat 08:00 to Sat 08:00"
    assert presenters.monday_of(SATURDAY) == date(2026, 11, 16)
