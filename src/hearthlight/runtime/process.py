"""The one process: web pages, live streams, the MQTT door and the pump, on one loop and a few threads.

The order of starting is the order of promises: tables first, then the detectors' memory (the journal played again),
then the pump, so that timers run; only then the door, so that nothing is accepted that could not be followed up.
"""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import uvicorn
from a2wsgi import WSGIMiddleware
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hearthlight.core import bus, clock, heartbeat
from hearthlight.events import queries as events_queries
from hearthlight.events.watcher import Happening, Watcher
from hearthlight.response import sender
from hearthlight.runtime import systemd, tls
from hearthlight.runtime.pump import Pump, Waiting
from hearthlight.runtime.record import SharedRecord
from hearthlight.runtime.settings import Settings
from hearthlight.sensors import queries as sensors_queries
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.mqtt.door import Door
from hearthlight.sensors.mqtt.outside import Address, OutsideBroker
from hearthlight.sensors.mqtt.types import Listener, Principal, Received
from hearthlight.sensors.types import Incoming
from hearthlight.site.live import Live

log = logging.getLogger("hearthlight.runtime")

WEB_THREADS = 8  # pages in the making at once; each holds one database connection
SEND_EVERY = timedelta(seconds=1)  # how often the slow channels look for work without a nudge
SWITCH_S = 0.0005
"""How long one thread may keep the interpreter from another that waits (default 0.005 s): the loop must not wait five
milliseconds for the pump each time both are busy."""
BEAT_S = 5.0  # between the sender's heartbeats: each is a write, and the pump is waiting to write alarms
FHIR = "/fhir/r4"
EXPEL = "expel:"  # the bus topic that names a device whose connection must end
FRESH_S = 15.0  # a pump that has not finished a turn for this long is not healthy


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the process listens, once it does."""

    web: int
    mqtt: int | None


class Process:
    """One home's box, running."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.gate = Gate()
        self.live: Live
        self.pump: Pump
        self.broker: Door | OutsideBroker
        self.record: SharedRecord
        self._stopping = threading.Event()
        self._outgoing = threading.Event()

    async def run(self, *, ready: Callable[[Ports], None] | None = None) -> None:
        """Serve until told to stop (SIGTERM, SIGINT). `ready` is called once everything listens."""
        sys.setswitchinterval(SWITCH_S)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, prepare_database)
        async with AsyncExitStack() as stack:
            self.live = Live()
            await self.live.start()
            stack.push_async_callback(self.live.stop)
            watcher, found = await loop.run_in_executor(None, self._remembering)
            self._start_pump(loop, watcher, found)
            stack.callback(self.pump.stop)
            self.record = SharedRecord(self.settings, is_urgent=lambda: self.pump.is_writing)
            self.record.start(loop)
            stack.callback(self.record.stop)
            stack.callback(self._stopping.set)
            threading.Thread(target=self._send, name="sender", daemon=True).start()
            self.broker = await self._open_broker()
            stack.push_async_callback(self.broker.close)
            bus.listen(lambda topic: loop.call_soon_threadsafe(self._expel, topic) if topic.startswith(EXPEL) else None)
            await self._serve_web(ready)

    def _remembering(self) -> tuple[Watcher, list[Happening]]:
        """The detectors, with the journal played through them, and what they made of it."""
        at = clock.now()
        self.gate.refresh(at)
        watcher = Watcher(trail=sensors_queries.trail, settings=events_queries.watches())
        found = watcher.replay(sensors_queries.replay(at))
        connections.close_all()
        return watcher, found

    def _start_pump(self, loop: asyncio.AbstractEventLoop, watcher: Watcher, found: list[Happening]) -> None:
        def acknowledge(finished: list[tuple[Callable[[bool], None], bool]]) -> None:
            loop.call_soon_threadsafe(_tell_all, finished)

        def hold(is_held: bool) -> None:
            loop.call_soon_threadsafe(self._hold, is_held)

        def trouble(text: str | None) -> None:
            self.live.trouble = text

        self.pump = Pump(gate=self.gate, watcher=watcher, acknowledge=acknowledge, hold=hold, trouble=trouble)
        bus.listen(self.pump.heard)
        bus.listen(lambda topic: self._outgoing.set() if topic == "changes" else None)
        self.pump.start(found)

    def _hold(self, is_held: bool) -> None:
        if is_held:
            self.broker.pause()
        else:
            self.broker.resume()

    def _expel(self, topic: str) -> None:
        """A device was retired, or its secret renewed: the line it opened with the old one is cut."""
        if isinstance(self.broker, Door):
            self.broker.expel(topic.removeprefix(EXPEL))

    def _deliver(self, received: Received) -> None:
        message = Incoming(received.principal.name, received.topic, received.payload, received.dup, clock.now())
        self.pump.submit(Waiting(message, received.done))

    def _refused(self, principal: str | None, reason: str) -> None:
        self.gate.refused_at_door(principal, reason, clock.now())

    async def _principal(self, client_id: str, username: str | None, password: bytes | None) -> Principal | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self.gate.principal, client_id, username, password)

    async def _open_broker(self) -> Door | OutsideBroker:
        now = lambda: clock.now().timestamp()  # noqa: E731
        if self.settings.mqtt == "embedded":
            door = Door(authenticate=self._principal, deliver=self._deliver, refused=self._refused, now=now)
            await door.open([Listener(self.settings.mqtt_host, self.settings.mqtt_port, tls.server_context(self.settings))])
            return door
        parts = urlsplit(self.settings.mqtt)
        outside = OutsideBroker(
            address=Address(
                parts.hostname or "localhost",
                parts.port or 1883,
                tls.client_context() if parts.scheme == "mqtts" else None,
                unquote(parts.username) if parts.username else None,
                unquote(parts.password).encode() if parts.password else None,
            ),
            filters=["hearthlight/+/up", "zigbee2mqtt/#", "homeassistant/#"],
            principal_of=self.gate.principal_of_topic,
            deliver=self._deliver,
            refused=self._refused,
            now=now,
        )
        await outside.open()
        return outside

    def _send(self) -> None:
        """The slow channels, on a thread of their own: a mail server's minute must not hold up an alarm."""
        next_beat = 0.0
        while not self._stopping.is_set():
            self._outgoing.wait(SEND_EVERY.total_seconds())
            self._outgoing.clear()
            try:
                while sender.step(clock.now()) and not self._stopping.is_set():
                    pass
                if clock.monotonic() >= next_beat:
                    heartbeat.beat(part="sender", at=clock.now())
                    next_beat = clock.monotonic() + BEAT_S
            except Exception:  # the outermost step: the watchdog hears our silence
                log.exception("sending failed")
        connections.close_all()

    async def _serve_web(self, ready: Callable[[Ports], None] | None) -> None:
        server = uvicorn.Server(
            uvicorn.Config(
                self.application(),
                host=self.settings.host,
                port=self.settings.port,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ssl_certfile=self.settings.tls_certificate or None,
                ssl_keyfile=self.settings.tls_key or None,
                timeout_graceful_shutdown=3,
                server_header=False,
            )
        )
        async with asyncio.TaskGroup() as tasks:
            announcing = tasks.create_task(self._announce(server, ready))
            try:
                await server.serve()
            finally:
                announcing.cancel()
                systemd.notify("STOPPING=1")

    async def _announce(self, server: uvicorn.Server, ready: Callable[[Ports], None] | None) -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        gc.freeze()  # what is loaded by now stays: looking through it for rubbish would stop every thread for 50 ms
        web = server.servers[0].sockets[0].getsockname()[1]
        mqtt = self.broker.ports[0] if isinstance(self.broker, Door) else None
        systemd.notify("READY=1")
        if ready:
            ready(Ports(web, mqtt))
        while True:
            if self.pump.is_fresh(FRESH_S):
                systemd.notify("WATCHDOG=1")
            await asyncio.sleep(FRESH_S / 3)

    def application(self) -> ASGIApp:
        """The record's API does without Starlette's routes: they cost as much as a read."""
        pages, api = self._pages(), self.record.service.application

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await (api if scope["type"] == "http" and is_api(scope["path"]) else pages)(scope, receive, send)

        return application

    def _pages(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/live", self.live.endpoint),
                Route("/healthz", self._health),
                Mount("/", WSGIMiddleware(get_wsgi_application(), workers=WEB_THREADS)),  # type: ignore[arg-type]
            ]
        )

    async def _health(self, _request: Request) -> JSONResponse:
        """Whether this process is doing its work. Numbers only: anyone on the network may ask."""
        is_well = self.pump.is_fresh(FRESH_S) and self.live.trouble is None
        return JSONResponse({"well": is_well, "waiting": self.pump.waiting}, status_code=200 if is_well else 503)


def is_api(path: str) -> bool:
    """The record's API answers it: all below /fhir/r4 but how to sign in, which is a page."""
    return (path == FHIR or path.startswith(f"{FHIR}/")) and not path.startswith(f"{FHIR}/.well-known/")


def _tell_all(finished: list[tuple[Callable[[bool], None], bool]]) -> None:
    for done, is_refused in finished:
        done(is_refused)


def prepare_database() -> None:
    """Bring the tables up to date if they are not."""
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", database=alias, verbosity=0, interactive=False)
    connections.close_all()
