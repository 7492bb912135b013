"""Who reads what, and which buttons they get, state by state."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from hearthlight.alerts.types import AlertFacts, Found, MoveFacts, Severity, State, Truth
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Role, Scope, Viewer
from hearthlight.response import presenters
from hearthlight.response.types import TellFacts, TellState

HERE = "/1/2/3/7/"
NIA = Viewer(1, "Nia", (Scope(Role.CARER, "/1/2/3/"),))
SAM = Viewer(2, "Sam", (Scope(Role.SENIOR, "/1/2/"),))
ADMINISTRATOR = Viewer(3, "Ida", (Scope(Role.ADMINISTRATOR, "/1/"),))


def alert(state: State = State.TOLD, *, owner: int | None = None, **fields: object) -> AlertFacts:
    given = AlertFacts(
        id=9, kind=EventKind.FALL_SUSPECTED, severity=Severity.URGENT, state=state, headline="Ada may have fallen, room 7",
        person_id=1, place_id=7, place_path=HERE, place_name="Room 7", person_name="Ada", began_at=NIGHT, raised_at=NIGHT,
        owner_id=owner, owner_name={1: "Nia", 2: "Sam"}.get(owner or 0, ""), repeats=0,
    )  # fmt: skip
    if state == State.CLOSED:
        given = replace(given, truth=Truth.TRUE.value, found=Found.ON_FLOOR.value, up_at=NIGHT)
    return replace(given, **fields)


def texts(one: AlertFacts, viewer: Viewer) -> tuple[str | None, list[str]]:
    big = presenters.main_action(one, viewer, is_asked=False)
    return big and big.text, [action.text for action in presenters.other_actions(one, viewer, is_asked=False)]


@pytest.mark.parametrize(
    ("state", "owner", "viewer", "big", "others"),
    [
        (State.RAISED, None, NIA, "I’m going", ["I’m already here"]),
        (State.TOLD, None, NIA, "I’m going", ["I’m already here"]),
        (State.TOLD, None, SAM, "I’m going", ["I’m already here", "Call off"]),
        (State.ESCALATED, None, NIA, "I’m going", ["I’m already here"]),
        (State.ESCALATED, 1, NIA, "I’m here", ["Call off"]),
        (State.ESCALATED, 1, SAM, "I’m going", ["I’m already here", "Call off"]),
        (State.ACCEPTED, 1, NIA, "I’m here", ["I can’t go", "Call off"]),
        (State.ACCEPTED, 2, NIA, None, ["I’m already here"]),
        (State.ACCEPTED, 1, SAM, None, ["I’m already here", "Nia can’t go", "Call off"]),
        (State.ATTENDED, 1, NIA, "Close", ["Is up now"]),
        (State.ATTENDED, 2, NIA, None, ["Is up now"]),
        (State.ATTENDED, 1, SAM, "Close", ["Is up now"]),
        (State.CLOSED, 1, NIA, None, []),
        (State.CANCELLED, None, NIA, None, []),
        (State.MERGED, None, NIA, None, []),
    ],
)
def test_it_offers_the_next_thing_to_do(state, owner, viewer, big, others):
    assert texts(alert(state, owner=owner), viewer) == (big, others)


def test_it_offers_up_now_until_somebody_is():
    assert texts(alert(State.CLOSED, owner=1, up_at=None), NIA)[0] == "Is up now"


@pytest.mark.parametrize("state", State)
def test_it_offers_nothing_to_someone_not_on_duty_here(state: State):
    one = alert(state, owner=1)

    assert texts(one, ADMINISTRATOR) == (None, [])
    assert presenters.main_action(alert(), ADMINISTRATOR, is_asked=True).text == "I’m going"


@pytest.mark.parametrize(("state", "viewer"), product(State, [NIA, SAM]))
def test_it_says_who_has_it_in_every_state(state: State, viewer: Viewer):
    owner = 1 if state in (State.ACCEPTED, State.ATTENDED, State.CLOSED) else None

    words = presenters.status(alert(state, owner=owner), viewer)

    assert words.endswith(".")
    if state in (State.ACCEPTED, State.ATTENDED):
        assert words.startswith("You are" if viewer is NIA else "Nia is")


def test_it_says_who_said_they_were_going_and_is_not_there():
    late = alert(State.ESCALATED, owner=1)

    assert presenters.status(late, SAM) == "Nia said they were going, and is not there yet."
    assert "say so, or others will be sent" in presenters.status(late, NIA)


def test_it_is_coloured_by_urgency_only_while_it_is_open():
    assert [presenters.tone(alert(state, owner=1)) for state in State] == ["urgent"] * 5 + ["neutral"] * 3


# The long-lie clock


@pytest.mark.parametrize(
    ("one", "minutes", "runs", "is_long"),
    [(alert(), 59, True, False), (alert(), 60, True, True), (alert(State.ATTENDED, owner=1), 70, True, True),
     (alert(State.CLOSED, owner=1, up_at=None), 90, True, True), (alert(State.CLOSED, owner=1, up_at=NIGHT + timedelta(minutes=61)), 90, False, True),
     (alert(State.CLOSED, owner=1, up_at=NIGHT + timedelta(minutes=5)), 600, False, False)],
)  # fmt: skip
def test_it_counts_the_time_on_the_floor(one: AlertFacts, minutes: int, runs: bool, is_long: bool):
    found = presenters.long_lie(one, NIGHT + timedelta(minutes=minutes))

    assert (found.until is None, found.is_long) == (runs, is_long)
    assert found.minutes == (minutes if runs else int((one.up_at - NIGHT).total_seconds() // 60))


@pytest.mark.parametrize(
    "one",
    [alert(kind=EventKind.NOT_BACK_IN_BED), alert(State.CANCELLED, truth="FALSE"), alert(State.MERGED), alert(State.CLOSED, truth="FALSE", up_at=None)],
    ids=["not a fall", "called off", "merged", "false"],
)  # fmt: skip
def test_it_has_no_clock_for_someone_who_never_lay_there(one: AlertFacts):
    assert presenters.long_lie(one, NIGHT + timedelta(hours=2)) is None


def test_it_bears_a_clock_that_was_set_back():
    assert presenters.long_lie(alert(), NIGHT - timedelta(hours=1)).minutes == 0


# Who was told


def tell(number: int, *, step: int = 0, again: int = 0, staff: int | None = 1, **fields: object) -> TellFacts:
    at = NIGHT + timedelta(seconds=60 * step + 120 * again)
    given = TellFacts(number, step, again, staff, "Nia" if staff else "", "screen", TellState.SENT, at, at, None, 1, "")
    return replace(given, **fields)


def test_it_puts_every_way_of_telling_one_person_on_one_line():
    lines = presenters.told_lines([
        tell(1, seen_at=NIGHT), tell(2, channel="push", sent_at=NIGHT + timedelta(seconds=1)),
        tell(3, channel="sms", state=TellState.FAILED, sent_at=None, trouble="NO_SMS_PROVIDER"),
        tell(4, staff=None, channel="spoken"), tell(5, step=1, again=1), tell(6, step=1, again=2),
    ])  # fmt: skip

    assert sorted((line.who, line.how) for line in lines) == [
        ("Everyone in the corridor", "Spoken in the corridor"), ("Nia", "On screen"), ("Nia", "On screen"),
        ("Nia", "On screen, Phone notification, Text: failed, no SMS provider configured"),
    ]  # fmt: skip
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert [line.seen_at for line in lines if line.is_trouble] == [NIGHT]


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"state": TellState.WAITING, "sent_at": None}, "E-mail: being sent"),
     ({"state": TellState.WAITING, "sent_at": None, "trouble": "SMTP_451"}, "E-mail: trying again, smtp 451"),
     ({"state": TellState.STOOD_DOWN, "sent_at": None}, "E-mail: not sent, somebody had answered"),
     ({"state": TellState.FAILED, "sent_at": None, "trouble": "UNREACHABLE"}, "E-mail: failed, could not be reached")],
)  # fmt: skip
def test_it_says_what_became_of_a_message(fields: dict, said: str):
    (line,) = presenters.told_lines([tell(1, channel="email", **fields)])

    assert line.how == said


def test_it_words_a_move_and_a_note():
    moved = MoveFacts("TOLD", State.ACCEPTED, NIGHT, "staff:1", "Nia", "")

    assert presenters.move_words(moved) == "Someone is going"
    assert presenters.move_words(replace(moved, from_state="ACCEPTED", why="Is up now")) == "Is up now"


@pytest.mark.parametrize(("seconds", "said"), [(None, "–"), (0, "0 s"), (59.6, "1 min"), (185, "3 min 5 s"), (900, "15 min"), (3900, "1 h 5 min")])
def test_it_words_a_span(seconds: float | None, said: str):
    assert presenters.span_words(seconds) == said


def test_it_words_who_outside_was_told():
    assert presenters.people_told_words(["FAMILY", "AMBULANCE"]) == "Family, 999"
    assert presenters.people_told_words([]) == "nobody outside the shift"
