"""The pump on a real database: durable before acknowledged, heard once, on time, and nothing takes anything with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection, connections, transaction

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts import worker as alerts_worker
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_event
from hearthlight.alerts.types import State
from hearthlight.core.clock import StillClock
from hearthlight.events import actions as events_actions
from hearthlight.events.models import Event
from hearthlight.events.watcher import Happening, Watcher
from hearthlight.people.tests.factories import Cast, make_cast, make_consent
from hearthlight.people.types import Purpose
from hearthlight.response.models import Run
from hearthlight.runtime import pump as pumps
from hearthlight.runtime.pump import HOLD_BACK, LET_GO, Pump, Waiting
from hearthlight.sensors import actions as sensors_actions
from hearthlight.sensors.models import Device, Message, RefusalCount
from hearthlight.sensors.tests.factories import make_bridge, make_bridged, open_gate, said
from hearthlight.sensors.types import Accepted, Incoming

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
PULLED = b'{"action":"emergency"}'
NEVER_SILENT = 365 * 24 * 3600  # s


class Listening(Watcher):
    """The real watcher, which also keeps what it was told."""

    def __init__(self, *, trail: Callable[[int, datetime], list] = lambda place, until: []) -> None:
        super().__init__(trail=trail, settings={})
        self.heard: list[tuple[str, datetime]] = []

    def feed(self, accepted: Iterator[Accepted]) -> list[Happening]:
        accepted = list(accepted)
        self.heard += [(one.device.id, one.at) for one in accepted]
        return super().feed(accepted)


@dataclass
class House:
    """A pump without its thread: a test says when it turns."""

    cast: Cast
    bridge: Device
    clock: StillClock
    watcher: Listening = field(default_factory=Listening)
    answers: list[tuple[str, bool, int]] = field(default_factory=list)  # (which, refused, messages durable by then)
    held: list[bool] = field(default_factory=list)
    troubles: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pump = Pump(
            gate=open_gate(), watcher=self.watcher, acknowledge=self.acknowledge, hold=self.held.append,
            trouble=self.troubles.append,
        )  # fmt: skip

    def acknowledge(self, finished: list[tuple[Callable[[bool], None], bool]]) -> None:
        assert not connection.in_atomic_block
        for done, is_refused in finished:
            done(is_refused)

    def say(self, which: str, payload: bytes = PULLED) -> None:
        message = said(self.bridge, which, payload, at=self.clock.at)
        answer = lambda is_refused: self.answers.append((which, is_refused, Message.objects.count()))  # noqa: E731
        self.pump.submit(Waiting(message, answer))

    def turn(self, *, after: float = 0.0) -> None:
        self.clock.at += timedelta(seconds=after)
        self.pump._turn()

    def watch(self, watcher: Listening) -> None:
        self.watcher = watcher
        self.__post_init__()


@pytest.fixture
def house(still_clock: StillClock) -> House:
    cast = make_cast()
    for person in (cast.ada, cast.lewis):
        make_consent(person, Purpose.CALL_FOR_HELP)
    bridge = make_bridge(cast.home, silent_after_s=NEVER_SILENT)
    for room in (7, 8):
        place, person = (cast.room7, cast.ada) if room == 7 else (cast.room8, cast.lewis)
        make_bridged(
            bridge, place, f"cord-{room}", person=person, purpose=Purpose.CALL_FOR_HELP,
            config={"meaning": "PULL_CORD"}, silent_after_s=NEVER_SILENT,
        )  # fmt: skip
    return House(cast, bridge, still_clock)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, house: House) -> Callable[[int], list[int]]:
    """Storage that refuses the next few commits, as a full disk does; gives how many answers there were at each."""
    monkeypatch.setattr(pumps, "RETRY_S", (0.001,))

    def fail(times: int) -> list[int]:
        commit, seen = connections["default"].commit, []

        def refuse() -> None:
            seen.append(len(house.answers))
            if len(seen) <= times:
                raise OperationalError("disk full")
            commit()

        monkeypatch.setattr(connections["default"], "commit", refuse)
        return seen

    return fail


def test_it_makes_an_alert_with_a_plan_of_a_pulled_cord(house: House):
    house.say("cord-7")
    house.turn()

    alert = Alert.objects.get()
    assert (alert.place_id, alert.person_id, alert.state) == (house.cast.room7.pk, house.cast.ada.pk, State.TOLD)
    assert Run.objects.get().alert_id == alert.pk
    assert house.answers == [("cord-7", False, 1)]


def test_it_acknowledges_only_what_is_committed(house: House, failing: Callable[[int], list[int]]):
    answers_at_each_commit = failing(3)
    house.say("cord-7")
    house.turn()

    assert answers_at_each_commit[:4] == [0, 0, 0, 0]
    assert house.answers == [("cord-7", False, 1)]


def test_it_writes_again_until_it_can_and_says_so_meanwhile(house: House, failing: Callable[[int], list[int]]):
    failing(3)
    house.say("cord-7")
    house.say("cord-8")
    house.turn()

    assert [trouble is None for trouble in house.troubles] == [False, False, False, True]
    assert Message.objects.count() == Event.objects.count() == Alert.objects.count() == Run.objects.count() == 2


def test_it_tells_the_detectors_once_however_often_it_writes(house: House, failing: Callable[[int], list[int]]):
    failing(5)
    house.say("cord-7")
    house.say("cord-8")
    house.turn()

    assert len(house.watcher.heard) == 2


def test_it_keeps_no_half_of_a_batch_that_failed(house: House, failing: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch):
    failing(1)
    kept: list[int] = []
    monkeypatch.setattr(house.pump, "_trouble", lambda text: kept.append(Message.objects.count() + Event.objects.count()))
    house.say("cord-7")
    house.turn()

    assert kept == [0, 2]


def test_it_refuses_what_nobody_agreed_to_and_keeps_nothing(house: House):
    make_bridged(house.bridge, house.cast.room8, "bed-8", person=house.cast.lewis, config={"meaning": "BED"}, silent_after_s=NEVER_SILENT)
    house.watch(Listening())
    house.say("bed-8", b'{"occupancy":true}')
    house.turn()

    assert house.answers == [("bed-8", True, 0)]
    assert not Message.objects.exists() and not Event.objects.exists()
    assert house.watcher.heard == []
    house.turn(after=16)
    assert RefusalCount.objects.get().count == 1


def test_it_takes_the_others_when_one_happening_cannot_be_recorded(house: House, caplog: pytest.LogCaptureFixture):
    broken = house.cast.room8.pk
    house.watch(Listening(trail=lambda place, until: [{"at": object()}] if place == broken else []))
    house.say("cord-8")
    house.say("cord-7")
    house.turn()

    assert [alert.place_id for alert in Alert.objects.all()] == [house.cast.room7.pk]
    assert [(which, is_refused) for which, is_refused, _ in house.answers] == [("cord-8", False), ("cord-7", False)]
    assert "could not record a CALLED_FOR_HELP" in caplog.text and "Lewis" not in caplog.text


def test_it_takes_the_others_when_one_message_cannot_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    accept = sensors_actions.accept

    def stumble(*, batch: list[Incoming], **more: object) -> list:
        if any(message.topic.endswith("cord-8") for message in batch):
            raise ValueError("nobody foresaw this")
        return accept(batch=batch, **more)

    monkeypatch.setattr(sensors_actions, "accept", stumble)
    for which in ("cord-7", "cord-8", "cord-7"):
        house.say(which)
    house.turn()

    assert [(which, is_refused) for which, is_refused, _ in house.answers] == [
        ("cord-7", False), ("cord-8", True), ("cord-7", False),
    ]  # fmt: skip
    assert [alert.place_id for alert in Alert.objects.all()] == [house.cast.room7.pk]
    assert "could not be written" in caplog.text


def test_it_loses_nothing_the_detectors_heard_when_a_batch_cannot_be_written_whole(house: House, monkeypatch: pytest.MonkeyPatch):
    record, calls = pumps.Pump._record, []

    def stumble(self: Pump, happenings: list[Happening], at: datetime) -> bool:
        calls.append(len(happenings))
        if len(calls) == 1:
            raise ValueError("nobody foresaw this")
        return record(self, happenings, at)

    monkeypatch.setattr(pumps.Pump, "_record", stumble)
    house.say("cord-7")
    house.say("cord-8")
    house.turn()

    assert {alert.place_id for alert in Alert.objects.all()} == {house.cast.room7.pk, house.cast.room8.pk}
    assert len(house.watcher.heard) == 2
    assert Message.objects.count() == 2


def test_it_gives_a_plan_to_an_alert_that_was_left_without_one(house: House):
    """Killed between the two transactions: the alert is committed, its plan is not."""
    with transaction.atomic():
        make_event(house.cast, at=house.clock.at, claimed_at=None)
        alerts_worker.step(house.clock.at)
    assert (Alert.objects.get().state, Run.objects.count()) == (State.RAISED, 0)

    house.turn(after=1)

    assert (Alert.objects.get().state, Run.objects.count()) == (State.TOLD, 1)


def test_it_raises_an_alert_of_an_event_that_was_left_without_one(house: House):
    make_event(house.cast, at=house.clock.at, claimed_at=None)

    house.turn(after=1)

    assert Alert.objects.get().state == State.TOLD


def test_it_writes_what_the_journal_showed_when_it_was_played_again(house: House):
    cord = Device.objects.get(address="cord-7")
    gate = open_gate()
    [accepted] = _accepted(gate, said(house.bridge, "cord-7", PULLED, at=house.clock.at))
    found = Listening().replay([accepted])
    house.pump._remembered = found  # as start() is given it

    house.turn(after=1)

    assert Event.objects.get().device_id == cord.pk
    assert Alert.objects.get().state == State.TOLD


def _accepted(gate, message: Incoming) -> list:
    with transaction.atomic():
        results = sensors_actions.accept(gate=gate, batch=[message], at=message.arrived_at)
    gate.committed(results)
    return results


def test_it_does_not_write_twice_what_was_written_before_a_restart(house: House):
    house.say("cord-7")
    house.turn()
    [event] = Event.objects.all()
    again = Happening(**{name: getattr(event, name) for name in Happening.__slots__})

    house.pump._remembered = [again]
    house.turn(after=1)

    assert Event.objects.count() == Alert.objects.count() == 1
    assert events_actions.record_happening(again, at=house.clock.at) is None


def test_it_holds_devices_back_when_too_much_waits_and_lets_them_on_again(house: House):
    for _ in range(HOLD_BACK):
        house.say("nobody")
    assert house.held == []
    house.say("nobody")
    assert house.held == [True]

    waiting: list[int] = []
    house.pump._hold = lambda is_held: waiting.append(house.pump.waiting)
    house.turn()

    assert waiting == [HOLD_BACK + 1 - ((HOLD_BACK + 1 - LET_GO) // pumps.BATCH + 1) * pumps.BATCH]
    assert len(house.answers) == HOLD_BACK + 1


def test_it_escalates_when_it_is_time(house: House):
    house.say("cord-7")
    house.turn()
    house.turn(after=59)
    assert Alert.objects.get().state == State.TOLD

    house.turn(after=1)

    assert Alert.objects.get().state == State.ESCALATED


def test_it_takes_a_step_that_is_due_though_messages_come_without_end(house: House, monkeypatch: pytest.MonkeyPatch):
    house.say("cord-7")
    house.turn()

    def flood(_finished: object) -> None:
        house.clock.at += timedelta(seconds=61)
        house.say("cord-8", b'{"battery":97}')

    monkeypatch.setattr(house.pump, "_acknowledge", flood)
    house.say("cord-8", b'{"battery":97}')
    house.turn()

    assert house.pump.waiting == 1
    assert Alert.objects.get().state == State.ESCALATED


@pytest.mark.parametrize(("plan_within_s", "plans"), [(1e6, [0, 0]), (0.0, [0, 1])])
def test_it_raises_alerts_that_wait_before_it_starts_a_plan_but_not_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch, plan_within_s: float, plans: list[int]
):
    monkeypatch.setattr(pumps, "BATCH", 1)
    monkeypatch.setattr(pumps, "PLAN_WITHIN_S", plan_within_s)
    started: list[int] = []
    monkeypatch.setattr(house.pump, "_acknowledge", lambda finished: started.append(Run.objects.count()))
    house.say("cord-7")
    house.say("cord-8")
    house.turn()

    assert started == plans
    assert Run.objects.count() == 2


def test_it_sleeps_no_longer_than_a_tick_when_the_clock_goes_back(house: House):
    house.turn()
    house.clock.at -= timedelta(hours=1)

    assert 0 <= house.pump._patience() <= 1.0


@pytest.mark.parametrize("back_s", [3600, 24 * 3600])
def test_it_escalates_though_the_clock_went_back(house: House, back_s: float):
    house.say("cord-7")
    house.turn()
    house.turn(after=30)

    house.turn(after=-back_s)
    house.turn(after=60)

    alert = Alert.objects.get()
    assert alert.state == State.ESCALATED
    told = Run.objects.get()
    assert told.next_due_at - house.clock.at <= timedelta(seconds=60)
    assert told.rounds <= 3  # the carer, the senior, perhaps on call: not the whole house at once


def test_it_asks_again_for_whoever_was_going_when_the_clock_went_back(house: House):
    house.say("cord-7")
    house.turn()
    alert_actions.accept(Alert.objects.get().pk, by=house.cast.viewer(house.cast.nia), at=house.clock.at)
    house.turn(after=1)

    house.turn(after=-3600)
    house.turn(after=290)
    assert Alert.objects.get().state == State.ACCEPTED
    for _ in range(3):
        house.turn(after=15)

    assert Alert.objects.get().state == State.ESCALATED


def test_it_goes_on_with_a_thread_of_its_own_and_ends_when_told(house: House):
    house.pump.start()
    house.pump.stop()

    assert not house.pump._thread.is_alive()
