"""What leaves the building: once, again after a while, given up, or stood down."""

import threading
from datetime import datetime, timedelta

import pytest

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.tests.threads import as_on_a_site, together
from hearthlight.people import queries as people
from hearthlight.people.tests.factories import Cast, make_cast
from hearthlight.response import queries, rules, sender, telling, worker
from hearthlight.response.models import PushAddress, Tell
from hearthlight.response.tests.test_channels import FakeChannel
from hearthlight.response.types import Audience, ChannelError, TellState

SOON = ChannelError("UNREACHABLE", permanent=False)
NEVER = ChannelError("SMTP_550", permanent=True)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch):
    """The only slow channel there is, which fails as often as it is told to."""
    fake = FakeChannel()
    found = {"fake": fake}
    monkeypatch.setattr(telling, "slow", lambda: found)
    monkeypatch.setattr(sender, "all_channels", lambda: found)
    return fake


@pytest.fixture
def alert(cast: Cast, at: datetime, channel: FakeChannel) -> Alert:
    alert = make_alert(cast, at=at)
    worker.step(at)
    return alert


def after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def state_of(alert: Alert) -> tuple[str, int, str]:
    tell = Tell.objects.get(alert=alert, channel="fake")
    return tell.state, tell.attempts, tell.trouble


def test_it_sends_a_waiting_message_once(alert: Alert, at: datetime, channel: FakeChannel, cast: Cast):
    assert sender.due_at() == at

    assert [sender.step(at), sender.step(at)] == [True, False]

    assert state_of(alert) == (TellState.SENT, 1, "")
    (notice,) = channel.sent
    assert (notice.alert_id, notice.staff_id, notice.unit, notice.url) == (alert.pk, cast.nia.pk, "Rowan unit", f"/alerts/{alert.pk}/")
    assert sender.due_at() is None


def test_it_tries_again_after_longer_and_longer_and_then_gives_up(alert: Alert, at: datetime, channel: FakeChannel):
    channel.troubles = [SOON] * 10
    tried = []

    while (due := sender.due_at()) and due < after(at, 3600):
        tried.append(round((due - at).total_seconds()))
        sender.step(due)

    assert tried == [0, 5, 20, 80, 200, 500]
    assert state_of(alert) == (TellState.FAILED, 6, "UNREACHABLE")


def test_it_does_not_try_again_before_its_time(alert: Alert, at: datetime, channel: FakeChannel):
    channel.troubles = [SOON]
    sender.step(at)

    assert sender.step(after(at, 4.9)) is False
    assert state_of(alert) == (TellState.WAITING, 1, "UNREACHABLE")

    assert sender.step(after(at, 5)) is True
    assert state_of(alert) == (TellState.SENT, 2, "")


def test_it_gives_up_at_once_on_what_will_never_work(alert: Alert, at: datetime, channel: FakeChannel):
    channel.troubles = [NEVER]

    sender.step(at)

    assert state_of(alert) == (TellState.FAILED, 1, "SMTP_550")


def test_it_sends_nothing_once_somebody_has_answered(alert: Alert, at: datetime, channel: FakeChannel, cast: Cast):
    alert_actions.accept(alert.pk, by=cast.viewer(cast.nia), at=at)
    worker.step(at)

    assert sender.step(at) is False
    assert channel.sent == []
    assert state_of(alert)[0] == TellState.STOOD_DOWN


def test_it_sends_again_what_was_being_sent_when_the_process_was_killed(alert: Alert, at: datetime, channel: FakeChannel):
    tell = Tell.objects.get(channel="fake")
    assert sender._claim(tell, at)  # and then the power went

    assert sender.step(after(at, 1)) is False
    assert sender.step(after(at, 5)) is True
    assert len(channel.sent) == 1


def test_it_keeps_the_others_outcomes_when_one_channel_breaks(cast: Cast, at: datetime, channel: FakeChannel, caplog):
    channel.troubles = [ValueError("Ada Okafor")]
    for person, room in ((cast.ada, cast.room7), (cast.lewis, cast.room8)):
        make_alert(cast, at=at, person=person, place=room)
    worker.step(at)

    sender.step(at)

    assert sorted(Tell.objects.filter(channel="fake").values_list("state", "trouble")) == [("SENT", ""), ("WAITING", "FAULT")]
    assert "failed on tell" in caplog.text


def test_it_forgets_a_browser_that_no_longer_exists(alert: Alert, at: datetime, channel: FakeChannel, cast: Cast):
    PushAddress.objects.create(staff=cast.nia, endpoint="https://push.example.org/gone", keys={}, added_at=at)
    channel.troubles = [ChannelError("HTTP_410", permanent=True, gone=("https://push.example.org/gone",))]

    sender.step(at)

    assert PushAddress.objects.get().failed_at == at
    assert queries.addresses(people.staff_facts([cast.nia.pk]).values())[cast.nia.pk].push == ()


def test_it_is_overdue_when_nobody_sends(alert: Alert, at: datetime):
    assert queries.overdue(after(at, 10)) == []

    assert any("fake message" in one.what for one in queries.overdue(after(at, 61)))


def test_it_waits_for_no_other_message(cast: Cast, at: datetime, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch):
    """All of a batch are under way together: each waits for the others to have started."""
    alert = make_alert(cast, at=at)
    ids = [cast.nia.pk, cast.sam.pk, cast.olu.pk, cast.maya.pk]
    telling.tell(queries.alerts.facts(alert.pk), telling.Turn(0, Audience.EVERYBODY, ids), words="", at=at)
    barrier = threading.Barrier(4, timeout=30)
    monkeypatch.setattr(channel, "send", lambda notice: (barrier.wait(), ())[1])

    sender.step(at)

    assert Tell.objects.filter(channel="fake", state=TellState.SENT).count() == 4


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_sends_once_with_four_senders(transactional_db, tmp_path, still_clock, at: datetime, channel: FakeChannel):
    with as_on_a_site(tmp_path):
        cast = make_cast()
        make_alert(cast, at=at)
        worker.step(at)

        results = together(4, lambda _: sender.step(at))

        assert sorted(map(str, results)) == ["False", "False", "False", "True"]
        assert len(channel.sent) == 1


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_takes_each_step_once_with_four_workers(transactional_db, tmp_path, still_clock, at: datetime):
    with as_on_a_site(tmp_path):
        cast = make_cast()
        make_alert(cast, at=at)
        worker.step(at)

        results = together(4, lambda _: worker.step(after(at, 60)))

        assert [one for one in results if isinstance(one, Exception)] == []
        assert Tell.objects.filter(channel="screen", step=1).count() == 1
        assert Tell.objects.filter(channel="screen").count() == 2


def test_it_backs_off_within_the_hour():
    waits = [rules.back_off(attempt) for attempt in range(1, rules.LAST_ATTEMPT + 1)]

    assert waits[-1] is None
    assert [wait.total_seconds() for wait in waits[:-1]] == [5, 15, 60, 120, 300]
