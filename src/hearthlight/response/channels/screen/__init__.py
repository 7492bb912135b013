"""On the screens of everyone told, at once: sound, vibration and title are the page's business (live.js)."""

from collections.abc import Sequence

from hearthlight.core import changes
from hearthlight.people.types import StaffFacts
from hearthlight.response.types import Notice

NAME = "screen"


class Channel:
    is_instant = True

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:  # noqa: ARG002 — every channel is asked alike
        return staff is not None  # one change tells a whole step

    def send(self, notice: Notice) -> Sequence[str]:
        changes.publish(
            kind="tell", path=notice.path, subject=f"alert:{notice.alert_id}", at=notice.at,
            data={
                "alert_id": notice.alert_id, "staff": list(notice.staff_ids), "step": notice.step,
                "audience": notice.audience, "severity": notice.severity, "headline": notice.headline,
                "words": notice.words, "url": notice.url,
            },
        )  # fmt: skip
        return ()
