"""Every state has an owner and a label; every kind of event a label and an urgency."""

import pytest

from hearthlight.alerts import rules
from hearthlight.alerts.types import Severity, State
from hearthlight.events import rules as event_rules
from hearthlight.events.types import EventKind


@pytest.mark.parametrize("state", State)
def test_it_gives_every_state_an_owner_a_label_and_its_ways_on(state):
    assert rules.OWNERS[state]
    assert rules.LABELS[state]
    assert rules.MOVES[state] <= set(State)


@pytest.mark.parametrize("kind", EventKind)
def test_it_gives_every_event_an_urgency_and_a_label(kind):
    assert rules.SEVERITIES[kind] in Severity
    assert event_rules.LABELS[kind]


def test_it_leads_every_open_state_to_an_end():
    """From wherever an alert is, it can be closed, called off or merged."""
    ends = {state for state, onward in rules.MOVES.items() if not onward}
    can_end = set(ends)
    while grown := {s for s, onward in rules.MOVES.items() if onward & can_end} - can_end:
        can_end |= grown

    assert can_end == set(State)
