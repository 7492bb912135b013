"""The life of an alert, pair by pair, and which alerts are one worry."""

from datetime import timedelta
from itertools import product

import pytest

from hearthlight.alerts import rules
from hearthlight.alerts.types import Severity, State
from hearthlight.core.types import Refusal
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import NIGHT

R, T, E, A, H, C, X, M = State  # raised, told, escalated, accepted, attended (here), closed, cancelled, merged
# The twin of rules.MOVES, written out by hand so that neither can change alone.
ALLOWED = {
    (R, T), (R, A), (R, H), (R, X), (R, M),
    (T, E), (T, A), (T, H), (T, X), (T, M),
    (E, E), (E, A), (E, H), (E, X), (E, M),
    (A, E), (A, H), (A, X), (A, M),
    (H, C),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), product(State, State))
def test_it_allows_exactly_these_moves(before: State, after: State):
    if (before, after) in ALLOWED:
        rules.check_move(before, after)
        assert rules.can_move(before, after)
        return
    assert not rules.can_move(before, after)
    with pytest.raises(Refusal, match=rules.LABELS[after]):
        rules.check_move(before, after)


@pytest.mark.parametrize("state", State)
def test_it_has_a_meaning_and_a_verb_for_every_state(state: State):
    assert rules.MEANINGS[state].endswith(".")
    assert state in rules.VERBS or state == State.RAISED


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("person", ["Ada", ""])
def test_it_has_a_headline_for_every_kind_with_and_without_a_person(kind: EventKind, person: str):
    words = rules.headline(kind, person=person, place="Room 7")

    assert words.endswith(", room 7")
    assert "{" not in words
    assert len(words) > 15


@pytest.mark.parametrize("name", ["{who}", "{0.__class__}", "%s", "<b>Ada</b>", "Ada\u202e"])
def test_it_leaves_a_hostile_name_as_it_is(name: str):
    assert rules.headline(EventKind.FALL_SUSPECTED, person=name, place="Room 7") == f"{name} may have fallen, room 7"


@pytest.mark.parametrize(
    ("place", "said"),
    [("Room 7", "room 7"), ("Lounge", "lounge"), ("Hazel unit", "Hazel unit"), ("Willow House", "Willow House"), ("", ""),
     ("7", "7"), ("Ärzte", "Ärzte")],
)  # fmt: skip
def test_it_writes_a_common_word_small_and_a_name_as_a_name(place: str, said: str):
    assert rules.in_sentence(place) == said


def _concern(kind: EventKind, person_id: int | None = 1, place_id: int = 7, device_id: str = "d1") -> str:
    return rules.concern_of(kind, person_id=person_id, place_id=place_id, device_id=device_id)


def test_it_takes_everything_about_one_person_as_one_worry():
    kinds = [EventKind.FALL_SUSPECTED, EventKind.CALLED_FOR_HELP, EventKind.LONG_LIE, EventKind.NOT_BACK_IN_BED, EventKind.NO_MOVEMENT]

    assert {_concern(kind) for kind in kinds} == {"person:1"}


def test_it_keeps_a_person_their_neighbour_and_their_sensors_apart():
    worries = [
        _concern(EventKind.FALL_SUSPECTED), _concern(EventKind.FALL_SUSPECTED, person_id=2),
        _concern(EventKind.CALLED_FOR_HELP, person_id=None), _concern(EventKind.DEVICE_SILENT),
        _concern(EventKind.DEVICE_SILENT, device_id="d2"), _concern(EventKind.DOOR_AT_NIGHT),
        _concern(EventKind.SYSTEM_TROUBLE),
    ]  # fmt: skip

    assert len(set(worries)) == len(worries)


@pytest.mark.parametrize(
    ("leader", "repeat", "joins"),
    [(one, other, rules.RANK[other] <= rules.RANK[one]) for one, other in product(Severity, Severity)],
)
def test_it_lets_a_repeat_join_unless_it_is_graver(leader: Severity, repeat: Severity, joins: bool):
    assert rules.merges_into(leader, repeat) is joins


@pytest.mark.parametrize(
    ("kind", "minutes", "anew"),
    [(EventKind.FALL_SUSPECTED, 0, False), (EventKind.FALL_SUSPECTED, 15, False), (EventKind.FALL_SUSPECTED, 16, True),
     (EventKind.CALLED_FOR_HELP, 0, True), (EventKind.LONG_LIE, 5, False)],
)  # fmt: skip
def test_it_tells_anew_during_a_visit_only_when_help_is_called_or_the_visit_is_old(kind, minutes, anew):
    assert rules.is_asked_anew(kind, attended_at=NIGHT, at=NIGHT + timedelta(minutes=minutes)) is anew
