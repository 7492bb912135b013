"""The API as one thing to mount: the door on the loop, the threads behind it, and who may."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from hearthlight.core import clock
from hearthlight.fhir import text
from hearthlight.record.api import routes, statement
from hearthlight.record.api.door import Door
from hearthlight.record.api.lanes import Lanes
from hearthlight.record.api.types import Answer, Asked, Problem, Resource, Writing
from hearthlight.record.types import Access


class Service:
    """`access_of` says who is asking, or raises; it may ask the database, and is called on a thread. `is_urgent`: an alarm
    waits to be written. `security` is the part of the CapabilityStatement that says how to sign in."""

    def __init__(
        self,
        *,
        access_of: Callable[[Asked], Access],
        is_urgent: Callable[[], bool] = lambda: False,
        security: Resource | None = None,
        base: str = "",
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._access_of, self._security = access_of, security
        self.lanes = Lanes(is_urgent=is_urgent)
        self.application = Door(self._handle, now=now, base=base)
        self._statements: dict[str, bytes] = {}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lanes.start(loop)

    def stop(self) -> None:
        self.lanes.stop()

    async def _handle(self, asked: Asked) -> Answer:
        if asked.path == ("metadata",):
            return self._metadata(asked)
        route = routes.of(asked)

        def job() -> Answer | Writing:
            return route.job(asked, self._access_of(asked))

        return await self.lanes.run(job, is_slow=route.is_slow)

    def _metadata(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            raise Problem(405, "not-supported", "It is only to be read", headers={"allow": "GET"})
        if asked.base not in self._statements:
            self._statements.clear()  # a client that makes up host names fills nothing
            self._statements[asked.base] = text.dumps(statement.statement(asked.base, at=asked.at, security=self._security))
        return Answer(body=self._statements[asked.base])
