"""Which interaction an address and a method mean (§3.1.0), and who does it on which thread."""

from collections.abc import Callable
from dataclasses import dataclass

from hearthlight.record.api import batch, bulk, operations, reading, searching, subscriptions, writing
from hearthlight.record.api.types import Answer, Asked, Problem, Writing
from hearthlight.record.types import Access

Job = Callable[[Asked, Access], Answer | Writing]


@dataclass(frozen=True, slots=True)
class Route:
    """`is_slow`: it may take more than a moment, so it is not done where quick reads are."""

    job: Job
    is_slow: bool = True


ADDRESSES = (
    "/fhir/r4/Patient/person-1", "/fhir/r4/Patient/person-1/_history", "/fhir/r4/Patient/person-1/_history/1",
    "/fhir/r4/Patient/person-1/$everything", "/fhir/r4/Patient/person-1/$validate", "/fhir/r4/Composition/x/$document",
    "/fhir/r4/Observation/$lastn", "/fhir/r4/Observation", "/fhir/r4/Observation/_history", "/fhir/r4/Observation/_search",
    "/fhir/r4/_history", "/fhir/r4/", "/fhir/r4/$export", "/fhir/r4/Patient/$export", "/fhir/r4/Group/x/$export",
    "/fhir/r4/$export-status/x", "/fhir/r4/$export-file/x/1", "/fhir/r4/Subscription/x/$status", "/fhir/r4/Subscription/x/$events",
)  # fmt: skip
"""One of each shape, for the test that asks for all of them as a stranger. `/fhir/r4/metadata` is for everybody."""


def of(asked: Asked) -> Route:
    """Raises Problem 404 for an address that means nothing, 405 for a method that is not for it."""
    path, method = asked.path, asked.method
    if not path:
        return _of_system(asked)
    last = path[-1]
    if last.startswith("$") or path[0].startswith("$export"):
        return _operation(path, method)
    match (method, path):
        case ("GET", ("_history",)):
            return Route(reading.history)
        case ("GET", (type_,)):
            return Route(lambda asked, access: searching.search(asked, access, type_))
        case ("POST", (type_, "_search")):
            return Route(lambda asked, access: searching.search(asked, access, type_))
        case ("POST", ("_search",)):
            return Route(searching.search_all)
        case ("GET", (type_, "_history")):
            return Route(lambda asked, access: reading.history(asked, access, type_))
        case ("GET", (type_, id_)):
            return Route(lambda asked, access: reading.read(asked, access, type_, id_), is_slow=False)
        case ("GET", (type_, id_, "_history")):
            return Route(lambda asked, access: reading.history(asked, access, type_, id_))
        case ("GET", (type_, id_, "_history", version)):
            return Route(lambda asked, access: reading.vread(asked, access, type_, id_, version), is_slow=False)
    return _of_write(path, method)


def _of_system(asked: Asked) -> Route:
    if asked.method == "POST":
        return Route(lambda asked, access: batch.bundle(asked, access, got))
    if asked.method == "GET":
        return Route(searching.search_all)
    raise Problem(405, "not-supported", "Here a Bundle is sent (POST), or everything searched (GET)", headers={"allow": "GET, POST"})


def _of_write(path: tuple[str, ...], method: str) -> Route:
    match (method, path):
        case ("POST", (type_,)):
            return Route(lambda asked, access: writing.create(asked, access, type_), is_slow=False)
        case ("PUT", (type_, *rest)) if len(rest) <= 1:
            return Route(lambda asked, access: writing.update(asked, access, type_, *rest), is_slow=False)
        case ("PATCH", (type_, *rest)) if len(rest) <= 1:
            return Route(lambda asked, access: writing.patched(asked, access, type_, *rest), is_slow=False)
        case ("DELETE", (type_, *rest)) if len(rest) <= 1:
            return Route(lambda asked, access: writing.delete(asked, access, type_, *rest), is_slow=False)
    if len(path) <= 2:
        allow = "GET, POST, PUT, PATCH, DELETE" if len(path) == 1 else "GET, PUT, PATCH, DELETE"
        raise Problem(405, "not-supported", "That method is not for this address", headers={"allow": allow})
    raise Problem(404, "not-found", "There is no such address")


def _operation(path: tuple[str, ...], method: str) -> Route:
    if method == "DELETE" and len(path) == 2 and path[0] == "$export-status":
        method = "GET"
    if method not in ("GET", "POST"):
        raise Problem(405, "not-supported", "An operation is asked for by GET or POST", headers={"allow": "GET, POST"})
    match path:
        case (type_, "$validate"):
            return Route(lambda asked, access: operations.validate(asked, access, type_))
        case (type_, id_, "$validate"):
            return Route(lambda asked, access: operations.validate(asked, access, type_, id_))
        case ("Patient", id_, "$everything"):
            return Route(lambda asked, access: operations.everything(asked, access, id_))
        case ("Composition", id_, "$document"):
            return Route(lambda asked, access: operations.document(asked, access, id_))
        case ("Observation", "$lastn"):
            return Route(operations.lastn)
        case ("Subscription", id_, "$status"):
            return Route(lambda asked, access: subscriptions.status(asked, access, id_))
        case ("Subscription", id_, "$events"):
            return Route(lambda asked, access: subscriptions.events(asked, access, id_))
    return _bulk(path)


def _bulk(path: tuple[str, ...]) -> Route:
    match path:
        case ("$export",):
            return Route(bulk.kick_off)
        case ("Patient", "$export"):
            return Route(lambda asked, access: bulk.kick_off(asked, access, of_people=True))
        case ("Group", id_, "$export"):
            return Route(lambda asked, access: bulk.kick_off(asked, access, group=id_))
        case ("$export-status", key):
            return Route(lambda asked, access: bulk.status(asked, access, key))
        case ("$export-file", key, number):
            return Route(lambda asked, access: bulk.file(asked, access, key, number))
    raise Problem(404, "not-supported", f"There is no operation {path[-1][:40]!r} here")


def got(asked: Asked, access: Access) -> Answer:
    """A GET inside a Bundle."""
    made = of(asked).job(asked, access)
    if isinstance(made, Writing):
        raise Problem(400, "not-supported", "Inside a Bundle that cannot be asked")
    return made
