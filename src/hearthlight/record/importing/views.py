"""Bringing files in, for managers: put one forward, see what it would do, say yes, and read what it did."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hearthlight.core.types import Refusal, staff_actor
from hearthlight.fhir import text
from hearthlight.people import actions as people_actions
from hearthlight.people import queries as people
from hearthlight.people.permissions import NotAllowed, StaffRequest, can_edit_people, signed_in
from hearthlight.record import access as access_rules
from hearthlight.record import queries as record
from hearthlight.record.importing import accepting, actions, outside, presenters, queries
from hearthlight.record.importing.forms import FileForm
from hearthlight.record.importing.models import Batch
from hearthlight.record.importing.types import Kind
from hearthlight.record.types import Access, Forbidden
from hearthlight.record.views import WRONG


@signed_in
@require_http_methods(["GET", "POST"])
def bring_in(request: StaffRequest) -> HttpResponse:
    homes = queries.homes_of(request.viewer)
    if not homes:
        raise NotAllowed("Only a manager can bring files in.")
    persons = [one for one in people.persons(request.viewer) if can_edit_people(request.viewer, one.place_path)]
    is_sent = request.method == "POST"
    form = FileForm(request.POST if is_sent else None, request.FILES if is_sent else None, people=persons, homes=homes)
    if is_sent and form.is_valid():
        told = form.cleaned_data
        try:
            batch_id = actions.put_forward(
                content=told["file"].read(), file_name=told["file"].name, viewer=request.viewer, by=staff_actor(request.viewer.staff_id),
                at=request.at, person_id=told["person_id"], place_id=told["place_id"],
            )  # fmt: skip
            return HttpResponseRedirect(reverse("import", args=[batch_id]))
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error("file", refusal.why)
    context = {"form": form, "batches": queries.batches(request.viewer), "kinds": presenters.KINDS, "names": _names(queries.batches(request.viewer))}
    return render(request, "importing/bring_in.html", context, status=WRONG if form.is_bound else None)


def _names(batches: list[Batch]) -> dict[str, str]:
    ids = {int(one.added_by.partition(":")[2]) for one in batches if one.added_by.startswith("staff:")}
    return {f"staff:{number}": one.name for number, one in people.staff_facts(ids).items()}


@signed_in
@require_safe
def batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = queries.batch(request.viewer, batch_id)
    if found.person_id is not None:
        by = staff_actor(request.viewer.staff_id)
        people_actions.note_read(person_id=found.person_id, by=by, at=request.at, part="import")
    report = queries.preview(found, request.viewer)
    facts = people.person_facts(found.person_id) if found.person_id is not None else None
    return render(request, "importing/batch.html", {
        "batch": found, "report": report, "rows": presenters.rows(report), "kind": presenters.KINDS[Kind(found.kind)], "person": facts,
        "written": report.total("mapped") + report.total("whole"), "kept": report.total("kept"), "elsewhere": report.total("elsewhere"),
    })  # fmt: skip


@signed_in
@require_POST
def confirm(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = queries.batch(request.viewer, batch_id)
    by, access = staff_actor(request.viewer.staff_id), access_rules.of_viewer(request.viewer, at=request.at)
    try:
        actions.bring_in(batch_id=found.pk, viewer=request.viewer, access=access, by=by, at=request.at)
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, refusal.why)
    else:
        messages.success(request, "Brought in.")
    return HttpResponseRedirect(reverse("import", args=[batch_id]))


@signed_in
@require_POST
def discard(request: StaffRequest, batch_id: int) -> HttpResponse:
    found = queries.batch(request.viewer, batch_id)
    try:
        actions.drop(batch_id=found.pk, by=staff_actor(request.viewer.staff_id), at=request.at)
    except Refusal as refusal:
        messages.error(request, refusal.why)
        return HttpResponseRedirect(reverse("import", args=[batch_id]))
    messages.success(request, "Not brought in. The file is not kept.")
    return HttpResponseRedirect(reverse("bring_in"))


def _access(request: StaffRequest, person_id: int) -> Access:
    """Looking is noted before anything is shown; Http404 for whom they may not see."""
    people.person(request.viewer, person_id)
    by = staff_actor(request.viewer.staff_id)
    people_actions.note_read(person_id=person_id, by=by, at=request.at, part="from outside")
    return access_rules.of_viewer(request.viewer, at=request.at)


@signed_in
@require_safe
def from_outside(request: StaffRequest, person_id: int) -> HttpResponse:
    access = _access(request, person_id)
    groups = outside.groups(f"person-{person_id}", access=access)
    return render(request, "importing/from_outside.html", {"person": people.person_facts(person_id), "groups": groups})


@signed_in
@require_safe
def from_outside_one(request: StaffRequest, person_id: int, type: str, fid: str) -> HttpResponse:  # noqa: A002 — FHIR's own word
    access = _access(request, person_id)
    try:
        version = record.read(type, fid, access=access)
    except Refusal as refusal:
        raise Http404(refusal.why) from refusal
    if f"person-{person_id}" not in version.patients or not version.origin.startswith(outside.OUTSIDE):
        raise Http404("nothing from outside")
    resource = text.loads(version.body)
    context = {"person": people.person_facts(person_id), "line": outside.line(version, resource), "said": outside.said(resource)}
    context["can_accept"] = accepting.can_accept(type, access)
    return render(request, "importing/from_outside_one.html", context)


@signed_in
@require_POST
def from_outside_accept(request: StaffRequest, person_id: int, type: str, fid: str) -> HttpResponse:  # noqa: A002
    access, patient = _access(request, person_id), f"person-{person_id}"
    try:
        version = record.read(type, fid, access=access)
    except Refusal as refusal:
        raise Http404(refusal.why) from refusal
    if patient not in version.patients or not version.origin.startswith(outside.OUTSIDE):
        raise Http404("nothing from outside")
    try:
        accepting.accept(version, patient=patient, access=access, at=request.at)
    except Forbidden as refusal:
        raise NotAllowed(refusal.why) from refusal
    except Refusal as refusal:
        messages.error(request, refusal.why)
        return HttpResponseRedirect(reverse("from_outside_one", args=[person_id, type, fid]))
    messages.success(request, "Accepted: written down in your name. Check that it says everything you know.")
    return HttpResponseRedirect(reverse("record", args=[person_id]))
