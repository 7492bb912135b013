"""The one writer of what devices say: message in, detectors, event, alert — one transaction, then acknowledged.

Messages that arrive while a transaction is being written wait together for the next one, so under load one flush to
disk carries many messages (group commit), and when it is quiet one message waits for nobody. A device hears "yes" only
after the commit. If storage fails, nothing is acknowledged and nothing is forgotten: the same batch is written again
until it can be, what the detectors saw included, and devices are held back by the broker meanwhile.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction
from django.db import Error as DatabaseFault

from hearthlight.alerts import queries as alerts_queries
from hearthlight.alerts import worker as alerts_worker
from hearthlight.core import changes, clock, heartbeat, prepared
from hearthlight.events import actions as events_actions
from hearthlight.events import queries as events_queries
from hearthlight.events import worker as events_worker
from hearthlight.events.watcher import Happening, Watcher
from hearthlight.response import worker as response_worker
from hearthlight.sensors import actions as sensors_actions
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.types import Accepted, Incoming, RefusalReason, Refused

log = logging.getLogger(__name__)

BATCH = 100  # messages a transaction carries at most: ~10 ms of work, or a second if every one of them is an alarm
HOLD_BACK = 5_000  # messages waiting at which devices are held back: a second at the rate we promise
LET_GO = 1_000  # and at which they are let on again
TICK = timedelta(seconds=1)  # how often time itself is looked at when no message comes
FLOOD = timedelta(seconds=1)  # how long messages without an end may keep a step that is due waiting
RETRY_S = (0.05, 0.1, 0.25, 0.5, 1.0)  # waits between tries of a failed transaction; the last one repeats
ATTENDED_BEFORE = timedelta(hours=13)  # as far back as the journal goes: who came before a restart still counts
SHORTEST_TICK = timedelta(seconds=0.1)  # of real time: a fast clock must not keep the thread busy with ticking
BEAT = timedelta(seconds=5)  # of real time between heartbeats: a third of what the watchdog calls silence
OUR_FAULT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, IntegrityError, DataError)
SCREENS_FIRST_S = 0.003  # the interpreter is left to the loop this long after an alert, so that screens hear of it first
PLAN_WITHIN_S = 0.02  # and a plan waits this long for messages that wait too: their alert comes before its plan
LONG_S = 0.1  # a transaction longer than this has made others wait
STAND_BACK_S = 0.12  # just over the longest pause between two looks of SQLite's busy handler (100 ms)
ROUND = timedelta(seconds=15)  # how often devices are looked at for silence, which is counted in minutes
SWEEP = timedelta(minutes=1)  # how often old journal rows and changes are dropped


@dataclass(slots=True)
class Waiting:
    """One message and whom to tell when it is durable."""

    message: Incoming
    done: Callable[[bool], None]


class Pump:
    """Runs on a thread of its own. `acknowledge(list of (done, refused))` hands finished messages back to the loop;
    `hold(True)` asks the broker to stop reading devices; `trouble(text or None)` is told when storage fails and heals.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        watcher: Watcher,
        acknowledge: Callable[[list[tuple[Callable[[bool], None], bool]]], None],
        hold: Callable[[bool], None],
        trouble: Callable[[str | None], None],
    ) -> None:
        self._gate, self._watcher = gate, watcher
        self._acknowledge, self._hold, self._trouble = acknowledge, hold, trouble
        self._waiting: deque[Waiting] = deque()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._held = False
        self._must_refresh = False
        self._must_look = True
        self._must_follow = False
        self._must_count_anew = True
        self._raised = 0.0  # when the oldest alert without a plan was raised, by the monotonic clock
        self._due: datetime | None = None
        self._remembered: list[Happening] = []
        self._attended_until = clock.now() - ATTENDED_BEFORE
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._next_tick = self._next_round = self._next_sweep = self._next_beat = clock.now()
        self._looked_at = self._next_tick
        self._turned = clock.monotonic()
        self.is_writing = False  # or waiting to: whoever else writes lets it go first
        self.messages = 0
        self.batches = 0

    def start(self, remembered: Sequence[Happening] = ()) -> None:
        """Begin, with what the journal showed when it was played again: whatever of it is not yet written, is."""
        self._remembered = list(remembered)
        self._thread.start()

    def submit(self, waiting: Waiting) -> None:
        """Take a message. From the loop's thread; never blocks."""
        self._waiting.append(waiting)
        if not self._held and len(self._waiting) > HOLD_BACK:
            self._held = True
            self._hold(True)
        if not self._wake.is_set():  # it usually is while messages come fast, and asking costs a tenth of setting
            self._wake.set()

    def heard(self, topic: str) -> None:
        """A nudge from the bus, from any thread."""
        if topic == "changes":
            return
        if topic == "gate":
            self._must_refresh = True
        else:
            self._must_look = True
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch in hand and end. What still waits was never acknowledged; its devices send it again."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def is_fresh(self, seconds: float) -> bool:
        """Has a turn been finished within the last `seconds` of real time?"""
        return clock.monotonic() - self._turned < seconds

    def _run(self) -> None:
        prepared.build_all()
        response_worker.get_ready()
        while not self._stopping.is_set():
            self._wake.wait(timeout=self._patience())
            self._wake.clear()
            try:
                self._turn()
                self._turned = clock.monotonic()
            except Exception:  # the outermost step: say it, tell the watchdog by our silence, and go on
                log.exception("a turn of the pump failed")
                time.sleep(RETRY_S[-1])
        connection.close()

    def _patience(self) -> float:
        """Real seconds until time itself has to be looked at."""
        if self._waiting or self._must_look or self._must_refresh:
            return 0.0
        due = min(self._next_tick, self._due or self._next_tick)
        longest = max(TICK, SHORTEST_TICK * clock.current().speed)  # however far the machine's clock is set back
        return max(0.0, clock.current().real_seconds(min(due - clock.now(), longest)))

    def _turn(self) -> None:
        if self._must_refresh:
            self._must_refresh = False
            self._durably(self._refresh)
        while (self._waiting or self._must_follow) and not self._stopping.is_set():
            patience = (PLAN_WITHIN_S if self._waiting else SCREENS_FIRST_S) - (clock.monotonic() - self._raised)
            if self._must_follow and patience <= 0:
                self._durably(lambda: self._follow(clock.now()))
            elif self._waiting:
                self._take([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
            else:
                self._wake.wait(patience)
                self._wake.clear()
            if clock.now() - FLOOD >= min(self._next_tick, self._due or self._next_tick):
                break
        if self._stopping.is_set():
            return
        at = clock.now()
        if at < self._looked_at:
            self._count_anew(at)
        self._looked_at = at
        if self._must_look or at >= self._next_tick or (self._due is not None and at >= self._due):
            self._must_look = False
            self._next_tick = at + max(TICK, SHORTEST_TICK * clock.current().speed)
            self._time_passes(at)

    def _count_anew(self, at: datetime) -> None:
        """The machine's clock was set back: what was to be done by the old one is done now."""
        log.warning("the clock went back by %d s", (self._looked_at - at).total_seconds())
        self._next_tick = self._next_round = self._next_sweep = self._next_beat = at
        self._attended_until = min(self._attended_until, at)
        self._must_count_anew = True

    def _refresh(self) -> None:
        self._gate.refresh(clock.now())
        self._watcher.configure(events_queries.watches())

    def _take(self, batch: Sequence[Waiting], seen: list[Happening] | None = None) -> None:
        """Make one batch durable, however long it takes, and then say so to its devices. `seen` is what the detectors
        made of it, where they have heard it already."""
        results: list[Accepted | Refused] = []

        def write() -> None:
            nonlocal seen, results
            at = clock.now()
            results = sensors_actions.accept(gate=self._gate, batch=[w.message for w in batch], at=at)
            if seen is None:  # the detectors hear each message once, however often it is written
                seen = self._watcher.feed([r for r in results if isinstance(r, Accepted)])
            if self._record(seen, at):
                self._raise(at)

        try:
            self._durably(write)
        except OUR_FAULT:
            log.exception("a batch of %d could not be written", len(batch))
            self._take_apart(batch, seen)
        else:
            self._finish(batch, results)

    def _take_apart(self, batch: Sequence[Waiting], seen: list[Happening] | None) -> None:
        """One message nobody foresaw must not take its whole batch with it: each is written alone, and the one that
        cannot be is refused. What the detectors have heard they are not told again."""
        if len(batch) == 1:
            self._finish(batch, [Refused("", RefusalReason.MALFORMED, batch[0].message.arrived_at)])
        else:
            for waiting in batch:
                self._take([waiting], None if seen is None else [])
        for happening in seen or ():
            self._note(happening)

    def _note(self, happening: Happening) -> None:
        def write() -> None:
            at = clock.now()
            if self._record([happening], at):
                self._raise(at)

        try:
            self._durably(write)
        except OUR_FAULT:
            log.exception("could not record a %s in place %s", happening.kind, happening.place_id)

    def _finish(self, batch: Sequence[Waiting], results: Sequence[Accepted | Refused]) -> None:
        self._gate.committed(results)
        self.messages += len(batch)
        self.batches += 1
        self._acknowledge([(w.done, isinstance(r, Refused)) for w, r in zip(batch, results, strict=True)])
        if self._held and len(self._waiting) < LET_GO:
            self._held = False
            self._hold(False)

    def _record(self, happenings: Sequence[Happening], at: datetime) -> bool:
        """Write what was noticed; True if any of it is new. A row that cannot be written (a fault of ours, not of the
        storage) must not take the others with it."""
        is_new = False
        for happening in happenings:
            try:
                with transaction.atomic():
                    is_new |= events_actions.record_happening(happening, at=at) is not None
            except OUR_FAULT:
                log.exception("could not record a %s in place %s", happening.kind, happening.place_id)
        return is_new

    def _raise(self, at: datetime) -> None:
        """Alerts of events, in the same transaction. If that fails through a fault of ours the events stand, unclaimed,
        and the next tick tries again."""
        if not self._must_follow:
            self._must_follow, self._raised = True, clock.monotonic()
        try:
            with transaction.atomic():
                while alerts_worker.step(at):
                    pass
        except OUR_FAULT:
            log.exception("alerts could not be raised; trying again at the next tick")

    def _follow(self, at: datetime) -> None:
        """Plans of alerts, and the steps now due: in a transaction of their own, after the one that raised them, so that
        every screen shows an alert before anybody in particular is called to it. Between the two nothing can be lost: an
        alert without a plan is a row, and is looked for."""
        try:
            with transaction.atomic():
                self._must_follow = response_worker.step(at)
        except OUR_FAULT:
            log.exception("plans could not be followed; trying again at the next tick")
            self._must_follow = False
        self._due = response_worker.due_at()

    def _time_passes(self, at: datetime) -> None:
        ticked: list[Happening] | None = None

        def write() -> None:
            nonlocal ticked
            if ticked is None:
                for place_id, person_id, came_at in alerts_queries.attended_since(self._attended_until):
                    self._watcher.attended(place_id, person_id, came_at)
                    self._attended_until = max(self._attended_until, came_at)
                ticked = [*self._remembered, *self._watcher.tick(at)]
            self._record(ticked, at)
            if at >= self._next_round:
                while events_worker.step(at):
                    pass
            if self._must_count_anew:
                response_worker.count_anew(at)
            self._raise(at)
            sensors_actions.write_health(gate=self._gate, at=at)
            if at >= self._next_beat:
                heartbeat.beat(part="pump", at=at, note=f"{self.messages} messages")

        self._durably(write)
        self._remembered = []
        self._must_count_anew = False
        self._gate.committed([])
        self._durably(lambda: self._follow(at))
        self._must_look |= self._must_follow
        if at >= self._next_round:
            self._next_round = at + ROUND
        if at >= self._next_beat:
            self._next_beat = at + BEAT * clock.current().speed
        if at >= self._next_sweep:
            self._next_sweep = at + SWEEP
            self._sweep(at)

    def _sweep(self, at: datetime) -> None:
        """Look at the database afresh, whoever changed it, and drop what is no longer needed, a little at a time."""
        self._durably(self._refresh)
        is_more = True

        def forget() -> None:
            nonlocal is_more
            is_more = sensors_actions.forget(at=at)

        while is_more and not self._waiting and not self._stopping.is_set():
            self._durably(forget)
        self._durably(lambda: changes.forget(at=at))

    def _durably(self, write: Callable[[], object]) -> None:
        """Run `write` in a transaction until it commits. Storage that fails is waited for, never skipped."""
        tries = 0
        while True:
            began = clock.monotonic()
            self.is_writing = True
            try:
                with transaction.atomic():
                    write()
            except (DataError, IntegrityError):  # a fault of ours in one row: trying again would change nothing
                raise
            except DatabaseFault as error:
                log.error("storage failed (%s), try %d", type(error).__name__, tries + 1)
                self._trouble("Hearthlight cannot save: alarms may be late. Tell whoever looks after this system.")
                connection.close()
                if self._stopping.wait(RETRY_S[min(tries, len(RETRY_S) - 1)]):
                    raise
                tries += 1
            else:
                if tries:
                    self._trouble(None)
                self.is_writing = False
                self._let_others_write(clock.monotonic() - began)
                return
            finally:
                self.is_writing = False

    def _let_others_write(self, took_s: float) -> None:
        """After a long transaction, stand back. Whoever else waits to write to SQLite (a carer's "I'm going") only looks
        again every tenth of a second, and in a storm of alarms would never find the moment between two of ours."""
        if took_s > LONG_S and not self._stopping.is_set():
            time.sleep(min(took_s / 4, STAND_BACK_S))
