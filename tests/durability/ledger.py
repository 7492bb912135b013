"""What the database says became of each pulled cord."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from hearthlight.runtime.bench.rig import Rig

ALERTS = """
select p.name, a.id, a.raised_at, r.next_due_at,
       (select min(t.sent_at) from response_tell t where t.alert_id = a.id),
       (select min(m.at) from alerts_alertmove m where m.alert_id = a.id and m.to_state = 'ESCALATED'), a.state
from alerts_alert a join people_place p on p.id = a.place_id left join response_run r on r.alert_id = a.id
where p.name like 'Cord %'
"""


@dataclass(frozen=True)
class Fate:
    alert: int
    raised_at: float
    told_at: float | None
    escalated_at: float | None
    has_run: bool


class Ledger:
    """Every alert by cord, read straight from the file, past all of the product's own code."""

    def __init__(self, rig: Rig) -> None:
        with sqlite3.connect(rig.home / "core.sqlite3") as book:
            rows = book.execute(ALERTS).fetchall()
            self.integrity = book.execute("pragma integrity_check").fetchone()[0]
        self.counts = Counter(int(name[5:]) for name, *_ in rows)
        self.fates = {
            int(name[5:]): Fate(alert, _seconds(raised), _when(told), _when(escalated), due is not None or told is not None)
            for name, alert, raised, due, told, escalated, state in rows
            if state != "MERGED"  # a later pull of the same cord joins the call that still stands
        }

    def missing(self, pulls: Counter[int]) -> Counter[int]:
        """Acknowledged pulls without an alert of their own, by cord."""
        return pulls - self.counts

    def twice(self, pulls: Counter[int]) -> Counter[int]:
        """Alerts without a pull of their own, by cord."""
        return self.counts - pulls


def _when(text: str | None) -> float | None:
    return _seconds(text) if text else None


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
