"""The live stream as a browser hears it: who may listen, what is missed, what comes twice, and who is slow."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from starlette.applications import Starlette
from starlette.routing import Route

from hearthlight.alerts.tests.threads import as_on_a_site
from hearthlight.core import changes
from hearthlight.core.clock import StillClock
from hearthlight.core.models import Change
from hearthlight.people.models import Shift
from hearthlight.people.tests.factories import NIGHT, Cast, make_cast
from hearthlight.people.types import Role
from hearthlight.site import live as live_module
from hearthlight.site.live import Live

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True, databases="__all__")
ADDRESS = "/live"
PATIENCE_S = 10.0  # for what must come
QUIET_S = 0.4  # in which nothing may come: many beats and looks of a stream this impatient


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("BEAT_S", 0.05), ("LOOK_S", 0.05), ("WHO_S", 0.1)):
        monkeypatch.setattr(live_module, name, seconds)
    monkeypatch.setattr(changes, "_recent", {})  # numbers begin again with every test's database, never with a site's
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the test's own queries, between the stream's


@pytest.fixture
def house(tmp_path: Path, still_clock: StillClock) -> Iterator[Cast]:
    with as_on_a_site(tmp_path):
        yield make_cast()


def cookie_of(staff) -> str:
    client = Client()
    client.force_login(staff.user)
    return client.cookies["sessionid"].value


def publish(path: str, number: int = 0) -> int:
    return changes.publish(kind="alert", path=path, subject=f"alert:{number}", at=NIGHT)


@dataclass
class Screen:
    """One connection to /live, as the server sees it. `may_read` clear: the network takes nothing more."""

    status: int = 0
    body: bytes = b""
    is_over: bool = False
    may_read: asyncio.Event = field(default_factory=asyncio.Event)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await self.may_read.wait()
        self.body += message.get("body", b"")
        self.is_over = not message.get("more_body", False)
        self.more.set()

    @property
    def heard(self) -> list[dict[str, str]]:
        """The events, each with its fields."""
        whole = self.body.decode().split("\n\n")[:-1]
        return [dict(line.split(": ", 1) for line in event.split("\n")) for event in whole]

    @property
    def numbers(self) -> list[int]:
        return [int(event["id"]) for event in self.heard if event["event"] == "change"]

    def count(self, kind: str) -> int:
        return sum(event["event"] == kind for event in self.heard)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self.more.clear()
                await self.more.wait()


@asynccontextmanager
async def opened(
    live: Live, cookie: str, address: str = ADDRESS, *, since: str | None = None, last: str | None = None
) -> AsyncIterator[Screen]:
    screen = Screen()
    screen.may_read.set()
    gone = asyncio.Event()
    headers = [(b"cookie", f"sessionid={cookie}".encode())] if cookie else []
    if last is not None:
        headers.append((b"last-event-id", last.encode("latin-1")))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": address, "raw_path": address.encode(), "root_path": "", "headers": headers,
        "query_string": f"since={since}".encode() if since is not None else b"", "server": ("t", 80), "client": ("t", 1),
    }  # fmt: skip

    async def receive() -> dict:
        await gone.wait()
        return {"type": "http.disconnect"}

    app = Starlette(routes=[Route(ADDRESS, live.endpoint)])
    task = asyncio.create_task(app(scope, receive, screen.send))
    try:
        yield screen
    finally:
        gone.set()
        screen.may_read.set()
        await asyncio.wait_for(task, PATIENCE_S)


def play(act: Callable[[Live], Awaitable[None]]) -> None:
    async def whole() -> None:
        live = Live()
        await live.start()
        try:
            await act(live)
        finally:
            await live.stop()

    asyncio.run(whole())


def test_it_shows_a_stranger_nothing(house: Cast) -> None:
    client = Client()
    client.force_login(house.nia.user)
    signed_out = client.cookies["sessionid"].value
    client.logout()
    not_staff = cookie_of(house.olu)
    house.olu.user.is_active = False
    house.olu.user.save()

    async def act(live: Live) -> None:
        for cookie in ("", "garbage", "../../etc/passwd", "a" * 5000, signed_out, not_staff):
            async with opened(live, cookie, "/live", since="0") as screen:
                await screen.until(lambda s=screen: s.is_over)
            assert screen.status == 401, cookie[:20]
            assert b"event:" not in screen.body

    publish(house.unit.path)
    play(act)


def test_it_tells_a_stranger_from_another_home_that_it_lives_and_no_more(house: Cast) -> None:
    cookies = {staff: cookie_of(staff) for staff in (house.stranger, house.nia)}

    async def act(live: Live) -> None:
        async with opened(live, cookies[house.stranger], since="0") as theirs, opened(live, cookies[house.nia], since="0") as ours:
            publish(house.room7.path)
            own = publish(house.other_home.path)
            await ours.until(lambda: bool(ours.numbers))
            await theirs.until(lambda: theirs.numbers == [own] and theirs.count("beat") > 2)
        assert theirs.status == 200
        assert own not in ours.numbers

    play(act)


@pytest.mark.parametrize("by", ["since", "last"])
def test_it_misses_nothing_and_tells_nothing_twice_while_changes_are_written(house: Cast, by: str) -> None:
    cookie, path, total = cookie_of(house.nia), house.room7.path, 300
    written: list[int] = []

    def write() -> None:
        try:
            for number in range(total):
                written.append(publish(path, number))
        finally:
            connection.close()

    async def act(live: Live) -> None:
        heard: list[int] = []
        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(40):  # a line that is lost again and again, and then holds
            latest = str(heard[-1] if heard else 0)
            async with opened(live, cookie, **{by: latest}) as screen:
                await screen.until(lambda s=screen: s.count("beat") > 3 or bool(s.numbers))
            heard += screen.numbers
        writer.join()
        async with opened(live, cookie, **{by: str(heard[-1])}) as screen:
            await screen.until(lambda: len(heard) + len(screen.numbers) >= total and screen.count("beat") > 3)
        assert heard + screen.numbers == written

    play(act)


def test_it_says_load_afresh_when_the_log_no_longer_reaches_back(house: Cast) -> None:
    cookie = cookie_of(house.nia)
    first, *_, latest = [publish(house.room7.path, number) for number in range(5)]
    Change.objects.filter(pk__lte=first + 1).delete()

    async def act(live: Live) -> None:
        async with opened(live, cookie, since=str(first)) as screen:
            await screen.until(lambda: screen.count("reload") == 1)
            [told] = [event for event in screen.heard if event["event"] == "reload"]
            assert (told["id"], screen.numbers) == (str(latest), [])
            after = publish(house.room7.path)
            await screen.until(lambda: screen.numbers == [after])
        async with opened(live, cookie, since=str(first + 1)) as screen:  # the last it saw is gone, what follows is not
            await screen.until(lambda: len(screen.numbers) == 4)
            assert screen.count("reload") == 0

    play(act)


def test_it_says_load_afresh_to_a_screen_that_saw_numbers_not_yet_given(house: Cast) -> None:
    """A backup was restored: the screen is ahead of the log."""
    cookie = cookie_of(house.nia)
    latest = publish(house.room7.path)

    async def act(live: Live) -> None:
        async with opened(live, cookie, last=str(latest + 1_000)) as screen:
            await screen.until(lambda: screen.count("reload") == 1)
            after = publish(house.room7.path)
            await screen.until(lambda: screen.numbers == [after])

    play(act)


def test_it_lets_a_slow_screen_load_afresh_and_keeps_no_other_waiting(house: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "QUEUE", 10)
    cookie = cookie_of(house.nia)

    async def act(live: Live) -> None:
        async with opened(live, cookie) as slow, opened(live, cookie) as quick:
            await slow.until(lambda: slow.count("beat") > 2)
            slow.may_read.clear()
            written = []
            for number in range(50):
                written.append(publish(house.room7.path, number))
                await quick.until(lambda: quick.numbers == written)
            slow.may_read.set()
            await slow.until(lambda: slow.count("reload") == 1)
            after = publish(house.room7.path)
            await slow.until(lambda: after in slow.numbers)
        assert len(slow.numbers) < 50
        assert slow.numbers == sorted(set(slow.numbers))

    play(act)


def test_it_stops_telling_whoever_is_no_longer_on_shift(house: Cast) -> None:
    cookie = cookie_of(house.nia)

    async def act(live: Live) -> None:
        async with opened(live, cookie) as screen:
            await screen.until(lambda: screen.count("beat") > 1)
            before = publish(house.room7.path)
            await screen.until(lambda: screen.numbers == [before])
            Shift.objects.filter(staff=house.nia, role=Role.CARER).update(ends_at=NIGHT - timedelta(minutes=1))
            await asyncio.sleep(QUIET_S)
            publish(house.room7.path)
            await asyncio.sleep(QUIET_S)
            assert screen.numbers == [before]

    play(act)


def test_it_ends_the_stream_of_whoever_signs_out(house: Cast) -> None:
    client = Client()
    client.force_login(house.nia.user)

    async def act(live: Live) -> None:
        async with opened(live, client.cookies["sessionid"].value) as screen:
            await screen.until(lambda: screen.count("beat") > 1)
            client.logout()
            await screen.until(lambda: screen.is_over)

    play(act)


@pytest.mark.parametrize("by", ["since", "last"])
@pytest.mark.parametrize("asked", ["", "-1", "1e3", "0x10", " 1", "NaN", "\u00b2", "1;drop table core_change", "1\u00a0", "9" * 30])
def test_it_begins_at_now_when_asked_for_nonsense(house: Cast, asked: str, by: str) -> None:
    cookie = cookie_of(house.nia)
    publish(house.room7.path)

    async def act(live: Live) -> None:
        quoted = asked if by == "last" else asked.replace("\u00b2", "%C2%B2").replace("\u00a0", "%C2%A0").replace(" ", "%20")
        async with opened(live, cookie, **{by: quoted}) as screen:
            await screen.until(lambda: screen.count("beat") > 1)
            after = publish(house.room7.path)
            await screen.until(lambda: screen.numbers == [after])
            assert (screen.status, screen.count("reload")) == (200, 0)

    play(act)


def test_it_says_what_troubles_the_house_with_every_beat(house: Cast) -> None:
    cookie = cookie_of(house.nia)

    async def act(live: Live) -> None:
        live.trouble = "Hearthlight cannot save."
        async with opened(live, cookie) as screen:
            await screen.until(lambda: screen.count("beat") > 0)
        assert json.loads(screen.heard[0]["data"])["trouble"] == "Hearthlight cannot save."

    play(act)


def test_it_ends_every_stream_when_the_process_does(house: Cast) -> None:
    cookie = cookie_of(house.nia)

    async def act(live: Live) -> None:
        async with opened(live, cookie) as screen:
            await screen.until(lambda: screen.count("beat") > 0)
            for listener in live._listeners:
                listener.offer(live_module.Told(0, NIGHT, "bye", "", "", {}))
            await screen.until(lambda: screen.is_over)

    play(act)
