"""What waits to be brought in, what it would do, and what was brought in."""

from django.db.models import Q
from django.http import Http404

from hearthlight.core.types import Refusal
from hearthlight.people import queries as people
from hearthlight.people.permissions import can_edit_people, check_edit_people
from hearthlight.people.types import PlaceFacts, PlaceKind, Viewer
from hearthlight.record import projecting, rules, writing
from hearthlight.record.importing import bundles, reading, residents
from hearthlight.record.importing.models import Batch
from hearthlight.record.importing.reading import Came
from hearthlight.record.importing.types import Aim, Kind, Plan, Report

SHOWN = 50  # batches on a page
LONGEST_ORIGIN = 120  # characters: Resource.origin


def origin_of(batch_id: int, file_name: str) -> str:
    """`import:12 oak-surgery.json`: what every line that came with it says."""
    return f"import:{batch_id} {file_name}"[:LONGEST_ORIGIN]


def batches(viewer: Viewer) -> list[Batch]:
    """The latest, of the people and homes this viewer answers for."""
    seen, _ = people.reach(viewer)
    homes = [home.id for home in homes_of(viewer)]
    return list(Batch.objects.filter(Q(person_id__in=seen) | Q(place_id__in=homes)).defer("content").select_related("person")[:SHOWN])


def batch(viewer: Viewer, batch_id: int) -> Batch:
    """Http404 for one of a person or home this viewer may not change."""
    found = Batch.objects.filter(pk=batch_id).select_related("person__place", "place").first()
    if found is None:
        raise Http404("no such batch")
    place = found.place or (found.person.place if found.person else None)
    if place is None or not can_edit_people(viewer, place.path):
        raise Http404("no such batch")
    return found


def homes_of(viewer: Viewer) -> list[PlaceFacts]:
    return [home for home in people.places(viewer, PlaceKind.HOME) if can_edit_people(viewer, home.path)]


def check_home(viewer: Viewer, place_id: int) -> PlaceFacts:
    home = people.place_facts(place_id)
    check_edit_people(viewer, home.path)
    return home


def person_meant(entries: list[Came], chosen: int | None, *, viewer: Viewer) -> int:
    """Whose record the file is for. The file's NHS number decides, and must not say otherwise than the one chosen."""
    number = _valid(reading.nhs_number_of(entries))
    if chosen is None:
        chosen = people.with_nhs_number(viewer, number) if number else None
        if chosen is None:
            raise Refusal("The file does not say whose it is, or nobody here has its NHS number: choose the person")
    person = people.person(viewer, chosen)
    check_edit_people(viewer, person.place.path)
    if number and person.nhs_number and number != person.nhs_number:
        raise Refusal("The file is about somebody with another NHS number")
    return person.pk


def _valid(number: str) -> str:
    """A number that can be one: some senders write 0 where they have none."""
    try:
        return people.nhs_number_of(number)
    except Refusal:
        return ""


def aim_of(person_id: int, viewer: Viewer) -> Aim:
    person = people.person(viewer, person_id)
    born = person.born_on.isoformat() if person.born_on else ""
    return Aim(f"person-{person.pk}", person.nhs_number or "", f"{person.given_name} {person.family_name}", born)


def plan_of(batch: Batch, viewer: Viewer) -> Plan:
    """What bringing it in would write now."""
    assert batch.person_id is not None  # only a table is for nobody
    entries = reading.entries_of(bytes(batch.content))
    return bundles.planned(entries, aim_of(batch.person_id, viewer), is_stu3=batch.kind == Kind.STU3, is_free=_is_free)


def _is_free(type_: str, id_: str) -> bool:
    return not rules.is_reserved(id_, projecting.kinds()) and writing.current(type_, id_) is None


def residents_planned(batch: Batch, viewer: Viewer) -> tuple[list[residents.Resident], Report]:
    assert batch.place_id is not None
    home = check_home(viewer, batch.place_id)
    rooms = [room for room in people.places(viewer, PlaceKind.ROOM) if room.path.startswith(home.path)]
    found, report = residents.residents_of(bytes(batch.content), rooms)
    report.wrong += [f"Line {one.line}: {why}" for one in found if (why := _why_not(one, viewer))]
    return found, report


def _why_not(one: residents.Resident, viewer: Viewer) -> str:
    """What only the house knows: is the number right, and is it somebody's already?"""
    try:
        number = people.nhs_number_of(one.fields["nhs_number"])
    except Refusal as refusal:
        return refusal.why
    if number and people.with_nhs_number(viewer, number) is not None:
        return "NHS number is already recorded for someone: check each digit"
    return ""


def preview(batch: Batch, viewer: Viewer) -> Report:
    """What it would do, or what it did."""
    if batch.done_at is not None:
        return Report.of_told(batch.report)
    if batch.kind == Kind.RESIDENTS:
        return residents_planned(batch, viewer)[1]
    return plan_of(batch, viewer).report
