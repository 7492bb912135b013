"""What people write down about a person: the record page, and adding, reading, correcting and taking out one entry."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.fhir import text
from hearthlight.people import actions as people_actions
from hearthlight.people import queries as people
from hearthlight.people.permissions import NotAllowed, StaffRequest, signed_in
from hearthlight.people.types import PersonFacts
from hearthlight.record import access as access_rules
from hearthlight.record import actions, presenters, queries
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.forms import EntryForm
from hearthlight.record.entries.reading import written_about
from hearthlight.record.entries.shape import entry_of, resource_of, values_of
from hearthlight.record.entries.types import Entry
from hearthlight.record.types import Access, Conflict, Gone, NotFound, Resource, Verb, Version
from hearthlight.record.views import WRONG

HISTORY = 20  # versions shown


class _Asked:
    """Whose record this is, and what the reader may do with it. Looking is noted before anything is shown."""

    def __init__(self, request: StaffRequest, person_id: int, part: str) -> None:
        people.person(request.viewer, person_id)  # Http404 for whom they may not see
        self.facts: PersonFacts = people.person_facts(person_id)
        self.zone: ZoneInfo = people.timezone_of(self.facts.place_path)
        self.access: Access = access_rules.of_viewer(request.viewer, at=request.at)
        self.patient = f"person-{person_id}"
        self.origin = f"staff:{request.viewer.staff_id}"
        people_actions.note_read(person_id=person_id, by=staff_actor(request.viewer.staff_id), at=request.at, part=part)

    def one(self, type_: str, id_: str) -> tuple[Version, Resource, Entry]:
        try:
            version = queries.read(type_, id_, access=self.access)
        except (NotFound, Gone) as refusal:
            raise Http404(refusal.why) from refusal
        resource = text.loads(version.body)
        entry = entry_of(resource)
        if entry is None or self.patient not in version.patients:
            raise Http404("not an entry of this person's")
        return version, resource, entry


def _entry(key: str, access: Access) -> Entry:
    entry = entries().get(key)
    if entry is None or (entry.guard and entry.guard not in access.sections):
        raise Http404("no such entry")
    return entry


@signed_in
@require_safe
def record(request: StaffRequest, person_id: int) -> HttpResponse:
    asked = _Asked(request, person_id, "record")
    found = presenters.parsed(written_about(asked.patient, access=asked.access))
    chapters = presenters.chapters_of(found, zone=asked.zone, access=asked.access)
    return render(request, "record/record.html", {
        "person": asked.facts, "chapters": chapters, "about": _about(found, asked.zone),
        "names": _names(chapters), "can_change_about": asked.access.may("QuestionnaireResponse", Verb.UPDATE),
    })  # fmt: skip


def _about(found: list[tuple[Version, Resource]], zone: ZoneInfo) -> Any:
    """The latest About me, in full: it is what everybody reads first."""
    written = [(version, resource) for version, resource in found if (one := entry_of(resource)) and one.key == "about-me"]
    if not written:
        return None
    version, resource = max(written, key=lambda one: one[0].at)
    entry = entries()["about-me"]
    return {"line": presenters.line_of(version, resource, entry, zone), "said": presenters.said_of(entry, resource, zone)}


def _names(chapters: list[presenters.Chapter]) -> dict[str, str]:
    """Who wrote each line: staff by name, others as they are stored."""
    return _called({line.by for chapter in chapters for line in chapter.lines})


def _called(by: set[str]) -> dict[str, str]:
    ids = {int(who.partition(":")[2]) for who in by if who.startswith("staff:")}
    return {f"staff:{number}": one.name for number, one in people.staff_facts(ids).items()}


@signed_in
@require_http_methods(["GET", "POST"])
def entry_new(request: StaffRequest, person_id: int, key: str) -> HttpResponse:
    asked = _Asked(request, person_id, "record")
    entry = _entry(key, asked.access)
    if not presenters.can_add(entry, asked.access):
        raise NotAllowed(f"{entry.title}: a senior or a manager writes this down. Tell whoever is on.")
    form = EntryForm(request.POST if request.method == "POST" else None, entry=entry, zone=asked.zone, said=_filled_in(request, entry))

    def keep() -> None:
        resource = resource_of(entry, form.values(), patient=asked.patient)
        actions.create(resource, access=asked.access, at=request.at, origin=asked.origin)

    if request.method == "POST" and _done(form, keep):
        messages.success(request, f"{entry.title}: written down.")
        return HttpResponseRedirect(reverse("record", args=[person_id]))
    return _form_page(request, asked, form, entry, old=None)


def _filled_in(request: StaffRequest, entry: Entry) -> dict[str, Any]:
    """Who is writing, and today, so that nobody has to type it."""
    names = {one.concept.rpartition("/")[2]: one.name for one in entry.fields if "Person completing record" in one.concept}
    said: dict[str, Any] = {}
    if "Name" in names:
        said[names["Name"]] = request.viewer.name
    if "Date completed" in names:
        said[names["Date completed"]] = request.at.isoformat().replace("+00:00", "Z")
    return said


def _done(form: EntryForm, act: Callable[[], None]) -> bool:
    if not form.is_valid():
        return False
    try:
        act()
    except Conflict:
        form.add_error(None, "Somebody else has changed this meanwhile. Go back, read it, and write yours again.")
    except Refusal as refusal:
        form.add_error(None, refusal.why)
    return not form.errors


def _form_page(request: StaffRequest, asked: _Asked, form: EntryForm, entry: Entry, *, old: Version | None) -> HttpResponse:
    context = {"person": asked.facts, "form": form, "entry": entry, "old": old}
    return render(request, "record/entry_form.html", context, status=WRONG if form.is_bound else None)


@signed_in
@require_safe
def entry(request: StaffRequest, person_id: int, type: str, fid: str) -> HttpResponse:  # noqa: A002 — FHIR's own word
    asked = _Asked(request, person_id, "record")
    version, resource, found = asked.one(type, fid)
    line = presenters.line_of(version, resource, found, asked.zone)
    versions = queries.history(type, fid, access=asked.access, count=HISTORY).matches
    return render(request, "record/entry.html", {
        "person": asked.facts, "entry": found, "line": line, "said": presenters.said_of(found, resource, asked.zone),
        "versions": versions, "names": _called({one.by for one in versions}), "origin_words": presenters.origin_words,
        "can_change": asked.access.may(type, Verb.UPDATE) and not version.origin.startswith("fact:"),
        "can_remove": asked.access.may(type, Verb.DELETE) and not version.origin.startswith("fact:"),
    })  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def entry_change(request: StaffRequest, person_id: int, type: str, fid: str) -> HttpResponse:  # noqa: A002
    asked = _Asked(request, person_id, "record")
    version, resource, found = asked.one(type, fid)
    said = values_of(found, resource)
    form = EntryForm(request.POST if request.method == "POST" else None, entry=found, zone=asked.zone, said=said)
    seen = request.POST.get("version", "")

    def keep() -> None:
        if seen != str(version.version):
            raise Conflict("changed meanwhile")
        changed = resource_of(found, form.values(), patient=asked.patient, onto=resource)
        actions.update(
            type, fid, changed, access=asked.access, at=request.at, origin=asked.origin, if_match=version.version
        )

    if request.method == "POST" and _done(form, keep):
        messages.success(request, "Changed. What it said before is kept.")
        return HttpResponseRedirect(reverse("entry", args=[person_id, type, fid]))
    return _form_page(request, asked, form, found, old=version)


@signed_in
@require_POST
def entry_remove(request: StaffRequest, person_id: int, type: str, fid: str) -> HttpResponse:  # noqa: A002
    asked = _Asked(request, person_id, "record")
    asked.one(type, fid)
    try:
        actions.delete(type, fid, access=asked.access, at=request.at, origin=asked.origin)
    except Refusal as refusal:
        messages.error(request, refusal.why)
        return HttpResponseRedirect(reverse("entry", args=[person_id, type, fid]))
    messages.success(request, "Taken out. Its history is kept.")
    return HttpResponseRedirect(reverse("record", args=[person_id]))


@signed_in
@require_POST
def none_known(request: StaffRequest, person_id: int) -> HttpResponse:
    """No known allergies, said positively: an empty list may only mean that nobody has asked."""
    asked = _Asked(request, person_id, "record")
    found = presenters.parsed(written_about(asked.patient, access=asked.access))
    standing = [resource for _, resource in found if resource["resourceType"] == "AllergyIntolerance"]
    if any(not presenters.is_superseded(resource) for resource in standing):
        messages.error(request, "Something is written under allergies already. Take that out first if it is wrong.")
        return HttpResponseRedirect(reverse("record", args=[person_id]))
    definition = entries()["allergy"]
    if not presenters.can_add(definition, asked.access):
        raise NotAllowed("A senior or a manager writes down allergies. Tell whoever is on.")
    said = {
        definition.field("Causative agent/Free text").name: "No known allergies",
        definition.field("Causative agent/Coded value").name: presenters.NONE_KNOWN,
        **_filled_in(request, definition),
    }
    resource = resource_of(definition, said, patient=asked.patient)
    actions.create(resource, access=asked.access, at=request.at, origin=asked.origin)
    messages.success(request, "No known allergies: written down, with your name and the time.")
    return HttpResponseRedirect(reverse("record", args=[person_id]))
