"""After a fall, soft signs, weight, fluids, bowels, pain and the body map: small sums with large consequences."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.checks import body, falls, scales, signs
from hearthlight.checks.falls import Advice, Answer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL_NO = dict.fromkeys(falls.CODES, Answer.NO)
ANSWERS = st.dictionaries(st.sampled_from(falls.CODES), st.sampled_from(Answer))


# After a fall


def test_it_lets_someone_up_only_when_every_grave_answer_is_no():
    assert falls.outcome(ALL_NO).advice is Advice.HELP_UP


def test_it_takes_what_was_not_asked_for_a_red_flag():
    assert falls.outcome({}).advice is Advice.DO_NOT_MOVE
    for question in falls.QUESTIONS:
        without = {code: answer for code, answer in ALL_NO.items() if code != question.code}
        assert question.code in falls.outcome(without).flags


@pytest.mark.parametrize("question", falls.QUESTIONS, ids=lambda question: question.code)
@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNSURE])
def test_it_does_what_each_finding_asks_for(question, answer):
    came_to = falls.outcome(ALL_NO | {question.code: answer})

    assert (came_to.advice, came_to.flags) == (question.advice, (question.code,))
    assert came_to.watch is question.watches_head


def test_it_sends_a_knock_to_the_head_on_a_blood_thinner_to_hospital():
    came_to = falls.outcome(ALL_NO | {"HEAD": Answer.YES, "THINNER": Answer.YES})

    assert "seen today in hospital" in came_to.acts[0] and came_to.watch


@given(answers=ANSWERS, code=st.sampled_from(falls.CODES))
def test_it_never_becomes_bolder_by_one_more_finding(answers, code):
    order = list(falls.GRAVEST_FIRST)

    before, after = falls.outcome(answers | {code: Answer.NO}), falls.outcome(answers | {code: Answer.YES})

    assert order.index(after.advice) <= order.index(before.advice)


# Soft signs


def test_it_lists_signs_in_its_own_order_and_knows_no_others():
    assert [sign.code for sign in signs.seen(["PAIN", "WORRIED"])] == ["WORRIED", "PAIN"]
    with pytest.raises(KeyError):
        signs.seen(["MOOD"])


# Weight


@pytest.mark.parametrize(
    ("kg", "cm", "expected"), [("60", "160", "23.4"), ("45.5", "155", "18.9"), ("100", "170", "34.6"), ("61.55", "162", "23.5")]
)
def test_it_works_out_the_body_mass_index(kg, cm, expected):
    assert scales.bmi(Decimal(kg), Decimal(cm)) == Decimal(expected)


@pytest.mark.parametrize(("before", "now", "expected"), [("60", "57", "-5.0"), ("60", "60", "0.0"), ("50", "52.5", "5.0"), ("64", "57.6", "-10.0")])
def test_it_works_out_a_change_in_per_cent_of_the_earlier_weight(before, now, expected):
    assert scales.change_percent(Decimal(before), Decimal(now)) == Decimal(expected)


def test_it_compares_with_the_weights_nearest_one_three_and_six_months_ago():
    weights = [(NOON - timedelta(days=days), Decimal(kg)) for days, kg in ((28, 60), (33, 70), (88, 62), (185, 64), (300, 90))]

    found = {one.months: one.before_kg for one in scales.weight_changes(weights, Decimal(57), NOON)}

    assert found == {1: 60, 3: 62, 6: 64}


@pytest.mark.parametrize(("days", "kg", "tells"), [(90, "60.0", True), (90, "59.9", False), (180, "63.2", False), (180, "63.4", True), (30, "58.1", False)])
def test_it_tells_of_a_loss_worth_asking_about(days, kg, tells):
    changed = scales.weight_changes([(NOON - timedelta(days=days), Decimal(kg))], Decimal(57), NOON)

    assert bool(scales.weight_acts(changed)) is tells


# Fluids


@pytest.mark.parametrize("night", [date(2026, 10, 25), date(2027, 3, 28)])
def test_it_adds_up_by_the_day_on_the_wall_also_when_the_clocks_change(night):
    zone = ZoneInfo("Europe/London")
    first = datetime(night.year, night.month, night.day, 0, 5, tzinfo=zone)
    last = datetime(night.year, night.month, night.day, 23, 55, tzinfo=zone)
    before = first - timedelta(minutes=10)

    found = scales.balances([(before, "WATER", 100), (first, "WATER", 200), (last, "URINE", 150)], zone)

    assert [(one.day, one.in_ml, one.out_ml, one.balance_ml) for one in found] == [
        (night, 200, 150, 50), (night - timedelta(days=1), 100, 0, 100)
    ]  # fmt: skip


# Bowels


def stools(*given):
    return [(NOON - timedelta(hours=hours), kind) for hours, kind in given]


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ([(73, 4)], "three days"), ([(2, 6), (5, 7), (20, 6)], "loose"), ([(1, 1), (30, 2), (55, 1)], "hard"), ([(71, 4)], ""),
        ([(2, 6), (5, 7), (30, 6)], ""), ([(1, 1), (30, 4), (55, 1)], ""), ([], ""),
    ],
)  # fmt: skip
def test_it_tells_of_bowels_that_somebody_must_see_to(given_, words):
    told = " ".join(scales.bowels_words(stools(*given_), NOON))

    assert (words in told) if words else told == ""


# Pain


@pytest.mark.parametrize(
    ("says", "seen", "minutes"), [(None, 0, 0), (0, 0, 0), (1, 0, 240), (None, 1, 240), (4, 0, 60), (None, 2, 60), (10, 6, 60)]
)
def test_it_looks_again_sooner_the_worse_it_hurts(says, seen, minutes):
    codes = list(scales.PAIN_SEEN)[:seen]

    assert scales.pain_again_minutes(says, codes) == minutes
    assert bool(scales.pain_acts(says, codes)) is bool(minutes)


# The body map


def test_it_puts_every_area_on_the_drawing_and_their_left_on_the_right_side():
    assert len(body.BY_CODE) == len(body.AREAS)
    assert all(0 < area.x < 200 and 0 < area.y < 440 and area.view in ("FRONT", "BACK") for area in body.AREAS)
    assert body.BY_CODE["LEFT_HAND"].x > 100 > body.BY_CODE["RIGHT_HAND"].x  # facing us
    assert body.BY_CODE["LEFT_HEEL"].x < 100 < body.BY_CODE["RIGHT_HEEL"].x  # from behind
    assert body.BY_CODE.keys() >= body.OVER_BONE
