"""Promise 1: an alert is never lost. The process is killed, again and again, under load, with no warning."""

import os
import random
import statistics
import time

import pytest

from hearthlight.runtime.bench.rig import Rig
from tests.durability.ledger import Ledger
from tests.durability.sender import Sender

KILLS = int(os.environ.get("HEARTHLIGHT_KILLS", "200"))
LONGEST_LIFE_S = 0.7  # the process is killed at a random instant within this of being up
CORDS_A_SECOND = 2.0  # about what the process can answer in the third of the time it is allowed to live
ESCALATES_AFTER_S = 60.0  # the default plan's second step
LATE_S = 10.0  # how late the slowest step may be, beside the time nobody was running: the machine may be busy with more
USUALLY_LATE_S = 2.0  # and how late half of them may be


@pytest.mark.slow
def test_it_loses_nothing_and_doubles_nothing_when_killed_at_random(rig: Rig) -> None:
    dice = random.Random(312)
    sender = Sender(rig, rate=CORDS_A_SECOND).start()
    down: list[tuple[float, float]] = []

    for _ in range(KILLS):
        time.sleep(dice.uniform(0.0, LONGEST_LIFE_S))
        killed_at = time.time()
        rig.kill()
        rig.start()
        down.append((killed_at, time.time()))
    sender.finish(within=120.0)
    time.sleep(LATE_S)
    rig.stop()

    ledger = Ledger(rig)
    assert ledger.integrity == "ok"
    assert sender.acknowledged == sender.sent
    assert not ledger.missing(sender.acknowledged), "acknowledged, but no alert"
    assert not ledger.twice(sender.sent), "one message, two alerts"
    assert sum(ledger.counts.values()) > KILLS, "too few messages for the test to mean anything"
    _told_and_escalated_on_time(ledger, down)


def _told_and_escalated_on_time(ledger: Ledger, down: list[tuple[float, float]]) -> None:
    now = max(fate.raised_at for fate in ledger.fates.values())
    told_after: list[float] = []
    escalated = 0
    for cord, fate in ledger.fates.items():
        assert fate.has_run, f"cord {cord}: no plan was started"
        assert fate.told_at is not None, f"cord {cord}: nobody was told"
        assert fate.told_at - fate.raised_at <= LATE_S + _down_after(down, fate.raised_at), f"cord {cord}: told late"
        told_after.append(fate.told_at - fate.raised_at)
        due = fate.raised_at + ESCALATES_AFTER_S
        if due + LATE_S < now:
            assert fate.escalated_at is not None, f"cord {cord}: never escalated"
            assert -0.1 <= fate.escalated_at - due <= LATE_S + _down_after(down, due), f"cord {cord}: escalated late"
            escalated += 1
    assert statistics.median(told_after) <= USUALLY_LATE_S, "told late as a rule"
    assert KILLS < 100 or escalated > 50, "the test ended before escalation could be seen"


def _down_after(down: list[tuple[float, float]], moment: float) -> float:
    """How long it was after `moment` before the process had a second of life: what lateness the kills explain."""
    lateness = 0.0
    for killed, back in down:
        if killed > moment + lateness + 1.0:
            break
        if back > moment:
            lateness = back - moment
    return lateness
