"""Tells one step's people through every channel: at once on screens, queued for what leaves the building."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hearthlight.alerts.types import AlertFacts
from hearthlight.core.prepared import Given, Read, insert_all
from hearthlight.people import queries as people
from hearthlight.response import queries
from hearthlight.response.channels import instant, slow
from hearthlight.response.models import Tell
from hearthlight.response.types import Address, Audience, Notice, TellState


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: the step's number in the frozen plan, for whom, and who that is."""

    step: int
    audience: Audience
    staff: Sequence[int]
    round: int = 0


def tell(alert: AlertFacts, turn: Turn, *, words: str, at: datetime) -> None:
    notice = replace(
        notice_of(alert, at=at), path=alert.place_path, staff_ids=tuple(turn.staff), step=turn.step,
        round=turn.round, audience=turn.audience.value, words=words,
    )  # fmt: skip
    insert_all([*_shown(notice), *_queued(notice, _waiting(alert.id) if turn.round else set())])


def notice_of(alert: AlertFacts, *, at: datetime) -> Notice:
    """What is said about an alert, before it is known to whom."""
    return Notice(
        tell_id=0, alert_id=alert.id, staff_id=None, address=Address(), headline=alert.headline,
        discreet=alert.discreet, words="",
        severity=alert.severity.value, url=alert.url, at=at, path=alert.place_path,
    )  # fmt: skip


def _shown(notice: Notice) -> list[Tell]:
    """Screens are told within this transaction; each member of staff gets a row, so that it can be seen by each."""
    rows = []
    for name, channel in instant().items():
        if channel.is_noop(None, notice):
            continue
        channel.send(notice)
        whom: Sequence[int | None] = notice.staff_ids if name == "screen" else [None]
        rows += [
            Tell(
                alert_id=notice.alert_id, step=notice.step, round=notice.round, staff_id=staff_id, channel=name, state=TellState.SENT,
                due_at=notice.at, sent_at=notice.at,
            )
            for staff_id in whom
        ]  # fmt: skip
    return rows


def _waiting(alert_id: int) -> set[tuple[int | None, str]]:
    """(staff, channel) that an earlier step's words still wait for."""
    return set(_waiting_of(alert_id=alert_id))


_waiting_of = Read(
    lambda: Tell.objects.filter(alert_id=Given("alert_id"), state=TellState.WAITING).values_list("staff_id", "channel")
)


def _queued(notice: Notice, waiting: set[tuple[int | None, str]]) -> list[Tell]:
    """One row for each member of staff and channel that could reach them, unless an earlier one still waits there:
    a network that was away for an hour should not bring thirty repeats at once."""
    facts = people.staff_facts(notice.staff_ids) if notice.staff_ids else {}
    if not facts:
        return []
    reach = queries.addresses(facts.values())
    return [
        Tell(
            alert_id=notice.alert_id, step=notice.step, round=notice.round, staff_id=staff.id, channel=name,
            due_at=notice.at,
        )
        for staff in facts.values()
        for name, channel in slow().items()
        if (staff.id, name) not in waiting
        and not channel.is_noop(staff, replace(notice, staff_id=staff.id, address=reach[staff.id]))
    ]
