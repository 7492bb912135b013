"""The shared record in the one process: its API on the loop, and what it does in its own time on two threads."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings as django_settings
from django.db import connection

from hearthlight.core import clock
from hearthlight.record.access import Door, again
from hearthlight.record.api import exporting, following, notifying
from hearthlight.record.api.service import Service
from hearthlight.record.smart import configuration
from hearthlight.runtime.settings import Settings
from hearthlight.site.live import viewer_of_session

log = logging.getLogger("hearthlight.runtime")

EVERY = timedelta(seconds=1)  # between looks for a subscriber to be told, or an export to be made
FORGET_EVERY = 600  # looks between two sweeps of what subscribers have heard


class SharedRecord:
    """`is_urgent`: an alarm is waiting to be written, and everything else waits for it."""

    def __init__(self, settings: Settings, *, is_urgent: Callable[[], bool]) -> None:
        door = Door(viewer_of_session=viewer_of_session, cookie=django_settings.SESSION_COOKIE_NAME)
        self._base = configuration.fhir_base(settings.url)
        self.service = Service(
            access_of=lambda asked: door.of_request(asked, at=asked.at),
            is_urgent=is_urgent,
            security=configuration.security(settings.url),
            base=self._base if settings.address else "",
        )
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(step,), name=f"record-{name}", daemon=True)
            for name, step in (("subscribers", self._tell), ("exports", self._export))
        ]
        self._looks = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self.service.start(loop)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self.service.stop()
        for thread in self._threads:
            thread.join(timeout=10)

    def _tell(self) -> bool:
        at = clock.now()
        self._looks += 1
        if self._looks % FORGET_EVERY == 0:
            notifying.forget(at)
        is_more = following.step(at, again)
        return notifying.step(at, again, self._base) or is_more

    def _export(self) -> bool:
        return exporting.step(clock.now())

    def _repeat(self, step: Callable[[], bool]) -> None:
        while not self._stopping.wait(EVERY.total_seconds()):
            try:
                while step() and not self._stopping.is_set():
                    pass
            except Exception:  # the outermost step: say it, and try again
                log.exception("a step of the record failed")
                connection.close()
        connection.close()
