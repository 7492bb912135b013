"""The live stream: every screen hears of every change it may see, in order, and what it missed when it was away.

`GET /live?since=N` is a stream of server-sent events. `change` carries its number as the event id, so a browser that
lost the line asks for what came after (Last-Event-ID); the log it reads from is the database's, so nothing depends on
who was listening. `beat` comes every two seconds: a screen that has not heard one knows it is not live. `reload` says
the log no longer reaches back that far.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TypeVar

import orjson
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils.crypto import constant_time_compare
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from hearthlight.core import bus, changes, clock
from hearthlight.core.changes import Told
from hearthlight.people import queries
from hearthlight.people.types import Viewer
from hearthlight.site import second_factor

log = logging.getLogger(__name__)
T = TypeVar("T")

BEAT_S = 2.0  # a screen calls itself not live after 4 s without one, and says so within 5 s
LOOK_S = 1.0  # how often the log is looked at without a nudge: another process may have written
WHO_S = 30.0  # how often a listener's session and roles are looked up again
QUEUE = 1_000  # changes waiting for one slow screen; beyond it that screen is told to load afresh


class Listener:
    """One open screen."""

    def __init__(self, viewer: Viewer, since: int) -> None:
        self.viewer = viewer
        self.sent = since
        self.queue: asyncio.Queue[Told | None] = asyncio.Queue(QUEUE)

    def offer(self, told: Told) -> None:
        try:
            self.queue.put_nowait(told)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class Live:
    """Reads the change log once for all screens and hands each what it may see. One per process, on the loop."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._reader = ThreadPoolExecutor(2, thread_name_prefix="live")
        self._wake = asyncio.Event()
        self._latest = 0
        self._task: asyncio.Task[None] | None = None
        self._stop_listening: Callable[[], None] | None = None
        self.trouble: str | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._latest = await self._ask(changes.latest)
        self._stop_listening = bus.listen(
            lambda topic: loop.call_soon_threadsafe(self._wake.set) if topic == "changes" else None
        )
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._stop_listening:
            self._stop_listening()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for listener in self._listeners:
            listener.offer(Told(0, clock.now(), "bye", "", "", {}))
        await self._ask(lambda: connection.close())  # noqa: PLW0108 — the thread looks its own up
        self._reader.shutdown(wait=False)

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, question)

    async def _follow(self) -> None:
        while True:
            try:
                fresh = changes.remembered(self._latest) or await self._ask(lambda: changes.since(self._latest))
            except DatabaseFault:
                log.exception("the change log could not be read")
                await asyncio.sleep(LOOK_S)
                continue
            for told in fresh:
                self._latest = told.id
                for listener in self._listeners:
                    listener.offer(told)
            if fresh:
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            self._wake.clear()

    async def endpoint(self, request: Request) -> Response:
        cookie = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
        viewer = await self._ask(lambda: viewer_of_session(cookie))
        if viewer is None:
            return PlainTextResponse("Sign in first.", status_code=401)
        asked = request.headers.get("last-event-id") or request.query_params.get("since") or ""
        since = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else self._latest
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(viewer, cookie, since), media_type="text/event-stream", headers=headers)

    async def _stream(self, viewer: Viewer, cookie: str, since: int) -> AsyncIterator[bytes]:
        listener = Listener(viewer, since)
        self._listeners.add(listener)
        try:
            async for piece in self._caught_up(listener):
                yield piece
            async for piece in self._onward(listener, cookie):
                yield piece
        finally:
            self._listeners.discard(listener)

    async def _caught_up(self, listener: Listener) -> AsyncIterator[bytes]:
        """What was missed. The listener is already on the list, so nothing falls between this and what follows."""
        yield self._beat()
        earliest, latest = await self._ask(changes.earliest), await self._ask(changes.latest)
        if listener.sent > latest or listener.sent + 1 < earliest:
            listener.sent = latest
            yield f"id: {latest}\nevent: reload\ndata: {{}}\n\n".encode()
        while missed := await self._ask(lambda: changes.since(listener.sent)):
            for told in missed:
                listener.sent = told.id
                if may_hear(listener.viewer, told):
                    yield written(told)

    async def _onward(self, listener: Listener, cookie: str) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        ask_again = loop.time() + WHO_S
        next_beat = loop.time() + BEAT_S
        while True:
            try:
                told = await asyncio.wait_for(listener.queue.get(), max(0.0, next_beat - loop.time()))
            except TimeoutError:
                next_beat = loop.time() + BEAT_S
                yield self._beat()
                if loop.time() >= ask_again:
                    ask_again = loop.time() + WHO_S
                    viewer = await self._ask(lambda: viewer_of_session(cookie))
                    if viewer is None:
                        return
                    listener.viewer = viewer
                continue
            if told is None:
                yield b"event: reload\ndata: {}\n\n"
                listener.sent = self._latest
            elif told.kind == "bye":
                return
            elif told.id > listener.sent:
                listener.sent = told.id
                if may_hear(listener.viewer, told):
                    yield written(told)

    def _beat(self) -> bytes:
        return b"event: beat\ndata: " + orjson.dumps({"at": clock.now(), "trouble": self.trouble}) + b"\n\n"


def may_hear(viewer: Viewer, told: Told) -> bool:
    """What happens in the viewer's places, and any alert they have been called to, wherever it is: the plan's last
    step calls everybody in the home, from other units too. And of the house around them who is on and what places are
    called, for a unit's board shows the home's senior too; those changes carry no words."""
    called = told.data.get("staff") if told.kind == "tell" else told.data.get("asked") if told.kind == "alert" else None
    is_around = told.kind in ("rota", "place") and any(scope.path.startswith(told.path) for scope in viewer.scopes)
    return is_around or viewer.covers(told.path) or viewer.staff_id in (called or ())


def written(told: Told) -> bytes:
    """A change as the stream carries it. JSON has no raw line ends, so one data line is always enough. An alert's own
    `kind` must not hide that this is a change of an alert: pages go by that."""
    own = {"event_kind": told.data["kind"]} if "kind" in told.data else {}
    body = orjson.dumps({**told.data, **own, "kind": told.kind, "subject": told.subject, "at": told.at})
    return b"id: %d\nevent: change\ndata: %b\n\n" % (told.id, body)


def viewer_of_session(key: str) -> Viewer | None:
    """Who a session cookie belongs to, or None: the same checks Django makes, without a request."""
    if not key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user_model().objects.filter(pk=session.get(SESSION_KEY), is_active=True).first()
    if user is None or not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    if second_factor.is_owed_by(user.pk):
        return None
    return queries.viewer_of(user_id=user.pk, at=clock.now())
