"""Breaking the glass: in an emergency a member of staff opens the record of somebody who is not theirs, for an hour.

Whom they have before them they must know already: an NHS number, or a family name and a date of birth. There is no list
to look through. The reason is kept, everything read is audited as ever, and managers of that person are shown it at once
and until one of them says that they have looked into it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.http import Http404

from hearthlight.core import audit, bus, changes
from hearthlight.core.text import clean_line
from hearthlight.core.types import Refusal, staff_actor
from hearthlight.people import queries as people
from hearthlight.people.types import PersonFacts, Viewer
from hearthlight.record.smart.models import Glass
from hearthlight.record.smart.types import GlassFacts

OPEN_FOR = timedelta(hours=1)
KEPT_SHOWN = timedelta(days=90)  # how far back managers are shown it
TRIES, WITHIN = 5, timedelta(hours=1)  # wrong guesses a member of staff has before they must ring somebody
SHORTEST_WHY = 10  # characters: "fall, ED" says too little to a manager in the morning
LONGEST_WHY = 400
TRIED, BROKEN, SEEN = "glass.tried", "glass.broken", "glass.seen"


class NoSuchPerson(Refusal):
    """Nobody fits, or several do: the two look the same."""


def break_glass(
    *, viewer: Viewer, why: str, at: datetime, nhs_number: str = "", family_name: str = "", born_on: date | None = None
) -> PersonFacts:
    """Open the record of the one person this describes, for OPEN_FOR. Refuses when nobody fits."""
    if not viewer.scopes:
        raise Refusal("You are not on shift. Ring the home.")
    reason = clean_line(why, what="Why", longest=LONGEST_WHY)
    if len(reason) < SHORTEST_WHY:
        raise Refusal("Why: say what has happened, so that a manager understands it tomorrow")
    by = staff_actor(viewer.staff_id)
    _check_tries(viewer, at)
    found = people.named_elsewhere(viewer, nhs_number=nhs_number, family_name=family_name, born_on=born_on)
    if found is None:
        with transaction.atomic():
            audit.record(by=by, at=at, action=TRIED, subject="person:*")
        raise NoSuchPerson("Nobody here fits that. Check the number, or the name and date of birth, letter by letter")
    if found.id in people.reach(viewer)[0]:
        raise Refusal("You can see this person already: open their page under People")
    with transaction.atomic():
        kept = Glass.objects.create(
            staff_id=viewer.staff_id, person_id=found.id, why=reason, broken_at=at, ends_at=at + OPEN_FOR
        )
        audit.record(by=by, at=at, action=BROKEN, subject=f"glass:{kept.pk}", person_id=found.id)
        changes.publish(kind="glass", path=found.place_path, subject=f"person:{found.id}", at=at)
        bus.nudge_after_commit("smart")
    return found


def _check_tries(viewer: Viewer, at: datetime) -> None:
    tried = audit.entries(about=(), by={str(staff_actor(viewer.staff_id))}, since=at - WITHIN, until=at, actions=(TRIED,))
    if len(tried) >= TRIES:
        raise Refusal("That was wrong several times. Ring the home: somebody there can open the record")


def opened_by(staff_id: int, at: datetime) -> dict[int, str]:
    """The persons whose records this member of staff holds open now, and the reasons given."""
    rows = Glass.objects.filter(staff_id=staff_id, broken_at__lte=at, ends_at__gt=at).order_by("broken_at")
    return dict(rows.values_list("person_id", "why"))


def broken(reader: Viewer, *, since: datetime, unseen_only: bool = False) -> Sequence[GlassFacts]:
    """Glass broken for people whom this manager answers for, newest first."""
    seen, outside = people.reach(reader)
    rows = Glass.objects.filter(person_id__in=seen - outside, broken_at__gte=since).select_related("staff", "person")
    if unseen_only:
        rows = rows.filter(seen_at=None)
    return [_facts(row) for row in rows]


def say_seen(*, glass_id: int, reader: Viewer, at: datetime) -> None:
    """A manager has looked into it. Nobody clears their own."""
    seen, outside = people.reach(reader)
    row = Glass.objects.filter(pk=glass_id, person_id__in=seen - outside).first()
    if row is None:
        raise Http404("no such glass")
    if row.staff_id == reader.staff_id:
        raise Refusal("You broke this one yourself. Another manager must look into it")
    by = staff_actor(reader.staff_id)
    with transaction.atomic():
        if Glass.objects.filter(pk=glass_id, seen_at=None).update(seen_at=at, seen_by=str(by)):
            audit.record(by=by, at=at, action=SEEN, subject=f"glass:{glass_id}", person_id=row.person_id)


def _facts(row: Glass) -> GlassFacts:
    return GlassFacts(
        id=row.pk, staff_id=row.staff_id, staff_name=row.staff.name, person_id=row.person_id,
        person_name=row.person.shown_name, why=row.why, broken_at=row.broken_at, ends_at=row.ends_at,
        is_seen=row.seen_at is not None,
    )  # fmt: skip
