"""Every page of the room: what it shows, whom it refuses, and that hostile words stay words."""

import csv
import html
import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hearthlight.alerts import actions as alert_actions
from hearthlight.alerts import queries as alerts
from hearthlight.alerts.models import Alert
from hearthlight.alerts.tests.factories import EVIDENCE, SIGHTING, make_alert
from hearthlight.alerts.types import Found, State, Truth
from hearthlight.core.models import AuditEntry
from hearthlight.events.types import EventKind
from hearthlight.people.tests.factories import Cast, make_grant
from hearthlight.people.types import Role
from hearthlight.response import worker
from hearthlight.response.models import Plan, PushAddress, Tell
from hearthlight.response.tests.test_channels import Browser

HOSTILE = "<script>alert('x')</script>{{ 7*7 }}\"'>"


def client_of(staff, **options) -> Client:
    client = Client(**options)
    client.force_login(staff.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def nia(cast: Cast) -> Client:
    return client_of(cast.nia)


@pytest.fixture
def sam(cast: Cast) -> Client:
    return client_of(cast.sam)


@pytest.fixture
def maya(cast: Cast) -> Client:
    return client_of(cast.maya)


@pytest.fixture
def alert(cast: Cast, at: datetime) -> Alert:
    alert = make_alert(cast, at=at)
    worker.step(at)
    return alert


def words(answer) -> str:
    """What a reader of the page reads."""
    body = re.sub(r"(?s)<(style|script).*?</\1>|<[^>]+>", " ", answer.content.decode())
    return " ".join(html.unescape(body).split())


def state(alert: Alert) -> str:
    alert.refresh_from_db()
    return alert.state


# Whom it refuses

GETS = ("alert", "alert_close", "alert_cancel")
POSTS = ("alert_accept", "alert_attend", "alert_hand_back", "alert_cancel", "alert_close", "alert_up", "alert_seen")


@pytest.mark.parametrize("name", GETS)
def test_a_stranger_finds_no_alert(cast: Cast, alert: Alert, name: str):
    answer = client_of(cast.stranger).get(reverse(name, args=[alert.pk]))

    assert answer.status_code == 404
    assert "Ada" not in answer.content.decode()


@pytest.mark.parametrize("name", POSTS)
def test_a_stranger_changes_no_alert(cast: Cast, alert: Alert, name: str):
    assert client_of(cast.stranger).post(reverse(name, args=[alert.pk]), {"reason": "PRESSED", "truth": "TRUE"}).status_code == 404

    assert state(alert) == State.TOLD
    assert not Tell.objects.exclude(seen_at=None).exists()


def test_a_stranger_sees_empty_lists_and_no_plan_of_ours(cast: Cast, alert: Alert):
    stranger = client_of(cast.stranger)

    for path in (reverse("alerts"), reverse("alerts_file"), reverse("budget"), reverse("plans"), reverse("push")):
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "Ada" not in answer.content.decode() and "Willow" not in answer.content.decode() and "Nia" not in answer.content.decode()
    assert stranger.get(f"/plans/?place={cast.unit.pk}").status_code == 404
    assert stranger.get(reverse("plan_edit", args=[cast.unit.pk, "URGENT"])).status_code == 404
    assert stranger.post(reverse("plan_edit", args=[cast.unit.pk, "URGENT"]), {"clear": "1"}).status_code == 404
    assert stranger.get(f"/alerts/?place={cast.unit.pk}").status_code == 404


def test_a_stranger_gets_a_key_and_keeps_to_their_own_browsers(cast: Cast, at: datetime):
    """A key and one's own subscription are every member of staff's; anybody else's stay untouched."""
    PushAddress.objects.create(staff=cast.nia, endpoint="https://push.example.org/nia", keys={}, added_at=at)
    stranger = client_of(cast.stranger)

    assert stranger.get(reverse("push_key")).status_code == 200
    assert stranger.post(reverse("push_subscribe"), b"{}", content_type="application/json").status_code == 422
    stranger.post(reverse("push_unsubscribe"), b'{"endpoint": "https://push.example.org/nia"}', content_type="application/json")

    assert PushAddress.objects.get().staff_id == cast.nia.pk


EVERY = [(name, "alert") for name in dict.fromkeys((*GETS, *POSTS))] + [
    (name, "") for name in ("alerts", "alerts_file", "plans", "budget", "push", "push_key", "push_subscribe", "push_unsubscribe")
]


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_nobody_gets_in_without_signing_in(cast: Cast, alert: Alert, name: str, kind: str):
    path = reverse(name, args=[alert.pk] if kind else [])
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/login/")


@pytest.mark.parametrize("name", POSTS)
def test_it_takes_no_answer_from_another_site(cast: Cast, alert: Alert, name: str):
    strict = client_of(cast.nia, enforce_csrf_checks=True)

    assert strict.post(reverse(name, args=[alert.pk])).status_code == 403
    assert state(alert) == State.TOLD


@pytest.mark.parametrize("name", sorted(set(POSTS) - set(GETS)))
def test_it_changes_nothing_on_a_get(nia: Client, alert: Alert, name: str):
    assert nia.get(reverse(name, args=[alert.pk])).status_code == 405


@pytest.mark.parametrize("number", ["0", "999999999", "99999999999999999999999"])
def test_it_knows_no_alert_of_that_number(nia: Client, number: str):
    assert nia.get(f"/alerts/{number}/").status_code == 404
    assert nia.post(f"/alerts/{number}/accept/").status_code == 404


# The alert's page


def test_it_shows_what_happened_who_knows_and_what_to_do(nia: Client, cast: Cast, alert: Alert):
    answer = nia.get(f"/alerts/{alert.pk}/")

    read = words(answer)
    assert answer.status_code == 200
    assert "Ada may have fallen, room 7" in read and "Nobody has answered yet. More people are told at 03:13." in read
    for sentence in ("seen", "usual", "sure", "silent_if"):
        assert SIGHTING[sentence] in read
    assert "Hardest 2.9 g, at the moment itself" in read and "2 signals from this room" in read
    assert "03:12 Nia Price On screen" in read and "May be on the floor" in read
    body = answer.content.decode()
    assert "<polyline" in body and f'data-live="alert:{alert.pk} ' in body
    assert f'action="/alerts/{alert.pk}/accept/"' in body


def test_it_writes_down_who_looked_and_that_they_were_told(nia: Client, cast: Cast, alert: Alert):
    nia.get(f"/alerts/{alert.pk}/")

    entry = AuditEntry.objects.get(action="read")
    assert (entry.subject, entry.person_id, entry.by) == (f"alert:{alert.pk}", cast.ada.pk, f"staff:{cast.nia.pk}")
    assert Tell.objects.get(channel="screen").seen_at is not None


def test_it_goes_from_told_to_closed_with_one_thumb(nia: Client, sam: Client, cast: Cast, alert: Alert):
    path = f"/alerts/{alert.pk}/"
    assert "You are going" in words(nia.post(f"{path}accept/", follow=True))
    assert "Nia Price is going" in words(sam.get(path))
    assert "You are there" in words(nia.post(f"{path}attend/", follow=True))
    assert nia.get(f"{path}close/").status_code == 200

    closed = nia.post(
        f"{path}close/",
        {"truth": "TRUE", "found": "ON_FLOOR", "is_up": "no", "told": ["FAMILY", "AMBULANCE"], "note": "Left hip hurts.\nCalm."},
        follow=True,
    )

    read = words(closed)
    assert closed.redirect_chain == [(path, 302)]
    assert "Closed. Yes, it was right. Found: on the floor." in read and "Family, 999" in read and "Left hip hurts." in read
    assert "May be on the floor" in read and 'action="/alerts/' in closed.content.decode()
    assert "Was on the floor" in words(nia.post(f"{path}up/", follow=True))


def test_it_says_who_was_quicker(nia: Client, sam: Client, alert: Alert):
    nia.post(f"/alerts/{alert.pk}/accept/")

    read = words(sam.post(f"/alerts/{alert.pk}/accept/", follow=True))

    assert "Nia Price is already going, since 03:12." in read


def test_it_hands_back_and_calls_off(nia: Client, sam: Client, alert: Alert):
    nia.post(f"/alerts/{alert.pk}/accept/")
    nia.post(f"/alerts/{alert.pk}/hand-back/")
    assert state(alert) == State.ESCALATED
    assert sam.get(f"/alerts/{alert.pk}/cancel/").status_code == 200
    assert sam.post(f"/alerts/{alert.pk}/cancel/", {}).status_code == 422
    assert sam.post(f"/alerts/{alert.pk}/cancel/", {"reason": "OTHER"}).status_code == 422

    read = words(sam.post(f"/alerts/{alert.pk}/cancel/", {"reason": "OTHER", "more": "Cat on the mat"}, follow=True))

    assert "Called off as a false alarm." in read and "Cat on the mat" in read


@pytest.mark.parametrize("answers", [{}, {"truth": "TRUE"}, {"truth": "MAYBE", "found": "ON_FLOOR", "is_up": "yes"},
                                     {"truth": "TRUE", "found": "X", "is_up": "yes"}, {"truth": "TRUE", "found": "FINE", "is_up": "yes", "told": ["X"]},
                                     {"truth": "TRUE", "found": "FINE", "is_up": "yes", "note": "x" * 5000},
                                     {"truth": "TRUE", "found": "FINE", "is_up": "yes", "note": "a\u202eb"}])  # fmt: skip
def test_it_asks_again_when_an_answer_is_missing_or_makes_no_sense(nia: Client, alert: Alert, answers: dict):
    nia.post(f"/alerts/{alert.pk}/attend/")

    answer = nia.post(f"/alerts/{alert.pk}/close/", answers)

    assert answer.status_code == 422
    assert "Something needs changing" in words(answer)
    assert state(alert) == State.ATTENDED


def test_it_does_not_ask_about_the_floor_when_nobody_fell(nia: Client, cast: Cast, at: datetime):
    alert = make_alert(cast, EventKind.NOT_BACK_IN_BED, at=at)
    nia.post(f"/alerts/{alert.pk}/attend/")
    assert "off the floor" not in words(nia.get(f"/alerts/{alert.pk}/close/"))

    nia.post(f"/alerts/{alert.pk}/close/", {"truth": "FALSE", "found": "IN_BED"})

    assert state(alert) == State.CLOSED


def test_it_marks_a_long_lie(nia: Client, alert: Alert, still_clock, at: datetime):
    still_clock.at = at + timedelta(minutes=61)

    read = words(nia.get(f"/alerts/{alert.pk}/"))

    assert "A long lie 1 h 1 min" in read and "More than an hour on the floor" in read


def test_it_shows_repeats_and_leads_from_a_repeat_to_the_first(nia: Client, cast: Cast, alert: Alert, at: datetime):
    repeat = make_alert(cast, EventKind.LONG_LIE, at=at)

    assert "Ada may still be on the floor, room 7" in words(nia.get(f"/alerts/{alert.pk}/"))
    assert f'href="/alerts/{alert.pk}/"' in nia.get(f"/alerts/{repeat.pk}/").content.decode()


@pytest.mark.parametrize("evidence", [{}, {"trace": None, "trail": None}, {"trace": "x", "trail": [{"at": HOSTILE}]},
                                      {"trail": [{"at": 1.0, "value": 1.0, "spot": HOSTILE, "kind": HOSTILE}]}])  # fmt: skip
def test_it_shows_an_alert_whatever_its_evidence(nia: Client, cast: Cast, at: datetime, evidence: dict):
    alert = make_alert(cast, at=at, evidence=evidence, sighting={} if not evidence else SIGHTING)

    answer = nia.get(f"/alerts/{alert.pk}/")

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_it_keeps_hostile_words_as_words_on_every_page(maya: Client, cast: Cast, at: datetime):
    for thing, field in ((cast.ada, "preferred_name"), (cast.room7, "name"), (cast.unit, "name"), (cast.nia, "name")):
        setattr(thing, field, HOSTILE)
        thing.save()
    alert = make_alert(cast, at=at, sighting=dict.fromkeys(("seen", "usual", "sure", "silent_if"), HOSTILE), evidence=EVIDENCE)
    worker.step(at)
    alert_actions.attend(alert.pk, by=cast.viewer(cast.nia), at=at)
    alert_actions.close(alert.pk, by=cast.viewer(cast.nia), at=at, truth=Truth.TRUE, found=Found.ON_FLOOR, note=HOSTILE)

    for path in (f"/alerts/{alert.pk}/", f"/alerts/{alert.pk}/close/", f"/alerts/{alert.pk}/cancel/", "/alerts/", "/plans/", "/budget/",
                 f"/plans/{cast.unit.pk}/URGENT/"):  # fmt: skip
        body = maya.get(path).content.decode()
        assert "<script>alert(" not in body, path
        assert "49" not in re.sub(r"[0-9a-f]{6,}|data-\S+", "", body) or "{{ 7*7 }}" in html.unescape(body), path


def test_it_tells_that_it_was_seen_once(nia: Client, alert: Alert):
    answers = [nia.post(f"/alerts/{alert.pk}/seen/").json() for _ in range(2)]

    assert answers == [{"seen": True}, {"seen": False}]


def test_it_opens_for_whoever_is_called_from_another_unit(cast: Cast, alert: Alert, at: datetime, still_clock):
    make_grant(cast.stranger, Role.ON_CALL, cast.home)
    stranger = client_of(cast.stranger)
    assert stranger.get(f"/alerts/{alert.pk}/").status_code == 200


# The history


def _closed(cast: Cast, at: datetime, truth: Truth, **fields: object) -> Alert:
    alert = make_alert(cast, at=at, **fields)
    alert_actions.attend(alert.pk, by=cast.viewer(cast.nia), at=at)
    alert_actions.close(alert.pk, by=cast.viewer(cast.nia), at=at, truth=truth, found=Found.FINE, note="=1+1")
    return alert


def test_it_says_so_when_there_is_nothing(nia: Client):
    assert "A quiet week is good news" in words(nia.get("/alerts/"))
    assert "Nothing matches" in words(nia.get("/alerts/?kind=LONG_LIE"))
    assert "There is nothing to count yet" in words(nia.get("/budget/"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", {"true", "false", "open"}), ("outcome=TRUE", {"true"}), ("outcome=open", {"open"}), ("severity=WATCH", {"open"}),
     ("kind=FALL_SUSPECTED", {"true", "false"}), ("since=2026-11-22", {"false", "open"}), ("until=2026-11-21", {"true"}),
     ("since=2020-01-01&until=2020-02-01", set()), ("outcome=nonsense&since=yesterday", {"true", "false", "open"}),
     ("place=nowhere", {"true", "false", "open"}), ("since=9999-12-31", set()), ("until=0001-01-01", set()), ("until=9999-12-31", {"true", "false", "open"})],
)  # fmt: skip
def test_it_shows_what_was_asked_for(nia: Client, cast: Cast, at: datetime, query: str, shown: set[str]):
    made = {
        "true": _closed(cast, at - timedelta(days=1), Truth.TRUE), "false": _closed(cast, at, Truth.FALSE),
        "open": make_alert(cast, EventKind.DEVICE_BATTERY_LOW, at=at),
    }  # fmt: skip

    body = nia.get(f"/alerts/?{query}").content.decode()

    assert {name for name, one in made.items() if f'href="/alerts/{one.pk}/"' in body} == shown


def test_it_keeps_to_the_place_asked_for(maya: Client, cast: Cast, alert: Alert):
    assert f"/alerts/{alert.pk}/" in maya.get(f"/alerts/?place={cast.unit.pk}").content.decode()
    assert f"/alerts/{alert.pk}/" not in maya.get(f"/alerts/?place={cast.other_unit.pk}").content.decode()


def test_it_hands_over_a_file_no_spreadsheet_will_run(nia: Client, cast: Cast, at: datetime):
    cast.ada.preferred_name = "@SUM(A1)"
    cast.ada.save()
    _closed(cast, at, Truth.TRUE)

    answer = nia.get("/alerts/file/?outcome=TRUE")

    header, row = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    told = dict(zip(header, row, strict=True))
    assert (told["person"], told["note"], told["right"], told["place"]) == ("'@SUM(A1)", "'=1+1", "True", "Room 7")
    assert told["raised at"] == "2026-11-22T03:12:00+00:00"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert AuditEntry.objects.get(action="export alerts").detail == {"count": 1}


def test_it_shows_a_hundred_and_says_how_many_more(nia: Client, cast: Cast, at: datetime):
    for number in range(103):
        make_alert(cast, EventKind.DEVICE_SILENT, at=at, device_id=f"d{number}")

    read = words(nia.get("/alerts/"))

    assert "3 more." in read


# Plans


def test_it_shows_who_would_be_told_right_now(maya: Client, cast: Cast):
    read = words(maya.get(f"/plans/?place={cast.unit.pk}"))

    assert "At once carers of the unit Nia Price" in read and "1 min seniors Sam Adeyemi" in read
    assert "again every 2 min, until somebody answers" in read


def test_it_warns_where_nobody_would_be_told(maya: Client, cast: Cast):
    assert "nobody: the next step would be told at once" in words(maya.get(f"/plans/?place={cast.other_unit.pk}"))


def test_it_lets_a_manager_change_a_plan_and_take_it_back(maya: Client, cast: Cast):
    path = f"/plans/{cast.unit.pk}/URGENT/"
    sent = {"after_0": "0", "audience_0": "SENIOR", "after_1": "45", "audience_1": "EVERYBODY", "repeat": "60"}

    assert maya.post(path, {**sent, "repeat": "0"}).status_code == 422
    assert maya.post(path, {**sent, "after_1": "-1"}).status_code == 422
    assert maya.post(path, {}).status_code == 422
    assert maya.post(path, sent).headers["Location"] == f"/plans/?place={cast.unit.pk}"

    assert Plan.objects.get().steps == [
        {"after_s": 0, "audience": "SENIOR", "repeat_s": 0}, {"after_s": 45, "audience": "EVERYBODY", "repeat_s": 60}
    ]  # fmt: skip
    assert "Set for this place" in words(maya.get(f"/plans/?place={cast.unit.pk}"))
    maya.post(path, {"clear": "1"})
    assert not Plan.objects.exists()


def test_it_shows_carers_the_plan_and_lets_them_change_nothing(nia: Client, cast: Cast):
    path = f"/plans/{cast.unit.pk}/URGENT/"

    assert "Change" not in words(nia.get(f"/plans/?place={cast.unit.pk}")).split()
    assert nia.get(path).status_code == 403
    assert nia.post(path, {"clear": "1"}).status_code == 403


@pytest.mark.parametrize("severity", ["urgent", "X", "' OR 1=1"])
def test_it_knows_no_such_urgency(maya: Client, cast: Cast, severity: str):
    assert maya.get(f"/plans/{cast.unit.pk}/{severity}/").status_code == 404


# The budget


def test_it_counts_and_does_not_propose_from_too_few(maya: Client, cast: Cast, at: datetime):
    for hour in range(3):
        _closed(cast, at - timedelta(hours=hour), Truth.FALSE)

    read = words(maya.get("/budget/"))

    assert "100 % false, of 3 judged" in read and "Not enough to say: 3 fall alerts" in read


def test_it_proposes_the_quietest_safe_setting_and_applies_nothing(maya: Client, cast: Cast, at: datetime):
    for number in range(10):
        is_true = number > 5
        truth, score = (Truth.TRUE, 0.9) if is_true else (Truth.FALSE, 0.6)
        _closed(cast, at - timedelta(hours=number), truth, sureness=score)

    read = words(maya.get("/budget/?days=7"))

    assert "At a threshold of 0.90 all 4 true or doubtful" in read and "6 of 6 false ones would not" in read
    assert "Nothing changes until a manager changes the setting." in read
    assert maya.get("/budget/?days=nonsense").status_code == 200


# This phone


def test_it_adds_this_browser_and_takes_it_away(nia: Client, cast: Cast):
    subscription = Browser("https://push.example.org/a").subscription

    added = nia.post("/push/subscribe/", json.dumps(subscription), content_type="application/json")

    assert added.json() == {"subscribed": True}
    assert PushAddress.objects.get().staff_id == cast.nia.pk
    assert "is told" in words(nia.get("/push/"))
    nia.post("/push/unsubscribe/", json.dumps({"endpoint": subscription["endpoint"]}), content_type="application/json")
    assert not PushAddress.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"endpoint": 5, "keys": 7}', b"[" * 4000, b"x" * 5000,
                                  b'{"endpoint": "https://push.example.org", "keys": {"p256dh": 1, "auth": 2}}'])  # fmt: skip
def test_it_refuses_what_is_not_a_subscription(nia: Client, body: bytes):
    answer = nia.post("/push/subscribe/", body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["why"]
    assert nia.post("/push/unsubscribe/", body, content_type="application/json").status_code == 200


def test_it_gives_a_browser_the_key_to_subscribe_with(nia: Client):
    assert len(nia.get("/push/key/").json()["key"]) == 87


def test_it_audits_without_breaking_the_chain(nia: Client, alert: Alert):
    nia.get(f"/alerts/{alert.pk}/")
    nia.post(f"/alerts/{alert.pk}/accept/")

    assert alerts.facts(alert.pk).owner_name == "Nia Price"
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "alert.raised", "alert.told", "read", "alert.accepted"
    ]  # fmt: skip
