"""Promise 1 again: a full disk and a locked database hold alarms up, and lose none of them."""

import resource
import sqlite3
import time

import pytest

from hearthlight.runtime.bench.rig import Rig
from tests.durability.conftest import KEPT
from tests.durability.ledger import Ledger
from tests.durability.sender import Sender

FIRST, SECOND = KEPT, KEPT + 50  # the first cord each test pulls
HELD_S = 3.0


@pytest.mark.slow
def test_it_acknowledges_nothing_while_the_database_is_locked_and_loses_nothing(rig: Rig) -> None:
    if rig.server is None or rig.server.poll() is not None:
        rig.start()
    before = Ledger(rig)
    sender = Sender(rig, first=FIRST)
    lock = sqlite3.connect(rig.home / "core.sqlite3", isolation_level=None, timeout=20)
    lock.execute("begin immediate")

    for cord in range(FIRST, FIRST + 20):
        sender.pull(cord)
    time.sleep(HELD_S)
    acknowledged_while_locked = set(sender.acknowledged)
    lock.execute("rollback")
    lock.close()
    sender.finish()

    assert not acknowledged_while_locked
    after = Ledger(rig)
    assert after.counts - before.counts == sender.acknowledged == sender.sent


@pytest.mark.slow
def test_it_waits_for_room_when_the_disk_is_full_and_says_so(rig: Rig) -> None:
    if rig.server is None or rig.server.poll() is not None:
        rig.start()
    assert rig.server is not None
    before = Ledger(rig)
    sender = Sender(rig, first=SECOND)
    _, hard = resource.prlimit(rig.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(rig.server.pid, resource.RLIMIT_FSIZE, (4096, hard))  # no file may grow: what a full disk does

    for cord in range(SECOND, SECOND + 20):
        sender.pull(cord)
    time.sleep(HELD_S)
    acknowledged_while_full = set(sender.acknowledged)
    health_while_full = rig.health()
    resource.prlimit(rig.server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    sender.finish()

    assert not acknowledged_while_full
    assert health_while_full == 503
    after = Ledger(rig)
    assert after.integrity == "ok"
    assert after.counts - before.counts == sender.acknowledged == sender.sent
    assert rig.health() == 200
