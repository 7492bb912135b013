"""Said aloud by a screen in the corridor (the browser's own speech). Anyone may be walking by, so it says what and
where, and never who."""

from collections.abc import Sequence

from hearthlight.core import changes
from hearthlight.people.types import StaffFacts
from hearthlight.response.types import Notice

NAME = "spoken"


class Channel:
    is_instant = True

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:
        """Only what cannot wait is said aloud: people are asleep behind these doors."""
        return staff is not None or notice.severity != "URGENT"

    def send(self, notice: Notice) -> Sequence[str]:
        changes.publish(
            kind="say", path=notice.path, subject=f"alert:{notice.alert_id}", at=notice.at,
            data={"alert_id": notice.alert_id, "words": notice.discreet, "severity": notice.severity},
        )  # fmt: skip
        return ()
