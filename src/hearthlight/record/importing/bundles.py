"""From a Bundle to what would be written into one person's record. Pure but for `is_free`.

Three things are never guessed: whose record it is (the NHS number, or whoever brings it in, says so), whom a resource is about
(one that names somebody else stays out), and what a reference means that leads out of the file (it is kept in words
that can lead to nobody here)."""

from collections.abc import Callable
from typing import Any

from hearthlight.fhir import references, text
from hearthlight.fhir.check import check
from hearthlight.fhir.types import Issue, Malformed, Resource
from hearthlight.record import index, rules
from hearthlight.record.importing import reading, stu3
from hearthlight.record.importing.reading import Came
from hearthlight.record.importing.turning import rows
from hearthlight.record.importing.types import Aim, Left, Plan, Report

ELSEWHERE = "urn:hearthlight:elsewhere"
"""The system under which a reference is kept that leads out of the file."""
SUPPORTING = frozenset([
    "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService", "Endpoint", "Medication", "Device", "Substance",
])  # fmt: skip
"""Types that are about nobody: who, where and what the others speak of."""
NOT_TAKEN = frozenset(["AuditEvent", "Subscription", "Binary", "Bundle", "Parameters", "Group", "Provenance"])
"""What no file may bring: our own log, what sends things out, and what hides whom it is about."""
RENAMED = {"ReferralRequest": "ServiceRequest", "ProcedureRequest": "ServiceRequest"}
SUBJECTS = {"AllergyIntolerance": "patient", "Immunization": "patient"}
SHOWN = 20  # problems named
IsFree = Callable[[str, str], bool]


def planned(entries: list[Came], aim: Aim, *, is_stu3: bool, is_free: IsFree) -> Plan:
    """What bringing in these would write about `aim`. With `report.wrong`, nothing may be."""
    return _Planning(entries, aim, is_stu3, is_free).plan()


class _Planning:
    def __init__(self, entries: list[Came], aim: Aim, is_stu3: bool, is_free: IsFree) -> None:
        self.aim, self.is_stu3, self.is_free = aim, is_stu3, is_free
        self.report = Report()
        self.patients = reading.patients_in(entries)
        self.ours = f"Patient/{aim.patient}"
        self.names = {name for one in self.patients for name in _names(one)}
        self.ids: dict[tuple[str, str], str] = {}
        self.taken: set[tuple[str, str]] = set()
        self.entries = entries
        self.known: frozenset[str] = frozenset()

    def plan(self) -> Plan:
        if self.patients:
            self.report.differs = differing(self.patients[0].resource, self.aim)
        staying = [one for one in self.entries if self._stays(one)]
        ids = [self._id(one) for one in staying]
        mapping = dict.fromkeys(self.names, self.ours)
        for one, (type_, id_) in zip(staying, ids, strict=True):
            for name in _names(one):
                mapping.setdefault(name, f"{type_}/{id_}")
        self.known = frozenset(mapping.values())
        plan = Plan(report=self.report)
        for one, (_, id_) in zip(staying, ids, strict=True):
            resource = self._made(one, id_, mapping)
            if resource is not None:
                plan.resources.append(resource)
        if self.is_stu3:
            _name_medicines(plan.resources)
        return plan

    def _stays(self, came: Came) -> bool:
        counted = self.report.of(came.type)
        counted.read += 1
        why = self._why_left(came)
        if why is not None:
            self.report.leave(came.type, why)
        return why is None

    def _why_left(self, came: Came) -> Left | None:
        if came.type == "Patient":
            return Left.COMPARED
        if came.type == "OperationOutcome":
            self.report.messages += _told_by(came.resource)
            return Left.MESSAGE
        if came.type in NOT_TAKEN:
            return Left.NOT_TAKEN
        key = (came.type, text.sorted_text(came.resource).hex() if came.id else "")
        if came.id and key in self.ids:
            return Left.AGAIN
        self.ids[key] = came.id
        return Left.SOMEBODY_ELSE if self._names_another(came) else None

    def _names_another(self, came: Came) -> bool:
        """Does it point to a Patient who is not the one of this file? A file without a Patient may name one, always the
        same, and whoever brings it in says who that is."""
        told = {_plain(one) for one in references.found(came.resource)}
        named = {one for one in told if f"/{one}".split("/")[-2:-1] == ["Patient"]}
        if not self.patients and named:
            self.names = self.names or {next(iter(sorted(named)))}
        numbers = {number for one in _subjects(came.resource) for number in _subject_numbers(one)}
        return bool(named - self.names) or bool(numbers and self.aim.nhs_number and numbers != {self.aim.nhs_number})

    def _id(self, came: Came) -> tuple[str, str]:
        type_ = RENAMED.get(came.type, came.type) if self.is_stu3 else came.type
        id_ = came.id
        if not rules.is_id(id_) or (type_, id_) in self.taken or not self.is_free(type_, id_):
            id_ = rules.new_id()
        self.taken.add((type_, id_))
        return type_, id_

    def _made(self, came: Came, id_: str, mapping: dict[str, str]) -> Resource | None:
        counted = self.report.of(came.type)
        pointed = references.rewritten(_stripped(came.resource), mapping)
        resource, elsewhere = _closed(pointed, self.known)
        counted.elsewhere += elsewhere
        resource = {**resource, "id": id_}
        if self.is_stu3:
            resource = self._turned(came, resource)
        elif wrong := [issue for issue in _problems(resource) if issue.is_error]:
            self._refuse(came, wrong)
            return None
        return self._about_them(came, resource)

    def _turned(self, came: Came, resource: Resource) -> Resource:
        if came.type not in SUPPORTING:
            _say_subject(resource, self.ours)
        done = stu3.turned(resource, patient=self.ours)
        counted = self.report.of(came.type)
        counted.whole += done.is_whole
        counted.kept += 0 if done.is_whole else len(done.kept)
        return done.resource

    def _refuse(self, came: Came, wrong: list[Issue]) -> None:
        for issue in wrong:
            if len(self.report.wrong) < SHOWN:
                self.report.wrong.append(f"{came.type}: {issue.expression or came.type}: {issue.diagnostics}")

    def _about_them(self, came: Came, resource: Resource) -> Resource | None:
        try:
            about = index.entry_of(resource).patients
        except Malformed as malformed:
            self._refuse(came, [issue for issue in malformed.issues if issue.is_error])
            return None
        if not about and came.type not in SUPPORTING:
            self.report.leave(came.type, Left.NOBODY)
            return None
        if about and set(about) != {self.aim.patient}:
            self.report.leave(came.type, Left.SOMEBODY_ELSE)
            return None
        self.report.of(came.type).mapped += resource["resourceType"] != "Basic" or came.type == "Basic"
        return resource


def _names(came: Came) -> list[str]:
    """Everything others in the file may call it by."""
    return [name for name in (came.full_url, f"{came.type}/{came.id}" if came.id else "") if name]


def _plain(reference: str) -> str:
    """Without the version it points to."""
    return reference.partition("/_history/")[0]


def _stripped(part: Any) -> Any:
    """References without versions: in our record versions count anew."""
    if isinstance(part, list):
        return [_stripped(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _plain(value) if name == "reference" and isinstance(value, str) else _stripped(value) for name, value in part.items()
    }


def _closed(part: Any, known: frozenset[str]) -> tuple[Any, int]:
    """With every reference that leads out of the file turned into words: left as it is, it could lead to somebody or
    something of ours that only happens to have that id."""
    if isinstance(part, list):
        done = [_closed(one, known) for one in part]
        return [one for one, _ in done], sum(number for _, number in done)
    if not isinstance(part, dict):
        return part, 0
    told: dict[str, Any] = {}
    count = 0
    for name, value in part.items():
        if name == "reference" and isinstance(value, str) and not _is_fine(value, known):
            count += 1
            label = "identifier" if "identifier" not in part else "display" if "display" not in part else "extension"
            if label == "identifier":
                told[label] = {"system": ELSEWHERE, "value": value}
            elif label == "display":
                told[label] = value
            else:
                told[label] = [*part.get("extension", []), {"url": ELSEWHERE, "valueString": value}]
            continue
        if name in told:
            continue
        told[name], inner = _closed(value, known)
        count += inner
    return told, count


def _is_fine(reference: str, known: frozenset[str]) -> bool:
    return reference in known or reference.startswith(("#", "http://", "https://", "urn:"))


def _subjects(resource: Resource) -> list[dict[str, Any]]:
    return rows([resource.get("subject"), resource.get("patient")])


def _subject_numbers(subject: dict[str, Any]) -> list[str]:
    told = subject.get("identifier")
    is_nhs = isinstance(told, dict) and str(told.get("system", "")).endswith("/nhs-number")
    return [str(told.get("value", "")).replace(" ", "")] if is_nhs and isinstance(told, dict) else []


def _say_subject(resource: Resource, ours: str) -> None:
    """A structured record is one person's: what in it does not say whom it is about is about them."""
    name = SUBJECTS.get(resource["resourceType"], "subject")
    subject = resource.get(name)
    if isinstance(subject, dict):
        resource[name] = {"reference": ours, **subject}
    elif subject is None:
        resource[name] = {"reference": ours}


def _name_medicines(resources: list[Resource]) -> None:
    """A prescription with the medicine's name beside the reference: a line in a list has no time to look it up."""
    words = {f"Medication/{one['id']}": _medicine(one) for one in resources if one["resourceType"] == "Medication"}
    for one in resources:
        reference = one.get("medicationReference")
        if isinstance(reference, dict) and "display" not in reference and words.get(reference.get("reference", "")):
            one["medicationReference"] = {**reference, "display": words[reference["reference"]]}


def _medicine(medication: Resource) -> str:
    code = medication.get("code")
    told = rows(code.get("coding")) if isinstance(code, dict) else []
    return str((code or {}).get("text") or next((one["display"] for one in told if "display" in one), ""))


def _told_by(outcome: Resource) -> list[str]:
    """What a sender has to say, in its own words."""
    said = []
    for issue in rows(outcome.get("issue")):
        details = issue.get("details")
        words = issue.get("diagnostics") or (details.get("text") if isinstance(details, dict) else None) or issue.get("code")
        said.append(str(words))
    return said


def _problems(resource: Resource) -> tuple[Issue, ...]:
    try:
        return check(resource)
    except Malformed as malformed:
        return malformed.issues


def differing(patient: Resource, aim: Aim) -> list[tuple[str, str, str]]:
    """Where the file's Patient says otherwise than we do: what, theirs, ours."""
    names = [_name(one) for one in rows(patient.get("name"))]
    found = []
    if names and aim.name and not any(_folded(aim.name) == _folded(name) for name in names):
        found.append(("Name", names[0], aim.name))
    born = str(patient.get("birthDate", ""))
    if born and aim.born_on and born != aim.born_on:
        found.append(("Date of birth", born, aim.born_on))
    return found


def _name(name: dict[str, Any]) -> str:
    given = name.get("given")
    first = str(given[0]) if isinstance(given, list) and given else ""
    return f"{first} {name.get('family', '')}".strip() or str(name.get("text", ""))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
