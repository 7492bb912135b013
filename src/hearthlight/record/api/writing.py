"""Creating, updating, patching and deleting: on the writer's thread, inside its transaction, by the capability table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from hearthlight.fhir import check, patch, text
from hearthlight.fhir.search import parse
from hearthlight.fhir.types import Issue
from hearthlight.record import actions, queries
from hearthlight.record.api import answers, door, negotiation, subscriptions
from hearthlight.record.api.capabilities import Capability, Interaction, Route, allowed
from hearthlight.record.api.negotiation import Format
from hearthlight.record.api.types import Answer, Asked, Problem, Resource, Writing
from hearthlight.record.types import Access, Conflict, Forbidden, Gone, NotFound, Verb, Version

TWO = 2  # matches that are enough to know that there is more than one


@dataclass(frozen=True, slots=True)
class Change:
    """One write, wherever it came from: a request of its own or an entry of a Bundle. `criteria` is the query of a
    conditional interaction."""

    asked: Asked
    access: Access
    capability: Capability
    id: str = ""
    resource: Resource | None = None
    criteria: str = ""
    if_match: int | None = None
    must_be_new: bool = False
    issues: tuple[Issue, ...] = ()

    @property
    def type(self) -> str:
        return self.capability.type

    @property
    def origin(self) -> str:
        return f"api:{self.access.by}"


# --- from requests ---------------------------------------------------------------------------------------------------


def create(asked: Asked, access: Access, type: str) -> Writing:  # noqa: A002
    capability = allowed(access, type, Interaction.CREATE)
    resource = resource_of(asked, type)
    change = Change(asked, access, capability, resource=resource, criteria=asked.header("if-none-exist"))
    change = replace(change, issues=checked(resource))
    return Writing(lambda: created(change))


def update(asked: Asked, access: Access, type: str, id: str = "") -> Writing:  # noqa: A002
    capability = allowed(access, type, Interaction.UPDATE)
    resource = resource_of(asked, type)
    if id and resource.get("id") != id:
        raise Problem(400, "value", "The id in the body and the id in the address differ", expression=f"{type}.id")
    change = Change(
        asked, access, capability, id=id, resource=resource, criteria="" if id else asked.query, issues=checked(resource),
        if_match=negotiation.expected_version(asked.header("if-match")),
        must_be_new=asked.header("if-none-match").strip() == "*",
    )  # fmt: skip
    return Writing(lambda: updated(change))


def delete(asked: Asked, access: Access, type: str, id: str = "") -> Writing:  # noqa: A002
    capability = allowed(access, type, Interaction.DELETE)
    expected = negotiation.expected_version(asked.header("if-match"))
    change = Change(asked, access, capability, id=id, criteria="" if id else asked.query, if_match=expected)
    return Writing(lambda: deleted(change))


def patched(asked: Asked, access: Access, type: str, id: str = "") -> Writing:  # noqa: A002
    capability = allowed(access, type, Interaction.PATCH)
    apply = patch_of(asked.body, negotiation.sent(asked.header("content-type")))
    expected = negotiation.expected_version(asked.header("if-match"))
    change = Change(asked, access, capability, id=id, criteria="" if id else asked.query, if_match=expected)
    return Writing(lambda: apply_patch(change, apply))


def resource_of(asked: Asked, type: str) -> Resource:  # noqa: A002
    form = negotiation.sent(asked.header("content-type"))
    if form not in (Format.JSON, Format.XML):
        raise Problem(415, "not-supported", "A resource is sent as application/fhir+json or application/fhir+xml")
    resource = answers.parsed(asked.body, form)
    if resource.get("resourceType") != type:
        raise Problem(400, "structure", f"The body is no {type}", expression="resourceType")
    return resource


def patch_of(body: bytes, form: Format | str) -> Callable[[Resource], Resource]:
    """What a patch does to a resource. Raises Malformed, Problem."""
    if form == negotiation.JSON_PATCH:
        operations = text.value(body)
        return lambda resource: patch.json_patch(resource, operations)
    if form in (Format.JSON, Format.XML):
        return patch_by(answers.parsed(body, form))
    raise Problem(415, "not-supported", f"A patch is {negotiation.JSON_PATCH}, or a Parameters resource (FHIRPath Patch)")


def patch_by(parameters: Resource) -> Callable[[Resource], Resource]:
    if parameters.get("resourceType") != "Parameters":
        raise Problem(400, "structure", "A FHIRPath Patch is a Parameters resource")
    return lambda resource: patch.fhirpath_patch(resource, parameters)


def checked(resource: Resource) -> tuple[Issue, ...]:
    """The warnings. Raises Problem 422 with every issue where one is an error."""
    issues = check.check(resource)
    if any(issue.is_error for issue in issues):
        raise Problem(422, "invalid", "The resource is not sound", issues=issues)
    return issues


# --- in the transaction ----------------------------------------------------------------------------------------------


def created(change: Change, *, is_named: bool = False) -> Answer:
    """§3.1.0.8: the server names what is created, unless it `is_named` already, by a transaction of ours."""
    resource = dict(change.resource or {})
    if not is_named:
        resource.pop("id", None)
    if change.criteria:
        found = matched(change)
        if found:
            return answers.of_version(found)
    if change.capability.route is Route.OWNED:
        version = _by_its_room(replace(change, resource=resource), None)
    else:
        version = actions.create(_judged(resource), access=change.access, at=change.asked.at, origin=change.origin)
        _follow(change, version)
    return answers.of_write(change.asked, version, is_new=True, issues=change.issues)


def updated(change: Change) -> Answer:
    resource, id_ = change.resource or {}, change.id
    if change.criteria or not id_:
        found = matched(change)
        told = resource.get("id")
        if found and told not in (None, found.id):
            raise Problem(400, "value", "The one that matches has another id", expression=f"{change.type}.id")
        if not found and not told:
            return created(replace(change, criteria=""))
        id_ = found.id if found else str(told)
    if change.must_be_new and _is_there(change, id_):
        raise Problem(412, "conflict", "There is one already")
    resource = {**resource, "id": id_}
    if change.capability.route is Route.OWNED and _is_ours(change, id_):
        _check_version(change, id_)
        version = _by_its_room(replace(change, resource=resource), id_)
    else:
        version = _kept(change, id_, _judged(resource))
        _follow(change, version)
    return answers.of_write(change.asked, version, is_new=version.version == 1, issues=change.issues)


def apply_patch(change: Change, apply: Callable[[Resource], Resource]) -> Answer:
    current = _named_or_matched(change)
    if change.if_match not in (None, current.version):
        raise Problem(412, "conflict", f"The newest version is {current.version}")
    resource = apply(text.loads(current.body))
    if not isinstance(resource, dict) or (resource.get("resourceType"), resource.get("id")) != (change.type, current.id):
        raise Problem(422, "business-rule", "A patch may not change what a resource is, or its id")
    issues = checked(resource)
    return updated(replace(change, id=current.id, criteria="", resource=resource, if_match=current.version, issues=issues))


def deleted(change: Change) -> Answer:
    id_ = change.id
    if change.criteria or not id_:
        found = matched(change)
        if found is None:
            return Answer(204)
        id_ = found.id
    with _refusing(change, id_):
        version = actions.delete(
            change.type, id_, access=change.access, at=change.asked.at, origin=change.origin, if_match=change.if_match
        )
    if version is None:
        return Answer(204)
    _follow(change, version)
    return Answer(204, headers={"etag": negotiation.etag(version.version)})


def _kept(change: Change, id: str, resource: Resource) -> Version:  # noqa: A002
    with _refusing(change, id):
        return actions.update(
            change.type, id, resource, access=change.access, at=change.asked.at, origin=change.origin, if_match=change.if_match
        )


@contextmanager
def _refusing(change: Change, id: str) -> Iterator[None]:  # noqa: A002
    """The store's refusals, as HTTP has them: 412 where the client named a version, 405 where the platform is the author."""
    try:
        yield
    except Conflict as conflict:
        if change.if_match is None:
            raise
        raise Problem(412, "conflict", conflict.why) from None
    except Forbidden as forbidden:
        if _is_ours(change, id):
            raise Problem(405, "not-supported", forbidden.why, headers={"allow": "GET"}) from None
        raise


def _is_ours(change: Change, id: str) -> bool:  # noqa: A002
    try:
        return queries.read(change.type, id, access=change.access).origin.startswith("fact:")
    except (NotFound, Gone, Forbidden):
        return False


def _judged(resource: Resource) -> Resource:
    return subscriptions.judged(resource) if resource.get("resourceType") == "Subscription" else resource


def _follow(change: Change, version: Version) -> None:
    if change.type == "Subscription":
        subscriptions.kept(version, change.access, change.asked.at)


def matched(change: Change) -> Version | None:
    """The one resource that a conditional interaction is about. Raises Problem 412 where there are more."""
    if not change.access.may(change.type, Verb.SEARCH):
        raise Problem(403, "forbidden", f"You may not search {change.type}")
    query = parse.parse((change.type,), door.pairs_of(change.criteria), is_strict=True)
    if not query.where:
        raise Problem(412, "required", "A conditional interaction needs something to search for")
    found: Sequence[Version] = queries.search(replace(query, count=TWO), access=change.access).matches
    if len(found) > 1:
        raise Problem(412, "multiple-matches", "More than one matches")
    return found[0] if found else None


def _named_or_matched(change: Change) -> Version:
    found = queries.read(change.type, change.id, access=change.access) if change.id else matched(change)
    if found is None:
        raise NotFound("None matches")
    return found


def _is_there(change: Change, id: str) -> bool:  # noqa: A002
    try:
        queries.read(change.type, id, access=change.access)
    except (NotFound, Gone):
        return False
    return True


def _check_version(change: Change, id: str) -> None:  # noqa: A002
    if change.if_match is not None:
        current = queries.read(change.type, id, access=change.access)
        if current.version != change.if_match:
            raise Problem(412, "conflict", f"The newest version is {current.version}")


def _by_its_room(change: Change, id: str | None) -> Version:  # noqa: A002
    write = change.capability.write
    if write is None:
        raise Problem(405, "not-supported", f"{change.type} is written by the platform only")
    made = write(change.resource or {}, id, change.access, change.asked.at)
    return queries.read(change.type, made, access=change.access)
