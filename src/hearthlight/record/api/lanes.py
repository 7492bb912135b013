"""The threads behind the door. Nothing here touches a database on the loop: a database that hangs, or a search that
takes its time, must not keep a pendant's alarm waiting.

A request is first answered or prepared on a reading thread (quick ones apart from slow ones). What it writes then waits
with whatever else is waiting for the next transaction of the one writing thread: one flush to disk carries many requests
(as in `runtime.pump`), and each is answered after the commit. A request that is refused takes only its own savepoint with
it. Who looked at what is written before anybody is answered, too, the same way. Requests that come together are handed
on together: between Python's threads every hand-over costs as much as a read does."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.db import Error as DatabaseFault
from django.db import connection, transaction

from hearthlight.record import looks
from hearthlight.record.api import answers
from hearthlight.record.api.types import Answer, Writing

log = logging.getLogger(__name__)

SLOW_THREADS = 3  # searches, bundles and exports under way at once; each holds one database connection
HEAVIEST = 400  # resources a transaction of many requests carries, about: some 100 ms of the pump's patience
QUEUE = 2_000  # requests waiting, beyond which new ones are told to come back
STAND_BACK_S = 0.002  # between looks at whether an alarm has been written

Job = Callable[[], Answer | Writing]


@dataclass(slots=True)
class Waiting:
    """A request on its way through: first its job, then what is still to be written, then its answer."""

    waiter: "asyncio.Future[Answer]"
    job: Job
    writing: Writing | None = None
    answer: Answer | None = None

    @property
    def weight(self) -> int:
        return self.writing.weight if self.writing else 1


Batch = list[Waiting]


class Lanes:
    """One per process. `is_urgent` says that an alarm is waiting to be written: it goes first."""

    def __init__(self, *, is_urgent: Callable[[], bool] = lambda: False) -> None:
        self._is_urgent = is_urgent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._quick: SimpleQueue[Batch] = SimpleQueue()
        self._slow: SimpleQueue[Batch] = SimpleQueue()
        self._written: SimpleQueue[Batch] = SimpleQueue()
        self._arrived: Batch = []  # since the loop's last turn
        self._pen = threading.Lock()  # held by whoever of us writes: SQLite's own queue has no order
        self._threads: list[threading.Thread] = []
        self._open = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        runs: list[tuple[str, Callable[[], None]]] = [("quick", lambda: self._read(self._quick))]
        runs += [(f"slow-{n}", lambda: self._read(self._slow)) for n in range(SLOW_THREADS)]
        runs.append(("writer", self._write))
        self._threads = [threading.Thread(target=run, name=f"record-{name}", daemon=True) for name, run in runs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand and end. What still waits is not answered: its clients see the connection close."""
        self._stopping = True
        for queue in (self._quick, self._written, *[self._slow] * SLOW_THREADS):
            queue.put([])
        for thread in self._threads:
            thread.join(timeout=10)

    async def run(self, job: Job, *, is_slow: bool = False) -> Answer:
        """Answer `job`, from the loop."""
        if self._open >= QUEUE:
            answer = answers.refused(503, "throttled", "Too many requests are waiting: try again")
            answer.headers["retry-after"] = "1"
            return answer
        loop = asyncio.get_running_loop()
        waiting = Waiting(loop.create_future(), job)
        self._open += 1
        if is_slow:
            self._slow.put([waiting])
        else:
            if not self._arrived:
                loop.call_soon(self._hand_on)
            self._arrived.append(waiting)
        try:
            return await waiting.waiter
        finally:
            self._open -= 1

    def _hand_on(self) -> None:
        self._quick.put(self._arrived)
        self._arrived = []

    # --- reading threads -------------------------------------------------------------------------------------------

    def _read(self, queue: SimpleQueue[Batch]) -> None:
        is_durable: bool | None = None
        while not self._stopping:
            batch = queue.get()
            for waiting in batch:
                _prepare(waiting)
            to_write = [waiting for waiting in batch if waiting.writing]
            if to_write:
                self._written.put(to_write)
            read = [waiting for waiting in batch if waiting.answer] if to_write else batch
            if any(waiting.answer and waiting.answer.looks for waiting in read):
                is_durable = self._commit(read, is_durable=is_durable, must_last=False)
            self._tell(read)
        connection.close()

    # --- writing ---------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        is_durable: bool | None = None
        while not self._stopping:
            group = self._next_group()
            if group:
                is_durable = self._commit(group, is_durable=is_durable, must_last=True)
                self._tell(group)
        connection.close()

    def _next_group(self) -> Batch:
        """What waits, until it weighs as much as one transaction should carry."""
        group = list(self._written.get())
        weight = sum(waiting.weight for waiting in group)
        while weight < HEAVIEST:
            try:
                more = self._written.get_nowait()
            except Empty:
                break
            group += more
            weight += sum(waiting.weight for waiting in more)
        return group

    def _commit(self, group: Batch, *, is_durable: bool | None, must_last: bool) -> bool | None:
        """Write a group in one transaction, alarms first. Returns how durable this thread's connection now is."""
        while self._is_urgent() and not self._stopping:
            time.sleep(STAND_BACK_S)
        try:
            with self._pen:
                if is_durable is not must_last:
                    _set_durability(must_last)
                _write_group(group)
        except Exception as error:  # the outermost step: everybody in the group is told, and the next is tried
            for waiting in group:
                waiting.answer = answers.of_error(error)
            connection.close()
            return None
        return must_last

    def _tell(self, finished: Batch) -> None:
        if finished and self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_tell_all, finished)


def _prepare(waiting: Waiting) -> None:
    try:
        made = waiting.job()
    except Exception as error:
        if isinstance(error, DatabaseFault):
            connection.close()
        waiting.answer = answers.of_error(error)
        return
    if isinstance(made, Writing):
        waiting.writing = made
    else:
        waiting.answer = made


def _write_group(group: Sequence[Waiting]) -> None:
    with transaction.atomic():
        for waiting in group:
            if waiting.writing:
                waiting.answer = _written(waiting.writing)
        looks.note([look for waiting in group if waiting.answer for look in waiting.answer.looks])


def _written(writing: Writing) -> Answer:
    """One request's own writes: all of them, or none and the reason."""
    try:
        with transaction.atomic():
            return writing.write()
    except DatabaseFault as error:
        if connection.needs_rollback or not connection.is_usable():
            raise
        return answers.of_error(error)
    except Exception as error:
        return answers.of_error(error)


def _tell_all(finished: Iterable[Waiting]) -> None:
    for waiting in finished:
        if not waiting.waiter.done() and waiting.answer:
            waiting.waiter.set_result(waiting.answer)


def _set_durability(is_durable: bool) -> None:
    """What was written is on the disk before it is answered. That somebody looked is with the system, safe from a crash
    of ours, and reaches the disk with the next write of anybody's (docs/decisions)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
        else:
            cursor.execute(f"SET synchronous_commit={'on' if is_durable else 'off'}")
