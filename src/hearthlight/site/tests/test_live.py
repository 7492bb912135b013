"""What the live stream writes."""

import json

import pytest
from django.test import Client

from hearthlight.core.changes import Told
from hearthlight.people.tests.factories import NIGHT, Cast
from hearthlight.people.types import Role, Scope, Viewer
from hearthlight.site.live import may_hear, viewer_of_session, written


def body_of(told: Told) -> dict[str, object]:
    return json.loads(written(told).split(b"data: ", 1)[1])


def test_it_says_what_changed_whatever_the_change_holds() -> None:
    told = Told(7, NIGHT, "alert", "/1/", "alert:3", {"kind": "FALL_SUSPECTED", "subject": "x", "state": "TOLD"})

    assert written(told).startswith(b"id: 7\nevent: change\ndata: ")
    body = body_of(told)
    assert (body["kind"], body["subject"], body["event_kind"], body["state"]) == ("alert", "alert:3", "FALL_SUSPECTED", "TOLD")


@pytest.mark.parametrize("words", ["two\nlines", "data: x\n\nevent: reload", "\r\n", "\u2028"])
def test_it_stays_one_event_whatever_words_it_carries(words: str) -> None:
    told = Told(7, NIGHT, "say", "/1/", "alert:3", {"words": words})

    assert written(told).count(b"\n") == 4
    assert body_of(told)["words"] == words


@pytest.mark.parametrize(
    ("kind", "path", "is_heard"),
    [
        ("alert", "/1/2/3/", True), ("alert", "/1/2/3/7/", True), ("alert", "/1/2/", False), ("alert", "/1/2/4/", False),
        ("rota", "/1/2/", True), ("place", "/1/", True), ("rota", "/1/2/4/", False), ("rota", "/9/", False),
    ],
)  # fmt: skip
def test_it_tells_a_unit_of_itself_and_of_the_rota_above_it(kind: str, path: str, is_heard: bool) -> None:
    nia = Viewer(1, "Nia", (Scope(Role.CARER, "/1/2/3/"),))

    assert may_hear(nia, Told(1, NIGHT, kind, path, "x:1", {})) is is_heard
    assert not may_hear(Viewer(2, "Rowan Strange"), Told(1, NIGHT, kind, path, "x:1", {}))


def test_it_knows_who_a_session_belongs_to_and_no_stranger(cast: Cast, client: Client) -> None:
    client.force_login(cast.nia.user)
    key = client.cookies["sessionid"].value

    assert viewer_of_session(key).staff_id == cast.nia.pk
    for stranger in ("", "nonsense", key[::-1]):
        assert viewer_of_session(stranger) is None


def test_it_streams_nothing_before_the_second_factor_is_set_up(cast: Cast, client: Client) -> None:
    client.force_login(cast.nia.user)
    cast.nia.user.authenticator_set.all().delete()

    assert viewer_of_session(client.cookies["sessionid"].value) is None


@pytest.mark.parametrize(
    ("kind", "data", "hears"),
    [("tell", {"staff": [5]}, True), ("tell", {"staff": [6]}, False), ("alert", {"asked": [5]}, True), ("alert", {}, False),
     ("say", {"staff": [5]}, False), ("person", {"asked": [5]}, False)],
)  # fmt: skip
def test_it_reaches_whoever_is_called_from_another_unit(kind: str, data: dict[str, object], hears: bool) -> None:
    elsewhere = Viewer(5, "Rowan", (Scope(Role.CARER, "/1/2/4/"),))

    assert may_hear(elsewhere, Told(1, NIGHT, kind, "/1/2/3/7/", "alert:3", data)) is hears
    assert may_hear(elsewhere, Told(1, NIGHT, kind, "/1/2/4/8/", "alert:3", {})) is True
