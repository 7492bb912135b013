"""Draws docs/states.md from MOVES: `python -m hearthlight.alerts.diagram > docs/states.md`. A test compares the two."""

import sys

from hearthlight.alerts import rules
from hearthlight.alerts.types import State

HEAD = """# The life of an alert

Drawn from `src/hearthlight/alerts/rules.py` by `python -m hearthlight.alerts.diagram`; a test compares the two, so
change the rules, draw again, and never edit this page.
"""


def page() -> str:
    return "\n".join([HEAD, "```mermaid", *_mermaid(), "```", "", *_table(), ""])


def _mermaid() -> list[str]:
    starts = [f"    [*] --> {state.value}" for state in State if state in rules.STARTS]
    moves = [
        f"    {before.value} --> {after.value}: {rules.verb(before, after)}"
        for before in State
        for after in State
        if after in rules.MOVES[before]
    ]
    ends = [f"    {state.value} --> [*]" for state in State if not rules.MOVES[state]]
    return ["stateDiagram-v2", *starts, *moves, *ends]


def _table() -> list[str]:
    rows = [
        f"| {state.value} | {rules.LABELS[state]} | {rules.MEANINGS[state]} | {rules.OWNERS[state]} |" for state in State
    ]
    return ["| state | shown as | meaning | who has it |", "|---|---|---|---|", *rows]


if __name__ == "__main__":
    sys.stdout.write(page())
