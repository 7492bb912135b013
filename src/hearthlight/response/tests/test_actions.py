"""Plans kept, screens seen, browsers added."""

import base64
from datetime import datetime

import pytest
from django.http import Http404

from hearthlight.alerts.tests.factories import make_alert
from hearthlight.alerts.types import Severity
from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.types import Refusal
from hearthlight.people.permissions import NotAllowed
from hearthlight.people.tests.factories import Cast
from hearthlight.response import actions, permissions, queries, worker
from hearthlight.response.models import Plan, PushAddress, Tell
from hearthlight.response.tests.test_channels import Browser
from hearthlight.response.types import Audience, Step

STEPS = [Step(0, Audience.SENIOR), Step(90, Audience.EVERYBODY, repeat_s=60)]


def _set(cast: Cast, at: datetime, **fields: object) -> None:
    given = {"place_id": cast.unit.pk, "severity": Severity.URGENT, "steps": STEPS, "by": cast.viewer(cast.maya), "at": at}
    actions.set_plan(**{**given, **fields})


def test_it_keeps_a_plan_and_writes_down_who_set_it(cast: Cast, at: datetime):
    _set(cast, at)
    _set(cast, at, steps=STEPS[1:] and [Step(0, Audience.MANAGER, repeat_s=60)])

    assert Plan.objects.get().set_by == f"staff:{cast.maya.pk}"
    assert queries.plan_for(cast.room7.path, Severity.URGENT) == (Step(0, Audience.MANAGER, 60),)
    assert AuditEntry.objects.filter(action="set plan", subject=f"place:{cast.unit.pk}").count() == 2


@pytest.mark.parametrize("who", ["nia", "sam", "olu"])
def test_it_is_set_by_managers_only(cast: Cast, at: datetime, who: str):
    viewer = cast.viewer(getattr(cast, who))

    assert permissions.can_edit_plan(viewer, cast.unit.path) is False
    with pytest.raises((NotAllowed, Http404)):
        _set(cast, at, by=viewer)
    with pytest.raises((NotAllowed, Http404)):
        actions.clear_plan(place_id=cast.unit.pk, severity=Severity.URGENT, by=viewer, at=at)


def test_a_stranger_sets_no_plan(cast: Cast, at: datetime):
    with pytest.raises(Http404):
        _set(cast, at, by=cast.viewer(cast.stranger))

    assert not Plan.objects.exists()


def test_it_refuses_an_unsound_plan(cast: Cast, at: datetime):
    with pytest.raises(Refusal, match="must repeat"):
        _set(cast, at, steps=[Step(0, Audience.SENIOR)])


def test_it_goes_back_to_the_plan_above(cast: Cast, at: datetime):
    _set(cast, at)

    for _ in range(2):
        actions.clear_plan(place_id=cast.unit.pk, severity=Severity.URGENT, by=cast.viewer(cast.maya), at=at)

    assert not Plan.objects.exists()
    assert AuditEntry.objects.filter(action="clear plan").count() == 1


def test_it_notes_once_that_a_screen_showed_it(cast: Cast, at: datetime):
    alert = make_alert(cast, at=at)
    worker.step(at)
    nia = cast.viewer(cast.nia)

    seen = [actions.seen(alert.pk, by=viewer, at=at, path=alert.path) for viewer in (nia, nia, cast.viewer(cast.sam))]

    assert seen == [True, False, False]
    assert Tell.objects.get(channel="screen").seen_at == at
    assert Change.objects.get(kind="seen").subject == f"alert:{alert.pk}"


# Browsers


def _subscribe(cast: Cast, at: datetime, endpoint: str = "https://push.example.org/a", **keys: str) -> None:
    good = Browser(endpoint).subscription["keys"]
    actions.subscribe(endpoint=endpoint, **{**good, **keys}, by=cast.viewer(cast.nia), at=at)


def test_it_adds_a_browser_once_and_takes_it_away(cast: Cast, at: datetime):
    _subscribe(cast, at)
    _subscribe(cast, at)
    assert PushAddress.objects.get().staff_id == cast.nia.pk

    actions.unsubscribe(endpoint="https://push.example.org/a", by=cast.viewer(cast.nia), at=at)

    assert not PushAddress.objects.exists()


def test_it_lets_nobody_take_away_anothers(cast: Cast, at: datetime):
    _subscribe(cast, at)

    actions.unsubscribe(endpoint="https://push.example.org/a", by=cast.viewer(cast.sam), at=at)

    assert PushAddress.objects.exists()


def test_it_belongs_to_whoever_subscribed_last(cast: Cast, at: datetime):
    _subscribe(cast, at)
    keys = Browser("").subscription["keys"]

    actions.subscribe(endpoint="https://push.example.org/a", **keys, by=cast.viewer(cast.sam), at=at)

    assert PushAddress.objects.get().staff_id == cast.sam.pk


def test_it_keeps_the_newest_ten(cast: Cast, at: datetime):
    for number in range(12):
        _subscribe(cast, at, f"https://push.example.org/{number}")

    kept = set(PushAddress.objects.values_list("endpoint", flat=True))
    assert len(kept) == 10
    assert "https://push.example.org/0" not in kept and "https://push.example.org/11" in kept


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example.org/a", "https://localhost/a", "https://127.0.0.1/a", "https://[::1]/a", "https://10.0.0.8/a", "https://2130706433/a",
     "https://0x7f.1/a", "https://printer.local/a", "https://db.internal/a", "https://push.example.org:8080/a", "https://user:pw@push.example.org/a",
     "ftp://push.example.org", "https://", "https://push", "javascript:alert(1)", "https://push.example.org/" + "x" * 2000, "https://püsh.example.org/a",
     "https://[bad/a", "https://push.example.org:99999/a", "https://127.1/a"],
)  # fmt: skip
def test_it_sends_nothing_into_our_own_network(cast: Cast, at: datetime, endpoint: str):
    with pytest.raises(Refusal, match="push address"):
        _subscribe(cast, at, endpoint)

    assert not PushAddress.objects.exists()


@pytest.mark.parametrize(
    "keys",
    [{"p256dh": "AAAA"}, {"p256dh": "not base64!"}, {"auth": "AAAA"}, {"auth": ""}, {"p256dh": base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()},
     {"p256dh": "é" * 20}],
)  # fmt: skip
def test_it_refuses_keys_no_browser_makes(cast: Cast, at: datetime, keys: dict):
    with pytest.raises(Refusal, match="push keys"):
        _subscribe(cast, at, **keys)
