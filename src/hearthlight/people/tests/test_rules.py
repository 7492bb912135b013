from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.core.types import Refusal
from hearthlight.people import rules
from hearthlight.people.types import ConsentFacts, PlaceKind, Purpose, Role

LONDON = ZoneInfo("Europe/London")
SPRING = date(2026, 3, 29)  # at 01:00 the clocks go to 02:00
AUTUMN = date(2026, 10, 25)  # at 02:00 the clocks go back to 01:00
MINUTE = st.integers(0, 1439)


def _consent(from_minute=0, until_minute=0, *, person=1, purpose=Purpose.FALLS, path=""):
    given_at = datetime(2026, 1, 1, tzinfo=UTC)
    return ConsentFacts(1, person, purpose, path, from_minute, until_minute, given_at, None)


def _covers(consent, minute=0, *, person=1, purpose=Purpose.FALLS, path="/1/2/"):
    return rules.consent_covers([consent], person_id=person, purpose=purpose, place_path=path, local_minute=minute)


def test_it_covers_only_the_person_the_purpose_and_the_place_that_were_named():
    consent = _consent(path="/1/2/")

    assert _covers(consent, path="/1/2/") and _covers(consent, path="/1/2/7/")
    assert not _covers(consent, path="/1/23/")
    assert not _covers(consent, path="/1/")
    assert not _covers(consent, person=2)
    assert not _covers(consent, purpose=Purpose.ROOM_MOVEMENT)


def test_it_covers_nothing_without_a_consent():
    assert not rules.consent_covers([], person_id=1, purpose=Purpose.FALLS, place_path="/1/", local_minute=0)


@pytest.mark.parametrize(
    ("minute", "covered"), [(21 * 60 + 59, False), (22 * 60, True), (1439, True), (0, True), (359, True), (360, False)]
)
def test_it_covers_a_night_that_crosses_midnight(minute, covered):
    assert _covers(_consent(22 * 60, 6 * 60), minute) is covered


@given(MINUTE, MINUTE, MINUTE)
def test_it_says_the_same_as_walking_round_the_clock(start, end, minute):
    walked, now = set(), start
    while True:
        walked.add(now)
        now = (now + 1) % 1440
        if now == end:
            break

    assert rules.hours_cover(start, end, minute) is ((minute in walked) if start != end else True)


def _covered_minutes(day, from_minute, until_minute):
    """How many real minutes of the 24 h (23, 25) from midnight of `day` the hours cover."""
    start = datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=LONDON).astimezone(UTC)
    instants = (start + timedelta(minutes=n) for n in range(int((end - start).total_seconds() // 60)))
    return sum(_covers(_consent(from_minute, until_minute), rules.minute_of_day(i, LONDON)) for i in instants)


def test_it_keeps_to_the_clock_on_the_wall_when_the_clocks_go_forward():
    assert _covered_minutes(SPRING, 60, 120) == 0, "01:00 to 02:00 does not happen"
    assert _covered_minutes(SPRING, 0, 6 * 60) == 5 * 60
    assert _covered_minutes(SPRING, 0, 0) == 23 * 60
    assert rules.minute_of_day(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), LONDON) == 120


def test_it_keeps_to_the_clock_on_the_wall_when_the_clocks_go_back():
    assert _covered_minutes(AUTUMN, 60, 120) == 2 * 60, "01:00 to 02:00 happens twice"
    assert _covered_minutes(AUTUMN, 0, 6 * 60) == 7 * 60
    assert _covered_minutes(AUTUMN, 0, 0) == 25 * 60


@pytest.mark.parametrize("monday_before", [date(2026, 3, 23), date(2026, 10, 19)])
def test_it_copies_a_shift_to_the_same_time_on_the_wall(monday_before):
    start = rules.on_the_wall(monday_before, 20 * 60, LONDON)

    later = rules.days_later(start, 7, LONDON)

    assert later.astimezone(LONDON).strftime("%a %H:%M") == "Mon 20:00"
    assert later - start != timedelta(days=7), "the week of a change is an hour longer or shorter"


def test_it_places_a_time_the_clocks_skip_and_one_that_happens_twice():
    assert rules.on_the_wall(SPRING, 90, LONDON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert rules.on_the_wall(AUTUMN, 90, LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "kept"), [("943 476 5919", "9434765919"), ("999-000-0018", "9990000018"), ("  ", None)])
def test_it_keeps_an_nhs_number_as_ten_digits(text, kept):
    assert rules.clean_nhs_number(text) == kept


@pytest.mark.parametrize("text", ["9434765918", "943476591", "94347659190", "abcdefghij", "٩٤٣٤٧٦٥٩١٩", "9\x00", "<b>"])
def test_it_refuses_an_nhs_number_that_is_not_right(text):
    with pytest.raises(Refusal):
        rules.clean_nhs_number(text)


INSIDE = {
    (PlaceKind.ORGANISATION, None), (PlaceKind.HOME, PlaceKind.ORGANISATION), (PlaceKind.UNIT, PlaceKind.HOME),
    (PlaceKind.ROOM, PlaceKind.HOME), (PlaceKind.ROOM, PlaceKind.UNIT),
}  # fmt: skip


@pytest.mark.parametrize("kind", PlaceKind)
@pytest.mark.parametrize("parent", [None, *PlaceKind])
def test_it_puts_places_only_where_they_belong(kind, parent):
    if (kind, parent) in INSIDE:
        rules.check_inside(kind, parent)
    else:
        with pytest.raises(Refusal):
            rules.check_inside(kind, parent)


def test_it_lets_nobody_hand_out_more_than_they_have():
    order = [Role.CARER, Role.SENIOR, Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR]

    assert set(rules.RANK) == set(Role)
    for n, holder in enumerate(order):
        assert [role for role in order if rules.outranks(holder, role)] == order[: n + 1]


def test_it_lets_shifts_touch_but_not_overlap():
    eight, twenty = datetime(2026, 11, 21, 8, tzinfo=UTC), datetime(2026, 11, 21, 20, tzinfo=UTC)
    morning = eight + timedelta(days=1)

    assert not rules.overlaps(eight, twenty, twenty, morning)
    assert rules.overlaps(eight, twenty + timedelta(minutes=1), twenty, morning)
    assert rules.overlaps(eight, morning, twenty - timedelta(hours=1), twenty)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_it_lets_someone_be_on_call_while_they_work_and_nothing_else_twice(role, other):
    assert rules.may_hold_both(role, other) is ([role, other].count(Role.ON_CALL) == 1)


@pytest.mark.parametrize(
    ("role", "hours", "is_fine"),
    [(Role.CARER, 12, True), (Role.CARER, 24, True), (Role.CARER, 25, False), (Role.ON_CALL, 168, True),
     (Role.ON_CALL, 169, False), (Role.SENIOR, 0, False), (Role.SENIOR, -1, False)],
)
def test_it_refuses_a_shift_nobody_works(role, hours, is_fine):
    start = datetime(2026, 11, 21, 20, tzinfo=UTC)

    if is_fine:
        rules.check_shift(role, start, start + timedelta(hours=hours))
    else:
        with pytest.raises(Refusal):
            rules.check_shift(role, start, start + timedelta(hours=hours))


def test_it_wants_a_review_after_today_and_within_a_year():
    today = date(2026, 11, 22)
    rules.check_review_on(today + timedelta(days=1), today)
    rules.check_review_on(today + rules.LONGEST_REVIEW, today)

    for wrong in (today, today - timedelta(days=1), today + rules.LONGEST_REVIEW + timedelta(days=1)):
        with pytest.raises(Refusal):
            rules.check_review_on(wrong, today)


def test_it_names_every_place_above():
    assert rules.ancestors("/1/14/9/") == ["/1/", "/1/14/", "/1/14/9/"]
    assert rules.outermost(["/1/4/", "/1/", "/12/", "/1/4/9/"]) == ["/1/", "/12/"]
